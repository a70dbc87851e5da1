package doctor

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/manager/tools"
	"gsw/manager/workshop"
	"gsw/platform"
)

// toolsStale: tools that another Go built than the version whose GOBIN they are in. They run, but know nothing of what
// came with the newer Go, or carry an older one's faults.
func toolsStale(_ context.Context, p *Patient) ([]Finding, error) {
	installed, err := p.Installed()
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, t := range installed {
		all, err := workshop.List(t)
		if err != nil {
			return found, err
		}
		var again, byHand []workshop.Tool
		for _, tool := range all {
			switch {
			case t.System || !tool.Stale:
			case tool.Unbuildable() == nil:
				again = append(again, tool)
			default:
				byHand = append(byHand, tool)
			}
		}
		if len(again) > 0 {
			f := staleTools(t, again)
			f.Fix = "gsw tools rebuild --spec " + t.Version.Tag()
			for _, tool := range again {
				f.Fix += " " + selection.Word(tool.Name)
			}
			found = append(found, f)
		}
		if len(byHand) > 0 {
			f := staleTools(t, byHand)
			f.Message += ", which only those who have their source can mend"
			found = append(found, f)
		}
	}
	return found, nil
}

func staleTools(t store.Toolchain, stale []workshop.Tool) Finding {
	f := Finding{Level: Yellow, Message: fmt.Sprintf("tools of %s were built by another Go", t.Version)}
	for _, tool := range stale {
		f.Evidence = append(f.Evidence, fmt.Sprintf("%s: built by %s", tool.File, tool.Go))
		if err := tool.Unbuildable(); err != nil {
			f.Evidence[len(f.Evidence)-1] += "; " + err.Error()
		}
	}
	return f
}

// gobinShadow: a folder that `go install` fills stands on PATH before the system's, and has a program in it that is
// called like one of theirs.
func gobinShadow(_ context.Context, p *Patient) ([]Finding, error) {
	var found []Finding
	path := p.Host.Env.Path()
	seen := map[string]bool{}
	for i, dir := range path {
		own, any := p.fills(dir)
		if !any || seen[filepath.Clean(dir)] {
			continue
		}
		seen[filepath.Clean(dir)] = true
		f := Finding{Level: Red, Message: fmt.Sprintf("programs in %s hide commands of the system", dir)}
		later := p.Host.Env.WithPath(slices.DeleteFunc(slices.Clone(path[i+1:]), func(d string) bool {
			return filepath.Clean(d) == filepath.Clean(dir) || below(d, p.Host.Home)
		}))
		var moves []string
		for _, name := range programs(p, dir) {
			file := filepath.Join(dir, p.Host.Exe(name))
			if !store.Essential(name) || tools.Allowed(p.Config.Allow, name) || shared(p, dir) && !isGoProgram(file) {
				continue
			}
			if hidden, err := platform.LookPath(p.Host.Exe(name), later, p.Host.Dir); err == nil {
				f.Evidence = append(f.Evidence, fmt.Sprintf("%s comes before %s on PATH", file, hidden))
				moves = append(moves, "mv "+pasted(p.Host, file)+" "+pasted(p.Host, free(file+".aside")))
			}
		}
		if len(f.Evidence) == 0 {
			continue
		}
		f.Fix = strings.Join(moves, "\n")
		if own { // the next gsw command that looks at the tools does it
			f.Fix = "gsw tools list"
			f.Mend = func(ctx context.Context) error {
				_, err := tools.Guard(ctx, p.Host, p.Store, p.Config.Allow)
				return err
			}
			f.Evidence = append(f.Evidence, "gsw tools list moves them into "+filepath.Join(dir, ".quarantine"))
		}
		found = append(found, f)
	}
	return found, nil
}

