package release_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gsw/manager/dist/disttest"
)

// shells are what install.sh is given to. Systems without it have other names for one of them.
func shells() map[string][]string {
	return map[string][]string{
		"dash": {"dash"}, "bash": {"bash"}, "bash --posix": {"bash", "--posix"}, "busybox ash": {"busybox", "sh"},
		"mksh": {"mksh"}, "zsh": {"zsh", "-f"}, "zsh as sh": {"zsh", "--emulate", "sh", "-f"},
	}
}

func installer(t testing.TB) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("install.ps1 is for Windows")
	}
	script, err := filepath.Abs("../install.sh")
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// pack makes an archive of files, by name.
func pack(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(files[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []io.Closer{w, z} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return packed.Bytes()
}

// sketch is a release whose programs are scripts: what install.sh does with it, it does with every release.
type sketch struct {
	files  map[string][]byte
	answer map[string]http.HandlerFunc // instead of the file
}

func newSketch(t testing.TB, platforms ...string) *sketch {
	s := &sketch{files: map[string][]byte{}, answer: map[string]http.HandlerFunc{}}
	var sums strings.Builder
	for _, platform := range append(platforms, runtime.GOOS+"_"+runtime.GOARCH) {
		name := "gsw_1.0.0_" + platform + ".tar.gz"
		s.files[name] = pack(t, map[string]string{
			"LICENSE": "free\n", "gsw": "#!/bin/sh\necho complete " + platform + "\n", "gsw-shim": "#!/bin/sh\necho small " + platform + "\n"})
		fmt.Fprint(&sums, strings.SplitAfterN(sumLine(s.files[name], name), "\n", 2)[1])
	}
	s.files["checksums.txt"] = []byte(sums.String())
	return s
}

func (s *sketch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := filepath.Base(r.URL.Path)
	if f := s.answer[name]; f != nil {
		f(w, r)
		return
	}
	content, known := s.files[name]
	if !known {
		http.NotFound(w, r)
		return
	}
	w.Write(content)
}

func (s *sketch) serve(t testing.TB) string {
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

// cut promises the whole file and ends in its middle.
func (s *sketch) cut(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		content := s.files[name]
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:len(content)/2])
	}
}

// TestInstallScriptInEveryShell: what is installed, and what is refused, is the same in each.
func TestInstallScriptInEveryShell(t *testing.T) {
	script := installer(t)
	page := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html><title>log in</title></html>") }
	gone := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "gone", http.StatusNotFound) }
	here := archive("1.0.0")
	cases := []struct {
		name  string
		spoil func(*sketch)
		args  []string
		code  int
		says  string
	}{
		{"whole", func(*sketch) {}, nil, 0, "gsw 1.0.0 is in "},
		{"a flipped byte", func(s *sketch) { s.files[here][9] ^= 1 }, nil, 5, "SHA-256 here:"},
		{"cut", func(s *sketch) { s.answer[here] = s.cut(here) }, nil, 4, "could not be fetched"},
		{"half of it published", func(s *sketch) { s.files[here] = s.files[here][:len(s.files[here])/2] }, nil, 5, "nothing was installed"},
		{"no sums", func(s *sketch) { s.answer["checksums.txt"] = gone }, nil, 4, "checksums.txt could not be fetched"},
		{"a page for the sums", func(s *sketch) { s.answer["checksums.txt"] = page }, nil, 4, "is no list of checksums; did a proxy"},
		{"a page for the archive", func(s *sketch) { s.answer[here] = page }, nil, 5, "refused:"},
		{"no release", func(s *sketch) {
			s.files[here] = pack(t, map[string]string{"else": "where"})
			s.files["checksums.txt"] = []byte(sumLine(s.files[here], here))
		}, nil, 5, "is no release of gsw"},
		{"another version", func(*sketch) {}, []string{"--version=v1.0.1"}, 3, "the release is 1.0.0, not 1.0.1"},
		{"an unknown word", func(*sketch) {}, []string{"--prefix"}, 2, "what is --prefix?"},
		{"no value", func(*sketch) {}, []string{"--version"}, 2, "--version needs a value"},
	}
	for name, shell := range shells() {
		if _, err := exec.LookPath(shell[0]); err != nil {
			t.Run(name, func(t *testing.T) { disttest.Need(t, "there is no %s here", shell[0]) })
			continue
		}
		for _, c := range cases {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				release := newSketch(t, "plan9_mips")
				c.spoil(release)
				home, env := account(t)
				temp := strings.TrimPrefix(env[len(env)-1], "TMPDIR=")
				got := run(t, env, shell[0], slices.Concat(shell[1:], []string{script, "--mirror", release.serve(t)}, c.args)...)
				if got.code != c.code || !strings.Contains(got.text, c.says) {
					t.Errorf("%+v", got)
				}
				if left, _ := os.ReadDir(temp); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
				isInstalled(t, home, c.code == 0)
			})
		}
	}
}

