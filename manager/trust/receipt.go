package trust

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gsw/manager/gover"
	"gsw/platform"
)

// receiptSchema is the SchemaVersion of receipts written here.
const receiptSchema = 1

// A Receipt says where an installed toolchain came from, what was measured of it, and who proved it. It is written
// beside the toolchain, and into the Memory.
type Receipt struct {
	SchemaVersion int           `json:"schema_version"`
	Version       gover.Version `json:"version"`
	Target        string        `json:"target"` // "linux-amd64"
	Source        string        `json:"source"` // SourceDL, SourceModule or SourceFile
	URL           string        `json:"url"`    // of the archive, without user and password; or its path
	SHA256        string        `json:"sha256"` // of the archive
	SizeBytes     int64         `json:"size_bytes"`
	Tree          string        `json:"tree"`   // "h1:…"
	Proofs        []Proof       `json:"proofs"` // empty: unverified
	Notes         []string      `json:"notes"`  // what the proofs don't cover, what the source lacks
	InstalledAt   time.Time     `json:"installed_at"`
	GSWVersion    string        `json:"gsw_version"`
	BootID        string        `json:"boot_id,omitempty"` // of the system's run it was installed in
}

// NewReceipt is a receipt of s and its proofs; when, from where and by what it was installed is the caller's to add.
func NewReceipt(s Subject, proofs []Proof) Receipt {
	return Receipt{
		SchemaVersion: receiptSchema,
		Version:       s.Version,
		Target:        s.Target.String(),
		Source:        s.Source,
		SHA256:        s.SHA256,
		SizeBytes:     s.Size,
		Tree:          s.Tree,
		Proofs:        proofs,
	}
}

// Subject is what was measured.
func (r Receipt) Subject() Subject {
	target, _ := parseTarget(r.Target)
	return Subject{Version: r.Version, Target: target, Source: r.Source, SHA256: r.SHA256, Size: r.SizeBytes, Tree: r.Tree}
}

// Verified reports whether anybody vouched for the toolchain.
func (r Receipt) Verified() bool { return len(r.Proofs) > 0 }

// ParseReceipt reads a receipt.
func ParseReceipt(data []byte) (Receipt, error) {
	var r Receipt
	if err := json.Unmarshal(data, &r); err != nil {
		return Receipt{}, fmt.Errorf("reading a receipt: %w", err)
	}
	_, ok := parseTarget(r.Target)
	switch {
	case r.SchemaVersion < 1 || r.SchemaVersion > receiptSchema:
		return Receipt{}, fmt.Errorf("reading a receipt: schema_version %d is not known here", r.SchemaVersion)
	case r.Version.IsZero():
		return Receipt{}, fmt.Errorf("reading a receipt: no version")
	case !ok:
		return Receipt{}, fmt.Errorf("reading a receipt: %q is not a platform", r.Target)
	}
	return r, nil
}

// Text is the receipt as it is stored: JSON for people, ending in a newline.
func (r Receipt) Text() ([]byte, error) { return r.encode("  ") }

// line is the receipt on one line.
func (r Receipt) line() ([]byte, error) { return r.encode("") }

func (r Receipt) encode(indent string) ([]byte, error) {
	if r.Proofs == nil {
		r.Proofs = []Proof{}
	}
	if r.Notes == nil {
		r.Notes = []string{}
	}
	r.InstalledAt = r.InstalledAt.UTC()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("writing the receipt of %s: %w", r.Version, err)
	}
	return b.Bytes(), nil
}

// parseTarget reads a platform as Target.String prints it.
func parseTarget(s string) (platform.Target, bool) {
	system, arch, ok := strings.Cut(s, "-")
	return platform.Target{OS: system, Arch: arch}, ok && isWord(system) && isWord(arch)
}
