package local

import (
	"context"
	"os"
	"path/filepath"
	"runtime/debug"

	"gsw/manager/store"
)

// The programs in GSW_HOME/bin, without .exe. Front is what users and hooks start: the small program if there is one,
// the complete one otherwise. Goswitch is another name of it.
const (
	Front    = "gsw"
	Goswitch = "goswitch"
	Complete = "gsw-full" // the complete program, where Front is the small one
	Shim     = "gsw-shim" // the small program, where there is one: shims are links to it
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
// doubtful are toolchains whose files a power loss may have taken: see [store.Store.Sweep].
func (m Verbs) Sweep(ctx context.Context) (doubtful []store.Toolchain, err error) {
	return m.Store.Sweep(ctx, m.ProgramInPlace())
}

// Edition is gsw's own version, from the build's information: a release's tag, or the commit of a build from a checkout.
func Edition() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// EditionFlag makes the small program, by its own name, print its edition.
const EditionFlag = "--edition"
