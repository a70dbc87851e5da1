package platform

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestReplaceFile(t *testing.T) {
	for name, replace := range map[string]func(string, []byte, fs.FileMode) error{"ReplaceFile": ReplaceFile, "WriteDurable": WriteDurable} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			for _, text := range []string{"one", "", strings.Repeat("three", 100000)} {
				if err := replace(path, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
				if got := read(t, path); got != text {
					t.Errorf("read %d bytes, wrote %d", len(got), len(text))
				}
			}
			missing := filepath.Join(dir, "none", "file")
			if err := replace(missing, nil, 0o666); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
				t.Errorf("without a folder: %v, which should be about %s", err, missing)
			}
			folder := mkdir(t, filepath.Join(dir, "folder"))
			if err := replace(folder, nil, 0o666); err == nil {
				t.Error("replaced a folder")
			}
			noLeftovers(t, dir)
		})
	}
}

func TestReplaceFileIsAtomic(t *testing.T) {
	needReplacing(t)
	path := filepath.Join(t.TempDir(), "file")
	contents := [2]string{strings.Repeat("a", 10000), strings.Repeat("b", 20000)}
	write(t, path, contents[0])
	observe(t, 2, func() error {
		text, err := ReadFile(path)
		if err == nil && string(text) != contents[0] && string(text) != contents[1] {
			return errors.New("a file of neither content")
		}
		return err
	}, func() {
		for i := range 200 {
			if err := ReplaceFile(path, []byte(contents[i%2]), 0o666); err != nil {
				t.Error(err)
				return
			}
		}
	})
}

// TestAbandoned: what a killed process left beside a file goes, once nobody can be at work on it any more.
func TestAbandoned(t *testing.T) {
	for name, made := range map[string]func(path string) error{
		"WriteForUser": func(path string) error { return WriteForUser(path, []byte("whole"), 0o644) },
		"CreateBeside": func(path string) error {
			f, err := CreateBeside(path, 0o644)
			if err != nil {
				return err
			}
			_, err = f.WriteString("whole")
			return errors.Join(err, f.Close(), os.Rename(f.Name(), path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, ".bashrc")
			sibling := func(of string, digit string) string {
				return filepath.Join(dir, "."+of+siblingMark+strings.Repeat(digit, siblingDigits))
			}
			old, young, other, folder := sibling(".bashrc", "1"), sibling(".bashrc", "2"), sibling(".zshrc", "3"), sibling(".bashrc", "4")
			for _, path := range []string{old, young, other} {
				write(t, path, "half")
			}
			mkdir(t, folder)
			for _, path := range []string{old, other, folder} {
				when := time.Now().Add(-2 * time.Hour)
				if err := os.Chtimes(path, when, when); err != nil {
					t.Fatal(err)
				}
			}
			if err := made(file); err != nil || read(t, file) != "whole" {
				t.Fatal(err)
			}
			for path, stays := range map[string]bool{old: false, young: true, other: true, folder: true} {
				if _, err := os.Lstat(path); (err == nil) != stays {
					t.Errorf("%s: %v", path, err)
				}
			}
		})
	}
}

func TestExchangeTrees(t *testing.T) {
	for name, exchange := range map[string]func(a, b string) error{
		"as the system can": func(a, b string) error { _, err := ExchangeTrees(a, b); return err },
		"by renames":        exchangeByRenames,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			a, b := mkdir(t, filepath.Join(dir, "a")), mkdir(t, filepath.Join(dir, "new", "b"))
			write(t, filepath.Join(a, "name"), "a")
			write(t, filepath.Join(b, "name"), "b")
			if err := exchange(a, b); err != nil {
				t.Fatal(err)
			}
			if read(t, filepath.Join(a, "name")) != "b" || read(t, filepath.Join(b, "name")) != "a" {
				t.Error("not exchanged")
			}
			for _, pair := range [][2]string{
				{a, filepath.Join(dir, "none")},
				{filepath.Join(dir, "none"), a},
				{b, filepath.Dir(b)}, // one in the other: fails after the first rename
			} {
				if err := exchange(pair[0], pair[1]); err == nil {
					t.Errorf("exchanged %v", pair)
				}
			}
			if read(t, filepath.Join(a, "name")) != "b" || read(t, filepath.Join(b, "name")) != "a" {
				t.Error("what failed was not undone")
			}
			noLeftovers(t, dir)
			noLeftovers(t, filepath.Dir(b))
		})
	}
}

