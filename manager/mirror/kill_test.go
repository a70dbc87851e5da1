package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gsw/manager/dist/disttest"
	"gsw/manager/gover"
	"gsw/manager/trust"
	"gsw/platform"
)

// failed is the exit code of a child that was not killed and did not succeed.
const failed = 3

// TestMain lets the test binary be a process that publishes, and gets killed between two of its steps.
func TestMain(m *testing.M) {
	if dir := os.Getenv("GSW_TEST_MIRROR"); dir != "" {
		if err := child(dir, os.Getenv("GSW_TEST_MIRROR_STEP")); err != nil {
			fmt.Println(err)
			os.Exit(failed)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// job is a change as a file, for a child.
type job struct {
	Next      json.RawMessage
	Payload   map[string]Staged
	Documents map[string][]byte
}

func (j job) change() (Change, error) {
	next, err := parseState(j.Next)
	c := Change{Next: next, Payload: map[string]Staged{}, Documents: j.Documents, Flush: true}
	return c, err
}

func child(dir, step string) error {
	text, err := os.ReadFile(dir + ".job")
	if err != nil {
		return err
	}
	var j job
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	t := Open(dir)
	if n, err := strconv.Atoi(step); err == nil {
		t.step = func(point string) {
			if n--; n == 0 {
				fmt.Println(point)
				die()
			}
		}
	}
	return t.run(j)
}

// run publishes what a job says, of the payload only what was not published before: as the verb does, which looks.
func (t *Tree) run(j job) error {
	c, err := j.change()
	if err != nil {
		return err
	}
	for name, staged := range j.Payload {
		if _, err := os.Stat(t.Staged(name)); err == nil {
			c.Payload[name] = staged
		}
	}
	unlock, err := t.Lock()
	if err != nil {
		return err
	}
	old, err := t.State()
	if err != nil {
		return err
	}
	_, err = t.Publish(context.Background(), old, c)
	return errors.Join(err, unlock())
}

// die ends the process as SIGKILL does: nothing deferred runs.
func die() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		p.Kill()
	}
	select {}
}

// getter is the plainest client of a test's server.
type getter struct{}

func (getter) Get(ctx context.Context, url string, limit int64) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, &fs.PathError{Op: "get", Path: url, Err: fs.ErrNotExist}
	}
	return io.ReadAll(io.LimitReader(answer.Body, limit))
}

// workshop makes changes out of test distributions.
type workshop struct {
	t     *testing.T
	log   *trust.Log
	key   string
	heads []int64
}

func newWorkshop(t *testing.T, trees ...*disttest.Tree) *workshop {
	s := disttest.NewServer(t, trees...)
	return &workshop{t: t, key: s.SumDB.Key, log: &trust.Log{
		Get: getter{}, Key: s.SumDB.Key, CacheDir: t.TempDir(), Ways: []trust.Way{{URL: s.URL + "/sumdb/sum.golang.org"}},
	}}
}

// job stages the trees in t and says what publishes them.
func (w *workshop) job(t *Tree, trees ...*disttest.Tree) job {
	w.t.Helper()
	j := job{Payload: map[string]Staged{}, Documents: map[string][]byte{}}
	next := State{Selection: Selection{Versions: []string{"1.x"}}}
	var records []trust.Proven
	var ids []int64
	for _, tree := range trees {
		archive, module := tree.Archive(w.t), tree.ModuleZip(w.t)
		name := ArchivePath(tree.ArchiveName())
		w.stage(t, j, name, archive)
		j.Documents[name+".sha256"] = []byte(sum(archive))
		w.stage(t, j, ModulePath(tree.Module(), "zip"), module)
		j.Documents[ModulePath(tree.Module(), "mod")] = []byte("module golang.org/toolchain\n")
		j.Documents[ModulePath(tree.Module(), "info")] = []byte(`{"Version":"` + tree.Module() + `"}`)
		next.Toolchains = append(next.Toolchains, Toolchain{
			Version: tree.Version, Target: tree.Target, Archive: &Archive{Name: tree.ArchiveName(), SHA256: sum(archive), Size: int64(len(archive))},
			Module: &Module{Version: tree.Module(), H1: tree.H1(w.t), Size: int64(len(module))},
		})
		r, err := w.log.Prove(w.t.Context(), "golang.org/toolchain", tree.Module())
		w.must(err)
		records, ids = append(records, r), append(ids, r.ID)
	}
	head, err := w.log.Snapshot(w.t.Context(), ids, w.heads, func(path string, data []byte) error {
		j.Documents[DatabasePath(path)] = data
		return nil
	})
	w.must(err)
	for _, r := range records {
		answer, err := r.Answer(head)
		w.must(err)
		j.Documents[DatabasePath("lookup/golang.org/toolchain@"+r.Version)] = answer
	}
	j.Documents[DatabasePath("supported")] = []byte{}
	size, err := HeadSize(head)
	w.must(err)
	w.heads = append(w.heads, size)
	next.Heads = slices.Clone(w.heads)
	j.Next, err = next.text()
	w.must(err)
	return j
}

