package command

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers says what each package may import of gsw, and which third-party
// modules have their home there. What the table does not allow is forbidden.
// Sources of every operating system are parsed here, because `go list` sees
// only this one's.
func layers() map[string]layer {
	return map[string]layer{
		".":                      {gsw: "manager/command manager/servers manager/serving platform shims"},
		"bench":                  {gsw: "scripts/release"}, // it measures programs, from outside
		"platform":               {modules: "golang.org/x/sys golang.org/x/term"},
		"platform/platformtest":  {modules: "golang.org/x/sys"},
		"shims":                  {gsw: "manager/config manager/gover manager/project manager/selection manager/store platform"},
		"shims/gsw-shim":         {gsw: "front manager/local platform shims"},
		"front":                  {gsw: "manager/catalogue manager/everyday manager/gover manager/local manager/terminal platform"},
		"scripts":                {gsw: "platform"},
		"scripts/generate":       {gsw: "manager/command platform scripts"},
		"scripts/bill":           {},
		"scripts/release":        {modules: "go.yaml.in/yaml/v3 golang.org/x/sys"}, // builds them; tests of what a release promises, from outside
		"manager/gover":          {},
		"manager/kept":           {gsw: "platform"},
		"manager/journal":        {gsw: "platform"},
		"manager/catalogue":      {gsw: "manager/gover manager/kept platform"},
		"manager/terminal":       {gsw: "platform"},
		"manager/local":          {gsw: "manager/activation manager/config manager/gover manager/project manager/selection manager/store platform"},
		"manager/everyday":       {gsw: "manager/gover manager/local manager/project manager/selection manager/store manager/terminal manager/tools platform"},
		"manager/receipt":        {gsw: "manager/gover"},
		"manager/goenv":          {gsw: "platform"},
		"manager/adopt":          {gsw: "manager/gover manager/selection platform"},
		"manager/profile":        {gsw: "manager/gover"},
		"manager/config":         {gsw: "manager/gover manager/profile platform", modules: "github.com/pelletier/go-toml/v2"},
		"manager/tree":           {gsw: "manager/gover platform"},
		"manager/unpack/inflate": {modules: "github.com/klauspost/compress/flate"}, // what its tests compare it with
		"manager/unpack": {gsw: "manager/gover manager/tree manager/unpack/inflate platform",
			modules: "github.com/mholt/archives github.com/klauspost/compress golang.org/x/text"},
		"manager/download":      {gsw: "platform", modules: "golang.org/x/net"},
		"manager/dist":          {gsw: "manager/catalogue manager/gover platform", modules: "golang.org/x/mod/module"},
		"manager/dist/disttest": {gsw: "manager/dist manager/gover manager/tree manager/trust platform", modules: "golang.org/x/mod"},
		"manager/trust": {gsw: "manager/gover manager/receipt platform",
			modules: "golang.org/x/mod github.com/ProtonMail/go-crypto"},
		"manager/modcache":        {gsw: "platform", modules: "golang.org/x/mod"},
		"manager/bundle":          {gsw: "manager/gover manager/tree platform", modules: "github.com/klauspost/compress/zstd golang.org/x/mod"},
		"manager/store":           {gsw: "manager/gover manager/kept manager/receipt platform"},
		"manager/store/storetest": {gsw: "manager/dist/disttest manager/gover manager/store platform"},
		"manager/project":         {gsw: "manager/gover platform"},
		"manager/activation":      {gsw: "platform"},
		"manager/selection":       {gsw: "manager/activation manager/config manager/gover manager/project manager/store platform"},
		"manager/tools":           {gsw: "manager/gover manager/project manager/selection manager/store platform"},
		"manager/mirror":          {gsw: "manager/dist manager/gover manager/trust platform"},
		"manager/release":         {gsw: "platform"},
		"manager/server": {gsw: "platform",
			modules: "github.com/prometheus/client_golang/prometheus github.com/prometheus/common/expfmt"},
		"manager/sumdb": {gsw: "manager/gover manager/journal manager/trust platform",
			modules: "golang.org/x/mod golang.org/x/sync/singleflight"},
		"manager/answer":  {gsw: "manager/terminal"},
		"manager/serving": {gsw: "manager/local manager/trust platform"},
		"manager/servers": {gsw: "manager/answer manager/download manager/journal manager/local manager/mirror manager/selection manager/server " +
			"manager/serving manager/store manager/sumdb manager/terminal manager/trust platform"},
		"manager/servers/gsw-server": {gsw: "manager/answer manager/servers platform"},
		"manager/workshop":           {gsw: "manager/config manager/gover manager/selection manager/store manager/tools platform"},
		"manager/switching":          {gsw: "manager/goenv manager/gover manager/project platform"},
		"manager/zerotrust":          {gsw: "manager/goenv manager/tree platform", modules: "golang.org/x/mod"},
		"manager/ide":                {gsw: "platform scripts", modules: "github.com/tailscale/hujson github.com/rogpeppe/go-internal/diff"},
		"manager/probe":              {gsw: "manager/dist"},
		"manager/doctor": {gsw: "manager/activation manager/adopt manager/config manager/goenv manager/gover manager/probe manager/profile manager/project " +
			"manager/receipt manager/selection manager/store manager/switching manager/tools manager/tree manager/workshop platform scripts",
			modules: "golang.org/x/mod"},
		"manager": {gsw: "manager/activation manager/adopt manager/bundle manager/config manager/dist manager/download manager/goenv manager/gover " +
			"manager/ide manager/local manager/mirror manager/modcache manager/profile manager/project manager/receipt manager/release manager/selection " +
			"manager/store manager/switching manager/tools manager/tree manager/trust manager/unpack manager/workshop manager/zerotrust platform scripts",
			modules: "golang.org/x/mod"},
		"manager/command": {gsw: "manager manager/activation manager/adopt manager/answer manager/bundle manager/catalogue manager/config manager/dist manager/doctor " +
			"manager/download manager/everyday manager/goenv manager/gover manager/ide manager/journal manager/local manager/mirror manager/modcache " +
			"manager/probe manager/profile manager/project manager/receipt manager/release manager/selection manager/serving manager/store manager/sumdb " +
			"manager/terminal manager/tools manager/tree manager/trust manager/unpack manager/workshop manager/zerotrust platform scripts",
			modules: "github.com/urfave/cli/v2 github.com/schollz/progressbar/v3 github.com/xrash/smetrics"},
	}
}

