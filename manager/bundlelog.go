package manager

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/bundle"
	"gsw/manager/trust"
)

// carried is the log as a bundle has it: a trust.Getter that asks nobody. What the bundle lacks, tiles that were proved
// here earlier may have.
type carried struct {
	url    string
	bundle string   // the folder with what the bundle has: latest, lookup/… and tile/…
	dirs   []string // that and others, in the order in which they are asked for tiles
}

// Get reads a document of the log.
func (c carried) Get(_ context.Context, url string, limit int64) ([]byte, error) {
	name := strings.TrimPrefix(url, c.url+"/")
	for _, dir := range c.dirs {
		if dir != c.bundle && !strings.HasPrefix(name, "tile/") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && int64(len(data)) > limit {
			err = fmt.Errorf("%s is too large", name)
		}
		return data, err
	}
	return nil, fmt.Errorf("%s is not in the bundle: %w", name, fs.ErrNotExist)
}

// sumdb is where what the bundle has of the log was unpacked.
func (u *unpacking) sumdb() string {
	return filepath.Join(u.home.dir, "sumdb", filepath.FromSlash(u.logName()))
}

// asked is the log as the bundle has it, its tiles from dirs, with a cache of its own that knows head, or nothing.
func (u *unpacking) asked(name string, head []byte, dirs ...string) (*trust.Log, error) {
	cache := filepath.Join(u.home.dir, name)
	if head != nil {
		file := filepath.Join(cache, filepath.FromSlash(u.logName()), "latest")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, head, 0o644); err != nil {
			return nil, err
		}
	}
	return u.logAt(carried{u.order.File, u.sumdb(), dirs}, u.order.File, cache), nil
}

