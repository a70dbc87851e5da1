//go:build unix

package release_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// put makes a release folder of a version whose archive holds these files, and serves it.
func put(t *testing.T, version string, files map[string][]byte) string {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	w := tar.NewWriter(z)
	for _, name := range []string{"LICENSE", "gsw", "gsw-shim"} {
		content, is := files[name]
		if !is {
			continue
		}
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	answers := http.NewServeMux()
	answers.HandleFunc("/checksums.txt", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, sumLine(packed.Bytes(), archive(version))) })
	answers.HandleFunc("/"+archive(version), func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(packed.Bytes()) })
	server := httptest.NewServer(answers)
	t.Cleanup(server.Close)
	return server.URL
}

// TestSelfUpdateRefuses: the sums are right in all of these, and what they are sums of is no gsw that could replace this one.
func TestSelfUpdateRefuses(t *testing.T) {
	home, env, gsw := installed(t)
	before := kept(t, home)
	folder(t, "1.1.0")
	base, _ := shelf()
	program := func(version, name string) []byte { return read(t, filepath.Join(base, "programs", version, name)) }
	script := func(text string) []byte { return []byte("#!/bin/sh\n" + text + "\n") }
	complete, small := program("1.1.0", "gsw"), program("1.1.0", "gsw-shim")
	for name, c := range map[string]struct {
		version string
		files   map[string][]byte
		code    int
		says    string
	}{
		"the complete one alone":             {"1.1.0", map[string][]byte{"gsw": complete}, 5, "it has no gsw-shim"},
		"the small one alone":                {"1.1.0", map[string][]byte{"gsw-shim": small}, 5, "it has no gsw"},
		"a small one of before":              {"1.1.0", map[string][]byte{"gsw": complete, "gsw-shim": program("1.0.0", "gsw-shim")}, 5, `gsw-shim of the release v1.1.0 says that it is "v1.0.0"; nothing was replaced`},
		"a complete one of before":           {"1.1.0", map[string][]byte{"gsw": program("1.0.0", "gsw"), "gsw-shim": small}, 5, `gsw of the release v1.1.0 says that it is "v1.0.0"; nothing was replaced`},
		"both exchanged":                     {"1.1.0", map[string][]byte{"gsw": small, "gsw-shim": complete}, 5, "; nothing was replaced"},
		"of another platform":                {"1.1.0", map[string][]byte{"gsw": append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 2000)...), "gsw-shim": small}, 5, "gsw does not run here: "},
		"a page":                             {"1.1.0", map[string][]byte{"gsw": []byte("<html>"), "gsw-shim": small}, 5, "gsw does not run here: "},
		"one that fails":                     {"1.1.0", map[string][]byte{"gsw": script("echo gsw v1.1.0; exit 3"), "gsw-shim": small}, 5, "gsw does not run here: it ends with exit code 3; nothing was replaced"},
		"one that is killed":                 {"1.1.0", map[string][]byte{"gsw": script("kill -SEGV $$"), "gsw-shim": small}, 5, "gsw does not run here: "},
		"a small one that fails":             {"1.1.0", map[string][]byte{"gsw": complete, "gsw-shim": script("exit 1")}, 5, "gsw-shim does not run here: it ends with exit code 1"},
		"one that says nothing":              {"1.1.0", map[string][]byte{"gsw": script(""), "gsw-shim": small}, 5, `says that it is ""`},
		"one that says too much":             {"1.1.0", map[string][]byte{"gsw": script("head -c 3000000 /dev/zero | tr '\\0' x"), "gsw-shim": small}, 5, "says that it is"},
		"an older release":                   {"0.9.0", map[string][]byte{"gsw": complete, "gsw-shim": small}, 2, "the release is v0.9.0, older than this gsw v1.0.0"},
		"a pre-release of this one":          {"1.0.0-rc.1", map[string][]byte{"gsw": complete, "gsw-shim": small}, 2, "older than this gsw"},
		"a version that is none":             {"1.0.0.1", map[string][]byte{"gsw": complete, "gsw-shim": small}, 2, "older than this gsw"},
		"one that pretends to be much newer": {"99.0.0", map[string][]byte{"gsw": complete, "gsw-shim": small}, 5, `says that it is "v1.1.0"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, env, gsw, "self", "update", "--from", put(t, c.version, c.files))
			if got.code != c.code || !strings.Contains(got.text, c.says) {
				t.Errorf("%+v", got)
			}
			if now := kept(t, home); !slices.Equal(now, before) {
				t.Errorf("there is %q", now)
			}
			if got := run(t, env, gsw, "version"); !strings.HasPrefix(got.text, "gsw v1.0.0 ") {
				t.Errorf("%+v", got)
			}
		})
	}
}

// kept is the names and sizes of all that gsw keeps.
func kept(t *testing.T, home string) []string {
	t.Helper()
	out, err := exec.Command("sh", "-c", `cd "$1" && find . ! -type d -exec ls -ln --time-style=+ {} + | sort; find . -type d | sort`, "sh", home).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return slices.DeleteFunc(strings.Split(string(out), "\n"), func(line string) bool { // made by the first of them, and kept
		return strings.Contains(line, "self.lock") || strings.HasSuffix(line, "/locks")
	})
}

// TestSelfUpdateStopped: Ctrl-C in the middle of the download leaves nothing behind.
func TestSelfUpdateStopped(t *testing.T) {
	home, env, gsw := installed(t)
	before := kept(t, home)
	begun := make(chan bool, 1)
	url := serve(t, "1.1.0", map[string]answer{archive("1.1.0"): func(w http.ResponseWriter, content []byte) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		_, _ = w.Write(content[:1<<20])
		w.(http.Flusher).Flush()
		begun <- true
		<-t.Context().Done()
	}})
	for name, sig := range map[string]syscall.Signal{"Ctrl-C": syscall.SIGINT, "terminated": syscall.SIGTERM} {
		cmd := exec.Command(gsw, "self", "update", "--from", url)
		var said bytes.Buffer
		cmd.Env, cmd.Stderr = env, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-begun:
		case <-time.After(time.Minute):
			t.Fatal("nobody asks for the archive")
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 130 || !strings.HasSuffix(said.String(), "gsw: interrupted\n") {
			t.Errorf("%s: exit %d, %s", name, code, said.String())
		}
		if now := kept(t, home); !slices.Equal(now, before) {
			t.Errorf("%s: there is %q", name, now)
		}
	}
}

// TestSelfUpdateTogether: of several at once one replaces gsw, the others see that; what was before is kept.
func TestSelfUpdateTogether(t *testing.T) {
	home, env, gsw := installed(t)
	url := serve(t, "1.1.0", nil)
	var all sync.WaitGroup
	got := make([]ran, 4)
	for i := range got {
		all.Go(func() { got[i] = run(t, env, gsw, "self", "update", "--from", url) })
	}
	all.Wait()
	went := 0
	for _, g := range got {
		if g.code != 0 {
			t.Errorf("%+v", g)
		}
		went += strings.Count(g.text, "went from v1.0.0 to v1.1.0")
	}
	if went != 1 {
		t.Errorf("%d of them replaced it: %+v", went, got)
	}
	if got := run(t, env, gsw, "self", "rollback"); !strings.Contains(got.text, "went from v1.1.0 to v1.0.0") {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(filepath.Join(home, ".gsw", "next")); err == nil {
		t.Error("it is not through")
	}
}

// TestSelfUpdateElsewhere: a gsw in a folder of its own stays what it is, so it says that instead of replacing another.
func TestSelfUpdateElsewhere(t *testing.T) {
	home, env, gsw := installed(t)
	folder(t, "1.0.0")
	base, _ := shelf()
	other := filepath.Join(t.TempDir(), "gsw")
	write(t, other, read(t, filepath.Join(base, "programs", "1.0.0", "gsw")))
	if err := os.Chmod(other, 0o755); err != nil {
		t.Fatal(err)
	}
	got := run(t, env, other, "self", "update", "--from", serve(t, "1.1.0", nil))
	if got.code != 6 || !strings.Contains(got.text, "gsw: this gsw is "+other+", and what would be replaced is ~/.gsw/bin/gsw\n") || !strings.Contains(got.text, "gsw: hint: ") {
		t.Errorf("%+v", got)
	}
	// The one that was kept can put itself back, where the new one can't.
	if got := run(t, env, gsw, "self", "update", "--from", serve(t, "1.1.0", nil)); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	for _, name := range []string{"gsw", "gsw-full", "gsw-shim"} {
		file := filepath.Join(home, ".gsw", "bin", name)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		write(t, file, []byte("damaged"))
		if err := os.Chmod(file, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got := run(t, env, filepath.Join(home, ".gsw", "previous", "gsw"), "self", "rollback"); got.code != 0 || !strings.Contains(got.text, "to v1.0.0") {
		t.Errorf("%+v", got)
	}
	if got := run(t, env, gsw, "version"); !strings.HasPrefix(got.text, "gsw v1.0.0 ") {
		t.Errorf("%+v", got)
	}
	// And one that is damaged is not put back.
	if got := run(t, env, gsw, "self", "rollback"); got.code != 5 || !strings.Contains(got.text, "gsw does not run here") {
		t.Errorf("%+v", got)
	}
	if got := run(t, env, gsw, "version"); !strings.HasPrefix(got.text, "gsw v1.0.0 ") {
		t.Errorf("%+v", got)
	}
}

// TestInstallOverUpdate: who installs after an update was killed gets what he installs, not the rest of the update.
func TestInstallOverUpdate(t *testing.T) {
	home, env, gsw := installed(t)
	folder(t, "1.1.0")
	base, _ := shelf()
	next := filepath.Join(home, ".gsw", "next")
	for name, from := range map[string]string{"gsw-full": "gsw", "gsw-shim": "gsw-shim", "gsw": "gsw-shim"} {
		file := filepath.Join(next, "bin", name)
		write(t, file, read(t, filepath.Join(base, "programs", "1.1.0", from)))
		if err := os.Chmod(file, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(next, "decided"), []byte("gsw-full\n"))
	if got := run(t, env, "sh", "../install.sh", "--mirror", serve(t, "1.0.0", nil)); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if got := run(t, env, gsw, "version"); !strings.HasPrefix(got.text, "gsw v1.0.0 ") {
		t.Errorf("%+v", got)
	}
	if got := run(t, env, gsw, "self", "update", "--from", serve(t, "1.1.0", nil)); got.code != 0 || !strings.Contains(got.text, "went from v1.0.0 to v1.1.0") {
		t.Errorf("%+v", got)
	}
}

// TestSelfUpdateReadOnly: a home that can't be written says so, and is as it was.
func TestSelfUpdateReadOnly(t *testing.T) {
	home, env, gsw := installed(t)
	cmd := exec.Command("unshare", "-m", "sh", "-c", `mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"`, "sh",
		filepath.Join(home, ".gsw"), gsw, "self", "update", "--from", serve(t, "1.1.0", nil))
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err != nil && !strings.Contains(string(out), "gsw:") {
		t.Skipf("no read-only folder is to be had: %v %s", err, out)
	}
	if cmd.ProcessState.ExitCode() != 8 || !strings.Contains(string(out), "read-only file system") || !strings.Contains(string(out), "gsw: hint: ") {
		t.Errorf("%v\n%s", err, out)
	}
	if got := run(t, env, gsw, "version"); !strings.HasPrefix(got.text, "gsw v1.0.0 ") {
		t.Errorf("%+v", got)
	}
}
