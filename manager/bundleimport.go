package manager

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"

	"gsw/manager/bundle"
	"gsw/manager/dist"
	"gsw/manager/gover"
	"gsw/manager/modcache"
	"gsw/manager/trust"
	"gsw/manager/unpack"
)

// ImportBundleOrder is what `gsw bundle import` was told.
type ImportBundleOrder struct {
	File       string
	Projects   []string // folders whose go.sum may vouch for what the log does not know
	Unverified bool     // take modules that nobody vouches for
	Look       bool     // verify everything and change nothing
}

// ImportedBundle is what came of a bundle.
type ImportedBundle struct {
	Manifest   bundle.Manifest
	Toolchains []Installed        // those for this platform
	Foreign    []bundle.Toolchain // those for others, which stay in the bundle
	Unrecorded []bundle.Module    // those that the log does not know
	Vouched    map[string]string  // for each of those path@version, the line of a go.sum file; "" if nobody vouches
	ModCache   modcache.Cache     // where the modules are
	Already    bool               // everything was there
}

// ImportBundle verifies a bundle without asking anybody, and puts what it holds where gsw and the go command look for
// it: toolchains into the store, modules into the module cache, records and tiles beside them and into gsw's own.
//
// Everything is verified before anything becomes visible: the tree head by the log's key and against the newest heads
// known here, every record and tile by that head, every toolchain and module by its record, or by a go.sum file. What is
// there already and differs is never replaced, and refuses the whole. Killed at any time, it can be called again.
func (m Manager) ImportBundle(ctx context.Context, order ImportBundleOrder) (ImportedBundle, error) {
	boundMemory()
	r, err := bundleOpen(order.File)
	if err != nil {
		return ImportedBundle{}, err
	}
	defer r.Close()
	u := &unpacking{Manager: m, order: order, manifest: r.Manifest}
	if u.ImportedBundle, err = m.destination(r.Manifest); err != nil {
		return u.ImportedBundle, err
	}
	if u.there(ctx) && !order.Look {
		u.Already = true
		sweepScratch(u.unfinished())
		sweepScratch(filepath.Join(u.ModCache.Dir, "cache"))
		return u.ImportedBundle, nil
	}
	if err := u.begin(ctx); err != nil {
		return u.ImportedBundle, err
	}
	defer u.end()
	u.Report.Phase("unpacking " + filepath.Base(order.File))
	if err := stageBundle(ctx, r, u.staged); err != nil {
		return u.ImportedBundle, fmt.Errorf("unpacking %s: %w", order.File, err)
	}
	for _, verify := range []func(context.Context) error{u.verifyLog, u.linkHeads, u.verifyModules, u.verifyToolchains} {
		if err := verify(ctx); err != nil {
			return u.ImportedBundle, fmt.Errorf("verifying %s: %w", order.File, err)
		}
	}
	if order.Look {
		return u.ImportedBundle, nil
	}
	return u.ImportedBundle, u.publish(ctx)
}

// unpacking is a bundle on its way in.
type unpacking struct {
	Manager
	ImportedBundle
	order    ImportBundleOrder
	manifest bundle.Manifest
	home     *scratch // below gsw's folder: toolchains and what the log says
	cache    *scratch // in the module cache, from where files are renamed: modules
	head     []byte
	gopath   string
}

// unfinished is where things are that are not finished.
func (m Manager) unfinished() string { return filepath.Join(m.Host.Home, "cache", "partial") }

// destination is where a bundle's modules go, and what of it is for this machine.
func (m Manager) destination(manifest bundle.Manifest) (ImportedBundle, error) {
	to := ImportedBundle{Manifest: manifest, Vouched: map[string]string{}}
	dir := m.GoSettings().Get("GOMODCACHE").Value()
	if !filepath.IsAbs(dir) {
		return to, &NoModuleCacheError{Dir: dir}
	}
	to.ModCache = modcache.Cache{Dir: dir}
	if log := manifest.Log.Name; log != "" && log != m.logName() {
		return to, &bundle.FormatError{Entry: bundle.HeadName(log), Reason: "the log that this gsw knows is " + m.logName()}
	}
	for _, t := range manifest.Toolchains {
		if v, target, err := t.Identity(); err != nil || target != m.toward(v).Host.Target {
			to.Foreign = append(to.Foreign, t)
		}
	}
	for _, mod := range manifest.Modules {
		if !mod.Recorded() {
			to.Unrecorded = append(to.Unrecorded, mod)
		}
	}
	return to, nil
}

