package manager

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/activation"
	"gsw/manager/goenv"
	"gsw/manager/selection"
	"gsw/manager/zerotrust"
	"gsw/platform"
)

// ZeroTrustOrder is a command that shall rely on nothing that was not proved.
type ZeroTrustOrder struct {
	Spec   string   // which Go, or empty
	Argv   []string // the command
	Attest string   // the file that an in-toto statement goes to; "" for none
}

// ZeroTrust runs a command under zero trust, and gives its exit code: settings that would let something unproved in are
// refused, the toolchain and the modules in the cache are verified, and then the command runs with an environment of
// known variables, without a network, and writes to the project and folders of its own alone, as far as the kernel
// enforces that. What it does not enforce is a warning. Why the command failed is one, too, where zero trust is why.
// Errors: *zerotrust.ForbiddenError, *NotReleasedError, *UnprovedError, *zerotrust.ChecksumError,
// *zerotrust.UnlistedError, *HomeProjectError, *zerotrust.NothingBuiltError, *zerotrust.InputChangedError, *AttestFileError.
func (m Manager) ZeroTrust(ctx context.Context, order ZeroTrustOrder) (int, error) {
	here, err := m.Resolve(order.Spec)
	if err != nil {
		return 0, err
	}
	r := &zeroTrust{Manager: m, order: order, here: here}
	if err := r.judge(); err != nil {
		return 0, err
	}
	if r.proof, err = m.proven(ctx, here); err != nil {
		return 0, err
	}
	if err := r.verifyModules(ctx); err != nil {
		return 0, err
	}
	remove, err := r.prepare()
	if err != nil {
		return 0, err
	}
	defer remove()
	if err := r.unpack(ctx); err != nil {
		return 0, err
	}
	attestation, err := r.beginAttestation(ctx)
	if err != nil {
		return 0, err
	}
	defer attestation.close()
	code, err := r.run()
	if err != nil || code != 0 {
		return code, err
	}
	return code, attestation.finish(ctx)
}

// zeroTrust is one run.
type zeroTrust struct {
	Manager
	order      ZeroTrustOrder
	here       selection.Selection
	values     goenv.Values
	project    zerotrust.Project
	proof      toolchainProof
	verified   []zerotrust.Verified
	at         zerotrust.Folders
	env        platform.Env
	write      []string
	keep       []string // in the project, and not the command's: what other programs run outside
	protection platform.Protection
}

// judge reads the settings, as they are without what gsw's own hook and profile made of them, and the project.
func (r *zeroTrust) judge() error {
	host := r.Host
	host.Env = activation.Undone(host.Env, host.Home)
	if r.Config.IsolateGOPATH && !r.here.System {
		host.Env = host.Env.With("GOPATH", filepath.Join(r.here.Toolchain.Dir, "gopath"))
	}
	r.values = goenv.Look(host, []string{r.here.GOROOT}, os.ReadFile)
	if found := zerotrust.Judge(r.values, r.order.Argv); len(found) > 0 {
		return &zerotrust.ForbiddenError{Settings: found}
	}
	work := r.values.Get("GOWORK").Value()
	if foreign, err := platform.OwnedByAnother(work); work != "" && work != "off" && err == nil && foreign {
		r.Report.Warn(work + " belongs to another user: it does not count")
		work = "off"
	}
	var err error
	if r.project, err = zerotrust.ReadProject(host.Dir, work); err != nil {
		return err
	}
	r.at = zerotrust.Folders{GOROOT: r.here.GOROOT, Project: r.project.Root, GOBIN: filepath.Join(r.project.Root, zerotrust.GOBIN), Work: "off"}
	if r.project.Work != "" {
		r.at.Work = r.project.Work
	}
	r.at.GOMODCACHE = r.values.Get("GOMODCACHE").Value()
	r.at.GOPATH = r.values.Get("GOPATH").Value()
	r.at.System = platform.SystemFolders(host.Env)
	if zerotrust.Below(resolved(r.Host.UserHome), resolved(r.project.Root)) {
		return &HomeProjectError{Root: r.project.Root}
	}
	return nil
}

