package command

import (
	"strings"

	"gsw/manager"
	"gsw/manager/profile"
	"gsw/manager/terminal"
)

type variableJSON struct {
	Name   string       `json:"name"`
	Value  string       `json:"value"`
	From   string       `json:"from"`
	Hides  []hiddenJSON `json:"hides"`
	Missed string       `json:"profile_value"` // what the profile here would set, if this shell followed
}

type hiddenJSON struct {
	Value string `json:"value"`
	From  string `json:"from"`
}

// whyVariables is the table of every setting of the go command: its value and origin, and under it what that hides.
func (s *session) whyVariables(m manager.Manager, argument string) error {
	variables := m.Variables(argument)
	if s.json {
		answer := struct {
			Variables []variableJSON `json:"variables"`
		}{[]variableJSON{}}
		for _, v := range variables {
			answer.Variables = append(answer.Variables, variableOf(v))
		}
		return s.answerJSON(answer)
	}
	table := s.voice.Table("NAME", "VALUE", "FROM")
	for _, v := range variables {
		if len(v.Values) == 0 {
			table.Row(v.Name, "", "")
		}
		for i, o := range v.Values {
			name := v.Name
			if i > 0 {
				name = "  hides"
			}
			table.Row(name, s.cell(o.Value), s.tilde(o.From))
		}
		if v.Missed != "" {
			table.Row("  missing", s.cell(v.Missed), `the profile here sets it; this shell does not follow: eval "$(gsw env)"`)
		}
	}
	return table.Print()
}

// cell is a value as a table can show it: on one line, and without passwords.
func (s *session) cell(value string) string {
	return s.tilde(strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(terminal.Printable(profile.WithoutPasswords(value))))
}

func variableOf(v manager.Variable) variableJSON {
	answer := variableJSON{Name: v.Name, Hides: []hiddenJSON{}, Missed: profile.WithoutPasswords(v.Missed)}
	for i, o := range v.Values {
		value := profile.WithoutPasswords(o.Value)
		if i == 0 {
			answer.Value, answer.From = value, o.From
			continue
		}
		answer.Hides = append(answer.Hides, hiddenJSON{value, o.From})
	}
	return answer
}
