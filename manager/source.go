package manager

import (
	"context"

	"gsw/manager/dist"
	"gsw/manager/gover"
	"gsw/platform"
)

// Source is a place releases come from.
type Source interface {
	Name() string  // dist.SourceDL or dist.SourceModule: what --via takes
	Place() string // where it is, for people
	// Versions are what it has for a target, newest first.
	Versions(ctx context.Context, target platform.Target) ([]gover.Version, error)
	// Each calls use with the archive of v at one place after the other, until
	// it succeeds or no place is left.
	Each(ctx context.Context, v gover.Version, target platform.Target, use func(dist.Archive) error) error
}

// IndexSource is a release index and its archives: go.dev/dl or one mirror.
type IndexSource struct{ dist.Index }

func (IndexSource) Name() string { return dist.SourceDL }

func (s IndexSource) Each(ctx context.Context, v gover.Version, target platform.Target, use func(dist.Archive) error) error {
	archive, err := s.Index.Archive(ctx, v, target)
	if err != nil {
		return err
	}
	return use(archive)
}

// ModuleSource is the golang.org/toolchain module, through GOPROXY.
type ModuleSource struct{ dist.Modules }

func (ModuleSource) Name() string { return dist.SourceModule }

func (s ModuleSource) Place() string {
	return "the golang.org/toolchain module through GOPROXY"
}
