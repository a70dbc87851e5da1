package selection

import (
	"path/filepath"

	"gsw/manager/activation"
	"gsw/manager/config"
	"gsw/manager/store"
	"gsw/platform"
)

// Environment is what a program runs in under this selection: the toolchain's
// own folders first on PATH and its GOBIN, so that nothing changes under a
// running build, whatever `gsw use` does meanwhile.
func (s Selection) Environment(host platform.Host, c config.Config) platform.Env {
	env, _ := activation.Apply(host.Env, s.wish(host, c, false))
	return env
}

// Following is what a shell gets. Where the default applies, it goes through
// the anchor, on Windows through the shims, and so follows a later `gsw use`.
// The notices tell what of the user's was unset.
func (s Selection) Following(host platform.Host, c config.Config) (platform.Env, []activation.Notice) {
	return activation.Apply(host.Env, s.wish(host, c, s.Default()))
}

// anchored tells whether the anchor leads to the default: on Windows there may be none.
func anchored(host platform.Host) bool {
	return host.Target.OS != "windows" || store.Open(host).Unlinked() == nil
}

func (s Selection) wish(host platform.Host, c config.Config, follow bool) activation.Wish {
	w := activation.Wish{Home: host.Home}
	for _, setting := range c.Profiles.Here(host.Dir).Env {
		w.Profile = append(w.Profile, activation.Setting(setting))
	}
	switch {
	case s.System:
		w.System = true
		return w
	case follow && host.Target.OS == "windows":
		w.Default, w.Shims, w.GOBIN = true, true, s.Toolchain.GOBIN()
	case follow:
		w.Default = true
	default:
		w.GOROOT, w.GOBIN = s.GOROOT, s.Toolchain.GOBIN()
	}
	if c.ExportGOROOT {
		w.ExportGOROOT = s.GOROOT
		if follow && anchored(host) {
			w.ExportGOROOT = filepath.Join(host.Home, "current", "go")
		}
	}
	if c.IsolateGOPATH {
		w.GOPATH = filepath.Join(s.Toolchain.Dir, "gopath")
	}
	_, exact := s.Choice.Spec.Exact()
	w.Local = c.StrictPin && exact && s.pinned()
	return w
}
