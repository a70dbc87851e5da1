package trust

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// An Index is what a release index says about the subject's archive.
type Index struct {
	Place  string // where the index was fetched from, as it may be shown: "https://go.dev/dl"
	Origin bool   // Place is the Go project's own, reached over TLS
	SHA256 string // 64 lower-case hex digits; empty: the index has none
	Size   int64  // bytes; zero: the index has none
}

func (x Index) Name() string { return PartyIndex }

// Vouch compares the archive's SHA-256 and size with the index. A mirror's index comes from where the archive came
// from: it can contradict, which finds accidents, but it proves nothing.
func (x Index) Vouch(_ context.Context, s Subject) (Proof, error) {
	switch {
	case s.Source == SourceModule:
		return Proof{}, x.silent("it lists archives, not modules")
	case s.SHA256 == "":
		return Proof{}, x.silent("there is no archive to compare")
	case x.Size != 0 && s.Size != 0 && x.Size != s.Size:
		return Proof{}, contradiction(PartyIndex, s, "the size of the archive", strconv.FormatInt(x.Size, 10), strconv.FormatInt(s.Size, 10), x.Place)
	case x.SHA256 == "":
		return Proof{}, x.silent(x.Place + " has no SHA-256 for this archive")
	case !strings.EqualFold(x.SHA256, s.SHA256):
		return Proof{}, contradiction(PartyIndex, s, "the SHA-256 of the archive", x.SHA256, s.SHA256, x.Place)
	case !x.Origin:
		return Proof{}, x.silent("the index came from the mirror that served the archive, " + x.Place)
	}
	return Proof{Party: PartyIndex, Archive: true, Claim: fmt.Sprintf("%s lists SHA-256 %s for the archive", x.Place, x.SHA256)}, nil
}

func (x Index) silent(reason string) *SilentError {
	return &SilentError{Party: PartyIndex, Reason: reason}
}
