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

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/tlog"

	"gsw/manager/bundle"
	"gsw/manager/modcache"
	"gsw/manager/trust"
	"gsw/platform"
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

// verifyModules hashes every module, and holds what is in the module cache already against it.
func (u *unpacking) verifyModules(ctx context.Context) error {
	sums, err := u.expected()
	if err != nil {
		return err
	}
	if len(u.manifest.Modules) > 0 {
		u.Report.Phase("proving " + plural(len(u.manifest.Modules), "module"))
	}
	for _, mod := range u.manifest.Modules {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !mod.Recorded() {
			if err := u.vouched(mod, sums); err != nil {
				return err
			}
		}
		if err := u.verifyModule(mod); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacking) verifyModule(mod bundle.Module) error {
	dir := u.home.dir
	if u.cache != nil {
		dir = u.cache.dir
	}
	s, err := stagedModule(mod, dir)
	if err != nil {
		return err
	}
	if s.Proof = u.Vouched[mod.String()]; mod.Recorded() {
		s.Proof = fmt.Sprintf("record %d of %s", mod.Record, u.logName())
	} else if s.Proof == "" {
		s.Proof = "the manifest"
	}
	have, err := modcache.HashGoMod(s.Mod)
	if err == nil && have != mod.GoModSum {
		err = &ModuleError{Module: mod.String(), What: "its go.mod in the bundle", Have: have, Want: mod.GoModSum, Place: s.Proof}
	}
	if err != nil {
		return err
	}
	if mod.Sum != "" {
		have, err := modcache.HashZip(s.Module, s.Zip)
		if err != nil {
			return err
		}
		if have != mod.Sum {
			return &ModuleError{Module: mod.String(), What: "its zip in the bundle", Have: have, Want: mod.Sum, Place: s.Proof}
		}
		if _, err := modcache.ReadInfo(s.Module, s.Info); err != nil {
			return err
		}
	}
	_, err = u.ModCache.Check(s)
	return err
}

// expected are the sums of the projects that may vouch.
func (u *unpacking) expected() (sums modcache.Sums, err error) {
	if len(u.Unrecorded) == 0 {
		return sums, nil
	}
	for _, dir := range u.order.Projects {
		here := u.Manager
		here.Host.Dir = dir
		p, err := modcache.Find(dir, here.GoSettings().Get("GOWORK").Value())
		if err != nil {
			return sums, err
		}
		if err := p.Sums(&sums); err != nil {
			return sums, err
		}
	}
	return sums, nil
}

// vouched holds a module that the log does not know to what projects expect.
func (u *unpacking) vouched(mod bundle.Module, sums modcache.Sums) error {
	v := module.Version{Path: mod.Path, Version: mod.Version}
	sum, place := sums.Zip(v)
	goMod, goModPlace := sums.GoMod(v)
	differs := func(what, have, want, place string) error {
		return &ModuleError{Module: mod.String(), What: what, Have: have, Want: want, Place: place}
	}
	switch {
	case sum != "" && mod.Sum != "" && sum != mod.Sum:
		return differs("the manifest", mod.Sum, sum, place)
	case goMod != "" && goMod != mod.GoModSum:
		return differs("the manifest (go.mod)", mod.GoModSum, goMod, goModPlace)
	case goMod != "" && (sum != "" || mod.Sum == ""):
		u.Vouched[mod.String()] = goModPlace
		if sum != "" {
			u.Vouched[mod.String()] = place
		}
		return nil
	case u.order.Unverified:
		return nil
	}
	return &UnvouchedError{Module: mod.String(), Sum: mod.Sum}
}

// verifyToolchains holds each toolchain for this platform to its record, and to what else is known of it.
func (u *unpacking) verifyToolchains(ctx context.Context) error {
	for _, t := range u.manifest.Toolchains {
		v, target, err := t.Identity()
		if err != nil || target != u.Host.Target {
			continue
		}
		u.Report.Phase("proving " + v.Tag())
		subject := trust.Subject{Version: v, Target: target, Source: trust.SourceModule}
		const most = 2 << 30
		m := module.Version{Path: "golang.org/toolchain", Version: trust.ModuleVersion(v, target)}
		if subject.Tree, err = modcache.HashToolchain(m, u.staged(bundle.ToolchainName(v, target)), most); err != nil {
			return err
		}
		log, err := u.asked("proved", nil, u.sumdb())
		if err != nil {
			return err
		}
		if _, err := u.vouch(ctx, log, subject); err != nil {
			return err
		}
	}
	return nil
}

// keepLog makes gsw know what the bundle has of the log: records and tiles, the tree head if it is the newest, and the
// tiles that link earlier trees to it.
func (u *unpacking) keepLog(ctx context.Context) error {
	if u.head == nil {
		return nil
	}
	own := filepath.Join(u.Log.CacheDir, filepath.FromSlash(u.logName()))
	there := filepath.Join(u.ModCache.SumDB(), filepath.FromSlash(u.logName()))
	if err := putTiles(u.manifest, u.home.dir, u.Log.CacheDir); err != nil {
		return err
	}
	log := u.logAt(carried{u.order.File, u.sumdb(), []string{u.sumdb(), own, there}}, u.order.File, u.Log.CacheDir)
	for _, t := range u.manifest.Toolchains {
		if v, target, err := t.Identity(); err == nil {
			if _, err := log.Prove(ctx, "golang.org/toolchain", trust.ModuleVersion(v, target)); err != nil {
				return unproved(err)
			}
		}
	}
	for _, mod := range u.manifest.Modules {
		if mod.Recorded() {
			if _, err := log.Prove(ctx, mod.Path, mod.Version); err != nil {
				return unproved(err)
			}
		}
	}
	return nil
}

// putTiles copies tiles that were proved to where a cache of a log has them.
func putTiles(manifest bundle.Manifest, from, to string) error {
	for _, e := range manifest.Entries {
		name, is := strings.CutPrefix(e.Name, "sumdb/"+manifest.Log.Name+"/")
		if !is || !strings.HasPrefix(name, "tile/") {
			continue
		}
		if err := putFile(filepath.Join(from, filepath.FromSlash(e.Name)), filepath.Join(to, filepath.FromSlash(manifest.Log.Name+"/"+name))); err != nil {
			return err
		}
	}
	return nil
}

// putFile copies a small file, unless it is there.
func putFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if have, err := os.ReadFile(to); err == nil && bytes.Equal(have, data) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	return platform.ReplaceFile(to, data, 0o666)
}

