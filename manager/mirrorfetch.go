package manager

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"gsw/manager/dist"
	"gsw/manager/download"
	"gsw/manager/gover"
	"gsw/manager/mirror"
	"gsw/manager/tree"
	"gsw/manager/trust"
	"gsw/manager/unpack"
	"gsw/platform"
)

// toolchainModule is the module whose versions are toolchains.
const toolchainModule = "golang.org/toolchain"

// fetchAll brings what is missing into the staging folder, proved. A gap is no error; what refutes the release is.
func (s *mirroring) fetchAll(ctx context.Context) error {
	s.change = mirror.Change{Payload: map[string]mirror.Staged{}, Documents: map[string][]byte{}, Flush: !s.NoFlush, Exact: s.order.Exact}
	for _, w := range s.wanted {
		if w.archive {
			if err := s.fill(ctx, w, "archive", s.fetchArchive); err != nil {
				return err
			}
		}
		if w.module {
			if err := s.fill(ctx, w, "module", s.fetchModule); err != nil {
				return err
			}
		}
	}
	if len(s.partly) > 0 {
		s.Report.Note(fmt.Sprintf("nobody vouches for the folders api, doc, misc and test in %s: the records of the files do not cover them, "+
			"and the index is not the origin's", strings.Join(s.partly, ", ")))
	}
	return nil
}

// fill fetches one thing, and decides what its failing means: a place that has not got it, or can't be reached, leaves a
// gap, and so does what nobody vouches for.
func (s *mirroring) fill(ctx context.Context, w *wanted, what string, fetch func(context.Context, *wanted) error) error {
	err := fetch(ctx, w)
	var refused *trust.RefusedError
	var silent *trust.SilentError
	switch {
	case err == nil:
		w.got = true
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case wrongBytes(err):
		return err
	case errors.As(err, &refused), errors.As(err, &silent), worthAnother(err):
		w.gap(what, err)
		return nil
	}
	return err
}

// fetchArchive brings an archive with its sum and its signature.
func (s *mirroring) fetchArchive(ctx context.Context, w *wanted) error {
	if w.listed == nil {
		return cmp.Or(s.unlisted, error(&dist.NotPublishedError{Version: w.version, Target: w.target}))
	}
	a := *w.listed
	name := mirror.ArchivePath(a.Name)
	if s.Unreached[a.Place] {
		return &dist.UnavailableError{Place: a.Place, Err: errors.New("it did not answer before")}
	}
	log, err := s.log(ctx, w)
	if err != nil {
		return err
	}
	signature := &keeping{Getter: s.Client}
	var proofs []trust.Proof
	f, err := s.untilFresh(name, func(f *fetched) error {
		if err := s.fetchTo(ctx, f, a, download.Want{SHA256: a.SHA256, Size: a.Size}, "", []unpack.Option{unpack.HashOnly()}); err != nil {
			return err
		}
		verdict, err := s.proveArchive(ctx, a, f, log, signature)
		proofs = verdict.Proofs
		return err
	})
	if err != nil {
		if unreachedForGood(err) {
			s.Unreached[a.Place] = true
		}
		return err
	}
	if !slices.ContainsFunc(proofs, func(p trust.Proof) bool { return p.Archive }) {
		s.partly = append(s.partly, a.Name)
	}
	w.have.Archive = &mirror.Archive{Name: a.Name, SHA256: f.SHA256, Size: f.Size, Proofs: parties(proofs)}
	s.change.Payload[name] = mirror.Staged{Size: f.Size, SHA256: f.SHA256}
	s.change.Documents[name+".sha256"] = []byte(f.SHA256)
	if slices.Contains(w.have.Archive.Proofs, trust.PartySignature) {
		s.change.Documents[name+".asc"] = signature.got
	}
	return nil
}

// unreachedForGood tells a place that can't be reached from one that answered badly about one file.
func unreachedForGood(err error) bool {
	var network *download.NetworkError
	var stalled *download.StalledError
	return errors.As(err, &network) || errors.As(err, &stalled)
}

func parties(proofs []trust.Proof) []string {
	names := []string{}
	for _, p := range proofs {
		names = append(names, p.Party)
	}
	return names
}

// keeping is a getter that remembers what it got last.
type keeping struct {
	trust.Getter
	got []byte
}

func (k *keeping) Get(ctx context.Context, url string, limit int64) ([]byte, error) {
	body, err := k.Getter.Get(ctx, url, limit)
	k.got = body
	return body, err
}

