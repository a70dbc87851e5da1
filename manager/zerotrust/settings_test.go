package zerotrust

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gsw/manager/goenv"
	"gsw/platform"
)

var linux = platform.Target{OS: "linux", Arch: "amd64"}

// values are settings of the environment, and of the file of go env -w, a line each.
func values(environ []string, written ...string) (goenv.Values, platform.Env) {
	env := platform.NewEnv(linux, append([]string{"HOME=/home/me"}, environ...))
	host := platform.Host{Target: linux, Env: env, Dir: "/p", UserHome: "/home/me"}
	return goenv.Look(host, []string{"/goroot"}, func(name string) ([]byte, error) {
		if filepath.ToSlash(name) == "/home/me/.config/go/env" {
			return []byte(strings.Join(written, "\n")), nil
		}
		return nil, fs.ErrNotExist
	}), env
}

// TestForbidden: each way to let something unproved in is refused by its name, wherever it stands.
func TestForbidden(t *testing.T) {
	file := filepath.FromSlash("/home/me/.config/go/env")
	for _, c := range []struct {
		environ, written []string
		argv             string
		name, place      string
	}{
		{environ: []string{"GONOSUMDB=*"}, name: "GONOSUMDB", place: "the environment"},
		{environ: []string{"GONOSUMDB=corp.example"}, name: "GONOSUMDB", place: "the environment"},
		{written: []string{"# mine", "GONOSUMDB=*.corp.example"}, name: "GONOSUMDB", place: file + ":2"},
		{environ: []string{"GOPRIVATE=*.corp.example"}, name: "GONOSUMDB", place: "GOPRIVATE in the environment"},
		{written: []string{"GOPRIVATE=*.corp.example"}, name: "GONOSUMDB", place: "GOPRIVATE in " + file + ":1"},
		{environ: []string{"GONOSUMCHECK=1"}, name: "GONOSUMCHECK", place: "the environment"},
		{written: []string{"GONOSUMCHECK=1"}, name: "GONOSUMCHECK", place: file + ":1"},
		{environ: []string{"GOINSECURE=*"}, name: "GOINSECURE", place: "the environment"},
		{written: []string{"GOINSECURE=example.com"}, name: "GOINSECURE", place: file + ":1"},
		{environ: []string{"GOSUMDB=off"}, name: "GOSUMDB", place: "the environment"},
		{written: []string{"GOSUMDB=off"}, name: "GOSUMDB", place: file + ":1"},
		{environ: []string{"GOSUMDB=sum.corp.example+abc+def"}, name: "GOSUMDB", place: "the environment"},
		{environ: []string{"GOSUMDB=sum.golang.org+033de0ae+AAAA https://evil.example"}, name: "GOSUMDB", place: "the environment"},
		{environ: []string{"GO111MODULE=off"}, name: "GO111MODULE", place: "the environment"},
		{environ: []string{"GOEXPERIMENT=rangefunc"}, name: "GOEXPERIMENT", place: "the environment"},
		{environ: []string{"GOFLAGS=-insecure"}, name: "GOFLAGS", place: "the environment"},
		{environ: []string{"GOFLAGS=-v --insecure"}, name: "GOFLAGS", place: "the environment"},
		{environ: []string{"GOFLAGS=-insecure=true"}, name: "GOFLAGS", place: "the environment"},
		{written: []string{"", "GOFLAGS=-trimpath -insecure"}, name: "GOFLAGS", place: file + ":2"},
		{environ: []string{"GOFLAGS=-mod=mod"}, name: "GOFLAGS", place: "the environment"},
		{environ: []string{"GOFLAGS=-toolexec=/tmp/evil"}, name: "GOFLAGS", place: "the environment"},
		{environ: []string{"GOFLAGS='-toolexec=/tmp/e vil'"}, name: "GOFLAGS", place: "the environment"},
		{environ: []string{"GOFLAGS=-overlay=o.json"}, name: "GOFLAGS", place: "the environment"},
		{environ: []string{"GOFLAGS=-modfile=other.mod"}, name: "GOFLAGS", place: "the environment"},
		{environ: []string{"GOFLAGS=-pkgdir=/tmp"}, name: "GOFLAGS", place: "the environment"},
		{environ: []string{"GOFLAGS=-compiler=gccgo"}, name: "GOFLAGS", place: "the environment"},
		{environ: []string{`GOFLAGS="-ldflags=-s -extld=/tmp/evil"`}, name: "GOFLAGS", place: "the environment"},
		{environ: []string{"GOFLAGS=-frobnicate"}, name: "GOFLAGS", place: "the environment"},
		{environ: []string{"GOFLAGS=-exec=/tmp/evil"}, name: "GOFLAGS", place: "the environment"},
		{argv: "go get -insecure example.com/x", name: "-insecure", place: "the command line"},
		{argv: "/x/go build -toolexec /tmp/evil .", name: "-toolexec", place: "the command line"},
		{argv: "go build -mod mod .", name: "-mod", place: "the command line"},
		{argv: "go build --mod=mod .", name: "-mod", place: "the command line"},
		{argv: "go -C ../other build", name: "-C", place: "the command line"},
		{argv: "go build -C=../other", name: "-C", place: "the command line"},
		{argv: "go build -ldflags -extld=/tmp/evil .", name: "-ldflags", place: "the command line"},
	} {
		v, _ := values(c.environ, c.written...)
		found := Judge(v, strings.Fields(c.argv))
		if len(found) != 1 || found[0].Name != c.name || found[0].Place != c.place || found[0].Why == "" {
			t.Errorf("%q %q %q: %q, want %s from %s", c.environ, c.written, c.argv, found, c.name, c.place)
			continue
		}
		e := &ForbiddenError{found}
		if typed := c.argv != ""; e.Typed() != typed || (e.Undo() == "") != typed {
			t.Errorf("%v: typed %v, undone by %q", e, e.Typed(), e.Undo())
		}
		if !strings.HasPrefix(e.Error(), "zero trust refuses "+c.name) || !strings.Contains(e.Error(), "("+c.place+")") {
			t.Errorf("the refusal is %q", e)
		}
	}
}

