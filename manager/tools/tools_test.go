package tools

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/manager/gover"
	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/manager/store/storetest"
	"gsw/platform/platformtest"
)

// house has tools to look after.
type house struct{ *storetest.House }

func newHouse(t *testing.T, versions ...string) *house {
	t.Helper()
	return &house{storetest.New(t, versions...)}
}

// program makes a file that can be run, by its path below the user's home.
func (h *house) program(name, text string) string {
	h.T.Helper()
	file := filepath.Join(h.Host.UserHome, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o755)); err != nil {
		h.T.Fatal(err)
	}
	return file
}

func (h *house) tool(version, name, text string) string {
	return h.program(".gsw/versions/"+version+"/bin/"+h.Host.Exe(name), text)
}

func (h *house) guard(allowed ...string) Found {
	h.T.Helper()
	found, err := Guard(h.T.Context(), h.Host, h.Store, allowed)
	if err != nil {
		h.T.Fatal(err)
	}
	return found
}

func TestLacks(t *testing.T) {
	h := newHouse(t, "go1.22.3", "go1.21.6")
	from, to := h.Version("go1.21.6"), h.Version("go1.22.3")
	if got := Lacks(from, to, true); got != "" {
		t.Error(got)
	}
	for _, name := range []string{"gopls", "dlv", ".hidden"} {
		h.tool("go1.21.6", name, "")
	}
	h.tool("go1.22.3", "dlv", "")
	h.program(".gsw/versions/go1.21.6/bin/.quarantine/git", "")
	h.program(".gsw/versions/go1.21.6/bin/folder/x", "")
	for want, got := range map[string]string{
		"go1.22.3 has no gopls, as go1.21.6 has; gsw tools sync --from 1.21.6 brings them":             Lacks(from, to, true),
		"go1.22.3 has no gopls, as go1.21.6 has; gsw tools sync --from 1.21.6 --to 1.22.3 brings them": Lacks(from, to, false),
	} {
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	if got := Lacks(to, from, true) + Lacks(from, from, true); got != "" {
		t.Error(got)
	}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		h.tool("go1.21.6", name, "")
	}
	if got := Lacks(from, to, true); !strings.Contains(got, " no a, b, c, d and 2 more, as ") {
		t.Error(got)
	}
	if err := os.RemoveAll(to.GOBIN()); err != nil {
		t.Fatal(err)
	}
	if got := Missing(from, to); len(got) != 7 {
		t.Errorf("of a folder that is not there: %v", got)
	}
}

func TestGuard(t *testing.T) {
	h := newHouse(t, "go1.22.3", "go1.21.6")
	h.program("usual/"+h.Host.Exe("git"), "theirs")
	h.program("usual/"+h.Host.Exe("mylint"), "theirs")
	h.tool("go1.22.3", "git", "first")
	h.tool("go1.22.3", "gopls", "")
	h.tool("go1.21.6", "kubectl", "")
	h.tool("go1.21.6", "mylint", "")
	found := h.guard("docker")
	want := []string{
		"git in the GOBIN of go1.22.3 would hide " + filepath.Join(h.Host.UserHome, "usual", h.Host.Exe("git")) + ", so it was moved to " +
			filepath.Join(h.Version("go1.22.3").GOBIN(), ".quarantine", h.Host.Exe("git")) + "; to have it back: gsw tools allow git",
		"kubectl in the GOBIN of go1.21.6 would hide a command of the system, so it was moved to " +
			filepath.Join(h.Version("go1.21.6").GOBIN(), ".quarantine", h.Host.Exe("kubectl")) + "; to have it back: gsw tools allow kubectl",
		"mylint in the GOBIN of go1.21.6 hides " + filepath.Join(h.Host.UserHome, "usual", h.Host.Exe("mylint")),
	}
	if got := found.Lines(); !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if again := h.guard("docker"); len(again.Lines()) != 0 {
		t.Errorf("said twice: %v", again.Lines())
	}
	// Each is kept, the newest comes back, and only where nothing is in its place.
	second := h.tool("go1.22.3", "git", "second")
	future := time.Now().Add(time.Hour)
	if err := os.Chtimes(second, future, future); err != nil {
		t.Fatal(err)
	}
	h.guard()
	h.tool("go1.22.3", "git", "third")
	h.guard()
	tc := h.Version("go1.22.3")
	if got := Quarantined(tc); len(got) != 3 || got[0].Name != "git" || got[2].Name != "git" {
		t.Errorf("moved aside: %v", got)
	}
	file, err := Release(tc, "GIT")
	if text, _ := os.ReadFile(file); err != nil || string(text) != "second" {
		t.Errorf("%s came back, %q, %v", file, text, err)
	}
	if file, err := Release(tc, "git"); file != "" || err != nil {
		t.Errorf("another came back: %s, %v", file, err)
	}
	if found := h.guard("git"); len(found.Lines()) != 0 {
		t.Errorf("an allowed one: %v", found.Lines())
	}
	if names, err := tc.Tools(); err != nil || !slices.Equal(names, []string{"git", "gopls"}) {
		t.Errorf("tools: %v, %v", names, err)
	}
}

