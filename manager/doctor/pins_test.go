package doctor

import (
	"os"
	"path/filepath"
	"testing"

	"gsw/manager/gover"
)

func spec(t *testing.T, text string) gover.Spec {
	t.Helper()
	s, err := gover.ParseSpec(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAgree(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1.22.3", "1.22.3", true},
		{"1.22.3", "1.22.4", false},
		{"1.22", "1.22.3", true},
		{"1.22", "1.21.6", false},
		{"1.22", "1.22", true},
		{"1.22", "1.21", false},
		{"^1.21", "1.22.3", true},
		{">=1.21 <1.22", "1.22.3", false},
		{">=1.21 <1.22", "1.21", true},
		{">=1.21 <1.22", "1.23", false},
		{"1.23rc1", "1.23", false},
		{"1.x", "1.20", true},
	} {
		a, b := spec(t, c.a), spec(t, c.b)
		if agree(a, b) != c.want || agree(b, a) != c.want {
			t.Errorf("%s and %s: %v and %v, want %v", c.a, c.b, agree(a, b), agree(b, a), c.want)
		}
	}
}

func TestSatisfies(t *testing.T) {
	for _, c := range []struct {
		spec, least string
		want        bool
	}{
		{"1.20.7", "1.21", false},
		{"1.21.0", "1.21", true},
		{"1.21.3", "1.21.6", false},
		{"1.21", "1.21.6", true}, // its newest patch is new enough
		{"1.20", "1.21.0", false},
		{"^1.20", "1.22.3", true},
		{"<1.21", "1.21", false},
		{"1.23rc1", "1.23", true},
		{"1.23rc1", "1.23.0", false},
	} {
		least, err := gover.ParseMinimum(c.least)
		if err != nil {
			t.Fatal(err)
		}
		if got := satisfies(spec(t, c.spec), least); got != c.want {
			t.Errorf("%s for go %s: %v", c.spec, c.least, got)
		}
	}
}

// What a line says, and on which one, in every form that the files have.
func TestClaims(t *testing.T) {
	for _, c := range []struct {
		name, text string
		line       int // of the only claim; 0: there is none
		says       string
	}{
		{"Dockerfile", "FROM golang:1.22.3-alpine3.19\n", 1, "1.22.3"},
		{"Dockerfile", "# syntax\nfrom --platform=linux/amd64 docker.io/library/golang:1.22 as build\n", 2, "1.22"},
		{"Dockerfile.dev", "ARG V=\"1.22.3\"\nFROM golang:${V}-bookworm\n", 1, "1.22.3"},
		{"build.Dockerfile", "FROM golang:1.22@sha256:00\r\n", 1, "1.22"},
		{"Dockerfile", "FROM golang:latest\nFROM golang:${V}\nFROM golang\nFROM debian:12\nFROM my/golang-tools:1.2\n", 0, ""},
		{"Dockerfile.txt.go", "package x\n", 0, ""},
		{".gitlab-ci.yml", "default:\n  image: \"golang:1.21\"\n", 2, "1.21"},
		{".gitlab-ci.yml", "image:\n  name: reg.example/mirror/golang:1.21.6-alpine\n", 2, "1.21.6"},
		{".gitlab-ci.yml", "image: golang-lint:1.21\n", 0, ""},
		{".github/workflows/a.yaml", "    go-version: \"1.22\" # for now\n", 1, `"1.22"`},
		{".github/workflows/a.yml", "    go-version:\n      - 1.21.x\n      - '1.22'\n    os: x\n", 2, "1.21.x"},
		{".github/workflows/a.yml", "    go: [1.19, 1.22.1]\n    go-version: ${{ matrix.go }}\n", 1, "1.19"},
		{".github/workflows/a.yml", "    go-version: [1.21, stable]\n", 0, ""},
		{".github/workflows/a.yml", "    go-version-file: go.mod\n    node-version: 20\n    # go-version: 1.2\n", 0, ""},
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, filepath.FromSlash(c.name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		var all []claim
		for _, read := range []func(string) []claim{images, pipelines, workflows} {
			all = append(all, read(dir)...)
		}
		switch {
		case c.line == 0 && len(all) > 0:
			t.Errorf("%s: %q says %+v", c.name, c.text, all)
		case c.line == 0:
		case len(all) != 1 || all[0].file != file || all[0].line != c.line || all[0].text != c.says:
			t.Errorf("%s: %q says %+v", c.name, c.text, all)
		}
	}
}
