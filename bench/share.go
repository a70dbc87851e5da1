//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// nextPatch is installed beside measured, its sibling.
const nextPatch = "go1.22.4"

// stranger is who installs where hard links are measured: root's are not made.
const stranger = 65534

// shareRows are about a toolchain whose files lie on the disk already, in
// another one: gsw with its setting share against gsw without.
func shareRows() []row {
	return []row{
		{"next patch beside its sibling, hard links, zip", func(w *world) (pair, error) { return w.beside("link", "zip", w.anywhere) }},
		{"next patch beside its sibling, hard links, zip, on a disk", func(w *world) (pair, error) { return w.beside("link", "zip", w.ownDisk) }},
		{"next patch beside its sibling, hard links, tar.gz", func(w *world) (pair, error) { return w.beside("link", "tar.gz", w.anywhere) }},
		{"next patch beside its sibling, XFS, zip", func(w *world) (pair, error) { return w.beside("auto", "zip", w.volume("xfs", "-mreflink=1")) }},
		{"next patch beside its sibling, btrfs, zip", func(w *world) (pair, error) { return w.beside("auto", "zip", w.volume("btrfs")) }},
	}
}

// anywhere makes a folder for homes.
func (w *world) anywhere() (string, error) {
	dir := filepath.Join(w.dir, "shared")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o777)
}

// ownDisk makes a folder for homes where the rows about a disk have theirs.
func (w *world) ownDisk() (string, error) {
	if err := w.onDisk(); err != nil {
		return "", err
	}
	dir := filepath.Join(w.disk, "shared")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	return dir, errors.Join(os.Chmod(w.disk, 0o755), os.Chmod(dir, 0o777))
}

// volume makes a folder for homes that is a file system of this kind.
func (w *world) volume(kind string, options ...string) func() (string, error) {
	return func() (string, error) {
		dir := filepath.Join(w.dir, kind)
		if _, err := os.Stat(dir); err == nil {
			return dir, nil
		}
		if err := need("mkfs."+kind, "mount"); err != nil {
			return "", err
		}
		if os.Getuid() != 0 {
			return "", errors.New("only root can mount a file system")
		}
		image := dir + ".image"
		if err := errors.Join(os.WriteFile(image, nil, 0o600), os.Truncate(image, 12<<30)); err != nil {
			return "", err
		}
		if out, err := exec.Command("mkfs."+kind, append(options, "-q", image)...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("mkfs.%s: %w\n%s", kind, err, out)
		}
		if err := os.Mkdir(dir, 0o777); err != nil {
			return "", err
		}
		if out, err := exec.Command("mount", "-o", "loop", image, dir).CombinedOutput(); err != nil {
			return "", fmt.Errorf("mounting: %w\n%s", err, out)
		}
		w.mounts = append(w.mounts, dir)
		return dir, os.Chmod(dir, 0o777)
	}
}

// beside compares an install with and without sharing. Each run has a home of its own, with the sibling in it.
func (w *world) beside(share, format string, where func() (string, error)) (pair, error) {
	dir, err := where()
	if err != nil {
		return pair{}, err
	}
	archives, err := w.archives(measured, nextPatch)
	if err != nil {
		return pair{}, err
	}
	next := archives[nextPatch]
	if format == "tar.gz" {
		if next, err = w.repack(nextPatch, next); err != nil {
			return pair{}, err
		}
	}
	side := func(what, share string) work {
		var home string
		return work{
			what: what,
			before: func() (err error) {
				if home, err = w.sharedHome(dir, share); err != nil {
					return err
				}
				return quietly(w.asStranger(home, "install", "--quiet", "--from", archives[measured]))
			},
			run: func() (*exec.Cmd, error) {
				return w.asStranger(home, "install", "--quiet", "--from", next), nil
			},
		}
	}
	return pair{ours: side("gsw, share = "+share, share), baseline: side("gsw, share = off", "off")}, nil
}

// sharedHome is a new home that shares so.
func (w *world) sharedHome(dir, share string) (string, error) {
	w.homes++
	home := filepath.Join(dir, fmt.Sprintf("home%d", w.homes))
	if err := os.Mkdir(home, 0o777); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(home, "config.toml"), []byte("share = \""+share+"\"\n"), 0o644); err != nil {
		return "", err
	}
	if warm := filepath.Join(dir, "warm"); fileExists(warm) { // the records, so that none is fetched
		if err := os.CopyFS(filepath.Join(home, "cache", "sumdb"), os.DirFS(filepath.Join(warm, "cache", "sumdb"))); err != nil {
			return "", err
		}
	} else if err := w.warmUp(dir, warm); err != nil {
		return "", err
	} else {
		return w.sharedHome(dir, share)
	}
	return home, giveAway(home)
}

// warmUp learns the records of every archive there is.
func (w *world) warmUp(dir, warm string) error {
	if err := os.Mkdir(warm, 0o777); err != nil {
		return err
	}
	if err := giveAway(warm); err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(w.dir, "archives", "*.zip"))
	if err != nil {
		return err
	}
	for _, archive := range found {
		if err := quietly(w.asStranger(warm, "install", "--quiet", "--from", archive)); err != nil {
			return err
		}
	}
	return os.RemoveAll(filepath.Join(warm, "versions"))
}

