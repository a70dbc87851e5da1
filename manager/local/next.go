package local

import (
	"os"
	"path/filepath"
	"strings"

	"gsw/platform"
)

// Next is the folder of GSW_HOME where gsw's own programs of another edition wait. Once the file Decided is in it, which
// names the complete one, they take their places in bin: whoever is killed meanwhile, the next gsw that starts goes on.
// So there are never programs of two editions for longer than that, although their files cannot be replaced in one step.
const (
	Next    = "next"
	Decided = "decided"
)

// Successor gives the complete program of an edition that was decided on and is not wholly in its place yet; "" if there
// is none, or if the program that runs is none of this home's: that one has nothing to do with it. Where nothing is under
// way it costs one call of the system.
func Successor(host platform.Host) string {
	text, err := os.ReadFile(filepath.Join(host.Home, Next, Decided))
	if err != nil {
		return ""
	}
	name := host.Target.Exe(strings.TrimSpace(string(text)))
	if name != host.Target.Exe(Front) && name != host.Target.Exe(Complete) {
		return ""
	}
	bin := filepath.Join(host.Home, "bin")
	waiting := filepath.Join(host.Home, Next, "bin")
	if !holds(bin, host.Self) && !holds(waiting, host.Self) {
		return ""
	}
	for _, dir := range []string{waiting, bin} {
		if file := filepath.Join(dir, name); regular(file) {
			return file
		}
	}
	return ""
}

// holds tells whether file lies in the folder dir, whatever links lead to either.
func holds(dir, file string) bool {
	if real, err := filepath.EvalSymlinks(file); err == nil {
		file = real
	}
	a, err := os.Stat(dir)
	if err != nil {
		return false
	}
	b, err := os.Stat(filepath.Dir(file))
	return err == nil && os.SameFile(a, b)
}

func regular(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular()
}
