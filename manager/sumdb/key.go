package sumdb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"gsw/platform"
)

// Key signs a proxy's answers. Its file holds the private key, of which the public one follows.
type Key struct {
	Verifier string // the public key, for those who verify
	signer   note.Signer
}

// A KeyError says that a file or text is no key.
type KeyError struct {
	File string // "": the text was given
	Err  error
}

func (e *KeyError) Error() string {
	if e.File == "" {
		return "the key: " + e.Err.Error()
	}
	return e.File + " is no signing key: " + e.Err.Error()
}

func (e *KeyError) Unwrap() error { return e.Err }

// OpenKey reads the key in file; where there is none it makes one, named name, that only its owner can read. Processes
// that do so at once get the same key.
func OpenKey(ctx context.Context, file, name string) (k Key, made bool, err error) {
	if k, err = readKey(file); !errors.Is(err, fs.ErrNotExist) {
		return k, false, err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return Key{}, false, fmt.Errorf("making a signing key: %w", err)
	}
	unlock, err := platform.Lock(ctx, file+".lock", nil)
	if err != nil {
		return Key{}, false, fmt.Errorf("making a signing key: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if k, err = readKey(file); !errors.Is(err, fs.ErrNotExist) {
		return k, false, err
	}
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return Key{}, false, fmt.Errorf("making a signing key: %w", err)
	}
	if _, err := note.NewSigner(private); err != nil {
		return Key{}, false, &KeyError{Err: fmt.Errorf("%q can't be its name", name)}
	}
	if err := platform.WriteDurable(file, []byte(private+"\n"+public+"\n"), 0o600); err != nil {
		return Key{}, false, fmt.Errorf("keeping the signing key: %w", err)
	}
	k, err = readKey(file)
	return k, true, err
}

// readKey reads both halves, and that they are of one key.
func readKey(file string) (Key, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Key{}, fmt.Errorf("reading the signing key: %w", err)
	}
	private, public, _ := strings.Cut(strings.TrimSpace(string(data)), "\n")
	signer, err := note.NewSigner(private)
	if err != nil {
		return Key{}, &KeyError{File: file, Err: err}
	}
	k := Key{Verifier: strings.TrimSpace(public), signer: signer}
	verifier, err := note.NewVerifier(k.Verifier)
	if err != nil {
		return Key{}, &KeyError{File: file, Err: err}
	}
	if verifier.Name() != signer.Name() || verifier.KeyHash() != signer.KeyHash() {
		return Key{}, &KeyError{File: file, Err: errors.New("its two halves are of different keys")}
	}
	return k, nil
}
