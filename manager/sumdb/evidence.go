package sumdb

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"gsw/manager/journal"
	"gsw/manager/trust"
	"gsw/platform"
)

// evidenceAtMost bounds the files of evidence: an origin that lies all the time must not fill the disk.
const evidenceAtMost = 200

// keep writes evidence down, once, and says where.
func (p *Proxy) keep(kind, evidence string) string {
	dir := filepath.Join(p.o.Cache, "evidence")
	sum := sha256.Sum256([]byte(evidence))
	file := filepath.Join(dir, fmt.Sprintf("%s-%x.txt", kind, sum[:8]))
	if _, err := os.Lstat(file); err == nil {
		return "kept in " + file
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "it can't be kept: " + err.Error()
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) >= evidenceAtMost {
		return fmt.Sprintf("not kept: %s holds %d files already", dir, len(entries))
	}
	text := fmt.Sprintf("%s\n\n%s\n", p.o.Now().UTC().Format(time.RFC3339), evidence)
	if err := platform.WriteDurable(file, []byte(text), 0o644); err != nil {
		return "it can't be kept: " + err.Error()
	}
	return "kept in " + file
}

// shrunk refuses a tree head that is older than one seen: it is kept, told and not handed on. It is signed and of the
// same history, so it may be the old copy of a cache; a database that lost its end shows the same.
func (p *Proxy) shrunk(f trust.Followed) {
	reason := fmt.Sprintf("%s shows a tree of %d, but %d were seen before: an old copy, or records were taken away", f.Way, f.ShownSize, f.TreeSize)
	kept := p.keep("shrunk", fmt.Sprintf("%s\n\nseen before:\n\n%s\nshown now:\n\n%s", reason, f.Head, f.Shown))
	p.o.Warn("refused: " + reason + "; " + kept)
	err := p.o.Journal.Add(journal.Entry{Operation: "follow", Path: "/latest", Source: refused, Status: http.StatusBadGateway, Reason: reason})
	if err != nil {
		p.o.Warn(fmt.Sprintf("writing the log: %v", err))
	}
}
