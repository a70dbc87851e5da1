package trust

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// documents is a Getter of what it holds.
type documents map[string][]byte

func (d documents) Get(ctx context.Context, url string, _ int64) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if body, ok := d[url]; ok {
		return body, nil
	}
	return nil, fmt.Errorf("%s: %w", url, fs.ErrNotExist)
}

var signedOn = time.Date(2024, 5, 7, 18, 0, 0, 0, time.UTC)

// newSigner is a primary key whose only signing subkey was made a day before signedOn and expires a year later.
func newSigner(t *testing.T) *openpgp.Entity {
	t.Helper()
	config := &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return signedOn.AddDate(0, 0, -1) }}
	signer, err := openpgp.NewEntity("Example Releases", "", "releases@example.com", config)
	if err != nil {
		t.Fatal(err)
	}
	config.KeyLifetimeSecs = 365 * 24 * 3600
	if err := signer.AddSigningSubkey(config); err != nil {
		t.Fatal(err)
	}
	return signer
}

func keysOf(t *testing.T, signer *openpgp.Entity) *Keys {
	t.Helper()
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(signer.Serialize(w), w.Close()); err != nil {
		t.Fatal(err)
	}
	keys, err := ParseKeys(b.Bytes(), fmt.Sprintf("%X", signer.PrimaryKey.Fingerprint))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func sign(t *testing.T, signer *openpgp.Entity, content string, at time.Time) []byte {
	t.Helper()
	var b bytes.Buffer
	err := openpgp.ArmoredDetachSign(&b, []*openpgp.Entity{signer}, strings.NewReader(content),
		&openpgp.SignParams{Config: &packet.Config{Time: func() time.Time { return at }}})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sha256Of(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func opens(content string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(iotest.HalfReader(strings.NewReader(content))), nil }
}

func TestSignature(t *testing.T) {
	const url = "https://dl.example/go1.22.3.linux-amd64.tar.gz.asc"
	const archive = "the bytes of an archive"
	signer, stranger := newSigner(t), newSigner(t)
	keys := keysOf(t, signer)
	subkey := fmt.Sprintf("key %016X", signer.Subkeys[len(signer.Subkeys)-1].PublicKey.KeyId)
	good := sign(t, signer, archive, signedOn)

	compromised := newSigner(t)
	byCompromised := sign(t, compromised, archive, signedOn)
	subkeys := compromised.Subkeys
	last := &subkeys[len(subkeys)-1]
	if err := last.Revoke(packet.KeyCompromised, "stolen", &packet.Config{Time: func() time.Time { return signedOn.AddDate(0, 6, 0) }}); err != nil {
		t.Fatal(err)
	}

	subject := Subject{Version: go1223, Target: linux, Source: SourceDL, SHA256: sha256Of(archive)}
	other := subject
	other.SHA256 = sha256Of("something else")
	const not = "go1.22.3 for linux-amd64 is not the release: "
	tests := []struct {
		name    string
		party   Signature
		subject Subject
		want    string
	}{
		{"good, though the subkey has expired since", Signature{Get: documents{url: good}, URL: url, Archive: opens(archive), Keys: keys}, subject,
			"signature proves: " + subkey + " of " + keys.fingerprint + " signed the archive on 2024-05-07 (which version it is, only its VERSION file says)"},
		{"of something else", Signature{Get: documents{url: good}, URL: url, Archive: opens("something else"), Keys: keys}, other,
			not + "the archive is the one with SHA-256 " + other.SHA256 + ", but signature says it is not what " + subkey + " signed on 2024-05-07 (" + url + ": openpgp: invalid signature: EdDSA verification failure)"},
		{"of an archive that changed since", Signature{Get: documents{url: good}, URL: url, Archive: opens(archive), Keys: keys}, other,
			not + "the SHA-256 of the archive at the second reading is " + subject.SHA256 + ", but signature says " + other.SHA256 + " (it changed since it was unpacked)"},
		{"by a stranger", Signature{Get: documents{url: sign(t, stranger, archive, signedOn)}, URL: url, Archive: opens(archive), Keys: keys}, subject,
			"signature: " + url + fmt.Sprintf(" is by key %016X, which ", stranger.Subkeys[len(stranger.Subkeys)-1].PublicKey.KeyId) + keys.fingerprint + " has not certified as far as is known here"},
		{"by a subkey revoked as stolen", Signature{Get: documents{url: byCompromised}, URL: url, Archive: opens(archive), Keys: keysOf(t, compromised)}, subject,
			not + "the archive is the one with SHA-256 " + subject.SHA256 + ", but signature says it is not what " + fmt.Sprintf("key %016X", last.PublicKey.KeyId) + " signed on 2024-05-07 (" + url + ": openpgp: invalid data: no valid signing or verifying key found)"},
		{"not there", Signature{Get: documents{}, URL: url, Archive: opens(archive), Keys: keys}, subject, "signature: " + url + ": file does not exist"},
		{"a page", Signature{Get: documents{url: []byte("<html>Not found</html>")}, URL: url, Archive: opens(archive), Keys: keys}, subject,
			"signature: what " + url + ` answers is not a signature: "<html>Not found</html>"`},
		{"a key instead", Signature{Get: documents{url: []byte(googleKeys)}, URL: url, Archive: opens(archive), Keys: keys}, subject,
			"signature: what " + url + ` answers is not a signature: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQINBFcMjNMBEAC6Wr5QuL…"`},
		{"none is published", Signature{Get: documents{}, Archive: opens(archive)}, subject, "signature: no signature is published for this archive"},
		{"no archive", Signature{Get: documents{}, URL: url, Archive: opens(archive)}, Subject{Version: go1223, Target: linux}, "signature: there is no archive to compare"},
		{"the archive is gone", Signature{Get: documents{url: good}, URL: url, Archive: func() (io.ReadCloser, error) { return nil, errors.New("gone") }, Keys: keys}, subject,
			"reading the archive of go1.22.3 for linux-amd64 again: gone"},
		{"the archive can't be read", Signature{Get: documents{url: good}, URL: url, Archive: func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader("the"), iotest.ErrReader(errors.New("input/output error")))), nil
		}, Keys: keys}, subject, "reading the archive of go1.22.3 for linux-amd64 again: input/output error"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := wordOf(test.party.Vouch(t.Context(), test.subject)); got != test.want {
				t.Errorf("\n%s\nwant\n%s", got, test.want)
			}
		})
	}

	ctx, cancel := context.WithCancelCause(t.Context())
	interrupting := Signature{Get: documents{url: good}, URL: url, Keys: keys, Archive: func() (io.ReadCloser, error) {
		cancel(errors.New("interrupted"))
		return opens(archive)()
	}}
	if got := wordOf(interrupting.Vouch(ctx, subject)); got != "reading the archive of go1.22.3 for linux-amd64 again: interrupted" {
		t.Error(got)
	}
	if got := wordOf(interrupting.Vouch(ctx, subject)); got != "fetching the signature of go1.22.3 for linux-amd64: interrupted" {
		t.Error(got)
	}
}