// isInstalled looks for the whole of it, or for nothing at all.
func isInstalled(t *testing.T, home string, want bool) {
	t.Helper()
	bin := filepath.Join(home, ".gsw", "bin")
	if _, err := os.Lstat(filepath.Dir(bin)); !want {
		if err == nil {
			t.Error("something was installed")
		}
		return
	}
	platform := runtime.GOOS + "_" + runtime.GOARCH
	for name, says := range map[string]string{"gsw": "small ", "gsw-shim": "small ", "goswitch": "small ", "gsw-full": "complete "} {
		if got := run(t, os.Environ(), filepath.Join(bin, name)); got.text != says+platform+"\n" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if entries, _ := os.ReadDir(bin); len(entries) != 4 {
		t.Errorf("in bin: %v", entries)
	}
}

// TestInstallScriptElsewhere: accounts that lack something.
func TestInstallScriptElsewhere(t *testing.T) {
	script := installer(t)
	release := newSketch(t)
	url := release.serve(t)
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	for _, c := range []struct {
		name string
		env  func(home string) []string
		code int
		says string
		at   string // below home; "" for nowhere
	}{
		{"no HOME", func(home string) []string { return nil }, 2, "neither GSW_HOME nor HOME is set", ""},
		{"GSW_HOME and no HOME", func(home string) []string { return []string{"GSW_HOME=" + filepath.Join(home, "to ols")} }, 0, "is in ", "to ols"},
		{"GSW_HOME that is relative", func(home string) []string { return []string{"GSW_HOME=tools"} }, 2, "is not an absolute path", ""},
		{"the mirror in the environment", func(home string) []string { return []string{"HOME=" + home, "GSW_RELEASES=" + url} }, 0, "is in ", ".gsw"},
		{"a file where the folder should be", func(string) []string { return []string{"GSW_HOME=" + file + "/gsw"} }, 8, "could not be made", ""},
		{"no temporary folder", func(home string) []string { return []string{"HOME=" + home, "TMPDIR=/nowhere/at/all"} }, 8, "no folder for temporary files", ""},
		{"nobody listens", func(home string) []string { return []string{"HOME=" + home, "GSW_RELEASES=http://127.0.0.1:1"} }, 4, "could not be fetched", ""},
		{"a proxy that answers with a page", func(home string) []string {
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>log in</html>") }))
			t.Cleanup(proxy.Close)
			return []string{"HOME=" + home, "http_proxy=" + proxy.URL, "GSW_RELEASES=http://gsw.example/v1.0.0"}
		}, 4, "did a proxy or a login page answer?", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			env := append([]string{"PATH=" + os.Getenv("PATH")}, c.env(home)...)
			args := []string{script}
			if !strings.Contains(strings.Join(env, " "), "GSW_RELEASES") {
				args = append(args, "--mirror", url)
			}
			got := run(t, env, "sh", args...)
			if got.code != c.code || !strings.Contains(got.text, c.says) {
				t.Errorf("%+v", got)
			}
			entries, err := os.ReadDir(home)
			if err != nil || (len(entries) == 0) != (c.at == "") {
				t.Errorf("%v, %v", entries, err)
			}
			if c.at != "" {
				if got := run(t, env, filepath.Join(home, c.at, "bin", "gsw-full")); !strings.HasPrefix(got.text, "complete") {
					t.Errorf("%+v", got)
				}
			}
		})
	}
	t.Run("a folder of somebody else's", func(t *testing.T) {
		if os.Getuid() != 0 {
			disttest.Need(t, "only root becomes somebody else")
		}
		if _, err := exec.LookPath("setpriv"); err != nil {
			disttest.Need(t, "there is no setpriv here")
		}
		home, err := os.MkdirTemp("/tmp", "gsw-readonly-") // t.TempDir is for this user only
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(home) })
		if err := os.Chmod(home, 0o755); err != nil {
			t.Fatal(err)
		}
		readable := filepath.Join(home, "install.sh")
		write(t, readable, read(t, script))
		got := run(t, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", readable, "--mirror", url)
		if got.code != 8 || !strings.Contains(got.text, "could not be made") {
			t.Errorf("%+v", got)
		}
	})
}