// proveArchive asks whoever knows something about an archive: the log about its files, the index and the signature about its
// bytes, the memory whether it was another one before.
func (s *mirroring) proveArchive(ctx context.Context, a dist.Archive, f *fetched, log trust.Party, signature *keeping) (trust.Verdict, error) {
	subject := trust.Subject{
		Version: a.Version, Target: a.Target, Source: a.Source, SHA256: f.SHA256, Size: f.Size, Tree: f.Manifest.Hash(a.Version, a.Target),
	}
	if err := resembles(f.Manifest, a.Version, a.Target); err != nil {
		return trust.Verdict{}, err
	}
	parties := []trust.Party{log, trust.Index{Place: a.Place, Origin: a.Origin, SHA256: a.SHA256, Size: a.Size}, s.Memory}
	if a.Format == dist.FormatTarGz {
		parties = append(parties, trust.Signature{
			Get: signature, URL: a.URL + ".asc", Archive: func() (io.ReadCloser, error) { return os.Open(f.file) },
		})
	}
	accept := s.Config.Trust
	if !namesItself(f.Manifest, a.Version) { // a signature does not bind the version
		accept = slices.DeleteFunc(slices.Clone(accept), func(party string) bool { return party == trust.PartySignature })
	}
	verdict, err := trust.Policy{Parties: parties, Accept: accept}.Check(ctx, subject)
	if refused := (*trust.RefusedError)(nil); errors.As(err, &refused) {
		refused.Silences = slices.DeleteFunc(refused.Silences, func(e *trust.SilentError) bool { return e.Party == trust.PartyMemory })
	}
	return verdict, err
}

// resembles is what of trust.Structure a list of files tells: there is a go command and the tools for the platform.
func resembles(files tree.Manifest, v gover.Version, target platform.Target) error {
	tools := "pkg/tool/" + target.OS + "_" + target.Arch + "/"
	for _, want := range []string{"VERSION", "bin/" + target.Exe("go"), tools} {
		if !slices.ContainsFunc(files, func(e tree.Entry) bool {
			return e.Name == want || strings.HasSuffix(want, "/") && strings.HasPrefix(e.Name, want)
		}) {
			return &trust.StructureError{What: want, Want: "part of " + v.Tag(), Have: "absent"}
		}
	}
	return nil
}

// namesItself tells whether VERSION holds the release's name and nothing else, as it did before go1.21.
func namesItself(files tree.Manifest, v gover.Version) bool {
	i := slices.IndexFunc(files, func(e tree.Entry) bool { return e.Name == "VERSION" })
	return i >= 0 && (files[i].Sum == sha256.Sum256([]byte(v.Tag())) || files[i].Sum == sha256.Sum256([]byte(v.Tag()+"\n")))
}

// fetchModule brings the module's zip, go.mod and info. Without a record in the log it is of no use to anybody.
func (s *mirroring) fetchModule(ctx context.Context, w *wanted) error {
	if s.modules == nil {
		return dist.ErrProxyOff
	}
	record, err := s.record(ctx, w)
	var silent *trust.SilentError
	switch {
	case errors.As(err, &silent) && silent.Absent && s.shelf != nil && w.listed == nil: // a cache may lack a record, but not the index as well
		return &dist.NotPublishedError{Version: w.version, Target: w.target, Where: s.shelf.Place()}
	case err != nil:
		return err
	}
	if s.Unreached[toolchainModule] {
		return &dist.UnavailableError{Place: s.modules.Proxies.String(), Err: errors.New("it did not answer before")}
	}
	var final error
	err = s.modules.Each(ctx, w.version, w.target, func(a dist.Archive) error {
		err := s.fetchModuleFrom(ctx, w, a, record)
		if err == nil || worthAnother(err) {
			return err
		}
		final = err
		return nil
	})
	if final == nil && err != nil && unreachedForGood(err) {
		s.Unreached[toolchainModule] = true
	}
	return cmp.Or(final, err)
}

// record proves the record of a toolchain. A database that can't be reached is not waited for again.
func (s *mirroring) record(ctx context.Context, w *wanted) (trust.Proven, error) {
	if s.silence != nil {
		return trust.Proven{}, s.silence
	}
	record, err := s.Log.Prove(ctx, toolchainModule, trust.ModuleVersion(w.version, w.target))
	var silent *trust.SilentError
	if errors.As(err, &silent) && !silent.Absent {
		s.silence = silent
	}
	return record, err
}

// log is the log as a party. Where it says nothing and nobody else's word would do, that is an error: nobody needs the
// archive then.
func (s *mirroring) log(ctx context.Context, w *wanted) (trust.Party, error) {
	_, err := s.record(ctx, w)
	var silent *trust.SilentError
	if !errors.As(err, &silent) {
		return s.Log, err
	}
	if !slices.Contains(s.Config.Trust, trust.PartyIndex) && !slices.Contains(s.Config.Trust, trust.PartySignature) {
		return nil, err
	}
	return silentLog{silent}, nil
}

// silentLog is the log that was asked before, and said nothing.
type silentLog struct{ err *trust.SilentError }

func (silentLog) Name() string { return trust.PartyLog }

func (l silentLog) Vouch(context.Context, trust.Subject) (trust.Proof, error) {
	return trust.Proof{}, l.err
}

