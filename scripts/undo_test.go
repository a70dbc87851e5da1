package scripts_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// around says how each shell puts folders before and behind PATH.
var around = map[string]string{
	"bash": `export PATH="/mi ne:$PATH:/la'te"`, "zsh": `export PATH="/mi ne:$PATH:/la'te"`, "fish": `set -gx PATH '/mi ne' $PATH "/la'te"`,
	"elvish": `set paths = ['/mi ne' $@paths "/la'te"]`, "nu": `$env.PATH = (["/mi ne"] ++ $env.PATH ++ ["/la'te"])`,
}

// dumped reads an environment that `env -0` wrote, without what changes with every directory and in every shell.
func (s *sandbox) dumped(name string) []string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	vars := strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
	vars = slices.DeleteFunc(vars, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"PWD", "OLDPWD", "_", "SHLVL"}, name)
	})
	slices.Sort(vars)
	return vars
}

// dump is a line that writes the environment of a program into a file.
func (s *sandbox) dump(sh shell, name string) string {
	file := s.write(filepath.Join(s.dir, "dump "+name), "#!/bin/sh\nexec /usr/bin/env -0 >"+posix(filepath.Join(s.dir, name))+"\n", 0o755)
	if sh.name == "nu" {
		return "^" + sh.Quote(file)
	}
	if sh.name == "elvish" {
		return "(external " + sh.Quote(file) + ")"
	}
	return sh.Quote(file)
}

// Behind a project the environment, all of it, is byte for byte what it was; and what the user did to it meanwhile stays.
func TestUndoIsExact(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		for _, def := range []bool{true, false} {
			s := newSandbox(t)
			if !def {
				os.Remove(filepath.Join(s.home, "current"))
			}
			s.env[1] = "PATH=/usr/local/go/bin:/usr/bin:/x y:/bin:/d$ir:/qu'o\"te:/per%cent:/b!ang:/新"
			s.env = append(s.env, "GOBIN=/my %bin=:", "GOPROXY=", "GOFLAGS=-mod=mod '-x y'", "ODD=a 'b' \"c\" $d `e` \\ \n 中 !%", "GOPATH=/g")
			s.write(filepath.Join(s.home, "resolve", ".profiles"), s.user+"/a=GOPROXY=+https%3A//x,direct:GOSUMDB=+off\n", 0o644)
			a, b := s.project("a", ".go-version", "1.22.3"), s.project("b", ".go-version", "1.21.6")
			inner := s.project("a/-in 'n er", "go.mod", "module x\n\ngo 1.21\n\ntoolchain go1.22.12\n")
			s.write(s.reply, "", 0o644)
			got := s.session(sh, "cd /", s.dump(sh, "before"), s.cd(sh, a), s.dump(sh, "in a"), s.cd(sh, inner), "say inner", s.cd(sh, a), s.cd(sh, b), "cd /", s.dump(sh, "behind"),
				s.cd(sh, a), around[sh.name], "say in", s.cd(sh, b), s.cd(sh, a), "cd /", s.dump(sh, "changed"), "gsw use -s 1.21.6", "say pinned", "gsw use -s", s.dump(sh, "unpinned"))
			s.wantSaid(got, "inner: 0 go1.22.12 versions/go1.22.12/bin", "in: 0 go1.22.3 versions/go1.22.3/bin", "pinned: 0 go1.21.6 versions/go1.21.6/bin")
			before, behind := s.dumped("before"), s.dumped("behind")
			if !slices.Equal(before, behind) {
				t.Errorf("default %v: the environment was\n%q, and is\n%q", def, before, behind)
			}
			if inside := s.dumped("in a"); !slices.Contains(inside, "GOPROXY=https://x,direct") || !slices.Contains(inside, "GOBIN="+s.home+"/versions/go1.22.3/bin") {
				t.Errorf("default %v: in the project there is %q", def, inside)
			}
			// gsw's own folders come first again where there is a default, and last where there is none.
			want := slices.Clone(before)
			for i, v := range want {
				path, ok := strings.CutPrefix(v, "PATH=")
				if own := s.home + "/bin:" + s.home + "/current/bin:"; ok && def {
					want[i] = "PATH=" + own + "/mi ne:" + strings.TrimPrefix(path, own) + ":/la'te"
				} else if own := ":" + s.home + "/bin"; ok {
					// Another Go's folder comes back where as many entries are behind it as were: one that was appended
					// meanwhile moves it by a place.
					path = strings.Replace(path, "/usr/local/go/bin:/usr/bin:", "/usr/bin:/usr/local/go/bin:", 1)
					want[i] = "PATH=/mi ne:" + strings.TrimSuffix(path, own) + ":/la'te" + own
				}
			}
			for _, name := range []string{"changed", "unpinned"} {
				have := s.dumped(name)
				if saved := "__GSW_SAVED="; def { // says how many entries come behind one that was removed: there is one more
					for i := range want {
						if j := slices.IndexFunc(have, func(v string) bool { return strings.HasPrefix(v, saved) }); strings.HasPrefix(want[i], saved) && j >= 0 {
							want[i] = have[j]
						}
					}
				}
				if !slices.Equal(have, want) {
					t.Errorf("default %v, %s: there is\n%q, want\n%q", def, name, have, want)
				}
			}
		}
	})
}

