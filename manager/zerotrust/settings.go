// Package zerotrust is what a build may rely on when nothing is believed that was not proved: which settings it starts
// from, which modules are what go.sum says, what it made, and why it failed. It reads files, asks nobody, and changes
// nothing; who calls it decides what to do about what it finds.
package zerotrust

import (
	"fmt"
	"slices"
	"strings"

	"gsw/manager/goenv"
)

// Forbidden is a setting that would let something unproved in.
type Forbidden struct {
	Name  string
	Value string
	Place string // where it stands: "the environment", "/home/me/.config/go/env:2", "the command line"
	Why   string
}

func (f Forbidden) String() string {
	return fmt.Sprintf("%s=%s (%s): %s", f.Name, f.Value, f.Place, f.Why)
}

// ForbiddenError is the settings that zero trust refuses.
type ForbiddenError struct{ Settings []Forbidden }

func (e *ForbiddenError) Error() string {
	if len(e.Settings) == 1 {
		return "zero trust refuses " + e.Settings[0].String()
	}
	lines := []string{fmt.Sprintf("zero trust refuses %d settings:", len(e.Settings))}
	for _, f := range e.Settings {
		lines = append(lines, "\t"+f.String())
	}
	return strings.Join(lines, "\n")
}

// Typed tells whether all of them were typed now, and none was found.
func (e *ForbiddenError) Typed() bool {
	return !slices.ContainsFunc(e.Settings, func(f Forbidden) bool { return f.Place != commandLine })
}

const commandLine = "the command line"

