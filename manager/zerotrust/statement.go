package zerotrust

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// The names that say how a statement is to be read.
const (
	StatementType = "https://in-toto.io/Statement/v1"  // github.com/in-toto/attestation, spec/v1/statement.md
	PredicateType = "https://slsa.dev/provenance/v1"   // slsa.dev/spec/v1.0/provenance
	BuildType     = "urn:gsw:build:exec-zero-trust:v1" // docs/ZERO-TRUST.md says what it means
	BuilderID     = "urn:gsw:builder:zero-trust:v1"
)

// Statement is what was built, and from what: an in-toto Statement with a SLSA provenance.
type Statement struct {
	Type          string     `json:"_type"`
	Subject       []Resource `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     Provenance `json:"predicate"`
}

// Resource is a file, a module or a tree (in-toto's ResourceDescriptor).
type Resource struct {
	Name        string            `json:"name,omitempty"`
	URI         string            `json:"uri,omitempty"`
	Digest      map[string]string `json:"digest"`
	Annotations map[string]any    `json:"annotations,omitempty"`
}

// Provenance is SLSA's predicate.
type Provenance struct {
	BuildDefinition BuildDefinition `json:"buildDefinition"`
	RunDetails      RunDetails      `json:"runDetails"`
}

// BuildDefinition is what was asked for, and what it was done with.
type BuildDefinition struct {
	BuildType            string     `json:"buildType"`
	ExternalParameters   External   `json:"externalParameters"`
	InternalParameters   Internal   `json:"internalParameters"`
	ResolvedDependencies []Resource `json:"resolvedDependencies"`
}

// External is what the user decided.
type External struct {
	Command     []string          `json:"command"`
	Directory   string            `json:"directory"` // in the project, "." for its root
	Go          string            `json:"go"`        // as it was asked for, else the release
	Environment map[string]string `json:"environment"`
}

// Internal is what gsw decided, and what the kernel enforced.
type Internal struct {
	Environment map[string]string `json:"environment"`
	Network     string            `json:"network"` // "none", "no TCP", "not confined"
	Writes      string            `json:"writes"`  // "project", "not confined"
	Lacks       []string          `json:"lacks"`
	Platform    string            `json:"platform"`
}

// RunDetails is by whom and when.
type RunDetails struct {
	Builder  Builder  `json:"builder"`
	Metadata Metadata `json:"metadata"`
}

// Builder is the program that vouches for the rest.
type Builder struct {
	ID      string            `json:"id"`
	Version map[string]string `json:"version"`
}

// Metadata is all that differs between two equal builds.
type Metadata struct {
	StartedOn  time.Time `json:"startedOn"`
	FinishedOn time.Time `json:"finishedOn"`
}

// NothingBuiltError is a command that made no file: a statement needs a subject.
type NothingBuiltError struct{ Command string }

func (e *NothingBuiltError) Error() string {
	return e.Command + " made no file in the project, so there is nothing to attest"
}

// InputChangedError is a build that changed what it was built from.
type InputChangedError struct{ Files []string }

func (e *InputChangedError) Error() string {
	return "nothing is attested: the command changed what it was built from: " + strings.Join(e.Files, ", ")
}

// DirHash is an "h1:" hash as in-toto writes it (spec/v1/digest_set.md: dirHash).
func DirHash(h1 string) (map[string]string, error) {
	sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(h1, "h1:"))
	if err != nil || !strings.HasPrefix(h1, "h1:") || len(sum) != 32 {
		return nil, fmt.Errorf("%q is not an h1 hash", h1)
	}
	return map[string]string{"dirHash": hex.EncodeToString(sum)}, nil
}

// Subjects are the outputs as a statement names them.
func Subjects(outputs []Output) []Resource {
	var all []Resource
	for _, o := range outputs {
		all = append(all, Resource{Name: o.Name, Digest: map[string]string{"sha256": o.SHA256}})
	}
	return all
}

// Text is the statement as JSON, ending in a newline. One without a subject cannot be.
func (s Statement) Text() ([]byte, error) {
	if len(s.Subject) == 0 {
		return nil, errors.New("a statement needs a subject")
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(s); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
