package manager

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"gsw/manager/trust"
	"gsw/manager/zerotrust"
	"gsw/platform"
)

// attestation is a statement in the making: what was there before the command ran, and where it goes. The nil one
// is of nobody's asking, and does nothing.
type attestation struct {
	run     *zeroTrust
	dir     *os.Root // held open: what the command makes of the path does not matter
	name    string
	without string // the file itself, as a path in the project, or ""
	before  zerotrust.Snapshot
	commit  string // of version control, if nothing differs from it
	started time.Time
}

// beginAttestation takes down what the command finds. An earlier statement in the same file goes away: it would speak
// of what is no longer there.
func (r *zeroTrust) beginAttestation(ctx context.Context) (*attestation, error) {
	if r.order.Attest == "" {
		return nil, nil
	}
	file := r.order.Attest
	if !filepath.IsAbs(file) {
		file = filepath.Join(r.Host.Dir, file)
	}
	dir, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("opening the folder of the statement: %w", err)
	}
	a := &attestation{run: r, dir: dir, name: filepath.Base(file)}
	if inside, err := filepath.Rel(r.project.Root, file); err == nil {
		a.without = filepath.ToSlash(inside)
	}
	if err := a.begin(ctx, file); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *attestation) begin(ctx context.Context, file string) error {
	if err := a.makeRoom(file); err != nil {
		return err
	}
	var err error
	if a.before, err = zerotrust.Snap(ctx, a.run.project.Root, a.without); err != nil {
		return err
	}
	a.commit, err = a.run.cleanCommit()
	a.started = a.run.Host.Now().UTC().Truncate(time.Second)
	return err
}

// makeRoom removes an earlier statement, and nothing else.
func (a *attestation) makeRoom(file string) error {
	text, err := a.dir.ReadFile(a.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !bytes.Contains(text, []byte(`"_type": "`+zerotrust.StatementType+`"`)):
		return &AttestFileError{File: file}
	}
	return a.dir.Remove(a.name)
}

func (a *attestation) close() {
	if a != nil {
		a.dir.Close()
	}
}

// finish writes the statement, by a rename: it is there as a whole or not at all.
func (a *attestation) finish(ctx context.Context) error {
	if a == nil {
		return nil
	}
	after, err := zerotrust.Snap(ctx, a.run.project.Root, a.without)
	if err != nil {
		return err
	}
	finished := a.run.Host.Now().UTC().Truncate(time.Second)
	outputs := after.Outputs(a.before)
	if len(outputs) == 0 {
		return &zerotrust.NothingBuiltError{Command: a.run.order.Argv[0]}
	}
	if changed := a.changedInputs(after); len(changed) > 0 {
		return &zerotrust.InputChangedError{Files: changed}
	}
	s, err := a.statement(outputs)
	if err != nil {
		return err
	}
	s.Predicate.RunDetails.Metadata = zerotrust.Metadata{StartedOn: a.started, FinishedOn: finished}
	text, err := s.Text()
	if err != nil {
		return err
	}
	if err := a.write(text); err != nil {
		return err
	}
	a.run.Report.Note("attested " + strings.Join(names(outputs), ", ") + " in " + a.run.order.Attest)
	return nil
}

// write puts the statement in its place, whatever the command left there: a link is replaced, never followed.
func (a *attestation) write(text []byte) error {
	fresh := "." + a.name + ".new"
	if err := a.dir.RemoveAll(fresh); err != nil {
		return err
	}
	f, err := a.dir.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = a.dir.Rename(fresh, a.name)
	}
	if err != nil {
		return errors.Join(err, a.dir.Remove(fresh))
	}
	return nil
}

func names(outputs []zerotrust.Output) []string {
	const most = 5
	var all []string
	for i, o := range outputs {
		if i == most {
			return append(all, "…")
		}
		all = append(all, o.Name)
	}
	return all
}

// changedInputs are the files that decide about modules and are no longer what they were.
func (a *attestation) changedInputs(after zerotrust.Snapshot) []string {
	var changed []string
	for _, file := range a.run.project.Inputs() {
		name, ok := a.run.inProject(file)
		if ok && a.before.SHA256(name) != after.SHA256(name) {
			changed = append(changed, name)
		}
	}
	return changed
}

// inProject is a file's slash path in the project.
func (r *zeroTrust) inProject(file string) (string, bool) {
	name, err := filepath.Rel(r.project.Root, file)
	if err != nil || !filepath.IsLocal(name) {
		return "", false
	}
	return filepath.ToSlash(name), true
}

