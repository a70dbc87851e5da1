package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gsw/manager/dist"
	"gsw/manager/dist/disttest"
	"gsw/manager/profile"
)

// A profile holds from the prompt after it was chosen, a project's from the folder's edge on, and leaving gives back
// what was there before.
func TestHookHeedsProfiles(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUser(t, oddHome, "1.22.3", "1.21.6").without("GOPROXY")
		app := u.project("app 'x' = 100%:", ".go-version", "1.21.6\n")
		deep, beside := u.project("app 'x' = 100%:/cmd"), u.project("app 'x' = 100%: not")
		cd := func(dir string) string { return "cd " + sh.Quote(dir) }
		const show = `echo "${GOPROXY-no} ${GOSUMDB-no} ${GOVCS-no}"`
		got := u.session(sh,
			`before="$PATH $GOBIN $__GSW_SAVED"`,
			"gsw -q profile set corp GOPROXY 'https://p:1/a=b%25,direct'", show,
			cd(app), "gsw -q profile use corp --project", show, "say app",
			cd(deep), show, cd(beside), show, "cd", show,
			"gsw -q profile use china", show, cd(deep), show, "cd", show,
			// The user's own word counts more, and is left alone.
			"export GOPROXY=off", cd(app), show, "cd", show, "unset GOPROXY", cd(app), show, "export GOSUMDB=off", cd(beside), show, "unset GOSUMDB",
			// A Go of the system has it as well: the profile is about the network.
			"gsw -q use --shell system 2>/dev/null || export GSW_VERSION=1.21.6", show, "unset GSW_VERSION",
			cd(app), "gsw -q profile use default --project", show, "gsw -q profile use default", show, "cd", show,
			`test "$PATH $GOBIN $__GSW_SAVED" = "$before"; say same`)
		const china, corp = "https://goproxy.cn,direct sum.golang.google.cn no", "https://p:1/a=b%25,direct no no"
		u.wantSaid(got,
			"no no no",
			corp, "app: 0 go1.21.6 versions/go1.21.6/bin",
			corp, "no no no", "no no no",
			china, corp, china,
			"off no no", "off sum.golang.google.cn no", corp, "https://goproxy.cn,direct off no",
			china,
			"no no no", "no no no", "no no no",
			"same: 0 go1.22.3 current/bin")
		u.wantQuiet(got)
	})
}

// Walking through folders with profiles starts no process.
func TestProfilesMakeNoProcess(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		disttest.Need(t, "strace is not installed")
	}
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUser(t, "me", "1.22.3", "1.21.6").without("GOPROXY")
		app, lib := u.project("app", ".go-version", "1.21.6\n"), u.project("lib")
		gsw := filepath.Join(u.gsw, "bin", "gsw")
		for _, args := range [][]string{{"init", "--write", sh.Name()}, {"profile", "use", "china"}} {
			if got := u.run(u.home, gsw, args...); got.code != 0 {
				t.Fatal(got.err)
			}
		}
		for dir, name := range map[string]string{app: "offline", lib: "default"} {
			if got := u.run(dir, gsw, "profile", "use", "--project", name); got.code != 0 {
				t.Fatal(got.err)
			}
		}
		var code strings.Builder
		code.WriteString(". " + sh.Quote(filepath.Join(u.gsw, "hook."+sh.Name())) + "\n")
		for _, dir := range []string{app, lib, u.home, app, "/", app} {
			code.WriteString("cd " + sh.Quote(dir) + "\n:\nprintf '%s ' \"${GOPROXY-no}\"\n")
		}
		trace := filepath.Join(u.dir, "trace")
		got := u.feed(u.dir, code.String(), strace, slices.Concat([]string{"-f", "-o", trace, "-e", "trace=clone,clone3,fork,vfork,execve",
			sh.Name()}, sh.plain, []string{"-i"})...)
		text, err := os.ReadFile(trace)
		if err != nil || !strings.Contains(string(text), "execve(") {
			disttest.Need(t, "strace may not trace here: %v %s", err, got.err)
		}
		const proxy = "https://goproxy.cn,direct"
		if want := "off no " + proxy + " off " + proxy + " off"; strings.TrimSpace(got.out) != want {
			t.Errorf("said %q, want %q", got.out, want)
		}
		for line := range strings.Lines(string(text)) {
			if regexp.MustCompile(`^\d+\s+(clone3?|v?fork)\(`).MatchString(line) && !strings.Contains(line, "CLONE_THREAD") {
				t.Error(line)
			}
		}
	})
}

// without takes a variable out of the user's environment.
func (u *user) without(name string) *user {
	u.env = slices.DeleteFunc(u.env, func(line string) bool { return strings.HasPrefix(line, name+"=") })
	return u
}

// What a profile may name as GOPROXY and mirror, gsw can read, and the other way round.
func FuzzProfileURLs(f *testing.F) {
	for _, s := range []string{
		"https://a,direct", "off", "file:///x|http://b:1/%20", "https://me:pw@h/x", "h.example", "a:/b", "/x", "://", "https://", "http://[::1]:2/x", "https://a:b", "c\\d.e",
		"https://a/b?c#d", "file://h/x", "file:///x?y", "direct,off", ",", "https://a b", "https://%zz", "http://a%41/", "https://h:1:2", "http://[::1", "x://y", "h.example:1/x%",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "[") {
			return // whether what is in brackets is an address, a shim would need package netip for
		}
		why := profile.Check("GOPROXY", text)
		_, err := dist.ParseProxyList(text)
		if why == "" && err != nil {
			t.Errorf("a profile may set GOPROXY=%q, and then: %v", text, err)
		}
		if _, err := dist.ParseMirrors(text); err != nil && text != "off" && profile.Check(profile.Mirror, text) == "" {
			t.Errorf("a profile may set mirror=%q, and then: %v", text, err)
		}
	})
}
