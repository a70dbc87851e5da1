package manager

import (
	"context"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/dist"
	"gsw/manager/trust"
)

// parties are all who may know something about what was measured. a is the
// announced archive, nil where the user brought one.
func (m Manager) parties(ctx context.Context, order InstallOrder, log trust.Party, f *fetched, a *dist.Archive) ([]trust.Party, error) {
	parties := []trust.Party{log}
	if a == nil {
		a = m.announced(ctx, order)
		parties = append(parties, m.beside(f)...)
	}
	if a != nil && a.Source == dist.SourceDL {
		parties = append(parties, trust.Index{Place: a.Place, Origin: a.Origin, SHA256: a.SHA256, Size: a.Size})
		if a.Format == dist.FormatTarGz && slices.Contains(m.Config.Trust, trust.PartySignature) {
			parties = append(parties, trust.Signature{
				Get: m.Client, URL: a.URL + ".asc",
				Archive: func() (io.ReadCloser, error) { return os.Open(f.file) },
			})
		}
	}
	_, lock, err := m.lockFile()
	if err != nil {
		return nil, err
	}
	if len(lock.Entries) > 0 {
		parties = append(parties, trust.Lock{File: lock})
	}
	if order.SHA256 != "" {
		parties = append(parties, trust.Sum{SHA256: order.SHA256})
	}
	return append(parties, m.Memory), nil
}

// beside is the signature that lies beside an archive that the user brought.
func (m Manager) beside(f *fetched) []trust.Party {
	if !slices.Contains(m.Config.Trust, trust.PartySignature) || !strings.HasSuffix(archiveName(f.url), ".tar.gz") {
		return nil
	}
	where := f.url
	if !f.ours {
		where = (&url.URL{Scheme: "file", Path: filepath.ToSlash(f.file)}).String()
	}
	return []trust.Party{trust.Signature{
		Get: m.Client, URL: where + ".asc",
		Archive: func() (io.ReadCloser, error) { return os.Open(f.file) },
	}}
}

// announced is what the release index says about an archive that the user
// brought, where the index counts as a proof; nil if it cannot be asked.
func (m Manager) announced(ctx context.Context, order InstallOrder) *dist.Archive {
	v, exact := order.Spec.Exact()
	if !exact || !slices.Contains(m.Config.Trust, trust.PartyIndex) {
		return nil
	}
	for _, source := range m.Sources {
		var found *dist.Archive
		_ = source.Each(ctx, v, m.Host.Target, func(a dist.Archive) error { found = &a; return nil })
		if found != nil && found.Source == dist.SourceDL {
			return found
		}
	}
	return nil
}