// putSumDB copies what was proved to where the go command keeps what a log said. A record that is there with a newer tree
// head stays.
func putSumDB(manifest bundle.Manifest, from, to string) error {
	if err := putTiles(manifest, from, to); err != nil {
		return err
	}
	for _, e := range manifest.Entries {
		name, is := strings.CutPrefix(e.Name, "sumdb/")
		if !is || !strings.Contains(name, "/lookup/") {
			continue
		}
		file := filepath.Join(to, filepath.FromSlash(name))
		if old, err := os.ReadFile(file); err == nil {
			if _, _, head, err := tlog.ParseRecord(old); err == nil {
				if size, err := treeSize(head); err == nil && size >= manifest.Log.TreeSize {
					continue
				}
			}
		}
		if err := putFile(filepath.Join(from, filepath.FromSlash(e.Name)), file); err != nil {
			return err
		}
	}
	return nil
}

// keepGoHead gives the go command the bundle's tree head, if that is newer than its own. It was shown to continue that.
func (u *unpacking) keepGoHead() error {
	file := u.goHead()
	if file == "" {
		return nil
	}
	if known, err := os.ReadFile(file); err == nil {
		if size, err := treeSize(known); err == nil && size >= u.manifest.Log.TreeSize {
			return nil
		}
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	return platform.WriteDurable(file, u.head, 0o666)
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

// An UnvouchedError is a module that nobody vouches for.
type UnvouchedError struct {
	Module string // path@version
	Sum    string // its hash; "" where there is only a go.mod
}

func (e *UnvouchedError) Error() string {
	return fmt.Sprintf("nothing vouches for %s: the log has no record of it, and no go.sum file of a project here names it", e.Module)
}
