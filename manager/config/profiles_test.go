package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"

	"gsw/manager/profile"
)

// onDrive gives the absolute paths in a text the drive without which they are none on Windows.
func onDrive(text string) string {
	return regexp.MustCompile(`(^|["' ])/`).ReplaceAllString(text, "${1}"+filepath.VolumeName(os.TempDir())+"/")
}

func TestReadProfiles(t *testing.T) {
	home := t.TempDir()
	text := `profile = "corp" # ours
[profiles.corp]
extends = "intranet"
GOPRIVATE = '*.corp.net'
[project_profiles]
"/home/me/app" = "china"
`
	if err := os.WriteFile(File(home), []byte(onDrive(text)), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Read(home)
	want := profile.Table{
		Global: "corp", Projects: map[string]string{onDrive("/home/me/app"): "china"},
		Own: map[string]map[string]string{"corp": {"extends": "intranet", "GOPRIVATE": "*.corp.net"}},
	}
	if err != nil || !reflect.DeepEqual(c.Profiles, want) {
		t.Errorf("%+v, %v", c.Profiles, err)
	}
	if value, err := c.Value("profile"); value != "corp" || err != nil {
		t.Errorf("profile is %q, %v", value, err)
	}
	for line, path := range map[int][]string{1: {"profile"}, 4: {"profiles", "corp", "GOPRIVATE"}, 6: {"project_profiles", onDrive("/home/me/app")}, 0: {"pin"}} {
		if got := ProfileLine(home, path...); got != line {
			t.Errorf("%q is in line %d, not %d", path, got, line)
		}
	}
}

func TestProfileErrors(t *testing.T) {
	home := t.TempDir()
	for _, test := range []struct{ text, want string }{
		{"profile = true", ":1: profile is a text, not true or false"},
		{"profile = 'chian'", `:1: there is no profile "chian" (did you mean china?)`},
		{"profiles = 1", ":1: profiles is a table, not a number or date"},
		{"[profiles]\nmine = 'x'", ":2: profiles.mine is a table, not a text"},
		{"[profiles.mine]\nGOPROXY = ['x']", ":2: profiles.mine.GOPROXY is a text, not a list"},
		{"[profiles.mine]\n\nGOSUMDB = 'on'", `:3: GOSUMDB="on": there is no such database: sum.golang.org is the default, and is on unless something says off`},
		{"[profiles.mine]\nGOROOT = '/x'", ":2: a profile can't set GOROOT: each go command finds its own, and an exported one breaks all others"},
		{"[profiles.mine]\nGOPROXY = ''", ":2: GOPROXY is empty, which the go command takes for not set"},
		{"[profiles.1]\n", `:1: "1": the name of a profile starts with a letter and goes on with letters, digits, dots, dashes and underscores`},
		{"[profiles.default]\n", ":1: the profile default is built in and stays as it is: extend it under another name"},
		{"[profiles.a]\nextends = 'b'\n[profiles.b]\nextends = 'a'", ":2: profiles extend each other in a circle: a, b, a"},
		{"[profiles.a]\nextends = 'a'", ":2: profiles extend each other in a circle: a, a"},
		{"[profiles.c]\nextends = 'a'\n[profiles.a]\nextends = 'a'", ":4: profiles extend each other in a circle: a, a"},
		{"[profiles.a]\nextends = 'intrant'", `:2: there is no profile "intrant" (did you mean intranet?)`},
		{"[project_profiles]\napp = 'china'", `:2: project_profiles names folders by their absolute paths, not "app"`},
		{"[project_profiles]\n\"/a\\nb\" = 'china'", `:2: the folder "/a\nb" has a control character in its name, which hooks can't be told`},
		{"[project_profiles]\n'/a' = 'x'", `:2: there is no profile "x"`},
	} {
		if err := os.WriteFile(File(home), []byte(onDrive(test.text)), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(home); err == nil || err.Error() != File(home)+onDrive(test.want) {
			t.Errorf("%q: %v\nwant %s", test.text, err, test.want)
		}
	}
}

func TestEditProfiles(t *testing.T) {
	set := func(name, key, value string) func(home string) error {
		return func(home string) error { return SetProfile(t.Context(), home, name, key, value) }
	}
	use := func(name, project string) func(home string) error {
		return func(home string) error { return UseProfile(t.Context(), home, name, onDrive(project)) }
	}
	remove := func(name string) func(home string) error {
		return func(home string) error { return RemoveProfile(t.Context(), home, name) }
	}
	for _, test := range []struct {
		name, before string
		do           func(home string) error
		after        string
	}{
		{"removed, the last", "pin = \"strict\"\n\n# about corp\n[profiles.corp]\nGOPROXY = 'off'\n# more\n", remove("corp"), "pin = \"strict\"\n"},
		{"removed, the only one", "[profiles.corp]\nGOPROXY = 'off'", remove("corp"), ""},
		{"removed between others", "[profiles.a]\nGOPROXY = 'off'\n\n# of b\n[profiles.b] # b\n# why\nGOSUMDB = 'off'\n\n# of c\n[profiles.c]\nGOPROXY = 'off'\n", remove("b"), "[profiles.a]\nGOPROXY = 'off'\n\n# of c\n[profiles.c]\nGOPROXY = 'off'\n"},
		{"removed, dotted", "profiles.a.GOPROXY = 'off'\nprofiles.b.GOPROXY = 'off'\nprofiles.a.GOSUMDB = 'off' # x\npin = 'strict'\n", remove("a"), "profiles.b.GOPROXY = 'off'\npin = 'strict'\n"},
		{"removed, half dotted", "[profiles]\na.GOPROXY = 'off'\nb = { GOPROXY = 'off', GOSUMDB = 'off' } # x\nc.GOPROXY = 'off'\n", remove("b"), "[profiles]\na.GOPROXY = 'off'\nc.GOPROXY = 'off'\n"},
		{"removed, with Windows' lines", "pin = 'strict'\r\n\r\n[profiles.a]\r\nGOPROXY = 'off'\r\n", remove("a"), "pin = 'strict'\r\n"},
		{"removed, changed and on", "profile = 'intranet'\n[profiles.intranet]\nGOPRIVATE = '*.corp.net'\n", remove("intranet"), "profile = 'intranet'\n"},
		{"the first", "# mine\npin = \"strict\"\n", set("corp", "GOPROXY", "https://p"), "# mine\npin = \"strict\"\n\n[profiles.corp]\nGOPROXY = \"https://p\"\n"},
		{"another key", "[profiles.corp]\nGOPROXY = 'off' # why\n\n[alias]\n", set("corp", "GOSUMDB", "off"), "[profiles.corp]\nGOPROXY = 'off' # why\nGOSUMDB = \"off\"\n\n[alias]\n"},
		{"in place", "[profiles.corp]\nGOPROXY = 'off' # why\n", set("corp", "GOPROXY", "direct"), "[profiles.corp]\nGOPROXY = \"direct\" # why\n"},
		{"another profile", "[profiles.a]\nGOPROXY = 'off'\n", set("b", "GOPROXY", "direct"), "[profiles.a]\nGOPROXY = 'off'\n\n[profiles.b]\nGOPROXY = \"direct\"\n"},
		{"dotted", "profiles.a.GOPROXY = 'off'\n", set("a", "GOSUMDB", "off"), "profiles.a.GOPROXY = 'off'\nprofiles.a.GOSUMDB = \"off\"\n"},
		{"half dotted", "[profiles]\na.GOPROXY = 'off'\n", set("a", "GOSUMDB", "off"), "[profiles]\na.GOPROXY = 'off'\na.GOSUMDB = \"off\"\n"},
		{"taken out", "[profiles.a]\n# why\nGOPROXY = 'off' # x\nGOSUMDB = 'off'\n", set("a", "GOPROXY", ""), "[profiles.a]\n# why\nGOSUMDB = 'off'\n"},
		{"a built-in one", "", set("intranet", "GOPRIVATE", "*.corp.net"), "[profiles.intranet]\nGOPRIVATE = \"*.corp.net\"\n"},
		{"extends", "[profiles.a]\nGOPROXY = 'off'\n", set("b", "extends", "a"), "[profiles.a]\nGOPROXY = 'off'\n\n[profiles.b]\nextends = \"a\"\n"},
		{"use", "# x\n", use("china", ""), "# x\nprofile = \"china\"\n"},
		{"use another", "profile = 'china' # x\n", use("offline", ""), "profile = \"offline\" # x\n"},
		{"use none", "profile = 'china'\npin = 'strict'\n", use("default", ""), "pin = 'strict'\n"},
		{"for a project", "", use("china", "/a b"), "[project_profiles]\n\"/a b\" = \"china\"\n"},
		{"for another", "[project_profiles]\n\"/a b\" = \"china\" # x\n", use("offline", "/c"), "[project_profiles]\n\"/a b\" = \"china\" # x\n\"/c\" = \"offline\"\n"},
		{"none for a project", "[project_profiles]\n\"/c\" = \"china\" # x\n", use("default", "/c"), "[project_profiles]\n"},
		{"none in spite of the global one", "profile = 'china'\n", use("default", "/c"), "profile = 'china'\n\n[project_profiles]\n\"/c\" = \"default\"\n"},
		{"none in spite of the one around", "[project_profiles]\n\"/c\" = \"china\"\n", use("default", "/c/d"), "[project_profiles]\n\"/c\" = \"china\"\n\"/c/d\" = \"default\"\n"},
	} {
		home := t.TempDir()
		if err := os.WriteFile(File(home), []byte(onDrive(test.before)), 0o600); err != nil {
			t.Fatal(err)
		}
		err := test.do(home)
		if after, _ := os.ReadFile(File(home)); err != nil || string(after) != onDrive(test.after) {
			t.Errorf("%s: %v\n%s\nwant\n%s", test.name, err, after, test.after)
		}
		if _, err := Read(home); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// Nothing is written of what makes no sense, and the reason names no file: it is not the file's fault.
func TestProfilesRefused(t *testing.T) {
	const before = "[profiles.a]\nextends = 'b'\n[profiles.b]\nGOPROXY = 'off'\n"
	for _, test := range []struct {
		do   func(home string) error
		want string
	}{
		{func(home string) error { return SetProfile(t.Context(), home, "b", "extends", "a") }, "profiles extend each other in a circle: b, a, b"},
		{func(home string) error { return SetProfile(t.Context(), home, "b", "extends", "c") }, `there is no profile "c"`},
		{func(home string) error { return SetProfile(t.Context(), home, "b", "GOBIN", "/x") }, "a profile can't set GOBIN: it belongs to the Go that is in use, so that tools follow a switch"},
		{func(home string) error { return SetProfile(t.Context(), home, "zero-trust", "GOSUMDB", "off") }, "the profile zero-trust is built in and stays as it is: extend it under another name"},
		{func(home string) error { return UseProfile(t.Context(), home, "c", "") }, `there is no profile "c"`},
		{func(home string) error { return UseProfile(t.Context(), home, "a", onDrive("/x\ny")) }, `the folder "/x\ny" has a control character in its name, which hooks can't be told`},
		{func(home string) error { return Set(t.Context(), home, "profile", "c") }, `there is no profile "c"`},
		{func(home string) error { return RemoveProfile(t.Context(), home, "c") }, `there is no profile "c"`},
		{func(home string) error { return RemoveProfile(t.Context(), home, "china") }, "the profile china is built in: there is nothing to remove"},
		{func(home string) error { return RemoveProfile(t.Context(), home, "b") }, "the profile b is in use: by a, which extends it"},
	} {
		home := t.TempDir()
		if err := os.WriteFile(File(home), []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		err := test.do(home)
		var configError *ConfigError
		if !errors.As(err, &configError) || err.Error() != onDrive(test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
		if after, _ := os.ReadFile(filepath.Join(home, "config.toml")); string(after) != before {
			t.Errorf("%s: the file is now\n%s", test.want, after)
		}
	}
}

// What holds somewhere is not removed, and all the places are told.
func TestRemoveUsedProfile(t *testing.T) {
	home := t.TempDir()
	text := onDrive("profile = 'a'\nprofiles = { a = { GOPROXY = 'off' }, b = { GOPROXY = 'off' } }\n[project_profiles]\n'/x' = 'a'\n'/w' = 'a'\n")
	if err := os.WriteFile(File(home), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"a": onDrive("the profile a is in use: everywhere, in /w, in /x"),
		"b": "line 2 has its values in one { … }: that is to be changed by hand",
	} {
		if err := RemoveProfile(t.Context(), home, name); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if after, _ := os.ReadFile(File(home)); string(after) != text {
		t.Errorf("the file is now\n%s", after)
	}
}
