package manager

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gsw/manager/local"
	"gsw/manager/store"
	"gsw/platform"
)

// onRegistry is a manager with a home and registry keys of its own.
func onRegistry(t *testing.T) Manager {
	t.Helper()
	host, err := platform.Read()
	if err != nil {
		t.Fatal(err)
	}
	key := fmt.Sprintf(`HKCU\Software\gsw test %d %s`, os.Getpid(), strings.ReplaceAll(t.Name(), "/", "-"))
	t.Cleanup(func() { _ = exec.Command("reg", "delete", key, "/f").Run() }) // which fails where nothing was written
	host.UserHome = t.TempDir()
	host.Home = filepath.Join(host.UserHome, ".gsw")
	host.Registry = platform.Registry{User: key + `\User`, Machine: key + `\Machine`}
	return Manager{Verbs: local.Verbs{Host: host, Store: store.Open(host)}, Report: silent{}}
}

func setPath(t *testing.T, key string, s platform.Setting) {
	t.Helper()
	if _, err := (platform.Registry{User: key, Machine: key}).ReplaceUserPath(platform.Setting{}, s); err != nil {
		t.Fatal(err)
	}
}

func TestLongPath(t *testing.T) {
	long := func(n int) platform.Setting {
		return platform.Setting{Is: true, Expands: true, Text: strings.Repeat(`C:\x;`, n/5)}
	}
	for _, test := range []struct {
		machine, user int
		refused       bool
	}{
		{0, 2000, false}, {0, 32000, false}, {0, 32760, true}, {32000, 700, true}, {20000, 12000, false},
	} {
		t.Run(fmt.Sprint(test.machine, " ", test.user), func(t *testing.T) {
			m := onRegistry(t)
			setPath(t, m.Host.Registry.User, long(test.user))
			if test.machine > 0 {
				setPath(t, m.Host.Registry.Machine, long(test.machine))
			}
			e, err := m.PathWrite(t.Context())
			var tooLong *LongPathError
			if refused := errors.As(err, &tooLong); refused != test.refused || !refused && err != nil {
				t.Errorf("got %v", err)
			}
			now, err := m.Host.Registry.UserVariable("Path")
			if want := long(test.user); err != nil || test.refused && now != want || !test.refused && now != e.New {
				t.Errorf("it has %d characters now, %v", len(now.Text), err)
			}
			if _, err := m.PathRemove(t.Context()); err != nil {
				t.Errorf("taking it out: %v", err)
			}
			if now, err := m.Host.Registry.UserVariable("Path"); err != nil || now != long(test.user) {
				t.Errorf("it has %d characters in the end, %v", len(now.Text), err)
			}
		})
	}
}

// TestPathWriteAtOnce: many at once do it once, and nobody fails.
func TestPathWriteAtOnce(t *testing.T) {
	m := onRegistry(t)
	before := platform.Setting{Is: true, Text: `C:\b`}
	setPath(t, m.Host.Registry.User, before)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := m.PathWrite(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	now, err := m.Host.Registry.UserVariable("Path")
	if want := filepath.Join(m.Host.Home, "shims") + ";" + filepath.Join(m.Host.Home, "bin") + `;C:\b`; err != nil || now.Text != want {
		t.Errorf("got %+v, %v", now, err)
	}
	if e, err := m.PathRemove(t.Context()); err != nil || e.New != before {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestHomeless(t *testing.T) {
	m := onRegistry(t)
	if m.homeless() {
		t.Error("the usual home is not found")
	}
	m.Host.Home = `D:\gsw`
	if !m.homeless() {
		t.Error("Windows would look there for no reason")
	}
	for value, want := range map[string]bool{`D:\GSW\`: false, `D:\other`: true} {
		if out, err := exec.Command("reg", "add", m.Host.Registry.User, "/v", "GSW_HOME", "/t", "REG_SZ", "/d", value, "/f").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if got := m.homeless(); got != want {
			t.Errorf("%s: %v", value, got)
		}
	}
}