func TestHarmless(t *testing.T) {
	for _, c := range []struct {
		environ, written []string
		argv             string
	}{
		{},
		{environ: []string{"GONOSUMDB=none", "GOPRIVATE=*.corp.example"}}, // private, and checked all the same
		{environ: []string{"GONOSUMDB=none"}, written: []string{"GONOSUMDB=*"}},
		{environ: []string{"GOINSECURE=none", "GONOPROXY=*", "GOPROXY=direct", "GOTOOLCHAIN=go1.99", "GOVCS=*:all"}},
		{environ: []string{"GOSUMDB=sum.golang.org"}},
		{environ: []string{"GOSUMDB=sum.golang.org https://mirror.example"}},
		{environ: []string{"GOSUMDB=sum.golang.google.cn"}},
		{environ: []string{"GOSUMDB=" + sumdbKey}},
		{environ: []string{"GOFLAGS=-trimpath -tags=a,b -mod=vendor -p=2 -buildvcs=false '-ldflags=-s -w' -modcacherw --v"}},
		{environ: []string{"GO111MODULE=auto"}},
		{written: []string{"#GOSUMDB=off", "GOPROXY=off"}},
		{argv: "go build -mod=readonly -o x ./..."},
		{argv: "go test ./... -args -insecure -C"},
		{argv: "go run . -- -toolexec"},
		{argv: "make -C sub"},
		{argv: "go"},
	} {
		v, _ := values(c.environ, c.written...)
		if found := Judge(v, strings.Fields(c.argv)); len(found) > 0 {
			t.Errorf("%q %q %q: refused %q", c.environ, c.written, c.argv, found)
		}
	}
}

