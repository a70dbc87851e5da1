package activation

import (
	"slices"
	"strings"
	"testing"

	"gsw/platform"
)

const home = "/home/me/.gsw"

var linux = platform.Target{OS: "linux", Arch: "amd64"}

func pinned(tag string) Wish {
	dir := home + "/versions/" + tag
	return Wish{Home: home, GOROOT: dir + "/go", GOBIN: dir + "/bin"}
}

func TestApply(t *testing.T) {
	const v122 = home + "/versions/go1.22.3"
	tests := []struct {
		name    string
		env     []string
		wish    Wish
		want    []string
		notices int
	}{
		{
			name: "a pin in a plain shell",
			env:  []string{"HOME=/home/me", "PATH=/usr/bin:/bin"},
			wish: pinned("go1.22.3"),
			want: []string{
				"GOBIN=" + v122 + "/bin", "HOME=/home/me",
				"PATH=" + v122 + "/go/bin:" + v122 + "/bin:" + home + "/bin:/usr/bin:/bin",
				"__GSW_SAVED=GOBIN==+" + v122 + "/bin",
			},
		},
		{
			name: "the default follows the anchor",
			env:  []string{"HOME=/home/me", "PATH=/usr/bin:/bin"},
			wish: Wish{Home: home, Default: true},
			want: []string{
				"GOBIN=" + home + "/current/bin", "HOME=/home/me",
				"PATH=" + home + "/bin:" + home + "/current/bin:/usr/bin:/bin",
				"__GSW_SAVED=GOBIN==+" + home + "/current/bin",
			},
		},
		{
			name: "other installations, the user's GOBIN and a stale GOROOT are remembered",
			env: []string{
				"GOBIN=/home/me/b:in", "GOROOT=/opt/golang", "HOME=/home/me",
				"PATH=/usr/local/go/bin:/usr/bin:/opt/golang/bin:" + home + "/shims:/bin:/home/me/sdk/go1.18/bin/",
			},
			wish: Wish{Home: home, Default: true},
			want: []string{
				"GOBIN=" + home + "/current/bin", "HOME=/home/me",
				"PATH=" + home + "/bin:" + home + "/current/bin:/usr/bin:/bin",
				"__GSW_SAVED=4=+/usr/local/go/bin:2=+/opt/golang/bin:0=+/home/me/sdk/go1.18/bin/" +
					":GOBIN=+/home/me/b%3Ain=+" + home + "/current/bin:GOROOT=+/opt/golang=",
			},
			notices: 1,
		},
		{
			name: "GOROOT=/usr does not cost /usr/bin, and HOME's bin stays",
			env:  []string{"GOROOT=/usr", "HOME=/home/me", "PATH=/usr/bin:/home/me/bin:/home/me/go/bin"},
			wish: Wish{Home: home, Default: true},
			want: []string{
				"GOBIN=" + home + "/current/bin", "HOME=/home/me",
				"PATH=" + home + "/bin:" + home + "/current/bin:/usr/bin:/home/me/bin:/home/me/go/bin",
				"__GSW_SAVED=GOBIN==+" + home + "/current/bin:GOROOT=+/usr=",
			},
			notices: 1,
		},
		{
			name: "what lies below home was never the user's",
			env:  []string{"GOBIN=" + home + "/current/bin", "GOROOT=" + home + "/current/go", "HOME=/home/me", "PATH=" + v122 + "/bin:/bin"},
			wish: Wish{Home: home, Default: true},
			want: []string{
				"GOBIN=" + home + "/current/bin", "HOME=/home/me",
				"PATH=" + home + "/bin:" + home + "/current/bin:/bin",
				"__GSW_SAVED=GOBIN==+" + home + "/current/bin",
			},
		},
		{
			name: "everything that configuration can ask for",
			env:  []string{"GOPATH=/g", "GOROOT=/opt/golang", "HOME=/home/me", "PATH=/bin"},
			wish: Wish{
				Home: home, GOROOT: v122 + "/go", GOBIN: v122 + "/bin", ExportGOROOT: home + "/current/go",
				GOPATH: v122 + "/gopath", Local: true,
			},
			want: []string{
				"GOBIN=" + v122 + "/bin", "GOPATH=" + v122 + "/gopath", "GOROOT=" + home + "/current/go", "GOTOOLCHAIN=local",
				"HOME=/home/me", "PATH=" + v122 + "/go/bin:" + v122 + "/bin:" + home + "/bin:/bin",
				"__GSW_SAVED=GOBIN==+" + v122 + "/bin:GOPATH=+/g=+" + v122 + "/gopath:GOROOT=+/opt/golang=+" + home +
					"/current/go:GOTOOLCHAIN==+local",
			},
		},
		{
			name: "the system's Go: gsw comes last",
			env:  []string{"HOME=/home/me", "PATH=" + home + "/shims:" + home + "/bin:/usr/local/go/bin:/bin"},
			wish: Wish{Home: home, System: true},
			want: []string{"HOME=/home/me", "PATH=/usr/local/go/bin:/bin:" + home + "/bin"},
		},
		{
			name: "no PATH at all, no HOME either",
			wish: Wish{Home: home, Default: true},
			want: []string{
				"GOBIN=" + home + "/current/bin", "PATH=" + home + "/bin:" + home + "/current/bin",
				"__GSW_SAVED=GOBIN==+" + home + "/current/bin",
			},
		},
		{
			name: "a system-wide store",
			env:  []string{"GSW_SYSTEM=/opt/gsw", "HOME=/home/me", "PATH=/opt/gsw/versions/go1.20/go/bin:/opt/gsw2:/bin"},
			wish: Wish{Home: home, Default: true},
			want: []string{
				"GOBIN=" + home + "/current/bin", "GSW_SYSTEM=/opt/gsw", "HOME=/home/me",
				"PATH=" + home + "/bin:" + home + "/current/bin:/opt/gsw2:/bin",
				"__GSW_SAVED=GOBIN==+" + home + "/current/bin",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, notices := Apply(platform.NewEnv(linux, test.env), test.wish)
			if environ := got.Environ(); !slices.Equal(environ, test.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(environ, "\n\t"), strings.Join(test.want, "\n\t"))
			}
			if len(notices) != test.notices {
				t.Errorf("got the notices %v, want %d", notices, test.notices)
			}
			again, notices := Apply(got, test.wish)
			if changes := got.Changes(again); len(changes) != 0 || len(notices) != 0 {
				t.Errorf("applied twice it changes %v and says %v", changes, notices)
			}
		})
	}
}

