package workshop

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"gsw/manager/config"
	"gsw/manager/gover"
	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/manager/tools"
	"gsw/platform"
)

// Builder builds tools again, each from the module and version that its build info names, with the go command of the
// version it is for.
type Builder struct {
	Host   platform.Host
	Store  store.Store
	Config config.Config
	Report interface{ Note(text string) } // a line when a tool begins
}

// Result is what became of one tool.
type Result struct {
	Tool  Tool  // as it was found
	Built Tool  // as it is now; zero if it was not built
	Kept  bool  // it was there already
	Err   error // why it was not built
}

// Sync builds the tools of one version under another: those named, or all that the other one lacks. One that fails does
// not stop the others. The error is about what stops all of them: a name that is no tool's, a lock, the end of ctx.
func (w Builder) Sync(ctx context.Context, from, to store.Toolchain, names []string) ([]Result, error) {
	chosen, err := w.choose(from, names, func(Tool) bool { return true })
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(chosen))
	for i, tool := range chosen {
		_, err := os.Stat(tools.File(to, tool.Name))
		results[i] = Result{Tool: tool, Kept: err == nil && len(names) == 0}
	}
	return results, w.build(ctx, to, results)
}

// Rebuild builds tools of a version anew in their place: those named, or the stale ones.
func (w Builder) Rebuild(ctx context.Context, t store.Toolchain, names []string) ([]Result, error) {
	chosen, err := w.choose(t, names, func(t Tool) bool { return t.Stale })
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(chosen))
	for i, tool := range chosen {
		results[i] = Result{Tool: tool}
	}
	return results, w.build(ctx, t, results)
}

// choose gives the tools that are named, or, without names, those that are wanted.
func (w Builder) choose(t store.Toolchain, names []string, wanted func(Tool) bool) ([]Tool, error) {
	all, err := List(t)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(t Tool) bool { return t.Name == name }) {
			return nil, tools.NoTool(t, name)
		}
	}
	return slices.DeleteFunc(all, func(tool Tool) bool {
		return len(names) > 0 && !slices.Contains(names, tool.Name) || len(names) == 0 && !wanted(tool)
	}), nil
}

// build builds what is to be built and puts each tool into its place as soon as it is there. It holds the version's
// lock and works in a folder that the next Sweep removes if this process is killed; what was there before is replaced
// by one rename, or stays.
func (w Builder) build(ctx context.Context, t store.Toolchain, results []Result) (err error) {
	todo := 0
	for i := range results {
		r := &results[i]
		if r.Kept {
			continue
		}
		if r.Err = w.buildable(r.Tool, t); r.Err == nil {
			todo++
		}
	}
	if todo == 0 {
		return nil
	}
	if t.System {
		return &store.SystemError{Version: t.Version, Dir: t.Dir}
	}
	waiting := func() { w.Report.Note("waiting for another gsw that works on " + t.Version.Tag()) }
	staging, err := w.Store.Begin(ctx, t.Version, waiting)
	if err != nil {
		return err
	}
	defer staging.Abort()
	if _, err := w.Store.Get(t.Version); err != nil {
		return err // somebody removed it while we waited
	}
	n := 0
	for i := range results {
		r := &results[i]
		if r.Kept || r.Err != nil {
			continue
		}
		n++
		w.Report.Note(fmt.Sprintf("building %s with %s (%d of %d): %s", r.Tool.Name, t.Version, n, todo, r.Tool.Source()))
		dir := filepath.Join(staging.Dir(), "bin", fmt.Sprint(n))
		if r.Err = w.install(ctx, t, r.Tool, staging.Dir(), dir); r.Err == nil {
			r.Err = place(t, r.Tool, dir)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if r.Err == nil {
			r.Built = read(t, r.Tool.Name)
		}
	}
	return nil
}

// buildable tells what can be told before the go command is asked.
func (w Builder) buildable(tool Tool, t store.Toolchain) error {
	if err := tool.Unbuildable(); err != nil {
		return err
	}
	if t.Version.Compare(gover.MustParse("go1.16")) < 0 {
		return fmt.Errorf("%s: %s cannot install a module by its version, go1.16 was the first", tool.Name, t.Version)
	}
	for name, here := range map[string]string{"GOOS": w.Host.OS, "GOARCH": w.Host.Arch} {
		if made := tool.setting(name); made != "" && made != here {
			return fmt.Errorf("%s was built for another system (%s=%s)", tool.Name, name, made)
		}
	}
	return nil
}

// install runs `go install` in the empty folder cwd, so that no module around it has a say, and compares what came into
// bin with what the tool was built from. GOPROXY, GOSUMDB and all else that decides where modules come from and who
// vouches for them is the user's.
func (w Builder) install(ctx context.Context, t store.Toolchain, tool Tool, cwd, bin string) error {
	args := []string{"install"}
	for _, flag := range []string{"-tags", "-ldflags", "-gcflags"} {
		if value := tool.setting(flag); value != "" {
			args = append(args, flag+"="+value)
		}
	}
	if tool.setting("-trimpath") == "true" {
		args = append(args, "-trimpath")
	}
	env := selection.Selection{Toolchain: t, GOROOT: t.GOROOT()}.Environment(w.Host, w.Config).
		With("GOBIN", bin).With("GOTOOLCHAIN", "local").With("GO111MODULE", "on").
		With("GOOS", w.Host.OS).With("GOARCH", w.Host.Arch).With("PWD", cwd)
	if cgo := tool.setting("CGO_ENABLED"); cgo != "" {
		env = env.With("CGO_ENABLED", cgo)
	}
	cmd := exec.CommandContext(ctx, t.Go(), append(args, "--", tool.Source())...)
	cmd.Dir, cmd.Env = cwd, env.Environ()
	cmd.Cancel = func() error { // so that it clears up after itself
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			return cmd.Process.Kill()
		}
		return nil
	}
	cmd.WaitDelay = 5 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w%s", tool.Source(), err, lastLines(out))
	}
	file, err := only(bin)
	if err != nil {
		return fmt.Errorf("building %s: %w", tool.Source(), err)
	}
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return fmt.Errorf("building %s: %w", tool.Source(), err)
	}
	if releaseOf(info.GoVersion) != t.Version {
		return fmt.Errorf("building %s: the go command of %s is that of %s", tool.Source(), t.Version, info.GoVersion)
	}
	return same(tool, info)
}

