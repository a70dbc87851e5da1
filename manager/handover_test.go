package manager

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gsw/manager/download"
	"gsw/manager/local"
	"gsw/manager/store"
	"gsw/platform"
)

// Stand-ins for gsw's programs are copies of the test program with an edition behind their end, so that these tests need
// no compiler and run wherever they were built for.
const trailer = "\nedition of a stand-in: "

// TestMain is such a program, by the name it is started with. `wait` runs until its input ends.
func TestMain(m *testing.M) {
	switch strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") {
	default:
		os.Exit(m.Run())
	case local.Front, local.Shim, local.Complete, local.Goswitch:
	}
	if len(os.Args) > 1 && os.Args[1] == "wait" {
		fmt.Println("waiting")
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	self, err := os.Executable()
	if err == nil {
		var edition string
		edition, err = editionIn(self)
		fmt.Println(edition)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func editionIn(file string) (string, error) {
	content, err := os.ReadFile(file)
	_, edition, _ := strings.Cut(string(content[max(0, len(content)-100):]), trailer)
	return edition, err
}

func standIn(t *testing.T, edition string) []byte {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	return append(content, trailer+edition...)
}

type silent struct{}

func (silent) Phase(string)                    {}
func (silent) Note(string)                     {}
func (silent) Warn(string)                     {}
func (silent) Transfer(string, int64) Transfer { return nil }

// place is a home with both programs of an edition, of which the complete one is the manager's.
func place(t *testing.T, edition string) Manager {
	t.Helper()
	host, err := platform.Read()
	if err != nil {
		t.Fatal(err)
	}
	host.UserHome = t.TempDir()
	host.Home = filepath.Join(host.UserHome, ".gsw")
	m := Manager{Verbs: local.Verbs{Host: host, Store: store.Open(host)}, Client: download.New(download.Options{}), Report: silent{}, NoFlush: true, Edition: edition}
	m.Host.Self = m.bin(local.Complete)
	if err := os.MkdirAll(filepath.Dir(m.Host.Self), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{local.Complete, local.Shim, local.Front} {
		if err := os.WriteFile(m.bin(name), standIn(t, edition), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := platform.PointFile(m.bin(local.Goswitch), m.Host.Target.Exe(local.Front)); err != nil {
		t.Fatal(err)
	}
	return m
}

// published serves a release of stand-ins for this system.
func published(t *testing.T, target platform.Target, edition string) string {
	t.Helper()
	name := "gsw_" + edition[1:] + "_" + target.OS + "_" + target.Arch
	var packed bytes.Buffer
	programs := []string{target.Exe(local.Front), target.Exe(local.Shim)}
	if target.OS == "windows" {
		name += ".zip"
		z := zip.NewWriter(&packed)
		for _, program := range programs {
			w, err := z.Create(program)
			if err == nil {
				_, err = w.Write(standIn(t, edition))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	} else {
		name += ".tar.gz"
		z := gzip.NewWriter(&packed)
		w := tar.NewWriter(z)
		for _, program := range programs {
			content := standIn(t, edition)
			err := w.WriteHeader(&tar.Header{Name: program, Mode: 0o755, Size: int64(len(content))})
			if err == nil {
				_, err = w.Write(content)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	answers := http.NewServeMux()
	answers.HandleFunc("/checksums.txt", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%x  %s\n", sha256.Sum256(packed.Bytes()), name)
	})
	answers.HandleFunc("/"+name, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(packed.Bytes()) })
	server := httptest.NewServer(answers)
	t.Cleanup(server.Close)
	return server.URL
}

// holdsEdition looks at each program of a home.
func (m Manager) holdsEdition(t *testing.T, edition string) {
	t.Helper()
	for _, name := range []string{local.Front, local.Goswitch, local.Complete, local.Shim} {
		if have, err := editionIn(m.bin(name)); have != edition {
			t.Errorf("%s is of %q, %v, want %s", name, have, err, edition)
		}
	}
}

// started runs a program of the home until the function that it gives is called.
func started(t *testing.T, file string) (end func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), file, "wait")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	return func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("what ran was disturbed: %v", err)
		}
	}
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".exe"))
	}
	return names
}

// TestReplaceRunningSelf: gsw replaces itself, and puts itself back, while its programs run, as the one that does it does.
func TestReplaceRunningSelf(t *testing.T) {
	m := place(t, "v1.0.0")
	url := published(t, m.Host.Target, "v1.1.0")
	var ends []func()
	for _, name := range []string{local.Front, local.Complete, local.Shim} {
		ends = append(ends, started(t, m.bin(name)))
	}
	done, err := m.SelfUpdate(t.Context(), SelfOrder{From: url})
	if err != nil || !done.Changed || done.Old != "v1.0.0" || done.New != "v1.1.0" {
		t.Fatalf("%+v, %v", done, err)
	}
	m.holdsEdition(t, "v1.1.0")
	for _, end := range ends {
		end()
	}
	m.Edition = "v1.1.0"
	if done, err := m.SelfUpdate(t.Context(), SelfOrder{From: url}); err != nil || done.Changed {
		t.Errorf("again: %+v, %v", done, err)
	}
	end := started(t, m.bin(local.Front))
	if done, err := m.SelfRollback(t.Context()); err != nil || done.Old != "v1.1.0" || done.New != "v1.0.0" {
		t.Errorf("%+v, %v", done, err)
	}
	m.holdsEdition(t, "v1.0.0")
	end()
	m.Edition = "v1.0.0"
	if done, err := m.SelfRollback(t.Context()); err != nil || done.New != "v1.1.0" {
		t.Errorf("%+v, %v", done, err)
	}
	m.holdsEdition(t, "v1.1.0")
	if got := filesIn(t, filepath.Dir(m.bin(local.Front))); strings.Join(got, " ") != "goswitch gsw gsw-full gsw-shim" && strings.Join(got, " ") != "goswitch gsw-full gsw-shim gsw" {
		t.Errorf("in bin: %q", got)
	}
	if got := filesIn(t, m.Host.Home); strings.Join(got, " ") != "bin locks previous" {
		t.Errorf("in the home: %q", got)
	}
}

// TestReplaceAlone: a gsw that `go install` built has no small program; an update brings one, and a rollback takes it away.
func TestReplaceAlone(t *testing.T) {
	m := place(t, "v1.0.0")
	for _, name := range []string{local.Complete, local.Shim} {
		if err := os.Remove(m.bin(name)); err != nil {
			t.Fatal(err)
		}
	}
	m.Host.Self = m.bin(local.Front)
	if _, err := m.SelfUpdate(t.Context(), SelfOrder{From: published(t, m.Host.Target, "v1.1.0")}); err != nil {
		t.Fatal(err)
	}
	m.holdsEdition(t, "v1.1.0")
	m.Edition, m.Host.Self = "v1.1.0", m.bin(local.Complete)
	if done, err := m.SelfRollback(t.Context()); err != nil || done.New != "v1.0.0" {
		t.Fatalf("%+v, %v", done, err)
	}
	for _, name := range []string{local.Front, local.Goswitch} {
		if have, err := editionIn(m.bin(name)); have != "v1.0.0" {
			t.Errorf("%s is of %q, %v", name, have, err)
		}
	}
	for _, name := range []string{local.Complete, local.Shim} {
		if _, err := os.Lstat(m.bin(name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
	m.Edition, m.Host.Self = "v1.0.0", m.bin(local.Front)
	if _, err := m.SelfRollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.holdsEdition(t, "v1.1.0")
}

// TestHandoverGoesOn: from whichever step a process is killed at, the next one gets to the end; before the decision it
// goes back to the beginning.
func TestHandoverGoesOn(t *testing.T) {
	undecided := func(t *testing.T) (Manager, handover) {
		m := place(t, "v1.0.0")
		dir := t.TempDir()
		for _, name := range []string{local.Front, local.Shim} {
			if err := os.WriteFile(filepath.Join(dir, m.Host.Target.Exe(name)), standIn(t, "v1.1.0"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		h, err := m.handover(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := h.stage(filepath.Join(dir, m.Host.Target.Exe(local.Front)), filepath.Join(dir, m.Host.Target.Exe(local.Shim))); err != nil {
			t.Fatal(err)
		}
		if err := h.keepPrevious(); err != nil {
			t.Fatal(err)
		}
		return m, h
	}
	for killed := range 5 {
		t.Run(fmt.Sprint("after ", killed), func(t *testing.T) {
			m, h := undecided(t)
			want := "v1.0.0"
			if killed > 0 {
				want = "v1.1.0"
				if err := h.decide(); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range []string{local.Complete, local.Shim, local.Front}[:max(0, killed-1)] {
				if err := platform.ReplaceProgram(h.staged(name), m.bin(name)); err != nil {
					t.Fatal(err)
				}
			}
			if err := h.unlock(); err != nil { // as a killed process loses it
				t.Fatal(err)
			}
			next := local.Successor(m.Host)
			if have, _ := editionIn(next); (next != "") != (killed > 0) || next != "" && have != "v1.1.0" {
				t.Errorf("the successor is %q of %q", next, have)
			}
			stranger := m.Host
			stranger.Self = filepath.Join(t.TempDir(), "gsw")
			if next := local.Successor(stranger); next != "" {
				t.Errorf("a gsw from elsewhere would become %s", next)
			}
			for range 2 {
				if err := m.FinishHandover(t.Context()); err != nil {
					t.Fatal(err)
				}
				m.holdsEdition(t, want)
			}
			if next := local.Successor(m.Host); next != "" {
				t.Errorf("there is still a successor: %s", next)
			}
			if _, err := os.Stat(h.dir); err == nil {
				t.Errorf("%s is left", h.dir)
			}
			if have, err := editionIn(filepath.Join(m.previous(), m.Host.Target.Exe(local.Front))); killed > 0 && have != "v1.0.0" {
				t.Errorf("kept: %q, %v", have, err)
			}
		})
	}
}

// TestDamagedHandover: what is decided on and cannot be done is not tried for ever.
func TestDamagedHandover(t *testing.T) {
	for name, text := range map[string]string{"a name of nothing": "sh\n", "a path": "../../x\n", "nothing": "", "what is not there": local.Complete + "\n"} {
		t.Run(name, func(t *testing.T) {
			m := place(t, "v1.0.0")
			if text == local.Complete+"\n" {
				if err := os.Remove(m.bin(local.Complete)); err != nil {
					t.Fatal(err)
				}
			}
			dir := filepath.Join(m.Host.Home, local.Next)
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, local.Decided), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			if next := local.Successor(m.Host); next != "" {
				t.Errorf("the successor is %s", next)
			}
			if err := m.FinishHandover(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("it is still there")
			}
			if have, err := editionIn(m.bin(local.Front)); have != "v1.0.0" {
				t.Errorf("%q, %v", have, err)
			}
		})
	}
}

// TestUninstallRunning: programs that run do not keep the home from going; Windows lets them go only when they have ended.
func TestUninstallRunning(t *testing.T) {
	m := place(t, "v1.0.0")
	t.Setenv("TMP", t.TempDir()) // where Windows has room for what it does not let go
	end := started(t, m.bin(local.Front))
	running, err := m.clearHome(false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(m.Host.Home); err == nil {
		t.Errorf("left: %q", filesIn(t, m.Host.Home))
	}
	want := 0
	if m.Host.Target.OS == "windows" {
		want = 1
	}
	if len(running) < want || want == 0 && len(running) > 0 {
		t.Errorf("said to be running: %q", running)
	}
	end()
	for _, file := range running {
		if err := os.Remove(file); err != nil {
			t.Error(err)
		}
	}
}