// fills tells whether `go install` puts programs into a folder: own if that is a version's GOBIN.
func (p *Patient) fills(dir string) (own, any bool) {
	if !filepath.IsAbs(dir) {
		return false, false
	}
	dir = filepath.Clean(dir)
	if filepath.Base(dir) == "bin" && filepath.Dir(filepath.Dir(dir)) == filepath.Join(p.Host.Home, "versions") ||
		dir == filepath.Join(p.Host.Home, "current", "bin") {
		info, err := os.Lstat(dir)
		return err == nil && info.IsDir(), true
	}
	if gobin := p.Env().Get("GOBIN").Value(); gobin != "" && filepath.Clean(gobin) == dir {
		return false, true
	}
	for _, gopath := range filepath.SplitList(p.Env().Get("GOPATH").Value()) {
		if gopath != "" && filepath.Join(gopath, "bin") == dir {
			return false, true
		}
	}
	return false, false
}

// shared tells folders that people fill with programs of any kind: what is called git there may be the git they want.
func shared(p *Patient, dir string) bool {
	return slices.Contains([]string{
		"/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/bin", "/opt/homebrew/bin", "/opt/local/bin",
		filepath.Join(p.Host.UserHome, "bin"), filepath.Join(p.Host.UserHome, ".local", "bin"),
	}, filepath.Clean(dir))
}

func isGoProgram(file string) bool {
	_, err := buildinfo.ReadFile(file)
	return err == nil
}

// programs names what can be run in a folder, without .exe.
func programs(p *Patient, dir string) []string {
	entries, _ := os.ReadDir(dir) // PATH is full of folders that are not there
	var names []string
	for _, e := range entries {
		name := e.Name()
		if p.Host.OS == "windows" {
			var is bool
			if name, is = strings.CutSuffix(name, ".exe"); !is {
				continue
			}
		}
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		if err == nil && info.Mode().IsRegular() && (p.Host.OS == "windows" || info.Mode()&0o111 != 0) {
			names = append(names, name)
		}
	}
	return names
}

// free is a name that no file has yet.
func free(file string) string {
	name := file
	for n := 2; ; n++ {
		if _, err := os.Lstat(name); err != nil {
			return name
		}
		name = fmt.Sprintf("%s%d", file, n)
	}
}

func below(path, dir string) bool {
	path = filepath.Clean(path)
	return path == dir || strings.HasPrefix(path, dir+string(filepath.Separator))
}

// gobinPath: what `go install` builds goes to another folder than the version's, or to one that is not on PATH.
func gobinPath(_ context.Context, p *Patient) ([]Finding, error) {
	hits := p.Path()
	if len(hits) == 0 || hits[0].Kind == selection.Shim || hits[0].Kind == selection.Dangling {
		return nil, nil // a shim sets GOBIN itself, and has one for each tool
	}
	setting := p.Env().Get("GOBIN")
	gobin := setting.Value()
	if gobin == "" {
		return nil, nil
	}
	evidence := p.told("GOBIN", setting.Layers[:1])
	want, ours := p.gobinOf(hits[0])
	if ours && !sameFolder(gobin, want) {
		f := Finding{
			Level: Green, Message: "tools that any version builds go to the one folder " + gobin,
			Evidence: append(evidence, "this version's own is "+want), Fix: joined(p.unexported("GOBIN"), p.evalEnv()),
		}
		if setting.Set() {
			f.Level = Yellow
		}
		return []Finding{f}, nil
	}
	onPath := slices.ContainsFunc(p.Host.Env.Path(), func(dir string) bool { return sameFolder(dir, gobin) })
	if onPath || len(programs(p, gobin)) == 0 {
		return nil, nil
	}
	f := Finding{
		Level: Yellow, Message: fmt.Sprintf("what go install builds is not found: %s is not on PATH", gobin),
		Evidence: evidence, Fix: p.pathWith(back, gobin),
	}
	if ours {
		f.Fix = p.evalEnv()
	}
	return []Finding{f}, nil
}