// asStranger runs gsw as somebody who is bound by permissions.
func (w *world) asStranger(home string, args ...string) *exec.Cmd {
	cmd := exec.Command(w.gsw, args...)
	cmd.Env, cmd.Dir = w.env("GSW_HOME="+home, "HOME="+home), "/"
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: stranger}}
	}
	return cmd
}

// quietly runs a command, of which only its failure is of interest.
func quietly(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%q: %w\n%s", cmd.Args, err, out)
	}
	return nil
}

func giveAway(dir string) error {
	if os.Getuid() != 0 {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, stranger, stranger))
	})
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// archives are the module zips of these versions, where everybody can read them.
func (w *world) archives(versions ...string) (map[string]string, error) {
	dir := filepath.Join(w.dir, "archives")
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(w.dir, 0o755)); err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, version := range versions {
		name := "v0.0.1-" + version + "." + runtime.GOOS + "-" + runtime.GOARCH
		all[version] = filepath.Join(dir, name+".zip")
		if fileExists(all[version]) {
			continue
		}
		out, err := exec.Command("go", "mod", "download", "-json", "golang.org/toolchain@"+name).Output()
		if err != nil {
			return nil, fmt.Errorf("fetching %s through GOPROXY: %w", version, err)
		}
		var got struct{ Zip string }
		if err := json.Unmarshal(out, &got); err != nil {
			return nil, err
		}
		// Not by this process: its memory would count as its children's.
		if out, err := exec.Command("cp", got.Zip, all[version]).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("copying %s: %w\n%s", got.Zip, err, out)
		}
	}
	return all, nil
}

// repack makes a tar.gz of a module zip.
func (w *world) repack(version, module string) (string, error) {
	archive := filepath.Join(w.dir, "archives", version+"."+runtime.GOOS+"-"+runtime.GOARCH+".tar.gz")
	if fileExists(archive) {
		return archive, nil
	}
	return archive, packTarGz(archive, module)
}

// manyVersions is a store as it grows over the years.
const manyVersions = "go1.20.14 go1.21.0 go1.21.6 go1.21.13 go1.22.0 go1.22.3 go1.22.12 go1.23.0 go1.23.4 go1.24.1 go1.25.0"

// rooms prints how much room toolchains take, with and without sharing.
func (w *world) rooms() error {
	fmt.Println("\n| disk | separate MB | shared MB | ratio |\n|---|---|---|---|")
	for _, place := range []struct {
		name, share string
		where       func() (string, error)
	}{
		{"hard links", "link", w.anywhere},
		{"XFS", "auto", w.volume("xfs", "-mreflink=1")},
		{"btrfs", "auto", w.volume("btrfs")},
	} {
		for _, versions := range [][]string{{measured, nextPatch}, strings.Fields(manyVersions)} {
			var used [2][]int64
			dir, err := place.where()
			for i, share := range []string{"off", place.share} {
				if err == nil {
					used[i], err = w.growth(dir, share, versions)
				}
			}
			if err != nil {
				fmt.Printf("| %s | not measured: %v | | |\n", place.name, err)
				break
			}
			last := len(versions) - 1
			what, from := fmt.Sprintf("%d toolchains", len(versions)), int64(0)
			if len(versions) == 2 {
				what, from = nextPatch+" beside "+measured, 1
			}
			separate, shared := used[0][last], used[1][last]
			if from == 1 {
				separate, shared = separate-used[0][0], shared-used[1][0]
			}
			fmt.Printf("| %s, %s | %d | %d | %.2f |\n", what, place.name, separate/1e6, shared/1e6, float64(shared)/float64(separate))
		}
	}
	return nil
}

// growth installs versions into a new home, one after another, and tells how much room all of them took after each. It
// asks the file system, which alone knows what is shared.
func (w *world) growth(dir, share string, versions []string) ([]int64, error) {
	archives, err := w.archives(versions...)
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(filepath.Join(dir, "warm")); err != nil { // it does not know all of these
		return nil, err
	}
	home, err := w.sharedHome(dir, share)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(home)
	before, err := usedBytes(dir)
	if err != nil {
		return nil, err
	}
	var used []int64
	for _, version := range versions {
		if err := quietly(w.asStranger(home, "install", "--quiet", "--from", archives[version])); err != nil {
			return nil, err
		}
		now, err := usedBytes(dir)
		if err != nil {
			return nil, err
		}
		used = append(used, now-before)
	}
	return used, nil
}

// usedBytes is what a file system holds, once it has settled.
func usedBytes(dir string) (int64, error) {
	if out, err := exec.Command("sync", "-f", dir).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("sync: %w\n%s", err, out)
	}
	out, err := exec.Command("df", "-Pk", dir).Output() // as POSIX has it: a title, then name, size, used
	if err != nil {
		return 0, fmt.Errorf("df: %w", err)
	}
	fields := strings.Fields(string(out[bytes.IndexByte(out, '\n')+1:]))
	if len(fields) < 3 {
		return 0, fmt.Errorf("df says %q", out)
	}
	kilobytes, err := strconv.ParseInt(fields[2], 10, 64)
	return kilobytes << 10, err
}
