package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gsw/manager/gover"
	"gsw/manager/receipt"
	"gsw/platform"
	"gsw/platform/platformtest"
)

// onWindows: bin/ has no links, shims are files, tools end in .exe, the default is a file of one line.
const onWindows = runtime.GOOS == "windows"

// exe is the file name of a program here.
func exe(name string) string { return platform.Target{OS: runtime.GOOS}.Exe(name) }

// program is what shims lead to.
var program = "../bin/" + exe("gsw")

// activate is Activate where the anchor may be impossible, as it is under Wine: the default has changed all the same.
func (s Store) activate(ctx context.Context, v gover.Version) error {
	err := s.Activate(ctx, v)
	if onWindows && isType[*AnchorError](err) {
		return nil
	}
	return err
}

// host is this machine with another home, always under one boot.
func host(home string, environ ...string) platform.Host {
	h, err := platform.Read()
	if err != nil {
		panic(err)
	}
	h.Home = home
	h.BootID = func() string { return "this one" }
	h.Env = platform.NewEnv(h.Target, environ)
	return h
}

// open gives a store whose home has a gsw for the shims to link to.
func open(t testing.TB, environ ...string) Store {
	t.Helper()
	home := t.TempDir()
	write(t, filepath.Join(home, "bin", exe("gsw")), "gsw", 0o755)
	return Open(host(home, environ...))
}

func write(t testing.TB, path, text string, perm fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), perm); err != nil {
		t.Fatal(err)
	}
}

func v(tag string) gover.Version { return gover.MustParse(tag) }

func spec(t testing.TB, text string) gover.Spec {
	t.Helper()
	s, err := gover.ParseSpec(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// contents are the files of a toolchain that says in each of them which one it is: a mixed one shows.
func contents(tag, generation string) map[string]string {
	id := tag + " " + generation + "\n"
	return map[string]string{"go/VERSION": id, "go/bin/go": id, "go/bin/gofmt": id, "go/src/fmt/print.go": id, "go/pkg/tool/vet": id}
}

func fill(dir, tag, generation string) error {
	for name, text := range contents(tag, generation) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			return err
		}
	}
	return nil
}

func receiptFor(tag, generation string) receipt.Receipt {
	return receipt.Receipt{Version: v(tag), Target: "linux-amd64", Source: "dl", URL: generation, InstalledAt: time.Unix(0, 0)}
}

func install(s Store, tag, generation string) (Toolchain, error) {
	return installAs(s, tag, generation, (*Staging).Commit)
}

func installUnflushed(s Store, tag, generation string) (Toolchain, error) {
	return installAs(s, tag, generation, (*Staging).CommitUnflushed)
}

func installAs(s Store, tag, generation string, commit func(*Staging, context.Context, receipt.Receipt) (Toolchain, error)) (Toolchain, error) {
	ctx := context.Background()
	st, err := s.Begin(ctx, v(tag), nil)
	if err != nil {
		return Toolchain{}, err
	}
	defer st.Abort()
	if err := fill(st.Dir(), tag, generation); err != nil {
		return Toolchain{}, err
	}
	return commit(st, ctx, receiptFor(tag, generation))
}

// whole tells whether every file of a toolchain says what fill wrote.
func whole(t Toolchain) bool {
	r, err := t.Receipt()
	if err != nil {
		return false
	}
	for name, want := range contents(t.Version.Tag(), r.URL) {
		if have, err := os.ReadFile(filepath.Join(t.Dir, filepath.FromSlash(name))); err != nil || string(have) != want {
			return false
		}
	}
	return true
}

func mustInstall(t testing.TB, s Store, tags ...string) {
	t.Helper()
	for _, tag := range tags {
		if _, err := install(s, tag, "1"); err != nil {
			t.Fatal(err)
		}
	}
}

