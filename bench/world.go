//go:build unix

package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"gsw/scripts/release"
)

// measured is the toolchain that the rows install.
const measured = "go1.22.3"

// world is a folder with a built gsw, a real toolchain as archive and as module
// zip, and a loopback server that has them.
type world struct {
	dir     string // working directory of every command; on tmpfs where there is one
	gsw     string
	shim    string
	archive string // measured as tar.gz, in the layout of the official ones
	module  string // measured as module zip
	server  string // base URL; /dl/ is an index, /slow/ sends 50 MB/s, /10000/ has so many releases
	proxy   string // GOPROXY of this machine, for the checksum database
	serving net.Listener
	homes   int
	diskAt  string   // where rows about the disk make their folder
	disk    string   // that folder, once it is made
	mounts  []string // to be unmounted
}

func newWorld(diskAt string) (*world, error) {
	w := &world{diskAt: diskAt}
	var err error
	if w.dir, err = os.MkdirTemp(fastFolder(), "gsw-bench-"); err != nil {
		return nil, err
	}
	for _, step := range []func() error{w.build, w.fetch, w.pack, w.serve} {
		if err := step(); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

// fastFolder is on tmpfs where that is usual: the rows measure programs, not disks.
func fastFolder() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

func (w *world) close() {
	if w.serving != nil {
		w.serving.Close()
	}
	for _, dir := range w.mounts {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "bench: umount %s: %v\n%s", dir, err, out)
		}
	}
	os.RemoveAll(w.dir)
	if w.disk != "" {
		os.RemoveAll(w.disk)
	}
}

// build makes gsw's programs as a release has them.
func (w *world) build() error {
	dir := filepath.Join(w.dir, "bin")
	w.gsw, w.shim = filepath.Join(dir, "gsw"), filepath.Join(dir, "gsw-shim")
	programs, err := release.Programs(".")
	if err != nil {
		return err
	}
	for _, p := range programs {
		if _, err := p.Build(".", filepath.Join(dir, p.Binary), "0.0.0-bench"); err != nil {
			return err
		}
	}
	return nil
}

// fetch gets the toolchain's module with the ordinary client.
func (w *world) fetch() error {
	proxy, err := exec.Command("go", "env", "GOPROXY").Output()
	if err != nil {
		return err
	}
	w.proxy = strings.TrimSpace(string(proxy))
	out, err := exec.Command("go", "mod", "download", "-json",
		"golang.org/toolchain@v0.0.1-"+measured+"."+runtime.GOOS+"-"+runtime.GOARCH).Output()
	if err != nil {
		return fmt.Errorf("fetching %s through GOPROXY: %w", measured, err)
	}
	var got struct{ Zip string }
	if err := json.Unmarshal(out, &got); err != nil {
		return err
	}
	w.module = got.Zip
	return nil
}

func (w *world) pack() error {
	w.archive = filepath.Join(w.dir, archiveName())
	return packTarGz(w.archive, w.module)
}

// packTarGz makes a tar.gz from a module: same files, gzip's usual level.
func packTarGz(archive, module string) (err error) {
	zipped, err := zip.OpenReader(module)
	if err != nil {
		return err
	}
	defer zipped.Close()
	file, err := os.Create(archive)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	compressed := gzip.NewWriter(file)
	packed := tar.NewWriter(compressed)
	for _, entry := range zipped.File {
		if err := packEntry(packed, entry); err != nil {
			return err
		}
	}
	return errors.Join(packed.Close(), compressed.Close())
}

func packEntry(packed *tar.Writer, entry *zip.File) error {
	_, name, _ := strings.Cut(entry.Name, "@")
	_, name, _ = strings.Cut(name, "/")
	if dir, base := path.Split(name); base == "_go.mod" {
		name = dir + "go.mod"
	}
	header := &tar.Header{
		Name: "go/" + name, Mode: int64(entry.Mode().Perm()), Size: int64(entry.UncompressedSize64),
		ModTime: entry.Modified, Format: tar.FormatUSTAR,
	}
	if len(header.Name) > 100 {
		header.Format = tar.FormatPAX
	}
	if err := packed.WriteHeader(header); err != nil {
		return err
	}
	content, err := entry.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = io.Copy(packed, content)
	return err
}

