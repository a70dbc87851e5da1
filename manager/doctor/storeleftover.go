package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/manager/tools"
)

// storeLeftover: what lies in gsw's folder and serves nobody.
func storeLeftover(_ context.Context, p *Patient) ([]Finding, error) {
	left, err := p.Store.Leftovers()
	if err != nil {
		return nil, err
	}
	all := p.abandoned(left)
	all = append(all, p.strange(left, store.HalfMade, Finding{
		Level: Yellow, Message: "folders that are called like releases are no toolchains: they have no receipt, so nothing finds them",
	})...)
	all = append(all, p.strange(left, store.Unknown, Finding{
		Level: Green, Message: "there are things among the toolchains that are not gsw's",
	})...)
	aside, err := p.aside()
	if err != nil {
		return all, err
	}
	partial, err := p.partial()
	return append(append(all, aside...), partial...), err
}

// abandoned are the folders of processes that were killed. Every gsw command but this one clears them away.
func (p *Patient) abandoned(left []store.Leftover) []Finding {
	f := Finding{Level: Green, Message: "an install or uninstall was killed and left folders behind", Fix: "gsw list"}
	if p.Host.OS == "windows" {
		f.Message += ", or a program runs out of what was removed"
	}
	for _, l := range left {
		if l.Kind == store.Abandoned {
			f.Evidence = append(f.Evidence, l.Path)
		}
	}
	f.Mend = func(ctx context.Context) error {
		_, err := p.Store.Sweep(ctx, "", nil)
		return err
	}
	return ifAny(f)
}

// strange is what somebody put among the toolchains. It may be dear to them: it is moved, not deleted.
func (p *Patient) strange(left []store.Leftover, kind store.LeftoverKind, f Finding) []Finding {
	var moves []string
	for _, l := range left {
		if l.Kind == kind {
			f.Evidence = append(f.Evidence, l.Path)
			to := free(filepath.Join(p.Host.UserHome, filepath.Base(l.Path)))
			moves = append(moves, "mv "+p.path(l.Path)+" "+p.path(to))
		}
	}
	f.Fix = strings.Join(moves, "\n")
	return ifAny(f)
}

// aside are the tools that the guard moved away. They stay until somebody says what shall become of them.
func (p *Patient) aside() ([]Finding, error) {
	installed, err := p.Installed()
	if err != nil {
		return nil, err
	}
	f := Finding{Level: Green, Message: "tools that were moved aside, since they would hide commands of the system, are still there"}
	var fixes []string
	for _, t := range installed {
		if t.System {
			continue
		}
		remove := "gsw tools remove --spec " + t.Version.Tag()
		named := map[string]bool{}
		for _, q := range tools.Quarantined(t) {
			f.Evidence = append(f.Evidence, q.File)
			switch _, err := os.Lstat(tools.File(t, q.Name)); {
			case err == nil: // the command would take the one that is in use
				fixes = append(fixes, p.remove(p.path(q.File)))
			case !named[q.Name]:
				named[q.Name] = true
				fixes = append(fixes, remove+" "+selection.Word(q.Name))
			}
		}
	}
	f.Fix = strings.Join(fixes, "\n")
	return ifAny(f), nil
}

// oldPartial is the age at which nobody will go on with a download.
const oldPartial = 7 * 24 * time.Hour

func (p *Patient) partial() ([]Finding, error) {
	dir := filepath.Join(p.Host.Home, "cache", "partial")
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking for partial downloads: %w", err)
	}
	f := Finding{Level: Green, Message: "downloads that were broken off more than a week ago take up space"}
	var files, words []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || p.Host.Now().Sub(info.ModTime()) < oldPartial {
			continue
		}
		file := filepath.Join(dir, e.Name())
		files = append(files, file)
		f.Evidence = append(f.Evidence, fmt.Sprintf("%s: %d bytes, of %s", file, info.Size(), info.ModTime().UTC().Format(time.DateOnly)))
		words = append(words, p.path(file))
	}
	f.Fix = p.remove(words...)
	f.Mend = func(context.Context) error {
		for _, file := range files {
			if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	}
	return ifAny(f), nil
}

// ifAny is f if something shows it.
func ifAny(f Finding) []Finding {
	if len(f.Evidence) == 0 {
		return nil
	}
	return []Finding{f}
}
