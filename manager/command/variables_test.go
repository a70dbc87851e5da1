package command

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gsw/manager/goenv"
)

// TestVariables holds the table against the sources: every name given to
// Env.Get or Env.Lookup, every text that is the name of a variable of gsw, of
// the go command or of a proxy, and every such name in the hooks.
func TestVariables(t *testing.T) {
	t.Parallel()
	found := map[string]string{}
	constants := map[string]string{}
	var calls []*ast.CallExpr
	where := map[*ast.CallExpr]string{}
	walkSources(t, filepath.Join("..", ".."), func(dir, file string, source *ast.File) {
		if strings.HasSuffix(file, "_test.go") || dir == "manager/dist/disttest" || file == "manager/command/variables.go" {
			if file != "manager/command/variables.go" {
				return
			}
		}
		ast.Inspect(source, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if i < len(n.Values) {
						if text, ok := literal(n.Values[i]); ok {
							constants[name.Name] = text
						}
					}
				}
			case *ast.CallExpr:
				if readsVariable(n) {
					calls = append(calls, n)
					where[n] = file
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Variable" && dir == "manager/adopt" {
					if text, ok := literal(n.Value); ok {
						found[text] = file
					}
				}
			case *ast.BasicLit:
				if text, ok := literal(n); ok && isVariable(text) && file != "manager/command/variables.go" {
					found[text] = file
				}
			}
			return true
		})
	})
	for _, call := range calls {
		text, ok := literal(call.Args[0])
		if name, isName := call.Args[0].(*ast.Ident); isName {
			text, ok = constants[name.Name]
		}
		if ok {
			found[text] = where[call]
		}
	}
	inHooks(t, found)
	for _, v := range variables() {
		if _, used := found[v.Name]; !used {
			t.Errorf("the table has %s, which nothing reads", v.Name)
		}
	}
	for name, file := range found {
		if slices.Contains(goenv.Names(), name) {
			continue
		}
		if !slices.ContainsFunc(variables(), func(v variable) bool { return v.Name == name }) {
			t.Errorf("%s reads %s, which is not in the table", file, name)
		}
	}
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// readsVariable tells a call of Get or Lookup of a platform.Env from others by its receiver's name.
func readsVariable(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) != 1 || sel.Sel.Name != "Get" && sel.Sel.Name != "Lookup" {
		return false
	}
	switch x := sel.X.(type) {
	case *ast.Ident:
		return x.Name == "env" || x.Name == "e"
	case *ast.SelectorExpr:
		return x.Sel.Name == "Env"
	}
	return false
}

// isVariable tells whether a text is the name of a variable. What gsw sets for
// others alone, and words of the go command that are no variables, are not.
func isVariable(text string) bool {
	if slices.Contains([]string{"GOFLAGS", "GOOS", "GOARCH", "GOVERSION"}, text) {
		return false
	}
	return regexp.MustCompile(`^((__)?GSW_[A-Z_]+|GO[A-Z]{2,}|[A-Z]+_PROXY|[a-z]+_proxy)$`).MatchString(text)
}

// inHooks adds what the hooks ask the environment for, by names of gsw.
func inHooks(t *testing.T, found map[string]string) {
	files, err := filepath.Glob(filepath.Join("..", "..", "scripts", "hooks", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no hooks: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\b(__)?GSW_[A-Z_]+\b`).FindAllString(string(text), -1) {
			found[name] = file
		}
	}
}
