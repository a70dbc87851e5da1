package ide

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tailscale/hujson"

	"gsw/platform"
)

func linux() Place {
	target := platform.Target{OS: "linux", Arch: "amd64"}
	return Place{Target: target, Env: platform.NewEnv(target, nil), UserHome: "/home/u", Home: "/home/u/.gsw"}
}

func windows() Place {
	target := platform.Target{OS: "windows", Arch: "amd64"}
	return Place{Target: target, Env: platform.NewEnv(target, []string{`APPDATA=C:\Users\u\AppData\Roaming`}),
		UserHome: `C:\Users\u`, Home: `C:\Users\u\.gsw`}
}

// TestSettings is what is written into an empty file, on every system.
func TestSettings(t *testing.T) {
	elsewhere := linux()
	elsewhere.Home = "/opt/gsw"
	for _, c := range []struct {
		place Place
		want  string
	}{
		{linux(), header + `
{
    /* gsw */ "go.alternateTools": {
        /* gsw */ "go": "~/.gsw/shims/go"
    },
    /* gsw */ "go.toolsEnvVars": {
        /* gsw */ "PATH": "${env:HOME}/.gsw/shims:${env:PATH}",
        /* gsw */ "GOBIN": "~/.gsw/current/bin"
    },
    /* gsw */ "go.terminal.activateEnvironment": false
}
`},
		{elsewhere, header + `
{
    /* gsw */ "go.alternateTools": {
        /* gsw */ "go": "/opt/gsw/shims/go"
    },
    /* gsw */ "go.toolsEnvVars": {
        /* gsw */ "PATH": "/opt/gsw/shims:${env:PATH}",
        /* gsw */ "GOBIN": "/opt/gsw/current/bin"
    },
    /* gsw */ "go.terminal.activateEnvironment": false
}
`},
		{windows(), header + `
{
    /* gsw */ "go.alternateTools": {
        /* gsw */ "go": "~\\.gsw\\shims\\go.exe"
    },
    /* gsw */ "go.toolsEnvVars": {
        /* gsw */ "PATH": "${env:USERPROFILE}\\.gsw\\shims;${env:PATH}",
        /* gsw */ "GOBIN": "~\\.gsw\\current\\bin"
    },
    /* gsw */ "go.terminal.activateEnvironment": false
}
`},
	} {
		got, err := vscode{}.Write("", c.place)
		if err != nil || got != c.want {
			t.Errorf("%v:\n%s\nerror %v; want\n%s", c.place.Target, got, err, c.want)
		}
		if back, err := (vscode{}).Remove(got, c.place); back != "" || err != nil {
			t.Errorf("%v: removing left %q, %v", c.place.Target, back, err)
		}
	}
}

func TestUserFile(t *testing.T) {
	mac, own, bare := linux(), linux(), windows()
	mac.Target.OS, mac.UserHome = "darwin", "/Users/u"
	own.Env = platform.NewEnv(own.Target, []string{"XDG_CONFIG_HOME=/cfg"})
	bare.Env = platform.NewEnv(bare.Target, nil)
	for want, place := range map[string]Place{
		"/home/u/.config/Code/User/settings.json":                         linux(),
		"/cfg/Code/User/settings.json":                                    own,
		"/Users/u/Library/Application Support/Code/User/settings.json":    mac,
		`C:\Users\u\AppData\Roaming\Code\User\settings.json`:              windows(),
		`C:\Users\u\AppData\Roaming\Code\User\settings.json` + "\x00bare": bare,
	} {
		if got := UserFile(place); got != strings.TrimSuffix(want, "\x00bare") {
			t.Errorf("UserFile = %q, want %q", got, want)
		}
	}
}

