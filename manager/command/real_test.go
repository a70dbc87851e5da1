package command

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gsw/manager/dist/disttest"
)

// TestRealToolchains is the whole job with two toolchains of the Go project:
// go1.21.6 from an archive in the official layout, go1.22.3 from its module
// through GOPROXY, both proved by the public checksum database.
func TestRealToolchains(t *testing.T) {
	t.Parallel()
	archive := disttest.RealTarGz(t, "1.21.6") // skips where no proxy can be reached
	settings, err := exec.Command("go", "env", "GOPROXY", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	proxy, cache, _ := strings.Cut(strings.TrimSpace(string(settings)), "\n")
	u := newUser(t, "me")
	u.env = []string{
		"HOME=" + u.home, "PATH=" + filepath.Join(u.gsw, "bin") + ":/usr/bin:/bin", "GOPROXY=" + proxy,
		// Each version keeps its own objects there; another home need not compile the standard library anew.
		"GOCACHE=" + cache,
		// What the go commands write has to be deleted with the rest; nothing here needs a C compiler.
		"GOFLAGS=-modcacherw", "CGO_ENABLED=0", "GOENV=off", testIndex + "=" + serveArchive(t, "go1.21.6", archive),
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value, ok := os.LookupEnv(name); ok {
			u.env = append(u.env, name+"="+value)
		}
	}
	gsw := filepath.Join(u.gsw, "bin", "gsw")
	must := func(dir, program string, args ...string) string {
		t.Helper()
		got := u.run(dir, program, args...)
		if got.code != 0 {
			t.Fatalf("%s %q: exit code %d\n%s%s", filepath.Base(program), args, got.code, got.out, got.err)
		}
		return got.out
	}
	said := func(got string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("said %q, without %q", got, w)
			}
		}
	}

	for version, via := range map[string]string{"1.21.6": "dl", "1.22.3": "module"} {
		got := u.run(u.home, u.program, "install", "--via", via, version)
		if got.code == exitNetwork {
			disttest.Need(t, "go%s cannot be had: %s", version, got.err)
		}
		if got.code != 0 || !strings.HasPrefix(got.out, "go"+version+"\t"+u.gsw+"/versions/go"+version+"/go\t") || !strings.Contains(got.out, "log") {
			t.Fatalf("install --via %s %s: exit code %d\n%s%s", via, version, got.code, got.out, got.err)
		}
	}
	said(must(u.home, gsw, "verify", "--all"), "go1.21.6", "go1.22.3")

	module := u.project("greet", "go.mod", "module example.com/greet\n\ngo 1.21\n", "main.go", `package main

import (
	"os"
	"runtime"
)

func main() { os.Stdout.WriteString("hello from " + runtime.Version() + "\n") }
`)
	goCommand := filepath.Join(u.gsw, "bin", "go")
	for _, version := range []string{"1.21.6", "1.22.3"} {
		must(u.home, gsw, "use", version)
		said(must(module, goCommand, "version"), "go version go"+version+" ")
		said(must(module, goCommand, "env", "GOROOT"), u.gsw+"/versions/go"+version+"/go\n")
		said(must(module, goCommand, "run", "."), "hello from go"+version+"\n")
		must(module, filepath.Join(u.gsw, "shims", "go"), "install", ".")
	}

	// One tool, two binaries, each built by its Go; switching switches them.
	for _, version := range []string{"1.21.6", "1.22.3"} {
		tool := filepath.Join(u.gsw, "versions", "go"+version, "bin", "greet")
		said(must(u.home, goCommand, "version", "-m", tool), tool+": go"+version+"\n", "\tpath\texample.com/greet\n")
		must(u.home, gsw, "use", version)
		said(must(u.home, filepath.Join(u.gsw, "current", "bin", "greet")), "hello from go"+version+"\n")
		said(must(u.home, filepath.Join(u.gsw, "shims", "greet")), "hello from go"+version+"\n")
		said(must(u.project("pinned"+version, ".go-version", version), filepath.Join(u.gsw, "shims", "greet")), "hello from go"+version+"\n")
		said(must(u.home, gsw, "exec", version, "--", "greet"), "hello from go"+version+"\n")
	}

	// Go's own switching finds what gsw has, and asks nobody.
	must(u.home, gsw, "use", "1.21.6")
	newer := u.project("newer", "go.mod", "module example.com/newer\n\ngo 1.22.3\n", "main.go", "package main\n\nfunc main() { println(\"newer\") }\n")
	online := u.env
	for _, mode := range []string{"auto", "path", "go1.22.3"} {
		u.env = append(append([]string{}, online...), "GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN="+mode)
		said(must(newer, goCommand, "version"), "go version go1.22.3 ")
		said(must(newer, goCommand, "env", "GOROOT"), u.gsw+"/versions/go1.22.3/go\n")
	}
	must(newer, goCommand, "build", "-o", os.DevNull, ".")
	u.env = append(append([]string{}, online...), "GOPROXY=off", "GOTOOLCHAIN=auto")
	missing := u.project("missing", "go.mod", "module example.com/missing\n\ngo 1.22.1\n")
	if got := u.run(missing, goCommand, "version"); got.code == 0 || !strings.Contains(got.err, "go1.22.1") {
		t.Errorf("a version that is not installed: exit code %d, %s%s", got.code, got.out, got.err)
	}
	u.env = online

	// The active one is kept back; in the end nothing is left.
	if got := u.run(u.home, gsw, "uninstall", "1.21.6"); got.code != exitBusy {
		t.Errorf("uninstalling the default: exit code %d, %s", got.code, got.err)
	}
	must(u.home, gsw, "uninstall", "1.22.3")
	said(must(u.home, goCommand, "version"), "go1.21.6")
	must(u.home, gsw, "uninstall", "--force", "1.21.6")
	if left, err := filepath.Glob(filepath.Join(u.gsw, "versions", "go*")); err != nil || len(left) > 0 {
		t.Errorf("left in versions/: %q, %v", left, err)
	}
	for _, link := range []string{"current", "bin/go1.21.6", "bin/go1.22.3", "shims/greet", "resolve/1.22"} {
		if _, err := os.Lstat(filepath.Join(u.gsw, link)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", link, err)
		}
	}
}

// serveArchive publishes one archive as go.dev/dl does and returns the base URL.
func serveArchive(t *testing.T, tag, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, f)
	if err != nil {
		t.Fatal(err)
	}
	target := disttest.Host()
	name := filepath.Base(file)
	index := fmt.Sprintf(`[{"version":%q,"stable":true,"files":[{"filename":%q,"os":%q,"arch":%q,"version":%q,"sha256":%q,"size":%d,"kind":"archive"}]}]`,
		tag, name, target.OS, target.Arch, tag, hex.EncodeToString(hash.Sum(nil)), size)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/dl/":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, index)
		case "/dl/" + name:
			w.Header().Set("Content-Type", "application/x-gzip")
			http.ServeFile(w, r, file)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/dl"
}
