package manager

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/dist"
	"gsw/manager/download"
	"gsw/manager/gover"
	"gsw/manager/store"
	"gsw/manager/trust"
	"gsw/manager/unpack"
	"gsw/platform"
)

// fetched is an archive that was unpacked into a staging folder.
type fetched struct {
	unpack.Result
	url     string // without credentials
	file    string // the archive on disk, for the party that wants its bytes
	ours    bool   // file is a partial download, to be removed when it has served
	apart   bool   // file is to be ours: one that lies on this machine is copied
	resumed bool   // part of it came at another time
}

// discard removes the download: it has served, or it is wrong.
func (f *fetched) discard() {
	if f.ours {
		_ = os.Remove(f.file)
		_ = os.Remove(f.file + ".json")
	}
}

// untilWhole calls attempt, and once more if it ends with bytes that are not the
// release and that did not all come at one time: the parts may not belong
// together, and nobody is blamed before a whole one was seen. Bytes that are
// wrong do not stay for the next time, when they would be wrong again.
//
// Before that, files that were shared by their checksum are unpacked and compared
// instead: what is wrong may be the older toolchain's.
func (m Manager) untilWhole(staging *store.Staging, share *unpack.Sharing, attempt func([]unpack.Option) (Installed, *fetched, error)) (Installed, error) {
	atOnce := false
	for again := true; ; {
		got, f, err := attempt(options(share))
		wrong := wrongBytes(err)
		if f != nil && f.Shared.Unread > 0 && (wrong || unvouched(err)) {
			share.Exact, atOnce = true, !f.resumed
			if err := empty(staging.Go()); err != nil {
				return Installed{}, err
			}
			continue
		}
		if f != nil && (wrong || platform.DiskFull(err)) {
			f.discard()
		}
		if !wrong || !again || f == nil || !f.resumed || atOnce {
			return got, err
		}
		again = false
		m.Report.Note(fmt.Sprintf("%v; part of it came at another time, fetching it anew", err))
		if err := empty(staging.Go()); err != nil {
			return Installed{}, err
		}
	}
}

// fetch brings an archive into an empty folder. A tar.gz is unpacked and
// hashed while it arrives; a zip, whose directory stands at its end, once it is
// there. What arrived survives a kill: the next attempt resumes.
func (m Manager) fetch(ctx context.Context, a dist.Archive, dir, sum string, with []unpack.Option) (*fetched, error) {
	want := download.Want{SHA256: a.SHA256, Size: a.Size}
	if sum != "" {
		want.SHA256 = sum
	}
	f := &fetched{url: a.Public(), file: m.partial(a.URL, want.SHA256), ours: true}
	return f, m.fetchTo(ctx, f, a, want, dir, with)
}

// fetchTo brings an archive into f.file and unpacks it into dir.
func (m Manager) fetchTo(ctx context.Context, f *fetched, a dist.Archive, want download.Want, dir string, with []unpack.Option) error {
	once := m.stream
	if a.Format != dist.FormatTarGz {
		once = m.whole
	}
	if err := once(ctx, f, a, want, dir, with); err != nil {
		return fmt.Errorf("fetching %s: %w", a.Name, err)
	}
	return nil
}

// stream unpacks a tar.gz while it arrives.
func (m Manager) stream(ctx context.Context, f *fetched, a dist.Archive, want download.Want, dir string, with []unpack.Option) error {
	body, err := m.Client.Open(ctx, a.URL, f.file, want)
	if err != nil {
		return err
	}
	f.resumed = body.Resumed() > 0
	flow := m.Report.Transfer(a.Name, body.Total())
	defer flow.End()
	body.Progress = func(done, _ int64) { flow.At(done) }
	if f.Result, err = unpack.TarGz(ctx, body, dir, with...); err != nil {
		// A damaged archive is told apart from a short one by what was announced.
		return errors.Join(cmp.Or(drain(body, want, err), err), body.Close())
	}
	return body.Close()
}

// whole brings a zip onto the disk, unless it is there, and unpacks it on all cores.
func (m Manager) whole(ctx context.Context, f *fetched, a dist.Archive, want download.Want, dir string, with []unpack.Option) error {
	if err := m.save(ctx, f, a.URL, a.Name, want); err != nil {
		return err
	}
	file, err := os.Open(f.file)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !f.apart { // then it is only hashed
		m.Report.Phase("unpacking " + a.Name)
	}
	if a.Source == trust.SourceModule {
		prefix := "golang.org/toolchain@" + trust.ModuleVersion(a.Version, a.Target) + "/"
		f.Result, err = unpack.ModuleZip(ctx, file, info.Size(), prefix, dir, with...)
	} else {
		f.Result, err = unpack.Zip(ctx, file, info.Size(), dir, with...)
	}
	return err
}