// Undo is a command line that takes settings away: those that stand where the first one does that was not typed.
func (e *ForbiddenError) Undo() string {
	var command string
	var names []string
	for _, f := range e.Settings {
		name := f.Name
		if lender, _, lent := strings.Cut(f.Place, " in "); lent {
			name = lender
		}
		undo := "go env -u"
		switch {
		case f.Place == commandLine:
			continue
		case strings.HasSuffix(f.Place, "the environment"):
			undo = "unset"
		}
		if command == "" {
			command = undo
		}
		if undo == command && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.TrimSpace(command + " " + strings.Join(names, " "))
}

// judged is a setting, and what is wrong with a value of it; "" for nothing.
type judged struct {
	name  string
	wrong func(value string) string
}

// judgements is the table of settings that zero trust looks at. What it only replaces (GOPROXY, GOTOOLCHAIN, GOVCS,
// GOAUTH, GOENV) needs no judgement: whatever stood there, the command gets what Environment says. GOFLAGS is judged flag
// by flag.
func judgements() []judged {
	exempt := func(what string) func(string) string {
		return func(value string) string {
			if patterns(value) {
				return what
			}
			return ""
		}
	}
	return []judged{
		{"GONOSUMDB", exempt("modules that match it are not checked with the checksum database")},
		{"GONOSUMCHECK", anyValue("it turned checksums off in old go commands")},
		{"GOINSECURE", exempt("modules that match it may come unencrypted, and unchecked by the checksum database")},
		{"GOSUMDB", sumdb},
		{"GO111MODULE", func(value string) string {
			if value == "off" {
				return "without modules nothing has a checksum"
			}
			return ""
		}},
		{"GOEXPERIMENT", anyValue("it changes what the released compiler and library do")},
	}
}

func anyValue(why string) func(string) string {
	return func(value string) string {
		if value == "" {
			return ""
		}
		return why
	}
}

// patterns tells whether a list of module patterns can match anything. "none" and "off" are how people say that none
// does: no module path is one word without a dot and no standard library's.
func patterns(list string) bool {
	for pattern := range strings.SplitSeq(list, ",") {
		switch strings.TrimSpace(pattern) {
		case "", "none", "off":
		default:
			return true
		}
	}
	return false
}

// sumdbKey is the key of sum.golang.org as cmd/go has it compiled in (cmd/go/internal/modfetch/key.go).
const sumdbKey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

// sumdb accepts the public checksum database, wherever it is asked: the key makes the place irrelevant.
func sumdb(value string) string {
	name, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	switch name {
	case "", "sum.golang.org", "sum.golang.google.cn", sumdbKey:
		return ""
	case "off":
		return "no module is checked with the checksum database"
	}
	return "another database than sum.golang.org, or another key, vouches for modules"
}

// Judge names every setting that zero trust refuses: those of the go command, wherever they stand, and flags in argv
// if that is a go command. Of each setting the value that counts is judged, for the others reach nobody.
func Judge(values goenv.Values, argv []string) []Forbidden {
	var found []Forbidden
	for _, j := range judgements() {
		s := values.Get(j.name)
		if len(s.Layers) == 0 {
			continue
		}
		if why := j.wrong(s.Value()); why != "" {
			found = append(found, Forbidden{j.name, s.Value(), place(values, s), why})
		}
	}
	if flags := values.Get("GOFLAGS"); flags.Value() != "" {
		for _, flag := range splitFlags(flags.Value()) {
			if why := wrongInGOFLAGS(flag); why != "" {
				found = append(found, Forbidden{"GOFLAGS", flag, flags.Layers[0].Place(), why})
			}
		}
	}
	return append(found, judgeCommand(argv)...)
}

// place says where a value stands; one that another setting lends it, with that one's name.
func place(values goenv.Values, s goenv.Setting) string {
	layer := s.Layers[0]
	if from := strings.TrimPrefix(layer.Note, "from "); layer.Kind == goenv.Default && from != "" && from != layer.Note {
		if lender := values.Get(from); len(lender.Layers) > 0 {
			return from + " in " + lender.Layers[0].Place()
		}
	}
	return layer.Place()
}

// flagNames are the flags of the go command that zero trust knows.
type flagNames map[string]string

// wrongFlags are those that are refused wherever they stand, and why.
func wrongFlags() flagNames {
	return flagNames{
		"insecure": "modules may come unencrypted and unchecked",
		"toolexec": "another program would stand between the go command and the compiler that was verified",
		"overlay":  "other files would be compiled than those that are there",
		"modfile":  "another go.mod and go.sum would count than those that were verified",
		"pkgdir":   "compiled packages would come from a folder that nobody verified",
		"compiler": "another compiler than the toolchain's would run",
	}
}

// harmlessFlags are those that may stand in GOFLAGS: they say what is built and how much is said, not from what.
func harmlessFlags() []string {
	return []string{
		"a", "asan", "asmflags", "buildmode", "buildvcs", "count", "cover", "covermode", "coverpkg", "failfast", "gcflags", "json", "ldflags",
		"mod", "modcacherw", "msan", "n", "p", "parallel", "pgo", "race", "run", "short", "shuffle", "tags", "test.short", "timeout",
		"trimpath", "v", "vet", "work", "x",
	}
}

// wrongInGOFLAGS judges a flag that nobody typed now: what gsw does not know to be harmless is refused.
func wrongInGOFLAGS(flag string) string {
	name, value := flagOf(flag)
	if why := wrongAnywhere(name, value); why != "" {
		return why
	}
	if !slices.Contains(harmlessFlags(), name) {
		return "gsw does not know it to be harmless; behind the command it may stand"
	}
	return ""
}

func wrongAnywhere(name, value string) string {
	switch {
	case wrongFlags()[name] != "":
		return wrongFlags()[name]
	case name == "mod" && value != "readonly" && value != "vendor":
		return "go.mod and go.sum would be changed to suit what is there"
	case name == "ldflags" && strings.Contains(value, "-extld"):
		return "another program than the toolchain's linker would link"
	}
	return ""
}

// judgeCommand judges the flags of a go command, up to what is a program's own.
func judgeCommand(argv []string) []Forbidden {
	if len(argv) < 2 || !goCommand(argv[0]) {
		return nil
	}
	var found []Forbidden
	for i, word := range argv[1:] {
		name, value := flagOf(word)
		switch {
		case word == "--" || word == "-args" || word == "--args":
			return found
		case name == "":
			continue
		case !strings.Contains(word, "=") && (name == "mod" || name == "ldflags") && i+2 < len(argv):
			value = argv[i+2]
		}
		why := wrongAnywhere(name, value)
		if name == "C" {
			why = "the modules of this folder were verified, not those of another; start gsw there"
		}
		if why != "" {
			found = append(found, Forbidden{"-" + name, value, commandLine, why})
		}
	}
	return found
}

// goCommand tells whether a program's name is that of the go command.
func goCommand(name string) bool {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	return name == "go" || name == "go.exe"
}

// flagOf parts -name=value and --name=value; name is "" for what is no flag.
func flagOf(word string) (name, value string) {
	if len(word) < 2 || word[0] != '-' {
		return "", ""
	}
	name, value, _ = strings.Cut(strings.TrimPrefix(word[1:], "-"), "=")
	return name, value
}

// splitFlags parts GOFLAGS as the go command does (cmd/internal/quoted): at blanks, with a whole flag in quotes.
func splitFlags(value string) []string {
	var flags []string
	for value = strings.TrimLeft(value, " \t\r\n"); value != ""; value = strings.TrimLeft(value, " \t\r\n") {
		if quote := value[0]; quote == '"' || quote == '\'' {
			flag, rest, closed := strings.Cut(value[1:], string(quote))
			flags = append(flags, flag)
			if !closed {
				return flags
			}
			value = rest
			continue
		}
		end := strings.IndexAny(value, " \t\r\n")
		if end < 0 {
			return append(flags, value)
		}
		flags = append(flags, value[:end])
		value = value[end:]
	}
	return flags
}