// What was there before comes back, by whatever way one went.
func TestRestore(t *testing.T) {
	before := platform.NewEnv(linux, []string{
		"GOBIN=/a=b:c%3A", "GOPATH=", "GOROOT=/usr/local/go", "HOME=/home/me",
		"PATH=/usr/local/go/bin:/usr/local/go/bin::/home/me/.goenv/shims:/usr/bin:/home/me/.gvm/gos/go1.4/bin:/bin:/usr/local/go/bin:",
	})
	env := before
	wishes := []Wish{
		pinned("go1.22.3"), {Home: home, Default: true}, pinned("go1.21.6"), pinned("go1.21.6"),
		{Home: home, Default: true, Shims: true, GOBIN: home + "/versions/go1.20/bin", GOPATH: home + "/x", Local: true, ExportGOROOT: home + "/current/go"},
	}
	for _, w := range wishes {
		env, _ = Apply(env, w)
		if direct, _ := Apply(before, w); len(direct.Changes(env)) != 0 {
			t.Errorf("the way to an environment shows in it: %v", direct.Changes(env))
		}
		if changes := before.Changes(Restore(env, home)); len(changes) != 0 {
			t.Errorf("restoring leaves %v", changes)
		}
	}
	system, _ := Apply(env, Wish{Home: home, System: true})
	if got, want := system.Get("PATH"), before.Get("PATH")+":"+home+"/bin"; got != want {
		t.Errorf("system: PATH is %q, want %q", got, want)
	}
	if changes := before.Changes(Restore(system, home)); len(changes) != 0 {
		t.Errorf("restoring from system leaves %v", changes)
	}
}

