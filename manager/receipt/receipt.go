// Package receipt is what gsw writes down about a toolchain it installed: where the bytes came from, what they hash to,
// and who vouched for them. It is types and JSON only, so that a shim can read one without linking what proved it.
package receipt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"gsw/manager/gover"
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

	// Archive: the claim is about the archive's bytes, and so about every file in it, not only those that the hash of
	// the tree covers.
	Archive bool `json:"archive,omitempty"`

	// Of the log alone: the number of its record, and the size of the signed tree that was shown to include it.
	Record   int64 `json:"record,omitempty"`
	TreeSize int64 `json:"tree_size,omitempty"`
}

// Receipt says where a toolchain came from and who proved it. Times are UTC, sizes bytes, hashes of files lower-case hex.
type Receipt struct {
	SchemaVersion int           `json:"schema_version"`
	Version       gover.Version `json:"version"`
	Target        string        `json:"target"`                 // "linux-amd64"
	Source        string        `json:"source"`                 // "dl", "module", "file", "import"
	URL           string        `json:"url"`                    // of the archive, without user and password; or its path
	SHA256        string        `json:"sha256"`                 // of the archive
	SizeBytes     int64         `json:"size_bytes"`             // of the archive
	Tree          string        `json:"tree"`                   // "h1:…", as the checksum database records it
	TreeBytes     int64         `json:"tree_bytes"`             // unpacked
	TreeFiles     int           `json:"tree_files"`             // unpacked
	SharedBytes   int64         `json:"shared_bytes,omitempty"` // of TreeBytes: in files shared with another toolchain when this was installed
	Proofs        []Proof       `json:"proofs"`                 // none: unverified
	Notes         []string      `json:"notes"`                  // what the proofs don't cover, what the source lacks, who was silent and why
	InstalledAt   time.Time     `json:"installed_at"`           // to the second or finer
	GSWVersion    string        `json:"gsw_version"`            // the program that wrote this
	BootID        string        `json:"boot_id,omitempty"`      // set where the files were not flushed: under another boot they have to be verified again
	Imported      string        `json:"imported,omitempty"`     // the GOROOT it was adopted from
	Linked        bool          `json:"linked,omitempty"`       // its files lie there still, and go is a link
}

// Verified tells whether any party vouched for the toolchain.
func (r Receipt) Verified() bool { return len(r.Proofs) > 0 }

// Text is the receipt as it stands beside its toolchain: JSON for people, ending in a newline.
func (r Receipt) Text() ([]byte, error) { return r.encode("  ") }

// Line is the receipt on one line, as a record of many keeps it, ending in a newline.
func (r Receipt) Line() ([]byte, error) { return r.encode("") }

// encode writes arrays that are never null.
func (r Receipt) encode(indent string) ([]byte, error) {
	r.SchemaVersion = Schema
	r.InstalledAt = r.InstalledAt.UTC()
	if r.Proofs == nil {
		r.Proofs = []Proof{}
	}
	if r.Notes == nil {
		r.Notes = []string{}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // URLs with & are for people
	encoder.SetIndent("", indent)
	if err := encoder.Encode(r); err != nil {
		return nil, fmt.Errorf("writing the receipt of %s: %w", r.Version, err)
	}
	return text.Bytes(), nil
}

// Parse reads what Text or Line wrote. Unknown fields are a newer gsw's and are passed over; an unknown schema is an
// error.
func Parse(text []byte) (Receipt, error) {
	var r Receipt
	if err := json.Unmarshal(text, &r); err != nil {
		return Receipt{}, fmt.Errorf("not a receipt: %w", err)
	}
	switch system, arch, ok := strings.Cut(r.Target, "-"); {
	case r.SchemaVersion < 1 || r.SchemaVersion > Schema:
		return Receipt{}, fmt.Errorf("receipt schema %d is not one this gsw knows", r.SchemaVersion)
	case r.Version.IsZero():
		return Receipt{}, errors.New("not a receipt: it names no version")
	case !ok || !isWord(system) || !isWord(arch):
		return Receipt{}, fmt.Errorf("not a receipt: %q is no platform", r.Target)
	}
	return r, nil
}

func isWord(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}