// verifyLog proves every record that the manifest calls for, and every tile, by the bundle's tree head, and holds the
// manifest to what they say.
func (u *unpacking) verifyLog(ctx context.Context) error {
	if u.manifest.Log.Name == "" {
		return nil
	}
	u.Report.Phase("proving its records")
	log, err := u.asked("proved", nil, u.sumdb())
	if err != nil {
		return err
	}
	var ids []int64
	for _, t := range u.manifest.Toolchains {
		v, target, err := t.Identity()
		if err != nil {
			return err
		}
		id, err := u.verifyRecord(ctx, log, "golang.org/toolchain", trust.ModuleVersion(v, target), t.Tree, "", t.Record)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	for _, mod := range u.manifest.Modules {
		if !mod.Recorded() {
			continue
		}
		id, err := u.verifyRecord(ctx, log, mod.Path, mod.Version, mod.Sum, mod.GoModSum, mod.Record)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	return u.verifyTiles(ctx, log, ids)
}

// verifyRecord proves one record, and holds the manifest to it.
func (u *unpacking) verifyRecord(ctx context.Context, log *trust.Log, path, version, sum, goModSum string, record int64) (id int64, err error) {
	proven, err := log.Prove(ctx, path, version)
	if err != nil {
		return 0, unproved(err)
	}
	wrong := &ModuleError{Module: path + "@" + version, What: "the manifest", Place: fmt.Sprintf("record %d of %s", proven.ID, u.logName())}
	switch {
	case sum != "" && sum != proven.H1:
		wrong.Have, wrong.Want = sum, proven.H1
		return 0, wrong
	case goModSum != "" && goModSum != proven.GoMod:
		wrong.What, wrong.Have, wrong.Want = "the manifest (go.mod)", goModSum, proven.GoMod
		return 0, wrong
	case record != proven.ID:
		wrong.Have, wrong.Want, wrong.Place = fmt.Sprintf("record %d", record), fmt.Sprintf("record %d", proven.ID), u.logName()
		return 0, wrong
	case proven.TreeSize != u.manifest.Log.TreeSize:
		return 0, &bundle.FormatError{Entry: bundle.HeadName(u.logName()), Reason: fmt.Sprintf(
			"the manifest speaks of a tree of %d, the records of one of %d", u.manifest.Log.TreeSize, proven.TreeSize)}
	}
	return proven.ID, nil
}

// unproved: what a bundle lacks is a fault of the bundle, and no trouble with reaching somebody.
func unproved(err error) error {
	var silent *trust.SilentError
	if errors.As(err, &silent) {
		return &bundle.FormatError{Reason: silent.Reason}
	}
	return err
}

// verifyTiles makes the tiles that such a bundle has out of its own, by its head: a tile that comes out otherwise, that is
// missing or that nothing calls for refuses the bundle.
func (u *unpacking) verifyTiles(ctx context.Context, log *trust.Log, ids []int64) error {
	wanted := map[string]bool{}
	for _, e := range u.manifest.Entries {
		if strings.HasPrefix(e.Name, "sumdb/") && strings.Contains(e.Name, "/tile/") {
			wanted[e.Name] = true
		}
	}
	head, err := log.Snapshot(ctx, ids, u.manifest.Log.Earlier, func(path string, data []byte) error {
		name := bundle.TileName(u.logName(), path)
		delete(wanted, name)
		have, err := os.ReadFile(u.staged(name))
		if errors.Is(err, fs.ErrNotExist) {
			return &bundle.FormatError{Entry: name, Reason: "it is missing"}
		}
		if err != nil || bytes.Equal(have, data) {
			return err
		}
		return &bundle.FormatError{Entry: name, Reason: fmt.Sprintf("the tree of %d that %s signed has something else there", u.manifest.Log.TreeSize, u.logName())}
	})
	if err != nil {
		return unproved(err)
	}
	for name := range wanted {
		return &bundle.FormatError{Entry: name, Reason: "it proves nothing that the bundle holds"}
	}
	u.head = head
	return nil
}

// linkHeads holds the bundle's tree head against the newest ones that gsw and the go command have seen here: one must
// continue the other.
func (u *unpacking) linkHeads(ctx context.Context) error {
	if u.head == nil {
		return nil
	}
	u.gopath, _, _ = strings.Cut(u.GoSettings().Get("GOPATH").Value(), string(filepath.ListSeparator))
	for i, file := range []string{filepath.Join(u.Log.CacheDir, filepath.FromSlash(u.logName()), "latest"), u.goHead()} {
		if file == "" {
			continue
		}
		known, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) || err == nil && (len(known) == 0 || bytes.Equal(known, u.head)) {
			continue
		}
		if err != nil {
			return err
		}
		if err := u.linkHead(ctx, fmt.Sprintf("linked%d", i), file, known); err != nil {
			return err
		}
	}
	return nil
}

// goHead is where the go command keeps the newest tree head; "" if it has no place.
func (u *unpacking) goHead() string {
	if u.gopath == "" {
		return ""
	}
	return filepath.Join(u.gopath, "pkg", "sumdb", filepath.FromSlash(u.logName()), "latest")
}

// linkHead proves a record of the bundle as who knows that head does. What shows that a log has two histories are the
// tiles that were proved here and those of the bundle; but tiles here may have been damaged since, so that the bundle's
// go first once they fail.
func (u *unpacking) linkHead(ctx context.Context, name, file string, known []byte) error {
	log := filepath.FromSlash(u.logName())
	here := []string{filepath.Join(u.Log.CacheDir, log), filepath.Join(u.ModCache.SumDB(), log)}
	err := u.tryHead(ctx, name, file, known, append(here, u.sumdb()))
	var fork *trust.TreeHeadError
	if err == nil || errors.As(err, &fork) || ctx.Err() != nil {
		return err
	}
	if u.tryHead(ctx, name+"-again", file, known, append([]string{u.sumdb()}, here...)) == nil {
		return nil
	}
	return err
}

func (u *unpacking) tryHead(ctx context.Context, name, file string, known []byte, dirs []string) error {
	log, err := u.asked(name, known, dirs...)
	if err != nil {
		return err
	}
	path, version := u.someRecord()
	_, err = log.Prove(ctx, path, version)
	var silent *trust.SilentError
	var head *trust.HeadFileError
	var fork *trust.TreeHeadError
	switch {
	case errors.As(err, &head):
		head.File = file
	case errors.As(err, &fork):
		fork.File = file
	case errors.As(err, &silent):
		size, _ := treeSize(known)
		return &UnlinkedError{File: file, Log: u.logName(), Known: size, Have: u.manifest.Log.TreeSize}
	}
	return err
}

// someRecord is a module that the bundle has a record of.
func (u *unpacking) someRecord() (path, version string) {
	for _, t := range u.manifest.Toolchains {
		if v, target, err := t.Identity(); err == nil {
			return "golang.org/toolchain", trust.ModuleVersion(v, target)
		}
	}
	for _, mod := range u.manifest.Modules {
		if mod.Recorded() {
			return mod.Path, mod.Version
		}
	}
	return "", ""
}

// An UnlinkedError says that a bundle's tree head and a newer or older one that is known here are both signed, and that
// nothing shows that one continues the other.
type UnlinkedError struct {
	File        string // with the one known here
	Log         string
	Known, Have int64 // sizes of the trees
}

func (e *UnlinkedError) Error() string {
	return fmt.Sprintf("nothing shows that the tree of %d, by which %s proves the bundle, and the tree of %d, the newest known in %s, are of one history",
		e.Have, e.Log, e.Known, e.File)
}
