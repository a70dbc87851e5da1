package zerotrust

import (
	"path/filepath"
	"strings"

	"gsw/manager/goenv"
	"gsw/platform"
)

// Folders are the places that a run has to itself, or reads from.
type Folders struct {
	GOROOT     string // of the toolchain that was verified
	Project    string
	GOBIN      string // the project's .gobin
	GOCACHE    string
	GOMODCACHE string
	GOPATH     string
	Temporary  string
	System     []string // the system's programs
	Work       string   // the go.work that counts, or "off"
	Fresh      bool     // everything is compiled anew
}

// Variable is one that the command gets, and why it may have it.
type Variable struct {
	Name string
	Why  string
	source
}

// source makes a variable's value, and says what a statement tells of it.
type source struct {
	value func(e environment) (value string, ok bool)
	tells tells
}

type tells int

const (
	nothing tells = iota // it is about this machine
	decided              // the user decided it
	imposed              // gsw did
)

// environment is what values are made of.
type environment struct {
	was    platform.Env
	values goenv.Values
	at     Folders
	target platform.Target
}

// Variables is the table of everything that a command under zero trust finds in its environment. What is not in it, it
// does not get.
func Variables() []Variable {
	return []Variable{
		{"PATH", "the toolchain, then the system's folders that only root can write, then .gobin, which so hides nothing", source{path, nothing}},
		{"GOBIN", "what go install builds stays with the project", fixed(func(f Folders) string { return f.GOBIN })},
		{"GOCACHE", "compiled packages that other builds left are not proved: a cache of this project's own", fixed(func(f Folders) string { return f.GOCACHE })},
		{"GOMODCACHE", "the modules that were verified; it cannot be written", fixed(func(f Folders) string { return f.GOMODCACHE })},
		{"GOPATH", "go commands that know no GOMODCACHE find it below", fixed(func(f Folders) string { return f.GOPATH })},
		{"GOENV", "the file of go env -w was read and judged by gsw; the command does not read it again", constant("off")},
		{"GOTOOLCHAIN", "the toolchain that was verified, and no other", constant("local")},
		{"GOPROXY", "no module comes from the network", constant("off")},
		{"GOSUMDB", "what it stands for where nobody changed it", constant("sum.golang.org")},
		{"GONOSUMDB", "nothing is exempt from the checksum database", constant("none")},
		{"GONOPROXY", "nothing is asked directly, either", constant("none")},
		{"GOINSECURE", "nothing may come unencrypted", constant("none")},
		{"GOVCS", "nothing is fetched from a repository", constant("*:off")},
		{"GOAUTH", "no credentials: there is nobody to show them to", constant("off")},
		{"GO111MODULE", "only modules have checksums", constant("on")},
		{"GOFLAGS", "only flags that say what is built, not from what", source{goflags, imposed}},
		{"GOWORK", "the go.work whose modules were verified, or none", fixed(func(f Folders) string { return f.Work })},
		{"GOOS", "what is built for", setting("GOOS")},
		{"GOARCH", "what is built for", setting("GOARCH")},
		{"GO386", "what is built for", setting("GO386")},
		{"GOAMD64", "what is built for", setting("GOAMD64")},
		{"GOARM", "what is built for", setting("GOARM")},
		{"GOARM64", "what is built for", setting("GOARM64")},
		{"GOMIPS", "what is built for", setting("GOMIPS")},
		{"GOMIPS64", "what is built for", setting("GOMIPS64")},
		{"GOPPC64", "what is built for", setting("GOPPC64")},
		{"GORISCV64", "what is built for", setting("GORISCV64")},
		{"GOWASM", "what is built for", setting("GOWASM")},
		{"CGO_ENABLED", "whether C is compiled; with the system's compiler, as CC is not handed down", setting("CGO_ENABLED")},
		{"HOME", "programs look there for settings; it cannot be written", passed("HOME")},
		{"USERPROFILE", "HOME's name on Windows", passed("USERPROFILE")},
		{"TMPDIR", "a folder of this run's own, which goes with it", temporary("TMPDIR")},
		{"TEMP", "TMPDIR's name on Windows", temporary("TEMP")},
		{"TMP", "TMPDIR's other name on Windows", temporary("TMP")},
		{"PWD", "the folder by the name that the user knows it by", passed("PWD")},
		{"USER", "programs ask for it; it says nothing that the system does not", passed("USER")},
		{"LOGNAME", "as USER", passed("LOGNAME")},
		{"LANG", "the language of messages", passed("LANG")},
		{"LC_ALL", "the language of messages", passed("LC_ALL")},
		{"LC_CTYPE", "how text is encoded", passed("LC_CTYPE")},
		{"LC_MESSAGES", "the language of messages", passed("LC_MESSAGES")},
		{"TZ", "the time zone of messages", passed("TZ")},
		{"TERM", "what the terminal can show", passed("TERM")},
		{"NO_COLOR", "whether colours are wanted", passed("NO_COLOR")},
		{"CI", "whether anybody is there to be asked", passed("CI")},
		{"SOURCE_DATE_EPOCH", "the time that reproducible builds write down", source{passed("SOURCE_DATE_EPOCH").value, decided}},
		{"SystemRoot", "no program starts on Windows without it", passed("SystemRoot")},
		{"SystemDrive", "Windows programs rely on it", passed("SystemDrive")},
		{"ComSpec", "the shell of Windows", passed("ComSpec")},
		{"PATHEXT", "what counts as a program on Windows", passed("PATHEXT")},
		{"LocalAppData", "Windows programs rely on it", passed("LocalAppData")},
		{"AppData", "Windows programs rely on it", passed("AppData")},
		{"NUMBER_OF_PROCESSORS", "Windows programs rely on it", passed("NUMBER_OF_PROCESSORS")},
		{"PROCESSOR_ARCHITECTURE", "Windows programs rely on it", passed("PROCESSOR_ARCHITECTURE")},
	}
}

