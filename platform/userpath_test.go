package platform

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const shimsFolder, binFolder = `C:\Users\me\.gsw\shims`, `C:\Users\me\.gsw\bin`

func windowsEnv() Env {
	return NewEnv(Target{OS: "windows"}, []string{`USERPROFILE=C:\Users\me`, `Two=C:\a;C:\Users\me\.gsw\bin`, `None=`})
}

func TestUserPathFirst(t *testing.T) {
	const own = shimsFolder + ";" + binFolder
	for _, test := range []struct {
		name                string
		before, after, undo Setting
	}{
		{"not there", Setting{}, Setting{true, own, true}, Setting{}},
		{"empty", Setting{true, "", false}, Setting{true, own + ";", false}, Setting{true, "", false}},
		{"of another kind", Setting{true, `C:\a;C:\b`, false}, Setting{true, own + `;C:\a;C:\b`, false}, Setting{true, `C:\a;C:\b`, false}},
		{"with variables", Setting{true, `%USERPROFILE%\go;;C:\b;`, true}, Setting{true, own + `;%USERPROFILE%\go;;C:\b;`, true}, Setting{true, `%USERPROFILE%\go;;C:\b;`, true}},
		{"first already", Setting{true, own, true}, Setting{true, own, true}, Setting{}},
		{
			"in another spelling", Setting{true, `c:\users\ME\.gsw/shims\;"%userprofile%\.gsw\bin";C:\b`, true},
			Setting{true, `c:\users\ME\.gsw/shims\;"%userprofile%\.gsw\bin";C:\b`, true}, Setting{true, `C:\b`, true},
		},
		{"variables do not count in a text", Setting{true, `%USERPROFILE%\.gsw\shims`, false}, Setting{true, own + `;%USERPROFILE%\.gsw\shims`, false}, Setting{true, `%USERPROFILE%\.gsw\shims`, false}},
		{"behind others", Setting{true, `C:\a;` + shimsFolder + `;C:\b;` + binFolder, true}, Setting{true, own + `;C:\a;C:\b`, true}, Setting{true, `C:\a;C:\b`, true}},
		{"in another order", Setting{true, binFolder + ";" + shimsFolder, true}, Setting{true, own, true}, Setting{}},
		{"twice", Setting{true, own + `;C:\a;` + strings.ToUpper(own) + `\`, true}, Setting{true, own + `;C:\a`, true}, Setting{true, `C:\a`, true}},
		{"only alike", Setting{true, shimsFolder + `2;` + shimsFolder + `\x;x` + shimsFolder, true}, Setting{true, own + ";" + shimsFolder + `2;` + shimsFolder + `\x;x` + shimsFolder, true}, Setting{true, shimsFolder + `2;` + shimsFolder + `\x;x` + shimsFolder, true}},
		{"between quotes", Setting{true, `"C:\a;` + shimsFolder + `;";C:\b`, true}, Setting{true, own + `;"C:\a;` + shimsFolder + `;";C:\b`, true}, Setting{true, `"C:\a;` + shimsFolder + `;";C:\b`, true}},
		{"an open quote", Setting{true, `C:\a";` + binFolder, true}, Setting{true, own + `;C:\a";` + binFolder, true}, Setting{true, `C:\a";` + binFolder, true}},
		{"two in one variable", Setting{true, `%Two%;%None%;%Other%`, true}, Setting{true, own + `;%Two%;%None%;%Other%`, true}, Setting{true, `%Two%;%None%;%Other%`, true}},
	} {
		after, err := test.before.WithFirst(windowsEnv(), shimsFolder, binFolder)
		if err != nil || after != test.after {
			t.Errorf("%s: got %+v, %v\nwant %+v", test.name, after, err, test.after)
		}
		if again, err := after.WithFirst(windowsEnv(), shimsFolder, binFolder); err != nil || again != after {
			t.Errorf("%s: the second time %+v, %v", test.name, again, err)
		}
		if undone := after.WithoutFolders(windowsEnv(), shimsFolder, binFolder); undone != test.undo {
			t.Errorf("%s: undone %+v, want %+v", test.name, undone, test.undo)
		}
	}
}

func TestUnfitFolder(t *testing.T) {
	expands, plain := Setting{Is: true, Expands: true}, Setting{Is: true}
	for _, test := range []struct {
		path   Setting
		folder string
		want   string // "": refused
	}{
		{expands, `C:\%USERPROFILE%\x`, ""},
		{Setting{}, `C:\%USERPROFILE%\x`, ""},
		{plain, `C:\%USERPROFILE%\x`, `C:\%USERPROFILE%\x;`},
		{expands, `C:\100%\x`, `C:\100%\x;`},
		{expands, `C:\100%_%x`, `C:\100%_%x;`},
		{expands, `C:\a;b\x`, `"C:\a;b\x";`},
		{expands, "C:\\a\x00b", ""},
		{expands, `C:\"a"`, ""},
		{expands, ``, ""},
	} {
		got, err := test.path.WithFirst(windowsEnv(), test.folder)
		var unfit *UnfitFolderError
		if refused := errors.As(err, &unfit); refused != (test.want == "") || !refused && got.Text != test.want {
			t.Errorf("%q in %+v: got %q, %v; want %q", test.folder, test.path, got.Text, err, test.want)
		}
		if entries := got.PathEntries(windowsEnv()); test.want != "" && (len(entries) == 0 || entries[0].Folder != test.folder) {
			t.Errorf("%q: reads back as %+v", test.folder, entries)
		}
	}
}

// TestExpand has what Windows does, as far as Wine does it, too: see TestExpandAsTheSystem.
func TestExpand(t *testing.T) {
	env := NewEnv(Target{OS: "windows"}, []string{"A=va", "B=vb", "E="})
	for text, want := range expansions() {
		if got := env.Expand(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func expansions() map[string]string {
	return map[string]string{
		"": "", "%A%": "va", "%a%": "va", "%%": "%%", "%%A%": "%%A%", "%X%A%": "%X%A%", "%X%A%B%": "%X%Avb", "%X%%A%": "%X%va",
		"100%": "100%", "x%A": "x%A", "%A%%B%": "vavb", "%A %B%": "%A %B%", "%E%x": "x", "a%X%b%A%c": "a%X%bvac",
	}
}

func TestPathLength(t *testing.T) {
	env := windowsEnv()
	for _, test := range []struct {
		machine, user Setting
		want          int
	}{
		{Setting{}, Setting{}, 0},
		{Setting{Is: true, Text: `C:\a`}, Setting{}, 4},
		{Setting{Is: true, Text: `C:\a`}, Setting{Is: true, Text: `C:\ü𝄞`}, 4 + 1 + 6},
		{Setting{Is: true, Text: `%None%`, Expands: true}, Setting{Is: true, Text: `%USERPROFILE%`, Expands: true}, 11},
		{Setting{Is: true, Text: `%USERPROFILE%`}, Setting{}, 13},
	} {
		if got := PathLength(env, test.machine, test.user); got != test.want {
			t.Errorf("%+v, %+v: got %d, want %d", test.machine, test.user, got, test.want)
		}
	}
}

func TestTextOf(t *testing.T) {
	for _, test := range []struct {
		data, want string
		ok         bool
	}{
		{"", "", true},
		{"\x00\x00", "", true},
		{"a\x00", "a", true}, // some programs forget the NUL
		{"a\x00\x00\x00\x00\x00", "a", true},
		{"\xfc\x00\x34\xd8\x1e\xdd\x00\x00", "ü𝄞", true},
		{"\x34\xd8a\x00\x00\x00", "\xed\xa0\xb4a", true}, // half of a 𝄞
		{"a\x00\x00\x00b\x00\x00\x00", "", false},
		{"a\x00b", "", false},
	} {
		if got, ok := textOf([]byte(test.data)); got != test.want || ok != test.ok {
			t.Errorf("%q: got %q, %v", test.data, got, ok)
		}
	}
}

func TestNoRegistry(t *testing.T) {
	var none Registry
	_, user := none.UserVariable("PATH")
	_, machine := none.MachineVariable("PATH")
	_, write := none.ReplaceUserPath(Setting{}, Setting{Is: true})
	for _, err := range []error{user, machine, write} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("got %v", err)
		}
	}
}

// FuzzUserPath: whatever stands in a PATH, gsw's folders come first, once, and are taken out without a trace; what others
// put there is what it was, byte for byte and in its order.
func FuzzUserPath(f *testing.F) {
	f.Add(`C:\a;%USERPROFILE%\b;;"x;y"`, true, true, shimsFolder)
	f.Add(shimsFolder+`\;`+binFolder, true, false, binFolder)
	f.Add(`";`+shimsFolder, true, true, `D:\a;b`)
	f.Add(``, false, false, `C:\`)
	f.Fuzz(func(t *testing.T, text string, is, expands bool, folder string) {
		before := Setting{Is: is, Text: text, Expands: expands}
		if !is {
			before = Setting{}
		}
		env := windowsEnv()
		clean := before.WithoutFolders(env, shimsFolder, folder)
		after, err := before.WithFirst(env, shimsFolder, folder)
		if err != nil || SameWindowsPath(folder, shimsFolder) || SameWindowsPath(folder, "") {
			return
		}
		entries := after.PathEntries(env)
		if len(entries) < 2 || !SameWindowsPath(entries[0].Folder, shimsFolder) || !SameWindowsPath(entries[1].Folder, folder) {
			t.Fatalf("%+v: not first in %+v", before, after)
		}
		for _, e := range entries[2:] {
			if SameWindowsPath(e.Folder, shimsFolder) || SameWindowsPath(e.Folder, folder) {
				t.Fatalf("%+v: twice in %+v", before, after)
			}
		}
		if again, err := after.WithFirst(env, shimsFolder, folder); err != nil || again != after {
			t.Fatalf("%+v: then %+v, %v", after, again, err)
		}
		if !slices.EqualFunc(entries[2:], clean.PathEntries(env), func(a, b PathEntry) bool { return a == b }) {
			t.Fatalf("%+v became %+v", before, after)
		}
		if undone := after.WithoutFolders(env, shimsFolder, folder); undone != clean {
			t.Fatalf("%+v: undone %+v, want %+v", before, undone, clean)
		}
	})
}
