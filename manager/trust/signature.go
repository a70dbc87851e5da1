package trust

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// GoogleFingerprint is the fingerprint of the primary key that certifies the subkeys which sign Go's archives:
// "Google Inc. (Linux Packages Signing Authority)". The subkeys change every year or two; it doesn't.
const GoogleFingerprint = "EB4C1BFD4F042F6DDDCCEC917721F63BD38B4796"

// googleKeys is that key with its subkeys, up to the one made on 2025-01-07, which signs until 2028-01-07. Later ones
// are published at https://dl.google.com/linux/linux_signing_key.pub.
//
//go:embed google-linux-signing-key.asc
var googleKeys string

// signatureLimit bounds a detached signature; real ones have less than 1 KiB.
const signatureLimit = 64 << 10

// Keys are the subkeys of one pinned primary key.
type Keys struct {
	fingerprint string
	ring        openpgp.EntityList
}

// GoogleKeys are the keys that sign Go's archives, as far as they were known when this program was built.
func GoogleKeys() (*Keys, error) { return ParseKeys([]byte(googleKeys), GoogleFingerprint) }

// ParseKeys reads an ASCII-armored public key block. Only the primary key with this fingerprint (40 upper-case hex
// digits) counts, and of its subkeys, when a signature is checked, only those that it has bound to itself.
func ParseKeys(armored []byte, fingerprint string) (*Keys, error) {
	ring, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(armored))
	if err != nil {
		return nil, fmt.Errorf("reading an OpenPGP key: %w", err)
	}
	keys := &Keys{fingerprint: fingerprint}
	for _, entity := range ring {
		if fmt.Sprintf("%X", entity.PrimaryKey.Fingerprint) == fingerprint {
			keys.ring = append(keys.ring, entity)
		}
	}
	if len(keys.ring) == 0 {
		return nil, fmt.Errorf("reading an OpenPGP key: it isn't the key %s", fingerprint)
	}
	return keys, nil
}

// A Signature is the detached OpenPGP signature of an archive as a party.
//
// It says who made the archive, not which version that is: a mirror can serve an old release and its genuine signature
// under the name of a new one. So a proof by signature needs Structure, too, which compares the VERSION file.
type Signature struct {
	Get     Getter
	URL     string                        // of the ASCII-armored signature; empty: none is published (Windows, modules)
	Archive func() (io.ReadCloser, error) // opens the archive that was measured
	Keys    *Keys                         // nil: Google's
}

func (g Signature) Name() string { return PartySignature }

// Vouch reads the archive a second time, and makes sure that it is still the one that was measured.
//
// A signature by another key is silence, because the compiled-in key may be older than the subkey in use. One that
// claims to be by the key, but doesn't hold, is a contradiction.
func (g Signature) Vouch(ctx context.Context, s Subject) (Proof, error) {
	switch {
	case s.Source == SourceModule || g.URL == "":
		return Proof{}, g.silent("no signature is published for this archive")
	case s.SHA256 == "" || g.Archive == nil:
		return Proof{}, g.silent("there is no archive to compare")
	}
	armored, err := g.Get.Get(ctx, g.URL, signatureLimit)
	if err != nil {
		if ctx.Err() != nil {
			return Proof{}, fmt.Errorf("fetching the signature of %s: %w", s, context.Cause(ctx))
		}
		return Proof{}, g.silent(err.Error())
	}
	detached, err := parseSignature(armored)
	if err != nil {
		return Proof{}, g.silent(fmt.Sprintf("what %s answers is not a signature: %q", g.URL, excerpt(armored)))
	}
	keys := g.Keys
	if keys == nil {
		if keys, err = GoogleKeys(); err != nil {
			return Proof{}, err
		}
	}
	return g.compare(ctx, s, keys, detached)
}

func (g Signature) compare(ctx context.Context, s Subject, keys *Keys, d detachedSignature) (Proof, error) {
	archive, err := g.Archive()
	if err != nil {
		return Proof{}, fmt.Errorf("reading the archive of %s again: %w", s, err)
	}
	defer archive.Close()
	sum := sha256.New()
	content := &cancellable{ctx: ctx, r: io.TeeReader(archive, sum)}
	verdict := d.verify(content, keys)
	if content.err != nil {
		return Proof{}, fmt.Errorf("reading the archive of %s again: %w", s, content.err)
	}
	if have := hex.EncodeToString(sum.Sum(nil)); have != s.SHA256 && !errors.Is(verdict, pgperrors.ErrUnknownIssuer) {
		return Proof{}, contradiction(PartySignature, s, "the SHA-256 of the archive at the second reading", s.SHA256, have, "it changed since it was unpacked")
	}
	by := fmt.Sprintf("key %016X", d.issuer)
	day := d.made.UTC().Format(time.DateOnly)
	switch {
	case errors.Is(verdict, pgperrors.ErrUnknownIssuer):
		return Proof{}, g.silent(fmt.Sprintf("%s is by %s, which %s has not certified as far as is known here", g.URL, by, keys.fingerprint))
	case verdict != nil:
		return Proof{}, contradiction(PartySignature, s, "the archive", fmt.Sprintf("it is not what %s signed on %s", by, day),
			"the one with SHA-256 "+s.SHA256, fmt.Sprintf("%s: %v", g.URL, verdict))
	}
	return Proof{Party: PartySignature, Archive: true, Claim: fmt.Sprintf(
		"%s of %s signed the archive on %s (which version it is, only its VERSION file says)", by, keys.fingerprint, day)}, nil
}

func (g Signature) silent(reason string) *SilentError {
	return &SilentError{Party: PartySignature, Reason: reason}
}

// A detachedSignature is an OpenPGP signature without what it signs.
type detachedSignature struct {
	packets []byte
	issuer  uint64 // key ID of the (sub)key
	made    time.Time
}

// parseSignature reads the armor and the first signature in it.
func parseSignature(armored []byte) (detachedSignature, error) {
	block, err := armor.Decode(bytes.NewReader(armored))
	if err != nil {
		return detachedSignature{}, err
	}
	if block.Type != openpgp.SignatureType {
		return detachedSignature{}, fmt.Errorf("armor of a %s", strings.ToLower(block.Type))
	}
	packets, err := io.ReadAll(block.Body)
	if err != nil {
		return detachedSignature{}, err
	}
	first, err := packet.Read(bytes.NewReader(packets))
	if err != nil {
		return detachedSignature{}, err
	}
	signature, ok := first.(*packet.Signature)
	if !ok || signature.IssuerKeyId == nil {
		return detachedSignature{}, errors.New("no signature with an issuer")
	}
	return detachedSignature{packets: packets, issuer: *signature.IssuerKeyId, made: signature.CreationTime}, nil
}

// verify checks the signature over content, as of the time it was made: the subkey may have expired since, which
// takes nothing from what it signed before. A key revoked as compromised counts for nothing at any time.
func (d detachedSignature) verify(content io.Reader, keys *Keys) error {
	config := &packet.Config{Time: func() time.Time { return d.made }}
	_, _, err := openpgp.VerifyDetachedSignature(keys.ring, content, bytes.NewReader(d.packets), config)
	return err
}

// cancellable is a reader that stops when the context ends, and remembers its own errors: the OpenPGP library's
// mix with those of the signature.
type cancellable struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (c *cancellable) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		c.err = context.Cause(c.ctx)
		return 0, c.err
	}
	n, err := c.r.Read(p)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}
