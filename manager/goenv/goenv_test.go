package goenv_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gsw/manager/goenv"
	"gsw/platform"
)

func TestWhereASettingComesFrom(t *testing.T) {
	abs := func(parts ...string) string {
		return filepath.Join(append([]string{filepath.VolumeName(os.TempDir()) + string(filepath.Separator)}, parts...)...)
	}
	home, xdg := abs("home", "ada"), abs("xdg")
	written, elsewhere := filepath.Join(home, ".config", "go", "env"), abs("elsewhere")
	mac := filepath.Join(home, "Library", "Application Support", "go", "env")
	first, second := abs("go1"), abs("go2")
	files := map[string]string{
		written:                             "GOPROXY=https://old\n# GOPROXY=https://comment\ngoproxy=https://small\nnonsense\nGOPROXY=https://written\nGOSUMDB=\n",
		elsewhere:                           "GOPROXY=https://elsewhere",
		mac:                                 "GOPROXY=https://mac\n",
		filepath.Join(xdg, "go", "env"):     "GOPROXY=https://xdg\n",
		abs("AppData", "go", "env"):         "GOPROXY=https://appdata\n",
		filepath.Join(second, "go.env"):     "# defaults\nGOPROXY=https://goroot,direct\nGOSUMDB=sum.golang.org\n",
		filepath.Join(abs("go3"), "go.env"): "GOAUTH=netrc\n",
	}
	read := func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}
	roots := []string{first, second, abs("go3")}
	for _, test := range []struct {
		name        string
		os          string
		environ     []string
		home        string
		roots       []string
		setting     string
		value, from string
	}{
		{"the environment first", "linux", []string{"GOPROXY=off"}, home, roots, "GOPROXY", "off", "the environment"},
		{"an empty variable is none", "linux", []string{"GOPROXY="}, home, roots, "GOPROXY", "https://written", written + ":5"},
		{"the last line counts", "linux", nil, home, roots, "GOPROXY", "https://written", written + ":5"},
		{"GOENV", "linux", []string{"GOENV=" + elsewhere}, home, roots, "GOPROXY", "https://elsewhere", elsewhere + ":1"},
		{"GOENV=off", "linux", []string{"GOENV=off"}, home, roots, "GOPROXY", "https://goroot,direct", filepath.Join(second, "go.env") + ":2"},
		{"GOENV=off, no Go", "linux", []string{"GOENV=off"}, home, nil, "GOPROXY", "", ""},
		{"XDG_CONFIG_HOME", "linux", []string{"XDG_CONFIG_HOME=" + xdg}, home, roots, "GOPROXY", "https://xdg", filepath.Join(xdg, "go", "env") + ":1"},
		{"a relative XDG_CONFIG_HOME is an error, so no file", "linux", []string{"XDG_CONFIG_HOME=x"}, home, nil, "GOPROXY", "", ""},
		{"macOS", "darwin", []string{"XDG_CONFIG_HOME=" + xdg}, home, roots, "GOPROXY", "https://mac", mac + ":1"},
		{"Windows", "windows", []string{"APPDATA=" + abs("AppData")}, home, roots, "GOPROXY", "https://appdata", abs("AppData", "go", "env") + ":1"},
		{"no home", "linux", nil, "", roots, "GOPROXY", "https://goroot,direct", filepath.Join(second, "go.env") + ":2"},
		{"an empty line hides go.env", "linux", nil, home, roots, "GOSUMDB", "", written + ":6"},
		{"only the first go.env is asked", "linux", nil, home, roots, "GOAUTH", "netrc", "the default"},
		{"nobody sets it", "linux", nil, home, roots, "GOPRIVATE", "", ""},
	} {
		target := platform.Target{OS: test.os, Arch: "amd64"}
		h := platform.Host{Target: target, Env: platform.NewEnv(target, test.environ), UserHome: test.home}
		s := goenv.Look(h, test.roots, read).Get(test.setting)
		from := ""
		if len(s.Layers) > 0 {
			from = s.Layers[0].Place()
		}
		if s.Value() != test.value || from != test.from {
			t.Errorf("%s: %q from %q, want %q from %q", test.name, s.Value(), from, test.value, test.from)
		}
	}
}

func TestWhatIsHidden(t *testing.T) {
	home := filepath.Join(string(filepath.Separator), "home", "ada")
	goroot := filepath.Join(string(filepath.Separator), "go1")
	written, distributed := filepath.Join(home, ".config", "go", "env"), filepath.Join(goroot, "go.env")
	read := func(name string) ([]byte, error) {
		switch name {
		case written:
			return []byte("GOPATH=/work\nGOSUMDB=off\nGODEBUG=x=1\nGOROOT=/old\nGOPRIVATE=*.corp"), nil
		case distributed:
			return []byte("\nGOSUMDB=sum.golang.org\nGOROOT=/nonsense"), nil
		}
		return nil, fs.ErrNotExist
	}
	target := platform.Target{OS: "linux", Arch: "amd64"}
	h := platform.Host{Target: target, UserHome: home, Env: platform.NewEnv(target, []string{"GOSUMDB=on", "GOROOT=/env", "GOBIN=/bin"})}
	values := goenv.Look(h, []string{goroot}, read)
	for name, want := range map[string]string{
		"GOSUMDB":    "on (the environment) | off (" + written + ":2) | sum.golang.org (" + distributed + ":2)",
		"GOROOT":     "/env (the environment) | /old (" + written + ":4) | " + goroot + " (the default (the go command finds its own))",
		"GODEBUG":    "", // the go command takes it from the environment alone
		"GOPATH":     "/work (" + written + ":1) | " + filepath.Join(home, "go") + " (the default)",
		"GOMODCACHE": filepath.Join("/work", "pkg", "mod") + " (the default (from GOPATH))",
		"GOBIN":      "/bin (the environment) | " + filepath.Join("/work", "bin") + " (the default (from GOPATH))",
		"GONOSUMDB":  "*.corp (the default (from GOPRIVATE))",
		"GOCACHE":    filepath.Join(home, ".cache", "go-build") + " (the default)",
		"GOENV":      written + " (the default)",
		"GOPROXY":    "",
	} {
		s := values.Get(name)
		var have []string
		for _, l := range s.Layers {
			have = append(have, l.Value+" ("+l.Place()+")")
		}
		if text := strings.Join(have, " | "); text != want {
			t.Errorf("%s: %s; want %s", name, text, want)
		}
		if len(s.Layers) > 0 && len(s.Hidden()) != len(s.Layers)-1 {
			t.Errorf("%s: hidden are %v", name, s.Hidden())
		}
	}
	if !values.Get("GOSUMDB").Set() || values.Get("GOCACHE").Set() || values.Get("GOPROXY").Set() {
		t.Error("who sets what")
	}
	if !slices.IsSorted(goenv.Names()) {
		t.Error("the names are not sorted")
	}
}
