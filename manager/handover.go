package manager

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/local"
	"gsw/platform"
)

// A handover brings gsw's own programs into GSW_HOME/bin. They are three files there, which no file system replaces in
// one step. So they are made whole in a folder beside; a file that appears in it by a rename decides; then each takes its
// place by a rename, and where a process is killed before the last has, the next gsw goes on (see [local.Successor]).
// What is killed before the decision has changed nothing.
type handover struct {
	m      Manager
	dir    string // GSW_HOME/next
	unlock func() error
}

// handover keeps other handovers waiting, and finishes one that was decided on. It owes an end.
func (m Manager) handover(ctx context.Context) (handover, error) {
	h := handover{m: m, dir: filepath.Join(m.Host.Home, local.Next)}
	var err error
	h.unlock, err = platform.Lock(ctx, filepath.Join(m.Host.Home, "locks", "self.lock"), func() {
		m.Report.Note("waiting for another gsw that replaces itself")
	})
	if err != nil {
		return h, err
	}
	err = h.carryOut(ctx)
	if err == nil {
		err = platform.RemoveTree(h.dir) // what was killed before it had decided
	}
	if err == nil {
		err = os.MkdirAll(filepath.Join(h.dir, "bin"), 0o755)
	}
	if err != nil {
		return h, errors.Join(err, h.unlock())
	}
	return h, nil
}

// end clears away what was not decided on, and lets others go on.
func (h handover) end() {
	if !h.decided() {
		_ = platform.RemoveTree(h.dir)
	}
	_ = h.unlock()
}

func (h handover) decided() bool {
	_, err := os.Lstat(filepath.Join(h.dir, local.Decided))
	return err == nil
}

// stage makes copies of the programs, under the names that they will have. Where small is "" the complete one serves alone.
func (h handover) stage(complete, small string) error {
	if small == "" {
		return platform.CopyFile(complete, h.staged(local.Front), false)
	}
	return errors.Join(
		platform.CopyFile(complete, h.staged(local.Complete), false),
		platform.CopyFile(small, h.staged(local.Shim), false),
		platform.CopyFile(small, h.staged(local.Front), false),
	)
}

func (h handover) staged(name string) string {
	return filepath.Join(h.dir, "bin", h.m.Host.Target.Exe(name))
}

// decide is the moment of the change: before it all is as it was, after it there is no way back but a rollback.
func (h handover) decide() error {
	name := local.Complete
	if _, err := os.Stat(h.staged(name)); errors.Is(err, fs.ErrNotExist) {
		name = local.Front
	}
	write := platform.WriteDurable
	if h.m.NoFlush {
		write = platform.ReplaceFile
	} else if err := platform.FlushTree(h.dir); err != nil {
		return err
	}
	return write(filepath.Join(h.dir, local.Decided), []byte(name+"\n"), 0o644)
}

// carryOut does what was decided. Each step may have been done before; the front comes last of the programs, so that what
// it needs is there. Where the complete program has been taken away by somebody nothing can be done: all stays as it is.
func (h handover) carryOut(ctx context.Context) error {
	text, err := os.ReadFile(filepath.Join(h.dir, local.Decided))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	complete := strings.TrimSpace(string(text))
	if complete != local.Complete && complete != local.Front || !regular(h.staged(complete)) && !regular(h.m.bin(complete)) {
		h.m.Report.Warn("a change of gsw's own programs was begun and cannot be finished: " + h.dir + " is damaged")
		return os.Remove(filepath.Join(h.dir, local.Decided))
	}
	if err := os.MkdirAll(filepath.Dir(h.m.bin(local.Front)), 0o755); err != nil {
		return err
	}
	for _, name := range []string{local.Complete, local.Shim, local.Front} {
		if !regular(h.staged(name)) {
			continue // it is in its place
		}
		if err := platform.ReplaceProgram(h.staged(name), h.m.bin(name)); err != nil {
			return err
		}
	}
	if complete == local.Front {
		if err := h.m.dropSmall(ctx); err != nil {
			return err
		}
	}
	if err := platform.PointFile(h.m.bin(local.Goswitch), h.m.Host.Target.Exe(local.Front)); err != nil {
		return err
	}
	if err := h.m.renew(ctx, h.m.ProgramInPlace()); err != nil {
		return err
	}
	return h.close()
}

// close keeps the programs that were replaced, and ends the handover.
func (h handover) close() error {
	kept := filepath.Join(h.dir, "previous")
	if _, err := os.Lstat(kept); err == nil {
		if err := platform.RemoveTree(h.m.previous()); err != nil {
			return err
		}
		if err := platform.RenameTree(kept, h.m.previous()); err != nil {
			return err
		}
	}
	if !h.m.NoFlush {
		for _, dir := range []string{filepath.Dir(h.m.bin(local.Front)), h.m.Host.Home} {
			if err := platform.FlushDir(dir); err != nil {
				return err
			}
		}
	}
	if err := os.Remove(filepath.Join(h.dir, local.Decided)); err != nil {
		return err
	}
	h.m.sweepBin()
	_ = platform.RemoveTree(h.dir) // on Windows not while the program in it runs; the next handover does
	return nil
}

// sweepBin removes the half-made files of gsw's programs, and on Windows those that were running when they were replaced
// and are not any more.
func (m Manager) sweepBin() {
	dir := filepath.Dir(m.bin(local.Front))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		of, is := platform.Leftover(e.Name())
		for _, name := range []string{local.Front, local.Goswitch, local.Complete, local.Shim} {
			if is && of == m.Host.Target.Exe(name) {
				_ = os.Remove(filepath.Join(dir, e.Name()))
			}
		}
	}
}

// FinishHandover finishes a change of gsw's own programs that a killed process had decided on. It is no error if another
// process has done so meanwhile.
func (m Manager) FinishHandover(ctx context.Context) error {
	h, err := m.handover(ctx)
	if err != nil {
		return err
	}
	h.end()
	return nil
}
