package command

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// ownRegistry names a key that is the script's own, and is gone after it: no script edits the PATH of whoever runs it.
func ownRegistry(env *testscript.Env) string {
	key := `HKCU\Software\gsw test ` + strconv.FormatInt(time.Now().UnixNano(), 36) + " " + filepath.Base(env.WorkDir)
	if filepath.Separator == '\\' {
		env.Defer(func() { _ = exec.Command("reg", "delete", key, "/f").Run() }) // which fails where nothing used it
	}
	return key
}