// TestInstallScriptDiskFull: there is room for the first of the programs. No half file stays, and no gsw that would run.
func TestInstallScriptDiskFull(t *testing.T) {
	script := installer(t)
	if os.Getuid() != 0 || runtime.GOOS != "linux" {
		disttest.Need(t, "only root makes a small disk, on Linux")
	}
	release := newSketch(t)
	large := map[string]string{"gsw": "#!/bin/sh\n", "gsw-shim": strings.Repeat("#\n", 20_000)}
	release.files[archive("1.0.0")] = pack(t, large)
	release.files["checksums.txt"] = []byte(sumLine(release.files[archive("1.0.0")], archive("1.0.0")))
	url := release.serve(t)
	home, env := account(t)
	disk := filepath.Join(home, "disk")
	if err := os.Mkdir(disk, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := run(t, os.Environ(), "mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk); got.code != 0 {
		disttest.Need(t, "no small disk: %s", got.text)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
			t.Errorf("umount: %v, %s", err, out)
		}
	})
	got := run(t, append(env, "GSW_HOME="+filepath.Join(disk, "gsw")), "sh", script, "--mirror", url)
	if got.code != 8 || !strings.Contains(got.text, filepath.Join("bin", "gsw-shim")+" could not be written") {
		t.Errorf("%+v", got)
	}
	entries, err := os.ReadDir(filepath.Join(disk, "gsw", "bin"))
	if err != nil || len(entries) != 1 || entries[0].Name() != "gsw-full" {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestInstallScriptWithLittle: without what verifies and unpacks nothing is installed; that is no refusal of the release.
func TestInstallScriptWithLittle(t *testing.T) {
	script := installer(t)
	url := newSketch(t).serve(t)
	words := strings.Fields("sh curl sha256sum uname awk mktemp rm mkdir tar gzip cp chmod mv ln cut basename cat")
	for _, c := range []struct {
		without []string
		code    int
		says    string
	}{
		{nil, 0, "is in "},
		{[]string{"sha256sum"}, 6, "nothing can be verified"},
		{[]string{"tar"}, 6, "there is no tar"},
		{[]string{"curl"}, 6, "neither curl nor wget"},
	} {
		bin := t.TempDir()
		for _, name := range words {
			if path, err := exec.LookPath(name); err != nil {
				disttest.Need(t, "there is no %s here", name)
			} else if !slices.Contains(c.without, name) {
				if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		home, env := account(t)
		got := run(t, append(env, "PATH="+bin), filepath.Join(bin, "sh"), script, "--mirror", url)
		if got.code != c.code || !strings.Contains(got.text, c.says) {
			t.Errorf("without %v: %+v", c.without, got)
		}
		isInstalled(t, home, c.code == 0)
	}
}

// TestInstallScriptSystems takes other systems' names for systems and machines from a uname of its own.
func TestInstallScriptSystems(t *testing.T) {
	script := installer(t)
	release := newSketch(t, slices.DeleteFunc(programs(t)[0].Targets, func(target string) bool {
		return target == runtime.GOOS+"_"+runtime.GOARCH || strings.HasPrefix(target, "windows")
	})...)
	url := release.serve(t)
	for _, c := range []struct{ system, machine, extra, want string }{
		{"Linux", "x86_64", "", "linux_amd64"},
		{"Linux", "aarch64", "", "linux_arm64"},
		{"Linux", "armv7l", "", "linux_arm"},
		{"Linux", "armv6l", "", "linux_arm"},
		{"Linux", "i686", "", "linux_386"},
		{"Linux", "loongarch64", "", "linux_loong64"},
		{"Linux", "mips", `\1`, "linux_mipsle"},
		{"Linux", "mips", `\2`, "linux_mips"},
		{"Linux", "mips64", `\1`, "linux_mips64le"},
		{"Linux", "mips64", `\2`, "linux_mips64"},
		{"Linux", "mips64", "", ""},
		{"Linux", "ppc64", "", "linux_ppc64"},
		{"Linux", "ppc64le", "", "linux_ppc64le"},
		{"Linux", "riscv64", "", "linux_riscv64"},
		{"Linux", "s390x", "", "linux_s390x"},
		{"Linux", "armv5tel", "", ""},
		{"Linux", "sparc64", "", ""},
		{"Darwin", "arm64", "0", "darwin_arm64"},
		{"Darwin", "x86_64", "0", "darwin_amd64"},
		{"Darwin", "x86_64", "1", "darwin_arm64"}, // translated by Rosetta
		{"FreeBSD", "amd64", "", "freebsd_amd64"},
		{"FreeBSD", "arm64", "", "freebsd_arm64"},
		{"FreeBSD", "i386", "", "freebsd_386"},
		{"FreeBSD", "arm", "", "freebsd_arm"},
		{"FreeBSD", "riscv64", "", ""},
		{"FreeBSD", "powerpc64", "", ""},
		{"OpenBSD", "amd64", "", ""},
		{"MSYS_NT-10.0-22631", "x86_64", "", ""},
		{"MINGW64_NT-10.0-22631", "x86_64", "", ""},
		{"CYGWIN_NT-10.0", "x86_64", "", ""},
	} {
		bin := t.TempDir()
		stub := func(name, text string) {
			write(t, filepath.Join(bin, name), []byte("#!/bin/sh\n"+text+"\n"))
			if err := os.Chmod(filepath.Join(bin, name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		stub("uname", "case $1 in -s) echo '"+c.system+"' ;; -m) echo '"+c.machine+"' ;; esac")
		stub("sysctl", "echo '"+c.extra+"'")
		stub("dd", "printf '"+c.extra+"'") // the sixth byte of /bin/sh
		home, env := account(t)
		got := run(t, append(env, "PATH="+bin+":"+os.Getenv("PATH")), "sh", script, "--mirror", url)
		if c.want == "" {
			if got.code != 3 || strings.Contains(got.text, "fetched") {
				t.Errorf("%v: %+v", c, got)
			}
			continue
		}
		says := run(t, env, filepath.Join(home, ".gsw", "bin", "gsw"))
		if got.code != 0 || says.text != "small "+c.want+"\n" {
			t.Errorf("%v: %+v, %+v", c, got, says)
		}
	}
}

// TestInstallScriptInterrupted ends it while the archive is on its way.
func TestInstallScriptInterrupted(t *testing.T) {
	script := installer(t)
	for name, shell := range shells() {
		if _, err := exec.LookPath(shell[0]); err != nil {
			t.Run(name, func(t *testing.T) { disttest.Need(t, "there is no %s here", shell[0]) })
			continue
		}
		t.Run(name, func(t *testing.T) {
			release := newSketch(t)
			asked := make(chan struct{}, 1)
			here := archive("1.0.0")
			release.answer[here] = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "1000000")
				w.Write(make([]byte, 1000))
				_ = http.NewResponseController(w).Flush()
				asked <- struct{}{}
				<-r.Context().Done()
			}
			home, env := account(t)
			temp := strings.TrimPrefix(env[len(env)-1], "TMPDIR=")
			// Ctrl-C reaches the shell and what it waits for: timeout does that with all it started.
			cmd := exec.CommandContext(t.Context(), "timeout", slices.Concat([]string{"--signal=INT", "1000"}, shell, []string{script, "--mirror", release.serve(t)})...)
			cmd.Env = env
			if err := cmd.Start(); err != nil {
				disttest.Need(t, "%v", err)
			}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_ = cmd.Wait()
			}()
			select {
			case <-asked:
				if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
					t.Error(err)
				}
				<-ended
			case <-ended:
				t.Error("it ended before it asked for the archive")
			}
			if code := cmd.ProcessState.ExitCode(); code != 130 {
				t.Errorf("exit code %d", code)
			}
			if left, _ := os.ReadDir(temp); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			isInstalled(t, home, false)
		})
	}
}

// TestInstallScriptStaysWithTLS: what https proves about the server is not given up for a redirect.
func TestInstallScriptStaysWithTLS(t *testing.T) {
	script := installer(t)
	if _, err := exec.LookPath("curl"); err != nil {
		disttest.Need(t, "there is no curl here")
	}
	release := newSketch(t)
	plain := release.serve(t)
	for _, elsewhere := range []bool{false, true} {
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if elsewhere {
				http.Redirect(w, r, plain+r.URL.Path, http.StatusFound)
				return
			}
			release.ServeHTTP(w, r)
		}))
		t.Cleanup(server.Close)
		authority := filepath.Join(t.TempDir(), "ca.pem")
		write(t, authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
		home, env := account(t)
		got := run(t, append(env, "CURL_CA_BUNDLE="+authority), "sh", script, "--mirror", server.URL)
		if want := map[bool]int{false: 0, true: 4}[elsewhere]; got.code != want {
			t.Errorf("redirected: %v: %+v", elsewhere, got)
		}
		isInstalled(t, home, !elsewhere)
	}
}

