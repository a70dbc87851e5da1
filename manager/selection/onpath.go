package selection

import (
	"os"
	"path/filepath"

	"gsw/manager/gover"
	"gsw/platform"
)

// Hit is a go command on PATH.
type Hit struct {
	File    string        // as PATH finds it
	GOROOT  string        // links followed; "" for a shim and for a dangling link
	Version gover.Version // zero where it does not say
	Kind    HitKind
}

// HitKind is what a go command on PATH is.
type HitKind int

const (
	Foreign  HitKind = iota // not gsw's
	Shim                    // in GSW_HOME/shims: it chooses by directory
	Anchored                // in GSW_HOME/bin: the default, whatever that is
	Own                     // in the folder of a toolchain of gsw's
	Dangling                // a link that leads nowhere
)

func (k HitKind) String() string {
	switch k {
	case Shim:
		return "the shim, which chooses by directory"
	case Anchored:
		return "the default"
	case Own:
		return "a toolchain of gsw"
	case Dangling:
		return "a dangling link"
	}
	return "not gsw's"
}

// OnPath lists every go command on PATH, the one that counts first.
func OnPath(host platform.Host) []Hit {
	var hits []Hit
	for _, dir := range host.Env.Path() {
		if !filepath.IsAbs(dir) {
			continue
		}
		file, err := platform.LookPath(host.Target.Exe("go"), host.Env.WithPath([]string{dir}), host.Dir)
		if err != nil {
			continue
		}
		hits = append(hits, hitOf(host, dir, file))
	}
	return hits
}

func hitOf(host platform.Host, dir, file string) Hit {
	real, err := filepath.EvalSymlinks(file)
	if err != nil {
		return Hit{File: file, Kind: Dangling}
	}
	if sameDir(host, dir, filepath.Join(host.Home, "shims")) {
		return Hit{File: file, Kind: Shim}
	}
	hit := Hit{File: file, GOROOT: filepath.Dir(filepath.Dir(real))}
	hit.Version, _ = VersionOf(hit.GOROOT)
	if sameDir(host, dir, filepath.Join(host.Home, "bin")) {
		hit.Kind = Anchored
	} else if hasReceipt(hit.GOROOT) || hasReceipt(filepath.Dir(dir)) {
		hit.Kind = Own
	}
	return hit
}

// sameDir compares as PATH's entries are spelled: on Windows in any case, and with a separator at the end or none.
func sameDir(host platform.Host, a, b string) bool {
	return a == b || host.OS == "windows" && platform.SameWindowsPath(a, b)
}

// hasReceipt tells whether a GOROOT is a toolchain of gsw's, by the name it is given: one that was linked lies elsewhere.
func hasReceipt(goroot string) bool {
	_, err := os.Stat(filepath.Join(filepath.Dir(goroot), "receipt.json"))
	return err == nil
}