// TestSignatureGenuine reads real signatures with the compiled-in key. Their archives are too large to keep here. So what
// is shown is that each signature's subkey was certified and valid when it signed, that the signature was made with it
// (RSA gives back the padded hash, whose first bytes the signature also holds in the clear), and that other bytes are refused.
func TestSignatureGenuine(t *testing.T) {
	keys, err := GoogleKeys()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		file string
		key  uint64
		made string
	}{
		{"testdata/go1.19.8.src.tar.gz.asc", 0x4EB27DB2A3B88B8B, "2023-03-30"},
		{"testdata/go1.27.0.src.tar.gz.asc", 0xFD533C07C264648F, "2026-08-18"},
		{"testdata/go1.27.1.src.tar.gz.asc", 0xFD533C07C264648F, "2026-08-28"},
	}
	for _, test := range tests {
		armored, err := os.ReadFile(test.file)
		if err != nil {
			t.Fatal(err)
		}
		d, err := parseSignature(armored)
		if err != nil || d.issuer != test.key || d.made.UTC().Format(time.DateOnly) != test.made {
			t.Errorf("%s: key %016X, %v, %v", test.file, d.issuer, d.made, err)
		}
		if key, ok := keys.ring[0].SigningKeyById(d.made, d.issuer, nil); !ok || key.PublicKey.KeyId != test.key {
			t.Errorf("%s: key %016X was not valid on %v", test.file, d.issuer, d.made)
		}
		first, err := packet.Read(bytes.NewReader(d.packets))
		if err != nil {
			t.Fatal(err)
		}
		signature := first.(*packet.Signature)
		public := keys.ring.KeysById(d.issuer)[0].PublicKey.PublicKey.(*rsa.PublicKey)
		padded := new(big.Int).Exp(new(big.Int).SetBytes(signature.RSASignature.Bytes()), big.NewInt(int64(public.E)), public.N).Bytes()
		if hash := padded[len(padded)-32:]; len(padded) != 511 || !bytes.HasPrefix(padded, []byte{1, 0xff, 0xff}) || !bytes.HasPrefix(hash, signature.HashTag[:]) {
			t.Errorf("%s: not made with key %016X: %x", test.file, d.issuer, padded)
		}

		subject := Subject{Version: go1223, Target: linux, Source: SourceDL, SHA256: sha256Of("other bytes")}
		party := Signature{Get: documents{"URL": armored}, URL: "URL", Archive: opens("other bytes")}
		want := fmt.Sprintf("go1.22.3 for linux-amd64 is not the release: the archive is the one with SHA-256 %s, "+
			"but signature says it is not what key %016X signed on %s (URL: openpgp: invalid signature: RSA verification failure)", subject.SHA256, test.key, test.made)
		if got := wordOf(party.Vouch(t.Context(), subject)); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", test.file, got, want)
		}
	}
}

func TestParseKeys(t *testing.T) {
	if _, err := ParseKeys([]byte(googleKeys), strings.Repeat("0", 40)); err == nil || err.Error() != "reading an OpenPGP key: it isn't the key "+strings.Repeat("0", 40) {
		t.Error(err)
	}
	if _, err := ParseKeys([]byte("no key"), GoogleFingerprint); err == nil || err.Error() != "reading an OpenPGP key: openpgp: invalid argument: no armored data found" {
		t.Error(err)
	}
}
