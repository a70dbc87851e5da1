package platform

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// needLinks is for Wine, which has no links to folders at all.
func needLinks(t *testing.T) {
	t.Helper()
	if err := PointDir(filepath.Join(t.TempDir(), "link"), t.TempDir()); errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("Wine has no links to folders: %v", err)
	}
}

func TestPointDir(t *testing.T) {
	needLinks(t)
	dir := t.TempDir()
	link := filepath.Join(dir, "current")
	write(t, filepath.Join(mkdir(t, filepath.Join(dir, "versions", "a")), "name"), "a")
	write(t, filepath.Join(mkdir(t, filepath.Join(dir, "versions", "b")), "name"), "b")
	for _, name := range []string{"a", "b", "b", "a"} {
		if err := PointDir(link, filepath.Join("versions", name)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, filepath.Join(link, "name")); got != name {
			t.Errorf("current names %s, want %s", got, name)
		}
	}
	got, err := ReadDirLink(link + string(filepath.Separator))
	if err != nil || filepath.Base(got) != "a" {
		t.Errorf("ReadDirLink: %q, %v", got, err)
	}
	if _, err := ReadDirLink(filepath.Join(dir, "nothing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadDirLink of nothing: %v", err)
	}
	noLeftovers(t, dir)
}

func TestLinksReplaceNothingReal(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, filepath.Join(dir, "target"))
	folder, file := mkdir(t, filepath.Join(dir, "folder")), filepath.Join(dir, "file")
	write(t, file, "mine")
	for _, path := range []string{folder, file} {
		var notLink *NotLinkError
		if err := PointDir(path, "target"); !errors.As(err, &notLink) || notLink.Path != path {
			t.Errorf("PointDir over %s: %v", path, err)
		}
		if _, err := ReadDirLink(path); !errors.As(err, &notLink) {
			t.Errorf("ReadDirLink of %s: %v", path, err)
		}
	}
	if err := PointFile(folder, "file"); !errors.As(err, new(*NotLinkError)) {
		t.Errorf("PointFile over a folder: %v", err)
	}
	if info, err := os.Lstat(folder); err != nil || !info.IsDir() {
		t.Errorf("the folder is gone: %v", err)
	}
	if read(t, file) != "mine" {
		t.Error("the file was replaced")
	}
	noLeftovers(t, dir)
}

// TestPointDirIsAtomic reads through the link as fast as it can while the link moves thousands of times.
func TestPointDirIsAtomic(t *testing.T) {
	needLinks(t)
	dir := t.TempDir()
	link := filepath.Join(dir, "current")
	for i := range 2 {
		write(t, filepath.Join(mkdir(t, filepath.Join(dir, "v"+strconv.Itoa(i))), "name"), strconv.Itoa(i))
	}
	if err := PointDir(link, "v0"); err != nil {
		t.Fatal(err)
	}
	switches, readers := 2000, 3
	if testing.Short() {
		switches = 500
	}
	reads := observe(t, readers, func() error {
		_, err := os.ReadFile(filepath.Join(link, "name"))
		return err
	}, func() {
		for i := range switches {
			if err := PointDir(link, "v"+strconv.Itoa((i+1)%2)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	t.Logf("%d reads during %d switches", reads, switches)
	noLeftovers(t, dir)
}

// observe looks again and again from some goroutines while act runs; no look may fail. It gives their number.
func observe(t *testing.T, observers int, look func() error, act func()) int64 {
	t.Helper()
	var done atomic.Bool
	var looks atomic.Int64
	var started, all sync.WaitGroup
	started.Add(observers)
	for range observers {
		all.Go(func() {
			for first := true; first || !done.Load(); first = false {
				if err := look(); err != nil {
					t.Error(err)
				}
				if looks.Add(1); first {
					started.Done()
				}
			}
		})
	}
	started.Wait()
	act()
	done.Store(true)
	all.Wait()
	return looks.Load()
}

func TestPointDirAtOnce(t *testing.T) {
	needLinks(t)
	dir := t.TempDir()
	link := filepath.Join(dir, "current")
	var all sync.WaitGroup
	for i := range 8 {
		target := mkdir(t, filepath.Join(dir, "v"+strconv.Itoa(i)))
		all.Go(func() {
			for range 100 {
				if err := PointDir(link, target); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if _, err := ReadDirLink(link); err != nil {
		t.Error(err)
	}
	noLeftovers(t, dir)
}

func TestPointFile(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(mkdir(t, filepath.Join(dir, "bin")), "go")
	write(t, filepath.Join(dir, "go1"), "1")
	write(t, filepath.Join(dir, "go2"), "2")
	for _, name := range []string{"1", "2", "2"} {
		if err := PointFile(link, filepath.Join("..", "go"+name)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, link); got != name {
			t.Errorf("go is %q, want %q", got, name)
		}
	}
	noLeftovers(t, filepath.Dir(link))
}

func TestLeftover(t *testing.T) {
	for name, want := range map[string]string{
		".current.gsw-0123456789abcdef":                "current",
		"..bashrc.gsw-0123456789abcdef":                ".bashrc",
		".a.gsw-0123456789abcdef.gsw-fedcba9876543210": "a.gsw-0123456789abcdef",
		"current": "", "": "", ".gsw-0123456789abcdef": "", "current.gsw-0123456789abcdef": "",
		".current.gsw-0123456789abcde": "", ".current.gsw-0123456789abcdeF": "", ".current.gsw-0123456789abcdef0": "",
	} {
		if got, ok := Leftover(name); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", name, got, ok)
		}
	}
	path := filepath.Join(t.TempDir(), "x.gsw-0123456789abcdef")
	sibling, err := inSibling(path, func(string) error { return nil })
	if of, ok := Leftover(filepath.Base(sibling)); err != nil || !ok || of != filepath.Base(path) {
		t.Errorf("%s: %q, %v, %v", sibling, of, ok, err)
	}
}
