package scripts_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gsw/platform"
	"gsw/scripts"
)

// PowerShell is not to be had here: what it is given is parsed by a grammar of its language, and the rules of its strings
// are looked after below. Nothing of it is run.
func TestPowerShell(t *testing.T) {
	node, modules := grammar(t)
	s, err := scripts.Find("pwsh")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	const odd = "a 'b' ‘c’ ‚d‛ \"$HOME\" `e` $(f)\n中\\"
	files := []string{filepath.Join(dir, "hook.ps1"), filepath.Join(dir, "sourced.ps1"), filepath.Join(dir, "env.ps1"), filepath.Join(dir, "completion.ps1"), filepath.Join(dir, "broken.ps1")}
	completion, _ := scripts.Completion("pwsh")
	for i, text := range []string{
		s.Hook("/x/"+odd, "/h/"+odd), strings.TrimPrefix(scripts.Sourced(s, "/x/"+odd, "/h/"+odd), "\ufeff"),
		s.Export([]platform.Change{{Name: "A", New: odd, Is: true}, {Name: "B", Old: "x", Was: true}}), completion, "if ($x {",
	} {
		if err := os.WriteFile(files[i], []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := feed(t, os.Environ(), "", node, append([]string{mustAbs(t, "testdata/powershell.mjs"), modules, mustAbs(t, "install.ps1")}, files[:4]...)...); got.code != 0 || got.out != "" {
		t.Errorf("%s%s", got.out, got.err)
	}
	if got := feed(t, os.Environ(), "", node, mustAbs(t, "testdata/powershell.mjs"), modules, files[4]); got.code != 1 || got.out == "" {
		t.Errorf("the grammar takes everything: %+v", got)
	}
	if got, want := s.Quote("a'b‘c’d‚e‛f"), "'a''b‘‘c’’d‚‚e‛‛f'"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// grammar names node and the folder with the grammar.
func grammar(t *testing.T) (node, modules string) {
	t.Helper()
	node, modules = need(t, "node"), os.Getenv("GSW_TEST_NODE_MODULES")
	if modules == "" {
		cannot(t, "GSW_TEST_NODE_MODULES does not name the folder of tree-sitter and tree-sitter-powershell")
	}
	return node, modules
}

// parsed is what the grammar finds in a text.
type parsed struct {
	Errors, Statements, Chains             int
	Commands, Parameters, Variables, Types []string
	Literals                               []*string
}

func parse(t *testing.T, texts ...string) []parsed {
	t.Helper()
	node, modules := grammar(t)
	list, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "texts.json")
	if err := os.WriteFile(file, list, 0o644); err != nil {
		t.Fatal(err)
	}
	got := feed(t, os.Environ(), "", node, mustAbs(t, "testdata/powershell.mjs"), "--facts", modules, file)
	var found []parsed
	if err := json.Unmarshal([]byte(got.out), &found); err != nil || len(found) != len(texts) {
		t.Fatalf("%v: %s", err, got.err)
	}
	return found
}

// Whatever is quoted is one literal, which means what was quoted; and what Export gives is one statement for each change.
func TestPowerShellQuotes(t *testing.T) {
	s, err := scripts.Find("pwsh")
	if err != nil {
		t.Fatal(err)
	}
	words := slices.Clone(hostile)
	random := rand.New(rand.NewPCG(5, 6))
	alphabet := []rune("a 'b'\"$`(){}[];|&<>@#%!~^,.=-+*?\\/\n\t\r‘’‚‛“”„中é😀\u00a0\u2028\ufeff")
	for range 300 {
		var word []rune
		for range random.IntN(14) {
			word = append(word, alphabet[random.IntN(len(alphabet))])
		}
		words = append(words, string(word))
	}
	var texts []string
	for _, word := range words {
		texts = append(texts, s.Quote(word), s.Export([]platform.Change{{Name: "A", New: word, Is: true}, {Name: "B", Was: true, Old: word}, {Name: "C", New: word, Is: true}}))
	}
	found := parse(t, texts...)
	for i, word := range words {
		quote, export := found[2*i], found[2*i+1]
		if quote.Errors != 0 || quote.Statements != 1 || len(quote.Commands)+len(quote.Variables) != 0 || len(quote.Literals) != 1 || quote.Literals[0] == nil || *quote.Literals[0] != word {
			t.Errorf("%q: %s is %+v", word, texts[2*i], quote)
		}
		if export.Errors != 0 || export.Statements != 3 || !slices.Equal(export.Commands, []string{"Remove-Item"}) || !slices.Equal(export.Variables, []string{"$env:A", "$env:C"}) {
			t.Errorf("%q: %s is %+v", word, texts[2*i+1], export)
		}
	}
	if bad := parse(t, "'a'b'")[0]; bad.Errors == 0 && len(bad.Literals) == 1 && *bad.Literals[0] == "a'b" {
		t.Error("a quote that is not doubled is taken for one that is")
	}
}

// The scripts name nothing that Windows PowerShell 5.1 lacks: the commands, their parameters, the types and the automatic
// variables in them are all in this list, each looked up in the documents of 5.1. The hook uses no types, and makes no
// objects: the constrained language mode would refuse. What is syntax of 7 only, the grammar does not know, but for && and ||.
func TestPowerShell51(t *testing.T) {
	known := map[string]string{
		"Get-Location": "", "Join-Path": "", "Test-Path": "-LiteralPath -PathType -Path", "Get-Content": "-LiteralPath -TotalCount -ErrorAction",
		"Split-Path": "-Path -Parent", "Get-Command": "-Name -CommandType -ErrorAction", "Write-Warning": "", "Remove-Item": "-LiteralPath -ErrorAction -Force",
		"Push-Location": "-LiteralPath", "Pop-Location": "", "Invoke-Expression": "", "Get-Item": "-LiteralPath", "Set-Alias": "-Name -Value -Scope -Force",
		"Register-ArgumentCompleter": "-Native -CommandName -ScriptBlock", "Select-Object": "-Skip", "Where-Object": "", "ForEach-Object": "",
		"New-Object": "-TypeName -ArgumentList",
	}
	automatic := strings.Fields("$args $_ $null $true $false $function:prompt $global:LASTEXITCODE $code $word $line $cursor")
	s, err := scripts.Find("pwsh")
	if err != nil {
		t.Fatal(err)
	}
	completion, _ := scripts.Completion("pwsh")
	texts := map[string]string{"hook": s.Hook("/self", "/home"), "completion": completion}
	for name, text := range texts {
		found := parse(t, text)[0]
		if found.Errors+found.Chains != 0 || len(found.Commands) == 0 {
			t.Errorf("%s: %d errors, %d chains of commands, %d commands", name, found.Errors, found.Chains, len(found.Commands))
		}
		own := strings.Fields("__gsw_folder __gsw_asks __gsw_call __gsw_look __gsw_guard __gsw_prompt $program $program[0].Path $global:__gsw_theirs")
		var parameters []string
		for _, command := range found.Commands {
			options, ok := known[command]
			parameters = append(parameters, strings.Fields(options)...)
			if !ok && !slices.Contains(own, command) {
				t.Errorf("the %s calls %s, which is not known to be in 5.1", name, command)
			}
			if name == "hook" && command == "New-Object" {
				t.Error("the hook makes an object")
			}
		}
		for _, parameter := range found.Parameters {
			if !slices.Contains(parameters, parameter) {
				t.Errorf("the %s has %s, which no command of it is known to have in 5.1", name, parameter)
			}
		}
		for _, variable := range found.Variables {
			_, assigned, _ := strings.Cut(text, variable+" = ")
			_, looped, _ := strings.Cut(text, "foreach ("+variable+" in")
			if assigned == "" && looped == "" && !strings.HasPrefix(variable, "$env:") && !slices.Contains(automatic, variable) && variable != "@args" && variable != "@words" {
				t.Errorf("the %s reads %s, which is set nowhere in it", name, variable)
			}
		}
		if name == "hook" && len(found.Types) != 0 {
			t.Errorf("the hook names the types %q", found.Types)
		}
		// What is not ASCII is right only behind a mark, which a file that somebody saves by hand does not get.
		if strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e }) {
			t.Errorf("the %s is not ASCII", name)
		}
	}
	for _, newer := range []string{"$a ?? 1", "$a ??= 1", "$a ? 1 : 2", "${a}?.b", "a && b", "a || b"} {
		if found := parse(t, newer)[0]; found.Errors+found.Chains == 0 {
			t.Errorf("%s is taken for 5.1", newer)
		}
	}
	// The file that is made is read as what it is, by a mark, and so is a path in it.
	if text := scripts.Sourced(s, "/home/é/gsw", "/home/中"); !strings.HasPrefix(text, "\xef\xbb\xbf# Made by gsw") || !strings.Contains(text, "'/home/é/gsw'") {
		t.Errorf("the hook's file begins with %q", text[:40])
	}
}
