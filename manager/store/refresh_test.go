package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gsw/platform"
)

func TestRefreshFollowsTheStore(t *testing.T) {
	if onWindows {
		t.Skip("bin/ and shims/ hold no links here: TestRefreshForWindows, and what derived says in the other tests")
	}
	s, ctx := open(t), t.Context()
	plant(t, s.home, "go1.22.3", "1", "gopls", "git", "go", "gofmt", "go1.21.6", "LS")
	plant(t, s.home, "go1.22.10", "1", "gopls", "dlv")
	write(t, filepath.Join(s.home, "versions", "go1.22.3", "bin", "README"), "x", 0o644)
	if err := s.activate(ctx, v("go1.22.3")); err != nil {
		t.Fatal(err)
	}
	refresh := func(links string) {
		t.Helper()
		if err := s.Refresh(ctx, program); err != nil {
			t.Error(err)
		}
		if err := derived(s); err != nil {
			t.Error(err)
		}
		if have := names(t, s.Shims()); have != links {
			t.Errorf("shims: %s, want %s", have, links)
		}
	}
	refresh("dlv go gofmt gopls")
	for path, want := range map[string]string{
		"bin/go":        "../current/go/bin/go",
		"bin/gofmt":     "../current/go/bin/gofmt",
		"bin/go1.22.10": "../versions/go1.22.10/go/bin/go",
		"shims/gopls":   "../bin/gsw",
	} {
		if text, err := os.Readlink(filepath.Join(s.home, path)); err != nil || text != want {
			t.Errorf("%s says %q, %v; want %s", path, text, err, want)
		}
	}
	if err := s.Remove(ctx, v("go1.22.10"), false, nil); err != nil {
		t.Fatal(err)
	}
	refresh("go gofmt gopls")
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func TestRefreshHealsAndChangesNothingTwice(t *testing.T) {
	if onWindows {
		t.Skip("bin/ and shims/ hold no links here: TestRefreshForWindows, and what derived says in the other tests")
	}
	s, ctx := open(t), t.Context()
	plant(t, s.home, "go1.22.3", "1", "gopls")
	if err := s.activate(ctx, v("go1.22.3")); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		"bin/go":                        "/usr/bin/true",
		"bin/go1.21.6":                  "../versions/go1.21.6/go/bin/go",
		"bin/go1.22.3":                  "../versions/go1.22.2/go/bin/go",
		"shims/old":                     "../bin/gsw",
		"shims/older":                   "/opt/other/gsw-shim",
		"bin/.go.gsw-0123456789abcdef":  "half",
		"shims/.x.gsw-0123456789abcdef": "half",
		".current.gsw-0123456789abcdef": "half",
	} {
		if err := os.MkdirAll(filepath.Join(s.home, filepath.Dir(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(text, filepath.Join(s.home, path)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(s.resolve(), "1.21"), "/gone\n", 0o644)
	write(t, filepath.Join(s.resolve(), "1.22"), "/gone\n", 0o644)
	write(t, filepath.Join(s.resolve(), ".1.22.gsw-0123456789abcdef"), "/go", 0o644)
	if err := s.markStale(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sweep(ctx, program, nil); err != nil {
		t.Error(err)
	}
	if err := derived(s); err != nil {
		t.Error(err)
	}
	before := inodes(t, s.home)
	if err := s.Refresh(ctx, program); err != nil {
		t.Error(err)
	}
	if after := inodes(t, s.home); !slices.EqualFunc(before, after, os.SameFile) {
		t.Error("a Refresh that had nothing to do made files anew")
	}
	// A gsw that moved takes its shims along, also those that are no longer wanted.
	moved := filepath.Join(t.TempDir(), "gsw-shim")
	write(t, moved, "x", 0o755)
	if err := os.Remove(filepath.Join(s.home, "versions", "go1.22.3", "bin", "gopls")); err != nil {
		t.Fatal(err)
	}
	if err := s.Refresh(ctx, moved); err != nil {
		t.Error(err)
	}
	if text, err := os.Readlink(filepath.Join(s.Shims(), "go")); err != nil || text != moved || names(t, s.Shims()) != "go gofmt" {
		t.Errorf("shims: %s; go says %q, %v", names(t, s.Shims()), text, err)
	}
}

func inodes(t *testing.T, dir string) (all []fs.FileInfo) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		all = append(all, info)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRefreshLeavesWhatIsNotGsws(t *testing.T) {
	if onWindows {
		t.Skip("bin/ and shims/ hold no links here: TestRefreshForWindows, and what derived says in the other tests")
	}
	s, ctx := open(t), t.Context()
	plant(t, s.home, "go1.22.3", "1", "gopls")
	plant(t, s.home, "go1.21.6", "1")
	for _, path := range []string{"bin/go1.21.6", "bin/go1.19", "shims/gopls", "shims/mine", "resolve/README", "resolve/UPPER", "bin/.mine.gsw-0123456789abcdef"} {
		write(t, filepath.Join(s.home, path), "mine", 0o755)
	}
	for path, text := range map[string]string{"bin/go1.18": "../versions/go1.17/go/bin/go", "bin/go1.17": "/usr/lib/go-1.17/bin/go", "bin/tool": "../versions/go1.17/go/bin/go", "shims/link": "/usr/bin/env"} {
		if err := os.Symlink(text, filepath.Join(s.home, path)); err != nil {
			t.Fatal(err)
		}
	}
	err := s.Refresh(ctx, program)
	if !isType[*platform.NotLinkError](err) || !strings.Contains(err.Error(), filepath.Join("bin", "go1.21.6")) || !strings.Contains(err.Error(), filepath.Join("shims", "gopls")) {
		t.Errorf("Refresh: %v", err)
	}
	for dir, want := range map[string]string{
		"bin":     ".mine.gsw-0123456789abcdef go go1.17 go1.18 go1.19 go1.21.6 go1.22.3 gofmt gsw tool",
		"shims":   "go gofmt gopls link mine",
		"resolve": "1.21 1.22 README UPPER",
	} {
		if have := names(t, filepath.Join(s.home, dir)); have != want {
			t.Errorf("%s holds %s, want %s", dir, have, want)
		}
	}
	for _, path := range []string{"bin/go1.21.6", "shims/gopls", "resolve/README"} {
		if have, err := os.ReadFile(filepath.Join(s.home, path)); err != nil || string(have) != "mine" {
			t.Errorf("%s holds %q, %v", path, have, err)
		}
	}
	// Whoever was told once is not told at every command.
	if _, err := s.Sweep(ctx, program, nil); err != nil {
		t.Errorf("Sweep: %v", err)
	}
}

func TestResolved(t *testing.T) {
	s, ctx := open(t), t.Context()
	plant(t, s.home, "go1.22.3", "1")
	plant(t, s.home, "go1.21.6", "1")
	if err := s.Refresh(ctx, program); err != nil {
		t.Fatal(err)
	}
	root := func(tag string) string { return filepath.Join(s.versions(), tag, "go") }
	for text, goroot := range map[string]string{
		"~1.21.3": root("go1.21.6"), "latest": root("go1.22.3"), ">=1.20 <1.22": root("go1.21.6"), "1.22.3": root("go1.22.3"),
		"oldstable": root("go1.22.3") /* wrong */, "system": "/usr/local/go", "1.19": root("go1.21.6") /* wrong */, "^1.20": "relative",
	} {
		if err := s.Resolved(spec(t, text), goroot); err != nil {
			t.Errorf("Resolved(%s): %v", text, err)
		}
	}
	check := func(want string) {
		t.Helper()
		if onWindows { // whose files can't have such names
			want = strings.ReplaceAll(want, ">=1.20 <1.22 ", "")
		}
		if have := names(t, s.resolve()); have != want {
			t.Errorf("resolve holds %s, want %s", have, want)
		}
	}
	check("1.21 1.22 1.22.3 >=1.20 <1.22 latest ~1.21.3")
	plant(t, s.home, "go1.23.1", "1")
	if err := s.Remove(ctx, v("go1.22.3"), false, nil); err != nil {
		t.Fatal(err)
	}
	check("1.21 1.23 >=1.20 <1.22 latest ~1.21.3")
	for name, want := range map[string]string{"latest": "go1.23.1", "~1.21.3": "go1.21.6", ">=1.20 <1.22": "go1.21.6"} {
		if onWindows && strings.Contains(name, ">") {
			continue
		}
		if have, err := os.ReadFile(filepath.Join(s.resolve(), name)); err != nil || string(have) != root(want)+"\n" {
			t.Errorf("resolve/%s says %q, %v", name, have, err)
		}
	}
	if err := s.Remove(ctx, v("go1.21.6"), false, nil); err != nil {
		t.Fatal(err)
	}
	check("1.23 latest")

	// Who changes the store is not waited for.
	unlock, err := s.lockAnchor(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Resolved(spec(t, "^1.20"), root("go1.23.1")); err != nil {
		t.Error(err)
	}
	check("1.23 latest")
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

// TestResolvedLeavesWhatOthersWrite: the hooks' own files in resolve/ are written without the store's lock. One in the
// making is not to be swept away under whoever writes it.
func TestResolvedLeavesWhatOthersWrite(t *testing.T) {
	s := open(t)
	plant(t, s.home, "go1.22.3", "1")
	making, abandoned := "..ask.gsw-0123456789abcdef", ".1.22.gsw-0123456789abcdef"
	if err := os.MkdirAll(s.resolve(), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{making, abandoned} {
		if err := os.WriteFile(filepath.Join(s.resolve(), name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Refresh(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	if have := names(t, s.resolve()); have != making+" 1.22" {
		t.Errorf("resolve holds %s", have)
	}
}

func TestNoteName(t *testing.T) {
	for name, want := range map[string][2]bool{ // elsewhere, on Windows
		"1.22": {true, true}, "1.x": {true, true}, "~1.22.3": {true, true}, "^1.21": {true, true}, "latest": {true, true}, "1.23rc1": {true, true},
		">=1.21 <1.23": {true, false}, "=1.20, >1": {true, false},
		"": {}, ".": {}, "..": {}, ".hidden": {}, "a/b": {}, `a\b`: {}, "1.22\n": {}, "A": {}, "1.22:x": {}, "é": {}, "*": {}, "$HOME": {}, strings.Repeat("1", 65): {},
	} {
		for i, system := range []string{"linux", "windows"} {
			s := Store{target: platform.Target{OS: system}}
			if have := s.noteName(name); have != want[i] {
				t.Errorf("noteName(%q) on %s: %v", name, system, have)
			}
		}
	}
}

func TestAHomeWithALineBreakGetsNoNotes(t *testing.T) {
	if onWindows {
		t.Skip("no name has a line break here")
	}
	home := filepath.Join(t.TempDir(), "a\nb")
	write(t, filepath.Join(home, "bin", "gsw"), "x", 0o755)
	s := Open(host(home))
	plant(t, home, "go1.22.3", "1")
	if err := s.Refresh(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(s.resolve(), "1.22")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("resolve/1.22: %v", err)
	}
}

// The go command puts tools into GOBIN, and takes no notice of gsw.
func TestSweepSeesNewTools(t *testing.T) {
	s := open(t)
	plant(t, s.home, "go1.22.3", "1", "lint")
	plant(t, s.home, "go1.21.6", "1", "lint")
	older, newer := filepath.Join(s.home, "versions", "go1.21.6", "bin"), filepath.Join(s.home, "versions", "go1.22.3", "bin")
	sweep := func(want string) {
		t.Helper()
		if _, err := s.Sweep(t.Context(), program, nil); err != nil {
			t.Fatal(err)
		}
		if onWindows {
			files := onPath(strings.Fields(want), []string{"go1.21.6", "go1.22.3"})
			slices.Sort(files)
			want = strings.Join(files, " ")
		}
		if have := names(t, s.Shims()); have != want {
			t.Errorf("shims: %s; want %s", have, want)
		}
	}
	remove := func(tool string) {
		t.Helper()
		if err := os.Remove(tool); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Refresh(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	sweep("go gofmt lint")
	write(t, filepath.Join(older, exe("fresh")), "x", 0o755)
	sweep("fresh go gofmt lint")

	// What comes within the same tick of the file system's clock is seen too.
	info, err := os.Stat(older)
	if err != nil {
		t.Fatal(err)
	}
	date := func(when time.Time) {
		t.Helper()
		if err := os.Chtimes(older, when, when); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(older, exe("fresher")), "x", 0o755)
	date(info.ModTime())
	sweep("fresh fresher go gofmt lint")

	date(info.ModTime().Add(-time.Hour))
	sweep("fresh fresher go gofmt lint")
	before := modified(t, s.home)
	sweep("fresh fresher go gofmt lint")
	if after := modified(t, s.home); after != before {
		t.Errorf("a sweep with nothing to do wrote something:\n%s\nbefore:\n%s", after, before)
	}
	remove(filepath.Join(newer, exe("lint")))
	sweep("fresh fresher go gofmt lint")
	remove(filepath.Join(older, exe("lint")))
	remove(filepath.Join(older, exe("fresher")))
	sweep("fresh go gofmt")
}

// Of very many GOBINs those are looked at that commands are found in.
func TestSweepOfManyVersions(t *testing.T) {
	if onWindows {
		t.Skip("each version has a shim here, so no folder of shims reads as these do; nothing else in it is Unix's")
	}
	s := open(t)
	for i := range few + 1 {
		plant(t, s.home, fmt.Sprintf("go1.22.%d", i), "1")
	}
	if err := s.Activate(t.Context(), v("go1.22.3")); err != nil {
		t.Fatal(err)
	}
	if err := s.Refresh(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	at := func(tag string) string { return filepath.Join(s.versions(), tag, "bin") }
	s.path = []string{"/usr/bin", at("go1.22.5"), s.versions(), filepath.Join(s.versions(), "none")}
	sweep := func(want string) {
		t.Helper()
		if _, err := s.Sweep(t.Context(), program, nil); err != nil {
			t.Fatal(err)
		}
		if have := names(t, s.Shims()); have != want {
			t.Errorf("shims: %s; want %s", have, want)
		}
	}
	write(t, filepath.Join(at("go1.22.40"), "elsewhere"), "x", 0o755)
	sweep("go gofmt")
	write(t, filepath.Join(at("go1.22.5"), "onpath"), "x", 0o755)
	sweep("elsewhere go gofmt onpath") // whatever is found then, all of it
	// That nothing else lies beside them is kept, until something does.
	s.now = func() time.Time { return time.Now().Add(time.Hour) }
	isKept := func() bool {
		_, err := os.Stat(s.cleanFile())
		return err == nil
	}
	sweep("elsewhere go gofmt onpath")
	if !isKept() {
		t.Error("nothing is kept of many versions")
	}
	left := s.hidden(gonePrefix, v("go1.22.9"))
	write(t, filepath.Join(left, "file"), "x", 0o644)
	sweep("elsewhere go gofmt onpath")
	if _, err := os.Stat(left); err == nil {
		t.Error("what a killed process left beside many versions lies there still")
	}
	sweep("elsewhere go gofmt onpath")
	if err := s.Forget(); err != nil || isKept() {
		t.Errorf("%v; kept: %v", err, isKept())
	}
	sweep("elsewhere go gofmt onpath")

	write(t, filepath.Join(at("go1.22.41"), "later"), "x", 0o755)
	write(t, filepath.Join(at("go1.22.3"), "default"), "x", 0o755)
	sweep("default elsewhere go gofmt later onpath")
	// With fewer each of them is looked at.
	for _, tag := range []string{"go1.22.0", "go1.22.1"} {
		if err := s.Remove(t.Context(), v(tag), true, nil); err != nil {
			t.Fatal(err)
		}
	}
	sweep("default elsewhere go gofmt later onpath")
	write(t, filepath.Join(at("go1.22.41"), "gopls"), "x", 0o755)
	sweep("default elsewhere go gofmt gopls later onpath")
}

func modified(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			fmt.Fprintln(&all, path, info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestEssential(t *testing.T) {
	for _, name := range strings.Fields("ls git sh bash zsh sudo ssh curl wget gpg docker kubectl go gofmt gsw env [ LS Git.exe cat rm awk cc make python3 systemctl") {
		if !Essential(name) {
			t.Errorf("%s may be hidden", name)
		}
	}
	for _, name := range strings.Fields("gopls dlv staticcheck stringer protoc-gen-go hugo helm goimports golangci-lint air task mage benchstat buf sqlc wire mockgen age fzf gotests impl gomodifytags revive godoc x") {
		if Essential(name) {
			t.Errorf("%s gets no shim", name)
		}
	}
}

// Windows has no links in bin/, and shims are files. Its decisions can be looked at anywhere.
func TestRefreshForWindows(t *testing.T) {
	s := open(t)
	s.target.OS = "windows"
	plant(t, s.home, "go1.22.3", "1", "gopls.exe", "git.exe")
	write(t, filepath.Join(s.home, "versions", "go1.22.3", "bin", "script"), "x", 0o755)
	if err := s.Refresh(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	if bin, shims := names(t, s.Bin()), names(t, s.Shims()); bin != exe("gsw") || shims != "go.exe go1.22.3.exe gofmt.exe gopls.exe" {
		t.Errorf("bin: %s; shims: %s", bin, shims)
	}
}
