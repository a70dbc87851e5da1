// Package platform is the only place that knows the operating system: it reads the process once into a Host and offers
// the few verbs whose bodies differ between systems. Every verb has one doc comment, in verbs.go, one body per system,
// and a word where a system's guarantee is weaker.
package platform

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Target is an operating system and an architecture, as GOOS and GOARCH name them.
type Target struct{ OS, Arch string }

// String gives the form that archives are named with: linux-amd64.
func (t Target) String() string { return t.OS + "-" + t.Arch }

// Exe gives the file name of the program called name.
func (t Target) Exe(name string) string {
	if t.OS == "windows" {
		return name + ".exe"
	}
	return name
}

// Host is the process and its surroundings, read once: whoever holds one needs neither os.Getenv nor os.Getwd, and a
// test makes one out of literals.
type Host struct {
	Target          // of the toolchains that run best here
	Also     Target // another platform whose toolchains run here; zero: none. See RunsHere
	Own      Target // what this program was built for; zero: the same
	Env      Env
	Args     []string // the command line, the program's name first
	Dir      string   // the working directory, by the name $PWD gives it if that is the same folder
	UserHome string   // the user's home folder; "" if the system names none, which only a set GSW_HOME makes possible
	Home     string   // gsw's own folder: GSW_HOME if that is absolute, else .gsw in UserHome
	Self     string   // the absolute path of this executable
	Registry Registry // where the variables are kept that new programs get
	Stdin    io.Reader
	Stdout   io.Writer
	Stderr   io.Writer
	Now      func() time.Time
	BootID   func() string // see the function BootID; not read before it is needed
}

// Read is the only reader of the process. It fails where the process has no working directory, no name, or no home.
func Read() (Host, error) {
	own := Target{OS: runtime.GOOS, Arch: runtime.GOARCH}
	target, also := RunsHere(own, processor())
	h := Host{
		Target: target,
		Also:   also,
		Own:    own,
		Env:    NewEnv(target, os.Environ()),
		Args:   os.Args,
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Now:    time.Now,
		BootID: BootID,
	}
	var err error
	if h.Dir, err = workingDir(h.Env); err != nil {
		return Host{}, err
	}
	if h.Self, err = self(h); err != nil {
		return Host{}, err
	}
	if target.OS == "windows" {
		h.Registry = WindowsRegistry()
	}
	h.UserHome = userHome(h.Env)
	h.Home = filepath.Join(h.UserHome, ".gsw")
	if home := h.Env.Get("GSW_HOME"); filepath.IsAbs(home) {
		h.Home = filepath.Clean(home)
	} else if h.UserHome == "" {
		return Host{}, fmt.Errorf("finding gsw's folder: neither GSW_HOME nor %s names an absolute path", homeVariable)
	}
	return h, nil
}

// workingDir falls back to $PWD for a folder that was deleted under the process: the folders above it still say
// which Go is meant.
func workingDir(env Env) (string, error) {
	dir, err := os.Getwd()
	if err == nil {
		return dir, nil
	}
	if pwd := env.Get("PWD"); filepath.IsAbs(pwd) {
		return filepath.Clean(pwd), nil
	}
	return "", fmt.Errorf("finding the working directory: %w", err)
}

// self falls back to the program's name on the command line where the system does not tell (no /proc, in some jails).
func self(h Host) (string, error) {
	path, err := os.Executable()
	if err == nil {
		return path, nil
	}
	if len(h.Args) > 0 {
		if found, lookErr := LookPath(h.Args[0], h.Env, h.Dir); lookErr == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("finding this executable: %w", err)
}

// userHome believes the environment if it names an absolute path, and asks the system otherwise: cron jobs, units and
// containers may come without.
func userHome(env Env) string {
	if home := env.Get(homeVariable); filepath.IsAbs(home) {
		return filepath.Clean(home)
	}
	return accountHome()
}
