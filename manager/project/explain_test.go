package project

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// explained is what Explain says of the files below root.
func explained(t *testing.T, root, dir, argument string, environ ...string) (texts []string) {
	t.Helper()
	steps, _, _ := Explain(host(root, dir, environ...), argument, aliases)
	for _, step := range steps {
		text := filepath.ToSlash(strings.ReplaceAll(step.Text, root, "{}"))
		if step.Taken {
			text = "!" + text
		}
		texts = append(texts, text)
	}
	return texts
}

func TestExplain(t *testing.T) {
	root := plant(t, map[string]string{
		"a/b/.tool-versions": "nodejs 20",
		"a/b/go.mod":         "module m\ngo 1.24\ntoolchain go1.24.1-corp",
		"a/.go-version":      "1.22.3",
		"a/go.work":          "go 1.23",
		".go-version":        "nonsense",
	})
	for _, test := range []struct {
		argument string
		environ  []string
		want     []string
	}{
		{"1.21.6", nil, []string{`!the command line says "1.21.6"`}},
		{"", []string{"GSW_VERSION=work"}, []string{"the command line names no version", `!GSW_VERSION is "work"`}},
		{"", nil, []string{
			"the command line names no version",
			"GSW_VERSION is not set",
			"{}/a/b/.tool-versions names no version",
			"!{}/a/b/go.mod:3 says go1.24.1-corp",
			"{}/a/.go-version:1 says 1.22.3, but what decides is nearer",
			"{}/a/go.work names no version",
			"{}/.go-version:1 is broken, but what decides is nearer",
			"{}/a/go.work:1 asks for go 1.23 or newer",
		}},
		{"", []string{"GOWORK=off"}, []string{
			"the command line names no version",
			"GSW_VERSION is not set",
			"GOWORK=off: no go.work counts",
			"{}/a/b/.tool-versions names no version",
			"!{}/a/b/go.mod:3 says go1.24.1-corp",
			"{}/a/.go-version:1 says 1.22.3, but what decides is nearer",
			"{}/.go-version:1 is broken, but what decides is nearer",
			"{}/a/b/go.mod:2 asks for go 1.24 or newer",
		}},
	} {
		if got := explained(t, root, "a/b", test.argument, test.environ...); !slices.Equal(got, test.want) {
			t.Errorf("%v:\n%s\nwant\n%s", test.environ, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
	if got := explained(t, root, "", ""); got[len(got)-1] != "!{}/.go-version:1 is broken" {
		t.Errorf("the last step before a broken file: %q", got)
	}
	got := explained(t, plant(t, nil), "x", "")
	if want := []string{"no folder from {}/x upwards pins a version", "no go line asks for a minimum"}; !slices.Equal(got[len(got)-2:], want) {
		t.Errorf("of an empty folder: %q", got)
	}
}