func constant(value string) source {
	return source{func(environment) (string, bool) { return value, true }, imposed}
}

func fixed(of func(Folders) string) source {
	return source{func(e environment) (string, bool) { return of(e.at), of(e.at) != "" }, nothing}
}

func passed(name string) source {
	return source{func(e environment) (string, bool) { return e.was.Lookup(name) }, nothing}
}

// setting hands a setting down that somebody has set, wherever that stands: the command does not see the file.
func setting(name string) source {
	return source{func(e environment) (string, bool) {
		s := e.values.Get(name)
		return s.Value(), s.Set() && s.Value() != ""
	}, decided}
}

func temporary(name string) source {
	return source{func(e environment) (string, bool) {
		return e.at.Temporary, (name == "TMPDIR") != (e.target.OS == "windows")
	}, nothing}
}

func path(e environment) (string, bool) {
	entries := append([]string{filepath.Join(e.at.GOROOT, "bin")}, e.at.System...)
	return e.was.WithPath(append(entries, e.at.GOBIN)).Get("PATH"), true
}

// goflags are the flags that were judged harmless; and where everything is to be compiled anew, that: a program that
// was there before passes for the result of a build when it says so itself.
func goflags(e environment) (string, bool) {
	flags := e.values.Get("GOFLAGS").Value()
	if e.at.Fresh {
		flags = strings.TrimSpace(flags + " -a")
	}
	return flags, flags != ""
}

// Environment is what the command gets, and the names of variables that it does not get although they are set and would
// have had a say in a build.
func Environment(was platform.Env, values goenv.Values, at Folders, target platform.Target) (env platform.Env, withheld []string) {
	e := environment{was: was, values: values, at: at, target: target}
	env = platform.NewEnv(target, nil)
	for _, v := range Variables() {
		if value, ok := v.value(e); ok {
			env = env.With(v.Name, value)
		}
	}
	for _, name := range influential() {
		if _, has := env.Lookup(name); !has && values.Get(name).Set() && values.Get(name).Value() != "" {
			withheld = append(withheld, name)
		}
	}
	return env, withheld
}

// influential are variables that a build would have listened to, by name.
func influential() []string {
	return []string{
		"AR", "CC", "CGO_CFLAGS", "CGO_CFLAGS_ALLOW", "CGO_CPPFLAGS", "CGO_CPPFLAGS_ALLOW", "CGO_CXXFLAGS", "CGO_CXXFLAGS_ALLOW",
		"CGO_FFLAGS", "CGO_FFLAGS_ALLOW", "CGO_LDFLAGS", "CGO_LDFLAGS_ALLOW", "CXX", "FC", "GCCGO", "GOCACHEPROG", "GODEBUG", "GOFIPS140",
		"GOROOT", "LD_LIBRARY_PATH", "LD_PRELOAD", "PKG_CONFIG", "PKG_CONFIG_PATH",
	}
}

// Told is the environment as a statement shows it: what the user decided, and what gsw did. Where things lie on this
// machine, and who is at it, is nobody's concern.
func Told(env platform.Env, values goenv.Values) (external, internal map[string]string) {
	external, internal = map[string]string{}, map[string]string{}
	for _, v := range Variables() {
		value, has := env.Lookup(v.Name)
		switch {
		case !has:
		case v.tells == decided:
			external[v.Name] = value
		case v.tells == imposed:
			internal[v.Name] = value
		}
	}
	if flags := values.Get("GOFLAGS").Value(); flags != "" {
		external["GOFLAGS"] = flags
	}
	return external, internal
}
