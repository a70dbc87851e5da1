package scripts_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"
)

// TestBash32: macOS has bash 3.2.57, of 2007, and always will have. Where there is none to run, the hook and the
// completion are at least read by a grammar, and held to what that bash knows (its NEWS and CHANGES, from 4.0 on).
func TestBash32(t *testing.T) {
	files := []string{filepath.Join("hooks", "gsw.bash"), filepath.Join("completion", "gsw.bash"), "install.sh"}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range newerThan32(t, file, string(text)) {
			t.Error(fault)
		}
	}
}

// TestNewerThan32 shows that the test sees what it is for.
func TestNewerThan32(t *testing.T) {
	for _, script := range []string{
		"declare -A map", "local -n ref=x", "f() { local -A m; }", "\\builtin local -A m", "declare -g x=1", "mapfile -t lines", "\\builtin readarray x",
		"echo ${x@Q}", "echo ${x^^}", "echo ${x,}", "echo ${x:1:-1}", "echo ${a[-1]}", "cmd &>> file", "cmd |& cat", "case x in a) ;& b) ;; esac",
		"case x in a) ;;& b) ;; esac", "[[ -v x ]]", "[[ -R x ]]", "echo $EPOCHREALTIME", "echo ${EPOCHSECONDS}", "echo $BASHPID", "echo $SRANDOM",
		"printf '%(%s)T' -1", "read -t 0.1 x", "read -N 1 x", "read -i x", "wait -n", "shopt -s globstar", "coproc cat", "echo {01..10}", "exec {fd}>x",
		"echo $'\\u00e9'", "PROMPT_COMMAND+=(f)", "compopt -o nospace", "local -", "if ((BASH_VERSINFO[0] > 5)); then :; else mapfile x; fi", "echo ${!x@}-${x@a}", "printf -v 'a[1]' x", "echo $BASH_ARGV0", "x=${ cmd; }",
	} {
		if newerThan32(t, "script", script) == nil {
			t.Errorf("%q passes for something of bash 3.2", script)
		}
	}
	for _, script := range []string{
		"x+=y", "a+=(b)", "[[ $x =~ ^a ]]", "echo ${x//a/b} ${x:1:2} ${x: -1} ${!x} ${#x} ${a[@]:1}", "printf -v x %q y", "read -r -d '' -n 1 x", "cmd &> file",
		"cat <<< x", "for ((;;)); do break; done", "local x=1", "declare -a a", "complete -F f g", "echo {1..10}", "trap x DEBUG",
		"if ((BASH_VERSINFO[0] > 5)); then PROMPT_COMMAND+=(f); fi",
	} {
		if faults := newerThan32(t, "script", script); faults != nil {
			t.Errorf("%q: %v", script, faults)
		}
	}
}

// newerThan32 tells what in a script bash 3.2 has not. Behind a question for BASH_VERSINFO, up to the fi, newer things
// may stand.
func newerThan32(t *testing.T, name, text string) (faults []string) {
	t.Helper()
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash), syntax.KeepComments(true)).Parse(strings.NewReader(text), name)
	if err != nil {
		return []string{err.Error()}
	}
	say := func(node syntax.Node, what string) {
		faults = append(faults, name+":"+node.Pos().String()+": bash 3.2 has no "+what)
	}
	var visit func(node syntax.Node) bool
	visit = func(node syntax.Node) bool {
		switch n := node.(type) {
		case *syntax.IfClause:
			if len(n.Cond) > 0 && strings.Contains(text[n.Cond[0].Pos().Offset():n.ThenPos.Offset()], "BASH_VERSINFO") {
				if n.Else != nil {
					syntax.Walk(n.Else, visit)
				}
				return false
			}
		case *syntax.ParamExp:
			newParameter(n, say)
		case *syntax.CallExpr:
			newCommand(wordsOf(n.Args), n, say)
			for _, a := range n.Assigns {
				if a.Array != nil && a.Name != nil && a.Name.Value == "PROMPT_COMMAND" {
					say(n, "PROMPT_COMMAND that is an array")
				}
			}
		case *syntax.DeclClause:
			newDeclaration(n, say)
		case *syntax.Redirect:
			if n.Op == syntax.AppAll || n.N != nil && strings.HasPrefix(n.N.Value, "{") {
				say(n, "redirection like this")
			}
		case *syntax.BinaryCmd:
			if n.Op == syntax.PipeAll {
				say(n, "|&")
			}
		case *syntax.CaseItem:
			if n.Op == syntax.Fallthrough || n.Op == syntax.Resume {
				say(n, n.Op.String())
			}
		case *syntax.UnaryTest:
			if n.Op == syntax.TsVarSet || n.Op == syntax.TsRefVar {
				say(n, n.Op.String()+" in tests")
			}
		case *syntax.CoprocClause:
			say(n, "coproc")
		case *syntax.CmdSubst:
			if n.TempFile || n.ReplyVar {
				say(n, "${ command; }")
			}
		case *syntax.SglQuoted:
			if n.Dollar && regexp.MustCompile(`\\[uU]`).MatchString(n.Value) {
				say(n, `\u in quotes`)
			}
		case *syntax.Lit:
			if regexp.MustCompile(`\{-?0[0-9]+\.\.|\.\.-?0[0-9]+\}`).MatchString(n.Value) {
				say(n, "zeros before numbers in braces")
			}
		}
		return true
	}
	syntax.Walk(file, visit)
	return faults
}

