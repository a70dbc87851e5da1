package doctor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"gsw/manager/store"
	"gsw/manager/tree"
)

// Verified is what hashing a toolchain's files showed.
type Verified struct {
	Intact      bool
	Claim       string // by what it was judged
	Differences []tree.Difference
}

// gorootModified: files of a toolchain are not those that were installed. Deep hashes all of them, as gsw verify does;
// otherwise only those that programs and people replace are looked at, and hashed if they are newer than the receipt.
func gorootModified(ctx context.Context, p *Patient) ([]Finding, error) {
	var all []Finding
	for _, dir := range p.roots() {
		t, ok := p.ownerOf(dir)
		if !ok {
			continue // nobody has written down what belongs there
		}
		look := quickly
		if p.Deep {
			look = p.Verify
		}
		v, err := look(ctx, t)
		switch {
		case err != nil:
			return all, err
		case v.Intact:
			continue
		}
		f := Finding{
			Level: Red, Message: fmt.Sprintf("files of %s are not those that were installed", t.Version),
			Fix: "gsw install --force " + t.Version.Tag(),
		}
		const enough = 10
		for i, d := range v.Differences {
			if i == enough {
				f.Evidence = append(f.Evidence, fmt.Sprintf("and %d more: gsw verify %s", len(v.Differences)-enough, t.Version.Tag()))
				break
			}
			f.Evidence = append(f.Evidence, filepath.Join(t.GOROOT(), filepath.FromSlash(d.Name))+": "+d.Kind)
		}
		if v.Claim != "" {
			f.Evidence = append(f.Evidence, v.Claim)
		}
		all = append(all, f)
	}
	return all, nil
}

// quickly compares the programs and the files beside them with the manifest, if they were changed since the receipt was
// written, which is the last thing that an install does.
func quickly(_ context.Context, t store.Toolchain) (Verified, error) {
	text, err := os.ReadFile(t.ManifestFile())
	if errors.Is(err, fs.ErrNotExist) {
		return Verified{Intact: true}, nil // of a toolchain that was installed before gsw kept them
	}
	if err != nil {
		return Verified{}, fmt.Errorf("reading the manifest of %s: %w", t.Version, err)
	}
	installed, err := os.Stat(filepath.Join(t.Dir, "receipt.json"))
	if err != nil {
		return Verified{}, fmt.Errorf("looking at the receipt of %s: %w", t.Version, err)
	}
	listed, err := tree.ParseManifest(text)
	if err != nil {
		return Verified{}, fmt.Errorf("reading the manifest of %s: %w", t.Version, err)
	}
	v := Verified{Intact: true}
	for _, e := range listed {
		if !prominent(e.Name) {
			continue
		}
		kind, err := since(installed.ModTime(), filepath.Join(t.GOROOT(), filepath.FromSlash(e.Name)), e.Sum)
		if err != nil {
			return v, fmt.Errorf("looking at a file of %s: %w", t.Version, err)
		}
		if kind != "" {
			v.Intact, v.Differences = false, append(v.Differences, tree.Difference{Name: e.Name, Kind: kind})
		}
	}
	return v, nil
}

// since tells what became of a file after a time; "" if it is as it was. One that is older is not read.
func since(at time.Time, file string, want [sha256.Size]byte) (kind string, err error) {
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return tree.Missing, nil
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return tree.Changed, nil
	case !info.ModTime().After(at):
		return "", nil
	}
	if sum, err := hashOf(file); err != nil || sum == want {
		return "", err
	}
	return tree.Changed, nil
}

// prominent tells the files of a toolchain that are looked at without --deep: VERSION, go.env, bin/*, pkg/tool/*/*.
func prominent(name string) bool {
	for _, pattern := range []string{"VERSION", "go.env", "bin/*", "pkg/tool/*/*"} {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}

func hashOf(file string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(file)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}
