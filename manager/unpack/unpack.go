// Package unpack turns an archive of a toolchain into a tree, refusing every entry
// that a Go distribution does not hold, and hashes archive and files on the way.
//
// Whatever the archive says, nothing outside the given folder is made or
// changed: entries pass one policy, shared by all formats, and are then made
// as new files in a platform.Folder, which opens nothing that lies elsewhere. A nil error means that the archive was read
// to its very end and was whole. After an error the folder holds leftovers,
// which the caller removes.
package unpack

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"gsw/manager/tree"
)

// Result is what was learned about an archive while it was unpacked.
type Result struct {
	Format   string        // "tar.gz", "zip", "module zip", "tar.xz" …
	SHA256   string        // of the archive itself, lower-case hexadecimal
	Size     int64         // of the archive itself, bytes
	Files    int           // regular files written
	Bytes    int64         // bytes in those files
	Manifest tree.Manifest // their hashes, sorted
	Shared   Shared        // bytes that take no room of their own
}

// PolicyError reports an archive that holds what no Go distribution holds. It is
// forged or hostile; fetching it again does not help.
type PolicyError struct {
	Entry  string // as the archive names it; "" where the fault is not one entry's
	Reason string
}

func (e *PolicyError) Error() string {
	if e.Entry == "" {
		return "refused: " + e.Reason
	}
	return fmt.Sprintf("entry %s refused: %s", quoteEntry(e.Entry), e.Reason)
}

// CorruptError reports bytes that are not the archive they should be:
// truncated, damaged, or something else altogether. Err may be nil.
type CorruptError struct {
	Reason string
	Err    error
}

func (e *CorruptError) Error() string {
	if e.Err == nil {
		return e.Reason
	}
	return e.Reason + ": " + e.Err.Error()
}

func (e *CorruptError) Unwrap() error { return e.Err }

// File unpacks the archive at path into dir, an existing empty folder that
// becomes the GOROOT. The format is found by content, never by name: tar.gz, zip,
// and a toolchain module's zip on the fast ways, otherwise tar, tar.xz, tar.bz2,
// tar.zst, tar.lz4 and tar.lz.
func File(ctx context.Context, path, dir string, with ...Option) (Result, error) {
	f, err := os.Open(path)
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Result{}, err
	}
	if !info.Mode().IsRegular() {
		return Result{}, &CorruptError{Reason: "not an archive but " + string(kindOf(info.Mode()))}
	}
	head := make([]byte, sniffLen)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return Result{}, err
	}
	switch head = head[:n]; sniff(head) {
	case formatGzip:
		return TarGz(ctx, f, dir, with...)
	case formatZip:
		return anyZip(ctx, f, info.Size(), dir, with)
	case formatTar:
		return plainTar(ctx, f, dir, with)
	case formatXz, formatBzip2, formatZstd, formatLz4, formatLzip:
		return compressedTar(ctx, f, sniff(head), dir, with)
	}
	return Result{}, notAnArchive(head)
}

// digest is the SHA-256 and length of the archive.
type digest struct {
	sum  hash.Hash
	size int64
}

func (d *digest) write(p []byte) {
	d.sum.Write(p)
	d.size += int64(len(p))
}

func (d *digest) hex() string { return hex.EncodeToString(d.sum.Sum(nil)) }

// asCorrupt makes what a decompressor says about its data a *CorruptError. What the
// archive's reader says stays as it is.
func asCorrupt(what string, err error) error {
	if read := (*readError)(nil); errors.As(err, &read) {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &CorruptError{Reason: what + " ends early"}
	}
	return &CorruptError{Reason: what + " is damaged", Err: err}
}