// A user may change things while gsw's environment is in force.
func TestChangedMeanwhile(t *testing.T) {
	before := platform.NewEnv(linux, []string{"GOBIN=/old", "HOME=/home/me", "PATH=/usr/local/go/bin:/usr/bin:/bin"})
	env, _ := Apply(before, pinned("go1.22.3"))
	env = env.With("GOBIN", "/new").With("GOROOT", "/opt/go2").With("PATH", "/venv/bin:"+env.Get("PATH")+":/tail")

	again, notices := Apply(env, Wish{Home: home, Default: true})
	if len(notices) != 1 || notices[0] != (Notice{"GOROOT", "/opt/go2"}) {
		t.Errorf("notices: %v", notices)
	}
	restored := Restore(again, home)
	for name, want := range map[string]string{
		"GOBIN": "/new", "GOROOT": "/opt/go2",
		"PATH": "/venv/bin:/usr/bin:/usr/local/go/bin:/bin:/tail", // as many after it as before, though not the same
	} {
		if got := restored.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}

	// The line in an rc file that adds it is read again: it must not be there twice afterwards.
	env = again.With("PATH", "/usr/local/go/bin:"+again.Get("PATH"))
	env, _ = Apply(env, pinned("go1.22.3"))
	if got := Restore(env, home).Get("PATH"); strings.Count(got, "/usr/local/go/bin") != 1 {
		t.Errorf("PATH is %q", got)
	}
}

func TestWindows(t *testing.T) {
	windows := platform.Target{OS: "windows", Arch: "amd64"}
	const home = `C:\Users\me\.gsw`
	before := platform.NewEnv(windows, []string{
		`Path=c:\program files\go\bin\;C:\Windows;C:\Users\me\.gsw\shims;"C:\a;b";C:/Users/Me/sdk/go1.18/bin`, `USERPROFILE=C:\Users\me`,
		`GOROOT=C:\Program Files\Go`,
	})
	const gobin = home + `\versions\go1.22.3\bin`
	env, notices := Apply(before, Wish{Home: home, Default: true, Shims: true, GOBIN: gobin})
	if want := home + `\shims;` + gobin + `;` + home + `\bin;C:\Windows;"C:\a;b"`; env.Get("PATH") != want {
		t.Errorf("PATH is %q, want %q", env.Get("PATH"), want)
	}
	if env.Get("GOBIN") != gobin || len(notices) != 1 {
		t.Errorf("GOBIN is %q, notices %v", env.Get("GOBIN"), notices)
	}
	const goroot = home + `\versions\go1.22.3\go`
	one, _ := Apply(before, Wish{Home: home, GOROOT: goroot, GOBIN: gobin})
	if want := goroot + `\bin;` + gobin + `;` + home + `\shims;` + home + `\bin;C:\Windows;"C:\a;b"`; one.Get("PATH") != want {
		t.Errorf("one version: PATH is %s, want %s", one.Get("PATH"), want)
	}
	want := `c:\program files\go\bin\;C:\Windows;"C:\a;b";C:/Users/Me/sdk/go1.18/bin`
	if got := Restore(env, home); got.Get("Path") != want || got.Get("GOROOT") != `C:\Program Files\Go` {
		t.Errorf("restored: %v", got.Environ())
	}
}

// The saved variable may hold anything. Nothing but GO variables and PATH may follow from it.
func FuzzSaved(f *testing.F) {
	f.Add("1=+/usr/local/go/bin:GOBIN=+/x=+/y:GOROOT=+/usr/local/go=", "/y")
	f.Add("LD_PRELOAD==+/evil:9999999999=+x:-1=+x:GO=+=+:GOBIN:GOBIN=+a:=:::", "")
	f.Add("GOBIN=+%3A%%25=+/y", "/y")
	f.Fuzz(func(t *testing.T, text, gobin string) {
		if strings.ContainsRune(text+gobin, 0) {
			return
		}
		before := platform.NewEnv(linux, []string{"HOME=/home/me", "PATH=/bin", "LD_PRELOAD=/mine", "GOBIN=" + gobin, Saved + "=" + text})
		for _, name := range []string{"HOME", "LD_PRELOAD"} {
			if got := Restore(before, home).Get(name); got != before.Get(name) {
				t.Errorf("%s is %q", name, got)
			}
		}
		s := parseSaved(text)
		if again := parseSaved(s.String()); again.String() != s.String() {
			t.Errorf("%q reads back as %q", s, again)
		}
		env, _ := Apply(before, pinned("go1.22.3"))
		if again, _ := Apply(env, pinned("go1.22.3")); len(env.Changes(again)) != 0 {
			t.Errorf("applied twice: %v", env.Changes(again))
		}
	})
}
