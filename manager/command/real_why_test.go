package command

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gsw/manager/dist/disttest"
)

// machineGo is the GOROOT of the go command that runs the tests.
func machineGo(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("go", "env", "GOROOT")
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// realUser is a user whose PATH starts with a real Go, with nothing of gsw's.
func realUser(t *testing.T, goroot string) *user {
	t.Helper()
	u := newUser(t, "me")
	u.env = []string{"HOME=" + u.home, "PATH=" + filepath.Join(goroot, "bin") + ":/usr/bin:/bin"}
	return u
}

// What why --vars says of each setting is what the go command itself uses, whatever sets it.
func TestVariablesAreTheGoCommands(t *testing.T) {
	t.Parallel()
	t.Run("the machine's", func(t *testing.T) {
		t.Parallel()
		variablesAreTheGoCommands(t, machineGo(t))
	})
	t.Run("1.22.3", func(t *testing.T) {
		t.Parallel()
		disttest.Long(t)
		_, goroot := disttest.Real(t, "1.22.3")
		variablesAreTheGoCommands(t, goroot)
	})
}

func variablesAreTheGoCommands(t *testing.T, goroot string) {
	for _, test := range []struct {
		name, written string
		env           []string
		files         []string
	}{
		{name: "nothing"},
		{name: "the environment", env: []string{"GOPROXY=off", "GOFLAGS=-modcacherw", "GOBIN=/x", "GONOSUMDB=a", "GOINSECURE=b", "GOVCS=*:off", "GOTMPDIR=/tmp"}},
		{name: "go env -w", written: "GOPROXY=https://old\n# GOPROXY=x\nGOSUMDB=off\nGOPRIVATE=*.corp\nGOFLAGS=-mod=mod\nCGO_ENABLED=0\nGOTOOLCHAIN=local\nGOBIN=/y\n"},
		{name: "both", written: "GOPROXY=https://old\nGOSUMDB=off\nGOPATH=/old", env: []string{"GOPROXY=direct", "GOPATH=/new"}},
		{name: "an empty variable", written: "GOPROXY=https://old\nGOTOOLCHAIN=local\n", env: []string{"GOPROXY=", "GOTOOLCHAIN="}},
		{name: "an empty line", written: "GOSUMDB=\nGOPATH=\nGOAUTH=\nGOMODCACHE=\n"},
		{name: "the last line counts", written: "GOPROXY=a\nGOPROXY=https://b\n"},
		{name: "not from a file", written: "GODEBUG=a=1\nGOWORK=off\nGOENV=/x\n"},
		{name: "a list of GOPATHs", env: []string{"GOPATH=/a:/b"}},
		{name: "GOMODCACHE and GOCACHE", env: []string{"GOMODCACHE=/m", "GOCACHE=/c"}},
		{name: "GOENV=off", written: "GOPROXY=https://old", env: []string{"GOENV=off"}},
		{name: "GOENV", env: []string{"GOENV=$HOME/other"}, files: []string{"other", "GOPROXY=https://other\n"}},
		{name: "XDG", env: []string{"XDG_CONFIG_HOME=$HOME/xdg", "XDG_CACHE_HOME=$HOME/cache"}, files: []string{"xdg/go/env", "GOPROXY=https://xdg\n"}},
		{name: "another system", env: []string{"GOOS=windows", "GOARCH=arm64"}},
		{name: "another system, written", written: "GOOS=darwin\n"},
		{name: "GOPRIVATE", env: []string{"GOPRIVATE=x,y"}},
		{name: "GOPRIVATE and one of two", written: "GOPRIVATE=x", env: []string{"GONOPROXY=none"}},
		{name: "no C compiler", env: []string{"PATH=" + filepath.Join(goroot, "bin")}},
		{name: "no C compiler but CC", env: []string{"PATH=" + filepath.Join(goroot, "bin"), "CC=/x/cc"}},
		{name: "cgo by hand", env: []string{"CGO_ENABLED=1", "PATH=" + filepath.Join(goroot, "bin")}},
		{name: "a workspace", files: []string{"go.work", "go 1.21\n"}},
		{name: "a workspace that is off", env: []string{"GOWORK=off"}, files: []string{"go.work", "go 1.21\n"}},
		{name: "no modules", env: []string{"GO111MODULE=off", "GODEBUG=panicnil=1"}},
		{name: "GOROOT", env: []string{"GOROOT=" + goroot}},
	} {
		u := realUser(t, goroot)
		dir := u.project("app", "go.mod", "module example.com/app\n\ngo 1.21\n", "main.go", "package main\n\nfunc main() {}\n")
		for i := 0; i+1 < len(test.files); i += 2 {
			u.write(filepath.Join(u.home, test.files[i]), test.files[i+1])
		}
		if test.written != "" {
			u.write(filepath.Join(u.home, ".config", "go", "env"), test.written)
		}
		for _, line := range test.env {
			u.without(line[:strings.Index(line, "=")])
			u.env = append(u.env, strings.ReplaceAll(line, "$HOME", u.home))
		}
		compareSettings(t, u, dir, test.name)
	}
}

func compareSettings(t *testing.T, u *user, dir, name string) {
	t.Helper()
	goCommand := strings.SplitN(strings.TrimPrefix(u.env[slices.IndexFunc(u.env, func(s string) bool { return strings.HasPrefix(s, "PATH=") })], "PATH="), ":", 2)[0] + "/go"
	real := map[string]string{}
	got := u.run(dir, goCommand, "env", "-json")
	if err := json.Unmarshal([]byte(got.out), &real); err != nil {
		t.Fatalf("%s: go env: %v, %s", name, err, got.err)
	}
	var ours struct{ Variables []variableJSON }
	said := u.run(dir, u.program, "why", "--vars", "--json")
	if err := json.Unmarshal([]byte(said.out), &ours); err != nil {
		t.Fatalf("%s: why --vars: %v, %s", name, err, said.err)
	}
	compared := 0
	for _, v := range ours.Variables {
		want, known := real[v.Name]
		if v.Name == "GOBIN" && want == "" {
			// The go command prints nothing, and installs all the same.
			target := u.run(dir, "/usr/bin/env", "GOCACHE="+disttest.GoCache(t), goCommand, "list", "-f", "{{.Target}}", ".")
			want = filepath.Dir(strings.TrimSpace(target.out))
			if strings.HasPrefix(want, ".") || strings.Contains(want, "windows") || strings.Contains(want, "darwin") {
				continue // another system's programs go below GOPATH/bin
			}
		}
		if v.Name == "GOENV" && v.Value == "off" && want == "" {
			want = "off" // the go command prints no file, which tells less
		}
		if known && v.Value != want {
			t.Errorf("%s: %s is %q (%s), to the go command %q", name, v.Name, v.Value, v.From, want)
		}
		if known {
			compared++
		}
		if (v.Value == "") != (v.From == "") && v.From != "the default" && !strings.Contains(v.From, "/env:") {
			t.Errorf("%s: %s is %q, from %q", name, v.Name, v.Value, v.From)
		}
	}
	if compared < 20 {
		t.Errorf("%s: only %d settings were compared", name, compared)
	}
}

// Which release a go command ends up as, and whether it does its work, is what really happens.
func TestSwitchingIsTheGoCommands(t *testing.T) {
	t.Parallel()
	_, older := disttest.Real(t, "1.21.6")
	_, newer := disttest.Real(t, "1.22.3")
	machine := machineGo(t)
	cache := filepath.Dir(filepath.Dir(newer))
	for _, test := range []struct {
		name, goroot string
		mod          string
		env          []string
		link         bool // go1.22.3 is on PATH, as in GSW_HOME/bin
	}{
		{name: "nothing to switch for", goroot: older, mod: "go 1.21"},
		{name: "auto, on PATH", goroot: older, mod: "go 1.22.3", env: []string{"GOTOOLCHAIN=auto"}, link: true},
		{name: "go.env's auto, on PATH", goroot: older, mod: "go 1.21\ntoolchain go1.22.3", link: true},
		{name: "auto, not on PATH", goroot: older, mod: "go 1.22.3", env: []string{"GOTOOLCHAIN=auto"}},
		{name: "auto, in the module cache", goroot: older, mod: "go 1.22.3", env: []string{"GOTOOLCHAIN=auto", "GOMODCACHE=" + cache}},
		{name: "auto, in the module cache, without a database", goroot: older, mod: "go 1.22.3", env: []string{"GOTOOLCHAIN=auto", "GOMODCACHE=" + cache, "GOSUMDB=off"}},
		{name: "path, on PATH", goroot: older, mod: "go 1.22.3", env: []string{"GOTOOLCHAIN=path"}, link: true},
		{name: "path, not on PATH", goroot: older, mod: "go 1.22.3", env: []string{"GOTOOLCHAIN=path"}},
		{name: "path, in the module cache", goroot: older, mod: "go 1.22.3", env: []string{"GOTOOLCHAIN=path", "GOMODCACHE=" + cache}},
		{name: "local", goroot: older, mod: "go 1.22.3", env: []string{"GOTOOLCHAIN=local"}, link: true},
		{name: "local and a toolchain line", goroot: older, mod: "go 1.21\ntoolchain go1.22.3", env: []string{"GOTOOLCHAIN=local"}, link: true},
		{name: "local and a line", goroot: older, mod: "go 1.22", env: []string{"GOTOOLCHAIN=local"}},
		{name: "toolchain default", goroot: older, mod: "go 1.22.3\ntoolchain default", env: []string{"GOTOOLCHAIN=auto"}, link: true},
		{name: "named", goroot: older, mod: "go 1.21", env: []string{"GOTOOLCHAIN=go1.22.3"}, link: true},
		{name: "named, older than the go line", goroot: machine, mod: "go 1.23", env: []string{"GOTOOLCHAIN=go1.22.3"}, link: true},
		{name: "named, not to be had", goroot: older, mod: "go 1.21", env: []string{"GOTOOLCHAIN=go1.22.3"}},
		{name: "named+auto, enough", goroot: older, mod: "go 1.22.2", env: []string{"GOTOOLCHAIN=go1.22.3+auto"}, link: true},
		{name: "named+auto, not enough", goroot: older, mod: "go 1.22.4", env: []string{"GOTOOLCHAIN=go1.22.3+auto"}, link: true},
		{name: "named+path, not enough", goroot: older, mod: "go 1.22.4", env: []string{"GOTOOLCHAIN=go1.22.3+path"}, link: true},
		{name: "local+auto", goroot: older, mod: "go 1.22.3", env: []string{"GOTOOLCHAIN=local+auto"}, link: true},
		{name: "itself", goroot: newer, mod: "go 1.22.3", env: []string{"GOTOOLCHAIN=go1.22.3"}},
		{name: "nonsense", goroot: newer, mod: "go 1.22", env: []string{"GOTOOLCHAIN=banana"}},
		{name: "nonsense behind a plus", goroot: newer, mod: "go 1.22", env: []string{"GOTOOLCHAIN=go1.22.3+always"}},
		{name: "no modules, no switch", goroot: older, mod: "go 1.22.3", env: []string{"GOTOOLCHAIN=auto", "GO111MODULE=off"}, link: true},
		{name: "the distribution's own go.env", goroot: machine, mod: "go 1.21\ntoolchain go1.22.3", link: true},
	} {
		u := realUser(t, test.goroot)
		dir := u.project("app", "go.mod", "module example.com/app\n\n"+test.mod+"\n", "main.go", "package main\n\nfunc main() {}\n")
		u.env = append(u.env, "GOPROXY=off", "GOENV=off", "GOCACHE="+disttest.GoCache(t))
		if test.link {
			links := filepath.Join(u.dir, "links")
			if err := os.MkdirAll(links, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join(newer, "bin", "go"), filepath.Join(links, "go1.22.3")); err != nil {
				t.Fatal(err)
			}
			u.env = append(u.env, "PATH="+filepath.Join(test.goroot, "bin")+":"+links+":/usr/bin:/bin")
		}
		u.env = append(u.env, test.env...)
		var ours whyJSON
		said := u.run(dir, u.program, "why", "--json")
		if err := json.Unmarshal([]byte(said.out), &ours); err != nil {
			t.Fatalf("%s: why: %v, %s%s", test.name, err, said.out, said.err)
		}
		goCommand := filepath.Join(test.goroot, "bin", "go")
		version := u.run(dir, goCommand, "version")
		lists := u.run(dir, goCommand, "list", ".")
		every := strings.HasPrefix(ours.Runs.Fails, "every command: ")
		switch {
		case (lists.code == 0) != (ours.Runs.Fails == ""):
			t.Errorf("%s: why says %q, and the go command %d: %s", test.name, ours.Runs.Fails, lists.code, lists.err)
		case (version.code == 0) == every:
			t.Errorf("%s: why says %q, and go version %d: %s", test.name, ours.Runs.Fails, version.code, version.err)
		case version.code == 0 && !strings.Contains(version.out, "go version "+ours.Runs.Version+" "):
			t.Errorf("%s: why says %s, because %s; it is %s", test.name, ours.Runs.Version, ours.Runs.Because, version.out)
		}
		if _, words, ok := strings.Cut(ours.Runs.Fails, "requires go "); ok && !strings.Contains(lists.err, "requires go "+strings.TrimSuffix(words, ")")[:8]) {
			t.Errorf("%s: why says %q, the go command %q", test.name, ours.Runs.Fails, lists.err)
		}
		t.Logf("%s: %s; %s; %s", test.name, ours.Runs.Version, ours.Runs.How, ours.Runs.Fails)
	}
}
