//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// installRows are about getting a toolchain. Every run has a new folder: ext4
// gets slower where much was deleted, and the folders go at the end.
func installRows() []row {
	return []row{
		{"install from a loopback tarball", func(w *world) (pair, error) {
			if err := need("curl", "tar"); err != nil {
				return pair{}, err
			}
			return pair{
				ours:     w.installing("/dl", measured),
				baseline: w.into("curl \\| tar xz", "curl -s "+w.server+"/dl/"+archiveName()+" | tar xz -C %s"),
			}, nil
		}},
		{"unpack a local tar.gz, proved", func(w *world) (pair, error) {
			if err := need("tar"); err != nil {
				return pair{}, err
			}
			return pair{
				ours:     w.installing("/dl", "--from", w.archive, measured),
				baseline: w.into("tar xzf", "tar xzf "+w.archive+" -C %s"),
			}, nil
		}},
		{"install at 50 MB/s", func(w *world) (pair, error) {
			if err := need("curl"); err != nil {
				return pair{}, err
			}
			return pair{
				ours:     w.installing("/slow", measured),
				baseline: w.into("curl alone", "curl -s -o %s/archive "+w.server+"/slow/"+archiveName()),
			}, nil
		}},
		{"install from a module zip", func(w *world) (pair, error) {
			if err := need("unzip"); err != nil {
				return pair{}, err
			}
			return pair{
				ours:     w.installing("/dl", "--via", "module", measured),
				baseline: w.into("unzip -q", "unzip -q "+w.module+" -d %s"),
			}, nil
		}},
		{"flushed install", func(w *world) (pair, error) {
			if err := w.onDisk(); err != nil {
				return pair{}, err
			}
			return pair{ours: w.flushing("on"), baseline: w.flushing("off")}, nil
		}},
		{"install from a module zip, GOMAXPROCS=16", func(w *world) (pair, error) {
			if err := need("unzip"); err != nil {
				return pair{}, err
			}
			ours := w.installing("/dl", "--via", "module", measured)
			run := ours.run
			ours.run = func() (*exec.Cmd, error) {
				cmd, err := run()
				cmd.Env = append(cmd.Env, "GOMAXPROCS=16")
				return cmd, err
			}
			return pair{ours: ours, baseline: w.into("unzip -q", "unzip -q "+w.module+" -d %s")}, nil
		}},
	}
}

// installing is gsw's side of an install, into a new home each time. The module
// comes from a file:// proxy, so that no network is measured.
func (w *world) installing(place string, args ...string) work {
	var home string
	return work{
		what: "gsw install",
		before: func() (err error) {
			home, err = w.home(w.dir)
			return err
		},
		run: func() (*exec.Cmd, error) { return w.install(home, place, args...), nil },
	}
}

func (w *world) install(home, place string, args ...string) *exec.Cmd {
	cmd := exec.Command(w.gsw, append([]string{"install", "--quiet"}, args...)...)
	cmd.Dir = w.dir
	// The module cache is a module proxy, too; the checksum database's answers are cached.
	cmd.Env = w.env("GSW_HOME="+home, "GSW_MIRROR="+w.server+place, "GOPROXY=file://"+filepath.Dir(filepath.Dir(filepath.Dir(filepath.Dir(w.module)))))
	return cmd
}

// flushing is an install onto the disk, with the setting flush. What earlier
// runs left to be written is written before the clock starts: flushing a file
// system writes everybody's.
func (w *world) flushing(flush string) work {
	var home string
	return work{
		what: "GSW_FLUSH=" + flush,
		before: func() (err error) {
			home, err = w.home(w.disk)
			syscall.Sync()
			return err
		},
		run: func() (*exec.Cmd, error) {
			cmd := w.install(home, "/dl", measured)
			cmd.Env = append(cmd.Env, "GSW_FLUSH="+flush)
			return cmd, nil
		},
	}
}

// onDisk makes the folder for rows about the disk.
func (w *world) onDisk() (err error) {
	if w.disk != "" {
		return nil
	}
	if kind, err := exec.Command("stat", "-f", "-c", "%T", w.diskAt).Output(); err == nil && strings.TrimSpace(string(kind)) == "tmpfs" {
		return fmt.Errorf("%s is no disk: -disk names a folder on one", w.diskAt)
	}
	w.disk, err = os.MkdirTemp(w.diskAt, "gsw-bench-")
	return err
}

// into is a baseline that fills a new folder.
func (w *world) into(what, line string) work {
	var dir string
	return work{
		what: what,
		before: func() error {
			w.homes++
			dir = filepath.Join(w.dir, fmt.Sprintf("plain%d", w.homes))
			return os.Mkdir(dir, 0o755)
		},
		run: func() (*exec.Cmd, error) { return shell(w, fmt.Sprintf(line, dir))() },
	}
}
