// Package receipt is what gsw writes down beside a toolchain it installed: where the bytes came from, what they hash to,
// and who vouched for them. It is a leaf, types and JSON only, so that a shim can read one without linking what proved it.
package receipt

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Schema is the schema_version of the receipts this gsw writes. It grows only when older programs would misread a newer
// receipt; a field more is no reason.
const Schema = 1

// File is the name of a receipt in a toolchain's folder. The store writes it last: a folder without it is no toolchain.
const File = "receipt.json"

// Proof is one party's word for a toolchain.
type Proof struct {
	Party string `json:"party"` // "log", "index", "signature", "lock"
	Claim string `json:"claim"` // one line that a person can check
}

// Receipt says where a toolchain came from and who proved it. Times are UTC, sizes bytes, hashes of files lower-case hex.
type Receipt struct {
	SchemaVersion int       `json:"schema_version"`
	Version       string    `json:"version"`    // "go1.22.3"
	Target        string    `json:"target"`     // "linux-amd64"
	Source        string    `json:"source"`     // "dl", "module", "file"
	URL           string    `json:"url"`        // without credentials
	SHA256        string    `json:"sha256"`     // of the archive
	SizeBytes     int64     `json:"size_bytes"` // of the archive
	Tree          string    `json:"tree"`       // "h1:…", as the checksum database records it
	TreeBytes     int64     `json:"tree_bytes"` // unpacked
	TreeFiles     int       `json:"tree_files"` // unpacked
	Proofs        []Proof   `json:"proofs"`     // none: unverified
	Notes         []string  `json:"notes"`      // what the proofs leave out: parties that were silent and why, folders no hash covers
	InstalledAt   time.Time `json:"installed_at"`
	GSWVersion    string    `json:"gsw_version"`        // the program that wrote this
	BootID        string    `json:"boot_id,omitempty"`  // set where the files were not flushed: under another boot they have to be verified again
	Imported      string    `json:"imported,omitempty"` // the folder of the version manager it was adopted from
}

// Verified tells whether any party vouched for the toolchain.
func (r Receipt) Verified() bool { return len(r.Proofs) > 0 }

// Text is the receipt as it stands in its file: JSON with arrays that are never null, and a newline at the end.
func (r Receipt) Text() ([]byte, error) {
	r.SchemaVersion = Schema
	r.InstalledAt = r.InstalledAt.UTC()
	if r.Proofs == nil {
		r.Proofs = []Proof{}
	}
	if r.Notes == nil {
		r.Notes = []string{}
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the receipt of %s: %w", r.Version, err)
	}
	return append(text, '\n'), nil
}

// Parse reads what Text wrote. Unknown fields are a newer gsw's and are passed over; an unknown schema is an error.
func Parse(text []byte) (Receipt, error) {
	var r Receipt
	if err := json.Unmarshal(text, &r); err != nil {
		return Receipt{}, fmt.Errorf("not a receipt: %w", err)
	}
	if r.SchemaVersion < 1 || r.SchemaVersion > Schema {
		return Receipt{}, fmt.Errorf("receipt schema %d is not one this gsw knows", r.SchemaVersion)
	}
	if r.Version == "" {
		return Receipt{}, errors.New("not a receipt: it names no version")
	}
	return r, nil
}
