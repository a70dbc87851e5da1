package local

import (
	"context"
	"os"
	"path/filepath"
	"runtime/debug"

	"gsw/manager/store"
	"gsw/platform"
)

// The programs in GSW_HOME/bin, without .exe. Front is what users and hooks start: the small program if there is one,
// the complete one otherwise. Goswitch is another name of it.
const (
	Front    = "gsw"
	Goswitch = "goswitch"
	Complete = "gsw-full" // the complete program, where Front is the small one
	Shim     = "gsw-shim" // the small program, where there is one: shims are links to it

	// Server is the program that serves, as a release has it. It may lie anywhere on PATH; who puts it here does so by hand.
	Server = "gsw-server"
)

// ProgramInPlace is what shims are links to, relative to GSW_HOME/shims; "" if no program was put into GSW_HOME/bin yet.
func (m Verbs) ProgramInPlace() string {
	for _, name := range []string{Shim, Front} {
		name = m.Host.Target.Exe(name)
		if _, err := os.Stat(filepath.Join(m.Host.Home, "bin", name)); err == nil {
			return filepath.Join("..", "bin", name)
		}
	}
	return ""
}

// Sweep clears away what killed processes left. It costs three folders' reading and a look at each GOBIN when there is
// nothing.
//
// guard, if there is one, is called before tools that came count as seen; doubtful are toolchains whose files a power loss may have taken: see [store.Store.Sweep].
func (m Verbs) Sweep(ctx context.Context, guard func() error) (doubtful []store.Toolchain, err error) {
	return m.Store.Sweep(ctx, m.ProgramInPlace(), guard)
}

// stamp is a release's tag. The linker sets it, for a build from a tagged checkout knows its tag only where git is asked,
// and says "+dirty" as soon as a file lies about: -ldflags "-X gsw/manager/local.stamp=v1.2.3".
var stamp string

// Edition is gsw's own version: a release's tag; or from the build's information, what `go install` fetched, or the
// commit of a build from a checkout. Both programs of a release say the same.
func Edition() string {
	if stamp != "" {
		return stamp
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// EditionFlag makes the small program, by its own name, print its edition.
const EditionFlag = "--edition"

// UserAgent is how gsw names itself to servers.
func UserAgent(target platform.Target) string {
	return "gsw/" + Edition() + " (" + target.String() + ")"
}
