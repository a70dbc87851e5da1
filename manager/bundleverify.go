package manager

import (
	"context"
	"fmt"

	"golang.org/x/mod/module"

	"gsw/manager/bundle"
	"gsw/manager/modcache"
	"gsw/manager/trust"
)

// verifyModules hashes every module, and holds what is in the module cache already against it.
func (u *unpacking) verifyModules(ctx context.Context) error {
	sums, err := u.expected()
	if err != nil {
		return err
	}
	if len(u.manifest.Modules) > 0 {
		u.Report.Phase("proving " + plural(len(u.manifest.Modules), "module"))
	}
	for _, mod := range u.manifest.Modules {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !mod.Recorded() {
			if err := u.vouched(mod, sums); err != nil {
				return err
			}
		}
		if err := u.verifyModule(mod); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacking) verifyModule(mod bundle.Module) error {
	dir := u.home.dir
	if u.cache != nil {
		dir = u.cache.dir
	}
	s, err := stagedModule(mod, dir)
	if err != nil {
		return err
	}
	if s.Proof = u.Vouched[mod.String()]; mod.Recorded() {
		s.Proof = fmt.Sprintf("record %d of %s", mod.Record, u.logName())
	} else if s.Proof == "" {
		s.Proof = "the manifest"
	}
	have, err := modcache.HashGoMod(s.Mod)
	if err == nil && have != mod.GoModSum {
		err = &ModuleError{Module: mod.String(), What: "its go.mod in the bundle", Have: have, Want: mod.GoModSum, Place: s.Proof}
	}
	if err != nil {
		return err
	}
	if mod.Sum != "" {
		have, err := modcache.HashZip(s.Module, s.Zip)
		if err != nil {
			return err
		}
		if have != mod.Sum {
			return &ModuleError{Module: mod.String(), What: "its zip in the bundle", Have: have, Want: mod.Sum, Place: s.Proof}
		}
		if _, err := modcache.ReadInfo(s.Module, s.Info); err != nil {
			return err
		}
	}
	_, err = u.ModCache.Check(s)
	return err
}

// expected are the sums of the projects that may vouch.
func (u *unpacking) expected() (sums modcache.Sums, err error) {
	if len(u.Unrecorded) == 0 {
		return sums, nil
	}
	for _, dir := range u.order.Projects {
		here := u.Manager
		here.Host.Dir = dir
		p, err := modcache.Find(dir, here.GoSettings().Get("GOWORK").Value())
		if err != nil {
			return sums, err
		}
		if err := p.Sums(&sums); err != nil {
			return sums, err
		}
	}
	return sums, nil
}

// vouched holds a module that the log does not know to what projects expect.
func (u *unpacking) vouched(mod bundle.Module, sums modcache.Sums) error {
	v := module.Version{Path: mod.Path, Version: mod.Version}
	sum, place := sums.Zip(v)
	goMod, goModPlace := sums.GoMod(v)
	differs := func(what, have, want, place string) error {
		return &ModuleError{Module: mod.String(), What: what, Have: have, Want: want, Place: place}
	}
	switch {
	case sum != "" && mod.Sum != "" && sum != mod.Sum:
		return differs("the manifest", mod.Sum, sum, place)
	case goMod != "" && goMod != mod.GoModSum:
		return differs("the manifest (go.mod)", mod.GoModSum, goMod, goModPlace)
	case goMod != "" && (sum != "" || mod.Sum == ""):
		u.Vouched[mod.String()] = goModPlace
		if sum != "" {
			u.Vouched[mod.String()] = place
		}
		return nil
	case u.order.Unverified:
		return nil
	}
	return &UnvouchedError{Module: mod.String(), Sum: mod.Sum}
}

// verifyToolchains holds each toolchain for this platform to its record, and to what else is known of it.
func (u *unpacking) verifyToolchains(ctx context.Context) error {
	for _, t := range u.manifest.Toolchains {
		v, target, err := t.Identity()
		if err != nil || target != u.toward(v).Host.Target {
			continue
		}
		u.Report.Phase("proving " + v.Tag())
		subject := trust.Subject{Version: v, Target: target, Source: trust.SourceModule}
		const most = 2 << 30
		m := module.Version{Path: "golang.org/toolchain", Version: trust.ModuleVersion(v, target)}
		if subject.Tree, err = modcache.HashToolchain(m, u.staged(bundle.ToolchainName(v, target)), most); err != nil {
			return err
		}
		log, err := u.asked("proved", nil, u.sumdb())
		if err != nil {
			return err
		}
		if _, err := u.vouch(ctx, log, subject); err != nil {
			return err
		}
	}
	return nil
}

// An UnvouchedError is a module that nobody vouches for.
type UnvouchedError struct {
	Module string // path@version
	Sum    string // its hash; "" where there is only a go.mod
}

func (e *UnvouchedError) Error() string {
	return fmt.Sprintf("nothing vouches for %s: the log has no record of it, and no go.sum file of a project here names it", e.Module)
}