// fetchModuleFrom brings it from one proxy.
func (s *mirroring) fetchModuleFrom(ctx context.Context, w *wanted, a dist.Archive, record trust.Proven) error {
	version, subject := record.Version, trust.Subject{Version: a.Version, Target: a.Target, Source: a.Source}
	goMod, info, err := s.smallParts(ctx, a, version)
	if err != nil {
		return err
	}
	source := fmt.Sprintf("record %d of the checksum database", record.ID)
	if h1 := goModHash(goMod); h1 != record.GoMod {
		return &trust.ContradictionError{Party: trust.PartyLog, Subject: subject.String(), What: "the hash of its go.mod", Want: record.GoMod, Have: h1, Source: source}
	}
	name := mirror.ModulePath(version, "zip")
	f, err := s.untilFresh(name, func(f *fetched) error {
		if err := s.fetchTo(ctx, f, a, download.Want{}, "", []unpack.Option{unpack.HashOnly()}); err != nil {
			return err
		}
		subject.SHA256, subject.Size, subject.Tree = f.SHA256, f.Size, f.Manifest.Hash(a.Version, a.Target)
		_, err := trust.Policy{Parties: []trust.Party{s.Log, s.Memory}, Accept: []string{trust.PartyLog}}.Check(ctx, subject)
		return err
	})
	if err != nil {
		return err
	}
	w.have.Module = &mirror.Module{Version: version, H1: record.H1, Size: f.Size}
	s.change.Payload[name] = mirror.Staged{Size: f.Size, SHA256: f.SHA256}
	s.change.Documents[mirror.ModulePath(version, "mod")] = goMod
	s.change.Documents[mirror.ModulePath(version, "info")] = info
	return nil
}

// smallParts fetches the module's go.mod, and its info: of that only the time is a proxy's to say.
func (s *mirroring) smallParts(ctx context.Context, a dist.Archive, version string) (goMod, info []byte, err error) {
	beside := strings.TrimSuffix(a.URL, "zip")
	if goMod, err = s.Client.Get(ctx, beside+"mod", 64<<10); err != nil {
		return nil, nil, err
	}
	said, err := s.Client.Get(ctx, beside+"info", 64<<10)
	if err != nil {
		return nil, nil, err
	}
	own := struct {
		Version string
		Time    time.Time
	}{Version: version}
	if err := json.Unmarshal(said, &own); err != nil || own.Version != version {
		return nil, nil, &dist.UnavailableError{Place: a.Place, Err: fmt.Errorf("%s.info is not about that version", version)}
	}
	info, err = json.Marshal(own)
	return goMod, info, err
}

// goModHash is golang.org/x/mod/sumdb/dirhash.Hash1 of a go.mod alone, as the checksum database has it.
func goModHash(goMod []byte) string {
	line := fmt.Sprintf("%x  go.mod\n", sha256.Sum256(goMod))
	sum := sha256.Sum256([]byte(line))
	return "h1:" + base64.StdEncoding.EncodeToString(sum[:])
}

// untilFresh calls attempt with the place where a file is brought together, and once more with an empty one if what was
// there from another time doesn't belong to the rest. Bytes that are wrong do not stay.
func (s *mirroring) untilFresh(name string, attempt func(*fetched) error) (*fetched, error) {
	for again := true; ; again = false {
		f := &fetched{file: s.tree.Staged(name), ours: true, apart: true}
		err := attempt(f)
		wrong := wrongBytes(err)
		if wrong || platform.DiskFull(err) || unvouched(err) {
			f.discard()
		}
		if !wrong || !f.resumed || !again {
			return f, err
		}
		s.Report.Note(fmt.Sprintf("%v; part of it came at another time, fetching it anew", err))
	}
}

// weigh asks for the sizes of what would be fetched.
func (s *mirroring) weigh(ctx context.Context) {
	for _, w := range s.wanted {
		if w.archive {
			w.size[0] = -1
			if w.listed == nil {
				w.gap("archive", s.unlisted)
				w.size[0] = 0
			} else if w.listed.Size > 0 {
				w.size[0] = w.listed.Size
			}
		}
		if !w.module {
			continue
		}
		w.size[1] = -1
		err := error(dist.ErrProxyOff)
		if s.modules != nil {
			err = s.modules.Each(ctx, w.version, w.target, func(a dist.Archive) error {
				body, err := s.Client.Open(ctx, a.URL, "", download.Want{})
				if err == nil {
					w.size[1] = body.Total()
					err = body.Close()
				}
				return err
			})
		}
		if err != nil {
			w.size[1] = 0
			w.gap("module", err)
		}
	}
}

// staged are the files that the next run may go on with.
func (s *mirroring) staged() (names []string) {
	for _, w := range s.wanted {
		if w.archive && w.have.Archive == nil && w.listed != nil {
			names = append(names, mirror.ArchivePath(w.listed.Name))
		}
		if w.module && w.have.Module == nil {
			names = append(names, mirror.ModulePath(trust.ModuleVersion(w.version, w.target), "zip"))
		}
	}
	return names
}
