package workshop

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"gsw/manager/config"
	"gsw/manager/dist/disttest"
	"gsw/manager/store/storetest"
	"gsw/manager/tools"
	"gsw/platform"
)

func TestUnbuildable(t *testing.T) {
	main := debug.Module{Path: "example.com/x", Version: "v1.0.0", Sum: "h1:x"}
	for _, tt := range []struct {
		name string
		info *debug.BuildInfo
		want string
	}{
		{"published", &debug.BuildInfo{Path: "example.com/x/cmd/y", Main: main, Deps: []*debug.Module{{Path: "example.com/z"}}}, ""},
		{"no sum, as with a module cache of long ago", &debug.BuildInfo{Path: "p", Main: debug.Module{Path: "p", Version: "v1.0.0"}}, ""},
		{"not Go", nil, "y is no Go program"},
		{"go build x.go", &debug.BuildInfo{Path: "command-line-arguments", Main: main}, "y was built from files, not from a module"},
		{"GO111MODULE=off", &debug.BuildInfo{Path: "example.com/x"}, "y was built from files, not from a module"},
		{"go install .", &debug.BuildInfo{Path: "p", Main: debug.Module{Path: "p", Version: "(devel)"}}, "y was built from a working copy of p"},
		{"with changes", &debug.BuildInfo{Path: "p", Main: debug.Module{Path: "p", Version: "v1.0.1-0.20240501000000-abcdefabcdef+dirty"}}, "y was built from a working copy of p"},
		{"at a tag, by Go 1.24", &debug.BuildInfo{Path: "p", Main: debug.Module{Path: "p", Version: "v1.0.0"},
			Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}}}, "y was built from a working copy of p"},
		{"in a workspace", &debug.BuildInfo{Path: "p", Main: main, Deps: []*debug.Module{{Path: "q", Version: "v1.0.0", Replace: &debug.Module{Path: "../q"}}}},
			"y was built with q replaced by ../q"},
		{"itself replaced", &debug.BuildInfo{Path: "p", Main: debug.Module{Path: "p", Version: "v1.0.0", Replace: &debug.Module{Path: "/p"}}},
			"y was built with p replaced by /p"},
	} {
		tool := Tool{Name: "y", info: tt.info}
		if tt.info != nil {
			tool.Package, tool.Module, tool.Version, tool.Sum = tt.info.Path, tt.info.Main.Path, tt.info.Main.Version, tt.info.Main.Sum
		}
		if got := fmt.Sprint(tool.Unbuildable()); got != tt.want && (tt.want != "" || got != "<nil>") {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestBuildable(t *testing.T) {
	h := storetest.New(t, "go1.15.15", "go1.22.3")
	w := Builder{Host: h.Host}
	tool := func(settings ...debug.BuildSetting) Tool {
		return Tool{Name: "y", Package: "p", Module: "p", Version: "v1.0.0", info: &debug.BuildInfo{Settings: settings}}
	}
	for _, tt := range []struct {
		version string
		tool    Tool
		want    string
	}{
		{"go1.22.3", tool(), "<nil>"},
		{"go1.22.3", tool(debug.BuildSetting{Key: "GOOS", Value: h.Host.OS}, debug.BuildSetting{Key: "GOARCH", Value: h.Host.Arch}), "<nil>"},
		{"go1.22.3", tool(debug.BuildSetting{Key: "GOOS", Value: "plan9"}), "y was built for another system (GOOS=plan9)"},
		{"go1.15.15", tool(), "y: go1.15.15 cannot install a module by its version, go1.16 was the first"},
		{"go1.22.3", Tool{Name: "y"}, "y is no Go program"},
	} {
		if got := fmt.Sprint(w.buildable(tt.tool, h.Version(tt.version))); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}

// The go command's output ends where it says why.
func TestLastLines(t *testing.T) {
	for out, want := range map[string]string{
		"": "", "a\n": "\n  a", "1\n2\n3\n\n4\r\n5\n6\n7\xff": "\n  2\n  3\n  4\n  5\n  6\n  7?",
	} {
		if got := lastLines([]byte(out)); got != want {
			t.Errorf("%q: %q, want %q", out, got, want)
		}
	}
}

func TestSame(t *testing.T) {
	info := func(change func(*debug.BuildInfo)) *debug.BuildInfo {
		i := &debug.BuildInfo{Path: "p/cmd", Main: debug.Module{Path: "p", Version: "v1.0.0", Sum: "h1:p"},
			Deps: []*debug.Module{{Path: "q", Version: "v1.1.0", Sum: "h1:q"}, {Path: "old", Version: "v0.1.0", Sum: "h1:o"}}}
		if change != nil {
			change(i)
		}
		return i
	}
	tool := Tool{Name: "y", Module: "p", Version: "v1.0.0", Sum: "h1:p", info: info(nil)}
	for _, tt := range []struct {
		name   string
		change func(*debug.BuildInfo)
		want   string
	}{
		{"nothing", nil, "<nil>"},
		{"another set of dependencies", func(i *debug.BuildInfo) { i.Deps[1] = &debug.Module{Path: "new", Version: "v9.0.0", Sum: "h1:n"} }, "<nil>"},
		{"no sum", func(i *debug.BuildInfo) { i.Main.Sum = "" }, "<nil>"},
		{"other files", func(i *debug.BuildInfo) { i.Main.Sum = "h1:evil" }, "y is not installed: p@v1.0.0 has the checksum h1:evil, and had h1:p when y was built"},
		{"other files below", func(i *debug.BuildInfo) { i.Deps[0].Sum = "h1:evil" }, "y is not installed: q@v1.1.0 has the checksum h1:evil, and had h1:q when y was built"},
		{"another dependency", func(i *debug.BuildInfo) { i.Deps[0].Version, i.Deps[0].Sum = "v1.2.0", "h1:r" }, "y was built with q@v1.1.0, and now with v1.2.0"},
		{"another module", func(i *debug.BuildInfo) { i.Main.Path = "p/cmd" }, "y was built from p@v1.0.0, and now from p/cmd@v1.0.0"},
		{"another version", func(i *debug.BuildInfo) { i.Main.Version = "v1.0.1" }, "y was built from p@v1.0.0, and now from p@v1.0.1"},
	} {
		err := same(tool, info(tt.change))
		if fmt.Sprint(err) != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestStale(t *testing.T) {
	for text, want := range map[string]string{
		"go1.22.3": "go1.22.3", "go1.22.3 X:boringcrypto": "go1.22.3", "go1.20": "go1.20", "devel go1.24-abcdef Mon": "", "": "", "go1.22": "", "go1.22.3-custom": "",
	} {
		if got := releaseOf(text); got.Tag() != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// released is the GOROOT of a release, as the go command fetches it to switch to it: so its programs can be run.
func released(t *testing.T, version string) string {
	t.Helper()
	disttest.Real(t, version)
	env := exec.Command("go", "env", "GOROOT")
	env.Env = append(os.Environ(), "GOTOOLCHAIN=go"+version)
	env.Dir = t.TempDir()
	out, err := env.Output()
	if err != nil {
		disttest.Need(t, "go%s does not start: %v", version, err)
	}
	return strings.TrimSpace(string(out))
}

type silence struct{}

func (silence) Note(string) {}

// From one real release to another, as after `gsw use`.
func TestSyncAcrossReleases(t *testing.T) {
	if testing.Short() {
		t.Skip("two toolchains are fetched, and compile the standard library")
	}
	old, newer := released(t, "1.21.6"), released(t, "1.22.3")
	h := storetest.New(t)
	proxy := filepath.Join(h.Host.UserHome, "proxy")
	disttest.WriteModule(t, proxy, "example.com/dep", "v0.1.0", map[string]string{"dep.go": "package dep\n\nconst Word = \"hello\"\n"})
	disttest.WriteModule(t, proxy, "example.com/greet", "v1.0.0", map[string]string{
		"go.mod":  "module example.com/greet\n\ngo 1.21\n\nrequire example.com/dep v0.1.0\n",
		"go.sum":  "",
		"main.go": "package main\n\nimport \"example.com/dep\"\n\nfunc main() { println(dep.Word) }\n"})
	disttest.WriteModule(t, proxy, "example.com/modern", "v1.0.0", map[string]string{
		"go.mod": "module example.com/modern\n\ngo 1.22\n", "main.go": "package main\n\nfunc main() { for range 3 { println() } }\n"})
	_, _, env := disttest.Local(t, proxy)
	h.Host.Env = platform.NewEnv(h.Host.Target, append(env, "HOME="+h.Host.UserHome, "PATH="+os.Getenv("PATH")))
	disttest.PlantLocal(t, h.Host.Home, "go1.21.6", old)
	disttest.PlantLocal(t, h.Host.Home, "go1.22.3", newer)
	w := Builder{Host: h.Host, Store: h.Store, Config: config.Config{}, Report: silence{}}
	from, to := h.Version("go1.22.3"), h.Version("go1.21.6")
	for _, source := range []string{"example.com/greet", "example.com/modern"} {
		tool := Tool{Name: filepath.Base(source), Package: source, Module: source, Version: "v1.0.0", info: &debug.BuildInfo{}}
		dir := filepath.Join(h.Host.UserHome, "made", tool.Name)
		if err := errors.Join(os.MkdirAll(dir, 0o755), w.install(t.Context(), from, tool, dir, filepath.Join(dir, "bin")), place(from, tool, filepath.Join(dir, "bin"))); err != nil {
			t.Fatal(err)
		}
	}
	results, err := w.Sync(t.Context(), from, to, nil)
	if err != nil || len(results) != 2 {
		t.Fatalf("%v, %v", results, err)
	}
	if r := results[0]; r.Err != nil || r.Built.Go != "go1.21.6" || r.Built.Stale || r.Built.Sum != r.Tool.Sum || r.Tool.Sum == "" || r.Tool.Go != "go1.22.3" {
		t.Errorf("greet: %+v", r)
	}
	if r := results[1]; r.Err == nil || !strings.Contains(r.Err.Error(), "requires go >= 1.22") {
		t.Errorf("modern: %v", r.Err)
	}
	if got := tools.Missing(from, to); !slices.Equal(got, []string{"modern"}) {
		t.Errorf("missing afterwards: %v", got)
	}
}
