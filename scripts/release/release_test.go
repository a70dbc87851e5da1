// Package release_test holds what a release promises: .goreleaser.yaml, two builds that are one, and what installs,
// updates and removes gsw from a release folder on a loopback server.
package release_test

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"gsw/scripts/release"
)

const root = "../.."

// programs are those of a release.
func programs(t testing.TB) []release.Program {
	t.Helper()
	all, err := release.Programs(root)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// build makes the programs of a version in dir.
func build(t testing.TB, from, dir, version string, env ...string) {
	t.Helper()
	for _, p := range programs(t) {
		if _, err := p.Build(from, filepath.Join(dir, p.Binary), version, env...); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTwoBuildsAreOne builds the module in two folders, of different names and times, and compares every byte. With
// GSW_TEST_LONG the second build has an empty cache, and compiles everything: else the go command takes from the first
// what it knows to be the same, and only the linker's work is compared.
func TestTwoBuildsAreOne(t *testing.T) {
	if testing.Short() {
		t.Skip("builds twice")
	}
	first, second := t.TempDir(), t.TempDir()
	copied := filepath.Join(t.TempDir(), "else where")
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	names, err := list.Output()
	if err != nil {
		t.Skipf("no checkout to copy: %v", err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(names), "\x00"), "\x00") {
		if strings.Contains(name, "testdata/") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if content, err := os.ReadFile(filepath.Join(root, name)); err == nil { // a deleted one is listed, too
			write(t, filepath.Join(copied, name), content)
		}
	}
	build(t, root, first, "1.2.3")
	var env []string
	if os.Getenv("GSW_TEST_LONG") != "" || os.Getenv("GSW_TEST_REQUIRE") == "all" {
		env = []string{"GOCACHE=" + t.TempDir()}
	}
	build(t, copied, second, "1.2.3", env...)
	for _, name := range []string{"gsw", "gsw-shim", "gsw-server"} {
		a, b := read(t, filepath.Join(first, name)), read(t, filepath.Join(second, name))
		if !bytes.Equal(a, b) {
			t.Errorf("%s: %d and %d bytes, and not the same", name, len(a), len(b))
		}
		if bytes.Contains(a, []byte(copied)) || bytes.Contains(b, []byte(copied)) {
			t.Errorf("%s names the folder it was built in", name)
		}
	}
	if size, most := len(read(t, filepath.Join(first, "gsw"))), limit(runtime.GOOS+"_"+runtime.GOARCH); size > most {
		t.Errorf("gsw has %d bytes, more than %d", size, most)
	}
}

// TestSize: windows_amd64 has the largest programs of those that many use. TestSnapshot looks at all.
func TestSize(t *testing.T) {
	if testing.Short() || os.Getenv("GSW_TEST_LONG") == "" && os.Getenv("GSW_TEST_REQUIRE") != "all" {
		t.Skip("compiles everything for Windows: GSW_TEST_LONG=1 runs it")
	}
	file := filepath.Join(t.TempDir(), "gsw.exe")
	if _, err := programs(t)[0].Build(root, file, "1.2.3", "GOOS=windows", "GOARCH=amd64"); err != nil {
		t.Fatal(err)
	}
	if size, most := len(read(t, file)), limit("windows_amd64"); size > most {
		t.Errorf("gsw.exe has %d bytes, more than %d", size, most)
	}
}

// limit is what the complete program may have. docs/RELEASING.md tells where the bytes are: a library that makes it more has
// to be worth it.
func limit(platform string) int {
	if strings.Contains(platform, "_mips") {
		return 15_600_000 // more instructions for the same
	}
	return 15_000_000
}

// TestNoMethodByName: where a method is looked for by a name of run time, as text/template does, the linker keeps every
// method of every type, and programs grow by a third.
func TestNoMethodByName(t *testing.T) {
	if testing.Short() {
		t.Skip("links the programs")
	}
	for _, p := range programs(t) {
		p.Ldflags = []string{"-dumpdep"}
		out, err := p.Build(root, filepath.Join(t.TempDir(), "program"), "1.2.3")
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Count(out, []byte(" -> ")) < 1000 {
			t.Fatalf("the linker does not say what it kept: %.300s", out)
		}
		for line := range bytes.Lines(out) {
			if bytes.Contains(line, []byte("<ReflectMethod>")) {
				t.Errorf("%s: %s", p.Main, line)
				break
			}
		}
	}
}

// What .goreleaser.yaml promises, where `goreleaser check` would not say that it is gone.
func TestRecipe(t *testing.T) {
	var names []string
	for _, p := range programs(t) {
		names = append(names, p.Binary)
		if !slices.Equal(p.Targets, programs(t)[0].Targets) {
			t.Errorf("%s is for other platforms than %s", p.Binary, names[0])
		}
	}
	if want := []string{"gsw", "gsw-shim", "gsw-server"}; !slices.Equal(names, want) {
		t.Errorf("it builds %q", names)
	}
	targets := programs(t)[0].Targets
	for _, target := range []string{"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64", "windows_arm64", "freebsd_amd64", "freebsd_arm64"} {
		if !slices.Contains(targets, target) {
			t.Errorf("no build for %s", target)
		}
	}
	out, err := exec.Command("go", "tool", "dist", "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range targets {
		if !slices.Contains(strings.Fields(string(out)), strings.Replace(target, "_", "/", 1)) {
			t.Errorf("Go knows no %s", target)
		}
	}
	recipe := string(read(t, filepath.Join(root, release.Recipe)))
	for _, want := range []string{
		"mod_timestamp: *time", "CGO_ENABLED=0", "-trimpath", "formats: &formats [deb, rpm, apk]", "homebrew_casks:", "scoops:", "winget:",
		"sboms:", "algorithm: sha256", "name_template: checksums.txt", `name_template: "gsw_{{ .Version }}_{{ .Os }}_{{ .Arch }}"`,
		"src: .generated/completions/*", "src: .generated/man/*", "src: LICENSE", "src: README.md",
	} {
		if !strings.Contains(recipe, want) {
			t.Errorf("no %q", want)
		}
	}
	dir := t.TempDir()
	generate := exec.Command("go", "run", "./scripts/generate", dir)
	generate.Dir = root
	if out, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"man/gsw.1", "completions/gsw.bash", "completions/gsw.zsh", "completions/gsw.fish"} {
		if len(read(t, filepath.Join(dir, name))) < 100 {
			t.Errorf("%s is empty", name)
		}
	}
	page := string(read(t, filepath.Join(dir, "man", "gsw.1")))
	for _, want := range []string{".TH GSW 1", "self update", `\-\-json`, "GSW_HOME", "gsw install"} {
		if !strings.Contains(page, want) {
			t.Errorf("the manual page has no %q", want)
		}
	}
}

// shelf is release folders of two versions, built once for all tests: /1.0.0/ and /1.1.0/.
var shelf = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "gsw releases ") })

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := shelf(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// folder is the release folder of a version, which nobody changes.
func folder(t testing.TB, version string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a release")
	}
	base, err := shelf()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, version)
	if _, err := os.Stat(filepath.Join(dir, "checksums.txt")); err == nil {
		return dir
	}
	build(t, root, filepath.Join(base, "programs", version), version)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	w := tar.NewWriter(z)
	for _, name := range []string{"LICENSE", "gsw", "gsw-shim"} {
		content, mode := []byte("free\n"), int64(0o644)
		if name != "LICENSE" {
			content, mode = read(t, filepath.Join(base, "programs", version, name)), 0o755
		}
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(content))}); err != nil {
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
	write(t, filepath.Join(dir, archive(version)), packed.Bytes())
	write(t, filepath.Join(dir, "checksums.txt"), []byte(sumLine(packed.Bytes(), archive(version))))
	return dir
}