type layer struct{ gsw, modules string }

// onlyInPlatform are the ways to the process and the machine that everybody
// but main.go and package platform gets from a platform.Host.
func onlyInPlatform() map[string]string {
	return map[string]string{
		"Getenv": "os", "LookupEnv": "os", "Environ": "os", "Setenv": "os", "Unsetenv": "os", "Getwd": "os",
		"Exit": "os", "Stdout": "os", "Stderr": "os", "Stdin": "os", "Args": "os", "UserHomeDir": "os",
		"Executable": "os", "GOOS": "runtime", "GOARCH": "runtime",
		"Now": "time",
	}
}

func TestLayers(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	walkSources(t, root, func(dir, file string, source *ast.File) {
		allowed, known := layers()[dir]
		if !known {
			t.Errorf("%s: the table of layers does not know package %s", file, dir)
			return
		}
		seen[dir] = true
		test := strings.HasSuffix(file, "_test.go")
		for _, spec := range source.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if !permitted(name, dir, allowed, test) {
				t.Errorf("%s imports %s, which package %s may not", file, name, dir)
			}
		}
		if test || dir == "platform" || file == "main.go" || dir == "shims/gsw-shim" || dir == "manager/servers/gsw-server" || dir == "bench" || dir == "scripts/generate" || dir == "scripts/bill" || dir == "scripts/release" || dir == "manager/dist/disttest" || dir == "manager/store/storetest" || dir == "platform/platformtest" {
			return
		}
		ast.Inspect(source, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Obj == nil && onlyInPlatform()[sel.Sel.Name] == pkg.Name {
					t.Errorf("%s uses %s.%s: that is platform's", file, pkg.Name, sel.Sel.Name)
				}
			}
			return true
		})
	})
	for dir := range layers() {
		if !seen[dir] {
			t.Errorf("the table of layers names %s, which has no sources", dir)
		}
	}
}

// TestNothingIsOverwritten: macOS remembers a program's signature by its inode and kills one that was written to in place;
// a running one can't be written to on Linux. So no file is written over: it is new, or a new one takes its name. What
// os.WriteFile is used for is no program.
func TestNothingIsOverwritten(t *testing.T) {
	calls := 0
	walkSources(t, filepath.Join("..", ".."), func(dir, file string, source *ast.File) {
		if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(dir, "test") || dir == "bench" || strings.HasPrefix(dir, "scripts/") {
			return
		}
		ast.Inspect(source, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && (sel.Sel.Name == "O_TRUNC" || sel.Sel.Name == "Create" && isPackage(sel.X, "os")) {
				t.Errorf("%s uses %s, which writes over what is there", file, sel.Sel.Name)
			}
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 3 {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "WriteFile" && isPackage(sel.X, "os") {
				calls++
				if perm, ok := call.Args[2].(*ast.BasicLit); !ok || strings.ContainsAny(perm.Value, "1357") {
					t.Errorf("%s writes a file with os.WriteFile that may be a program", file)
				}
			}
			return true
		})
	})
	if calls == 0 {
		t.Error("no call of os.WriteFile was seen")
	}
}