// texts are files as they are found, and a few that try the edges.
func texts() map[string]string {
	return map[string]string{
		"empty object":     "{}",
		"empty, lines":     "{\n}\n",
		"empty, blank":     "{ }",
		"only a comment":   "{\n  // nothing yet\n}\n",
		"comment inside":   "{ /* c */ }",
		"comment at brace": "{ // mine\n\t\"a\": 1 // one\n}\n",
		"tabs":             "{\n\t// theme\n\t\"workbench.colorTheme\": \"x\",\n\t\"b\": [1, 2,],\n}\n",
		"CRLF":             "{\r\n  \"a\": 1\r\n}\r\n",
		"BOM":              "\ufeff{\n  \"a\": 1\n}\n",
		"one line":         `{"a": 1, "b": {"c": null}}`,
		"tools of others":  "{\n    \"go.alternateTools\": {\n        \"gopls\": \"/x/gopls\" // mine\n    }\n}\n",
		"go of others":     "{\n    \"go.alternateTools\": { \"go\": \"/usr/local/go/bin/go\", },\n    \"z\": 1\n}\n",
		"empty tools":      "{\n    \"go.alternateTools\": {},\n    \"go.toolsEnvVars\": { }\n}\n",
		"path of others":   "{\n    \"go.toolsEnvVars\": {\"PATH\": \"/opt/*/x*/bin:${env:PATH}\"}\n}\n",
		"activate":         "{\"go.terminal.activateEnvironment\": true /* yes */}\n",
		"right already":    "{\n    \"go.terminal.activateEnvironment\": false\n}\n",
	}
}

// TestThereAndBack holds for every text: what was written parses and says what is wanted, a second time changes nothing,
// and removing gives the text back, byte for byte.
func TestThereAndBack(t *testing.T) {
	for name, text := range texts() {
		t.Run(name, func(t *testing.T) { thereAndBack(t, vscode{}, text) })
	}
	for name, text := range workspaces() {
		t.Run(name, func(t *testing.T) { thereAndBack(t, goland{}, text) })
	}
}

func thereAndBack(t *testing.T, e Editor, text string) string {
	t.Helper()
	written, err := e.Write(text, linux())
	if err != nil {
		t.Fatal(err)
	}
	if e.Name() == "vscode" {
		holds(t, written)
	}
	if again, err := e.Write(written, linux()); again != written || err != nil {
		t.Errorf("a second time: %v\n%s\nafter\n%s", err, again, written)
	}
	if back, err := e.Remove(written, linux()); back != text || err != nil {
		t.Errorf("there and back: %v\n%q\nwas\n%q\nover\n%s", err, back, text, written)
	}
	if untouched, err := e.Remove(text, linux()); untouched != text || err != nil {
		t.Errorf("removing what was never there: %q, %v", untouched, err)
	}
	return written
}

// holds looks at a text as the editor does.
func holds(t *testing.T, text string) {
	t.Helper()
	doc, err := parse(strings.TrimPrefix(text, "\ufeff"))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	for _, s := range settings(linux()) {
		object := &doc.root
		for _, name := range s.path {
			member := doc.member(object, name)
			if member == nil {
				t.Fatalf("%v is not set in\n%s", s.path, text)
			}
			object = &member.Value
		}
		got := object.Value.(hujson.Literal)
		if !equal(string(got), s.value) && (s.front == "" || !strings.HasPrefix(got.String(), s.front)) {
			t.Errorf("%v is %s in\n%s", s.path, got, text)
		}
	}
}

