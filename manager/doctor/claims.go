package doctor

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/project"
)

// claim is what one line of a project's files says about the version of Go.
type claim struct {
	file  string
	line  int
	text  string        // as it stands there, with its quotes
	means string        // what it is read as, if that is something else than it looks
	specs []gover.Spec  // any of them will do; none for a go line
	least gover.Minimum // no older Go will do
	kind  claimKind
}

// claimKind is the kind of file, in the order in which one is asked what the others should say.
type claimKind int

const (
	pinned    claimKind = iota // .go-version, .tool-versions
	leastOnly                  // go.mod, go.work: newer is as good
	image                      // Dockerfile, .gitlab-ci.yml
	workflow                   // .github/workflows
)

func (c claim) place() string { return c.file + ":" + strconv.Itoa(c.line) }

// claims are those of the project around this folder. Of each kind of file those nearest count.
func (p *Patient) claims() []claim {
	readers := []func(dir string) []claim{p.stated, images, pipelines, workflows}
	found := make([][]claim, len(readers))
	for _, dir := range p.projectDirs() {
		for i, read := range readers {
			if len(found[i]) == 0 {
				found[i] = read(dir)
			}
		}
	}
	return slices.Concat(found...)
}

// projectDirs are the folders from here up to that of the repository, or of the module where there is none.
func (p *Patient) projectDirs() []string {
	var dirs []string
	module := 0
	for dir := filepath.Clean(p.Host.Dir); ; dir = filepath.Dir(dir) {
		dirs = append(dirs, dir)
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dirs
		}
		for _, name := range []string{"go.mod", "go.work"} {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				module = len(dirs)
			}
		}
		if dir == filepath.Dir(dir) {
			return dirs[:max(module, 1)]
		}
	}
}

// stated is what the files say that choose a Go.
func (p *Patient) stated(dir string) []claim {
	var all []claim
	for _, s := range project.Stated(dir, p.Config.Alias) {
		c := claim{file: s.Origin.File, line: s.Origin.Line, text: s.Text, least: s.Least, kind: pinned}
		if s.Origin.Kind == project.GoWork || s.Origin.Kind == project.GoMod {
			c.kind = leastOnly
		}
		if c.kind == pinned {
			c.specs = definite(s.Spec)
		}
		if len(c.specs) > 0 || !c.least.IsZero() {
			all = append(all, c)
		}
	}
	return all
}

// definite leaves out what means another release every month: nothing disagrees with that.
func definite(s gover.Spec) []gover.Spec {
	if s.IsZero() || s.System() || slices.Contains([]string{"latest", "oldstable", "rc"}, s.String()) {
		return nil
	}
	return []gover.Spec{s}
}

// images reads the Dockerfiles of a folder: FROM golang:1.22.3-alpine, and what an ARG before it says.
func images(dir string) []claim {
	entries, _ := os.ReadDir(dir) // what cannot be read says nothing
	from := regexp.MustCompile(`(?i)^\s*FROM\s+(?:--\S+\s+)*(?:[\w.:/-]+/)?golang:(\S+)`)
	arg := regexp.MustCompile(`(?i)^\s*ARG\s+(\w+)=["']?([\w.]+)`)
	var all []claim
	for _, e := range entries {
		name := e.Name()
		if base, _, _ := strings.Cut(name, "."); base != "Dockerfile" && base != "Containerfile" && !strings.HasSuffix(name, ".Dockerfile") {
			continue
		}
		args := map[string]claim{}
		for number, line := range linesOf(filepath.Join(dir, name)) {
			if m := arg.FindStringSubmatch(line); m != nil {
				args[m[1]] = claim{file: filepath.Join(dir, name), line: number + 1, text: m[2], kind: image}
			}
			m := from.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			c := claim{file: filepath.Join(dir, name), line: number + 1, text: m[1], kind: image}
			if rest, ok := strings.CutPrefix(m[1], "${"); ok {
				variable, _, _ := strings.Cut(rest, "}")
				c = args[variable]
			}
			all = appendClaim(all, tagOf(c))
		}
	}
	return all
}