// TestInstallScriptWithoutLibrary installs, and runs, where there is nothing but busybox: no C library of any kind. That
// is more than a system with musl lacks.
func TestInstallScriptWithoutLibrary(t *testing.T) {
	script := installer(t)
	busybox, err := exec.LookPath("busybox")
	if err != nil || os.Getuid() != 0 || runtime.GOOS != "linux" {
		disttest.Need(t, "it takes busybox, and root to change the root folder")
	}
	url := serve(t, "1.0.0", nil)
	dir := t.TempDir()
	for _, name := range []string{"bin", "tmp", "root", "dev"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "bin", "busybox"), read(t, busybox))
	write(t, filepath.Join(dir, "install.sh"), read(t, script))
	write(t, filepath.Join(dir, "dev", "null"), nil)
	if err := os.Chmod(filepath.Join(dir, "bin", "busybox"), 0o755); err != nil {
		t.Fatal(err)
	}
	inside := func(args ...string) ran {
		return run(t, []string{"PATH=/bin", "HOME=/root", "SHELL=/bin/sh"}, "chroot", append([]string{dir}, args...)...)
	}
	if got := inside("/bin/busybox", "--install", "-s", "/bin"); got.code != 0 {
		disttest.Need(t, "busybox is not of one piece here: %s", got.text)
	}
	if got := inside("/bin/sh", "/install.sh", "--mirror", url); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if got := inside("/root/.gsw/bin/gsw", "version"); !strings.HasPrefix(got.text, "gsw v1.0.0 ") {
		t.Errorf("%+v", got)
	}
	if got := inside("/root/.gsw/bin/gsw", "list", "--json"); got.code != 0 || !strings.Contains(got.text, "schema_version") {
		t.Errorf("%+v", got)
	}
}
