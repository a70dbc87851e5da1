package manager

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/local"
	"gsw/platform"
)

// Program puts gsw into GSW_HOME/bin, where shims and hooks find it whatever
// becomes of the copy that was started (`go run` deletes its own), and returns
// what shims are links to, relative to GSW_HOME/shims.
//
// Where the small program of the same edition lies beside the running one, as in
// a release, it is taken along: gsw is the small program then, gsw-shim, too, and
// gsw-full is the running one. Everyday commands and shims so start in a third of
// the time. Where there is none, gsw is the running program, and a small one that
// is there from before goes away: it would go on serving as what it was.
func (m Manager) Program(ctx context.Context) (string, error) {
	small, err := m.small(ctx)
	if err != nil {
		return "", err
	}
	if !m.inPlace(small) {
		if err := m.put(ctx, small); err != nil {
			return "", err
		}
	}
	if err := platform.PointFile(m.bin(local.Goswitch), m.Host.Target.Exe(local.Front)); err != nil {
		return "", err
	}
	program := m.ProgramInPlace()
	return program, m.renew(ctx, program)
}

// renew gives shims the program of now where they are files, as on Windows, and not links to its name.
func (m Manager) renew(ctx context.Context, program string) error {
	shim := filepath.Join(m.Store.Shims(), m.Host.Target.Exe("go"))
	if info, err := os.Lstat(shim); err != nil || !info.Mode().IsRegular() || same(shim, filepath.Join(m.Store.Shims(), program)) {
		return nil
	}
	err := m.Store.Refresh(ctx, program)
	if occupied := (*platform.NotLinkError)(nil); errors.As(err, &occupied) {
		return nil // whose it is stands in what the next command that makes shims says
	}
	return err
}

// inPlace tells whether GSW_HOME/bin has copies of these programs already.
func (m Manager) inPlace(small string) bool {
	if small != "" {
		return same(m.Host.Self, m.bin(local.Complete)) && same(small, m.bin(local.Shim)) && same(small, m.bin(local.Front))
	}
	for _, name := range []string{local.Shim, local.Complete} {
		if _, err := os.Lstat(m.bin(name)); err == nil {
			return false
		}
	}
	return same(m.Host.Self, m.bin(local.Front))
}

func (m Manager) put(ctx context.Context, small string) error {
	h, err := m.handover(ctx)
	if err != nil {
		return err
	}
	defer h.end()
	if m.inPlace(small) {
		return nil // another process did the same
	}
	if err := h.stage(m.Host.Self, small); err != nil {
		return err
	}
	if err := h.decide(); err != nil {
		return err
	}
	return h.carryOut(ctx)
}

func (m Manager) bin(name string) string {
	return filepath.Join(m.Host.Home, "bin", m.Host.Target.Exe(name))
}

// small is the small program that belongs to the running one; "" if there is none.
func (m Manager) small(ctx context.Context) (string, error) {
	file := filepath.Join(filepath.Dir(m.Host.Self), m.Host.Target.Exe(local.Shim))
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	if same(m.Host.Self, m.bin(local.Complete)) && same(file, m.bin(local.Shim)) && same(file, m.bin(local.Front)) {
		return file, nil // it was asked when it was put there
	}
	// One that `go install` left long ago may know nothing of being gsw.
	var said bytes.Buffer
	code, err := platform.Run(ctx, file, []string{local.Shim, local.EditionFlag}, m.Host.Env, nil, &said, io.Discard)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil || code != 0 || strings.TrimSpace(said.String()) != m.Edition {
		return "", nil
	}
	return file, nil
}

// dropSmall takes the small program away, and what it needs, once no shim needs it any more.
func (m Manager) dropSmall(ctx context.Context) error {
	var old []string
	for _, name := range []string{local.Shim, local.Complete} {
		if _, err := os.Lstat(m.bin(name)); err == nil {
			old = append(old, m.bin(name))
		}
	}
	if len(old) == 0 {
		return nil
	}
	err := m.Store.Refresh(ctx, filepath.Join("..", "bin", m.Host.Target.Exe(local.Front)))
	if occupied := (*platform.NotLinkError)(nil); err != nil && !errors.As(err, &occupied) {
		return err
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// same tells whether two files are one, or one is a copy of the other, which has its original's time.
func same(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && (os.SameFile(first, second) || first.Size() == second.Size() && first.ModTime().Equal(second.ModTime()))
}
