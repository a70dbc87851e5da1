package manager

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gsw/manager/bundle"
	"gsw/manager/dist"
	"gsw/manager/gover"
	"gsw/manager/tree"
	"gsw/manager/trust"
	"gsw/platform"
)

// addToolchain adds one toolchain: the installed one if its files are those of the log's record, else from the sources.
func (b *packing) addToolchain(ctx context.Context, v gover.Version, t platform.Target) error {
	proven, err := b.Log.Prove(ctx, "golang.org/toolchain", trust.ModuleVersion(v, t))
	if err != nil {
		return err
	}
	goroot, files, err := b.installedTree(ctx, v, t, proven.H1)
	if err != nil {
		return err
	}
	if files == nil {
		if goroot, files, err = b.fetchTree(ctx, v, t, proven); err != nil {
			return err
		}
	}
	b.records = append(b.records, proven)
	b.manifest.Toolchains = append(b.manifest.Toolchains, bundle.Toolchain{Version: v.Tag(), Platform: t.String(), Tree: proven.H1, Record: proven.ID})
	b.files = append(b.files, bundle.File{Name: bundle.ToolchainName(v, t), Write: func(w io.Writer) error {
		return bundle.Pack(w, goroot, files, v, t)
	}})
	return nil
}

// installedTree is the GOROOT of an installed toolchain that can prove itself; no files if there is none.
func (b *packing) installedTree(ctx context.Context, v gover.Version, t platform.Target, h1 string) (goroot string, files tree.Manifest, err error) {
	if t != b.Host.Target {
		return "", nil, nil
	}
	installed, err := b.present(ctx, v)
	if err != nil {
		return "", nil, nil // whatever is the matter with it, the sources have another
	}
	b.Report.Phase(fmt.Sprintf("hashing %s", installed.GOROOT()))
	measured, err := tree.Measure(ctx, installed.GOROOT())
	var irregular *tree.IrregularError
	if err != nil && !errors.As(err, &irregular) {
		return "", nil, err
	}
	if irregular != nil || measured.Hash(v, t) != h1 {
		b.Report.Note(fmt.Sprintf("%s is not as released; another one is fetched", installed.GOROOT()))
		return "", nil, nil
	}
	return installed.GOROOT(), measured, nil
}

// fetchTree brings a toolchain from the first source that has it, and holds it to the record.
func (b *packing) fetchTree(ctx context.Context, v gover.Version, t platform.Target, proven trust.Proven) (goroot string, files tree.Manifest, err error) {
	goroot = filepath.Join(b.dir, v.Tag()+"."+t.String())
	failed := &NoSourceError{Spec: gover.Only(v), Target: t}
	for _, source := range provable(v, b.sources("")) {
		var final error // what a place has but is not Go ends the search, as in an install
		err := source.Each(ctx, v, t, func(a dist.Archive) error {
			var err error
			if files, err = b.fetchArchive(ctx, a, goroot, proven); err != nil && !worthAnother(err) {
				final = err
				return nil
			}
			return err
		})
		if err = cmp.Or(final, err); err == nil || !worthAnother(err) || ctx.Err() != nil {
			return goroot, files, err
		}
		b.failed(failed, source, err)
	}
	return "", nil, failed
}

func (b *packing) fetchArchive(ctx context.Context, a dist.Archive, goroot string, proven trust.Proven) (tree.Manifest, error) {
	if err := platform.RemoveTree(goroot); err != nil {
		return nil, err
	}
	if err := os.Mkdir(goroot, 0o755); err != nil {
		return nil, err
	}
	f, err := b.fetch(ctx, a, goroot, "", nil)
	if err != nil {
		return nil, err
	}
	if have := f.Manifest.Hash(a.Version, a.Target); have != proven.H1 {
		f.discard()
		return nil, &trust.ContradictionError{
			Party: trust.PartyLog, Subject: a.Version.Tag() + " for " + a.Target.String(), What: "the hash of its files",
			Want: proven.H1, Have: have, Source: fmt.Sprintf("record %d of %s", proven.ID, b.logName()),
		}
	}
	f.discard()
	return f.Manifest, trust.Structure(goroot, a.Version, a.Target)
}