func archiveName() string {
	return measured + "." + runtime.GOOS + "-" + runtime.GOARCH + ".tar.gz"
}

// serve speaks go.dev/dl's protocol on the loopback interface.
func (w *world) serve() error {
	sum, size, err := digest(w.archive)
	if err != nil {
		return err
	}
	index, err := json.Marshal([]map[string]any{{
		"version": measured, "stable": true,
		"files": []map[string]any{{
			"filename": archiveName(), "os": runtime.GOOS, "arch": runtime.GOARCH, "version": measured,
			"sha256": sum, "size": size, "kind": "archive",
		}},
	}})
	if err != nil {
		return err
	}
	if w.serving, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	w.server = "http://" + w.serving.Addr().String()
	serve := func(rw http.ResponseWriter, r *http.Request) {
		if path.Base(r.URL.Path) == archiveName() {
			if strings.HasPrefix(r.URL.Path, "/slow/") {
				rw = &slowly{ResponseWriter: rw, rate: 50e6, start: time.Now()}
			}
			http.ServeFile(rw, r, w.archive)
			return
		}
		answer := index
		if n, err := strconv.Atoi(strings.Trim(path.Dir(r.URL.Path+"x"), "/")); err == nil {
			answer = indexOf(n)
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.Write(answer)
	}
	go http.Serve(w.serving, http.HandlerFunc(serve)) //nolint:errcheck // it ends with the listener
	return nil
}

// slowly is a line of rate bytes a second.
type slowly struct {
	http.ResponseWriter
	rate  float64
	sent  int
	start time.Time
}

func (s *slowly) Write(p []byte) (int, error) {
	const piece = 64 << 10
	written := 0
	for len(p) > 0 {
		n, err := s.ResponseWriter.Write(p[:min(piece, len(p))])
		written, s.sent, p = written+n, s.sent+n, p[n:]
		if err != nil {
			return written, err
		}
		due := s.start.Add(time.Duration(float64(s.sent) / s.rate * float64(time.Second)))
		time.Sleep(time.Until(due))
	}
	return written, nil
}

func digest(file string) (sum string, size int64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// env is what every measured command runs in: nothing of the user's but the way
// to the module proxy.
func (w *world) env(more ...string) []string {
	return append([]string{
		"HOME=" + w.dir, "PATH=" + filepath.Join(w.dir, "bin") + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"LC_ALL=C.UTF-8", "GOENV=off", "GOPROXY=" + w.proxy, "GSW_MIRROR=" + w.server + "/dl",
	}, more...)
}

// home gives a new GSW_HOME in dir that knows the checksum database's records already, and has gsw in its place, as
// every home has after its first install.
func (w *world) home(dir string) (string, error) {
	w.homes++
	home := filepath.Join(dir, fmt.Sprintf("home%d", w.homes))
	if err := os.MkdirAll(filepath.Join(home, "cache"), 0o755); err != nil {
		return "", err
	}
	warm := filepath.Join(w.dir, "warm")
	if _, err := os.Stat(warm); err != nil {
		if err := w.gswIn(warm, "install", "--quiet", measured); err != nil {
			return "", err
		}
	}
	if err := os.Mkdir(filepath.Join(home, "bin"), 0o755); err != nil {
		return "", err
	}
	if err := exec.Command("cp", "-p", w.gsw, filepath.Join(home, "bin", "gsw")).Run(); err != nil {
		return "", fmt.Errorf("copying gsw: %w", err)
	}
	return home, os.CopyFS(filepath.Join(home, "cache", "sumdb"), os.DirFS(filepath.Join(warm, "cache", "sumdb")))
}

// gswIn runs gsw with a GSW_HOME, unmeasured.
func (w *world) gswIn(home string, args ...string) error {
	cmd := exec.Command(w.gsw, args...)
	cmd.Env, cmd.Dir = w.env("GSW_HOME="+home), w.dir
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("gsw %s: %w\n%s", strings.Join(args, " "), err, text)
	}
	return nil
}
