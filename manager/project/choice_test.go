package project

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gsw/manager/dist/disttest"
	"gsw/manager/gover"
	"gsw/platform"
)

// plant makes files below a new folder and returns it. "{}" in a content stands for that folder.
func plant(t testing.TB, files map[string]string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(file, 0o755)
		} else {
			err = os.WriteFile(file, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func host(root, dir string, environ ...string) platform.Host {
	linux := platform.Target{OS: "linux", Arch: "amd64"}
	for i := range environ {
		if strings.Contains(environ[i], "{}") {
			environ[i] = filepath.FromSlash(strings.ReplaceAll(environ[i], "{}", root))
		}
	}
	return platform.Host{Target: linux, Env: platform.NewEnv(linux, environ), Dir: filepath.Join(root, filepath.FromSlash(dir))}
}

func aliases(name string) (string, bool) {
	meaning, ok := map[string]string{"work": "1.21"}[name]
	return meaning, ok
}

// Precedence and reason together: the same version for the wrong reason is wrong.
func TestChoose(t *testing.T) {
	for _, test := range []struct {
		name     string
		files    map[string]string
		dir      string
		environ  []string
		argument string
		spec     string
		reason   string // {} is the root
		minimum  string
		from     string // where the minimum stands
	}{
		{name: "nothing", dir: "a/b", reason: "the default"},
		{
			name: "the argument beats all", dir: "a", argument: "1.21.6", environ: []string{"GSW_VERSION=1.20"},
			files: map[string]string{"a/.go-version": "1.22.3", "a/go.mod": "go 1.24\n"},
			spec:  "1.21.6", reason: "given on the command line",
		},
		{
			name: "the variable beats files, and no go line overrules it", dir: "a", environ: []string{"GSW_VERSION=work"},
			files: map[string]string{"a/.go-version": "1.22.3", "a/go.mod": "go 1.24\n"},
			spec:  "1.21", reason: "set by GSW_VERSION",
		},
		{
			name: "an empty variable is none", dir: "a", environ: []string{"GSW_VERSION="},
			files: map[string]string{"a/.go-version": "1.22.3"},
			spec:  "1.22.3", reason: "set by {}/a/.go-version:1",
		},
		{
			name: ".go-version beats its neighbours", dir: "a",
			files: map[string]string{
				"a/.go-version": "\n# ours\n1.22.3\n", "a/.tool-versions": "golang 1.21.1", "a/go.work": "toolchain go1.21.2", "a/go.mod": "toolchain go1.21.3",
			},
			spec: "1.22.3", reason: "set by {}/a/.go-version:3",
		},
		{
			name: ".tool-versions beats go.work and go.mod", dir: "a",
			files: map[string]string{
				"a/.tool-versions": "nodejs 20\ngolang 1.21.1\n", "a/go.work": "toolchain go1.21.2", "a/go.mod": "toolchain go1.21.3",
			},
			spec: "1.21.1", reason: "set by {}/a/.tool-versions:2",
		},
		{
			name: "go.work beats go.mod", dir: "a",
			files: map[string]string{"a/go.work": "go 1.21\n\ntoolchain go1.21.2", "a/go.mod": "go 1.20\ntoolchain go1.21.3"},
			spec:  "1.21.2", reason: "set by {}/a/go.work:3", minimum: "1.21", from: "{}/a/go.work:1",
		},
		{
			name: "go.mod is a pin by its toolchain line", dir: "a",
			files: map[string]string{"a/.tool-versions": "nodejs 20", "a/go.mod": "module m\n\ngo 1.21\n\ntoolchain go1.21.3"},
			spec:  "1.21.3", reason: "set by {}/a/go.mod:5", minimum: "1.21", from: "{}/a/go.mod:3",
		},
		{
			name: "the nearest folder beats kinds", dir: "a/b",
			files: map[string]string{"a/.go-version": "1.22.3", "a/b/go.mod": "go 1.20\ntoolchain go1.21.3"},
			spec:  "1.21.3", reason: "set by {}/a/b/go.mod:2", minimum: "1.20", from: "{}/a/b/go.mod:1",
		},
		{
			name: "a go line is no pin", dir: "a/b",
			files: map[string]string{"a/.go-version": "work", "a/b/go.mod": "go 1.24"},
			spec:  "1.21", reason: "set by {}/a/.go-version:1", minimum: "1.24", from: "{}/a/b/go.mod:1",
		},
		{
			name: "toolchain default and local are no pins", dir: "a/b",
			files: map[string]string{"a/.go-version": "1.22.3", "a/b/go.mod": "toolchain default", "a/b/go.work": "toolchain local"},
			spec:  "1.22.3", reason: "set by {}/a/.go-version:1",
		},
		{
			name: "a custom toolchain is its release", dir: "a",
			files: map[string]string{"a/go.mod": "toolchain go1.22.3-corp"},
			spec:  "1.22.3", reason: "set by {}/a/go.mod:1",
		},
		{
			name: "an old toolchain is a release, not a line", dir: "a",
			files: map[string]string{"a/go.mod": "toolchain go1.20"},
			spec:  "1.20.0", reason: "set by {}/a/go.mod:1",
		},
		{
			name: "a minimum without a pin", dir: "a/b/c",
			files:  map[string]string{"a/go.mod": "go 1.22.5"},
			reason: "the default", minimum: "1.22.5", from: "{}/a/go.mod:1",
		},
		{
			name: "go.work governs nearer modules", dir: "a/b",
			files:  map[string]string{"a/b/go.mod": "go 1.24", "a/go.work": "go 1.23"},
			reason: "the default", minimum: "1.23", from: "{}/a/go.work:1",
		},
		{
			name: "go.work governs although a nearer pin was found", dir: "a/b",
			files: map[string]string{"a/b/.go-version": "1.22.3", "a/b/go.mod": "go 1.24", "a/go.work": "go 1.23"},
			spec:  "1.22.3", reason: "set by {}/a/b/.go-version:1", minimum: "1.23", from: "{}/a/go.work:1",
		},
		{
			name: "go.work governs also without a go line", dir: "a/b",
			files:  map[string]string{"a/b/go.mod": "go 1.24", "a/go.work": "use ./b"},
			reason: "the default",
		},
		{
			name: "the nearest go.work", dir: "a/b",
			files:  map[string]string{"a/b/go.work": "go 1.22", "a/go.work": "go 1.23"},
			reason: "the default", minimum: "1.22", from: "{}/a/b/go.work:1",
		},
		{
			name: "GOWORK=off", dir: "a/b", environ: []string{"GOWORK=off"},
			files:  map[string]string{"a/b/go.mod": "go 1.24", "a/go.work": "go 1.23\ntoolchain go1.23.4"},
			reason: "the default", minimum: "1.24", from: "{}/a/b/go.mod:1",
		},
		{
			name: "GOWORK=auto", dir: "a/b", environ: []string{"GOWORK=auto"},
			files: map[string]string{"a/b/go.mod": "go 1.24", "a/go.work": "go 1.23\ntoolchain go1.23.4"},
			spec:  "1.23.4", reason: "set by {}/a/go.work:2", minimum: "1.23", from: "{}/a/go.work:1",
		},
		{
			name: "GOWORK names a file", dir: "a/b", environ: []string{"GOWORK={}/else/go.work"},
			files:  map[string]string{"a/b/go.mod": "go 1.24", "a/go.work": "toolchain go1.23.4", "else/go.work": "go 1.25\ntoolchain go1.25.1"},
			reason: "the default", minimum: "1.25", from: "{}/else/go.work:1",
		},
		{
			name: "GOWORK names a file that is not there", dir: "a/b", environ: []string{"GOWORK={}/else/go.work"},
			files:  map[string]string{"a/b/go.mod": "go 1.24", "a/go.work": "go 1.23"},
			reason: "the default", minimum: "1.24", from: "{}/a/b/go.mod:1",
		},
		{
			name: "the nearest go.mod", dir: "a/b", environ: []string{"GOWORK=off"},
			files: map[string]string{"a/b/go.mod": "module b", "a/go.mod": "go 1.23\ntoolchain go1.23.4"},
			spec:  "1.23.4", reason: "set by {}/a/go.mod:2",
		},
		{
			name: "a go line that is none", dir: "a",
			files:  map[string]string{"a/go.mod": "go next\n"},
			reason: "the default",
		},
		{
			name: "folders are no files", dir: "a/b",
			files: map[string]string{"a/.go-version": "1.22.3", "a/b/.go-version/": "", "a/b/go.mod/": "", "a/b/.tool-versions/": ""},
			spec:  "1.22.3", reason: "set by {}/a/.go-version:1",
		},
		{
			name: "system", dir: "a",
			files: map[string]string{"a/.tool-versions": "golang system # as it comes"},
			spec:  "system", reason: "set by {}/a/.tool-versions:1",
		},
		{
			name: "a working directory that is gone", dir: "a/gone/deep",
			files: map[string]string{"a/.go-version": "1.22.3"},
			spec:  "1.22.3", reason: "set by {}/a/.go-version:1",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := plant(t, test.files)
			if !strings.Contains(test.dir, "gone") {
				if err := os.MkdirAll(filepath.Join(root, test.dir), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			h := host(root, test.dir, test.environ...)
			local := func(s string) string { return filepath.FromSlash(strings.ReplaceAll(s, "{}", root)) }
			check := func(c Choice, err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				if c.Spec.String() != test.spec || c.Origin.String() != local(test.reason) {
					t.Errorf("%q, %s\nwant %q, %s", c.Spec, c.Origin, test.spec, local(test.reason))
				}
				if c.Minimum.String() != test.minimum || c.MinimumOrigin.Place() != local(test.from) {
					t.Errorf("at least %q by %s\nwant %q by %s", c.Minimum, c.MinimumOrigin.Place(), test.minimum, local(test.from))
				}
			}
			check(Choose(h, test.argument, aliases))
			steps, c, err := Explain(h, test.argument, aliases)
			check(c, err)
			taken := 0
			for _, step := range steps {
				if step.Taken {
					taken++
				}
			}
			if want := len(test.spec); taken != min(want, 1) {
				t.Errorf("%d steps decided: %+v", taken, steps)
			}
		})
	}
}

func TestChooseErrors(t *testing.T) {
	for _, test := range []struct {
		name     string
		files    map[string]string
		environ  []string
		argument string
		want     string
	}{
		{name: "argument", argument: "Latest", want: `"Latest" is not a version of Go (understood: latest)`},
		{name: "variable", environ: []string{"GSW_VERSION=1.22.*"}, want: `GSW_VERSION: "1.22.*" is not a version of Go (understood: 1.22)`},
		{
			name:  "not a version",
			files: map[string]string{"a/.go-version": "# why\n\n 1.22.3-alpine \n"},
			want:  `{}/a/.go-version:3: "1.22.3-alpine" is not a version of Go (understood: 1.22.3)`,
		},
		{
			name:  "terminal escapes",
			files: map[string]string{"a/.go-version": "\x1b[2J1.22.3 <"},
			want:  `{}/a/.go-version:1: "\x1b[2J1.22.3 <" is not a version of Go (understood: ">=1.21 <1.23", ~1.22.3 or ^1.21)`,
		},
		{name: "empty", files: map[string]string{"a/.go-version": ""}, want: "{}/a/.go-version: names no version"},
		{name: "comments only", files: map[string]string{"a/.go-version": "# x\n"}, want: "{}/a/.go-version: names no version"},
		{name: "long", files: map[string]string{"a/.go-version": strings.Repeat("\n", 1025)}, want: "{}/a/.go-version: is longer than 1 KiB"},
		{name: "an alias that nobody has", files: map[string]string{"a/.go-version": "job"}, want: `{}/a/.go-version:1: "job" is not a version of Go (understood: `},
		{
			name:  "from source",
			files: map[string]string{"a/.tool-versions": "golang ref:master"},
			want:  `{}/a/.tool-versions:1: "ref:master" is not a release of Go, and gsw has nothing else`,
		},
		{name: "a tool without a version", files: map[string]string{"a/.tool-versions": "\ngo # later\n"}, want: "{}/a/.tool-versions:2: names no version of go"},
		{name: "a toolchain", files: map[string]string{"a/go.mod": "toolchain 1.22.3"}, want: `{}/a/go.mod:1: toolchain "1.22.3" is not the name of a toolchain`},
		{name: "an alias in go.mod", files: map[string]string{"a/go.mod": "toolchain work"}, want: `{}/a/go.mod:1: toolchain "work" is not the name of a toolchain`},
		{
			name:  "a toolchain that never was",
			files: map[string]string{"a/go.mod": "toolchain go1.22.x.y"},
			want:  `{}/a/go.mod:1: "go1.22.x.y" is not a version of Go (understood: `,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := plant(t, test.files)
			h := host(root, "a/b", test.environ...)
			want := strings.ReplaceAll(test.want, "{}/a/", filepath.Join(root, "a")+string(filepath.Separator))
			c, err := Choose(h, test.argument, aliases)
			if err == nil || !strings.HasPrefix(err.Error(), want) || !c.Spec.IsZero() {
				t.Errorf("%v, %v\nwant %s", c.Spec, err, want)
			}
			var pinError *PinError
			var specError *gover.SpecError
			if inFile := len(test.files) > 0; errors.As(err, &pinError) != inFile || errors.As(err, &specError) == inFile {
				t.Errorf("%v is a %T", err, err)
			}
			if _, _, explained := Explain(h, test.argument, aliases); explained == nil || explained.Error() != err.Error() {
				t.Errorf("Explain: %v", explained)
			}
		})
	}
}

// What is not needed is not read: a broken file beyond the pin that decides is nobody's trouble.
func TestBrokenFilesBeyondThePin(t *testing.T) {
	root := plant(t, map[string]string{
		"a/b/.go-version": "1.22.3", "a/b/.tool-versions": "golang ref:x", "a/b/go.mod": "toolchain nonsense\ngo 1.21",
		"a/.go-version": "nonsense", ".go-version": "1.20.1",
	})
	c, err := Choose(host(root, "a/b"), "", nil)
	if err != nil || c.Spec.String() != "1.22.3" || c.Minimum.String() != "1.21" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestUnreadablePin(t *testing.T) {
	root := plant(t, map[string]string{"a/.go-version": "1.22.3"})
	file := filepath.Join(root, "a", ".go-version")
	if err := os.Chmod(file, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(file); err == nil {
		t.Skip("this user may read everything")
	}
	_, err := Choose(host(root, "a"), "", nil)
	if want := file + ": permission denied"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestPlaceIsQuotedIfItHasControls(t *testing.T) {
	o := Origin{Kind: VersionFile, File: "/p\x1b[2J/.go-version", Line: 1}
	if want := `set by "/p\x1b[2J/.go-version":1`; o.String() != want {
		t.Errorf("%s, want %s", o, want)
	}
}

// asAnother gives a file or folder to another user, which only root may.
func asAnother(t *testing.T, path string) {
	t.Helper()
	const somebody = 54321
	if err := os.Chown(path, somebody, somebody); err != nil {
		disttest.Need(t, "only root can give files away: %v", err)
	}
}

func TestFoldersOfOthersEndTheSearch(t *testing.T) {
	root := plant(t, map[string]string{".go-version": "1.20.1", "a/.go-version": "1.21.1", "a/go.mod": "go 1.23", "a/b/c/go.mod": "go 1.22"})
	asAnother(t, filepath.Join(root, "a"))
	for dir, minimum := range map[string]string{"a": "", "a/b": "", "a/b/c": "1.22"} {
		c, err := Choose(host(root, dir), "", nil)
		if err != nil || !c.Spec.IsZero() || c.Origin.String() != "the default" || c.Minimum.String() != minimum {
			t.Errorf("%s: %+v, %v", dir, c, err)
		}
	}
	steps, _, _ := Explain(host(root, "a/b"), "", nil)
	want := "the search ends at " + filepath.Join(root, "a") + ": another user owns it"
	for _, step := range steps {
		if step.Text == want {
			return
		}
	}
	t.Errorf("no step %q in %+v", want, steps)
}

// Whoever may write to /tmp must not decide, nor break, the go of all who work below.
func TestFilesOfOthersInAnOpenFolder(t *testing.T) {
	root := plant(t, map[string]string{".go-version": "1.20.1", "tmp/.go-version": "nonsense", "tmp/mine/go.mod": "module m"})
	tmp := filepath.Join(root, "tmp")
	asAnother(t, filepath.Join(tmp, ".go-version"))
	if _, err := Choose(host(root, "tmp/mine"), "", nil); err == nil {
		t.Error("a teammate's file in a folder that is ours alone must count")
	}
	if err := os.Chmod(tmp, 0o1777); err != nil {
		t.Fatal(err)
	}
	c, err := Choose(host(root, "tmp/mine"), "", nil)
	if err != nil || c.Spec.String() != "1.20.1" {
		t.Errorf("%+v, %v", c, err)
	}
}

func BenchmarkChoose(b *testing.B) {
	root := plant(b, map[string]string{"a/.go-version": "1.22.3\n", "a/go.mod": "module m\n\ngo 1.22\n", "a/b/c/": ""})
	h := host(root, "a/b/c")
	for b.Loop() {
		if _, err := Choose(h, "", nil); err != nil {
			b.Fatal(err)
		}
	}
}