func TestRenameTree(t *testing.T) {
	dir := t.TempDir()
	old, new := mkdir(t, filepath.Join(dir, "old")), filepath.Join(dir, "new")
	write(t, filepath.Join(old, "file"), "text")
	if err := RenameTree(old, new); err != nil {
		t.Fatal(err)
	}
	if read(t, filepath.Join(new, "file")) != "text" {
		t.Error("another text")
	}
	if err := RenameTree(mkdir(t, old), new); !errors.Is(err, fs.ErrExist) {
		t.Errorf("onto a folder: %v", err)
	}
}

// A folder is no file that somebody holds: no patience is wasted on it.
func TestReadFileOfAFolder(t *testing.T) {
	dir, least := t.TempDir(), time.Hour
	for tries := 0; tries < 10 && least > time.Second; tries++ { // the fastest counts: the machine may be busy
		begun := time.Now()
		if _, err := ReadFile(dir); !errors.Is(err, syscall.EISDIR) {
			t.Fatalf("got %v", err)
		}
		least = min(least, time.Since(begun))
	}
	if least > time.Second {
		t.Errorf("that took %v", least)
	}
}

func TestMoveByCopy(t *testing.T) {
	dir := t.TempDir()
	old, new := mkdir(t, filepath.Join(dir, "old")), filepath.Join(dir, "new")
	file := filepath.Join(mkdir(t, filepath.Join(old, "a", "b")), "file")
	write(t, file, "text")
	mkdir(t, filepath.Join(old, "empty"))
	when := time.Date(2024, 5, 2, 3, 4, 6, 0, time.UTC)
	if err := os.Chtimes(file, when, when); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	if err := moveByCopy(old, new, func(string, string) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 || read(t, file) != "text" {
		t.Errorf("a refused move left %v, %v", entries, err)
	}
	if err := moveByCopy(old, new, os.Rename); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(new, "a", "b", "file"))
	if err != nil || !info.ModTime().Equal(when) || read(t, filepath.Join(new, "a", "b", "file")) != "text" {
		t.Errorf("the copy is another file: %v, %v", info, err)
	}
	if info, err := os.Stat(filepath.Join(new, "empty")); err != nil || !info.IsDir() {
		t.Errorf("an empty folder: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("there are %v, %v", entries, err)
	}
}

func TestHeldError(t *testing.T) {
	e := &HeldError{Dir: "d", Err: fs.ErrPermission}
	if got := e.Error(); got != "permission denied (another program has a file in it open, or a terminal stands in it)" {
		t.Error(got)
	}
	e.By = []Process{{PID: 7, Name: "go.exe"}, {PID: 8, Name: "gopls.exe"}}
	if got := e.Error(); got != "permission denied (in use by go.exe (process 7), gopls.exe (process 8))" || !errors.Is(e, fs.ErrPermission) {
		t.Error(got)
	}
}

// TestLongPaths: what is longer than Windows' 260 characters is a path like others.
func TestLongPaths(t *testing.T) {
	dir := t.TempDir()
	deep := dir
	for len(deep) < 400 {
		deep = filepath.Join(deep, strings.Repeat("long", 12))
	}
	file := filepath.Join(mkdir(t, deep), "file")
	for what, do := range map[string]func() error{
		"ReplaceFile":  func() error { return ReplaceFile(file, []byte("text"), 0o666) },
		"WriteDurable": func() error { return WriteDurable(file+"2", []byte("text"), 0o666) },
		"OpenToAppend": func() error {
			f, err := OpenToAppend(file+"3", 0o666)
			if err != nil {
				return err
			}
			return f.Close()
		},
		"FlushTree": func() error { return FlushTree(deep) },
		"TryLock": func() error {
			unlock, _, err := TryLock(filepath.Join(deep, "lock"))
			if err != nil {
				return err
			}
			return unlock()
		},
	} {
		if err := do(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	f, err := OpenFolder(deep)
	if err != nil {
		t.Fatal(err)
	}
	made, err := f.Create("made", 0o644)
	if err == nil {
		err = errors.Join(made.Write([]byte("text")), made.Finish(time.Time{}))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Error(err)
	}
	if err := errors.Join(CopyFile(file, file+"4", true), PointFile(file+"5", file)); err != nil {
		t.Error(err)
	}
	if text, err := ReadFile(file + "5"); err != nil || string(text) != "text" {
		t.Errorf("ReadFile: %q, %v", text, err)
	}
	if err := RenameTree(deep, deep+"er"); err != nil {
		t.Error(err)
	}
	if err := RemoveTree(dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something is left: %v", err)
	}
}

func TestFlushEach(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(mkdir(t, filepath.Join(dir, "a", "b")), "file"), "")
	write(t, filepath.Join(dir, "a", "file"), "")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "link")); err != nil {
		t.Logf("without a link: %v", err)
	}
	order := map[string]int{}
	if err := flushEach(dir, func(path string) error { order[path] = len(order) + 1; return nil }); err != nil {
		t.Fatal(err)
	}
	at := func(parts ...string) int { return order[filepath.Join(append([]string{dir}, parts...)...)] }
	if len(order) != 5 || at("a", "b", "file") > at("a", "b") || at("a", "file") > at("a") || at("a", "b") > at("a") || at("a") > at() {
		t.Errorf("flushed in this order: %v", order)
	}
	bad := errors.New("bad")
	if err := flushEach(dir, func(path string) error { return bad }); err != bad {
		t.Errorf("got %v", err)
	}
	if err := FlushTree(dir); err != nil {
		t.Error(err)
	}
	for name, flush := range map[string]func(string) error{"FlushTree": FlushTree, "FlushDir": FlushDir} {
		if err := flush(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s of nothing: %v", name, err)
		}
	}
}

