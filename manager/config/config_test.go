package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"gsw/manager/gover"
	"gsw/manager/profile"
)

func TestRead(t *testing.T) {
	home := t.TempDir()
	if c, err := Read(home); err != nil || !reflect.DeepEqual(c, defaults()) {
		t.Errorf("without a file: %+v, %v", c, err)
	}
	for _, test := range []struct {
		name, text string
		want       Config
	}{
		{"empty", "", defaults()},
		{"everything", `# mine
trust = ["log", "index"] # both
goroot = "export"
gopath = 'isolated'
pin = "strict"
auto_install = true
flush = "off"
share = "link"
allow = ["git", "[.exe"]

[alias]
work = "~1.22.3"
"Team.A" = "work"
`, Config{Trust: []string{"log", "index"}, ExportGOROOT: true, IsolateGOPATH: true, StrictPin: true, AutoInstall: true, NoFlush: true, Share: ShareLink, Allow: []string{"git", "[.exe"},
			Aliases: map[string]string{"work": "~1.22.3", "Team.A": "work"}}},
		{"the defaults, said", "goroot = \"\"\ngopath = \"shared\"\npin = \"normal\"\nflush = \"on\"\nauto_install = false\nshare = \"auto\"\ntrust = [\n  \"log\", # x\n  \"lock\",\n]\n[alias]", defaults()},
		{"BOM, CRLF", "\xef\xbb\xbfpin = \"strict\"\r\n[alias]\r\na = \"1.22\"\r\n", Config{Trust: []string{"log", "lock"}, StrictPin: true, Share: ShareAuto, Aliases: map[string]string{"a": "1.22"}}},
		{"dotted", "alias.a = \"1.22\"\nalias.'b' = \"1.21\"", Config{Trust: []string{"log", "lock"}, Share: ShareAuto, Aliases: map[string]string{"a": "1.22", "b": "1.21"}}},
		{"inline", "alias = { a = \"1.22\", \"b\" = \"1.21\" }", Config{Trust: []string{"log", "lock"}, Share: ShareAuto, Aliases: map[string]string{"a": "1.22", "b": "1.21"}}},
	} {
		if err := os.WriteFile(File(home), []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if c, err := Read(home); err != nil || !reflect.DeepEqual(c, test.want) {
			t.Errorf("%s: %+v, %v\nwant %+v", test.name, c, err, test.want)
		}
	}
}

func TestReadErrors(t *testing.T) {
	home := t.TempDir()
	for _, test := range []struct{ text, want string }{
		{"pin = \"strict\"\nauto-instal = true", `:2: there is no setting "auto-instal" (did you mean auto_install?)`},
		{"Trust = [\"log\"]", `:1: there is no setting "Trust" (did you mean trust?)`},
		{"colour = true", `:1: there is no setting "colour"`},
		{"allow = \"git\"", ":1: allow is a list of texts, not a text"},
		{"allow = [\"bin/git\"]", ":1: allow is a list of programs' names, and \"bin/git\" is none"},
		{"[aliases]\na = \"1.22\"", `:1: there is no setting "aliases" (did you mean alias?)`},
		{"\n\n[profile.mine]\nx = 1", `:3: there is no setting "profile.mine"`},
		{"[[alias]]", `:1: there is no list of tables alias`},
		{"[alias.x]", ":1: alias.x is a text, not a table"},
		{"[alias]\na.b = \"1\"", `:2: there is no setting "alias.a.b"`},
		{"[pin]", ":1: pin is a text, not a table"},
		{"pin = \"strikt\"", `:1: pin can't be "strikt", only "normal", "strict"`},
		{"flush = false", ":1: flush is a text, not true or false"},
		{"share = \"reflink\"", `:1: share can't be "reflink", only "auto", "off", "link"`},
		{"share = true", ":1: share is a text, not true or false"},
		{"goroot = true", ":1: goroot is a text, not true or false"},
		{"auto_install = \"yes\"", ":1: auto_install is true or false, not a text"},
		{"auto_install = 1", ":1: auto_install is true or false, not a number or date"},
		{"trust = \"log\"", ":1: trust is a list of texts, not a text"},
		{"trust = [\"log\", 1]", ":1: trust is a list of texts, not a list of other things"},
		{"trust = []", ":1: trust is empty: nothing could be installed"},
		{"trust = [\n\"log\",\n\"none\"]", `:1: trust can't be "none", only "log", "index", "signature", "lock"`},
		{"alias = \"1.22\"", ":1: alias is a table, not a text"},
		{"[alias]\nx = [\"1.22\"]", ":2: alias.x is a text, not a list"},
		{"[alias]\nx = {}", ":2: alias.x is a text, not a table"},
		{"pin = \"strict\"\n\npin = \"strict\"", ":3: pin is set in line 1 already"},
		{"[alias]\n[alias]", ":2: alias is set in line 1 already"},
		{"auto_install = true\npin = strict", ":2: is not TOML: unexpected character U+0073 's' at start of value"},
		{"auto_install = true\npin =", ":2: is not TOML: expected value, not end of input"},
		{"\n\x00", ":2: is not TOML: invalid character at start of key: U+0000"},
		{strings.Repeat("#", maxFile+1), ": is longer than 1 MiB"},
	} {
		if err := os.WriteFile(File(home), []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Read(home)
		var configError *ConfigError
		if !errors.As(err, &configError) || err.Error() != File(home)+test.want {
			t.Errorf("%.60q: %v\nwant %s", test.text, err, File(home)+test.want)
		}
	}
}

func TestSet(t *testing.T) {
	for _, test := range []struct{ name, before, key, text, after string }{
		{"first", "", "pin", "strict", "pin = \"strict\"\n"},
		{"in place", "# a\npin  =  'normal'   # b\nauto_install = true\n", "pin", "strict", "# a\npin = \"strict\"   # b\nauto_install = true\n"},
		{"same", "pin = 'strict'", "pin", "strict", "pin = \"strict\""},
		{"after its like", "# a\nauto_install = true # b\n\n# c\n[alias]\nx = \"1.22\"\n", "pin", "strict", "# a\nauto_install = true # b\npin = \"strict\"\n\n# c\n[alias]\nx = \"1.22\"\n"},
		{"above the tables", "# gsw\n\n# names\n[alias]\nx = \"1.22\"\n", "auto_install", "true", "# gsw\n\nauto_install = true\n\n# names\n[alias]\nx = \"1.22\"\n"},
		{"above a table in line 1", "\xef\xbb\xbf[alias]\r\nx = \"1.22\"\r\n", "auto_install", "true", "\xef\xbb\xbfauto_install = true\r\n\r\n[alias]\r\nx = \"1.22\"\r\n"},
		{"comments only", "# gsw", "auto_install", "true", "# gsw\nauto_install = true\n"},
		{"no newline at the end", "auto_install = true", "pin", "strict", "auto_install = true\npin = \"strict\"\n"},
		{"a list", "trust = [\n  \"log\", # x\n]\n", "trust", "log, index", "trust = [\"log\", \"index\"]\n"},
		{"a list of names", "", "allow", "git, [", "allow = [\"git\", \"[\"]\n"},
		{"an empty word", "", "goroot", "", "goroot = \"\"\n"},
		{"first alias", "auto_install = true\n", "alias.work", "1.22", "auto_install = true\n\n[alias]\nwork = \"1.22\"\n"},
		{"first of all", "", "alias.work", ">=1.21 <1.23", "[alias]\nwork = \">=1.21 <1.23\"\n"},
		{"another alias", "[alias] # c\nx = \"1.22\"\n\n# end\n", "alias.Team.A", "x", "[alias] # c\nx = \"1.22\"\n\"Team.A\" = \"x\"\n\n# end\n"},
		{"in an empty table", "[alias]", "alias.a", "1.22", "[alias]\na = \"1.22\"\n"},
		{"an alias in place", "[alias]\n\"a\" = \"1.22\" # c\n", "alias.a", "1.23", "[alias]\n\"a\" = \"1.23\" # c\n"},
		{"dotted", "alias.a = \"1.22\"\nauto_install = true\n", "alias.b", "1.23", "alias.a = \"1.22\"\nalias.b = \"1.23\"\nauto_install = true\n"},
		{"dotted in place", "alias . a = \"1.22\"\n", "alias.a", "1.23", "alias . a = \"1.23\"\n"},
		{"inline in place", "alias = { a = \"1.22\", b = \"1.21\" }\n", "alias.b", "1.23", "alias = { a = \"1.22\", b = \"1.23\" }\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			home := t.TempDir()
			if test.before != "" {
				if err := os.WriteFile(File(home), []byte(test.before), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := Set(t.Context(), home, test.key, test.text); err != nil {
				t.Fatal(err)
			}
			if data, err := os.ReadFile(File(home)); err != nil || string(data) != test.after {
				t.Errorf("%q, %v\nwant %q", data, err, test.after)
			}
			c, err := Read(home)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := c.Value(test.key); err != nil || got != strings.ReplaceAll(test.text, ", ", ",") {
				t.Errorf("%s is %q, %v", test.key, got, err)
			}
		})
	}
}

func TestSetRefuses(t *testing.T) {
	const before = "# mine\nalias = { a = \"1.22\" }\n"
	home := t.TempDir()
	if err := os.WriteFile(File(home), []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ key, text, want string }{
		{"pins", "strict", `there is no setting "pins" (did you mean pin?)`},
		{"pin", "strickt", `pin can't be "strickt", only "normal", "strict"`},
		{"auto_install", "yes", "auto_install is true or false, not a text"},
		{"trust", "", `trust can't be "", only "log", "index", "signature", "lock"`},
		{"trust", "log,none", `trust can't be "none", only "log", "index", "signature", "lock"`},
		{"alias", "1.22", "alias is a table, not a text"},
		{"alias.latest", "1.22", `"latest" can't be an alias: a name starts with a letter, goes on with letters, digits, dots, dashes and underscores, and is no version`},
		{"alias.x\ny", "1.22", `"x\ny" can't be an alias: a name starts with a letter, goes on with letters, digits, dots, dashes and underscores, and is no version`},
		{"alias.a", "1.22.*", `"1.22.*" is not a version of Go (understood: 1.22)`},
		{"alias.b", "1.22", "line 2 has its values in one { … }: that is to be changed by hand"},
	} {
		err := Set(t.Context(), home, test.key, test.text)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s = %s: %v\nwant %s", test.key, test.text, err, test.want)
		}
	}
	if err := Set(t.Context(), home, "alias.a", "a"); !errors.As(err, new(*gover.SpecError)) {
		t.Errorf("an alias of itself: %v", err)
	}
	if err := Unset(t.Context(), home, "alias.a"); err == nil || !strings.Contains(err.Error(), "by hand") {
		t.Errorf("removing from an inline table: %v", err)
	}
	if data, err := os.ReadFile(File(home)); err != nil || string(data) != before {
		t.Errorf("the file is %q, %v", data, err)
	}

	if err := os.WriteFile(File(home), []byte("pin = strict"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Set(t.Context(), home, "pin", "strict"); err == nil || !strings.HasPrefix(err.Error(), File(home)+":1: is not TOML") {
		t.Errorf("a broken file: %v", err)
	}
}

func TestUnset(t *testing.T) {
	for _, test := range []struct{ before, key, after string }{
		{"# a\npin = \"strict\" # b\n# c\nauto_install = true\n", "pin", "# a\n# c\nauto_install = true\n"},
		{"trust = [\n\"log\",\n]\nauto_install = true", "trust", "auto_install = true"},
		{"auto_install = true", "auto_install", ""},
		{"auto_install = true", "pin", "auto_install = true"},
		{"[alias]\na = \"1.22\"\nb = \"1.21\"\n", "alias.a", "[alias]\nb = \"1.21\"\n"},
	} {
		home := t.TempDir()
		if err := os.WriteFile(File(home), []byte(test.before), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Unset(t.Context(), home, test.key); err != nil {
			t.Errorf("%s: %v", test.key, err)
		}
		if data, err := os.ReadFile(File(home)); err != nil || string(data) != test.after {
			t.Errorf("%q without %s: %q, %v", test.before, test.key, data, err)
		}
	}
	home := t.TempDir()
	if err := Unset(t.Context(), home, "pin"); err != nil {
		t.Errorf("without a file: %v", err)
	}
	if _, err := os.Stat(File(home)); err == nil {
		t.Error("unsetting made a file")
	}
	if err := Unset(t.Context(), home, "auto_instll"); err == nil || err.Error() != `there is no setting "auto_instll" (did you mean auto_install?)` {
		t.Errorf("an unknown key: %v", err)
	}
}

func TestValue(t *testing.T) {
	c := defaults()
	for _, k := range Keys() {
		if k.Values == nil {
			continue
		}
		if got, err := c.Value(k.Name); err != nil || got != k.Default {
			t.Errorf("%s is %q, %v; its default %q", k.Name, got, err, k.Default)
		}
	}
	c.Aliases = map[string]string{"work": "1.22"}
	if meaning, ok := c.Alias("work"); !ok || meaning != "1.22" {
		t.Errorf("work is %q, %t", meaning, ok)
	}
	for key, want := range map[string]string{
		"alias.wrok":  `there is no alias "wrok" (did you mean work?)`,
		"auto_instal": `there is no setting "auto_instal" (did you mean auto_install?)`,
	} {
		if _, err := c.Value(key); err == nil || err.Error() != want {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestSetAtOnce(t *testing.T) {
	home := filepath.Join(t.TempDir(), "new")
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	var wait sync.WaitGroup
	for _, name := range names {
		wait.Go(func() {
			if err := Set(context.Background(), home, "alias."+name, "1.22"); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if c, err := Read(home); err != nil || len(c.Aliases) != len(names) {
		t.Errorf("%+v, %v", c, err)
	}
}

// What is read is what go-toml's decoder reads, and setting or unsetting one key changes no other.
func FuzzEdit(f *testing.F) {
	for _, s := range []string{
		"", "# a\npin  =  'normal'   # b\nauto_install = true\n", "\xef\xbb\xbf# x\r\n[alias]\r\nx = \"1.22\"\r\n", "alias.a = \"1.22\"", "alias = { a = \"1.22\" }",
		"allow = ['git']\n[alias]", "trust = [\n  \"log\", # x\n]\n[alias]\n\"b\" = '''1.22'''\n", "goroot = \"export\"\n\n\n# c\n[alias]", "gopath = \"\"\"isolated\"\"\"",
		"profile = 'mine'\n[profiles.mine]\nGOPROXY = \"off\"\n[project_profiles]\n\"/a b\" = 'china'\n", "profiles.a.GOSUMDB = 'off'\n",
	} {
		f.Add(s, "alias.work")
		f.Add(s, "pin")
		f.Add(s, "profile")
		f.Add(s, "share")
	}
	f.Fuzz(func(t *testing.T, text, key string) {
		c, err := parse([]byte(text))
		if err != nil {
			return
		}
		decoded := struct {
			Trust        []string
			Goroot       string
			Gopath       string
			Pin          string
			Auto_install bool
			Flush        string
			Share        string
			Allow        []string
			Alias        map[string]string

			Profile          string
			Profiles         map[string]map[string]string
			Project_profiles map[string]string
		}{Trust: defaults().Trust, Share: defaults().Share}
		if err := toml.Unmarshal([]byte(strings.TrimPrefix(text, byteOrderMark)), &decoded); err == nil {
			same := Config{decoded.Trust, decoded.Goroot == "export", decoded.Gopath == "isolated", decoded.Pin == "strict",
				decoded.Auto_install, decoded.Flush == "off", decoded.Share, decoded.Allow, decoded.Alias, profile.Table{Global: decoded.Profile, Projects: decoded.Project_profiles, Own: decoded.Profiles}}
			if len(same.Aliases) == 0 {
				same.Aliases = nil
			}
			if len(same.Profiles.Projects) == 0 {
				same.Profiles.Projects = nil
			}
			if len(same.Profiles.Own) == 0 {
				same.Profiles.Own = nil
			}
			if !reflect.DeepEqual(c, same) {
				t.Fatalf("%q\n%+v\nthe decoder reads %+v", text, c, same)
			}
		}
		values := map[string]string{"trust": "index", "goroot": "export", "gopath": "isolated", "pin": "strict", "auto_install": "true", "flush": "off", "share": "link", "allow": "git", "profile": "china"}
		setting, ok := values[key]
		if !ok {
			setting = "1.22"
		}
		path, literal, err := c.literal(key, setting)
		if err != nil {
			return
		}
		want, _ := parse([]byte(text))
		if err := want.take(mustScan(t, literal, path)); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time in place
			changed, err := set([]byte(text), path, literal)
			if err != nil {
				return
			}
			text = string(changed)
			if got, err := parse(changed); err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%q: %+v, %v; want %+v", changed, got, err, want)
			}
		}
		without, err := unset([]byte(text), path)
		if err != nil {
			return
		}
		if got, err := parse(without); err != nil {
			t.Fatalf("%q: %+v, %v", without, got, err)
		}
	})
}

// mustScan is the entry for path = literal.
func mustScan(t *testing.T, literal string, path []string) entry {
	entries, err := scan([]byte("x = " + literal))
	if err != nil {
		t.Fatal(err)
	}
	e := entries[0]
	e.path = path
	return e
}

func BenchmarkRead(b *testing.B) {
	home := b.TempDir()
	b.Run("absent", func(b *testing.B) {
		for b.Loop() {
			_, _ = Read(home)
		}
	})
	if err := os.WriteFile(File(home), []byte("pin = \"strict\"\nauto_install = true\n\n[alias]\nwork = \"1.22\"\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	b.Run("small", func(b *testing.B) {
		for b.Loop() {
			if _, err := Read(home); err != nil {
				b.Fatal(err)
			}
		}
	})
}
