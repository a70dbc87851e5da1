// Package goenv is the settings of the go command as that finds them: what each GO* value is, and where it comes from,
// with whatever it hides. Files are read once, and nothing is ever written.
//
// The rules are those of cmd/go/internal/cfg: the environment, unless it is empty there; the file that `go env -w`
// writes; the go.env of the GOROOT; the go command's own default.
package goenv

import (
	"path/filepath"
	"strconv"
	"strings"

	"gsw/platform"
)

// Kind is a place that a value can come from, the one that counts most first.
type Kind int

const (
	Environment Kind = iota // an environment variable
	Written                 // the file of `go env -w`
	Distributed             // GOROOT/go.env, as released or as a distribution changed it
	Default                 // built into the go command, or made from another setting
)

// Layer is one value of a setting, in one place.
type Layer struct {
	Value string
	Kind  Kind
	File  string // of Written and Distributed
	Line  int    // in File, from 1
	Note  string // of Default: what it is made from, "" if it is fixed
}

// Place says where the value stands: "the environment", "/home/me/.config/go/env:2", "the default (from GOPATH)".
func (l Layer) Place() string {
	switch {
	case l.Kind == Environment:
		return "the environment"
	case l.Kind != Default:
		return l.File + ":" + strconv.Itoa(l.Line)
	case l.Note != "":
		return "the default (" + l.Note + ")"
	}
	return "the default"
}

// Setting is one variable with all its values, the one that counts first. A setting that nobody has set, and that has no
// default, has none.
type Setting struct {
	Name   string
	Layers []Layer
}

// Value is what the go command uses, "" for nothing.
func (s Setting) Value() string {
	if len(s.Layers) == 0 {
		return ""
	}
	return s.Layers[0].Value
}

// Set tells whether somebody has set it: the environment or `go env -w`.
func (s Setting) Set() bool { return len(s.Layers) > 0 && s.Layers[0].Kind <= Written }

// Hidden are the values that would count if those before them were gone.
func (s Setting) Hidden() []Layer {
	if len(s.Layers) == 0 {
		return nil
	}
	return s.Layers[1:]
}

// Values is what was found.
type Values struct {
	host        platform.Host
	goroot      string
	work        string // the go.work that counts
	written     file
	distributed file
}