// plant puts a toolchain where Commit would, the quick way, as if its tools had been there for an hour.
func plant(t testing.TB, home, tag, generation string, tools ...string) {
	t.Helper()
	dir := filepath.Join(home, "versions", tag)
	if err := fill(dir, tag, generation); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tool := range tools {
		file := tool
		if filepath.Ext(tool) == "" {
			file = exe(tool)
		}
		write(t, filepath.Join(dir, "bin", file), tool+" of "+tag, 0o755)
	}
	hourAgo := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "bin"), hourAgo, hourAgo); err != nil {
		t.Fatal(err)
	}
	text, err := receiptFor(tag, generation).Text()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, receipt.File), string(text), 0o644)
}

func tags(list []Toolchain) string {
	var names []string
	for _, t := range list {
		names = append(names, t.Version.Tag())
	}
	return strings.Join(names, " ")
}

// state describes what others see, and fails if any of it is half.
func state(s Store) (string, error) {
	var lines []string
	entries, err := os.ReadDir(s.versions())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	there, err := namesIn(s.versions())
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		tc, err := s.Get(v(e.Name()))
		if isType[*NotInstalledError](err) && goingAmong(there)[v(e.Name())] {
			continue // in pieces, which something hidden beside it says
		}
		if err != nil {
			return "", fmt.Errorf("visible, but %w", err)
		}
		r, err := tc.Receipt()
		if err != nil {
			return "", err
		}
		for name, want := range contents(e.Name(), r.URL) {
			have, err := os.ReadFile(filepath.Join(tc.Dir, filepath.FromSlash(name)))
			if err != nil || string(have) != want {
				return "", fmt.Errorf("%s/%s holds %q (%v), want %q", e.Name(), name, have, err, want)
			}
		}
		tools, err := tc.Tools()
		if err != nil {
			return "", err
		}
		lines = append(lines, fmt.Sprintf("%s %s %v", e.Name(), r.URL, tools))
	}
	active, err := s.Active()
	switch {
	case err == nil:
		lines = append(lines, "default "+active.Version.Tag())
	case !isType[*NoDefaultError](err):
		return "", err
	}
	return strings.Join(lines, "; "), nil
}

// onPath are the shims on Windows: programs, and one for each version.
func onPath(shims, versions []string) []string {
	var files []string
	for _, name := range slices.Concat(shims, versions) {
		files = append(files, exe(name))
	}
	return files
}

