package selection

import (
	"errors"
	"fmt"

	"gsw/manager/config"
	"gsw/manager/gover"
	"gsw/manager/project"
	"gsw/manager/store"
	"gsw/platform"
)

// Advice is the one thing to do about an error of this road, and its exit code
// in DESIGN's table. It stands here, below the command line, because a shim
// gives the same advice and may not link the command line; the errors that
// only commands meet are advised on in command/report.go.
func Advice(host platform.Host, s store.Store, err error) (hint string, code int, known bool) {
	var spec *gover.SpecError
	var pin *project.PinError
	var setting *config.ConfigError
	var missing *project.MissingError
	var absent *store.NotInstalledError
	var none *project.NoGoError
	var anchor *store.BrokenAnchorError
	var tool *NoToolError
	switch {
	case errors.As(err, &tool):
		return toolHint(s, tool), 127, true
	case errors.As(err, &missing):
		if missing.Choice.Spec.System() {
			return "gsw use " + installedOr(s, "latest"), 3, true
		}
		return "gsw install " + missing.Choice.Spec.String(), 3, true
	case errors.As(err, &absent):
		return "gsw install " + absent.Spec.String(), 3, true
	case errors.As(err, &none):
		if none.Installed > 0 {
			return "gsw use " + installedOr(s, "latest"), 3, true
		}
		return "gsw install --use latest", 3, true
	case errors.As(err, &anchor):
		return "gsw use " + installedOr(s, "latest"), 6, true
	case errors.As(err, &pin):
		return "mend " + pin.File + ", or gsw use --project VERSION", 2, true
	case errors.As(err, &setting):
		return "mend " + setting.File, 2, true
	case errors.As(err, &spec):
		return "gsw list-remote", 2, true
	case platform.DiskFull(err):
		return "gsw prune --keep-latest-patch, or make room on the disk of " + host.Home, 8, true
	case platform.StorageFault(err):
		return "gsw needs to write to " + host.Home + "; GSW_HOME names another folder", 8, true
	}
	return "", 1, false
}

// installedOr names a toolchain that is there, for a command that can be pasted.
func installedOr(s store.Store, otherwise string) string {
	toolchains, err := s.List()
	if err != nil || len(toolchains) == 0 {
		return otherwise
	}
	return toolchains[0].Version.Number()
}

func toolHint(s store.Store, e *NoToolError) string {
	have := Elsewhere(s, e.Tool)
	if len(have) == 0 {
		return "go install PACKAGE@latest"
	}
	return fmt.Sprintf("%s has it: gsw +%s %s", have[0].Version, have[0].Version.Number(), e.Tool)
}
