package unpack

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// sniffLen is how many bytes sniff and notAnArchive look at: a tar header.
const sniffLen = tarBlock

type format int

const (
	formatUnknown format = iota
	formatGzip
	formatZip
	formatTar
	formatXz
	formatBzip2
	formatZstd
	formatLz4
	formatLzip
	format7z
)

// sniff finds a format by the first bytes. mholt/archives' own Identify walks a map, so
// that an ambiguous file is one thing today and another tomorrow.
func sniff(head []byte) format {
	for _, magic := range []struct {
		format
		bytes string
	}{
		{formatGzip, "\x1f\x8b"},
		{formatZip, "PK\x03\x04"},
		{formatXz, "\xfd7zXZ\x00"},
		{formatBzip2, "BZh"},
		{formatZstd, "\x28\xb5\x2f\xfd"},
		{formatLz4, "\x04\x22\x4d\x18"},
		{formatLzip, "LZIP"},
		{format7z, "7z\xbc\xaf\x27\x1c"},
	} {
		if strings.HasPrefix(string(head), magic.bytes) {
			return magic.format
		}
	}
	if len(head) >= tarBlock && checksumFits((*[tarBlock]byte)(head)) {
		return formatTar
	}
	return formatUnknown
}

// notAnArchive says what came instead of an archive, for the people who have a proxy
// that answers with a page.
func notAnArchive(head []byte) *CorruptError {
	return &CorruptError{Reason: "not an archive of Go but " + looksLike(head)}
}

func looksLike(head []byte) string {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	lower := bytes.ToLower(text[:min(len(text), 16)])
	switch {
	case len(head) == 0:
		return "an empty file"
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")),
		bytes.HasPrefix(lower, []byte("<head")), bytes.HasPrefix(lower, []byte("<script")):
		return "an HTML page"
	case bytes.HasPrefix(lower, []byte("<?xml")):
		return "an XML document"
	case bytes.HasPrefix(lower, []byte("{")), bytes.HasPrefix(lower, []byte("[")):
		return "a JSON document"
	case bytes.HasPrefix(lower, []byte("-----begin pgp")):
		return "an OpenPGP signature"
	case bytes.HasPrefix(head, []byte("\x7fELF")), bytes.HasPrefix(head, []byte("MZ")),
		bytes.HasPrefix(head, []byte("\xcf\xfa\xed\xfe")), bytes.HasPrefix(head, []byte("\xca\xfe\xba\xbe")):
		return "a program"
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return "a Windows installer"
	case bytes.HasPrefix(head, []byte("xar!")):
		return "a macOS installer"
	case bytes.Count(head, []byte{0}) == len(head):
		return "zeros"
	case isText(head):
		return "text"
	}
	switch sniff(head) {
	case formatGzip:
		return "a gzip file"
	case formatZip:
		return "a zip archive"
	case formatTar:
		return "a tar archive without compression"
	case formatXz:
		return "an xz file"
	case formatBzip2:
		return "a bzip2 file"
	case formatZstd:
		return "a zstd file"
	case formatLz4:
		return "an lz4 file"
	case formatLzip:
		return "an lzip file"
	case format7z:
		return "a 7z archive"
	}
	return "unknown binary data"
}

// isText allows for a rune cut off at the end of head.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 && len(head) >= utf8.UTFMax {
			return false
		}
		if r < ' ' && !strings.ContainsRune("\t\r\n\f", r) {
			return false
		}
		head = head[n:]
	}
	return true
}