func isType[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// derived checks that everything that is made from versions/ fits it, and that nothing is left over anywhere.
func derived(s Store) error {
	list, err := s.List()
	if err != nil {
		return err
	}
	bin, shims, resolve := []string{"go", "gofmt", "gsw"}, []string{"go", "gofmt"}, []string{}
	newest := map[string]string{}
	for _, t := range list {
		bin = append(bin, t.Version.Tag())
		tools, err := t.Tools()
		if err != nil {
			return err
		}
		for _, tool := range tools {
			if !slices.Contains(shims, tool) && shimmed(tool) {
				shims = append(shims, tool)
			}
		}
		if line := t.Version.Line(); newest[line] == "" && !t.Version.Prerelease() {
			newest[line] = t.GOROOT() + "\n"
			resolve = append(resolve, line)
		}
	}
	versions := []string{}
	for _, t := range list {
		versions = append(versions, t.Version.Tag())
	}
	if onWindows {
		bin, shims = []string{exe("gsw")}, onPath(shims, versions)
	}
	for dir, want := range map[string][]string{s.versions(): versions, s.Bin(): bin, s.Shims(): shims, s.resolve(): resolve} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		have := []string{}
		for _, e := range entries {
			if v, ok := parseMark(e.Name()); ok && dir == s.versions() && !s.Doubtful(s.toolchain(s.home, v)) && slices.Contains(versions, v.Tag()) {
				continue // not flushed, under this boot
			}
			have = append(have, e.Name())
		}
		slices.Sort(want)
		if !slices.Equal(have, want) {
			return fmt.Errorf("%s holds %q, want %q", dir, have, want)
		}
	}
	for _, t := range list {
		if onWindows {
			break
		}
		if path, err := filepath.EvalSymlinks(filepath.Join(s.Bin(), t.Version.Tag())); err != nil || !sameFile(path, t.Go()) {
			return fmt.Errorf("bin/%s leads to %s (%v)", t.Version, path, err)
		}
	}
	for _, name := range shims {
		if path, err := filepath.EvalSymlinks(filepath.Join(s.Shims(), name)); err != nil || !sameFile(path, filepath.Join(s.Bin(), exe("gsw"))) {
			return fmt.Errorf("shims/%s leads to %s (%v)", name, path, err)
		}
	}
	for line, want := range newest {
		if have, err := os.ReadFile(filepath.Join(s.resolve(), line)); err != nil || string(have) != want {
			return fmt.Errorf("resolve/%s says %q (%v), want %q", line, have, err, want)
		}
	}
	left, err := leftovers(s.home, func(string) bool { return true })
	if err != nil || len(left) > 0 {
		return fmt.Errorf("left over: %v (%v)", left, err)
	}
	return nil
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

func TestEmptyHome(t *testing.T) {
	s := Open(host(filepath.Join(t.TempDir(), "none")))
	if list, err := s.List(); err != nil || len(list) != 0 {
		t.Errorf("List: %v, %v", list, err)
	}
	if _, err := s.Get(v("go1.22.3")); !isType[*NotInstalledError](err) || err.Error() != "go1.22.3 is not installed" {
		t.Errorf("Get: %v", err)
	}
	if _, err := s.Find(spec(t, "1.22")); !isType[*NotInstalledError](err) || err.Error() != `no installed Go is what "1.22" asks for` {
		t.Errorf("Find: %v", err)
	}
	if _, err := s.Active(); !isType[*NoDefaultError](err) || err.Error() != "no installed Go is the default" {
		t.Errorf("Active: %v", err)
	}
	if err := s.Remove(t.Context(), v("go1.22.3"), false, nil); !isType[*NotInstalledError](err) {
		t.Errorf("Remove: %v", err)
	}
	if _, err := s.Sweep(t.Context(), program, nil); err != nil {
		t.Errorf("Sweep: %v", err)
	}
	if err := s.Deactivate(t.Context()); err != nil {
		t.Errorf("Deactivate: %v", err)
	}
}

func TestReadingAnEmptyHomeMakesNothing(t *testing.T) {
	home := filepath.Join(t.TempDir(), "none")
	s := Open(host(home))
	s.List()
	s.Find(spec(t, "latest"))
	s.Active()
	s.Remove(t.Context(), v("go1.22.3"), true, nil)
	s.Sweep(t.Context(), program, nil)
	if _, err := os.Lstat(home); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s was made", home)
	}
}

func TestInstallUseRemove(t *testing.T) {
	s, ctx := open(t), t.Context()
	mustInstall(t, s, "go1.21.6", "go1.22.3", "go1.20", "go1.23rc1")
	if err := s.activate(ctx, v("go1.21.6")); err != nil {
		t.Fatal(err)
	}
	if err := s.Refresh(ctx, program); err != nil {
		t.Fatal(err)
	}
	list, err := s.List()
	if err != nil || tags(list) != "go1.23rc1 go1.22.3 go1.21.6 go1.20" {
		t.Errorf("List: %s, %v", tags(list), err)
	}
	for text, want := range map[string]string{"1.22": "go1.22.3", "=1.20": "go1.20", "latest": "go1.22.3", "rc": "go1.23rc1", ">=1.20 <1.22": "go1.21.6", "1.21.6": "go1.21.6"} {
		if got, err := s.Find(spec(t, text)); err != nil || got.Version != v(want) {
			t.Errorf("Find(%s) = %v, %v; want %s", text, got.Version, err, want)
		}
	}
	if err := derived(s); err != nil {
		t.Error(err)
	}
	if link, err := s.readAnchor(); err != nil || link != filepath.Join("versions", "go1.21.6") {
		t.Errorf("the anchor says %q, %v", link, err)
	}
	err = s.Remove(ctx, v("go1.21.6"), false, nil)
	if !isType[*ActiveError](err) || err.Error() != "go1.21.6 is the default" {
		t.Errorf("Remove: %v", err)
	}
	if err := s.Remove(ctx, v("go1.20"), false, nil); err != nil {
		t.Error(err)
	}
	if err := s.Remove(ctx, v("go1.21.6"), true, nil); err != nil {
		t.Error(err)
	}
	if _, err := s.Active(); !isType[*NoDefaultError](err) {
		t.Errorf("Active: %v", err)
	}
	if _, err := s.Sweep(ctx, program, nil); err != nil {
		t.Error(err)
	}
	if err := derived(s); err != nil {
		t.Error(err)
	}
	if got, err := state(s); err != nil || got != "go1.22.3 1 []; go1.23rc1 1 []" {
		t.Errorf("%s, %v", got, err)
	}
}

