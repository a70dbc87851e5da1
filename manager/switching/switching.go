// Package switching is the go command's own decision which release runs: from go1.21 on it may replace itself by another,
// as GOTOOLCHAIN and go.mod say (https://go.dev/doc/toolchain, cmd/go/internal/toolchain). Nothing is started or asked:
// what it would find on PATH and in the module cache is looked up.
package switching

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/goenv"
	"gsw/manager/gover"
	"gsw/manager/project"
	"gsw/platform"
)

// Outcome is what becomes of a go command that is started.
type Outcome struct {
	Name    string        // the toolchain that runs instead, "go1.22.3" or such; "" if the go command stays
	Version gover.Version // of Name
	Why     string        // what makes it switch: "GOTOOLCHAIN=go1.22.3 names another"
	How     string        // where it gets it from
	Fails   string        // what fails, in words close to the go command's own; "" if nothing does

	pathOnly bool
}

// Decide is the decision of the release start with a setting of GOTOOLCHAIN, where asked is what go.work or go.mod says.
func Decide(start gover.Version, gotoolchain string, asked project.Demand) Outcome {
	if !start.SwitchesToolchains() {
		return tooOld(start, asked, Outcome{})
	}
	if gotoolchain == "" {
		return tooOld(start, asked, Outcome{})
	}
	name, base := start.Tag(), start
	mode := gotoolchain
	if gotoolchain != "auto" && gotoolchain != "path" {
		least, suffix, plus := strings.Cut(gotoolchain, "+")
		if least != "local" {
			v, ok := fromName(least)
			if !ok {
				return Outcome{Fails: fmt.Sprintf("every command: invalid GOTOOLCHAIN %q", gotoolchain)}
			}
			name, base = least, v
		}
		if plus && suffix != "auto" && suffix != "path" {
			return Outcome{Fails: fmt.Sprintf("every command: invalid GOTOOLCHAIN %q: only +auto and +path may follow", gotoolchain)}
		}
		mode = suffix
	}
	o := Outcome{pathOnly: mode == "path"}
	if name != start.Tag() {
		o.Name, o.Version, o.Why = name, base, fmt.Sprintf("GOTOOLCHAIN=%s names another", gotoolchain)
	}
	if mode != "" && !asked.Least.Allows(base) {
		o.Name, o.Version = asked.Version.Tag(), asked.Version
		o.Why = fmt.Sprintf("GOTOOLCHAIN=%s makes it switch to what %s asks for", gotoolchain, asked.Origin.Place())
	}
	if o.Name == "" {
		return tooOld(start, asked, o)
	}
	return tooOld(o.Version, asked, o)
}

// fromName is the release in a toolchain's name, which may have a suffix of its maker: go1.22.3-corp, gccgo-go1.22.3.
func fromName(name string) (gover.Version, bool) {
	if !strings.HasPrefix(name, "go1") {
		_, rest, found := strings.Cut(name, "-go1")
		if !found {
			return gover.Version{}, false
		}
		name = "go1" + rest
	}
	name, _, _ = strings.Cut(name, "-")
	v, err := gover.Parse(name)
	return v, err == nil
}

// tooOld adds what fails where the release that runs in the end is older than the go line.
func tooOld(v gover.Version, asked project.Demand, o Outcome) Outcome {
	if asked.GoLine.IsZero() || asked.GoLine.Allows(v) {
		return o
	}
	place := asked.GoOrigin.Place()
	switch line := asked.GoLine.String(); {
	case v.SwitchesToolchains():
		o.Fails = fmt.Sprintf("what reads modules: %s requires go >= %s (running %s)", place, line, v)
	case strings.Count(line, ".") > 1:
		o.Fails = fmt.Sprintf("what reads modules: to %s, go %s in %s is no version", v, line, place)
	}
	return o
}

// Surroundings is where the go command looks for the toolchain it switches to.
type Surroundings struct {
	Host     platform.Host
	Env      platform.Env // of the go command
	Settings goenv.Values
}

// Locate adds to an outcome where the toolchain comes from, or why it can't be had.
func (s Surroundings) Locate(o Outcome) Outcome {
	if o.Name == "" {
		return o
	}
	if file, err := platform.LookPath(s.Host.Target.Exe(o.Name), s.Env, s.Host.Dir); err == nil {
		o.How = file + ", which is on PATH"
		return o
	}
	if o.pathOnly {
		o.Fails = fmt.Sprintf("every command: cannot find %q in PATH", o.Name)
		return o
	}
	module := "toolchain@v0.0.1-" + o.Name + "." + s.Host.OS + "-" + s.Host.Arch
	dir := filepath.Join(s.Settings.Get("GOMODCACHE").Value(), "golang.org", module)
	proxy := s.Settings.Get("GOPROXY").Value()
	files := strings.HasPrefix(proxy, "file://") && !strings.ContainsAny(proxy, ",|")
	if s.Settings.Get("GOSUMDB").Value() == "off" && !files {
		o.Fails = fmt.Sprintf("every command: %s is not on PATH, and GOSUMDB=off lets the go command take none from elsewhere", o.Name)
		return o
	}
	if _, err := os.Stat(filepath.Join(dir, "bin")); err == nil {
		o.How = dir + ", which is in the module cache"
		return o
	}
	if proxy == "off" {
		o.Fails = fmt.Sprintf("every command: %s is neither on PATH nor in the module cache, and GOPROXY=off lets it download none", o.Name)
		return o
	}
	o.How = "a download of golang.org/" + module + " through GOPROXY"
	return o
}

// Enabled tells whether the go command switches at all: not where GO111MODULE turns modules off.
func (s Surroundings) Enabled() bool { return s.Settings.Get("GO111MODULE").Value() != "off" }
