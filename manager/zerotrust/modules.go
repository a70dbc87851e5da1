package zerotrust

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"

	"gsw/manager/tree"
	"gsw/platform"
)

// Sum is one line of a go.sum.
type Sum struct {
	module.Version // of the line for a go.mod, with /go.mod behind the version
	H1             string
	File           string
	Line           int
}

// Verified is a module of the cache that is what go.sum says.
type Verified struct {
	module.Version
	H1       string
	Unpacked bool // its files are there; otherwise only its zip is
}

// Mismatch is something in the module cache, or missing in go.sum, that is not as it should be.
type Mismatch struct {
	Module string // path and version
	Where  string // the folder or file that was hashed
	Have   string // "h1:…", or what is wrong with it
	Want   string
	Source string // "go.sum:3"
}

// ChecksumError says that modules are not what go.sum says.
type ChecksumError struct{ Mismatches []Mismatch }

func (e *ChecksumError) Error() string {
	var b strings.Builder
	b.WriteString("checksum mismatch: ")
	if len(e.Mismatches) > 1 {
		fmt.Fprintf(&b, "%d modules are not what their checksums say", len(e.Mismatches))
	} else {
		b.WriteString(e.Mismatches[0].Module + " is not what its checksum says")
	}
	for _, m := range e.Mismatches {
		fmt.Fprintf(&b, "\n\t%s\n\t\thas  %s\n\t\twant %s (%s)", m.Where, m.Have, m.Want, m.Source)
	}
	return b.String()
}

// UnlistedError says that go.sum has no checksum of modules that the project's packages import.
type UnlistedError struct{ Demands []Demand }

func (e *UnlistedError) Error() string {
	var b strings.Builder
	b.WriteString("no checksum: go.sum does not say what these modules must be")
	for _, d := range e.Demands {
		fmt.Fprintf(&b, "\n\t%s (%s:%d)", d.Version, d.File, d.Line)
	}
	return b.String()
}

// ReadSums reads all files of a project with checksums. A line that is none is an error: it might be meant to be one.
func (p Project) ReadSums() ([]Sum, error) {
	var all []Sum
	for _, file := range p.Sums {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		number := 0
		for line := range strings.Lines(string(data)) {
			number++
			fields := strings.Fields(line)
			switch {
			case len(fields) == 0:
				continue
			case len(fields) != 3:
				return nil, fmt.Errorf("%s:%d: not a checksum: %q", file, number, strings.TrimSpace(line))
			case !strings.HasPrefix(fields[2], "h1:"):
				continue // of a kind that is yet to come, which go commands pass over
			}
			all = append(all, Sum{module.Version{Path: fields[0], Version: fields[1]}, fields[2], file, number})
		}
	}
	return all, nil
}

// Unlisted are the demands of direct imports without a checksum; *UnlistedError. A module that none of the project's
// packages imports needs none, and for those of the vendor folder nobody asks.
func (p Project) Unlisted(sums []Sum) error {
	if p.Vendored() {
		return nil
	}
	known := map[module.Version]bool{}
	for _, s := range sums {
		known[s.Version] = true
	}
	var e UnlistedError
	for _, d := range p.Demands() {
		if d.Direct && d.Folder == "" && !known[d.Version] {
			e.Demands = append(e.Demands, d)
		}
	}
	if len(e.Demands) > 0 {
		return &e
	}
	return nil
}

// Verify hashes everything in the module cache that has a checksum in go.sum: the go.mod, the zip and the unpacked files.
// The go command itself compares go.sum with a note beside the zip, and reads neither zip nor files again. What differs
// is a *ChecksumError that names everything.
func Verify(ctx context.Context, sums []Sum, cache string) ([]Verified, error) {
	results := make([]result, len(sums))
	work := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range work {
				if results[i].err = ctx.Err(); results[i].err == nil {
					results[i].found, results[i].wrong, results[i].err = verify(ctx, sums[i], cache)
				}
			}
		})
	}
	for i := range sums {
		work <- i
	}
	close(work)
	wg.Wait()
	var found []Verified
	var wrong ChecksumError
	for i, r := range results {
		if r.err != nil {
			return nil, fmt.Errorf("verifying %s: %w", sums[i].Version, r.err)
		}
		wrong.Mismatches = append(wrong.Mismatches, r.wrong...)
		if r.found.Path != "" && !slices.Contains(found, r.found) {
			found = append(found, r.found)
		}
	}
	if len(wrong.Mismatches) > 0 {
		return nil, &wrong
	}
	return found, nil
}

// result is what one line came to.
type result struct {
	found Verified
	wrong []Mismatch
	err   error
}