// resolved is a folder by the name that no link leads to, as far as it is there.
func resolved(dir string) string {
	if resolved, err := filepath.EvalSymlinks(dir); err == nil {
		return resolved
	}
	return dir
}

// verifyModules compares the module cache with go.sum, and says what no checksum covers.
func (r *zeroTrust) verifyModules(ctx context.Context) error {
	sums, err := r.project.ReadSums()
	if err != nil {
		return err
	}
	if err := r.project.Unlisted(sums); err != nil {
		return err
	}
	if r.verified, err = zerotrust.Verify(ctx, sums, r.at.GOMODCACHE); err != nil {
		return err
	}
	for _, d := range r.project.Demands() {
		if d.Folder != "" && !zerotrust.Below(d.Folder, r.project.Root) && !r.project.Vendored() {
			r.Report.Warn(fmt.Sprintf("%s comes from %s, which no checksum covers (%s:%d)", d.Path, d.Folder, d.File, d.Line))
		}
	}
	return nil
}

// prepare makes the folders of a run, and its environment. remove takes away what goes with the run.
func (r *zeroTrust) prepare() (remove func(), err error) {
	if err := makeGOBIN(r.at.GOBIN); err != nil {
		return nil, err
	}
	if r.at.Temporary, err = os.MkdirTemp("", "gsw-zero-trust-*"); err != nil {
		return nil, err
	}
	remove = func() {
		if err := platform.RemoveTree(r.at.Temporary); err != nil {
			r.Report.Warn(err.Error())
		}
	}
	r.at.Fresh = r.order.Attest != ""
	r.at.GOCACHE = filepath.Join(r.Host.Home, "cache", "zero-trust", cacheName(r.project.Root, r.here.GOROOT))
	if r.at.Fresh { // what earlier builds left may be forged: what is attested is compiled now
		r.at.GOCACHE = filepath.Join(r.at.Temporary, "go-build")
	}
	if err := errors.Join(os.MkdirAll(r.at.GOCACHE, 0o700), os.MkdirAll(r.at.GOMODCACHE, 0o755)); err != nil { // the go command could not
		remove()
		return nil, err
	}
	var withheld []string
	r.env, withheld = zerotrust.Environment(r.Host.Env, r.values, r.at, r.Host.Target)
	if len(withheld) > 0 {
		r.Report.Note("the command does not get " + strings.Join(withheld, ", "))
	}
	r.write = []string{r.project.Root, r.at.GOCACHE, r.at.Temporary}
	for _, name := range []string{".git", ".hg", ".svn"} {
		if _, err := os.Lstat(filepath.Join(r.project.Root, name)); err == nil {
			r.keep = append(r.keep, filepath.Join(r.project.Root, name))
		}
	}
	for what, dir := range map[string]string{"the module cache": r.at.GOMODCACHE, "the toolchain": r.at.GOROOT} {
		if dir != "" && zerotrust.Below(dir, r.project.Root) {
			r.Report.Warn(what + " lies in the project, " + dir + ": the command can write there")
		}
	}
	return remove, nil
}

// makeGOBIN makes the project's .gobin, which version control passes over. A link that lies there could lead anywhere.
func makeGOBIN(dir string) error {
	err := os.Mkdir(dir, 0o755)
	switch {
	case err == nil:
		return os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o644)
	case !errors.Is(err, os.ErrExist):
		return err
	}
	info, err := os.Lstat(dir)
	if err == nil && !info.IsDir() {
		err = &GOBINError{Dir: dir}
	}
	return err
}

// cacheName is a folder's name for a project under a toolchain: one project's builds leave nothing to another's.
func cacheName(project, goroot string) string {
	sum := sha256.Sum256([]byte(project + "\x00" + goroot))
	return hex.EncodeToString(sum[:8])
}

