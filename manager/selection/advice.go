package selection

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"strings"

	"gsw/manager/config"
	"gsw/manager/gover"
	"gsw/manager/project"
	"gsw/manager/store"
	"gsw/platform"
)

// Advice is the one thing to do about an error of this road, as a command that
// can be pasted, and its exit code in DESIGN's table. It stands here, below the
// command line, because a shim gives the same advice and may not link the
// command line; the errors that only commands meet are advised on in
// command/report.go.
func Advice(host platform.Host, s store.Store, err error) (hint string, code int, known bool) {
	var spec *gover.SpecError
	var pin *project.PinError
	var setting *config.ConfigError
	var missing *project.MissingError
	var absent *store.NotInstalledError
	var none *project.NoGoError
	var anchor *store.BrokenAnchorError
	var tool *NoToolError
	switch {
	case errors.As(err, &tool):
		return Under(s, tool.Tool), 127, true
	case errors.As(err, &missing) && missing.Choice.Spec.System(), errors.As(err, &none):
		return useInstalled(s), 3, true
	case errors.As(err, &missing):
		return "gsw install " + Word(missing.Choice.Spec.String()), 3, true
	case errors.As(err, &absent):
		return "gsw install " + Word(absent.Spec.String()), 3, true
	case errors.As(err, &anchor) && anchor.Target == "":
		return "mv " + Word(anchor.Link) + " " + Word(anchor.Link+".aside"), 6, true
	case errors.As(err, &anchor):
		return useInstalled(s), 6, true
	case errors.As(err, &pin):
		return Edit(host, pin.File), 2, true
	case errors.As(err, &setting) && setting.File == "":
		return "gsw config --help", 2, true
	case errors.As(err, &setting):
		return Edit(host, setting.File), 2, true
	case errors.As(err, &spec):
		return "gsw help specs", 2, true
	}
	return storage(host, err)
}

// storage: the disk is full, or a file of gsw's own cannot be used.
func storage(host platform.Host, err error) (hint string, code int, known bool) {
	var path *fs.PathError
	var link *os.LinkError
	mine := errors.As(err, &path) && platform.Inside(path.Path, host.Home) ||
		errors.As(err, &link) && platform.Inside(link.New, host.Home)
	switch {
	case platform.DiskFull(err):
		return "gsw prune --keep-latest-patch", 8, true
	case mine:
		return "ls -ld " + Word(host.Home), 8, true
	case platform.StorageFault(err):
		return "", 8, true // the error names the path, and what to do is its owner's to say
	}
	return "", 1, false
}

// useInstalled is the way to a default: a toolchain that is there, or the newest.
func useInstalled(s store.Store) string {
	toolchains, err := s.List()
	if err != nil || len(toolchains) == 0 {
		return "gsw install --use latest"
	}
	return "gsw use " + toolchains[0].Version.Number()
}

// Under runs a tool under an installed toolchain that has it; "" if none does.
func Under(s store.Store, tool string) string {
	have := Elsewhere(s, tool)
	if len(have) == 0 {
		return ""
	}
	return "gsw +" + have[0].Version.Number() + " " + Word(tool)
}

// Edit opens a file in the user's editor.
func Edit(host platform.Host, file string) string {
	otherwise := "vi"
	if host.Target.OS == "windows" {
		otherwise = "notepad"
	}
	return cmp.Or(host.Env.Get("VISUAL"), host.Env.Get("EDITOR"), otherwise) + " " + Word(file)
}

// Word is text as one word of a POSIX shell's language. A path on a drive of Windows is written so that cmd and
// PowerShell, too, read it as one word: between double quotes, as long as nothing in it means something to one of them.
func Word(text string) string {
	drive := len(text) > 2 && text[1] == ':' && text[2] == '\\'
	if drive && !strings.ContainsAny(text, "\"$`%!") && !strings.Contains(text, `\\`) && !strings.HasSuffix(text, `\`) {
		return `"` + text + `"`
	}
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r > 127 || strings.ContainsRune("/._-+:@,=", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
