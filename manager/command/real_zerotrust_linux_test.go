package command

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	provenance "github.com/in-toto/attestation/go/predicates/provenance/v1"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"gsw/manager/dist/disttest"
	"gsw/platform"
)

// TestRealZeroTrust builds a module with a dependency under zero trust, by a toolchain of the Go project that the public
// checksum database proves, and provokes what must not pass.
func TestRealZeroTrust(t *testing.T) {
	t.Parallel()
	disttest.Long(t)
	disttest.Real(t, "1.22.3") // skips where no proxy can be reached
	settings, err := exec.Command("go", "env", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	u := newUser(t, "me")
	cache := filepath.Join(u.dir, "modules")
	base := []string{"HOME=" + u.home, "PATH=/usr/bin:/bin", "GOENV=off", "CGO_ENABLED=0", "GOMODCACHE=" + cache}
	online := append([]string{"GOPROXY=" + strings.TrimSpace(string(settings))}, base...)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value, ok := os.LookupEnv(name); ok {
			online = append(online, name+"="+value)
		}
	}
	u.env = online
	if got := u.run(u.home, u.program, "install", "--via", "module", "1.22.3"); got.code == exitNetwork {
		disttest.Need(t, "go1.22.3 cannot be had: %s", got.err)
	} else if got.code != 0 {
		t.Fatalf("install: exit code %d\n%s", got.code, got.err)
	}
	u.env = base

	z := &zeroTrustUser{user: u, cache: cache}
	app := z.app("app")
	first := z.attested(app)
	if second := z.attested(z.app("again")); timeless(first) != timeless(second) {
		t.Errorf("the same build attested twice:\n%s\nand\n%s", first, second)
	}
	z.tampered(app)
	z.elsewhere(app)
	z.vendored(app)
}

// zeroTrustUser is somebody who builds a module under zero trust.
type zeroTrustUser struct {
	*user
	cache string
}

// app makes the module, and fills the cache with its dependency as a go command does that may use a proxy.
func (z *zeroTrustUser) app(name string) string {
	z.t.Helper()
	dir := z.project(name, "go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/greet v1.0.0\n", "main.go", `package main

import "example.com/greet"

func main() { println(greet.Text) }
`)
	proxy := z.t.TempDir()
	disttest.WriteModule(z.t, proxy, "example.com/greet", "v1.0.0", map[string]string{"greet.go": "package greet\n\nconst Text = \"hello\"\n"})
	tidy := exec.Command("go", "mod", "tidy")
	tidy.Dir = dir
	tidy.Env = append(os.Environ(), "GOPROXY=file://"+proxy, "GOSUMDB=off", "GONOSUMDB=", "GOPRIVATE=", "GOENV=off", "GOFLAGS=-modcacherw", "GOMODCACHE="+z.cache)
	if out, err := tidy.CombinedOutput(); err != nil {
		z.t.Fatalf("go mod tidy: %v\n%s", err, out)
	}
	return dir
}

// build runs `gsw exec --zero-trust FLAGS… -- COMMAND…`.
func (z *zeroTrustUser) build(dir string, want int, flags []string, argv ...string) outcome {
	z.t.Helper()
	got := z.run(dir, z.program, append(append([]string{"exec", "--zero-trust"}, flags...), append([]string{"--"}, argv...)...)...)
	if got.code != want {
		z.t.Fatalf("%q: exit code %d, want %d\n%s%s", argv, got.code, want, got.out, got.err)
	}
	return got
}