// lastLines is the end of what a program said, each line on one of its own: where the go command says why.
func lastLines(out []byte) string {
	lines := strings.FieldsFunc(string(bytes.ToValidUTF8(out, []byte("?"))), func(r rune) bool { return r == '\n' || r == '\r' })
	const enough = 6
	var text strings.Builder
	for _, line := range lines[max(0, len(lines)-enough):] {
		text.WriteString("\n  " + line)
	}
	return text.String()
}

// only is the one file in a folder.
func only(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	if len(entries) != 1 {
		return "", fmt.Errorf("the go command made %d programs", len(entries))
	}
	return filepath.Join(dir, entries[0].Name()), nil
}

// same compares the modules that a tool was built from with those of its new build. Which modules take part can depend
// on the Go; those that take part in both must be the same to the byte.
func same(tool Tool, now *debug.BuildInfo) error {
	if now.Main.Path != tool.Module || now.Main.Version != tool.Version {
		return fmt.Errorf("%s was built from %s, and now from %s@%s", tool.Name, tool.Origin(), now.Main.Path, now.Main.Version)
	}
	was := map[string]debug.Module{}
	for _, m := range modules(tool.info) {
		was[m.Path] = m
	}
	for _, m := range modules(now) {
		old, both := was[m.Path]
		switch {
		case !both:
		case old.Version != m.Version:
			return fmt.Errorf("%s was built with %s@%s, and now with %s", tool.Name, old.Path, old.Version, m.Version)
		case old.Sum != "" && m.Sum != "" && old.Sum != m.Sum:
			return &SumError{Tool: tool.Name, Module: m.Path + "@" + m.Version, Was: old.Sum, Is: m.Sum}
		}
	}
	return nil
}

func modules(info *debug.BuildInfo) []debug.Module {
	all := []debug.Module{info.Main}
	for _, dep := range info.Deps {
		all = append(all, *dep)
	}
	return all
}

// SumError says that a module is not what the tool was built from when it was built first. The new build was thrown away.
type SumError struct {
	Tool    string
	Module  string // with its version
	Was, Is string // "h1:…"
}

func (e *SumError) Error() string {
	return fmt.Sprintf("%s is not installed: %s has the checksum %s, and had %s when %s was built", e.Tool, e.Module, e.Is, e.Was, e.Tool)
}

// place gives the program in dir its place in GOBIN, under the name it had, which may not be the go command's.
func place(t store.Toolchain, tool Tool, dir string) error {
	file, err := only(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(t.GOBIN(), 0o755); err != nil {
		return fmt.Errorf("putting %s in its place: %w", tool.Name, err)
	}
	to := tools.File(t, tool.Name)
	if os.Rename(file, to) == nil {
		return nil
	}
	// GOBIN may be a link to another volume.
	if err := platform.CopyFile(file, to, false); err != nil {
		return fmt.Errorf("putting %s in its place: %w", tool.Name, err)
	}
	return nil
}

// FailedError says which tools were not built.
type FailedError struct {
	Failed []Result
	All    int // tools that were asked for
}

// Add counts a result, and keeps it if it failed.
func (e *FailedError) Add(r Result) {
	e.All++
	if r.Err != nil {
		e.Failed = append(e.Failed, r)
	}
}

func (e *FailedError) Error() string {
	var names []string
	for _, r := range e.Failed {
		names = append(names, r.Tool.Name)
	}
	return fmt.Sprintf("%d of %d tools not built: %s", len(e.Failed), e.All, strings.Join(names, ", "))
}

// Unwrap gives the reasons.
func (e *FailedError) Unwrap() []error {
	var errs []error
	for _, r := range e.Failed {
		errs = append(errs, r.Err)
	}
	return errs
}
