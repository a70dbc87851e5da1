package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The lines are those of go1.26's `go list -x -m all`, with GOPROXY=http://me:secret@127.0.0.1,direct.
func TestWatch(t *testing.T) {
	const said = `# get http://me:secret@127.0.0.1/a.b/c/@v/v1.0.0.mod
# get http://me:secret@127.0.0.1/a.b/c/@v/v1.0.0.mod: 404 Not Found (0.003s)
mkdir -p /cache/vcs # git3 https://a.b/c.git
# lock /cache/vcs/1f.lock
mkdir -p /cache/vcs/1f # git3 https://a.b/c.git
cd /cache/vcs/1f; git init --bare
0.002s # cd /cache/vcs/1f; git init --bare
cd /cache/vcs/1f; git ls-remote -q --end-of-options origin
cd /cache
git ls-remote https://a.b/d
# get https://sum.example/lookup/a.b/c@v1.0.0
# get https://sum.example/lookup/a.b/c@v1.0.0: Get "https://sum.example/lookup/a.b/c@v1.0.0": dial tcp: lookup sum.example: no such host
go: a.b/c@v1.0.0: it failed
	and why: the last line has no end`
	want := []string{
		"http://me:***@127.0.0.1/a.b/c/@v/v1.0.0.mod: 404 Not Found (0.003s)",
		"git init --bare (https://a.b/c.git): done (0.002s)",
		"git ls-remote -q --end-of-options origin (https://a.b/c.git): no answer yet",
		"git ls-remote https://a.b/d: done",
		"https://sum.example/lookup/a.b/c@v1.0.0: dial tcp: lookup sum.example: no such host",
	}
	for _, size := range []int{1, 7, 1000} {
		w := &watch{patience: time.Hour, stop: func() { t.Error("stopped") }, timers: map[int]*time.Timer{}, repos: map[string]string{}}
		for part := range slices.Chunk([]byte(said), size) {
			if n, err := w.Write(part); n != len(part) || err != nil {
				t.Fatalf("wrote %d of %d: %v", n, len(part), err)
			}
		}
		traced := w.ended()
		var got []string
		for _, q := range traced.Asked {
			got = append(got, q.String())
			if strings.Contains(q.What, "secret") {
				t.Errorf("a password is shown: %s", q.What)
			}
		}
		want[0] = got[0][:strings.Index(got[0], "127")] + want[0][strings.Index(want[0], "127"):] // how it is hidden is not tested here
		if !slices.Equal(got, want) {
			t.Errorf("in parts of %d bytes: asked\n%s\nwant\n%s", size, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if last := []string{"go: a.b/c@v1.0.0: it failed", "\tand why: the last line has no end"}; !slices.Equal(traced.Said, last) {
			t.Errorf("said %q", traced.Said)
		}
		if traced.hanging() != "" {
			t.Errorf("%s hangs", traced.hanging())
		}
	}
}

// Only what is asked last and not answered is what hangs.
func TestWatchHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := make(chan bool, 1)
		w := &watch{patience: 20 * time.Millisecond, stop: func() { stopped <- true }, timers: map[int]*time.Timer{}, repos: map[string]string{}}
		w.Write([]byte("# get http://a/1\n# get http://a/1: 200 OK (0.000s)\n# get http://a/2\n"))
		<-stopped
		if got := w.ended().hanging(); got != "http://a/2" {
			t.Errorf("%q hangs", got)
		}
	})
}

func TestCopyWork(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	file := filepath.Join(from, "go.work")
	absolute := filepath.VolumeName(from) + "/abs/b"
	text := "go 1.21\n\nuse (\n\t.\n\t./sub/a\n\t" + absolute + "\n)\n\nreplace (\n\tx.y/z => ../z\n\tx.y/v v1.0.0 => x.y/w v1.2.0\n)\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := copyWork(file, to); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(to, "go.work"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{from, filepath.Join(from, "sub", "a"), absolute, "x.y/z => " + filepath.Join(filepath.Dir(from), "z"), "x.y/v v1.0.0 => x.y/w v1.2.0"} {
		if !slices.Contains(strings.FieldsFunc(strings.ReplaceAll(strings.ReplaceAll(string(data), "use ", ""), "replace ", ""), func(r rune) bool { return r == '\n' || r == '\t' }), filepath.ToSlash(line)) {
			t.Errorf("no %q in\n%s", line, data)
		}
	}
	if strings.Contains(string(data), "./") {
		t.Errorf("a relative folder is left:\n%s", data)
	}
}
