package manager

import (
	"bytes"
	"context"
	"fmt"
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

// publishModules puts modules, records and tiles where the go command looks for them.
func (u *unpacking) publishModules(ctx context.Context) error {
	if u.cache != nil && !u.NoFlush {
		if err := platform.FlushTree(u.cache.dir); err != nil {
			return err
		}
	}
	if u.manifest.Log.Name != "" {
		if err := putSumDB(u.manifest, u.home.dir, u.ModCache.SumDB()); err != nil {
			return err
		}
		if err := u.keepGoHead(); err != nil {
			return err
		}
	}
	if u.cache == nil {
		return nil
	}
	u.Report.Phase("putting " + plural(len(u.manifest.Modules), "module") + " into " + u.ModCache.Dir)
	dirs, err := putModules(ctx, u.manifest, u.ModCache, u.cache.dir)
	for _, dir := range dirs {
		if err == nil && !u.NoFlush {
			err = platform.FlushDir(dir)
		}
	}
	return err
}

// putModules moves the modules of a bundle that was unpacked and verified into a module cache. It returns the folders in
// which they are.
func putModules(ctx context.Context, manifest bundle.Manifest, cache modcache.Cache, dir string) (dirs []string, err error) {
	for _, mod := range manifest.Modules {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		s, err := stagedModule(mod, dir)
		if err != nil {
			return nil, err
		}
		into, err := cache.Put(s)
		if err != nil {
			return nil, fmt.Errorf("putting %s into the module cache: %w", mod, err)
		}
		dirs = append(dirs, into)
	}
	return dirs, nil
}

// stagedModule is a module's files where they were unpacked.
func stagedModule(mod bundle.Module, dir string) (modcache.Staged, error) {
	name, err := bundle.ModuleName(mod.Path, mod.Version, "")
	at := filepath.Join(dir, filepath.FromSlash(name))
	s := modcache.Staged{Module: module.Version{Path: mod.Path, Version: mod.Version}, Mod: at + ".mod", Sum: mod.Sum, GoModSum: mod.GoModSum, Proof: "the bundle"}
	if mod.Sum != "" {
		s.Info, s.Zip = at+".info", at+".zip"
	}
	return s, err
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
