package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"gsw/platform"
)

// Change is what a tree is to become.
type Change struct {
	Next      State             // its Files are Publish's to say
	Payload   map[string]Staged // by path: what lies in the place that Tree.Staged names
	Documents map[string][]byte // by path: what is small
	Flush     bool              // wait for the disk, so that the tree survives a power loss
	Exact     bool              // believe no size and time of what is there
}

// Staged is a large file that was measured.
type Staged struct {
	Size   int64
	SHA256 string
}

// ForeignError is a file in the way that gsw didn't make.
type ForeignError struct{ File string }

func (e *ForeignError) Error() string {
	return e.File + " is in the way: gsw did not make it, and does not replace it"
}

// Publish makes the tree what c says, and gives the state that it is in then. Who holds the lock may call it.
//
// What is new appears in the order in which documents refer to each other, what goes vanishes after what referred to it.
// A process that is killed on the way leaves a tree that is whole, and an account of it by which the next Publish goes
// on. Tiles and tree heads of the checksum database stay: clients remember heads.
func (t *Tree) Publish(ctx context.Context, old State, c Change) (State, error) {
	if err := c.addLists(); err != nil {
		return old, err
	}
	next, doomed := c.plan(old)
	puts, err := t.missing(old, next, c)
	if err != nil {
		return old, err
	}
	if doomed, err = t.spoilt(next, c, doomed); err != nil {
		return old, err
	}
	if len(puts) == 0 && len(doomed) == 0 {
		return next, t.finish(next, puts)
	}
	// From here on files may be there: first write down that they are gsw's.
	if err := t.write(ahead(old, next)); err != nil {
		return old, err
	}
	t.at("written ahead")
	if err := t.putAll(ctx, puts, c); err != nil {
		return old, err
	}
	for _, name := range doomed {
		if err := os.Remove(t.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return old, fmt.Errorf("removing what is no longer selected: %w", err)
		}
		t.at("removed " + name)
	}
	return next, t.finish(next, puts)
}

// addLists adds what names everything else.
func (c *Change) addLists() error {
	all, err := index(c.Next.Toolchains)
	if err != nil {
		return fmt.Errorf("writing the index: %w", err)
	}
	if all != nil {
		c.Documents[indexJSON], c.Documents[indexHTML] = all, all
	}
	if lines := moduleList(c.Next.Toolchains); len(lines) > 0 {
		c.Documents[list] = lines
	}
	return nil
}

// plan says what the tree will hold, and what goes, in the order of going.
func (c Change) plan(old State) (next State, doomed []string) {
	next = c.Next
	next.Files = map[string]File{}
	for name, data := range c.Documents {
		next.Files[name] = File{Size: int64(len(data)), SHA256: sum(data)}
	}
	for name, staged := range c.Payload {
		next.Files[name] = File{Size: staged.Size, SHA256: staged.SHA256}
	}
	needed := map[string]bool{}
	for _, toolchain := range c.Next.Toolchains {
		for _, name := range toolchain.Names() {
			needed[name] = true
		}
	}
	for name, f := range old.Files {
		_, again := next.Files[name]
		switch {
		case again && next.Files[name].SHA256 == f.SHA256:
			next.Files[name] = f
		case again:
		case needed[name], rank(name) <= rankSupported && rank(name) != rankLookup:
			next.Files[name] = f
		case !f.Found:
			doomed = append(doomed, name)
		}
	}
	slices.SortFunc(doomed, func(a, b string) int { return cmp.Or(rank(b)-rank(a), cmp.Compare(a, b)) })
	return next, doomed
}

// Names are the paths of a toolchain's own documents, whether or not they are there: a signature need not be.
func (c Toolchain) Names() []string {
	names := []string{LookupPath(c.Version, c.Target)}
	if c.Archive != nil {
		names = append(names, ArchivePath(c.Archive.Name), ArchivePath(c.Archive.Name)+".sha256", ArchivePath(c.Archive.Name)+".asc")
	}
	if c.Module != nil {
		for _, ending := range []string{"zip", "mod", "info"} {
			names = append(names, ModulePath(c.Module.Version, ending))
		}
	}
	return names
}

