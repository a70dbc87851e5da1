package platform

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// ownKeys are keys of the test's own, below HKCU: what the user has is never touched.
func ownKeys(t *testing.T) (Registry, registry.Key) {
	t.Helper()
	path := fmt.Sprintf(`Software\gsw test %d %s`, os.Getpid(), t.Name())
	key, _, err := registry.CreateKey(registry.CURRENT_USER, path, registry.ALL_ACCESS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		key.Close()
		if err := registry.DeleteKey(registry.CURRENT_USER, path); err != nil {
			t.Error(err)
		}
	})
	return Registry{User: `HKCU\` + path, Machine: `HKCU\` + path}, key
}

// set writes a value of any type, by the way that reg.exe takes, which is not the one that is tested.
func set(t *testing.T, r Registry, name, kind, data string) {
	t.Helper()
	if out, err := exec.Command("reg", "add", r.User, "/v", name, "/t", kind, "/d", data, "/f").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// query is what reg.exe says of a value: "PATH REG_SZ C:\a", or "" if there is none.
func query(t *testing.T, r Registry, name string) string {
	t.Helper()
	out, err := exec.Command("reg", "query", r.User, "/v", name).Output()
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "    ") {
			return strings.Join(strings.SplitN(strings.TrimSpace(line), "    ", 3), " ")
		}
	}
	t.Fatalf("reg query says %q", out)
	return ""
}

func TestUserPathKeepsItsType(t *testing.T) {
	for _, test := range []struct {
		name, kind, data string // as reg.exe takes it; no kind: there is none
		before           Setting
		during           string // as reg.exe tells it
	}{
		{"expands", "REG_EXPAND_SZ", `%USERPROFILE%\a;"C:\b b;c";`, Setting{true, `%USERPROFILE%\a;"C:\b b;c";`, true},
			`Path REG_EXPAND_SZ C:\gsw\shims;%USERPROFILE%\a;"C:\b b;c";`},
		{"a text", "REG_SZ", `C:\%a%;C:\b`, Setting{true, `C:\%a%;C:\b`, false}, `Path REG_SZ C:\gsw\shims;C:\%a%;C:\b`},
		{"not there", "", "", Setting{}, `Path REG_EXPAND_SZ C:\gsw\shims`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, _ := ownKeys(t)
			if test.kind != "" {
				set(t, r, "Path", test.kind, test.data)
			}
			was := query(t, r, "Path")
			before, err := r.UserVariable("PATH")
			if err != nil || before != test.before {
				t.Fatalf("got %+v, %v", before, err)
			}
			env := NewEnv(Target{OS: "windows"}, os.Environ())
			after, err := before.WithFirst(env, `C:\gsw\shims`)
			if err != nil {
				t.Fatal(err)
			}
			edit(t, r, before, after)
			if got := query(t, r, "Path"); got != test.during {
				t.Errorf("got %s\nwant %s", got, test.during)
			}
			edit(t, r, after, after.WithoutFolders(env, `C:\gsw\shims`))
			if got := query(t, r, "Path"); got != was {
				t.Errorf("it was %q, and is %q", was, got)
			}
		})
	}
}

func edit(t *testing.T, r Registry, old, new Setting) {
	t.Helper()
	start := time.Now()
	announced, err := r.ReplaceUserPath(old, new)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	t.Logf("announced: %v, %v", announced, time.Since(start))
}

// TestUserPathBytes compares what is stored, down to the spelling of the value's name and to half a character.
func TestUserPathBytes(t *testing.T) {
	r, key := ownKeys(t)
	const text = "C:\\\xed\xa0\xb4a;C:\\𝄞"
	if err := key.SetExpandStringValue("PATH", text); err != nil {
		t.Fatal(err)
	}
	raw := func() string {
		data, kind, err := readValue(key, "path")
		if err != nil {
			t.Fatal(err)
		}
		names, err := key.ReadValueNames(-1)
		return fmt.Sprintf("%d %x %q %v", kind, data, names, err)
	}
	was := raw()
	before, err := r.UserVariable("Path")
	if err != nil || before.Text != text {
		t.Fatalf("got %+v, %v", before, err)
	}
	after, err := before.WithFirst(Env{windows: true}, `C:\gsw`)
	if err != nil {
		t.Fatal(err)
	}
	edit(t, r, before, after)
	edit(t, r, after, before)
	if is := raw(); is != was {
		t.Errorf("it was %s\nand is %s", was, is)
	}
}

func TestForeignUserPath(t *testing.T) {
	for name, put := range map[string]func(registry.Key) error{
		"a number":        func(key registry.Key) error { return key.SetDWordValue("Path", 7) },
		"bytes":           func(key registry.Key) error { return key.SetBinaryValue("Path", []byte("C:\\a")) },
		"several texts":   func(key registry.Key) error { return key.SetStringsValue("Path", []string{"C:\\a", "C:\\b"}) },
		"several numbers": func(key registry.Key) error { return key.SetQWordValue("Path", 7) },
	} {
		t.Run(name, func(t *testing.T) {
			r, key := ownKeys(t)
			if err := put(key); err != nil {
				t.Fatal(err)
			}
			was, kind, err := readValue(key, "Path")
			if err != nil {
				t.Fatal(err)
			}
			var foreign *ForeignSettingError
			if _, err := r.UserVariable("Path"); !errors.As(err, &foreign) {
				t.Errorf("read as %v", err)
			}
			if _, err := r.ReplaceUserPath(Setting{}, Setting{Is: true, Text: "x"}); !errors.As(err, &foreign) {
				t.Errorf("replaced with %v", err)
			}
			if is, now, err := readValue(key, "Path"); string(is) != string(was) || now != kind || err != nil {
				t.Errorf("it is %q of type %d, %v", is, now, err)
			}
		})
	}
}

func TestUserPathChangedMeanwhile(t *testing.T) {
	r, key := ownKeys(t)
	old, err := r.UserVariable("Path")
	if err != nil || old != (Setting{}) {
		t.Fatalf("got %+v, %v", old, err)
	}
	if err := key.SetStringValue("Path", `C:\theirs`); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReplaceUserPath(old, Setting{Is: true, Text: `C:\mine`}); err == nil || !strings.Contains(err.Error(), "somebody else has just changed it") {
		t.Errorf("got %v", err)
	}
	if text, _, err := key.GetStringValue("Path"); text != `C:\theirs` || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
}

// TestNoKey: the key is made where there is none.
func TestNoKey(t *testing.T) {
	r, _ := ownKeys(t)
	r.User += `\inner`
	if s, err := r.UserVariable("Path"); s.Is || err != nil {
		t.Errorf("got %+v, %v", s, err)
	}
	edit(t, r, Setting{}, Setting{Is: true, Text: "x", Expands: true})
	path, _ := strings.CutPrefix(r.User, `HKCU\`)
	if err := registry.DeleteKey(registry.CURRENT_USER, path); err != nil {
		t.Error(err)
	}
}

func TestMachinePath(t *testing.T) {
	s, err := WindowsRegistry().MachineVariable("Path")
	if err != nil || !s.Is {
		t.Fatalf("got %+v, %v", s, err)
	}
	env := NewEnv(Target{OS: "windows"}, os.Environ())
	for _, e := range s.PathEntries(env) {
		if SameWindowsPath(e.Folder, env.Get("SystemRoot")+`\System32`) {
			return
		}
	}
	t.Errorf("%+v has no system32", s)
}

// TestExpandAsTheSystem holds the pure function against the system's.
func TestExpandAsTheSystem(t *testing.T) {
	for name, value := range map[string]string{"A": "va", "B": "vb", "E": "", "X": ""} {
		t.Setenv(name, value)
	}
	os.Unsetenv("X")
	env := NewEnv(Target{OS: "windows"}, os.Environ())
	for text := range expansions() {
		want, err := registry.ExpandString(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := env.Expand(text); got != want {
			t.Errorf("%q: got %q, the system says %q", text, got, want)
		}
	}
}

// TestDocuments moves the folder as OneDrive does, and puts it back: under Wine, whose folders are nobody's.
func TestDocuments(t *testing.T) {
	if err := windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find(); err != nil {
		skip(t, "somebody's documents are here")
	}
	host, err := Read()
	if err != nil {
		t.Fatal(err)
	}
	own := accountHome()
	host.UserHome = own
	if got, want := host.Documents(), filepath.Join(own, "Documents"); !SameWindowsPath(got, want) {
		t.Fatalf("got %s, want %s", got, want)
	}
	const folders = `Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders`
	key, err := registry.OpenKey(registry.CURRENT_USER, folders, registry.ALL_ACCESS)
	if err != nil {
		t.Fatal(err)
	}
	defer key.Close()
	was, kind, err := key.GetStringValue("Personal")
	if err != nil || kind != registry.EXPAND_SZ {
		t.Fatalf("%q of type %d, %v", was, kind, err)
	}
	defer func() {
		if err := key.SetExpandStringValue("Personal", was); err != nil {
			t.Error(err)
		}
	}()
	if err := key.SetExpandStringValue("Personal", `%USERPROFILE%\OneDrive - Ü\Documents`); err != nil {
		t.Fatal(err)
	}
	if got, want := host.Documents(), filepath.Join(own, `OneDrive - Ü\Documents`); !SameWindowsPath(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	host.UserHome = `D:\a sandbox`
	if got, want := host.Documents(), `D:\a sandbox\Documents`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
