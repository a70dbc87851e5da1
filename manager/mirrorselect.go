package manager

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gsw/manager/dist"
	"gsw/manager/gover"
	"gsw/manager/mirror"
	"gsw/platform"
)

// newestTwo is what is selected where nothing else is said: the lines that the Go project supports.
func newestTwo() []string { return []string{"latest", "oldstable"} }

// selects finds the releases that the selection means, for each platform.
func (s *mirroring) selects(ctx context.Context) error {
	s.takeSelection()
	specs, err := s.specs()
	if err != nil {
		return err
	}
	targets, all, err := s.lockTargets(s.selection.Platforms)
	if err != nil {
		return err
	}
	if err := s.ask(ctx); err != nil {
		return err
	}
	failed := &NoSourceError{Spec: specs[0], Target: targets[0]}
	named := !all && !slices.ContainsFunc(specs, func(spec gover.Spec) bool { _, exact := spec.Exact(); return !exact })
	for _, target := range targets {
		var pool []gover.Version
		if !named { // else no list is of any use
			pool, err = s.pool(ctx, target)
		}
		if err != nil && len(failed.Failures) == 0 {
			failed.add("", err)
		}
		for _, v := range s.choice(specs, pool) {
			if !all || slices.Contains(pool, v) {
				s.wanted = append(s.wanted, &wanted{version: v, target: target})
			}
		}
	}
	slices.SortStableFunc(s.wanted, func(a, b *wanted) int {
		return cmp.Or(b.version.Compare(a.version), cmp.Compare(a.target.String(), b.target.String()))
	})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case len(s.wanted) == 0 && len(failed.Failures) > 0:
		return failed
	case len(s.wanted) == 0:
		return &NoMatchError{Spec: specs[0], Target: targets[0]}
	}
	return nil
}

// takeSelection is the order's selection, or that of the last time, with what is not said filled in.
func (s *mirroring) takeSelection() {
	s.selection = s.state.Selection
	if s.order.Selection != nil {
		s.selection = *s.order.Selection
	} else if len(s.state.Selection.Versions) == 0 {
		s.selection = mirror.Selection{Archives: true, Modules: true}
	}
	if len(s.selection.Versions) == 0 {
		s.selection.Versions = newestTwo()
	}
	if len(s.selection.Platforms) == 0 { // this machine's by name: it is written down for runs on other machines
		s.selection.Platforms = []string{s.Host.Target.OS + "/" + s.Host.Target.Arch}
	}
}

// specs reads the selection's versions.
func (s *mirroring) specs() (specs []gover.Spec, err error) {
	for _, text := range s.selection.Versions {
		spec, err := s.ParseSpec(text)
		if err != nil {
			return nil, err
		}
		if spec.System() {
			return nil, &NotInstallableError{Spec: spec}
		}
		specs = append(specs, spec)
	}
	return specs, nil
}

// ask asks the sources what they have: the indexes in order, until one answers. That none does is told, and no error.
func (s *mirroring) ask(ctx context.Context) error {
	var failures []string
	for _, source := range s.Sources {
		switch source := source.(type) {
		case ModuleSource:
			source.MaxAge = 0 // what is published from here is asked about, not remembered
			s.modules = &source
		case IndexSource:
			if s.shelf != nil || !s.selection.Archives {
				continue
			}
			source.MaxAge = 0
			releases, err := source.Releases(ctx)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err != nil {
				failures, s.unlisted = append(failures, err.Error()), err
				continue
			}
			s.shelf = &shelf{source, releases}
		}
	}
	if s.shelf == nil && len(failures) > 0 {
		s.Report.Warn("no list of archives: " + strings.Join(failures, "; "))
	}
	return nil
}

// pool is what there is for a platform, as far as anybody knows: the index, the module's list, and the tree itself. So a
// list from which something was left out makes nothing go.
func (s *mirroring) pool(ctx context.Context, target platform.Target) (pool []gover.Version, err error) {
	if s.shelf != nil {
		pool = dist.Versions(s.shelf.releases, target)
	}
	pool = append(pool, s.listedModules(ctx, target)...)
	for _, c := range s.state.Toolchains {
		if c.Target == target {
			pool = append(pool, c.Version)
		}
	}
	gover.Sort(pool)
	return slices.Compact(pool), cmp.Or(s.unlistedModules, s.unlisted)
}

// listedModules are the releases for a platform of which the module's list tells. That there is no list is told once, and no
// error.
func (s *mirroring) listedModules(ctx context.Context, target platform.Target) []gover.Version {
	if s.modules == nil || !s.selection.Modules || s.modules.Proxies.Off() || s.unlistedModules != nil {
		return nil
	}
	versions, err := s.modules.Versions(ctx, target)
	if err != nil {
		s.unlistedModules = err
		s.Report.Warn(fmt.Sprintf("no list of modules: %v", err))
	}
	s.modules.MaxAge = time.Minute // the other platforms are in the same list
	return versions
}

// choice is every release of a pool that a spec fits, and what is named whether it is in the pool or not.
func (s *mirroring) choice(specs []gover.Spec, pool []gover.Version) []gover.Version {
	var named, fitting []gover.Version
	for _, spec := range specs {
		if v, exact := spec.Exact(); exact {
			named = append(named, v)
			continue
		}
		fits := slices.DeleteFunc(slices.Clone(pool), func(v gover.Version) bool { return !spec.Matches(v) })
		if v, found := spec.Pick(pool); found && len(fits) == 0 { // latest and its like
			fits = append(fits, v)
		}
		fitting = append(fitting, fits...)
	}
	gover.Sort(fitting)
	if s.selection.LatestPatch {
		fitting = slices.CompactFunc(fitting, func(a, b gover.Version) bool { return a.Line() == b.Line() })
	}
	all := append(named, fitting...)
	gover.Sort(all)
	return slices.Compact(all)
}
