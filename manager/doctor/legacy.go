package doctor

import (
	"context"
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gsw/manager/gover"
	"gsw/manager/selection"
)

// gopathLegacy: modules are off, so that every project under GOPATH/src builds with the one copy of a dependency that
// lies there, whatever its go.mod asks for.
func gopathLegacy(ctx context.Context, p *Patient) ([]Finding, error) {
	setting := p.Env().Get("GO111MODULE")
	mode := p.moduleMode(setting.Value())
	if mode == "on" {
		return nil, nil
	}
	seen := p.gopathImports(ctx)
	shared, projects := seen.shared(mode == "auto")
	f := Finding{Level: Yellow, Message: "modules are off: no go.mod counts, and what is imported is whatever lies under GOPATH/src"}
	if len(shared) > 0 {
		f.Message = "projects under GOPATH/src share one copy of what they import: who updates it for one changes the other"
	} else if mode == "auto" {
		return nil, nil
	}
	if len(setting.Layers) > 0 {
		f.Evidence = p.told("GO111MODULE", setting.Layers[:1])
		f.Fix = p.fix("GO111MODULE", setting.Layers[0])
	} else {
		f.Evidence = []string{"the Go that runs here looks for no modules unless it is told to"}
		f.Fix = "gsw use --install latest"
	}
	f.Evidence = append(f.Evidence, shared...)
	if seen.cut {
		f.Evidence = append(f.Evidence, fmt.Sprintf("only %d folders under GOPATH/src were looked at", seen.folders))
	}
	for _, project := range projects {
		line := p.inside(project.dir, p.both("go mod init "+selection.Word(project.path), "go mod tidy"))
		f.Fix = strings.TrimPrefix(f.Fix+"\n"+line, "\n")
	}
	return []Finding{f}, nil
}

// moduleMode is what GO111MODULE comes to with the Go that runs here: "on", "off", or "auto", by whether there is a
// go.mod.
func (p *Patient) moduleMode(setting string) string {
	if setting == "on" || setting == "off" || setting == "auto" {
		return setting
	}
	var v gover.Version
	if here, err := p.Here(); err == nil {
		v = here.Version
	} else if hits := p.Path(); len(hits) > 0 {
		v = hits[0].Version
	}
	switch {
	case v.IsZero() || v.Compare(gover.MustParse("go1.16")) >= 0:
		return "on"
	case v.Compare(gover.MustParse("go1.11")) >= 0:
		return "auto"
	}
	return "off"
}

// Bounds of the look into GOPATH/src: what doctor does without a flag has to be over in a moment.
const (
	mostFolders = 600
	mostFiles   = 600
	mostTime    = 120 * time.Millisecond
	mostShared  = 5
)

// gopathSources is what was found under GOPATH/src.
type gopathSources struct {
	roots   map[string]root              // by folder
	imports map[string]map[string]string // folder of a dependency → root that imports it → file:line
	folders int
	files   int
	cut     bool // a bound was reached
}

// root is the folder of a project, or of a dependency.
type root struct {
	dir, path string // path: as it is imported
	module    bool   // it has a go.mod
}

// gopathImports reads the imports of what lies under GOPATH/src, the folders near the top first. Links are not followed.
func (p *Patient) gopathImports(ctx context.Context) *gopathSources {
	ctx, cancel := context.WithTimeout(ctx, mostTime)
	defer cancel()
	s := &gopathSources{roots: map[string]root{}, imports: map[string]map[string]string{}}
	for _, gopath := range filepath.SplitList(p.Env().Get("GOPATH").Value()) {
		src := filepath.Join(gopath, "src")
		type step struct {
			path string // below src
			root root
		}
		for queue := []step{{}}; len(queue) > 0; queue = queue[1:] {
			at := queue[0]
			if s.folders == mostFolders || s.files >= mostFiles || ctx.Err() != nil {
				s.cut = true
				return s
			}
			s.folders++
			dir := filepath.Join(src, filepath.FromSlash(at.path))
			entries, err := os.ReadDir(dir)
			if err != nil {
				continue
			}
			at.root = rootOf(dir, at.path, at.root, entries)
			for _, e := range entries {
				if e.IsDir() && looked(e.Name()) {
					queue = append(queue, step{path.Join(at.path, e.Name()), at.root})
				}
			}
			if at.root.dir != "" {
				s.read(src, dir, at.root, entries)
			}
		}
	}
	return s
}

func looked(name string) bool {
	return name != "vendor" && name != "testdata" && name != "node_modules" && name[0] != '.' && name[0] != '_'
}

