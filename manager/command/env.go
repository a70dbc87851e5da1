package command

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/urfave/cli/v2"

	"gsw/manager/activation"
	"gsw/manager/selection"
	"gsw/platform"
	"gsw/scripts"
)

func (s *session) envCommand() *cli.Command {
	return &cli.Command{
		Name:        "env",
		Category:    categorySwitch,
		Usage:       "print the environment of this directory's Go, for eval",
		ArgsUsage:   "[SPEC]",
		Description: "Prints only what differs from the environment it runs in: eval \"$(gsw env)\"",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "shell", Usage: "syntax of `SHELL`: " + shellNames(), Value: "sh"},
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` instead of shell code: " + strings.Join(envFormats(), ", ") + "; every variable that gsw sets"},
			toggle("goroot", "export GOROOT, too: the anchor"),
		},
		Action: s.env,
	}
}

func (s *session) env(c *cli.Context) error {
	if err := atMost(c, 1, "SPEC"); err != nil {
		return err
	}
	shell, err := scripts.Find(c.String("shell"))
	if err != nil {
		return err
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	if c.Bool("goroot") {
		m.Config.ExportGOROOT = true
	}
	here, err := m.Resolve(c.Args().First())
	if err != nil {
		return err
	}
	m.Remember(here) // so that the hook needs no process next time
	after, unset := here.Following(s.host, m.Config)
	for _, notice := range unset {
		s.note("%s", notice)
	}
	return s.printEnv(here, shell, after, c.String("format"))
}

func (s *session) printEnv(here selection.Selection, shell scripts.Shell, after platform.Env, format string) error {
	switch {
	case s.json:
		return s.answerJSON(struct {
			Version string            `json:"version"`
			GOROOT  string            `json:"goroot"`
			Env     map[string]string `json:"env"`
		}{here.Version.Tag(), here.GOROOT, settings(after)})
	case format == "json":
		return json.NewEncoder(s.voice.Stdout).Encode(settings(after))
	case format == "dotenv":
		s.dotenv(settings(after))
	case format == "systemd":
		s.systemd(settings(after))
	case format == "launchd":
		return s.launchd(settings(after))
	case format == "github":
		s.github(settings(after))
	case format != "":
		return usagef("--format %s: the formats are %s", format, strings.Join(envFormats(), ", "))
	default:
		text := shell.Export(s.inShell(shell, s.host.Env.Changes(after)))
		if shell.Name() == "cmd" {
			text = s.inAnyCodePage(text)
		}
		_, err := fmt.Fprint(s.voice.Stdout, text)
		return err
	}
	return nil
}

// inShell writes PATH as the shells of Git Bash and MSYS2 have it; to gsw they gave it in Windows' form.
func (s *session) inShell(shell scripts.Shell, changes []platform.Change) []platform.Change {
	if s.host.OS != "windows" || s.host.Env.Get("MSYSTEM") == "" || !slices.Contains([]string{"sh", "bash", "zsh", "fish"}, shell.Name()) {
		return changes
	}
	for i, c := range changes {
		if strings.EqualFold(c.Name, "PATH") {
			changes[i].Name, changes[i].New = "PATH", scripts.MSYSPath(c.New)
		}
	}
	return changes
}

// settings are the variables an activated environment is about.
func settings(env platform.Env) map[string]string {
	set := map[string]string{}
	for _, name := range []string{"PATH", "GOBIN", "GOROOT", "GOPATH", "GOTOOLCHAIN"} {
		if value, ok := env.Lookup(name); ok {
			set[name] = value
		}
	}
	for _, made := range activation.Changed(env) { // those of a profile
		set[made.Name] = made.Value
	}
	return set
}

// inAnyCodePage: cmd reads a batch file in the code page of its console, which is hardly ever UTF-8. The name of the user's
// folder, where other letters than English ones are common, is written as the variable that holds it.
func (s *session) inAnyCodePage(text string) string {
	ascii := func(text string) bool {
		return strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) < 0
	}
	if home := filepath.Clean(s.host.Env.Get("USERPROFILE")); !ascii(home) {
		text = strings.ReplaceAll(text, strings.ReplaceAll(home, "%", "%%")+`\`, `%USERPROFILE%\`)
	}
	for line := range strings.Lines(text) {
		// What is kept to find the way back is only compared: letters that went wrong there take nothing away.
		if !ascii(line) && !strings.HasPrefix(line, `@set "`+activation.Saved+"=") {
			s.warn("cmd reads this as it is meant only in code page 65001: chcp 65001")
			break
		}
	}
	return text
}

// dotenv prints NAME="value" lines, quoted as the dotenv family reads them.
func (s *session) dotenv(set map[string]string) {
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`", "\n", `\n`)
	for _, name := range slices.Sorted(maps.Keys(set)) {
		s.answer(`%s="%s"`, name, quote.Replace(set[name]))
	}
}

// systemd prints what EnvironmentFile= and environment.d read: systemd.exec(5). A newline stands for itself.
func (s *session) systemd(set map[string]string) {
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`")
	for _, name := range slices.Sorted(maps.Keys(set)) {
		s.answer(`%s="%s"`, name, quote.Replace(set[name]))
	}
}

// launchd prints the key of a property list that gives a job its environment: launchd.plist(5).
func (s *session) launchd(set map[string]string) error {
	var text bytes.Buffer
	text.WriteString("<key>EnvironmentVariables</key>\n<dict>\n")
	for _, name := range slices.Sorted(maps.Keys(set)) {
		text.WriteString("\t<key>" + name + "</key>\n\t<string>")
		if err := xml.EscapeText(&text, []byte(set[name])); err != nil {
			return err
		}
		text.WriteString("</string>\n")
	}
	text.WriteString("</dict>\n")
	_, err := text.WriteTo(s.voice.Stdout)
	return err
}

// github prints what a step of a workflow appends to the file $GITHUB_ENV. The word that ends a value with newlines is in
// no value, so that none can set another variable.
func (s *session) github(set map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(set)) {
		value, end := set[name], "EOF"
		if !strings.ContainsAny(value, "\r\n") {
			s.answer("%s=%s", name, value)
			continue
		}
		for strings.Contains(value, end) {
			end += "_"
		}
		s.answer("%s<<%s\n%s\n%[2]s", name, end, value)
	}
}

func envFormats() []string { return []string{"dotenv", "systemd", "launchd", "github", "json"} }

func shellNames() string { return strings.Join(shells(), ", ") }