// tagOf cuts what an image's tag says beside the version: "1.22.3-alpine3.19".
func tagOf(c claim) claim {
	c.text, _, _ = strings.Cut(c.text, "-")
	c.text, _, _ = strings.Cut(c.text, "@")
	return c
}

// pipelines reads the images of .gitlab-ci.yml.
func pipelines(dir string) []claim {
	name := filepath.Join(dir, ".gitlab-ci.yml")
	from := regexp.MustCompile(`^\s*-?\s*(?:image|name):\s*["']?(?:[\w.:/-]+/)?golang:([\w.-]+)`)
	var all []claim
	for number, line := range linesOf(name) {
		if m := from.FindStringSubmatch(line); m != nil {
			all = appendClaim(all, tagOf(claim{file: name, line: number + 1, text: m[1], kind: image}))
		}
	}
	return all
}

// workflows reads what GitHub's setup-go is told: a version, or a list of which each is tried.
func workflows(dir string) []claim {
	files, _ := filepath.Glob(filepath.Join(dir, ".github", "workflows", "*.y*ml"))
	var all []claim
	for _, file := range files {
		lines := linesOf(file)
		names := "go-version"
		if variable := matrixVariable(lines); variable != "" {
			names += "|" + regexp.QuoteMeta(variable)
		}
		key := regexp.MustCompile(`^\s*-?\s*(?:` + names + `):\s*(.*)$`)
		for number, line := range lines {
			if m := key.FindStringSubmatch(line); m != nil {
				c := claim{file: file, line: number + 1, kind: workflow}
				if c = c.told(uncommented(m[1]), lines[number+1:]); len(c.specs) > 0 {
					all = append(all, c)
				}
			}
		}
	}
	return all
}

// told adds the value of a key of YAML: one, a list in brackets, or one below it.
func (c claim) told(value string, after []string) claim {
	values := strings.Split(strings.Trim(value, "[] "), ",")
	if value == "" {
		values = itemsAfter(after)
		c.line++
	}
	for _, v := range values {
		if !c.or(strings.TrimSpace(v)) {
			return claim{} // one of them is the newest every month: nothing disagrees with that
		}
	}
	return c
}

// matrixVariable is the name that go-version takes its values from: ${{ matrix.go }}.
func matrixVariable(lines []string) string {
	use := regexp.MustCompile(`^\s*-?\s*go-version:\s*["']?\$\{\{\s*matrix\.([\w-]+)\s*\}\}`)
	for _, line := range lines {
		if m := use.FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}

func uncommented(text string) string {
	text, _, _ = strings.Cut(text, " #")
	return strings.TrimSpace(text)
}

// itemsAfter are the items of a list that stands below its name.
func itemsAfter(lines []string) (items []string) {
	for _, line := range lines {
		item, ok := strings.CutPrefix(strings.TrimSpace(line), "- ")
		if !ok || strings.Contains(item, ":") {
			return items
		}
		items = append(items, uncommented(item))
	}
	return items
}

// or adds a value to what will do. Without quotes YAML reads 1.20 as a number, which is 1.2. It is false for a value that
// is another release every month.
func (c *claim) or(value string) bool {
	bare := strings.Trim(value, `"'`)
	means := ""
	if _, err := strconv.ParseFloat(bare, 64); err == nil && bare == value && strings.Contains(bare, ".") && strings.HasSuffix(bare, "0") {
		bare = strings.TrimRight(bare, "0")
		means = bare
	}
	spec, err := gover.ParseSpec(bare, nil)
	if err != nil {
		return true // an expression, or words of setup-go's own
	}
	found := definite(spec)
	if len(found) > 0 && c.text == "" {
		c.text, c.means = value, means
	}
	c.specs = append(c.specs, found...)
	return len(found) > 0
}

func appendClaim(all []claim, c claim) []claim {
	spec, err := gover.ParseSpec(c.text, nil)
	if err != nil {
		return all // "alpine", "1", a variable
	}
	if c.specs = definite(spec); len(c.specs) == 0 {
		return all
	}
	return append(all, c)
}

// linesOf are the lines of a file of a sensible size, none where it cannot be read.
func linesOf(file string) []string {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	return strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
}