// One kind of shell is replaced by another inside of a project, and that by a third: the last one gives back what the
// first one found.
func TestShellsReplaceEachOther(t *testing.T) {
	s := newSandbox(t)
	s.env[1] = "PATH=/usr/local/go/bin:/usr/bin:/x y:/bin"
	s.env = append(s.env, "GOBIN=/my=bin", "GOROOT=/usr/local/go")
	s.write(filepath.Join(s.home, "resolve", ".profiles"), s.user+"/a=GOPROXY=+https%3A//x,direct\n", 0o644)
	a := s.project("a", ".go-version", "1.22.3")
	os.Remove(filepath.Join(s.home, "current"))
	all := shells()
	for i := range all {
		need(t, all[i].name)
	}
	watch := []string{"PATH", "GOBIN", "GOROOT", "GOPROXY", "__GSW_SAVED"}
	for start := range all {
		order := slices.Concat(all[start:], all[:start], all[start:start+1])
		// From the last to the first: each one says where it is, goes on in the next, and the last one leaves.
		last := order[len(order)-1]
		lines := []string{s.load(last), "say last", "cd /"}
		for _, name := range watch {
			lines = append(lines, last.show(name))
		}
		for i := len(order) - 2; i >= 0; i-- {
			next := order[i+1]
			code := s.write(filepath.Join(s.dir, "code of "+next.name), s.typed(next, lines...), 0o644)
			file := s.write(filepath.Join(s.dir, "next "+next.name), "#!/bin/sh\nexec "+posix(next.path(t))+" "+strings.Join(next.interactive, " ")+" <"+posix(code)+"\n", 0o755)
			run := order[i].Quote(file)
			switch order[i].name {
			case "nu":
				run = "^" + run
			case "elvish":
				run = "(external " + run + ")"
			default:
				run = "exec " + run
			}
			lines = []string{s.load(order[i]), "say " + order[i].name, run}
		}
		got := feed(t, s.env, s.typed(order[0], slices.Insert(lines, 1, s.cd(order[0], a))...), order[0].name, order[0].interactive...)
		var want []string
		for _, sh := range order[:len(order)-1] {
			want = append(want, sh.name+": 0 go1.22.3 versions/go1.22.3/bin")
		}
		want = append(want, "last: 0 go1.22.3 versions/go1.22.3/bin", "/usr/local/go/bin:/usr/bin:/x y:/bin:"+s.home+"/bin", "/my=bin", "/usr/local/go", "unset", "unset")
		s.wantSaid(got, want...)
	}
}

// Every shell gives back what was quoted for it: many random words of what means something to one of them, in one go.
func TestQuoteRandomWords(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	alphabet := []rune("a 'b'\\\"$`(){}[];|&<>@#%!~^,.=-+*?/\n\t\r‘’“中é😀\u00a0\u2028\ufeff\x01\x1b\x7f")
	var words []string
	for range 400 {
		var word []rune
		for range random.IntN(12) {
			word = append(word, alphabet[random.IntN(len(alphabet))])
		}
		words = append(words, string(word))
	}
	for name, program := range speakers(t) {
		s := find(t, shell{name: name})
		var code strings.Builder
		if name == "zsh" {
			code.WriteString("setopt rc_quotes glob_subst sh_word_split\n")
		}
		for _, word := range words {
			if !utf8.ValidString(word) {
				t.Fatalf("%q", word)
			}
			switch name {
			case "elvish":
				code.WriteString("print " + s.Quote(word) + "\"\\x00\"\n")
			case "nu":
				code.WriteString("print --raw --no-newline (" + s.Quote(word) + " + (char --integer 0))\n")
			default:
				code.WriteString("printf '%s\\0' " + s.Quote(word) + "\n")
			}
		}
		file := filepath.Join(t.TempDir(), "words")
		if err := os.WriteFile(file, []byte(code.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		path, err := exec.LookPath(program[0])
		if err != nil {
			t.Fatal(err)
		}
		got := feed(t, []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}, "", path, append(slices.Clone(program[1:]), file)...)
		said := strings.Split(strings.TrimSuffix(got.out, "\x00"), "\x00")
		if len(said) != len(words) {
			t.Errorf("%s: %d words become %d: %s", name, len(words), len(said), got.err)
			continue
		}
		for i, word := range words {
			if said[i] != word {
				t.Errorf("%s takes %s for %q, not %q", name, s.Quote(word), said[i], word)
			}
		}
	}
}