// statement says what was built, and from what.
func (a *attestation) statement(outputs []zerotrust.Output) (zerotrust.Statement, error) {
	r := a.run
	directory, _ := r.inProject(r.Host.Dir)
	external, internal := zerotrust.Told(r.env, r.values)
	asked := r.order.Spec
	if asked == "" {
		asked = r.proof.Version.Tag()
	}
	dependencies, err := a.dependencies()
	if err != nil {
		return zerotrust.Statement{}, err
	}
	s := zerotrust.Statement{Type: zerotrust.StatementType, PredicateType: zerotrust.PredicateType, Subject: zerotrust.Subjects(outputs)}
	s.Predicate.BuildDefinition = zerotrust.BuildDefinition{
		BuildType:          zerotrust.BuildType,
		ExternalParameters: zerotrust.External{Command: r.order.Argv, Directory: directory, Go: asked, Environment: external},
		InternalParameters: zerotrust.Internal{
			Environment: internal, Network: "not confined", Writes: "not confined", Lacks: append([]string{}, r.protection.Lacks...),
			Platform: r.proof.Target.OS + "/" + r.proof.Target.Arch,
		},
		ResolvedDependencies: dependencies,
	}
	in := &s.Predicate.BuildDefinition.InternalParameters
	switch {
	case r.protection.Network:
		in.Network = "none"
	case r.protection.TCP:
		in.Network = "no TCP"
	}
	if r.protection.Writes {
		in.Writes = "project"
	}
	s.Predicate.RunDetails.Builder = zerotrust.Builder{ID: zerotrust.BuilderID, Version: map[string]string{"gsw": r.Edition}}
	return s, nil
}

// dependencies are the toolchain, the files that name modules, the modules, and the sources.
func (a *attestation) dependencies() ([]zerotrust.Resource, error) {
	r := a.run
	toolchain, err := r.proof.resource(r.proof.Target)
	if err != nil {
		return nil, err
	}
	all := []zerotrust.Resource{toolchain}
	for _, file := range r.project.Inputs() {
		if name, ok := r.inProject(file); ok {
			all = append(all, zerotrust.Resource{Name: name, Digest: map[string]string{"sha256": a.before.SHA256(name)}})
		}
	}
	for _, v := range r.used() {
		digest, err := zerotrust.DirHash(v.H1)
		if err != nil {
			return nil, err
		}
		all = append(all, zerotrust.Resource{
			Name: v.Version.String(), URI: "pkg:golang/" + v.Path + "@" + v.Version.Version, Digest: digest, Annotations: map[string]any{"h1": v.H1},
		})
	}
	sources, err := zerotrust.DirHash(a.before.H1())
	if err != nil {
		return nil, err
	}
	if a.commit != "" {
		sources["gitCommit"] = a.commit
	}
	return append(all, zerotrust.Resource{Name: "source", Digest: sources}), nil
}

// resource is a toolchain as a statement names it.
func (p toolchainProof) resource(target platform.Target) (zerotrust.Resource, error) {
	digest, err := zerotrust.DirHash(p.Tree)
	return zerotrust.Resource{
		Name: p.Version.Tag(), URI: "pkg:golang/golang.org/toolchain@" + trust.ModuleVersion(p.Version, target), Digest: digest,
		Annotations: map[string]any{"h1": p.Tree, "party": p.Party, "record": p.Record},
	}, err
}

// used are the verified modules that the project's packages can come from: those its go.mod names where it names all.
func (r *zeroTrust) used() []zerotrust.Verified {
	var all []zerotrust.Verified
	wanted := map[string]bool{}
	for _, d := range r.project.Demands() {
		wanted[d.Version.String()] = true
	}
	for _, v := range r.verified {
		if wanted[v.Version.String()] || !r.project.Complete() {
			all = append(all, v)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Version.String() < all[j].Version.String() })
	return all
}

// cleanCommit is the commit that the project's files are, to the last one; "" if they differ, or there is none. Git runs
// confined: a repository's settings can name programs.
func (r *zeroTrust) cleanCommit() (string, error) {
	git, err := platform.LookPath("git", r.env, r.Host.Dir)
	if err != nil {
		return "", nil
	}
	ask := func(words ...string) (string, bool, error) {
		var said bytes.Buffer
		code, err := platform.RunConfined(r.Host.Self, platform.Confinement{
			Path: git, Argv: append([]string{"git"}, words...), Dir: r.project.Root, Env: r.env.With("GIT_OPTIONAL_LOCKS", "0"),
			Stdout: &said, Write: []string{r.at.Temporary},
		}, func(platform.Protection) {})
		return strings.TrimSpace(said.String()), code == 0, err
	}
	changes, ok, err := ask("status", "--porcelain", "--untracked-files=all", "--ignored", "--", ".", ":(exclude)"+zerotrust.GOBIN)
	if err != nil || !ok || changes != "" {
		return "", err
	}
	commit, ok, err := ask("rev-parse", "--verify", "HEAD")
	if err != nil || !ok {
		return "", err
	}
	return commit, nil
}

// AttestFileError is a file that --attest names and that holds something else than a statement.
type AttestFileError struct{ File string }

func (e *AttestFileError) Error() string {
	return e.File + " is there, and is no statement that could be replaced"
}