// gobinOf is the GOBIN of the version whose go command this is, if it is one of gsw's. Where its GOROOT really lies has
// nothing to say: an imported one may be a link.
func (p *Patient) gobinOf(hit selection.Hit) (gobin string, ours bool) {
	if hit.Kind == selection.Anchored {
		t, err := p.Store.Active()
		return t.GOBIN(), err == nil
	}
	dir := filepath.Dir(filepath.Dir(filepath.Dir(hit.File))) // versions/goX/go/bin/go
	return filepath.Join(dir, "bin"), below(dir, filepath.Join(p.Host.Home, "versions"))
}

// sameFolder follows links. Folders that are not there are the same by name.
func sameFolder(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// gobinWritable: others can put programs into a folder that stands on PATH before the system's, or into GOBIN. What lies
// in gsw's own folder, and is told by storePermissions, is not told twice. On Windows access lists say all that, which are
// not looked at.
func gobinWritable(_ context.Context, p *Patient) ([]Finding, error) {
	if p.Host.OS == "windows" {
		return nil, nil
	}
	var own permissions
	if look, err := p.Permissions(); err == nil { // else the other check says so
		own = look
	}
	path := p.Host.Env.Path()
	if i := slices.IndexFunc(path, systems); i >= 0 {
		path = path[:i]
	}
	var found []Finding
	seen := map[string]bool{}
	for i, dir := range append(slices.Clone(path), p.Env().Get("GOBIN").Value()) {
		if !filepath.IsAbs(dir) {
			continue
		}
		open, why, mended := openTo(filepath.Clean(dir))
		if open == "" || seen[open] || own.tells(open) {
			continue
		}
		seen[open] = true
		f := Finding{
			Level: Red, Message: fmt.Sprintf("others can put programs into %s, which stands on PATH before the system's commands", dir),
			Evidence: []string{open + ": " + why}, Fix: p.withoutFolder(dir),
		}
		for _, d := range append(p.putting(front, dir), p.putting(back, dir)...) {
			f.Evidence = append(f.Evidence, d.String())
		}
		if i == len(path) {
			f.Message = fmt.Sprintf("others can put programs into %s, among those that go install puts there", dir)
			f.Evidence = append(f.Evidence, p.told("GOBIN", p.Env().Get("GOBIN").Layers[:1])...)
			f.Fix = p.fix("GOBIN", p.Env().Get("GOBIN").Layers[0])
		}
		if mended {
			f.Fix = "chmod o-w " + pasted(p.Host, open)
			f.Mend = changeModes([]string{open}, 0, 0o002)
		}
		found = append(found, f)
	}
	return found, nil
}

// systems tells whether a folder is one of the system's own on PATH: nobody is deceived by what comes behind it.
func systems(dir string) bool {
	return slices.Contains([]string{"/usr/bin", "/bin", "/usr/sbin", "/sbin"}, filepath.Clean(dir))
}

// withoutFolder takes a folder from PATH, in this shell and in later ones.
func (p *Patient) withoutFolder(dir string) string {
	lines := append(p.putting(front, dir), p.putting(back, dir)...)
	only := func(d deed) bool { return (d.kind == front || d.kind == back) && sameFolder(d.value, dir) }
	return joined(p.commentedOut(lines, only), p.pathWithout([]string{dir}))
}

// openTo is the folder by which others get into dir: dir itself, if all may write there or another user owns it, or one
// above it in which all may rename. mended tells whether taking away the right to write is the remedy.
func openTo(dir string) (open, why string, mended bool) {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		switch {
		case err != nil || !info.IsDir():
		case info.Mode()&0o002 != 0 && (at == dir || info.Mode()&fs.ModeSticky == 0):
			return at, "d" + info.Mode().Perm().String()[1:] + ", writable by all", true
		case at == dir:
			if foreign, err := platform.OwnedByAnother(at); err == nil && foreign {
				return at, "belongs to another user", false
			}
		}
		if filepath.Dir(at) == at {
			return "", "", false
		}
	}
}