// TestTouched: what somebody changed or added after gsw stays.
func TestTouched(t *testing.T) {
	written, err := vscode{}.Write("{}", linux())
	if err != nil {
		t.Fatal(err)
	}
	touched := strings.Replace(written, `"~/.gsw/shims/go"`, `"/mine"`, 1)
	touched = strings.Replace(touched, "false\n}", "false,\n    \"new\": 1\n}", 1) // as the editor adds one
	back, err := vscode{}.Remove(touched, linux())
	if want := "{\n    \"go.alternateTools\": {\n        \"go\": \"/mine\"\n    },\n    \"new\": 1\n}"; back != want || err != nil {
		t.Errorf("left\n%s\n%v; want\n%s", back, err, want)
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"{\n  \"a\": 1\n  \"b\": 2\n}":     "line 3",
		"[1]":                              "line 1: the settings are an array, where an object belongs",
		"{\n\"go.alternateTools\": \"x\"}": "line 2: go.alternateTools is a text, where an object belongs",
		"{\n\n\"go.toolsEnvVars\": {\"GOBIN\": [\"x\"]}}": "line 3: go.toolsEnvVars.GOBIN is an array, where a plain value belongs",
	} {
		if got, err := (vscode{}).Write(text, linux()); err == nil || !strings.Contains(err.Error(), want) || got != "" {
			t.Errorf("%q: %q, %v; want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"<project>\n<component></project>": "line 2: not XML",
		"<x></x>":                          "line 1: <x>, where <project> belongs",
		"<project/>":                       "no <project> with an end of its own",
		"words":                            "no <project>",
		"<project>\n<component name=\"GOROOT\" />\n</project>\n": "line 2: the component GOROOT has no url",
	} {
		if got, err := (goland{}).Write(text, linux()); err == nil || !strings.Contains(err.Error(), want) || got != "" {
			t.Errorf("%q: %q, %v; want %s", text, got, err, want)
		}
	}
}

func TestRemarks(t *testing.T) {
	said := vscode{}.Remarks("{\n/* gsw */ \"go.terminal.activateEnvironment\": false, \"go.goroot\": \"/usr/local/go\",\n\"go.toolsEnvVars\": {\n\"GOROOT\": \"/x\"}}", linux())
	if len(said) != 2 || !strings.HasPrefix(said[0], "line 2: go.goroot") || !strings.HasPrefix(said[1], "line 4: go.toolsEnvVars.GOROOT") {
		t.Errorf("%q", said)
	}
	if said := (vscode{}).Remarks("{}", linux()); len(said) != 0 {
		t.Errorf("%q", said)
	}
}

func workspaces() map[string]string {
	return map[string]string{
		"a project": "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project version=\"4\">\n  <component name=\"VgoProject\">\n    <integration-enabled>true</integration-enabled>\n  </component>\n</project>\n",
		"a GOROOT":  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<project version=\"4\">\r\n  <component name=\"GOROOT\" url=\"file:///usr/local/go\" />\r\n  <component name=\"Z\" a=\"&lt;é&gt;\" /><!-- c -->\r\n</project>",
		"odd":       "<project><component name='GOROOT'   url=\"file:///a &amp; b\"></component></project>",
		"none":      "<project></project>\n",
		"right":     "<project>\n  <component name=\"GOROOT\" url=\"file://$USER_HOME$/.gsw/current/go\" />\n</project>\n",
	}
}

func TestGoLand(t *testing.T) {
	for want, place := range map[string]Place{
		"file://$USER_HOME$/.gsw/current/go":                    linux(),
		"file://$USER_HOME$/.gsw/current/go" + "\x00on Windows": windows(),
	} {
		got, err := goland{}.Write("", place)
		full := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project version=\"4\">\n  <component name=\"GOROOT\" url=\"" +
			strings.Split(want, "\x00")[0] + "\" />\n  <component name=\"gsw\" made=\"file\" />\n</project>\n"
		if got != full || err != nil {
			t.Errorf("%s, %v; want\n%s", got, err, full)
		}
		if back, err := (goland{}).Remove(got, place); back != "" || err != nil {
			t.Errorf("removing left %q, %v", back, err)
		}
	}
	far := windows()
	far.Home = `D:\go & co\gsw`
	if got := anchorURL(far); got != "file://D:/go & co/gsw/current/go" {
		t.Error(got)
	}
	// Chosen in the IDE since: it stays, and the mark goes.
	chosen := "<project>\n  <component name=\"GOROOT\" url=\"file:///mine\" />\n</project>\n"
	with := strings.Replace(chosen, "</project>", "  <component name=\"gsw\" was=\"file:///usr/local/go\" />\n</project>", 1)
	if got, err := (goland{}).Remove(with, linux()); got != chosen || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

func TestFiles(t *testing.T) {
	for name, want := range map[string]string{"vscode": ".vscode/settings.json", "goland": ".idea/workspace.xml"} {
		e, known := Find(name)
		if !known || e.File("dir") != filepath.Join("dir", filepath.FromSlash(want)) {
			t.Errorf("%s: %v", name, e)
		}
	}
	if _, known := Find("emacs"); known {
		t.Error("emacs is known")
	}
}

// FuzzSettings: nothing panics, what is written parses, and what gsw did not mark stays.
func FuzzSettings(f *testing.F) {
	for _, text := range texts() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "/* gsw") || strings.Contains(text, header) || strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")) == "" {
			return
		}
		if _, err := (vscode{}).Write(text, linux()); err != nil {
			return
		}
		thereAndBack(t, vscode{}, text)
	})
}

// FuzzWorkspace is the same for GoLand's.
func FuzzWorkspace(f *testing.F) {
	for _, text := range workspaces() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		written, err := goland{}.Write(text, linux())
		if err != nil {
			return
		}
		if again, err := (goland{}).Write(written, linux()); again != written || err != nil {
			t.Errorf("a second time: %v\n%s\nafter\n%s", err, again, written)
		}
		if _, err := (goland{}).Remove(written, linux()); err != nil {
			t.Error(err)
		}
	})
}
