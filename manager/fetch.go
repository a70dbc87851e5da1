package manager

import (
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
	discard func() // the archive has served
	close   func() // keep what there is of it for the next attempt
}

// fetch brings an archive into a staging folder. A tar.gz is unpacked and
// hashed while it arrives; a module zip, whose directory stands at its end, once
// it is there. What arrived survives a kill: the next attempt resumes.
func (m Manager) fetch(ctx context.Context, a dist.Archive, staging *store.Staging, sum string) (fetched, error) {
	want := download.Want{SHA256: a.SHA256, Size: a.Size}
	if sum != "" {
		want.SHA256 = sum
	}
	partial := filepath.Join(m.Host.Home, "cache", "partial", partialName(a.URL, want.SHA256))
	if err := os.MkdirAll(filepath.Dir(partial), 0o755); err != nil {
		return fetched{}, err
	}
	once := m.stream
	if a.Format != "tar.gz" {
		once = m.download
	}
	f, resumed, err := once(ctx, a, want, partial, staging)
	if err != nil && again(err, resumed) {
		// The parts may not belong together: nobody is blamed before a whole one was seen.
		m.Report.Note(fmt.Sprintf("%v; fetching it anew", err))
		if err := os.Remove(partial); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fetched{}, err
		}
		if err := empty(staging.Go()); err != nil {
			return fetched{}, err
		}
		f, _, err = once(ctx, a, want, partial, staging)
	}
	if err != nil {
		if provenBad(err) {
			_ = os.Remove(partial) // it would be wrong for ever
		}
		return fetched{}, fmt.Errorf("fetching %s: %w", a.Name, err)
	}
	f.url, f.file = a.Public(), partial
	return f, nil
}

// stream unpacks a tar.gz while it arrives.
func (m Manager) stream(ctx context.Context, a dist.Archive, want download.Want, partial string, staging *store.Staging) (fetched, bool, error) {
	body, err := m.Client.Open(ctx, a.URL, partial, want)
	if err != nil {
		return fetched{}, false, err
	}
	resumed := body.Resumed() > 0
	flow := m.Report.Transfer(a.Name, body.Total())
	defer flow.End()
	body.Progress = func(done, _ int64) { flow.At(done) }
	result, err := unpack.TarGz(ctx, body, staging.Go())
	if err != nil {
		// A damaged archive is told apart from a forged one by what was announced.
		if sumErr := m.drain(body, a.URL, want, err); sumErr != nil {
			err = sumErr
		}
		_ = body.Close()
		return fetched{}, resumed, err
	}
	if err := body.Close(); err != nil {
		return fetched{}, resumed, err
	}
	return fetched{
		Result:  result,
		discard: func() { _ = os.Remove(partial); _ = body.Discard() },
		close:   func() {},
	}, resumed, nil
}

// download fetches a zip whole, then unpacks it on all cores.
func (m Manager) download(ctx context.Context, a dist.Archive, want download.Want, partial string, staging *store.Staging) (fetched, bool, error) {
	_, statErr := os.Stat(partial + ".partial")
	resumed := statErr == nil
	flow := m.Report.Transfer(a.Name, a.Size)
	defer flow.End()
	if _, _, err := m.Client.Fetch(ctx, a.URL, partial, want, func(done, _ int64) { flow.At(done) }); err != nil {
		return fetched{}, resumed, err
	}
	flow.End()
	file, err := os.Open(partial)
	if err != nil {
		return fetched{}, resumed, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fetched{}, resumed, err
	}
	m.Report.Phase("unpacking " + a.Name)
	var result unpack.Result
	if a.Source == trust.SourceModule {
		prefix := "golang.org/toolchain@" + trust.ModuleVersion(a.Version, a.Target) + "/"
		result, err = unpack.ModuleZip(ctx, file, info.Size(), prefix, staging.Go())
	} else {
		result, err = unpack.Zip(ctx, file, info.Size(), staging.Go())
	}
	return fetched{Result: result, discard: func() { _ = os.Remove(partial) }, close: func() {}}, resumed, err
}

// again tells whether an archive that failed is worth fetching once more from
// its beginning.
func again(err error, resumed bool) bool {
	var changed *download.ChangedError
	return errors.As(err, &changed) || resumed && provenBad(err)
}

// provenBad tells whether the bytes that came are not the archive that was announced.
func provenBad(err error) bool {
	var sum *download.SumError
	var size *download.SizeError
	var corrupt *unpack.CorruptError
	var policy *unpack.PolicyError
	return errors.As(err, &sum) || errors.As(err, &size) || errors.As(err, &corrupt) || errors.As(err, &policy)
}

// isDownloadFault tells whether err is about reaching a server, rather than
// about what it served.
func isDownloadFault(err error) bool {
	var network *download.NetworkError
	var stalled *download.StalledError
	var status *download.StatusError
	var page *download.PageError
	return errors.As(err, &network) || errors.As(err, &stalled) || errors.As(err, &status) || errors.As(err, &page)
}

// drain reads what is left of an archive that could not be unpacked. If it then
// turns out not to be the announced one, that is the better answer.
func (m Manager) drain(body *download.Body, where string, want download.Want, cause error) error {
	var corrupt *unpack.CorruptError
	if want.SHA256 == "" || !errors.As(cause, &corrupt) {
		return nil
	}
	_, err := io.Copy(io.Discard, body)
	return err
}

// partialName names a partial download by what it will hash to, else by where it comes from.
func partialName(where, sum string) string {
	if sum != "" {
		return sum
	}
	h := sha256.Sum256([]byte(where))
	return "url-" + hex.EncodeToString(h[:])
}

// empty makes dir an empty folder again.
func empty(dir string) error {
	if err := platform.RemoveTree(dir); err != nil {
		return err
	}
	return os.Mkdir(dir, 0o755)
}

// localFile is the archive of --from on disk. remove deletes what was downloaded for it.
func (m Manager) localFile(ctx context.Context, order InstallOrder) (file string, remove func(), err error) {
	if !strings.Contains(order.From, "://") {
		file = order.From
		if !filepath.IsAbs(file) {
			file = filepath.Join(m.Host.Dir, file)
		}
		_, err := os.Stat(file)
		return file, func() {}, err
	}
	file = filepath.Join(m.Host.Home, "cache", "partial", partialName(order.From, order.SHA256))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", nil, err
	}
	flow := m.Report.Transfer(filepath.Base(order.From), -1)
	defer flow.End()
	want := download.Want{SHA256: order.SHA256}
	_, _, err = m.Client.Fetch(ctx, order.From, file, want, func(done, _ int64) { flow.At(done) })
	return file, func() { _ = os.Remove(file) }, err
}

// versionOfName reads the release from the name of an archive, as the Go
// project names them: go1.22.3.linux-amd64.tar.gz, v0.0.1-go1.22.3.linux-amd64.zip.
// It is only what to look for: the archive's own VERSION file must say the same.
func versionOfName(from string, target platform.Target) (gover.Version, error) {
	name := from
	if u, err := url.Parse(from); err == nil && u.Path != "" {
		name = u.Path
	}
	name = strings.TrimPrefix(filepath.Base(filepath.FromSlash(name)), "v0.0.1-")
	tag, _, found := strings.Cut(name, "."+target.OS+"-")
	if found {
		if v, err := gover.Parse(tag); err == nil {
			return v, nil
		}
	}
	return gover.Version{}, &UnnamedError{Name: name, Target: target}
}
