package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gsw/platform"
)

// storePermissions: parts of gsw's folder belong to somebody else, as after a run under sudo; may be written by all; or
// may not be written by their owner. On Windows access lists say all that, which are not looked at.
func storePermissions(_ context.Context, p *Patient) ([]Finding, error) {
	if p.Host.OS == "windows" {
		return nil, nil
	}
	look, err := p.Permissions()
	return look.findings(), err
}

// permissions looks through gsw's folder; where nothing is installed it finds nothing.
func (p *Patient) permissions() (permissions, error) {
	owner, err := p.keeper()
	if errors.Is(err, fs.ErrNotExist) {
		return permissions{}, nil
	}
	if err != nil {
		return permissions{}, fmt.Errorf("looking whom %s belongs to: %w", p.Host.Home, err)
	}
	look := permissions{p: p, owner: owner}
	if err := look.at(p.Host.Home, 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return permissions{}, fmt.Errorf("looking at the permissions in %s: %w", p.Host.Home, err)
	}
	return look, nil
}

// keeper is the user whom gsw's folder should belong to: who runs doctor, or, if that is root in another's home folder,
// that other one.
func (p *Patient) keeper() (int, error) {
	if _, err := os.Lstat(p.Host.Home); err != nil {
		return 0, err
	}
	if user := platform.User(); user != 0 || p.Host.UserHome == "" || !below(p.Host.Home, filepath.Clean(p.Host.UserHome)) {
		return user, nil
	}
	return platform.Owner(p.Host.UserHome)
}

// permissions is one look through gsw's folder.
type permissions struct {
	p                     *Patient
	owner                 int
	foreign, open, closed []string    // paths
	evidence              [3][]string // of those
}

// tells tells whether the findings are about a folder already, or one above it that is another user's.
func (l permissions) tells(dir string) bool {
	return slices.ContainsFunc(l.open, func(open string) bool { return sameFolder(open, dir) }) ||
		slices.ContainsFunc(l.foreign, func(foreign string) bool { return lies(dir, foreign) })
}

// deepest is how far down a look goes: versions/go1.22.3/go. What lies below that came there with it.
const deepest = 3

func (l *permissions) at(path string, depth int) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	uid, err := platform.Owner(path)
	if err != nil {
		return err
	}
	shown := fmt.Sprintf("%s: %s, %s", path, info.Mode(), userName(uid))
	if uid != l.owner {
		l.foreign, l.evidence[0] = append(l.foreign, path), append(l.evidence[0], shown)
		return nil // and all below it, most likely
	}
	if !info.IsDir() {
		return nil
	}
	if info.Mode()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0 {
		l.open, l.evidence[1] = append(l.open, path), append(l.evidence[1], shown)
	}
	if info.Mode()&0o300 != 0o300 && depth < deepest {
		l.closed, l.evidence[2] = append(l.closed, path), append(l.evidence[2], shown)
	}
	if depth == deepest || filepath.Base(filepath.Dir(path)) == "cache" {
		return nil
	}
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil // shown already
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := l.at(filepath.Join(path, e.Name()), depth+1); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func userName(uid int) string {
	if uid == 0 {
		return "of root"
	}
	return "of user " + strconv.Itoa(uid)
}

func (l *permissions) findings() []Finding {
	var all []Finding
	if len(l.foreign) > 0 {
		all = append(all, Finding{
			Level: Red, Message: "parts of gsw's folder belong to another user, as after running gsw with sudo: they can't be changed any more",
			Evidence: l.evidence[0], Fix: l.fix("chown -R "+strconv.Itoa(l.owner), l.foreign),
		})
	}
	if len(l.open) > 0 {
		all = append(all, Finding{
			Level: Red, Message: "everybody on this machine can replace the programs that run from gsw's folder",
			Evidence: l.evidence[1], Fix: l.fix("chmod o-w", l.open), Mend: changeModes(l.open, 0, 0o002),
		})
	}
	if len(l.closed) > 0 {
		all = append(all, Finding{
			Level: Yellow, Message: "gsw can't write to its own folder, so that nothing can be installed or switched",
			Evidence: l.evidence[2], Fix: l.fix("chmod u+rwx", l.closed), Mend: changeModes(l.closed, 0o700, 0),
		})
	}
	return all
}

// fix is a command for paths. Only root can give files away; modes change who owns them.
func (l *permissions) fix(command string, paths []string) string {
	if user := platform.User(); user != 0 && (strings.HasPrefix(command, "chown") || user != l.owner) {
		command = "sudo " + command
	}
	for _, path := range paths {
		command += " " + l.p.path(path)
	}
	return command
}

func changeModes(dirs []string, give, take os.FileMode) func(context.Context) error {
	return func(context.Context) error {
		for _, dir := range dirs {
			info, err := os.Stat(dir)
			if err != nil {
				return err
			}
			if err := os.Chmod(dir, info.Mode()&^take|give); err != nil {
				return err
			}
		}
		return nil
	}
}