// Look reads the file of `go env -w` and the go.env of the first of goroots that has one. The first of goroots is what
// GOROOT is where nobody sets it.
func Look(h platform.Host, goroots []string, readFile func(string) ([]byte, error)) Values {
	v := Values{host: h}
	if len(goroots) > 0 {
		v.goroot = goroots[0]
	}
	if name := File(h); name != "" {
		if data, err := readFile(name); err == nil {
			v.written = parse(name, data)
		}
	}
	for dir := h.Dir; h.Dir != "" && v.work == ""; dir = filepath.Dir(dir) {
		if _, err := readFile(filepath.Join(dir, "go.work")); err == nil {
			v.work = filepath.Join(dir, "go.work")
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	for _, root := range goroots {
		name := filepath.Join(root, "go.env")
		if data, err := readFile(name); err == nil {
			v.distributed = parse(name, data)
			break
		}
	}
	return v
}

// Get is one setting.
func (v Values) Get(name string) Setting {
	s := Setting{Name: name}
	if value := v.host.Env.Get(name); value != "" {
		s.Layers = append(s.Layers, Layer{Value: value, Kind: Environment})
	}
	if !fromEnvironmentOnly(name) {
		// An empty setting in the first file still hides the one in go.env.
		if l, ok := v.written.find(name); ok {
			l.Kind = Written
			s.Layers = append(s.Layers, l)
		}
		if l, ok := v.distributed.find(name); ok && name != "GOROOT" {
			l.Kind = Distributed
			s.Layers = append(s.Layers, l)
		}
	}
	if value, note := v.standard(name); value != "" {
		if len(s.Layers) > 0 && s.Layers[0].Value == "" {
			s.Layers = nil // it hides go.env, and is none itself
		}
		s.Layers = append(s.Layers, Layer{Value: value, Kind: Default, Note: note})
	}
	return s
}

// fromEnvironmentOnly are the settings that a file does not change.
func fromEnvironmentOnly(name string) bool {
	switch name {
	case "GOENV", "GODEBUG":
		return true
	}
	return false
}

// Names lists the settings that decide which Go runs, where things go, and what is asked over the network, sorted.
func Names() []string {
	return []string{
		"CGO_ENABLED", "GO111MODULE", "GOARCH", "GOAUTH", "GOBIN", "GOCACHE", "GODEBUG", "GOENV", "GOEXPERIMENT", "GOFLAGS",
		"GOINSECURE", "GOMODCACHE", "GONOPROXY", "GONOSUMDB", "GOOS", "GOPATH", "GOPRIVATE", "GOPROXY", "GOROOT", "GOSUMDB",
		"GOTMPDIR", "GOTOOLCHAIN", "GOVCS", "GOWORK",
	}
}

// standard is what the go command takes where nobody has set anything.
func (v Values) standard(name string) (value, note string) {
	switch name {
	case "GOENV":
		return File(v.host), ""
	case "GOROOT":
		return v.goroot, "the go command finds its own"
	case "GOPATH":
		if v.host.UserHome != "" {
			return filepath.Join(v.host.UserHome, "go"), ""
		}
	case "GOMODCACHE":
		if list := filepath.SplitList(v.Get("GOPATH").Value()); len(list) > 0 && list[0] != "" {
			return filepath.Join(list[0], "pkg", "mod"), "from GOPATH"
		}
	case "GOBIN":
		if list := filepath.SplitList(v.Get("GOPATH").Value()); len(list) > 0 && list[0] != "" {
			return filepath.Join(list[0], "bin"), "from GOPATH"
		}
	case "GOCACHE":
		return v.buildCache(), ""
	case "GONOPROXY", "GONOSUMDB":
		return v.Get("GOPRIVATE").Value(), "from GOPRIVATE"
	case "GOOS":
		return v.host.OS, ""
	case "GOARCH":
		return v.host.Arch, ""
	case "GOAUTH":
		return "netrc", ""
	case "GOWORK":
		if v.work != "" {
			return v.work, "the nearest upwards"
		}
	case "CGO_ENABLED":
		return v.cgo()
	}
	return "", ""
}

// cgo is on where the go command compiles for its own system, and a C compiler is at hand: named by CC, or on PATH by the
// name that released toolchains look for.
func (v Values) cgo() (value, note string) {
	compiler := "gcc"
	switch v.host.OS {
	case "darwin", "freebsd", "openbsd":
		compiler = "clang"
	case "plan9", "js", "wasip1", "":
		return "0", ""
	}
	if v.Get("GOOS").Value() != v.host.OS || v.Get("GOARCH").Value() != v.host.Arch {
		return "0", "compiling for another system"
	}
	if v.host.Env.Get("CC") != "" {
		return "1", ""
	}
	if _, err := platform.LookPath(v.host.Exe(compiler), v.host.Env, v.host.Dir); err != nil {
		return "0", compiler + " is not on PATH"
	}
	return "1", ""
}

// buildCache is go-build below what os.UserCacheDir says, for the host's system.
func (v Values) buildCache() string {
	var dir string
	switch home := v.host.UserHome; {
	case v.host.OS == "windows":
		dir = v.host.Env.Get("LocalAppData")
	case home == "":
	case v.host.OS == "darwin":
		dir = filepath.Join(home, "Library", "Caches")
	case v.host.OS == "plan9":
		dir = filepath.Join(home, "lib", "cache")
	default:
		dir = filepath.Join(home, ".cache")
		if xdg := v.host.Env.Get("XDG_CACHE_HOME"); filepath.IsAbs(xdg) {
			dir = xdg
		}
	}
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "go-build")
}

// File is where `go env -w` writes: what os.UserConfigDir says, for the host's system; "" for GOENV=off, or where there
// is no such folder.
func File(h platform.Host) string {
	switch file := h.Env.Get("GOENV"); file {
	case "":
	case "off":
		return ""
	default:
		return file
	}
	var dir string
	switch home := h.UserHome; {
	case h.OS == "windows":
		dir = h.Env.Get("AppData")
	case home == "":
	case h.OS == "darwin":
		dir = filepath.Join(home, "Library", "Application Support")
	case h.OS == "plan9":
		dir = filepath.Join(home, "lib")
	default:
		dir = filepath.Join(home, ".config")
	}
	if xdg := h.Env.Get("XDG_CONFIG_HOME"); xdg != "" && h.OS != "windows" && h.OS != "darwin" && h.OS != "plan9" {
		if !filepath.IsAbs(xdg) {
			return ""
		}
		dir = xdg
	}
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "go", "env")
}

// file is the settings in one file.
type file struct {
	name  string
	lines map[string]Layer
}

func (f file) find(name string) (Layer, bool) {
	l, ok := f.lines[name]
	l.File = f.name
	return l, ok
}

// parse reads lines NAME=value; names begin with a capital, other lines are comments, and of two the last counts.
func parse(name string, data []byte) file {
	f := file{name: name, lines: map[string]Layer{}}
	number := 0
	for line := range strings.SplitSeq(string(data), "\n") {
		number++
		key, value, is := strings.Cut(line, "=")
		if is && key != "" && key[0] >= 'A' && key[0] <= 'Z' {
			f.lines[key] = Layer{Value: value, Line: number}
		}
	}
	return f
}
