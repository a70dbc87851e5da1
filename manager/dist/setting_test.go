package dist_test

import (
	"io/fs"
	"path/filepath"
	"testing"

	"gsw/manager/dist"
	"gsw/platform"
)

func TestGoSetting(t *testing.T) {
	abs := func(parts ...string) string {
		return filepath.Join(append([]string{string(filepath.Separator)}, parts...)...)
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
		{"the environment first", "linux", []string{"GOPROXY=off"}, home, roots, "GOPROXY", "off", "environment"},
		{"an empty variable is none", "linux", []string{"GOPROXY="}, home, roots, "GOPROXY", "https://written", written},
		{"the last line counts", "linux", nil, home, roots, "GOPROXY", "https://written", written},
		{"GOENV", "linux", []string{"GOENV=" + elsewhere}, home, roots, "GOPROXY", "https://elsewhere", elsewhere},
		{"GOENV=off", "linux", []string{"GOENV=off"}, home, roots, "GOPROXY", "https://goroot,direct", filepath.Join(second, "go.env")},
		{"GOENV=off, no Go", "linux", []string{"GOENV=off"}, home, nil, "GOPROXY", "", ""},
		{"XDG_CONFIG_HOME", "linux", []string{"XDG_CONFIG_HOME=" + xdg}, home, roots, "GOPROXY", "https://xdg", filepath.Join(xdg, "go", "env")},
		{"a relative XDG_CONFIG_HOME is an error, so no file", "linux", []string{"XDG_CONFIG_HOME=x"}, home, nil, "GOPROXY", "", ""},
		{"macOS", "darwin", []string{"XDG_CONFIG_HOME=" + xdg}, home, roots, "GOPROXY", "https://mac", mac},
		{"Windows", "windows", []string{"APPDATA=" + abs("AppData")}, home, roots, "GOPROXY", "https://appdata", abs("AppData", "go", "env")},
		{"no home", "linux", nil, "", roots, "GOPROXY", "https://goroot,direct", filepath.Join(second, "go.env")},
		{"an empty line hides go.env", "linux", nil, home, roots, "GOSUMDB", "", written},
		{"only the first go.env is asked", "linux", nil, home, roots, "GOAUTH", "", ""},
		{"nobody sets it", "linux", nil, home, roots, "GOPRIVATE", "", ""},
	} {
		target := platform.Target{OS: test.os, Arch: "amd64"}
		h := platform.Host{Target: target, Env: platform.NewEnv(target, test.environ), UserHome: test.home}
		if value, from := dist.GoSetting(test.setting, h, test.roots, read); value != test.value || from != test.from {
			t.Errorf("%s: %q from %q, want %q from %q", test.name, value, from, test.value, test.from)
		}
	}
}