func isPackage(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}

// permitted tells whether a package of gsw may import name.
func permitted(name, dir string, allowed layer, test bool) bool {
	if inner, ours := strings.CutPrefix(name, "gsw/"); ours {
		if inner == dir || slices.Contains(strings.Fields(allowed.gsw), inner) {
			return true
		}
		return test && (inner == "manager/dist/disttest" || inner == "manager/store/storetest" || inner == "manager/gover" || inner == "platform" || inner == "platform/platformtest" ||
			inner == "manager/download" && (dir == "manager/dist" || dir == "manager/probe") || inner == "manager/receipt" && dir == "shims" ||
			dir == "scripts" && (inner == "manager/activation" || inner == "manager/project") || dir == "manager/command")
	}
	if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
		return name != "net/http" || dir == "manager/download" || dir == "manager/server" || dir == "manager/mirror" || dir == "manager/sumdb" || dir == "bench" || dir == "manager/dist/disttest" || test
	}
	for _, module := range strings.Fields(allowed.modules) {
		if name == module || strings.HasPrefix(name, module+"/") {
			return true
		}
	}
	return test && (strings.HasPrefix(name, "github.com/rogpeppe/go-internal/") || strings.HasPrefix(name, "golang.org/x/mod/") ||
		strings.HasPrefix(name, "github.com/in-toto/attestation/go/") || name == "go.yaml.in/yaml/v3" || name == "github.com/tailscale/hujson" || name == "google.golang.org/protobuf/encoding/protojson" ||
		strings.HasPrefix(name, "github.com/hanwen/go-fuse/v2/") || strings.HasPrefix(name, "golang.org/x/text/") || name == "golang.org/x/sys/unix" ||
		strings.HasPrefix(name, "mvdan.cc/sh/v3/"))
}

// TestClosures walks what the programs of a release link. Every package of gsw-shim, as a shim and as gsw, is paid for at each
// call, and none may be able to reach a network; and what serves is gsw-server's alone.
func TestClosures(t *testing.T) {
	for _, program := range []struct {
		dir, without string // a file that the tags of a release leave out
		heavy        string
		atLeast      int
	}{
		{
			dir: "shims/gsw-shim", atLeast: 15,
			heavy: "net net/http net/url os/user regexp crypto/sha256 debug/buildinfo text/template text/tabwriter github.com/urfave/cli/v2 " +
				"github.com/mholt/archives github.com/schollz/progressbar/v3 golang.org/x/mod/sumdb github.com/ProtonMail/go-crypto/openpgp " +
				"github.com/klauspost/compress/flate",
		},
		{dir: ".", without: "serve.go", atLeast: 40, heavy: "gsw/manager/servers gsw/manager/server github.com/prometheus/client_golang/prometheus"},
		{
			dir: "manager/servers/gsw-server", atLeast: 15,
			heavy: "github.com/urfave/cli/v2 github.com/mholt/archives github.com/schollz/progressbar/v3 gsw/manager gsw/manager/unpack",
		},
	} {
		imports := map[string][]string{}
		walkSources(t, filepath.Join("..", ".."), func(dir, file string, source *ast.File) {
			if strings.HasSuffix(file, "_test.go") || dir == program.dir && file == program.without {
				return
			}
			for _, spec := range source.Imports {
				name, _ := strconv.Unquote(spec.Path.Value)
				imports[dir] = append(imports[dir], name)
			}
		})
		reached := map[string]bool{}
		var visit func(dir string)
		visit = func(dir string) {
			if reached[dir] {
				return
			}
			reached[dir] = true
			for _, name := range imports[dir] {
				if slices.Contains(strings.Fields(program.heavy), name) {
					t.Errorf("%s links %s through %s", program.dir, name, dir)
				}
				if inner, ours := strings.CutPrefix(name, "gsw/"); ours {
					visit(inner)
				}
			}
		}
		visit(program.dir)
		if len(reached) < program.atLeast {
			t.Fatalf("only %d packages seen behind %s: the walk is broken", len(reached), program.dir)
		}
	}
}

// walkSources parses every Go file of the module, whatever system it is for.
func walkSources(t *testing.T, root string, visit func(dir, file string, source *ast.File)) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if d.Name() == "testdata" || rel != "." && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		source, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return err
		}
		files++
		visit(path.Dir(rel), rel, source)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 30 {
		t.Fatalf("only %d sources found below %s", files, root)
	}
}