func (w *workshop) stage(t *Tree, j job, name string, data []byte) {
	w.t.Helper()
	w.must(os.MkdirAll(filepath.Dir(t.Staged(name)), 0o755))
	w.must(os.WriteFile(t.Staged(name), data, 0o644))
	j.Payload[name] = Staged{Size: int64(len(data)), SHA256: sum(data)}
}

func (w *workshop) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func fake(t *testing.T, version string) *disttest.Tree {
	return disttest.Fake(t, version, platform.Target{OS: "darwin", Arch: "arm64"})
}

func names(trees ...*disttest.Tree) (all []string) {
	for _, tree := range trees {
		all = append(all, tree.ArchiveName(), tree.Module())
	}
	slices.Sort(all)
	return all
}

// A process killed between any two steps leaves a tree in which everything that is named is there and proves itself, whatever
// head a client has seen; the next one completes it. Only what was in neither state, or both, is certain on the way.
func TestKilledAtEveryStep(t *testing.T) {
	gone, stays, comes := fake(t, "1.21.6"), fake(t, "1.22.3"), fake(t, "1.22.4")
	w := newWorkshop(t, gone, stays, comes)
	base := Open(filepath.Join(t.TempDir(), "base"))
	if err := base.run(w.job(base, gone, stays)); err != nil {
		t.Fatal(err)
	}
	first := disttest.Mirror{Dir: base.Dir(), Key: w.key}
	if holds, err := first.Check(); err != nil || !slices.Equal(holds, names(gone, stays)) {
		t.Fatal(holds, err)
	}
	next := w.job(base, stays, comes)
	seen := map[string]bool{}
	for step := 1; ; step++ {
		dir := filepath.Join(t.TempDir(), "ein Spiegel ü")
		w.must(os.CopyFS(dir, os.DirFS(base.Dir())))
		text, err := json.Marshal(next)
		w.must(err)
		w.must(os.WriteFile(dir+".job", text, 0o644))
		self, err := os.Executable()
		w.must(err)
		c := exec.Command(self)
		c.Env = append(os.Environ(), "GSW_TEST_MIRROR="+dir, "GSW_TEST_MIRROR_STEP="+strconv.Itoa(step))
		out, err := c.CombinedOutput()
		if c.ProcessState.ExitCode() == failed {
			t.Fatalf("step %d: %s", step, out)
		}
		point := strings.TrimSpace(string(out))
		m := disttest.Mirror{Dir: dir, Key: w.key, Heads: []string{first.Head()}}
		holds, wrong := m.Check()
		if wrong != nil {
			t.Errorf("killed at step %d, %q: %v", step, point, wrong)
		}
		for _, name := range names(stays) {
			if !slices.Contains(holds, name) {
				t.Errorf("killed at step %d, %q: without %s", step, point, name)
			}
		}
		seen[strings.Join(holds, " ")] = true
		w.must(Open(dir).run(next))
		if holds, err := m.Check(); err != nil || !slices.Equal(holds, names(stays, comes)) {
			t.Errorf("after step %d, %q, and another run: %q, %v", step, point, holds, err)
		}
		for _, name := range []string{ArchivePath(gone.ArchiveName()), ModulePath(gone.Module(), "zip"), LookupPath(gone.Version, gone.Target)} {
			if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
				t.Errorf("after step %d, %q, and another run %s is left", step, point, name)
			}
		}
		if err == nil {
			if step < 20 {
				t.Errorf("%d steps: the hook is not reached", step)
			}
			break
		}
	}
	if !seen[strings.Join(names(gone, stays), " ")] || !seen[strings.Join(names(stays, comes), " ")] {
		t.Errorf("not both states were seen: %v", seen)
	}
}

// What refers to something appears after it.
func TestRank(t *testing.T) {
	v, target := gover.MustParse("1.22.3"), platform.Target{OS: "linux", Arch: "amd64"}
	order := []string{
		DatabasePath("tile/8/0/x001/012.p/3"), DatabasePath("latest"), LookupPath(v, target), DatabasePath("supported"),
		ModulePath("v0.0.1-go1.22.3.linux-amd64", "zip"), ModulePath("v0.0.1-go1.22.3.linux-amd64", "info"), list, indexJSON,
	}
	for i, name := range order {
		if rank(name) != i {
			t.Errorf("%s: rank %d, want %d", name, rank(name), i)
		}
	}
	for _, name := range []string{"dl/go1.22.3.linux-amd64.tar.gz", "dl/go1.22.3.linux-amd64.tar.gz.sha256", ModulePath("v", "mod")} {
		if rank(name) != rankPayload {
			t.Errorf("%s: rank %d", name, rank(name))
		}
	}
}
