package doctor

import (
	"context"
	"errors"

	"gsw/manager/store"
)

// anchorBroken: the anchor names something that is no toolchain, so that everything that follows it has no Go.
func anchorBroken(_ context.Context, p *Patient) ([]Finding, error) {
	_, err := p.Store.Active()
	var broken *store.BrokenAnchorError
	var none *store.NoDefaultError
	switch {
	case err == nil, errors.As(err, &none):
		return nil, nil
	case !errors.As(err, &broken):
		return nil, err
	}
	f := Finding{Level: Red, Message: "the default is broken, so nothing that follows it finds a Go", Evidence: []string{err.Error()}}
	installed, err := p.Installed()
	if err != nil {
		return nil, err
	}
	f.Fix = "gsw install --use latest"
	if len(installed) > 0 {
		f.Fix = "gsw use " + installed[0].Version.Tag()
	}
	return []Finding{f}, nil
}