// unpack unpacks modules that the cache holds as zips only: the command cannot write there. What comes out is verified
// like the rest.
func (r *zeroTrust) unpack(ctx context.Context) error {
	packed := zerotrust.Packed(r.verified)
	if len(packed) == 0 {
		return nil
	}
	for _, v := range packed {
		if err := v.Unpack(ctx, r.at.GOMODCACHE); err != nil {
			return err
		}
	}
	sums, err := r.project.ReadSums()
	if err != nil {
		return err
	}
	r.verified, err = zerotrust.Verify(ctx, sums, r.at.GOMODCACHE)
	return err
}

// run runs the command, and explains its failure.
func (r *zeroTrust) run() (int, error) {
	file, err := platform.LookPath(r.order.Argv[0], r.env, r.Host.Dir)
	if errors.Is(err, fs.ErrPermission) {
		return 0, &CannotStartError{File: r.order.Argv[0], Err: fs.ErrPermission}
	}
	if err != nil {
		return 0, &NoCommandError{Command: r.order.Argv[0], Err: err}
	}
	var said zerotrust.Tail
	code, err := platform.RunConfined(r.Host.Self, platform.Confinement{
		Path: file, Argv: r.order.Argv, Dir: r.Host.Dir, Env: r.env,
		Stdin: r.Host.Stdin, Stdout: r.Host.Stdout, Stderr: io.MultiWriter(r.Host.Stderr, &said), Write: r.write, Keep: r.keep,
	}, func(p platform.Protection) {
		r.protection = p
		for _, lack := range p.Lacks {
			r.Report.Warn(lack)
		}
	})
	if err != nil {
		return 0, &CannotStartError{File: file, Err: err}
	}
	if git := filepath.Join(r.project.Root, ".git"); !slices.Contains(r.keep, git) {
		if _, err := os.Lstat(git); err == nil {
			r.Report.Warn("the command made " + git + ": look at its config and hooks before git does")
		}
	}
	if code != 0 {
		r.explain(said.String())
	}
	return code, nil
}

// explain says why the command failed, where zero trust is the reason.
func (r *zeroTrust) explain(said string) {
	f := zerotrust.Failure{
		Keep: r.keep, Said: said, Dir: r.Host.Dir, Writable: platform.Writable, Cache: r.at.GOMODCACHE, Missing: r.project.Missing(r.at.GOMODCACHE), Offline: r.protection.Network,
	}
	if r.protection.Writes {
		f.Write = r.write
		for _, dir := range r.write {
			if name := resolved(dir); name != dir {
				f.Write = append(f.Write, name)
			}
		}
	}
	for _, e := range zerotrust.Explain(f) {
		text := string(e.Kind) + ": " + e.Message
		for _, line := range e.Evidence {
			text += "\n\t" + line
		}
		r.Report.Warn(text)
	}
}

// HomeProjectError is a project that holds the user's home: there would be nothing that the command may not write.
type HomeProjectError struct{ Root string }

func (e *HomeProjectError) Error() string {
	return "zero trust lets a command write to its project, and " + e.Root + " holds your whole home"
}

// GOBINError is a .gobin that is no folder.
type GOBINError struct{ Dir string }

func (e *GOBINError) Error() string { return e.Dir + " is not a folder of the project's own" }

// NoCommandError is a command that is not on the PATH of zero trust.
type NoCommandError struct {
	Command string
	Err     error
}

func (e *NoCommandError) Error() string {
	return e.Command + " is neither the toolchain's, nor the system's, nor in " + zerotrust.GOBIN
}

func (e *NoCommandError) Unwrap() error { return e.Err }

// CannotStartError is a program that the system would not start.
type CannotStartError struct {
	File string
	Err  error
}

func (e *CannotStartError) Error() string { return "running " + e.File + ": " + e.Err.Error() }

func (e *CannotStartError) Unwrap() error { return e.Err }
