package command

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gsw/manager/dist/disttest"
)

// house is a home folder and a server, for tests that run gsw as processes.
type house struct {
	t      *testing.T
	home   string // GSW_HOME
	dir    string // where gsw runs
	server *disttest.Server
	extra  []string // environment
}

func newHouse(t *testing.T, trees ...*disttest.Tree) *house {
	t.Helper()
	return newHouseAt(t, filepath.Join(t.TempDir(), ".gsw"), disttest.NewServer(t, trees...))
}

func newHouseAt(t *testing.T, home string, server *disttest.Server) *house {
	return &house{t: t, home: home, dir: t.TempDir(), server: server}
}

// command is gsw, not started yet.
func (h *house) command(args ...string) *exec.Cmd {
	c := exec.Command("gsw", args...)
	c.Dir = h.dir
	c.Env = append([]string{
		"PATH=" + filepath.Dir(c.Path) + ":/usr/bin:/bin", "HOME=" + h.dir, "USERPROFILE=" + h.dir, "GSW_HOME=" + h.home, "GOENV=off", "GOPROXY=off",
		testIndex + "=" + h.server.DL(), testLogKey + "=" + h.server.SumDB.Key, testLogAt + "=" + h.server.URL + "/sumdb/sum.golang.org",
		testPause + "=10ms", testNow + "=2024-05-20T00:00:00Z", testRoot + "=" + filepath.Join(h.dir, "root"),
	}, h.extra...)
	return c
}

// run runs gsw to its end.
func (h *house) run(args ...string) (stdout, stderr string, code int) {
	h.t.Helper()
	return finish(h.t, h.command(args...))
}

func finish(t *testing.T, c *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// must runs gsw, which has to succeed.
func (h *house) must(args ...string) (stdout string) {
	h.t.Helper()
	stdout, stderr, code := h.run(args...)
	if code != 0 {
		h.t.Fatalf("gsw %s: exit %d\n%s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// visible names what lies in versions/, hidden folders included.
func (h *house) visible() []string {
	h.t.Helper()
	entries, err := os.ReadDir(filepath.Join(h.home, "versions"))
	if err != nil && !os.IsNotExist(err) {
		h.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// parts names the partial downloads.
func (h *house) parts() []string {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join(h.home, "cache", "partial", "*"))
	if err != nil {
		h.t.Fatal(err)
	}
	return files
}