// rootOf is the project that a folder belongs to: the outermost one with a repository or a go.mod; else the first with
// Go files, at the depth where hosts have repositories.
func rootOf(dir, at string, above root, entries []fs.DirEntry) root {
	if above.dir != "" || at == "" {
		return above
	}
	r := root{dir: dir, path: at}
	marked, code := false, false
	for _, e := range entries {
		switch e.Name() {
		case ".git", ".hg", ".svn", ".bzr":
			marked = true
		case "go.mod":
			marked, r.module = true, true
		}
		code = code || strings.HasSuffix(e.Name(), ".go")
	}
	depth := 1
	if host, _, _ := strings.Cut(at, "/"); strings.Contains(host, ".") {
		depth = 2
		if slices.Contains([]string{"github.com", "gitlab.com", "bitbucket.org", "golang.org"}, host) {
			depth = 3
		}
	}
	if marked || code || strings.Count(at, "/")+1 >= depth {
		return r
	}
	return root{}
}

// read notes which folders under src the files of one folder import.
func (s *gopathSources) read(src, dir string, r root, entries []fs.DirEntry) {
	s.roots[r.dir] = r
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasSuffix(e.Name(), ".go") || s.files >= mostFiles {
			continue
		}
		s.files++
		file := filepath.Join(dir, e.Name())
		for _, i := range importsOf(file) {
			target := filepath.Join(src, filepath.FromSlash(i.path))
			if below(target, r.dir) || !isFolder(target) || vendored(src, dir, i.path) {
				continue
			}
			if s.imports[target] == nil {
				s.imports[target] = map[string]string{}
			}
			if s.imports[target][r.dir] == "" {
				s.imports[target][r.dir] = file + ":" + strconv.Itoa(i.line)
			}
		}
	}
}

// imported is one import of a file.
type imported struct {
	path string
	line int
}

// importsOf reads what stands between a file's package clause and its first declaration. A file that is no Go up to
// there has none: it is the compiler's to complain about. go/parser would do, and make gsw 0.3 MB larger.
func importsOf(file string) []imported {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	at := token.NewFileSet().AddFile(file, -1, len(text))
	broken := false
	var tokens scanner.Scanner
	tokens.Init(at, text, func(token.Position, string) { broken = true }, 0)
	var pos token.Pos
	var tok token.Token
	var literal string
	next := func(want ...token.Token) bool {
		if slices.Contains(want, tok) {
			pos, tok, literal = tokens.Scan()
			return !broken
		}
		return false
	}
	pos, tok, literal = tokens.Scan()
	if !next(token.PACKAGE) || !next(token.IDENT) || !next(token.SEMICOLON) {
		return nil
	}
	var all []imported
	for next(token.IMPORT) {
		for group := next(token.LPAREN); !group || !next(token.RPAREN); {
			next(token.IDENT, token.PERIOD)
			path, err := strconv.Unquote(literal)
			line := at.Line(pos)
			if err != nil || !next(token.STRING) {
				return nil
			}
			all = append(all, imported{path, line})
			if !group {
				break
			}
			if !next(token.SEMICOLON) && tok != token.RPAREN {
				return nil
			}
		}
		if !next(token.SEMICOLON) && tok != token.EOF {
			return nil
		}
	}
	return all
}

func isFolder(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

// vendored tells whether a folder or one above it, up to src, has its own copy of a package.
func vendored(src, dir, name string) bool {
	for ; below(dir, src); dir = filepath.Dir(dir) {
		if isFolder(filepath.Join(dir, "vendor", filepath.FromSlash(name))) {
			return true
		}
	}
	return false
}

// shared are the folders that several projects import, with who does, and those of the projects that have no go.mod yet.
// With plainOnly projects with a go.mod don't count.
func (s *gopathSources) shared(plainOnly bool) (evidence []string, projects []root) {
	involved := map[string]bool{}
	for _, dependency := range slices.Sorted(maps.Keys(s.imports)) {
		var by []string
		for _, importer := range slices.Sorted(maps.Keys(s.imports[dependency])) {
			if !plainOnly || !s.roots[importer].module {
				by = append(by, importer)
			}
		}
		if len(by) < 2 {
			continue
		}
		if len(evidence) == mostShared {
			break
		}
		var places []string
		for _, importer := range by {
			involved[importer] = true
			places = append(places, s.imports[dependency][importer])
		}
		evidence = append(evidence, dependency+" is imported by "+strings.Join(places, " and "))
	}
	for _, dir := range slices.Sorted(maps.Keys(involved)) {
		if !s.roots[dir].module {
			projects = append(projects, s.roots[dir])
		}
	}
	return evidence, projects
}
