package scripts_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"gsw/manager/gover"
	"gsw/manager/project"
	"gsw/platform"
)

// What a hook decides with builtins is what package project decides. Where it can't tell it asks, and then gsw has the
// word: that is right by construction, and must only not happen for everything.
func TestHooksDecideAsProjectDoes(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		s.answer(sh, becomes("GOBIN", "/asked"))
		var dirs []string
		for i, files := range trees() {
			var all []string
			for name, text := range files {
				all = append(all, name, text)
			}
			top := s.project(fmt.Sprintf("tree%d", i), all...)
			dirs = append(dirs, top, s.project(fmt.Sprintf("tree%d/in", i)), s.project(fmt.Sprintf("tree%d/in/deep", i)))
		}
		lines := []string{s.load(sh)}
		if sh.inline {
			lines[0] = sh.Hook(s.gsw, s.home)
		}
		for _, dir := range dirs {
			// The answers of a neighbour must not stand for this one's.
			lines = append(lines, sh.forget, s.cd(sh, dir), sh.look, sh.show("GOBIN"))
		}
		code := sh.batchStart + strings.Join(lines, "\n") + "\n"
		got := sh.runs(t, s.env, code)
		said := strings.Split(strings.TrimSuffix(got.out, "\n"), "\n")
		if len(said) != len(dirs) || got.err != "" {
			t.Fatalf("%d folders give %d answers; stderr: %.1000s", len(dirs), len(said), got.err)
		}
		asked := 0
		for i, dir := range dirs {
			if said[i] == "/asked" {
				asked++
				continue
			}
			if want := s.decide(dir); said[i] != want {
				t.Errorf("%s: %s has %q, project %q", strings.TrimPrefix(dir, s.user), sh.name, said[i], want)
			}
		}
		if asked > len(dirs)/2 {
			t.Errorf("of %d folders %d were asked about", len(dirs), asked)
		}
		t.Logf("of %d folders %d were asked about", len(dirs), asked)
	})
}

// decide gives GOBIN as package project has it, or the error.
func (s *sandbox) decide(dir string) string {
	host := platform.Host{Env: platform.NewEnv(platform.Target{OS: "linux"}, s.env), Dir: dir, UserHome: s.user, Home: s.home}
	choice, err := project.Choose(host, "", nil)
	if err != nil {
		return err.Error()
	}
	decision, err := choice.Decide(project.Installed{
		Versions: []gover.Version{
			gover.MustParse("1.20"), gover.MustParse("1.21.6"), gover.MustParse("1.22.3"), gover.MustParse("1.22.12"),
		},
		Active: gover.MustParse("1.21.6"),
	})
	switch {
	case err != nil:
		return err.Error()
	case choice.Origin.Kind == project.Default && !decision.Raised:
		return filepath.Join(s.home, "current", "bin")
	}
	return filepath.Join(s.home, "versions", decision.Version.Tag(), "bin")
}

// trees are files in a folder, in/ and in/deep/: chosen ones, then mixtures that are the same every time.
func trees() []map[string]string {
	plain := []string{
		"1.22.3", "go1.22.3\n", "v1.22.3\r\n", "1.22", "go1.22", "1.22.x", "1.22.3.x", "go1.20.x.x", "v1.22.x", "1.20", "go1.20", "1.20.0", "go1.20.0", "1.20.x", "go1.20.x",
		"1.21.6 \t\n", "\xef\xbb\xbf1.21.6", "# c\n\n\t1.21.6\n1.22.3\n", "1.21.6 # c", "1.21", "1.22.03", "01.22.3", "1.22.", "1..3", "1.22.3.4",
		"go 1.22.3", "GO1.22.3", "1.22.3-corp", "1.x", "1", "latest", "~1.22.3", ">=1.21 <1.22.4", "1.22.3\x00", "\x001.22.3", "\n\n", "#\n", "",
		"1.22.3\r", "1.22.3\r\r\n", "\f1.22.3", "1.22.3\v", "\u00a01.22.3", "\u2028\n1.22.3", "1.99999999999.1", "1.22.1\n", "resolve", "../1.22", ".ask",
		strings.Repeat("# x\n", 60) + "1.22.3", strings.Repeat("# x\n", 300) + "1.22.3", "# 中文\n1.22.3", "# \xff\xfe\n1.22.3", "1.22.3\n\xff",
	}
	tools := []string{
		"golang 1.22.3\n", "go 1.22", "nodejs 20\n\n# golang 1.20\ngolang\t1.21.6 1.20.0\ngo 1.22.3\n", "mongo 1\ngolangci-lint 1.55.2\n",
		"golang 1.22.3#x", "golang", "golang # 1.22.3", "golang latest:1.22", "golang ref:main", "  go  v1.22.3 ", "golang system\r\n", "\xef\xbb\xbfgo 1.22.3",
		"GOLANG 1.22.3", "golang\u00a01.22.3",
	}
	mod := []string{
		"module x\n\ngo 1.21\n", "go 1.22\n", "module x\ngo 1.22.3\ntoolchain go1.22.12\n", "module x\ntoolchain go1.22.3", "module x\r\ngo 1.21.6\r\ntoolchain go1.21.6\r\n",
		"toolchain default\ngo 1.20\n", "toolchain local\n", "toolchain go1.22.3-corp\n", "toolchain 1.22.3\n", "toolchain go1.22\n", "toolchain go1.20\n",
		"toolchain go1.22.3 // why\ngo 1.22 // because\n", "// go 1.99\n// toolchain go1.22.3\n", "\tgo\t1.22\n", "go 1.23rc1\n", "go 1.21rc2\n", "go 1.22 x\n",
		"go \"1.22\"\n", "go`1.22`\n", "go1.22\n", "gopher 1.99\ngo 1.20\n", "golang.org/x v1\ngo 1.20", "go 1.99\n", "go 1.21.7\ngo 1.20\n", "go\n", "go 1.21\n\ntoolchain\n",
		"require (\n\tgo v1.99.9\n\ttoolchain v1.2.3\n)\ngo 1.21\n", "\xef\xbb\xbfgo 1.22\n", "", "go 1.22\x00\n", "toolchain go1.22.3\ntoolchain go1.21.6\n",
		"go 1.9\n", "go 1.21.06\n", "go 1.021\n", "module caf\xe9\ngo 1.22\n", "go 1.21//x\ntoolchain go1.22.3//x\n",
	}
	var all []map[string]string
	for _, text := range plain {
		all = append(all, map[string]string{".go-version": text})
	}
	for _, text := range tools {
		all = append(all, map[string]string{".tool-versions": text})
	}
	for _, text := range mod {
		all = append(all, map[string]string{"go.mod": text}, map[string]string{"go.work": text, "in/go.mod": mod[0]})
	}
	random := rand.New(rand.NewPCG(3, 4))
	sane := func(from []string, n int) string { return from[random.IntN(n)] }
	for range 120 {
		tree := map[string]string{}
		for _, dir := range []string{"", "in/", "in/deep/"} {
			switch random.IntN(9) {
			case 0:
				tree[dir+".go-version"] = sane(plain, 20)
			case 1:
				tree[dir+".tool-versions"] = sane(tools, 5)
			case 2, 3, 4:
				tree[dir+"go.mod"] = sane(mod, 7)
			case 5:
				tree[dir+"go.work"] = sane(mod, 7)
				tree[dir+"go.mod"] = sane(mod, 7)
			case 6:
				tree[dir+".go-version"] = sane(plain, 20)
				tree[dir+"go.mod"] = sane(mod, 7)
			}
		}
		all = append(all, tree)
	}
	return all
}
