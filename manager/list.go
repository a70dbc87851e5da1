package manager

import (
	"context"
	"fmt"

	"gsw/manager/gover"
	"gsw/manager/local"
)

// ListRemote tells what is published for this machine, newest first. A zero
// filter is no filter; pre-releases appear if all says so or the filter names one.
func (m Manager) ListRemote(ctx context.Context, filter gover.Spec, all bool, via string) ([]local.Published, error) {
	failed := &NoSourceError{Spec: filter, Target: m.Host.Target}
	sources := m.sources(via)
	for i, source := range sources {
		versions, err := source.Versions(ctx, m.Host.Target)
		if err == nil {
			return m.Published(versions, m.older(ctx, source), filter, all, source.Name()), nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		m.failed(failed, source, err)
		if i+1 < len(sources) {
			m.Report.Note(fmt.Sprintf("%v; asking %s", err, sources[i+1].Place()))
		}
	}
	return nil, failed
}
