package manager

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/bundle"
	"gsw/manager/gover"
	"gsw/manager/trust"
	"gsw/platform"
)

// BundleOrder is what `gsw bundle create` was told.
type BundleOrder struct {
	Output    string   // the file to make
	Specs     []string // toolchains; none: those that the projects ask for
	Projects  []string // folders, absolute
	Platforms []string // OS/ARCH words; none: this machine's
	After     []int64  // sizes of the log's trees that the other side may know already
	Untried   bool     // do not try whether the projects' packages load from what is packed
	Offline   bool     // ask nobody
}

// CreateBundle packs toolchains, the modules of projects, and what proves both into one file. Nothing comes in that the
// log does not vouch for, but modules that it is not to be asked about, on the strength of the projects' go.sum files.
// The file is complete or not there.
//
// Everything decides the bytes that the manifest tells: releases, modules, the tree head of the log, and the trees that
// it is shown to continue.
func (m Manager) CreateBundle(ctx context.Context, order BundleOrder) (bundle.Manifest, error) {
	boundMemory()
	targets, _, err := m.lockTargets(order.Platforms)
	if err != nil {
		return bundle.Manifest{}, err
	}
	work, err := m.scratch(ctx, m.unfinished())
	if err != nil {
		return bundle.Manifest{}, err
	}
	defer work.clear()
	b := &packing{Manager: m, order: order, targets: targets, dir: work.dir}
	for _, dir := range order.Projects {
		if err := b.addProject(ctx, dir); err != nil {
			return bundle.Manifest{}, err
		}
	}
	for _, gather := range []func(context.Context) error{b.addToolchains, b.addModules, b.proveModules, b.addLog} {
		if err := gather(ctx); err != nil {
			return bundle.Manifest{}, err
		}
	}
	return b.write(ctx)
}

// packing is a bundle in the making.
type packing struct {
	Manager
	order    BundleOrder
	targets  []platform.Target
	dir      string // for what is needed meanwhile
	projects []packedProject
	modules  []packedModule
	manifest bundle.Manifest
	files    []bundle.File
	records  []trust.Proven
}

// fromFile is an entry with the content of a file.
func fromFile(name, file string) bundle.File {
	return bundle.File{Name: name, Write: func(w io.Writer) error {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	}}
}

// fromText is an entry with that content.
func fromText(name string, text []byte) bundle.File {
	return bundle.File{Name: name, Write: func(w io.Writer) error { _, err := w.Write(text); return err }}
}

// addLog adds the records, and the head and tiles that prove them: to who knows nothing of the log, and to who has had
// an earlier bundle of this user's.
func (b *packing) addLog(ctx context.Context) error {
	if len(b.records) == 0 {
		return nil
	}
	b.Report.Phase("fetching the proofs of " + plural(len(b.records), "record"))
	log, memory := b.logName(), b.bundledTrees()
	var ids []int64
	size := int64(0)
	for _, r := range b.records {
		ids, size = append(ids, r.ID), max(size, r.TreeSize)
	}
	earlier := slices.DeleteFunc(memory.read(), func(n int64) bool { return n >= size })
	earlier = append(earlier, b.order.After...)
	slices.Sort(earlier)
	earlier = slices.Compact(earlier)
	head, err := b.Log.Snapshot(ctx, ids, earlier, func(path string, data []byte) error {
		b.files = append(b.files, fromText(bundle.TileName(log, path), data))
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range b.records {
		name, err := bundle.RecordName(log, r.Module, r.Version)
		if err != nil {
			return err
		}
		answer, err := r.Answer(head)
		if err != nil {
			return err
		}
		b.files = append(b.files, fromText(name, answer))
	}
	if size, err = treeSize(head); err != nil {
		return err
	}
	b.manifest.Log = bundle.Log{Name: log, TreeSize: size, Earlier: earlier}
	return memory.add(size)
}

// logName is the name of the checksum database.
func (m Manager) logName() string {
	name, _, _ := strings.Cut(cmp.Or(m.Log.Key, trust.LogKey), "+")
	return name
}

// write makes the file, tries whether it serves, and gives it its name.
func (b *packing) write(ctx context.Context) (made bundle.Manifest, err error) {
	f, err := platform.CreateBeside(b.order.Output, 0o666)
	if err != nil {
		return made, err
	}
	temporary := f.Name()
	defer os.Remove(temporary) // after the rename there is none
	name := filepath.Base(b.order.Output)
	flow := b.Report.Transfer("packing "+name, -1)
	made, err = bundle.Write(ctx, f, b.manifest, b.files, func(done, _ int64) { flow.At(done) })
	flow.End()
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return made, fmt.Errorf("packing %s: %w", name, err)
	}
	if !b.order.Untried {
		if err := b.try(ctx, temporary); err != nil {
			return made, err
		}
	}
	return made, os.Rename(temporary, b.order.Output)
}

// addToolchains adds what was asked for, for every platform.
func (b *packing) addToolchains(ctx context.Context) error {
	versions, err := b.versions(ctx)
	if err != nil {
		return err
	}
	for _, v := range versions {
		for _, target := range b.targets {
			if err := b.addToolchain(ctx, v, target); err != nil {
				return err
			}
		}
	}
	return nil
}

// versions are the releases to pack, each once.
func (b *packing) versions(ctx context.Context) (versions []gover.Version, err error) {
	if len(b.order.Specs) > 0 {
		if versions, err = b.toLock(ctx, b.order.Specs); err != nil {
			return nil, err
		}
	} else {
		for _, p := range b.projects {
			if p.selection.Version.IsZero() {
				return nil, &UnknownGoError{Dir: p.dir, GOROOT: p.selection.GOROOT}
			}
			versions = append(versions, p.selection.Version)
		}
	}
	gover.Sort(versions)
	return slices.Compact(versions), nil
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
