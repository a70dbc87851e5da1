package doctor

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestImportsOf compares with go/parser, on the standard library and on files that are none.
func TestImportsOf(t *testing.T) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(goroot)), "src", "*", "*.go"))
	if err != nil || len(files) < 1000 {
		t.Fatalf("only %d sources of Go here: %v", len(files), err)
	}
	dir := t.TempDir()
	for i, text := range []string{
		"", "package", "package a", "package a;", "import \"b\"", "package a\nimport \"b\"", "package a; import (); import (\"b\"; c \"d\")\nvar e = \"f\"",
		"package a\nimport (\n\t. \"b\" // c\n\t_ \"d\"\n)\nimport e \"f\"\n\nfunc g() { !", "package a\nimport b", "package a\nimport (\"b\"",
		"package a\nimport (\"b\" \"c\")", "package a\nimport (\"b\") c", "package a\nimport \"b\"", "package a\nimport \"b\nimport \"c\"", "package a\nvar b = \"c\"\nimport \"d\"", "\ufeffpackage a\nimport `b`",
		"// Package a\npackage a /* b */\n\n/*\n#include <c.h>\n*/\nimport \"C\"\nimport\n\"d\"\n",
	} {
		file := filepath.Join(dir, strconv.Itoa(i)+".go")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, file := range files {
		positions := token.NewFileSet()
		var want []imported
		if parsed, err := parser.ParseFile(positions, file, nil, parser.ImportsOnly); err == nil {
			for _, spec := range parsed.Imports {
				path, _ := strconv.Unquote(spec.Path.Value)
				want = append(want, imported{path, positions.Position(spec.Path.Pos()).Line})
			}
		}
		if got := importsOf(file); !slices.Equal(got, want) {
			text, _ := os.ReadFile(file)
			t.Errorf("%s: %v, not %v\n%.200s", file, got, want, text)
		}
	}
}