// missing are the names of what c has and the tree has not, in the order of appearing. What is there and not gsw's is
// left as it is, if it is what is to be there.
func (t *Tree) missing(old, next State, c Change) ([]string, error) {
	var puts []string
	for _, name := range slices.Concat(slices.Collect(maps.Keys(c.Payload)), slices.Collect(maps.Keys(c.Documents))) {
		was, known := old.Files[name]
		ours := known && !was.Found
		_, large := c.Payload[name]
		intact := false
		if !large || !ours { // what was fetched anew was not as it should be
			var err error
			if intact, err = t.Intact(next, c.Exact, name); err != nil {
				return nil, err
			}
		}
		f := next.Files[name]
		switch _, err := os.Lstat(t.file(name)); {
		case intact && !ours:
			f.Found = large // a document of just this content nobody else writes
			next.Files[name] = f
		case intact:
		case err == nil && !ours:
			return nil, &ForeignError{File: t.file(name)}
		default:
			f.Modified, f.Found = 0, false
			next.Files[name] = f
			puts = append(puts, name)
		}
	}
	slices.SortFunc(puts, func(a, b string) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a, b)) })
	return puts, nil
}

// spoilt adds to what goes the tiles that stayed from before and are not what they were, and takes them out of next. Nobody needs
// them any more, else they would be among the documents.
func (t *Tree) spoilt(next State, c Change, doomed []string) ([]string, error) {
	for _, name := range next.Tiles() {
		if _, fresh := c.Documents[name]; fresh {
			continue
		}
		intact, err := t.Intact(next, c.Exact, name)
		if err != nil {
			return nil, err
		}
		if !intact {
			delete(next.Files, name)
			doomed = append(doomed, name)
		}
	}
	return doomed, nil
}

// putAll makes documents visible in this order. What the lists name is on the disk before they are.
func (t *Tree) putAll(ctx context.Context, names []string, c Change) error {
	for i, name := range names {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if c.Flush && rank(name) >= rankList && (i == 0 || rank(names[i-1]) < rankList) {
			if err := platform.FlushTree(t.dir); err != nil {
				return err
			}
		}
		if err := t.put(name, c); err != nil {
			return fmt.Errorf("publishing %s: %w", name, err)
		}
		t.at("put " + name)
	}
	if last := len(names) - 1; c.Flush && last >= 0 && rank(names[last]) < rankList {
		return platform.FlushTree(t.dir)
	}
	return nil
}

// put makes one document visible, whole.
func (t *Tree) put(name string, c Change) error {
	file := t.file(name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	data, small := c.Documents[name]
	switch {
	case !small:
		return os.Rename(t.Staged(name), file)
	case rank(name) >= rankList:
		return platform.WriteDurable(file, data, 0o644)
	}
	return platform.ReplaceFile(file, data, 0o644)
}

// ahead is the state in which a killed process may leave the tree: it holds both, or some of both.
func ahead(old, next State) State {
	both := next
	both.Toolchains = slices.Clone(next.Toolchains)
	for _, c := range old.Toolchains {
		if _, found := next.Find(c.Version, c.Target); !found {
			both.Toolchains = append(both.Toolchains, c)
		}
	}
	both.Files = map[string]File{}
	maps.Copy(both.Files, old.Files)
	maps.Copy(both.Files, next.Files)
	return both
}

// finish notes when the new files were written, and keeps the account.
func (t *Tree) finish(next State, puts []string) error {
	for _, name := range puts {
		info, err := os.Lstat(t.file(name))
		if err != nil {
			return err
		}
		f := next.Files[name]
		f.Modified = info.ModTime().UnixNano()
		next.Files[name] = f
	}
	if err := t.write(next); err != nil {
		return err
	}
	t.at("finished")
	return nil
}
