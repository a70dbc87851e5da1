package manager

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/mod/module"

	"gsw/manager/bundle"
	"gsw/manager/modcache"
	"gsw/manager/trust"
)

// packedModule is a module of projects. What it hashes to the projects' go.sum files say.
type packedModule struct {
	module.Version
	sum, goModSum string // sum is "" where only the go.mod is needed
	place         string // FILE:LINE that says so
	private       bool   // the log is not to be asked
}

// addModules adds what the projects' go.sum files name: the files of those modules that have a hash there, only the
// go.mod of the others. That is what the go command needs for every platform and every build tag, and all it accepts.
func (b *packing) addModules(ctx context.Context) error {
	var all modcache.Sums
	for _, p := range b.projects {
		if p.vendored {
			continue
		}
		var sums modcache.Sums
		for _, to := range []*modcache.Sums{&sums, &all} { // all finds where projects contradict each other
			if err := p.Sums(to); err != nil {
				return err
			}
		}
		if err := b.addModulesOf(ctx, p, sums); err != nil {
			return err
		}
	}
	return nil
}

func (b *packing) addModulesOf(ctx context.Context, p packedProject, sums modcache.Sums) error {
	if p.setting("GOSUMDB") == "off" {
		b.Report.Warn("GOSUMDB is off for " + p.dir + ": no record of its modules is asked for, and its go.sum alone is what they are judged by")
	}
	var wanted []packedModule
	for _, v := range sums.Modules() {
		m := packedModule{Version: v, private: p.private(v)}
		m.sum, m.place = sums.Zip(v)
		goMod, place := sums.GoMod(v)
		if m.place == "" {
			m.place = place
		}
		if m.goModSum = goMod; goMod == "" {
			return &IncompleteSumError{Module: v.String(), Place: m.place}
		}
		if !b.has(m) {
			wanted = append(wanted, m)
		}
	}
	if err := b.bringModules(ctx, p, sums, wanted); err != nil {
		return err
	}
	for _, m := range wanted {
		if err := b.addModule(p.cache(), m); err != nil {
			return err
		}
	}
	return nil
}

// has tells whether an earlier project has brought all of a module that this one needs. What it brought of it in part
// is dropped.
func (b *packing) has(m packedModule) bool {
	i := slices.IndexFunc(b.modules, func(have packedModule) bool { return have.Version == m.Version })
	if i < 0 {
		return false
	}
	if b.modules[i].sum != "" || m.sum == "" {
		return true
	}
	name, err := bundle.ModuleName(m.Path, m.Version.Version, ".mod")
	b.modules = slices.Delete(b.modules, i, i+1)
	b.files = slices.DeleteFunc(b.files, func(f bundle.File) bool { return err == nil && f.Name == name })
	return false
}

// bringModules has the go command fetch what the module cache lacks.
func (b *packing) bringModules(ctx context.Context, p packedProject, sums modcache.Sums, wanted []packedModule) error {
	var whole, goMods []module.Version
	for _, m := range wanted {
		switch {
		case m.sum != "" && !lies(p.cache(), m.Version, ".info", ".mod", ".zip"):
			whole = append(whole, m.Version)
		case m.sum == "" && !lies(p.cache(), m.Version, ".mod"):
			goMods = append(goMods, m.Version)
		}
	}
	if n := len(whole) + len(goMods); n > 0 {
		b.Report.Phase("fetching " + plural(n, "module") + " for " + p.dir)
	}
	scratch := filepath.Join(b.dir, "fetching")
	return errors.Join(
		p.download(ctx, b.Manager, scratch, sums, b.order.Offline, true, whole),
		p.download(ctx, b.Manager, scratch, sums, b.order.Offline, false, goMods))
}

// lies tells whether a module's files are in the cache.
func lies(cache modcache.Cache, m module.Version, suffixes ...string) bool {
	for _, suffix := range suffixes {
		file, err := cache.File(m, suffix)
		if err != nil {
			return false
		}
		if _, err := os.Stat(file); err != nil {
			return false
		}
	}
	return true
}