func archive(version string) string {
	return fmt.Sprintf("gsw_%s_%s_%s.tar.gz", version, runtime.GOOS, runtime.GOARCH)
}

func sumLine(content []byte, name string) string {
	return fmt.Sprintf("%x  gsw_9.9.9_plan9_mips.tar.gz\n%x  %s\n", sha256.Sum256(nil), sha256.Sum256(content), name)
}

// serve serves the release folder; change, by file name, makes it another.
func serve(t testing.TB, version string, change map[string]func(http.ResponseWriter, []byte)) string {
	dir := folder(t, version)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, err := os.ReadFile(filepath.Join(dir, filepath.Base(r.URL.Path)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		if f := change[filepath.Base(r.URL.Path)]; f != nil {
			f(w, content)
			return
		}
		w.Write(content)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

type answer = func(http.ResponseWriter, []byte)

// spoilt are releases that nobody may install, with the exit code and a word of the refusal.
func spoilt(version string) map[string]struct {
	change map[string]answer
	code   int
	says   string
} {
	name := archive(version)
	flipped := func(w http.ResponseWriter, content []byte) {
		content[len(content)/2] ^= 1
		w.Write(content)
	}
	missing := func(w http.ResponseWriter, _ []byte) { http.Error(w, "gone", http.StatusNotFound) }
	page := func(w http.ResponseWriter, _ []byte) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html><title>log in</title></html>")
	}
	without := func(w http.ResponseWriter, content []byte) {
		fmt.Fprintf(w, "%x  gsw_9.9.9_plan9_mips.tar.gz\n", sha256.Sum256(nil))
	}
	twice := func(w http.ResponseWriter, content []byte) { fmt.Fprintf(w, "%s%s", content, content) }
	empty := func(w http.ResponseWriter, content []byte) {}
	type row = struct {
		change map[string]answer
		code   int
		says   string
	}
	return map[string]row{
		"a flipped byte":      {map[string]answer{name: flipped}, 5, "SHA-256"},
		"cut to nothing":      {map[string]answer{name: empty}, 5, "SHA-256"},
		"no sum":              {map[string]answer{"checksums.txt": without}, 3, "names no archive of gsw for"},
		"two sums":            {map[string]answer{"checksums.txt": twice}, 3, "names no archive of gsw for"},
		"no archive":          {map[string]answer{name: missing}, 4, name},
		"no sums at all":      {map[string]answer{"checksums.txt": missing}, 4, "checksums.txt"},
		"a page for archive":  {map[string]answer{name: page}, -1, ""},
		"a page for the sums": {map[string]answer{"checksums.txt": page}, -1, ""},
	}
}

// ran is what a program did.
type ran struct {
	code int
	text string // both outputs
}

func run(t testing.TB, env []string, name string, args ...string) ran {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), string(out)}
}

