package platform

import (
	"slices"
	"strings"
	"testing"
)

var (
	forLinux   = Target{OS: "linux", Arch: "amd64"}
	forWindows = Target{OS: "windows", Arch: "amd64"}
)

func TestNewEnv(t *testing.T) {
	for _, test := range []struct {
		name   string
		target Target
		in     []string
		want   []string
	}{
		{"sorted", forLinux, []string{"B=2", "A=1"}, []string{"A=1", "B=2"}},
		{"the last of two counts", forLinux, []string{"A=1", "A=2"}, []string{"A=2"}},
		{"case matters", forLinux, []string{"a=1", "A=2"}, []string{"A=2", "a=1"}},
		{"case does not matter", forWindows, []string{"Path=1", "PATH=2"}, []string{"PATH=2"}},
		{"a value may hold anything", forLinux, []string{"A==b=\nc"}, []string{"A==b=\nc"}},
		{"an empty value", forLinux, []string{"A="}, []string{"A="}},
		{"nameless", forLinux, []string{"=C:=x", "A", ""}, []string{}},
		{"a drive's folder", forWindows, []string{`=C:=C:\x`, "=", "A", ""}, []string{`=C:=C:\x`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := NewEnv(test.target, test.in).Environ(); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestEnvIsImmutable(t *testing.T) {
	e := NewEnv(forLinux, []string{"A=1", "C=3"})
	e.With("A", "x")
	e.With("B", "x")
	e.Without("C")
	e.WithPath([]string{"/x"})
	if got, want := e.Environ(), []string{"A=1", "C=3"}; !slices.Equal(got, want) {
		t.Errorf("changed to %q", got)
	}
	// Two made from one must not share what they append to.
	b, d := e.With("B", "2"), e.With("D", "4")
	if b.Get("D") != "" || d.Get("B") != "" {
		t.Errorf("%q and %q share a variable", b.Environ(), d.Environ())
	}
}

func TestEnvOfWindows(t *testing.T) {
	e := NewEnv(forWindows, []string{"Path=C:\\a"})
	if got := e.Get("PATH"); got != `C:\a` {
		t.Errorf("PATH is %q", got)
	}
	if got := e.With("PATH", "x").Environ(); !slices.Equal(got, []string{"Path=x"}) {
		t.Errorf("the spelling became %q", got)
	}
	if _, ok := e.Without("path").Lookup("PATH"); ok {
		t.Error("still there")
	}
	if changes := e.Changes(NewEnv(forWindows, []string{"PATH=C:\\a"})); len(changes) != 0 {
		t.Errorf("another spelling counts as a change: %v", changes)
	}
}

func TestEnvPath(t *testing.T) {
	for _, test := range []struct {
		target Target
		path   string
		want   []string
	}{
		{forLinux, "/a:/b", []string{"/a", "/b"}},
		{forLinux, ":/a::", []string{"", "/a", "", ""}},
		{forLinux, "", nil},
		{forLinux, `/a;b:"/c"`, []string{"/a;b", `"/c"`}},
		{forWindows, `C:\a;D:\b;`, []string{`C:\a`, `D:\b`, ""}},
		{forWindows, `"C:\a;b";C:\c`, []string{`C:\a;b`, `C:\c`}},
	} {
		e := NewEnv(test.target, []string{"PATH=" + test.path})
		got := e.Path()
		if !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q, want %q", test.path, got, test.want)
		}
		if len(got) > 0 && e.WithPath(got).Get("PATH") != test.path {
			t.Errorf("%q became %q", test.path, e.WithPath(got).Get("PATH"))
		}
	}
	if _, ok := NewEnv(forLinux, []string{"PATH=/a"}).WithPath(nil).Lookup("PATH"); ok {
		t.Error("a PATH without entries is set")
	}
}

func TestEnvChanges(t *testing.T) {
	from := NewEnv(forLinux, []string{"GONE=1", "MORE=1", "SAME=1"})
	to := NewEnv(forLinux, []string{"MORE=2", "NEW=", "SAME=1"})
	want := []Change{
		{Name: "GONE", Old: "1", Was: true},
		{Name: "MORE", Old: "1", New: "2", Was: true, Is: true},
		{Name: "NEW", Is: true},
	}
	if got := from.Changes(to); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// FuzzEnvChanges: applying the changes leads there, undoing them leads back, and they are sorted and none is idle.
func FuzzEnvChanges(f *testing.F) {
	f.Add("A=1\x00B=2", "B=3\x00C=", false)
	f.Add("Path=a;b\x00=C:=C:\\", "PATH=b", true)
	f.Add("ß=1\x00SS=2", "ſ=1\x00S=3", true)
	f.Fuzz(func(t *testing.T, a, b string, onWindows bool) {
		target := forLinux
		if onWindows {
			target = forWindows
		}
		from, to := NewEnv(target, strings.Split(a, "\x00")), NewEnv(target, strings.Split(b, "\x00"))
		changes := from.Changes(to)
		there := from.Apply(changes)
		if left := there.Changes(to); len(left) > 0 {
			t.Fatalf("after %v still to do: %v", changes, left)
		}
		var back []Change
		for _, c := range changes {
			if c.Was == c.Is && c.Old == c.New {
				t.Fatalf("%v changes nothing", c)
			}
			back = append(back, c.Reverse())
		}
		if left := to.Apply(back).Changes(from); len(left) > 0 {
			t.Fatalf("after %v still to undo: %v", back, left)
		}
		if !slices.IsSortedFunc(changes, func(a, b Change) int { return strings.Compare(from.key(a.Name), from.key(b.Name)) }) {
			t.Fatalf("not sorted: %v", changes)
		}
		if again := NewEnv(target, from.Environ()); len(from.Changes(again)) > 0 || len(again.Environ()) != len(from.Environ()) {
			t.Fatalf("%q read again is %q", from.Environ(), again.Environ())
		}
	})
}

// FuzzEnvPath: what WithPath writes Path reads back, whatever stood there.
func FuzzEnvPath(f *testing.F) {
	f.Add("/a::/b", false)
	f.Add(`"C:\a;b";C:\c;"`, true)
	f.Fuzz(func(t *testing.T, path string, onWindows bool) {
		target := forLinux
		if onWindows {
			target = forWindows
		}
		e := NewEnv(target, []string{"PATH=" + path})
		entries := e.Path()
		got := e.WithPath(entries).Path()
		// One empty entry alone can't be told from no entry.
		if !slices.Equal(got, entries) && !slices.Equal(entries, []string{""}) {
			t.Fatalf("%q: %q became %q", path, entries, got)
		}
	})
}