// there tells whether everything is in its place, by the names of files alone.
func (u *unpacking) there(ctx context.Context) bool {
	records := [][2]string{}
	for _, t := range u.manifest.Toolchains {
		v, target, err := t.Identity()
		if err != nil {
			return false
		}
		records = append(records, [2]string{"golang.org/toolchain", trust.ModuleVersion(v, target)})
		if target != u.toward(v).Host.Target {
			continue
		}
		have, err := u.present(ctx, v)
		if err != nil {
			return false
		}
		installed, err := u.already(ctx, InstallOrder{}, have)
		if err != nil {
			return false
		}
		u.Toolchains = append(u.Toolchains, installed)
	}
	for _, mod := range u.manifest.Modules {
		v := module.Version{Path: mod.Path, Version: mod.Version}
		if !lies(u.ModCache, v, mod.Suffixes()...) || mod.Sum != "" && u.ModCache.Claimed(v) != mod.Sum {
			u.Toolchains = nil
			return false
		}
		if mod.Recorded() {
			records = append(records, [2]string{mod.Path, mod.Version})
		}
	}
	for _, r := range records {
		name, err := trust.LookupPath(r[0], r[1])
		for _, dir := range []string{u.ModCache.SumDB(), u.Log.CacheDir} {
			if _, missing := os.Stat(filepath.Join(dir, u.logName(), filepath.FromSlash(name))); missing != nil || err != nil {
				u.Toolchains = nil
				return false
			}
		}
	}
	return true
}

func (u *unpacking) begin(ctx context.Context) (err error) {
	if u.home, err = u.scratch(ctx, u.unfinished()); err != nil {
		return err
	}
	if len(u.manifest.Modules) > 0 && !u.order.Look {
		u.cache, err = u.scratch(ctx, filepath.Join(u.ModCache.Dir, "cache"))
	}
	if err != nil {
		u.end()
	}
	return err
}

func (u *unpacking) end() {
	for _, s := range []*scratch{u.cache, u.home} {
		if s != nil {
			s.clear()
		}
	}
}

// staged is where an entry is unpacked to; "" for one that this machine has no use for.
func (u *unpacking) staged(name string) string {
	for _, t := range u.Foreign {
		if v, target, err := t.Identity(); err == nil && name == bundle.ToolchainName(v, target) {
			return ""
		}
	}
	dir := u.home.dir
	if strings.HasPrefix(name, "modules/") && u.cache != nil {
		dir = u.cache.dir
	}
	return filepath.Join(dir, filepath.FromSlash(name))
}

// bundleOpen names the file in errors about it.
func bundleOpen(file string) (*bundle.Reader, error) {
	r, err := bundle.Open(file)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return r, nil
}

// stageBundle unpacks every entry to where staged says.
func stageBundle(ctx context.Context, r *bundle.Reader, staged func(name string) string) error {
	return r.Each(ctx, func(e bundle.Entry, content io.Reader) (err error) {
		file := staged(e.Name)
		if file == "" {
			return nil
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		_, err = io.Copy(f, content)
		return err
	})
}

// publish makes what was verified visible: what gsw knows of the log, then toolchains, then what the go command looks for.
func (u *unpacking) publish(ctx context.Context) error {
	if err := u.keepLog(ctx); err != nil {
		return err
	}
	for _, t := range u.manifest.Toolchains {
		v, target, err := t.Identity()
		if err != nil || target != u.toward(v).Host.Target {
			continue
		}
		got, err := u.installCarried(ctx, v)
		if err != nil {
			return err
		}
		u.Toolchains = append(u.Toolchains, got)
	}
	return u.publishModules(ctx)
}

// installCarried installs a toolchain that was unpacked from the bundle, as any other is installed: measured while it is
// unpacked, judged by the log, whose record is there by now.
func (u *unpacking) installCarried(ctx context.Context, v gover.Version) (Installed, error) {
	m := u.Manager.toward(v)
	if t, err := m.present(ctx, v); err == nil {
		return m.already(ctx, InstallOrder{}, t)
	}
	staging, err := m.begin(ctx, v)
	if err != nil {
		return Installed{}, err
	}
	defer staging.Abort()
	if t, err := m.Have(v); err == nil {
		return m.already(ctx, InstallOrder{}, t)
	}
	order := InstallOrder{Spec: gover.Only(v), From: u.order.File}
	name := bundle.ToolchainName(v, m.Host.Target)
	archive := dist.Archive{Version: v, Target: m.Host.Target, Source: trust.SourceModule, Format: dist.FormatZip, Name: name}
	log := m.askLog(ctx, v)
	return m.untilWhole(staging, m.sharing(v, order, staging), func(with []unpack.Option) (Installed, *fetched, error) {
		f := &fetched{url: u.order.File, file: u.staged(name)}
		m.Report.Phase("unpacking " + v.Tag())
		var err error
		if f.Result, err = unpack.File(ctx, f.file, staging.Go(), with...); err != nil {
			return Installed{}, f, fmt.Errorf("unpacking %s: %w", name, err)
		}
		subject := trust.Subject{
			Version: v, Target: m.Host.Target, Source: trust.SourceModule,
			SHA256: f.SHA256, Size: f.Size, Tree: f.Manifest.Hash(v, m.Host.Target),
		}
		got, err := m.proveAndCommit(ctx, order, staging, log, subject, f, &archive)
		return got, f, err
	})
}

// A NoModuleCacheError is a machine on which the go command has no place for modules.
type NoModuleCacheError struct{ Dir string }

func (e *NoModuleCacheError) Error() string {
	if e.Dir == "" {
		return "there is no module cache: neither GOMODCACHE, GOPATH nor a home folder says where"
	}
	return "the module cache is " + e.Dir + ", which is no absolute path"
}