func TestHidingInOneLine(t *testing.T) {
	a, b := gover.MustParse("1.22.3"), gover.MustParse("1.21.6")
	in := func(v gover.Version, name, dir string) Case {
		return Case{Version: v, Name: name, Hides: filepath.Join(dir, name)}
	}
	found := Found{Hiding: []Case{in(a, "dlv", "x"), in(a, "lint", "y"), in(a, "gopls", "x"), in(b, "gopls", "x")}}
	want := []string{
		"dlv, gopls in the GOBIN of go1.22.3 hide those in x",
		"lint in the GOBIN of go1.22.3 hides " + filepath.Join("y", "lint"),
		"gopls in the GOBIN of go1.21.6 hides " + filepath.Join("x", "gopls"),
	}
	if got := found.Lines(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Whatever comes after a look, however soon, gives the folder a time that store.Sweep notices.
func TestGuardSettles(t *testing.T) {
	h := newHouse(t, "go1.22.3", "go1.21.6")
	noticed := func() (changed bool) {
		stop := errors.New("stop")
		_, err := h.Store.Sweep(t.Context(), "../bin/gsw", func() error { return stop })
		if err != nil && !errors.Is(err, stop) {
			t.Fatal(err)
		}
		return err != nil
	}
	for n := range 200 {
		version := []string{"go1.22.3", "go1.21.6"}[n%3%2]
		h.tool(version, fmt.Sprint("tool", n), "")
		if !noticed() {
			t.Fatalf("tool %d was not noticed", n)
		}
		h.guard()
		if err := h.Store.Refresh(t.Context(), "../bin/gsw"); err != nil {
			t.Fatal(err)
		}
		if noticed() {
			t.Fatalf("tool %d: not settled", n)
		}
		if _, err := os.Lstat(filepath.Join(h.Store.Shims(), h.Host.Exe(fmt.Sprint("tool", n)))); err != nil {
			t.Fatalf("tool %d has no shim: %v", n, err)
		}
	}
}

// Several prompts at once move each tool once, and lose none.
func TestGuardsTogether(t *testing.T) {
	h := newHouse(t, "go1.22.3")
	const rounds = 20
	var mu sync.Mutex
	moved := map[string]bool{}
	for n := range rounds {
		h.tool("go1.22.3", "git", fmt.Sprint(n))
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				found, err := Guard(t.Context(), h.Host, h.Store, nil)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, c := range found.Moved {
					if moved[c.File] {
						t.Errorf("%s twice", c.File)
					}
					moved[c.File] = true
				}
			})
		}
		wg.Wait()
	}
	if got := Quarantined(h.Version("go1.22.3")); len(got) != rounds || len(moved) != rounds {
		t.Errorf("%d of %d kept, %d told", len(got), rounds, len(moved))
	}
}

// Folders that are somebody else's are let be.
func TestGuardKeepsOff(t *testing.T) {
	h := newHouse(t, "go1.22.3")
	bin, mine := h.Version("go1.22.3").GOBIN(), filepath.Join(h.Host.UserHome, "mine")
	h.program("mine/"+h.Host.Exe("git"), "")
	if err := os.Remove(bin); err != nil {
		t.Fatal(err)
	}
	platformtest.NeedSymlink(t, mine, bin)
	system := filepath.Join(h.Host.UserHome, "system")
	disttest.PlantLocal(t, system, "go1.20.1", h.Host.UserHome)
	h.program("system/versions/go1.20.1/bin/"+h.Host.Exe("ls"), "")
	h.Host.Env = h.Host.Env.With("GSW_SYSTEM", system)
	h.Store = store.Open(h.Host)
	if found := h.guard(); len(found.Lines()) != 0 {
		t.Error(found.Lines())
	}
	if _, err := Remove(h.Version("go1.20.1"), []string{"ls"}); !isType[*store.SystemError](err) {
		t.Errorf("removing of the system's: %v", err)
	}
}

func isType[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestRemove(t *testing.T) {
	h := newHouse(t, "go1.22.3")
	tc := h.Version("go1.22.3")
	h.tool("go1.22.3", "gopls", "")
	h.tool("go1.22.3", "git", "")
	h.guard()
	for _, names := range [][]string{{"gopls", "nothing"}, {".quarantine"}, {"../bin/gopls"}, {""}} {
		if files, err := Remove(tc, names); !isType[*selection.NoToolError](err) {
			t.Errorf("%q: %v, %v", names, files, err)
		}
	}
	if files, err := Remove(tc, []string{"gopls", "git"}); err != nil || len(files) != 2 {
		t.Errorf("%v, %v", files, err)
	}
	if left, _ := tc.Tools(); len(left)+len(Quarantined(tc)) != 0 {
		t.Errorf("left %v, %v", left, Quarantined(tc))
	}
}