// attested builds with a statement, and holds it against the types of in-toto and against the files.
func (z *zeroTrustUser) attested(dir string) []byte {
	t := z.t
	t.Helper()
	file := filepath.Join(dir, "att.json")
	z.build(dir, 0, []string{"--attest", "att.json"}, "go", "build", "-trimpath", "-o", "out/app", ".")
	if got := z.run(dir, filepath.Join(dir, "out", "app")); got.err != "hello\n" {
		t.Errorf("the program said %q", got.err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var s intoto.Statement
	if err := protojson.Unmarshal(text, &s); err != nil { // refuses fields that the specification does not have
		t.Fatalf("%v\n%s", err, text)
	}
	if err := s.Validate(); err != nil || s.GetPredicateType() != "https://slsa.dev/provenance/v1" {
		t.Fatalf("%v\n%s", err, text)
	}
	predicate, err := protojson.Marshal(s.GetPredicate())
	if err != nil {
		t.Fatal(err)
	}
	var p provenance.Provenance
	if err := protojson.Unmarshal(predicate, &p); err != nil {
		t.Fatalf("%v\n%s", err, predicate)
	}
	if err := p.Validate(); err != nil {
		t.Fatalf("%v\n%s", err, predicate)
	}
	if len(s.GetSubject()) != 1 || s.GetSubject()[0].GetName() != "out/app" {
		t.Errorf("built %v", s.GetSubject())
	}
	named := append([]*intoto.ResourceDescriptor{}, s.GetSubject()...)
	var others []string
	for _, r := range p.GetBuildDefinition().GetResolvedDependencies() {
		if err := r.Validate(); err != nil {
			t.Errorf("%v: %v", r, err)
		}
		if r.GetDigest()["sha256"] != "" {
			named = append(named, r)
			continue
		}
		others = append(others, r.GetName()+" "+r.GetUri()+" "+r.GetDigest()["dirHash"])
	}
	var files []string
	for _, r := range named {
		files = append(files, r.GetName())
		data, err := os.ReadFile(filepath.Join(dir, r.GetName()))
		if sum := sha256.Sum256(data); err != nil || r.GetDigest()["sha256"] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s is not %s (%v)", r.GetName(), r.GetDigest(), err)
		}
	}
	if got := strings.Join(files, " "); got != "out/app go.mod go.sum" {
		t.Errorf("files that are named: %s", got)
	}
	want := regexp.MustCompile(`^go1\.22\.3 pkg:golang/golang\.org/toolchain@v0\.0\.1-go1\.22\.3\.linux-\w+ [0-9a-f]{64}\n` +
		`example\.com/greet@v1\.0\.0 pkg:golang/example\.com/greet@v1\.0\.0 [0-9a-f]{64}\nsource  [0-9a-f]{64}$`)
	if got := strings.Join(others, "\n"); !want.MatchString(got) {
		t.Errorf("dependencies:\n%s", got)
	}
	return text
}

// timeless is a statement without the fields that say when.
func timeless(text []byte) string {
	return regexp.MustCompile(`"(startedOn|finishedOn)": "[^"]*"`).ReplaceAllString(string(text), `"$1"`)
}

// tampered: a module of the cache that go.sum contradicts is refused before anything runs; one that is not there, or has no
// checksum, is something else.
func (z *zeroTrustUser) tampered(dir string) {
	t := z.t
	t.Helper()
	greet := filepath.Join(z.cache, "example.com", "greet@v1.0.0", "greet.go")
	released, err := os.ReadFile(greet)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(greet, append(bytes.Clone(released), "\nfunc init() { panic(1) }\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	got := z.build(dir, exitRefused, nil, "go", "build", "-o", "evil", ".")
	for _, want := range []string{"gsw: checksum mismatch: example.com/greet@v1.0.0 is not what its checksum says\n", "\t\thas  h1:", "\t\twant h1:", "app/go.sum:1)", "hint: go mod verify"} {
		if !strings.Contains(got.err, want) {
			t.Errorf("said %q, without %q", got.err, want)
		}
	}
	if err := os.WriteFile(greet, released, 0o644); err != nil {
		t.Fatal(err)
	}
	z.build(dir, 0, nil, "go", "build", "-o", "app", ".")

	with := z.env
	z.env = append(append([]string{}, with...), "GOMODCACHE="+filepath.Join(z.dir, "none"))
	got = z.build(dir, 1, nil, "go", "build", "-o", "app", ".")
	if !strings.Contains(got.err, "gsw: warning: module not found: ") || !strings.Contains(got.err, "\n\texample.com/greet@v1.0.0 (~/app/go.mod:5)\n") || strings.Contains(got.err, "gsw: warning: permission") {
		t.Errorf("a module that is not there: %s", got.err)
	}
	z.env = with

	// A cache that somebody else unpacked nothing of: gsw does so.
	if err := platform.RemoveTree(filepath.Dir(greet)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(greet), 0o777) })
	z.build(dir, 0, nil, "go", "build", "-o", "app", ".")
	if data, err := os.ReadFile(greet); err != nil || !bytes.Equal(data, released) {
		t.Errorf("unpacked %q, %v", data, err)
	}

	bare := z.app("bare")
	if err := os.WriteFile(filepath.Join(bare, "go.sum"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	got = z.build(bare, exitRefused, nil, "go", "build", ".")
	if !strings.Contains(got.err, "gsw: no checksum: go.sum does not say what these modules must be\n\texample.com/greet@v1.0.0 (~/bare/go.mod:5)\n") {
		t.Errorf("no checksum: %s", got.err)
	}
}

// elsewhere: go install ends up in .gobin, and nothing outside the project.
func (z *zeroTrustUser) elsewhere(dir string) {
	t := z.t
	t.Helper()
	z.build(dir, 0, nil, "go", "install", ".")
	if _, err := os.Stat(filepath.Join(dir, ".gobin", "app")); err != nil {
		t.Error(err)
	}
	z.build(dir, 0, nil, "app")
	for _, argv := range [][]string{
		{"go", "build", "-o", filepath.Join(z.home, "bin", "app"), "."},
		{"env", "GOBIN=" + filepath.Join(z.home, "bin"), "go", "install", "."},
	} {
		if err := os.MkdirAll(filepath.Join(z.home, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		got := z.build(dir, 1, nil, argv...)
		if !strings.Contains(got.err, "gsw: warning: permission denied: ") || !strings.Contains(got.err, "\n\t~/bin/app\n") || strings.Contains(got.err, "module not found") {
			t.Errorf("%q: %s", argv, got.err)
		}
	}
	if left, err := os.ReadDir(filepath.Join(z.home, "bin")); err != nil || len(left) > 0 {
		t.Errorf("in ~/bin: %v, %v", left, err)
	}
}

// vendored: with a vendor folder the cache may be empty.
func (z *zeroTrustUser) vendored(dir string) {
	t := z.t
	t.Helper()
	z.build(dir, 0, nil, "go", "mod", "vendor")
	with := z.env
	z.env = append(append([]string{}, with...), "GOMODCACHE="+filepath.Join(z.dir, "none"))
	z.build(dir, 0, nil, "go", "build", "-o", "vendored", ".")
	if got := z.run(dir, filepath.Join(dir, "vendored")); got.err != "hello\n" {
		t.Errorf("the program said %q", got.err)
	}
	got := z.build(dir, 0, nil, "go", "list", "-json", "-deps", "example.com/greet")
	var listed struct{ Dir string }
	if err := json.NewDecoder(strings.NewReader(got.out)).Decode(&listed); err != nil || listed.Dir != filepath.Join(dir, "vendor", "example.com", "greet") {
		t.Errorf("from %q (%v)", listed.Dir, err)
	}
	z.env = with
}