func TestSplitFlags(t *testing.T) {
	for text, want := range map[string]string{
		"": "", " -a\t-b\n": "-a|-b", `'-x=a b' "-y='"`: `-x=a b|-y='`, `-x='a b'`: `-x='a|b'`, `'-x=a`: "-x=a", `''`: "",
	} {
		if got := strings.Join(splitFlags(text), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzSplitFlags(f *testing.F) {
	f.Add(`-a '-b c' "-d`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, flag := range splitFlags(text) {
			if !strings.Contains(text, flag) {
				t.Errorf("%q: %q is not part of it", text, flag)
			}
			_ = wrongInGOFLAGS(flag)
		}
	})
}

// TestEnvironment: what is not in the table does not get through, and no setting of the user's gets past what is fixed.
func TestEnvironment(t *testing.T) {
	v, env := values([]string{
		"PATH=/home/me/bin:/usr/bin", "SECRET=x", "AWS_SESSION_TOKEN=x", "LD_PRELOAD=/tmp/evil.so", "CC=/tmp/evil", "GIT_DIR=/tmp/evil",
		"GOPROXY=direct", "GOSUMDB=sum.golang.org", "GOTOOLCHAIN=auto", "GOBIN=/home/me/bin", "GODEBUG=x=1", "GOROOT=/tmp/evil",
		"TERM=xterm", "LANG=C.UTF-8", "GOFLAGS=-trimpath", "TMPDIR=/elsewhere", "GSW_HOME=/g", "BASH_ENV=/tmp/evil",
	}, "GOOS=windows", "GOCACHE=/elsewhere", "PKG_CONFIG=/tmp/evil", "CGO_ENABLED=0")
	at := Folders{
		GOROOT: "/goroot", Project: "/p", GOBIN: "/p/.gobin", GOCACHE: "/cache", GOMODCACHE: "/mod", GOPATH: "/gopath", Temporary: "/tmp/run",
		System: []string{"/usr/bin", "/bin"}, Work: "off",
	}
	got, withheld := Environment(env, v, at, linux)
	want := []string{
		"CGO_ENABLED=0", "GO111MODULE=on", "GOAUTH=off", "GOBIN=/p/.gobin", "GOCACHE=/cache", "GOENV=off", "GOFLAGS=-trimpath", "GOINSECURE=none",
		"GOMODCACHE=/mod", "GONOPROXY=none", "GONOSUMDB=none", "GOOS=windows", "GOPATH=/gopath", "GOPROXY=off", "GOSUMDB=sum.golang.org",
		"GOTOOLCHAIN=local", "GOVCS=*:off", "GOWORK=off", "HOME=/home/me", "LANG=C.UTF-8", "PATH=" + filepath.FromSlash("/goroot/bin") + ":/usr/bin:/bin:/p/.gobin",
		"TERM=xterm", "TMPDIR=/tmp/run",
	}
	if !slices.Equal(got.Environ(), want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got.Environ(), "\n"), strings.Join(want, "\n"))
	}
	if want := []string{"CC", "GODEBUG", "GOROOT", "LD_PRELOAD", "PKG_CONFIG"}; !slices.Equal(withheld, want) {
		t.Errorf("withheld %q, want %q", withheld, want)
	}
	at.Fresh = true
	got, _ = Environment(env, v, at, linux)
	if got.Get("GOFLAGS") != "-trimpath -a" {
		t.Errorf("anew: GOFLAGS=%s", got.Get("GOFLAGS"))
	}
	external, internal := Told(got, v)
	if external["GOOS"] != "windows" || external["GOFLAGS"] != "-trimpath" || internal["GOPROXY"] != "off" || internal["GOFLAGS"] != "-trimpath -a" {
		t.Errorf("told %v and %v", external, internal)
	}
	for _, name := range []string{"HOME", "PATH", "GOCACHE", "TMPDIR", "LANG"} {
		if external[name]+internal[name] != "" {
			t.Errorf("the statement tells %s", name)
		}
	}
	for _, v := range Variables() {
		if v.Why == "" || strings.HasSuffix(v.Why, ".") {
			t.Errorf("%s: %q is no reason", v.Name, v.Why)
		}
	}
}
