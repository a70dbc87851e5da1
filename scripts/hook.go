package scripts

import "strings"

// HookFile is where the code that Sourced gives is kept, so that a starting shell runs no process to get it.
func HookFile(s Shell, home string) string {
	return home + "/hook." + s.Ending()
}

// Sourced gives the hook as the text of HookFile. A shell that sources it returns before the functions that most shells
// never need, which it would take longer to parse than all else; __gsw_load sources the file again, and gets to them. So
// both halves are of one edition at any time. Comments, which take time too, are left out: Hook has them. It is empty
// for a shell that has no hook.
func Sourced(s Shell, self, home string) string {
	hook := s.Hook(self, home)
	if hook == "" {
		return ""
	}
	if !strings.Contains(hook, "#: later\n") {
		return s.sourced(uncommented(hook))
	}
	head, state, core, later, start := parts(hook)
	first := func(code string) string { return "if [[ -z ${__gsw_loading-} ]]; then\n" + code + "fi\n" }
	return s.sourced(uncommented(head + first(state) + core + first(start+"\\builtin return 0\n") + later))
}

// made is the comment at the head of a generated file.
func made(s Shell) string { return "Made by gsw; `gsw init " + s.Name() + "` says more." }

// uncommented leaves out the lines that are blank or nothing but a comment; no hook has text that goes over several.
func uncommented(code string) string {
	var kept strings.Builder
	for line := range strings.Lines(code) {
		if text := strings.TrimSpace(line); text != "" && !strings.HasPrefix(text, "#") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// parts cuts a hook file at the comments that name its parts.
func parts(hook string) (head, state, core, later, start string) {
	head, rest, _ := strings.Cut(hook, "#: state\n")
	state, rest, _ = strings.Cut(rest, "#: core\n")
	core, rest, _ = strings.Cut(rest, "#: later\n")
	later, start, _ = strings.Cut(rest, "#: start\n")
	return head, state, core, later, start
}

// fill puts the paths into a hook file, where quoted words hold their places.
func fill(hook string, s Shell, self, home string) string {
	return strings.NewReplacer("'@HOME@'", s.Quote(home), "'@SELF@'", s.Quote(self), "'@FILE@'", s.Quote(HookFile(s, home))).Replace(hook)
}
