package serving

import (
	"os"
	"path/filepath"
	"slices"

	"gsw/manager/local"
	"gsw/platform"
)

// A NoProgramError is a machine without the program that serves.
type NoProgramError struct{ Beside string }

func (e *NoProgramError) Error() string {
	return local.Server + " is missing, the program that serves: it is neither in " + e.Beside + " nor on PATH"
}

// Start lets gsw-server carry out the order in this process's place; on Windows it waits for it, and returns its exit code.
// Any other return is an error: a *NoProgramError where there is none.
func Start(host platform.Host, o Order) (code int, err error) {
	file, err := find(host)
	if err != nil {
		return 0, err
	}
	env, err := o.encode(host.Env)
	if err != nil {
		return 0, err
	}
	return platform.Exec(file, slices.Concat([]string{local.Server}, host.Args[1:]), env)
}

// find gives the program: beside gsw, wherever that was reached from, or on PATH.
func find(host platform.Host) (string, error) {
	places := []string{filepath.Dir(host.Self)}
	if real, err := filepath.EvalSymlinks(host.Self); err == nil {
		places = append(places, filepath.Dir(real))
	}
	for _, dir := range places {
		file := filepath.Join(dir, host.Target.Exe(local.Server))
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file, nil
		}
	}
	if file, err := platform.LookPath(local.Server, host.Env, host.Dir); err == nil {
		return file, nil
	}
	return "", &NoProgramError{Beside: places[len(places)-1]}
}
