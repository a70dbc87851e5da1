package profile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	key := "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
	for key, values := range map[string][]string{
		"GOPROXY":     {"off", "direct", "https://a", "http://a:1/x,https://b|direct", "file:///srv/x", "proxy.example", " https://a , off"},
		"GOSUMDB":     {"off", "sum.golang.org", "sum.golang.google.cn", "sum.golang.org https://sum.corp", key, key + " https://x/y"},
		"GOPRIVATE":   {"*.corp.net", "a,b/*", "*", "example.com/x/[ab]"},
		"GONOSUMDB":   {"none"},
		"GOINSECURE":  {"*.corp.net"},
		"GONOPROXY":   {"none"},
		"GOVCS":       {"*:off", "public:git|hg, private:all"},
		"GOTOOLCHAIN": {"local", "auto", "path", "local+auto", "go1.22.3", "go1.22.3+path", "go1.23rc1"},
		"GOAUTH":      {"off", "netrc", "git /x; netrc"},
		"GOFLAGS":     {"-mod=mod", "-mod=mod -modcacherw", "'-ldflags=-s'"},
		Mirror:        {"off", "https://golang.google.cn/dl", "mirror.example/go,https://b"},
		Extends:       {"china", "team-a.b_2"},
	} {
		for _, value := range values {
			if why := Check(key, value); why != "" {
				t.Errorf("%s=%q: %s", key, value, why)
			}
		}
	}
	for _, test := range []struct{ key, value, want string }{
		{"GOPROXY", "goproxy", `GOPROXY="goproxy": "goproxy" is no URL (it is a list of URLs, direct and off)`},
		{"GOPROXY", "ftp://x", `"ftp://x" has a scheme other than`},
		{"GOPROXY", "https://me:secret@x y", `"https://…@x y" holds characters`},
		{"GOPROXY", "https:///x", "names no host"},
		{"GOPROXY", "/srv/mod", "is no URL: https://, http:// or file:// is missing"},
		{"GOPROXY", "file://srv", "needs three slashes"},
		{"GOPROXY", ",", "it has no entry"},
		{"GOPROXY", "on", "is no URL"},
		{"GOSUMDB", "on", "there is no such database"},
		{"GOSUMDB", "true", "is neither off nor"},
		{"GOSUMDB", "OFF", "is neither off nor"},
		{"GOSUMDB", "sum.corp.net", "or a database's key"},
		{"GOSUMDB", "sum.golang.org x", `"x" is no URL`},
		{"GOSUMDB", "a b c", "not 3 words"},
		{"GOSUMDB", "x+1+y", "name+hash+key"},
		{"GOSUMDB", "sum.golang.google.cn https://x", "is neither off nor"},
		{"GOPRIVATE", "https://git.corp.net", "module paths have no scheme"},
		{"GOPRIVATE", "a, b", "holds a blank"},
		{"GOPRIVATE", "[a", "is left open"},
		{"GOVCS", "git", "no rule PATTERN:VCS"},
		{"GOVCS", "*:cvs", "is none of git"},
		{"GOTOOLCHAIN", "1.22.3", "it is local, auto, path, or a release"},
		{"GOTOOLCHAIN", "go1.22.3+always", "only +auto and +path"},
		{"GOTOOLCHAIN", "auto+auto", "it is local, auto, path"},
		{"GOFLAGS", "mod=mod", "is no flag"},
		{"GOFLAGS", "-insecure", "GOINSECURE names"},
		{"GOPROXY", "", "GOPROXY is empty"},
		{"GOPROXY", "off\n", "control characters"},
		{"GOROOT", "/x", "each go command finds its own"},
		{"GOPATH", "/x", "a place on this machine"},
		{"GOBIN", "/x", "it belongs to the Go"},
		{"GOOS", "linux", `a profile can't set "GOOS", only GOAUTH`},
		{"goproxy", "off", "did you mean GOPROXY?"},
		{"LD_PRELOAD", "x", "a profile can't set"},
		{Mirror, "here", "is no URL (it is off, or a list of URLs)"},
		{Extends, "-x", "the name of a profile starts with"},
	} {
		if why := Check(test.key, test.value); !strings.Contains(why, test.want) {
			t.Errorf("%s=%q: %q, want %q", test.key, test.value, why, test.want)
		}
	}
}

// What is built in would be allowed to a user, and adds nothing that is not told.
func TestBuiltIn(t *testing.T) {
	for _, p := range BuiltIn() {
		if CheckName(p.Name) != "" || p.About == "" {
			t.Errorf("%+v", p)
		}
		for _, s := range p.Env {
			if why := Check(s.Name, s.Value); why != "" {
				t.Error(why)
			}
		}
		if why := Check(Mirror, p.Mirror); p.Mirror != "" && why != "" {
			t.Error(why)
		}
		if len(p.Effects()) == 0 && p.Name != Default {
			t.Errorf("%s has no effect", p.Name)
		}
		if !slices.IsSortedFunc(p.Env, func(a, b Setting) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("%s is not sorted", p.Name)
		}
	}
	if (Table{}).Here("/x").Name != Default {
		t.Error("without a word of the user some profile is on")
	}
}

