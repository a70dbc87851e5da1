package tools

import (
	"fmt"
	"io/fs"
	"os"
	"strings"

	"gsw/manager/store"
)

// Missing names what is in the GOBIN of from and not in that of to. It reads two folders and no file, since `gsw use`
// asks at every switch. A folder that cannot be read has nothing to say.
func Missing(from, to store.Toolchain) []string {
	if from.Dir == to.Dir {
		return nil
	}
	had, err := os.ReadDir(from.GOBIN())
	if err != nil || len(had) == 0 {
		return nil
	}
	entries, _ := os.ReadDir(to.GOBIN())
	has := make(map[string]bool, len(entries))
	for _, e := range entries {
		has[e.Name()] = true
	}
	var missing []string
	for _, e := range had {
		if e.Name()[0] != '.' && !e.IsDir() && e.Type()&(fs.ModeSocket|fs.ModeNamedPipe|fs.ModeDevice) == 0 && !has[e.Name()] {
			missing = append(missing, strings.TrimSuffix(e.Name(), ".exe"))
		}
	}
	return missing
}

// Lacks is the line that `gsw use` says when tools of the old version are missing in the new one, with the command
// that brings them; "" if none is. here tells that the directory gets the new version, so that it need not be named.
func Lacks(from, to store.Toolchain, here bool) string {
	missing := Missing(from, to)
	if len(missing) == 0 {
		return ""
	}
	sync := "gsw tools sync --from " + from.Version.Number()
	if !here {
		sync += " --to " + to.Version.Number()
	}
	return fmt.Sprintf("%s has no %s, as %s has; %s brings them", to.Version, someOf(missing), from.Version, sync)
}

// someOf is a list that fits into a line; the rest is for `gsw tools list`.
func someOf(names []string) string {
	const enough = 4
	text := strings.Join(names[:min(enough, len(names))], ", ")
	if more := len(names) - enough; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