func TestRemoveTree(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(mkdir(t, filepath.Join(dir, "outside")), "file")
	write(t, outside, "mine")
	if err := os.Chmod(filepath.Dir(outside), 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(filepath.Dir(outside), 0o755) })
	tree := filepath.Join(dir, "tree")
	makeReadOnlyTree(t, tree, filepath.Dir(outside))
	if err := RemoveTree(tree); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(tree); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
	if err := RemoveTree(tree); err != nil {
		t.Errorf("the second time: %v", err)
	}
	info, err := os.Stat(filepath.Dir(outside))
	if err != nil || info.Mode().Perm()&0o222 != 0 && info.Mode().Perm() != 0o777 {
		t.Errorf("the folder that a link named: %v, %v", info.Mode(), err)
	}
	if read(t, outside) != "mine" {
		t.Error("the file that a link named is gone")
	}
}

// makeReadOnlyTree builds what the module cache looks like, with links to a folder outside.
func makeReadOnlyTree(t testing.TB, tree, outside string) {
	t.Helper()
	deep := mkdir(t, filepath.Join(tree, "a", "b"))
	write(t, filepath.Join(deep, "file"), "")
	for _, link := range []string{filepath.Join(tree, "link"), filepath.Join(deep, "link")} {
		if err := os.Symlink(outside, link); err != nil {
			t.Logf("without a link: %v", err)
		}
	}
	for _, path := range []string{filepath.Join(deep, "file"), deep, filepath.Dir(deep), tree} {
		mode := fs.FileMode(0o555)
		if path == deep {
			mode = 0
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
}