// The zero version has no name, so its folder would be that of all versions.
func TestZeroVersion(t *testing.T) {
	s, ctx, none := open(t), t.Context(), gover.Version{}
	mustInstall(t, s, "go1.22.3")
	write(t, filepath.Join(s.versions(), receipt.File), "x", 0o644)
	if _, err := s.Begin(ctx, none, nil); err == nil || err.Error() != "preparing a toolchain: no version" {
		t.Errorf("Begin: %v", err)
	}
	_, got := s.Get(none)
	_, found := s.Find(gover.Spec{})
	for name, err := range map[string]error{"Get": got, "Find": found, "Activate": s.Activate(ctx, none), "Remove": s.Remove(ctx, none, true, nil)} {
		if !isType[*NotInstalledError](err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := s.List(); err != nil || tags(list) != "go1.22.3" {
		t.Errorf("List: %s, %v", tags(list), err)
	}
}

func TestToolchain(t *testing.T) {
	s := open(t)
	tc, err := install(s, "go1.22.3", "x")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(s.home, "versions", "go1.22.3")
	if tc.Dir != dir || tc.System || tc.GOROOT() != filepath.Join(dir, "go") || tc.GOBIN() != filepath.Join(dir, "bin") {
		t.Errorf("got %+v", tc)
	}
	exe := s.target.Exe
	for name, want := range map[string]string{
		"go": "go/bin/" + exe("go"), "gofmt": "go/bin/" + exe("gofmt"), "gopls": "bin/" + exe("gopls"), exe("go"): "go/bin/" + exe("go"),
		"": "", ".": "", "..": "", "../x": "", "a/b": "", "/etc/passwd": "",
	} {
		got, ok := tc.Tool(name)
		if ok != (want != "") || ok && got != filepath.Join(dir, filepath.FromSlash(want)) {
			t.Errorf("Tool(%q) = %q, %v", name, got, ok)
		}
	}
	if r, err := tc.Receipt(); err != nil || r.URL != "x" {
		t.Errorf("Receipt: %+v, %v", r, err)
	}
	again, err := s.Get(v("go1.22.3"))
	if err != nil || again != tc {
		t.Errorf("Get = %+v, %v; Commit gave %+v", again, err, tc)
	}
	write(t, filepath.Join(dir, receipt.File), "{", 0o644)
	if _, err := tc.Receipt(); err == nil || !strings.HasPrefix(err.Error(), "reading the receipt of go1.22.3: ") {
		t.Errorf("Receipt: %v", err)
	}
	plant(t, s.home, "go1.21.6", "1")
	if err := os.Rename(filepath.Join(s.home, "versions", "go1.21.6", receipt.File), filepath.Join(dir, receipt.File)); err != nil {
		t.Fatal(err)
	}
	if _, err := tc.Receipt(); err == nil || !strings.HasSuffix(err.Error(), "it is the receipt of go1.21.6") {
		t.Errorf("Receipt: %v", err)
	}
}

func TestFoldersThatAreNoToolchains(t *testing.T) {
	s := open(t)
	mustInstall(t, s, "go1.22.3")
	for _, name := range []string{"go1.22.9/go/VERSION", "go1.22.10/bin/tool", "go1.22/receipt.json", "1.22.3/receipt.json", "go1.20.0/receipt.json",
		".new-go1.22.4-1/receipt.json", "notes/receipt.json", "go1.22.8"} {
		write(t, filepath.Join(s.versions(), filepath.FromSlash(name)), "x", 0o644)
	}
	if list, err := s.List(); err != nil || tags(list) != "go1.22.3" {
		t.Errorf("List: %s, %v", tags(list), err)
	}
	if tc, err := s.Find(spec(t, "1.22")); err != nil || tc.Version != v("go1.22.3") {
		t.Errorf("Find: %v, %v", tc.Version, err)
	}
	if _, err := s.Get(v("go1.22.9")); !isType[*NotInstalledError](err) {
		t.Errorf("Get: %v", err)
	}
	if err := s.Activate(t.Context(), v("go1.22.9")); !isType[*NotInstalledError](err) {
		t.Errorf("Activate: %v", err)
	}
	// Installing fills such a folder, what is in its bin/ stays; and uninstalling removes one.
	mustInstall(t, s, "go1.22.10")
	if err := s.Remove(t.Context(), v("go1.22.9"), false, nil); err != nil {
		t.Error(err)
	}
	if list, err := s.List(); err != nil || tags(list) != "go1.22.10 go1.22.3" {
		t.Errorf("List: %s, %v", tags(list), err)
	}
	if _, err := os.Stat(filepath.Join(s.versions(), "go1.22.10", "bin", "tool")); err != nil {
		t.Error(err)
	}
}

func TestBrokenAnchor(t *testing.T) {
	elsewhere := t.TempDir()
	for text, want := range map[string]string{
		"versions/go1.21.6":             "points at versions/go1.21.6, which is no installed Go",
		"versions/go1.22.3/go":          "points at versions/go1.22.3/go, which is no installed Go",
		"versions/../go1.22.3":          "points at versions/../go1.22.3, which is no installed Go",
		elsewhere:                       "points at " + elsewhere + ", which is no installed Go",
		"/nowhere/versions/go1.22.3":    "points at /nowhere/versions/go1.22.3, which is no installed Go",
		"versions/../versions/go1.22.3": "",
		"HOME/versions/go1.22.3":        "",
	} {
		s := open(t)
		plant(t, s.home, "go1.22.3", "1")
		text = strings.Replace(text, "HOME", s.home, 1)
		if s.pointed() {
			write(t, s.pointer(), text+"\n", 0o644)
		} else if err := os.Symlink(text, s.Anchor()); err != nil {
			t.Fatal(err)
		}
		tc, err := s.Active()
		if want == "" {
			if err != nil || tc.Dir != filepath.Join(s.versions(), "go1.22.3") {
				t.Errorf("%s: %+v, %v", text, tc, err)
			}
			continue
		}
		if !isType[*BrokenAnchorError](err) || err.Error() != s.says()+" "+want {
			t.Errorf("%s: %v", text, err)
		}
		if err := s.activate(t.Context(), v("go1.22.3")); err != nil {
			t.Errorf("Activate does not mend it: %v", err)
		}
	}
}

func TestAnchorIsNoLink(t *testing.T) {
	s := open(t)
	if s.pointed() {
		t.Skip("the default does not depend on the anchor here: TestAnchorInTheWay")
	}
	plant(t, s.home, "go1.22.3", "1")
	write(t, filepath.Join(s.Anchor(), "mine"), "x", 0o644)
	if _, err := s.Active(); !isType[*BrokenAnchorError](err) || err.Error() != s.Anchor()+" is not a link" {
		t.Errorf("Active: %v", err)
	}
	for name, err := range map[string]error{
		"Activate":   s.activate(t.Context(), v("go1.22.3")),
		"Deactivate": s.Deactivate(t.Context()),
	} {
		if !isType[*platform.NotLinkError](err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(s.Anchor(), "mine")); err != nil {
		t.Error(err)
	}
	if err := s.Remove(t.Context(), v("go1.22.3"), false, nil); err != nil {
		t.Errorf("Remove: %v", err)
	}
}

// On Windows what stands in the anchor's place is told of, never touched, and the default changes all the same.
func TestAnchorInTheWay(t *testing.T) {
	s := open(t)
	s.target.OS = "windows"
	plant(t, s.home, "go1.22.3", "1")
	write(t, filepath.Join(s.Anchor(), "mine"), "x", 0o644)
	var unlinked *AnchorError
	if err := s.Activate(t.Context(), v("go1.22.3")); !errors.As(err, &unlinked) || !isType[*platform.NotLinkError](unlinked.Err) {
		t.Errorf("Activate: %v", err)
	}
	if tc, err := s.Active(); err != nil || tc.Version != v("go1.22.3") {
		t.Errorf("Active: %+v, %v", tc, err)
	}
	if err := s.Deactivate(t.Context()); err != nil {
		t.Errorf("Deactivate: %v", err)
	}
	if _, err := s.Active(); !isType[*NoDefaultError](err) {
		t.Errorf("Active: %v", err)
	}
	if _, err := os.Stat(filepath.Join(s.Anchor(), "mine")); err != nil {
		t.Error(err)
	}
}

func TestHomeBehindALink(t *testing.T) {
	s := open(t)
	mustInstall(t, s, "go1.22.3")
	platformtest.NeedSymlink(t, filepath.Join(s.home, "versions", "go1.22.3"), s.Anchor())
	door := filepath.Join(t.TempDir(), "door")
	platformtest.NeedSymlink(t, s.home, door)
	tc, err := Open(host(door)).Active()
	if err != nil || tc.Dir != filepath.Join(door, "versions", "go1.22.3") {
		t.Errorf("Active: %+v, %v", tc, err)
	}
	if err := Open(host(door)).Remove(t.Context(), v("go1.22.3"), false, nil); !isType[*ActiveError](err) {
		t.Errorf("Remove: %v", err)
	}
}

func TestSystemStore(t *testing.T) {
	system, ctx := t.TempDir(), t.Context()
	plant(t, system, "go1.22.3", "system", "gopls")
	plant(t, system, "go1.21.6", "system")
	s := open(t, "GSW_SYSTEM="+system)
	mustInstall(t, s, "go1.21.6", "go1.20.14")
	list, err := s.List()
	if err != nil || tags(list) != "go1.22.3 go1.21.6 go1.20.14" || !list[0].System || list[1].System {
		t.Errorf("List: %+v, %v", list, err)
	}
	if err := s.activate(ctx, v("go1.22.3")); err != nil {
		t.Fatal(err)
	}
	if tc, err := s.Active(); err != nil || tc.Version != v("go1.22.3") || !tc.System {
		t.Errorf("Active: %+v, %v", tc, err)
	}
	err = s.Remove(ctx, v("go1.22.3"), true, nil)
	if !isType[*SystemError](err) || err.Error() != "go1.22.3 belongs to the system-wide store: "+filepath.Join(system, "versions", "go1.22.3") {
		t.Errorf("Remove: %v", err)
	}
	// The user's own copy goes, the system's comes into view; removing it is not removing the default.
	if err := s.Refresh(ctx, program); err != nil {
		t.Error(err)
	}
	if err := s.Remove(ctx, v("go1.21.6"), false, nil); err != nil {
		t.Error(err)
	}
	if tc, err := s.Get(v("go1.21.6")); err != nil || !tc.System {
		t.Errorf("Get: %+v, %v", tc, err)
	}
	if err := s.Refresh(ctx, program); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"go1.21.6": "go1.21.6 system\n", "go1.22.3": "go1.22.3 system\n", "go1.20.14": "go1.20.14 1\n", "go": "go1.22.3 system\n"} {
		if onWindows {
			break // bin/ has no links
		}
		if have, err := os.ReadFile(filepath.Join(s.Bin(), name)); err != nil || string(have) != want {
			t.Errorf("bin/%s leads to %q, %v", name, have, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(s.Shims(), exe("gopls"))); err != nil {
		t.Error(err)
	}
	// Without the system store its links go.
	if err := Open(host(s.home)).Refresh(ctx, program); err != nil {
		t.Error(err)
	}
	if s := Open(host(s.home, "GSW_SYSTEM=relative")); s.system != "" {
		t.Errorf("a relative GSW_SYSTEM counts: %q", s.system)
	}
	if s := Open(host(s.home, "GSW_SYSTEM="+s.home)); s.system != "" {
		t.Errorf("the home is its own system store: %q", s.system)
	}
}