func newParameter(n *syntax.ParamExp, say func(syntax.Node, string)) {
	fresh := []string{"EPOCHREALTIME", "EPOCHSECONDS", "BASHPID", "SRANDOM", "BASH_ARGV0", "READLINE_LINE", "BASH_COMPAT", "BASH_MONOSECONDS", "COPROC", "MAPFILE"}
	if n.Param != nil && slices.Contains(fresh, n.Param.Value) {
		say(n, "$"+n.Param.Value)
	}
	if n.Exp != nil && n.Exp.Op >= syntax.UpperFirst && n.Exp.Op <= syntax.OtherParamOps {
		say(n, "expansion with "+n.Exp.Op.String())
	}
	if n.Slice != nil && negative(n.Slice.Length) || negative(n.Index) {
		say(n, "negative length or index")
	}
}

func negative(x syntax.ArithmExpr) bool {
	unary, ok := x.(*syntax.UnaryArithm)
	return ok && unary.Op == syntax.Minus
}

// newDeclaration: -A, -n, -g, -l, -u and `local -`.
func newDeclaration(n *syntax.DeclClause, say func(syntax.Node, string)) {
	for _, a := range n.Args {
		if a.Name != nil || a.Value == nil {
			continue
		}
		if flags := a.Value.Lit(); strings.HasPrefix(flags, "-") && (flags == "-" || strings.ContainsAny(flags, "AnglucI")) {
			say(n, n.Variant.Value+" "+flags)
		}
	}
}

// wordsOf are the words of a command as they are written; a backslash that keeps an alias out is no part of the name.
func wordsOf(args []*syntax.Word) []string {
	var words []string
	for _, w := range args {
		var text strings.Builder
		for _, part := range w.Parts {
			switch p := part.(type) {
			case *syntax.Lit:
				text.WriteString(strings.TrimPrefix(p.Value, `\`))
			case *syntax.SglQuoted:
				text.WriteString(p.Value)
			case *syntax.DblQuoted:
				for _, inner := range p.Parts {
					if l, ok := inner.(*syntax.Lit); ok {
						text.WriteString(l.Value)
					}
				}
			}
		}
		words = append(words, text.String())
	}
	return words
}

func newCommand(words []string, node syntax.Node, say func(syntax.Node, string)) {
	for len(words) > 1 && (words[0] == "builtin" || words[0] == "command") {
		words = words[1:]
	}
	if len(words) == 0 {
		return
	}
	args := words[1:]
	flag := func(letters string) bool {
		return slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "-") && strings.ContainsAny(a, letters) })
	}
	switch name := words[0]; {
	case slices.Contains([]string{"mapfile", "readarray", "coproc", "compopt"}, name):
		say(node, name)
	case slices.Contains([]string{"declare", "local", "typeset"}, name) && (flag("AnglucI") || slices.Contains(args, "-")):
		say(node, name+" "+strings.Join(args, " "))
	case name == "wait" && flag("n"):
		say(node, "wait -n")
	case name == "read" && (flag("Ni") || slices.ContainsFunc(args, func(a string) bool { return regexp.MustCompile(`^[0-9]*\.[0-9]+$`).MatchString(a) })):
		say(node, "read "+strings.Join(args, " "))
	case name == "printf" && slices.ContainsFunc(args, func(a string) bool { return strings.Contains(a, ")T") }):
		say(node, "printf %(…)T")
	case name == "printf" && len(args) > 1 && args[0] == "-v" && strings.Contains(args[1], "["):
		say(node, "printf -v into an array")
	case name == "shopt" && slices.ContainsFunc(args, func(a string) bool {
		return slices.Contains(strings.Fields("globstar lastpipe autocd dirspell checkjobs globasciiranges inherit_errexit localvar_inherit assoc_expand_once"), a)
	}):
		say(node, "shopt "+strings.Join(args, " "))
	}
}