// account is a home with blanks in its name.
func account(t testing.TB) (home string, env []string) {
	home = filepath.Join(t.TempDir(), "my home")
	if err := os.MkdirAll(home, 0o755); err != nil {
		t.Fatal(err)
	}
	return home, []string{"HOME=" + home, "USERPROFILE=" + home, "PATH=" + os.Getenv("PATH"), "SHELL=/bin/bash", "TMPDIR=" + t.TempDir()}
}

func TestInstallScript(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("install.ps1 is for Windows")
	}
	script, err := filepath.Abs("../install.sh")
	if err != nil {
		t.Fatal(err)
	}
	url := serve(t, "1.0.0", nil)
	for _, shell := range []string{"sh", "dash", "bash"} {
		if _, err := exec.LookPath(shell); err != nil {
			t.Logf("there is no %s here", shell)
			continue
		}
		home, env := account(t)
		got := run(t, env, shell, script, "--mirror", url+"/", "--version", "v1.0.0")
		if got.code != 0 || !strings.Contains(got.text, "who made it that does not prove") {
			t.Fatalf("%s: %+v", shell, got)
		}
		if v := run(t, env, filepath.Join(home, ".gsw", "bin", "gsw"), "version"); !strings.HasPrefix(v.text, "gsw v1.0.0 ") {
			t.Errorf("%s: %+v", shell, v)
		}
		if v := run(t, env, filepath.Join(home, ".gsw", "bin", "gsw-shim"), "--edition"); v.text != "v1.0.0\n" {
			t.Errorf("%s: %+v", shell, v)
		}
		if again := run(t, env, shell, script, "--mirror", url); again.code != 0 {
			t.Errorf("%s, once more: %+v", shell, again)
		}
	}
	for name, bad := range spoilt("1.0.0") {
		t.Run(name, func(t *testing.T) {
			home, env := account(t)
			got := run(t, env, "sh", script, "--mirror", serve(t, "1.0.0", bad.change))
			if got.code == 0 || bad.code > 0 && (got.code != bad.code || !strings.Contains(got.text, bad.says)) {
				t.Errorf("%+v", got)
			}
			if _, err := os.Stat(filepath.Join(home, ".gsw")); err == nil {
				t.Error("something was installed")
			}
		})
	}
	t.Run("another version", func(t *testing.T) {
		_, env := account(t)
		if got := run(t, env, "sh", script, "--mirror", url, "--version", "2.0.0"); got.code != 3 || !strings.Contains(got.text, "the release is 1.0.0, not 2.0.0") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("no place", func(t *testing.T) {
		_, env := account(t)
		if got := run(t, env, "sh", script); got.code != 2 || !strings.Contains(got.text, "--mirror URL") {
			t.Errorf("%+v", got)
		}
	})
	// A download that stops anywhere has done nothing: each beginning is no script, or one without its last line.
	t.Run("half a script", func(t *testing.T) {
		home, env := account(t)
		text := string(read(t, script))
		whole := strings.TrimRight(text, "\n")
		for n := 0; n < len(whole)-len(`main "$@"`); n += 97 {
			cmd := exec.Command("sh", "-s", "--", "--mirror", url)
			cmd.Env, cmd.Stdin = env, strings.NewReader(whole[:n])
			cmd.Run()
		}
		if _, err := os.Stat(filepath.Join(home, ".gsw")); err == nil {
			t.Error("a part of the script has installed something")
		}
	})
	t.Run("wget alone", func(t *testing.T) {
		if _, err := exec.LookPath("wget"); err != nil {
			t.Skip("there is no wget here")
		}
		home, env := account(t)
		bin := t.TempDir()
		for _, name := range strings.Fields("sh wget sha256sum uname awk mktemp rm mkdir tar gzip cp chmod mv ln cut basename cat") {
			path, err := exec.LookPath(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
				t.Fatal(err)
			}
		}
		env = append(env, "PATH="+bin)
		if got := run(t, env, filepath.Join(bin, "sh"), script, "--mirror", url); got.code != 0 {
			t.Errorf("%+v", got)
		}
		if _, err := os.Stat(filepath.Join(home, ".gsw", "bin", "gsw-full")); err != nil {
			t.Error(err)
		}
		got := run(t, env, filepath.Join(bin, "sh"), script, "--mirror", serve(t, "1.0.0", spoilt("1.0.0")["no archive"].change))
		if got.code != 4 {
			t.Errorf("%+v", got)
		}
	})
}

// TestPowerShellScript holds install.ps1, which no system but Windows runs, to the names of a release.
func TestPowerShellScript(t *testing.T) {
	text := string(read(t, "../install.ps1"))
	m := regexp.MustCompile(`\$pattern = '([^']*)' \+ \$Machine \+ '([^']*)'`).FindStringSubmatch(text)
	if m == nil {
		t.Fatal("its pattern of archives is not found")
	}
	pattern := regexp.MustCompile(m[1] + "amd64" + m[2])
	sum := strings.Repeat("0a", 32)
	for line, want := range map[string]bool{
		sum + "  gsw_1.2.3_windows_amd64.zip":                  true,
		sum + "  gsw_0.0.1-snapshot.688bf66_windows_amd64.zip": true,
		sum + "  gsw_1.2.3_windows_arm64.zip":                  false,
		sum + "  gsw_1.2.3_linux_amd64.tar.gz":                 false,
		sum + "  ../gsw_1.2.3_windows_amd64.zip":               false,
		sum[1:] + "  gsw_1.2.3_windows_amd64.zip":              false,
	} {
		if pattern.MatchString(line) != want {
			t.Errorf("%s: %v", line, !want)
		}
	}
	last := strings.Split(strings.TrimSpace(text), "\n")
	if last[len(last)-1] != "Install-Gsw $Mirror $Version" {
		t.Errorf("its last line is %q: a half of it may do something", last[len(last)-1])
	}
	if strings.Index(text, "Get-FileHash") > strings.Index(text, "Expand-Archive") {
		t.Error("it unpacks before it verifies")
	}
}

// installed is an account with gsw 1.0.0 from a release.
func installed(t testing.TB) (home string, env []string, gsw string) {
	home, env = account(t)
	if got := run(t, env, "sh", "../install.sh", "--mirror", serve(t, "1.0.0", nil)); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	return home, env, filepath.Join(home, ".gsw", "bin", "gsw")
}

func TestSelfUpdate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("install.sh is for Unix")
	}
	home, env, gsw := installed(t)
	bin := filepath.Join(home, ".gsw", "bin")
	version := func(want string) {
		t.Helper()
		for _, name := range []string{"gsw", "goswitch", "gsw-full"} {
			if got := run(t, env, filepath.Join(bin, name), "version"); !strings.HasPrefix(got.text, "gsw v"+want+" ") {
				t.Errorf("%s is %q, want %s", name, got.text, want)
			}
		}
		if got := run(t, env, filepath.Join(bin, "gsw-shim"), "--edition"); got.text != "v"+want+"\n" {
			t.Errorf("gsw-shim is %q, want %s", got.text, want)
		}
	}
	for name, bad := range spoilt("1.1.0") {
		got := run(t, env, gsw, "self", "update", "--from", serve(t, "1.1.0", bad.change))
		if got.code == 0 || bad.code > 0 && got.code != bad.code {
			t.Errorf("%s: %+v", name, got)
		}
		version("1.0.0")
	}
	// Sums that fit programs of another version: a release that was put together wrongly, or to take gsw back.
	url := serve(t, "1.1.0", map[string]answer{
		"checksums.txt": func(w http.ResponseWriter, _ []byte) {
			fmt.Fprint(w, sumLine(read(t, filepath.Join(folder(t, "1.0.0"), archive("1.0.0"))), archive("1.1.0")))
		},
		archive("1.1.0"): func(w http.ResponseWriter, _ []byte) {
			w.Write(read(t, filepath.Join(folder(t, "1.0.0"), archive("1.0.0"))))
		},
	})
	if got := run(t, env, gsw, "self", "update", "--from", url); got.code != 5 || !strings.Contains(got.text, `says that it is "v1.0.0"`) {
		t.Errorf("%+v", got)
	}
	version("1.0.0")

	good := serve(t, "1.1.0", nil)
	steps := []struct {
		args string
		code int
		says string
		then string
	}{
		{"self rollback", 3, "no earlier gsw is kept", "1.0.0"},
		{"self update", 2, "no public address", "1.0.0"},
		{"self update --from " + good + " --version 1.2.0", 3, "the release is v1.1.0, not v1.2.0", "1.0.0"},
		{"self update -n --from " + good, 0, "would go from v1.0.0 to v1.1.0", "1.0.0"},
		{"self update --from " + good, 0, "went from v1.0.0 to v1.1.0", "1.1.0"},
		{"self update --from " + good, 0, "already", "1.1.0"},
		{"self rollback", 0, "went from v1.1.0 to v1.0.0", "1.0.0"},
		{"self rollback", 0, "went from v1.0.0 to v1.1.0", "1.1.0"},
		{"self update --from " + serve(t, "1.0.0", nil), 2, "older than this gsw", "1.1.0"},
		{"self update --version v1.0.0 --from " + serve(t, "1.0.0", nil), 0, "went from v1.1.0 to v1.0.0", "1.0.0"},
	}
	for _, step := range steps {
		got := run(t, env, gsw, strings.Fields(step.args)...)
		if got.code != step.code || !strings.Contains(got.text, step.says) {
			t.Errorf("gsw %s: %+v", step.args, got)
		}
		version(step.then)
	}
	got := run(t, env, gsw, "self", "update", "--json", "--from", good)
	var object struct{ Old, New string }
	if err := json.Unmarshal([]byte(regexp.MustCompile(`(?s)\{.*\}`).FindString(got.text)), &object); err != nil || object.Old != "v1.0.0" || object.New != "v1.1.0" {
		t.Errorf("%v, %+v", err, got)
	}
	if left, _ := filepath.Glob(filepath.Join(bin, ".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestServer: what a release serves by is a program of its own, which has to be there, and of the same release.
func TestServer(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("install.sh is for Unix")
	}
	home, env, gsw := installed(t)
	folder(t, "1.1.0")
	base, err := shelf()
	if err != nil {
		t.Fatal(err)
	}
	server := filepath.Join(home, ".gsw", "bin", "gsw-server")
	put := func(version string) {
		write(t, server, read(t, filepath.Join(base, "programs", version, "gsw-server")))
		if err := os.Chmod(server, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	serves := [][]string{{"mirror", "serve", home, "--listen", "127.0.0.1:0"}, {"sumdb", "serve", "--offline", "--listen", "127.0.0.1:0"}}
	refused := func(code int, says string) {
		t.Helper()
		for _, args := range serves {
			if got := run(t, env, gsw, args...); got.code != code || !strings.Contains(got.text, says) {
				t.Errorf("gsw %q: %+v", args, got)
			}
		}
	}
	refused(6, "gsw-server is missing")
	put("1.1.0")
	refused(6, "gsw is v1.0.0, and gsw-server is v1.1.0: they have to be of one release")
	if got := run(t, env, server); got.code != 2 || !strings.Contains(got.text, "is started by gsw mirror serve") {
		t.Errorf("%+v", got)
	}
	put("1.0.0")
	if got := run(t, env, gsw, serves[0]...); got.code != 6 || !strings.Contains(got.text, "holds no mirror") {
		t.Errorf("%+v", got)
	}

	cmd := exec.CommandContext(t.Context(), gsw, serves[1]...)
	cmd.Env = env
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url, _, _ := strings.Cut(line, "\t")
	answer, err := http.Get(url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %s", answer.Status)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("interrupted, it ended with %v", err)
	}

	// What somebody put there by hand stays as it is, and that is said; gsw takes it along when it goes.
	if got := run(t, env, gsw, "self", "update", "--from", serve(t, "1.1.0", nil)); got.code != 0 || !strings.Contains(got.text, "gsw-server was not replaced: to serve, it has to be of v1.1.0 as well") {
		t.Errorf("%+v", got)
	}
	if got := run(t, env, gsw, "self", "uninstall", "-y"); got.code != 0 {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(server); err == nil {
		t.Error("self uninstall leaves gsw-server")
	}
}

// TestSelfUninstall leaves the account as it was before gsw came, but for what somebody else put there.
func TestSelfUninstall(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("install.sh is for Unix")
	}
	home, env, gsw := installed(t)
	rc := filepath.Join(home, ".bashrc")
	mine := []byte("alias ll='ls -l'\nexport A=1") // without a newline at its end
	write(t, rc, mine)
	for _, shell := range []string{"bash", "zsh"} {
		if got := run(t, env, gsw, "init", shell, "--write"); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	if bytes.Equal(read(t, rc), mine) {
		t.Fatal("init wrote nothing")
	}
	if got := run(t, env, gsw, "self", "uninstall"); got.code != 6 || !strings.Contains(got.text, "nothing was removed") || !strings.Contains(got.text, "gsw self uninstall -y") {
		t.Errorf("%+v", got)
	}
	if got := run(t, env, gsw, "self", "uninstall", "-n"); got.code != 0 || !strings.Contains(got.text, "added by gsw init") {
		t.Errorf("%+v", got)
	}
	notes := filepath.Join(home, ".gsw", "bin", "my-notes")
	write(t, notes, []byte("mine"))
	if got := run(t, env, gsw, "self", "uninstall", "-y"); got.code != 0 || !strings.Contains(got.text, "left") {
		t.Errorf("%+v", got)
	}
	if !bytes.Equal(read(t, rc), mine) {
		t.Errorf(".bashrc is now %q", read(t, rc))
	}
	if string(read(t, notes)) != "mine" {
		t.Error("a file that gsw did not make is gone")
	}
	if err := os.Remove(notes); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Dir(notes), filepath.Dir(filepath.Dir(notes))} {
		if err := os.Remove(dir); err != nil { // there is nothing else in them
			t.Error(err)
		}
	}
	entries, err := os.ReadDir(home)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// A gsw that a package manager put there is left to it; what it made in the account is not.
func TestPackaged(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the names of Homebrew's folders")
	}
	home, env := account(t)
	place := filepath.Join(t.TempDir(), "Cellar", "gsw", "1.0.0", "bin")
	folder(t, "1.0.0")
	base, _ := shelf()
	for _, name := range []string{"gsw", "gsw-shim"} {
		write(t, filepath.Join(place, name), read(t, filepath.Join(base, "programs", "1.0.0", name)))
		if err := os.Chmod(filepath.Join(place, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	gsw := filepath.Join(place, "gsw")
	for _, args := range []string{"self update --from " + serve(t, "1.1.0", nil), "self rollback"} {
		if got := run(t, env, gsw, strings.Fields(args)...); got.code != 6 || !strings.Contains(got.text, "belongs to Homebrew, which alone should replace it") ||
			!strings.Contains(got.text, "gsw: hint: brew upgrade gsw\n") {
			t.Errorf("%s: %+v", args, got)
		}
	}
	if got := run(t, env, gsw, "init", "bash", "--write"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if got := run(t, env, gsw, "self", "uninstall", "-y"); got.code != 0 || !strings.Contains(got.text, "gsw: left, as it belongs to Homebrew: "+gsw+"; to remove it: brew uninstall gsw\n") {
		t.Errorf("%+v", got)
	}
	if entries, err := os.ReadDir(home); err != nil || len(entries) != 0 {
		t.Errorf("%v, %v", entries, err)
	}
	if got := run(t, env, gsw, "version"); got.code != 0 {
		t.Errorf("%+v", got)
	}
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func write(t testing.TB, file string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