// addModule adds a module's files, which must be those that go.sum names.
func (b *packing) addModule(cache modcache.Cache, m packedModule) error {
	goMod, err := cache.File(m.Version, ".mod")
	if err != nil {
		return err
	}
	have, err := modcache.HashGoMod(goMod)
	if err != nil {
		return err
	}
	if have != m.goModSum {
		return m.differs("go.mod", have, m.goModSum, m.place)
	}
	name, err := bundle.ModuleName(m.Path, m.Version.Version, "")
	if err != nil {
		return err
	}
	b.modules = append(b.modules, m)
	b.files = append(b.files, fromFile(name+".mod", goMod))
	if m.sum == "" {
		return nil
	}
	zip, _ := cache.File(m.Version, ".zip")
	if have, err = modcache.HashZip(m.Version, zip); err != nil {
		return err
	}
	if have != m.sum {
		return m.differs("its zip in the module cache", have, m.sum, m.place)
	}
	infoFile, _ := cache.File(m.Version, ".info")
	info, err := modcache.ReadInfo(m.Version, infoFile)
	if err != nil {
		return err
	}
	text, err := info.Text()
	if err != nil {
		return err
	}
	b.files = append(b.files, fromText(name+".info", text), fromFile(name+".zip", zip))
	return nil
}

// differs is a module that is not what somebody knows it to be.
func (m packedModule) differs(what, have, want, place string) error {
	return &ModuleError{Module: m.Version.String(), What: what, Have: have, Want: want, Place: place}
}

// proveModules asks the log about every module that it may be asked about, and adds what came of it to the manifest.
func (b *packing) proveModules(ctx context.Context) error {
	if len(b.modules) > 0 {
		b.Report.Phase("proving " + plural(len(b.modules), "module"))
	}
	proven, err := b.askAll(ctx)
	if err != nil {
		return err
	}
	var alone []string
	for i, m := range b.modules {
		packed := bundle.Module{Path: m.Path, Version: m.Version.Version, Sum: m.sum, GoModSum: m.goModSum, Record: bundle.NoRecord}
		if r := proven[i]; r.Module != "" {
			packed.Record = r.ID
			b.records = append(b.records, r)
		} else {
			alone = append(alone, m.Version.String())
		}
		b.manifest.Modules = append(b.manifest.Modules, packed)
	}
	if len(alone) > 0 {
		b.Report.Warn(fmt.Sprintf("the log has no record of %s: only the go.sum of its project vouches for it, there as here", list(alone)))
	}
	return nil
}

// askAll proves the modules, some at once. One that the log does not know has a zero record.
func (b *packing) askAll(ctx context.Context) ([]trust.Proven, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	proven := make([]trust.Proven, len(b.modules))
	next := make(chan int)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range next {
				var err error
				if proven[i], err = b.proveModule(ctx, b.modules[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range b.modules {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	all.Wait()
	return proven, context.Cause(ctx)
}

func (b *packing) proveModule(ctx context.Context, m packedModule) (trust.Proven, error) {
	if m.private || ctx.Err() != nil {
		return trust.Proven{}, nil
	}
	proven, err := b.Log.Prove(ctx, m.Path, m.Version.Version)
	var silent *trust.SilentError
	if errors.As(err, &silent) && silent.Absent {
		return trust.Proven{}, nil
	}
	if err != nil {
		return trust.Proven{}, err
	}
	record := fmt.Sprintf("record %d of %s", proven.ID, b.logName())
	switch {
	case m.sum != "" && proven.H1 != m.sum:
		return proven, m.differs(m.place, m.sum, proven.H1, record)
	case proven.GoMod != m.goModSum:
		return proven, m.differs(m.place+" (go.mod)", m.goModSum, proven.GoMod, record)
	}
	return proven, nil
}

// list names some of many.
func list(names []string) string {
	const most = 5
	text := ""
	for i, name := range names {
		if i == most {
			return fmt.Sprintf("%s and %d more", text, len(names)-most)
		}
		if i > 0 {
			text += ", "
		}
		text += name
	}
	return text
}

// A ModuleError says that a module is not the one that somebody knows: go.sum or the log.
type ModuleError struct {
	Module     string // path@version
	What       string // that is wrong: "go.mod", the line of a go.sum file
	Have, Want string // hashes
	Place      string // who says so
}

func (e *ModuleError) Error() string {
	return fmt.Sprintf("%s is not what it should be: %s has %s, but %s says %s", e.Module, e.What, e.Have, e.Place, e.Want)
}

// An IncompleteSumError is a module that go.sum has the hash of, but not that of its go.mod, which the go command needs.
type IncompleteSumError struct{ Module, Place string }

func (e *IncompleteSumError) Error() string {
	return fmt.Sprintf("%s names %s, and no line names the hash of its go.mod", e.Place, e.Module)
}