// verify looks at what the cache has for one line; what it lacks is no error.
func verify(ctx context.Context, s Sum, cache string) (v Verified, wrong []Mismatch, err error) {
	version, ofMod := strings.CutSuffix(s.Version.Version, "/go.mod")
	at, err := placesOf(module.Version{Path: s.Path, Version: version}, cache)
	if err != nil {
		return v, nil, err
	}
	judge := func(where, have string, err error) (there bool, _ error) {
		var path *fs.PathError
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return false, nil
		case ctx.Err() != nil, errors.As(err, &path):
			return false, err
		case err != nil: // a broken zip, a link among the files
			have = err.Error()
		}
		if have != s.H1 {
			wrong = append(wrong, Mismatch{s.Path + "@" + s.Version.Version, where, have, s.H1, fmt.Sprintf("%s:%d", s.File, s.Line)})
		}
		return true, nil
	}
	if ofMod {
		have, err := hashMod(at.mod)
		_, err = judge(at.mod, have, err)
		return v, wrong, err
	}
	have, err := dirhash.HashZip(at.zip, dirhash.Hash1)
	packed, err := judge(at.zip, have, err)
	if err != nil {
		return v, nil, err
	}
	unpacked := false
	if !at.partial() {
		have, err = hashFolder(ctx, at.dir, s.Path+"@"+version)
		if unpacked, err = judge(at.dir, have, err); err != nil {
			return v, nil, err
		}
	}
	if packed || unpacked {
		v = Verified{module.Version{Path: s.Path, Version: version}, s.H1, unpacked}
	}
	return v, wrong, nil
}

// places are where the module cache keeps a module.
type places struct{ mod, zip, dir, mark, lock string }

func placesOf(v module.Version, cache string) (places, error) {
	path, err := module.EscapePath(v.Path)
	if err != nil {
		return places{}, err
	}
	version, err := module.EscapeVersion(v.Version)
	if err != nil {
		return places{}, err
	}
	kept := filepath.Join(cache, "cache", "download", filepath.FromSlash(path), "@v", version)
	return places{mod: kept + ".mod", zip: kept + ".zip", mark: kept + ".partial", lock: kept + ".lock", dir: filepath.Join(cache, filepath.FromSlash(path)+"@"+version)}, nil
}

// partial tells whether the folder is half unpacked: the go command would start again.
func (p places) partial() bool {
	_, err := os.Lstat(p.mark)
	return err == nil
}

// hashMod is the h1 of a go.mod alone (cmd/go/internal/modfetch: goModSum).
func hashMod(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil })
}

// hashFolder is the h1 of a module's files, read on all cores. A link among them, which can lead elsewhere tomorrow, is a
// *tree.IrregularError; dirhash.HashDir would follow it.
func hashFolder(ctx context.Context, dir, prefix string) (string, error) {
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", &tree.IrregularError{Files: []tree.Irregular{{Name: dir, Kind: "link or file"}}}
	}
	files, err := tree.Measure(ctx, dir)
	if err != nil {
		return "", err
	}
	return h1(files, prefix+"/"), nil
}

// h1 is dirhash.Hash1 of files whose sums are known.
func h1(files tree.Manifest, prefix string) string {
	files = slices.Clone(files)
	sort.Slice(files, func(i, j int) bool { return files[i].Name < files[j].Name })
	sum := sha256.New()
	for _, f := range files {
		fmt.Fprintf(sum, "%s  %s%s\n", hex.EncodeToString(f.Sum[:]), prefix, f.Name)
	}
	return "h1:" + base64.StdEncoding.EncodeToString(sum.Sum(nil))
}

// Packed lists those of which the cache has only the zip.
func Packed(all []Verified) []Verified {
	return slices.DeleteFunc(slices.Clone(all), func(v Verified) bool { return v.Unpacked })
}

// Unpack unpacks a module in the cache as the go command does (cmd/go/internal/modfetch: download), under its lock and
// with its mark, so that neither finds half of a folder whatever is killed.
func (v Verified) Unpack(ctx context.Context, cache string) error {
	at, err := placesOf(v.Version, cache)
	if err != nil {
		return err
	}
	unlock, err := platform.Lock(ctx, at.lock, func() {}) // which a go command has for as long as it downloads
	if err != nil {
		return err
	}
	err = at.unpack(v.Version)
	return errors.Join(err, unlock())
}

func (p places) unpack(v module.Version) error {
	if _, err := os.Stat(p.dir); err == nil && !p.partial() {
		return nil // somebody else was faster
	}
	if err := platform.RemoveTree(p.dir); err != nil {
		return err
	}
	if err := os.WriteFile(p.mark, nil, 0o666); err != nil {
		return err
	}
	if err := zip.Unzip(p.dir, v, p.zip); err != nil {
		return errors.Join(err, platform.RemoveTree(p.dir))
	}
	if err := os.Remove(p.mark); err != nil {
		return err
	}
	return filepath.WalkDir(p.dir, func(file string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(file, 0o555)
		}
		return err
	})
}

// Missing lists the demands that neither the vendor folder nor the module cache can fill. The build may need none of
// them.
func (p Project) Missing(cache string) []Demand {
	if p.Vendored() {
		return nil
	}
	var missing []Demand
	for _, d := range p.Demands() {
		if d.Folder != "" {
			if _, err := os.Stat(d.Folder); err != nil {
				missing = append(missing, d)
			}
			continue
		}
		at, err := placesOf(d.Version, cache)
		if err != nil {
			continue // the go command says what is wrong with the name
		}
		if _, err := os.Stat(at.zip); err == nil {
			continue
		}
		if _, err := os.Stat(at.dir); err == nil && !at.partial() {
			continue
		}
		missing = append(missing, d)
	}
	return missing
}
