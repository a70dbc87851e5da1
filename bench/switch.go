//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// switchRows are about what is installed already.
func switchRows() []row {
	return []row{
		{"use", func(w *world) (pair, error) {
			home, err := w.nine()
			if err != nil {
				return pair{}, err
			}
			link := filepath.Join(w.dir, "link")
			return pair{
				ours: work{what: "gsw use", run: w.gswRun(home, "use", "--quiet", "go1.22.3")},
				baseline: work{what: "ln -sfn + mv -T",
					run: shell(w, "ln -sfn versions/go1.22.3 "+link+".new && mv -T "+link+".new "+link)},
			}, nil
		}},
		{"go version through bin/go", func(w *world) (pair, error) { return w.throughLink("bin", 20) }},
		{"go version through a shim", func(w *world) (pair, error) { return w.throughLink("shims", 20) }},
		{"list, 9 installed", func(w *world) (pair, error) {
			home, err := w.nine()
			if err != nil {
				return pair{}, err
			}
			return pair{
				ours:     work{what: "gsw list", run: w.gswRun(home, "list")},
				baseline: work{what: "ls", run: program(w, "ls", filepath.Join(home, "versions"))},
			}, nil
		}},
		{"verify, warm", func(w *world) (pair, error) {
			home, err := w.nine()
			if err != nil {
				return pair{}, err
			}
			goroot := filepath.Join(home, "versions", measured, "go")
			return pair{
				ours:     work{what: "gsw verify", run: w.gswRun(home, "verify", measured)},
				baseline: work{what: "sha256sum", run: shell(w, "find "+goroot+" -type f -print0 | xargs -0 sha256sum >/dev/null")},
			}, nil
		}},
	}
}

// gswRun is a run of the gsw that users have on PATH: the one in GSW_HOME/bin.
func (w *world) gswRun(home string, args ...string) func() (*exec.Cmd, error) {
	return func() (*exec.Cmd, error) {
		cmd := exec.Command(filepath.Join(home, "bin", "gsw"), args...)
		cmd.Env, cmd.Dir = w.env("GSW_HOME="+home), w.dir
		return cmd, nil
	}
}

// nine is a home with the measured toolchain and eight more that are there by
// their receipts alone, enough for what lists and switches.
func (w *world) nine() (string, error) {
	return w.holding("nine", strings.Fields("go1.20.14 go1.21.0 go1.21.6 go1.21.13 go1.22.0 go1.23.4 go1.24.1 go1.26.8"))
}

// holding is a home with the measured toolchain and those others. All is an hour old: a list of what was installed a
// moment ago, whose times may still stand, is a rarer thing than a list.
func (w *world) holding(name string, others []string) (string, error) {
	home := filepath.Join(w.dir, name)
	if _, err := os.Stat(home); err == nil {
		return home, nil
	}
	if err := w.gswIn(home, "install", "--quiet", "--use", measured); err != nil {
		return "", err
	}
	versions := filepath.Join(home, "versions")
	receipt, err := os.ReadFile(filepath.Join(versions, measured, "receipt.json"))
	if err != nil {
		return "", err
	}
	old := time.Now().Add(-time.Hour)
	for _, v := range others {
		dir := filepath.Join(versions, v)
		for _, folder := range []string{filepath.Join(dir, "go", "bin"), filepath.Join(dir, "bin")} {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return "", err
			}
		}
		text := strings.ReplaceAll(string(receipt), measured, v)
		file := filepath.Join(dir, "receipt.json")
		if err := errors.Join(os.WriteFile(file, []byte(text), 0o644), os.Chtimes(file, old, old), os.Chtimes(filepath.Join(dir, "bin"), old, old)); err != nil {
			return "", err
		}
	}
	time.Sleep(3 * time.Second) // no program can set when a folder's list of names was changed: it has to grow old
	ours := filepath.Join(versions, measured)
	return home, errors.Join(os.Chtimes(filepath.Join(ours, "receipt.json"), old, old), os.Chtimes(filepath.Join(ours, "bin"), old, old))
}

// throughLink compares `go version` by a link of gsw's with the binary itself,
// several times a run, because one takes two milliseconds.
func (w *world) throughLink(folder string, times int) (pair, error) {
	home, err := w.nine()
	if err != nil {
		return pair{}, err
	}
	line := func(file string) string {
		return fmt.Sprintf("cd /; i=0; while [ $i -lt %d ]; do %s version >/dev/null; i=$((i+1)); done", times, file)
	}
	side := func(what, file string) work {
		run := func() (*exec.Cmd, error) {
			cmd := exec.Command("sh", "-c", line(file))
			cmd.Env, cmd.Dir = w.env("GSW_HOME="+home), w.dir
			return cmd, nil
		}
		return work{what: what, times: times, run: run}
	}
	return pair{
		ours:     side(folder+"/go version", filepath.Join(home, folder, "go")),
		baseline: side("the binary", filepath.Join(home, "versions", measured, "go", "bin", "go")),
	}, nil
}