func TestGet(t *testing.T) {
	table := Table{Own: map[string]map[string]string{
		"intranet": {"GOPRIVATE": "*.net"},
		"corp":     {Extends: "intranet", "GOPROXY": "https://p", Mirror: "https://m"},
		"more":     {Extends: "corp", "GOPROXY": "off"},
		"round":    {Extends: "trip"}, "trip": {Extends: "round"},
		"lost": {Extends: "nobody"},
	}}
	for name, want := range map[string]string{
		"intranet": "GOPRIVATE=*.net mirror= adapted",
		"corp":     "GOPRIVATE=*.net GOPROXY=https://p mirror=https://m",
		"more":     "GOPRIVATE=*.net GOPROXY=off mirror=https://m",
		"round":    "mirror=", "lost": "mirror=",
		"offline": "GONOPROXY=none GOPROXY=off GOVCS=*:off mirror=off",
	} {
		p, ok := table.Get(name)
		text := ""
		for _, s := range p.Env {
			text += s.Name + "=" + s.Value + " "
		}
		text += "mirror=" + p.Mirror
		if p.Adapted {
			text += " adapted"
		}
		if !ok || text != want || p.Name != name {
			t.Errorf("%s: %q (%v), want %q", name, text, ok, want)
		}
	}
	if _, ok := table.Get("nobody"); ok {
		t.Error("there is a profile that nobody defined")
	}
	if got := table.Circle("round"); got != "round, trip, round" {
		t.Errorf("circle %q", got)
	}
	if got := table.Circle("more"); got != "" {
		t.Errorf("circle %q", got)
	}
}

func TestAt(t *testing.T) {
	table := Table{Global: "china", Projects: map[string]string{"/a/b": "offline", "/a/b/c": "default", "/w/": "isolated"}}
	for dir, want := range map[string]string{
		"/": "china ", "/a": "china ", "/a/b": "offline /a/b", "/a/bb": "china ", "/a/b/x": "offline /a/b",
		"/a/b/c": "default /a/b/c", "/a/b/c/d": "default /a/b/c", "/w": "isolated /w/", "/w/x": "isolated /w/",
	} {
		if got := table.At(dir); got.Name+" "+got.Project != want {
			t.Errorf("%s: %v, want %s", dir, got, want)
		}
	}
	encode := func(s string) string { return strings.ReplaceAll(s, ":", "%3A") }
	want := "/a/b/c=\n/a/b=GONOPROXY=+none:GOPROXY=+off:GOVCS=+*%3Aoff\n/w=GOPRIVATE=+*.corp.example:GOSUMDB=+off\n" +
		"=GOPROXY=+https%3A//goproxy.cn,direct:GOSUMDB=+sum.golang.google.cn\n"
	if got := table.Lines(encode); got != want {
		t.Errorf("lines %q\nwant  %q", got, want)
	}
	if got := (Table{Global: Default}).Lines(encode); got != "" {
		t.Errorf("lines %q for nothing", got)
	}
}

func TestEffectsAndWarnings(t *testing.T) {
	for _, test := range []struct{ env, want string }{
		{"GOSUMDB=off", "-no module is compared with a checksum database: what go.sum does not have yet is believed as it comes " +
			"-the go command downloads no other toolchain, which it does with a checksum database only: gsw install does " +
			"!GOSUMDB=off: nobody vouches for modules that go.sum does not have yet"},
		{"GOSUMDB=off GOPROXY=http://p", "+modules come from http://p -no module is compared with a checksum database: what go.sum does not have yet is believed as it comes " +
			"-the go command downloads no other toolchain, which it does with a checksum database only: gsw install does " +
			"!nothing is left that would notice a module changed on its way: no checksum database, and no TLS"},
		{"GONOSUMDB=*", "-modules of * are compared with no checksum database " +
			"!every module is exempt from the checksum database: nobody vouches for those that go.sum does not have yet"},
		{"GOPROXY=https://me:pw@p/x|direct,", "+modules come from https://…@p/x|direct,"},
		{"GOTOOLCHAIN=local", "+the go command never runs another release than the chosen one"},
	} {
		var p Profile
		for field := range strings.FieldsSeq(test.env) {
			name, value, _ := strings.Cut(field, "=")
			p.Env = append(p.Env, Setting{name, value})
		}
		var have []string
		for _, e := range p.Effects() {
			have = append(have, fmt.Sprintf("%c%s", "+-"[map[bool]int{true: 1}[e.Gives]], e.Text))
		}
		for _, w := range p.Warnings() {
			have = append(have, "!"+w)
		}
		if got := strings.Join(have, " "); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.env, got, test.want)
		}
	}
}
