package doctor

import (
	"context"
	"errors"

	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/platform"
)

// anchorBroken: the anchor names something that is no toolchain, so that everything that follows it has no Go. Where
// only editors follow it, as on Windows, its absence is worth knowing, and no more: there may be volumes and sessions that
// never have one.
func anchorBroken(_ context.Context, p *Patient) ([]Finding, error) {
	_, err := p.Store.Active()
	var broken *store.BrokenAnchorError
	var none *store.NoDefaultError
	switch {
	case err == nil:
		return p.unlinked(), nil
	case errors.As(err, &none):
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

func (p *Patient) unlinked() []Finding {
	u := p.Store.Unlinked()
	if u == nil {
		return nil
	}
	t, err := p.Store.Active()
	if err != nil {
		return nil
	}
	f := Finding{
		Level: Green, Message: "there is no link for editors: one that needs a GOROOT gets that of a version, and does not follow the next `gsw use`",
		Evidence: []string{u.Error()}, Fix: "gsw where " + t.Version.Number(),
	}
	if u.Misleads {
		f.Level = Yellow
		f.Message = "what editors take for the default, " + u.Link + ", is another Go or none"
		f.Fix = "gsw use " + t.Version.Number()
		if _, occupied := errors.AsType[*platform.NotLinkError](u.Err); occupied {
			f.Fix = joined("mv "+selection.Word(u.Link)+" "+selection.Word(free(u.Link+".aside")), f.Fix)
		}
	}
	return []Finding{f}
}