// save downloads what is missing of a file. One that lies on this machine serves where it is.
func (m Manager) save(ctx context.Context, f *fetched, url, name string, want download.Want) error {
	if path, size, local := download.Local(url); local && !f.apart && (want.Size == 0 || want.Size == size) {
		f.file, f.ours = path, false
		return nil
	}
	body, err := m.Client.Open(ctx, url, f.file, want)
	if err != nil {
		return err
	}
	f.resumed = body.Resumed() > 0
	flow := m.Report.Transfer(name, body.Total())
	defer flow.End()
	body.Progress = func(done, _ int64) { flow.At(done) }
	_, err = io.CopyBuffer(io.Discard, struct{ io.Reader }{body}, make([]byte, 128<<10))
	return errors.Join(err, body.Close())
}

// bring unpacks the archive of --from into a staging folder.
func (m Manager) bring(ctx context.Context, order InstallOrder, staging *store.Staging, with []unpack.Option) (*fetched, error) {
	name := archiveName(order.From)
	f := &fetched{}
	if strings.Contains(order.From, "://") {
		f.url, f.file, f.ours = withoutUser(order.From), m.partial(order.From, order.SHA256), true
		if err := m.save(ctx, f, order.From, name, download.Want{SHA256: order.SHA256}); err != nil {
			return f, fmt.Errorf("fetching %s: %w", name, err)
		}
	} else {
		f.file = order.From
		if !filepath.IsAbs(f.file) {
			f.file = filepath.Join(m.Host.Dir, f.file)
		}
		f.url = f.file
	}
	m.Report.Phase("unpacking " + name)
	var err error
	if f.Result, err = unpack.File(ctx, f.file, staging.Go(), with...); err != nil {
		err = fmt.Errorf("unpacking %s: %w", name, err)
	}
	return f, err
}

// wrongBytes tells whether err says that what came is not the release that was
// announced, or that nobody can have announced it.
func wrongBytes(err error) bool {
	var changed *download.ChangedError
	var sum *download.SumError
	var size *download.SizeError
	var corrupt *unpack.CorruptError
	var policy *unpack.PolicyError
	var structure *trust.StructureError
	var contradiction *trust.ContradictionError
	var place *dist.UnavailableError // a list that is too long says nothing about an archive
	return errors.As(err, &size) && !size.Short() && !errors.As(err, &place) ||
		errors.As(err, &changed) || errors.As(err, &sum) || errors.As(err, &corrupt) || errors.As(err, &policy) ||
		errors.As(err, &structure) || errors.As(err, &contradiction)
}

// isDownloadFault tells whether err is about reaching a server, rather than
// about what it served.
func isDownloadFault(err error) bool {
	var network *download.NetworkError
	var stalled *download.StalledError
	var status *download.StatusError
	var page *download.PageError
	var size *download.SizeError
	return errors.As(err, &network) || errors.As(err, &stalled) || errors.As(err, &status) || errors.As(err, &page) ||
		errors.As(err, &size) && size.Short()
}

// drain reads what is left of an archive that could not be unpacked. If that
// fails, the failure is the better answer: what was unpacked was cut short.
func drain(body *download.Body, want download.Want, cause error) error {
	var corrupt *unpack.CorruptError
	if want.Size == 0 || !errors.As(cause, &corrupt) {
		return nil
	}
	_, err := io.Copy(io.Discard, body)
	return err
}

// partial is where a download is kept until it has served: named by what it
// will hash to, else by where it comes from.
func (m Manager) partial(where, sum string) string {
	if sum == "" {
		h := sha256.Sum256([]byte(where))
		sum = "url-" + hex.EncodeToString(h[:])
	}
	return filepath.Join(m.Host.Home, "cache", "partial", sum)
}

// empty makes dir an empty folder again.
func empty(dir string) error {
	if err := platform.RemoveTree(dir); err != nil {
		return err
	}
	return os.Mkdir(dir, 0o755)
}

// versionOfName reads the release from the name of an archive, as the Go
// project names them: go1.22.3.linux-amd64.tar.gz, v0.0.1-go1.22.3.linux-amd64.zip.
// It is only what to look for: the archive's own VERSION file must say the same.
func versionOfName(from string, target platform.Target) (gover.Version, error) {
	name := strings.TrimPrefix(archiveName(from), "v0.0.1-")
	tag, _, found := strings.Cut(name, "."+target.OS+"-")
	if found {
		if v, err := gover.Parse(tag); err == nil {
			return v, nil
		}
	}
	return gover.Version{}, &UnnamedError{Name: name, Target: target}
}

// archiveName is the last element of a file's path or of a URL's.
func archiveName(from string) string {
	if u, err := url.Parse(from); err == nil && strings.Contains(from, "://") {
		from = u.Path
	}
	return filepath.Base(filepath.FromSlash(from))
}

// withoutUser is a URL as it may be kept: what stands for the user is often a token.
func withoutUser(from string) string {
	u, err := url.Parse(from)
	if err != nil {
		return archiveName(from)
	}
	u.User = nil
	return u.String()
}
