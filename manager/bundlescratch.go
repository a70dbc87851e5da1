package manager

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gsw/manager/trust"
	"gsw/platform"
)

// scratchPrefix is what the folders are called in which bundles are made and unpacked.
const scratchPrefix = "gsw-bundle-"

// scratch is a folder for what is needed meanwhile, and the lock that says that it is in use.
type scratch struct {
	dir    string
	lock   string
	unlock func() error
}

// scratch makes a folder in parent, and removes those that killed processes left there. Whoever comes second waits.
func (m Manager) scratch(ctx context.Context, parent string) (*scratch, error) {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, err
	}
	lock := filepath.Join(parent, scratchPrefix+"lock")
	unlock, err := platform.Lock(ctx, lock, func() {
		m.Report.Note("waiting for another gsw that works on a bundle")
	})
	if err != nil {
		return nil, err
	}
	for _, dir := range scratchLeft(parent) {
		_ = platform.RemoveTree(dir)
	}
	dir := filepath.Join(parent, fmt.Sprintf("%s%016x.tmp", scratchPrefix, rand.Uint64()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return &scratch{dir: dir, lock: lock, unlock: unlock}, nil
}

// scratchLeft are such folders, in use or left.
func scratchLeft(parent string) (left []string) {
	entries, _ := os.ReadDir(parent)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), scratchPrefix) && strings.HasSuffix(e.Name(), ".tmp") {
			left = append(left, filepath.Join(parent, e.Name()))
		}
	}
	return left
}

// sweepScratch removes what killed processes left, if there is anything and nobody works there.
func sweepScratch(parent string) {
	if len(scratchLeft(parent)) == 0 {
		return
	}
	lock := filepath.Join(parent, scratchPrefix+"lock")
	unlock, ok, err := platform.TryLock(lock)
	if err != nil || !ok {
		return
	}
	for _, dir := range scratchLeft(parent) {
		_ = platform.RemoveTree(dir)
	}
	endLock(lock, unlock)
}

// clear removes the folder; what can't be removed is left to the next one.
func (s *scratch) clear() {
	_ = platform.RemoveTree(s.dir)
	endLock(s.lock, s.unlock)
}

// endLock removes the lock's file while nobody else can have it; Windows removes no file that is open, and afterwards none
// that another opened since.
func endLock(file string, unlock func() error) {
	err := os.Remove(file)
	_ = unlock()
	if err != nil {
		_ = os.Remove(file)
	}
}

// sizesFile remembers the sizes of the log's trees that bundles were made with: who has had such a bundle needs proof
// that a later tree continues it.
type sizesFile string

// bundledTrees is that file of this user.
func (m Manager) bundledTrees() sizesFile {
	return sizesFile(filepath.Join(m.Log.CacheDir, m.logName(), "bundled"))
}

// read gives what is remembered; a file that is damaged or missing remembers nothing.
func (f sizesFile) read() (sizes []int64) {
	text, err := os.ReadFile(string(f))
	if err != nil {
		return nil
	}
	for _, word := range strings.Fields(string(text)) {
		if n, err := strconv.ParseInt(word, 10, 64); err == nil && n > 0 {
			sizes = append(sizes, n)
		}
	}
	return sizes
}

// add remembers one more, the newest of them all.
func (f sizesFile) add(size int64) error {
	const most = 64 // each costs up to four tiles of 8 KiB in every bundle
	sizes := f.read()
	if slices.Contains(sizes, size) {
		return nil
	}
	sizes = append(sizes, size)
	slices.Sort(sizes)
	var text bytes.Buffer
	for _, n := range sizes[max(0, len(sizes)-most):] {
		fmt.Fprintln(&text, n)
	}
	return platform.ReplaceFile(string(f), text.Bytes(), 0o644)
}

// treeSize is the number of records that a signed tree head is about. It does not look at the signature.
func treeSize(head []byte) (int64, error) {
	lines := strings.Split(string(head), "\n")
	if len(lines) > 3 && lines[0] == "go.sum database tree" {
		if n, err := strconv.ParseInt(lines[1], 10, 64); err == nil && n > 0 {
			return n, nil
		}
	}
	return 0, errors.New("not a tree head of a checksum database")
}

// TreeSize reads what --after takes: the size of a tree, or a file with a tree head.
func TreeSize(word string) (int64, error) {
	if n, err := strconv.ParseInt(word, 10, 64); err == nil && n > 0 {
		return n, nil
	}
	text, err := os.ReadFile(word)
	if err != nil {
		return 0, err
	}
	n, err := treeSize(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", word, err)
	}
	return n, nil
}

// logAt is the checksum database as get serves it, with a cache of its own.
func (m Manager) logAt(get trust.Getter, url, cache string) *trust.Log {
	return &trust.Log{Get: get, Ways: []trust.Way{{URL: url}}, CacheDir: cache, Key: m.Log.Key}
}
