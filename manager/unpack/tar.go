package unpack

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	tarBlock = 512

	// maxMeta bounds a pax header or GNU long name. Names are refused from 240 bytes on.
	maxMeta = 64 << 10

	// maxPadding bounds the zeros after the end marker: tar pads to a record, 10 KiB
	// unless told otherwise.
	maxPadding = 1 << 20
)

// tarSink receives what a tarParser finds.
type tarSink interface {
	// begin starts an entry; its size bytes of content follow by data, in one or more
	// parts. An entry without content gets no data.
	begin(e entry) error
	// data passes a part of the content on, without a copy: part belongs to what
	// was fed.
	data(part []byte) error
}

// tarParser reads a tar stream: ustar, its pax and GNU extensions as far as they
// name, size and date regular files, and the format before them. It is stricter
// than archive/tar, with which it is fuzzed: whatever it accepts, archive/tar
// reads alike. It never copies content, which is why it exists: the blocks that
// were inflated are what is written to disk.
//
// The zero value is ready. Links, devices and the like come out as entries of
// their kind; refusing them is the policy's.
type tarParser struct {
	sink tarSink

	content int64 // bytes of the current entry's content still to come
	padding int   // zeros after it, up to the next block

	meta     byte         // type of the metadata that is being read; 0 if none
	metaBuf  bytes.Buffer // …and what there is of it
	next     extended     // what metadata says about the next entry
	headers  int          // headers of any kind so far
	zeros    int64        // bytes of zeros at the end so far
	sawEntry bool
}

// extended is what pax and GNU headers say about the next entry.
type extended struct {
	path, link string
	hasPath    bool
	size       int64
	hasSize    bool
	mtime      time.Time
	hasMtime   bool
	pending    bool // there was such a header
}

// feed parses the next part of the stream, a multiple of 512 bytes long.
func (t *tarParser) feed(b []byte) error {
	for len(b) > 0 {
		switch {
		case t.meta != 0 && t.content > 0:
			n := min(t.content, int64(len(b)))
			t.metaBuf.Write(b[:n])
			t.content -= n
			b = b[n:]
		case t.content > 0:
			n := min(t.content, int64(len(b)))
			if err := t.sink.data(b[:n:n]); err != nil {
				return err
			}
			t.content -= n
			b = b[n:]
		case t.padding > 0:
			n := min(t.padding, len(b))
			t.padding -= n
			b = b[n:]
		default:
			if len(b) < tarBlock {
				return &CorruptError{Reason: "the tar archive ends early"}
			}
			if err := t.header((*[tarBlock]byte)(b)); err != nil {
				return err
			}
			b = b[tarBlock:]
			continue
		}
		if t.content == 0 && t.padding == 0 && t.meta != 0 {
			if err := t.extend(); err != nil {
				return err
			}
		}
	}
	return nil
}

// end must be called at the end of the stream. The end marker is required: without it
// a stream cut between two entries would look whole.
func (t *tarParser) end() error {
	switch {
	case t.zeros >= 2*tarBlock:
		return nil
	case t.content == 0 && t.padding == 0 && !t.next.pending && !t.sawEntry:
		return &CorruptError{Reason: "the tar archive is empty"}
	}
	return &CorruptError{Reason: "the tar archive ends early"}
}

func (t *tarParser) header(h *[tarBlock]byte) error {
	if *h == ([tarBlock]byte{}) {
		return t.zero()
	}
	if t.zeros > 0 {
		return &CorruptError{Reason: "the tar archive goes on after its end marker"}
	}
	if !checksumFits(h) || !knownMagic(h) {
		if !t.sawEntry && t.headers == 0 {
			return notAnArchive(h[:])
		}
		return &CorruptError{Reason: "a tar header is damaged"}
	}
	if t.headers++; t.headers > 2*maxEntries {
		return &PolicyError{Reason: fmt.Sprintf("more than %d tar headers", 2*maxEntries)}
	}
	e, typ, err := parseHeader(h)
	if err != nil {
		return err
	}
	if typ == 'x' || typ == 'L' || typ == 'g' {
		return t.beginMeta(typ, e)
	}
	t.next.apply(&e)
	t.next = extended{}
	t.sawEntry = true
	if typ == 0 && strings.HasSuffix(e.name, "/") {
		e.kind = aFolder // the oldest archives have no type for folders
	}
	if e.kind != aFile {
		e.size = 0 // nothing else has content, whatever its size says
	}
	if err := t.sink.begin(e); err != nil {
		return err
	}
	t.expect(e.size)
	return nil
}

// expect sets the parser to read size bytes of content and their padding.
func (t *tarParser) expect(size int64) {
	t.content = size
	t.padding = int(-size & (tarBlock - 1))
}

func (t *tarParser) zero() error {
	if t.next.pending {
		return &CorruptError{Reason: "the tar archive ends early"}
	}
	if t.zeros += tarBlock; t.zeros > maxPadding {
		return &PolicyError{Reason: fmt.Sprintf("more than %d KiB of zeros after the archive's end", maxPadding>>10)}
	}
	return nil
}

func (t *tarParser) beginMeta(typ byte, e entry) error {
	if e.size > maxMeta {
		return &PolicyError{Reason: fmt.Sprintf("a tar extension header of %d bytes", e.size)}
	}
	t.meta = typ
	t.metaBuf.Reset()
	t.expect(e.size)
	if e.size == 0 {
		return t.extend()
	}
	return nil
}

// extend takes in the metadata that was read.
func (t *tarParser) extend() error {
	typ, text := t.meta, t.metaBuf.String()
	t.meta = 0
	if t.next.pending {
		return &CorruptError{Reason: "two tar extension headers for one entry"}
	}
	if typ == 'g' {
		// A pax header for all that follow: git archive writes one with a comment.
		var global extended
		if err := global.parsePax(text); err != nil {
			return err
		}
		if global.hasPath || global.hasSize || global.hasMtime || global.link != "" {
			return &PolicyError{Reason: "a global pax header that names or sizes what follows"}
		}
		return nil
	}
	t.next.pending = true
	if typ == 'L' {
		t.next.path, _, _ = strings.Cut(text, "\x00")
		t.next.hasPath = true
		if t.next.path == "" {
			return &CorruptError{Reason: "a long name in the tar archive is empty"}
		}
		return nil
	}
	return t.next.parsePax(text)
}

// apply overrides e with what the extended header says.
func (x extended) apply(e *entry) {
	if x.hasPath {
		e.name = x.path
	}
	if x.hasSize {
		e.size = x.size
	}
	if x.hasMtime {
		e.mtime = x.mtime
	}
	if x.link != "" {
		e.link = x.link
	}
}

// parsePax reads records of the form "LENGTH KEY=VALUE\n". Keys without effect on what is
// written (owners, comments, access times, attributes) are passed over.
func (x *extended) parsePax(text string) error {
	for len(text) > 0 {
		digits, _, found := strings.Cut(text[:min(len(text), 8)], " ")
		n, err := strconv.ParseUint(digits, 10, 31)
		if !found || err != nil || n <= uint64(len(digits))+1 || n > uint64(len(text)) || text[n-1] != '\n' {
			return &CorruptError{Reason: "a pax header is damaged"}
		}
		key, value, found := strings.Cut(text[len(digits)+1:n-1], "=")
		text = text[n:]
		if !found || key == "" {
			return &CorruptError{Reason: "a pax header is damaged"}
		}
		switch {
		case strings.HasPrefix(key, "GNU.sparse."):
			return &PolicyError{Reason: "a sparse file"}
		case key == "path":
			if value == "" || strings.ContainsRune(value, 0) {
				return &CorruptError{Reason: "a pax header is damaged"}
			}
			x.path, x.hasPath = value, true
		case key == "linkpath":
			x.link = value
		case key == "size":
			x.size, err = strconv.ParseInt(value, 10, 64)
			if err != nil || x.size < 0 || strings.HasPrefix(value, "+") {
				return &CorruptError{Reason: "a pax header is damaged"}
			}
			x.hasSize = true
		case key == "mtime":
			x.mtime, err = paxTime(value)
			if err != nil {
				return &CorruptError{Reason: "a pax header is damaged", Err: err}
			}
			x.hasMtime = true
		}
	}
	return nil
}

// paxTime reads seconds since 1970 with an optional fraction; the fraction goes.
func paxTime(s string) (time.Time, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	if strings.Trim(fraction, "0123456789") != "" {
		return time.Time{}, fmt.Errorf("%q is not a time", s)
	}
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a time", s)
	}
	return time.Unix(sec, 0), nil
}

// parseHeader reads one header block. typ is the type byte, 0 only in the oldest format.
func parseHeader(h *[tarBlock]byte) (e entry, typ byte, err error) {
	e.name = cString(h[0:100])
	e.link = cString(h[157:257])
	if prefix := cString(namePrefix(h)); prefix != "" {
		e.name = prefix + "/" + e.name
	}
	mode, ok := octal(h[100:108])
	var mtime int64
	if ok {
		e.size, ok = octal(h[124:136])
	}
	if ok {
		mtime, ok = octal(h[136:148])
	}
	if !ok || e.size < 0 {
		return e, 0, &CorruptError{Reason: "a tar header is damaged"}
	}
	e.mtime = time.Unix(mtime, 0)
	e.exec = mode&0o111 != 0
	e.setid = mode&0o7000 != 0
	typ = h[156]
	e.kind, ok = tarKinds(typ)
	if !ok {
		return e, 0, &PolicyError{Entry: e.name, Reason: fmt.Sprintf("its type is %q; an archive of Go holds only files and folders", typ)}
	}
	return e, typ, nil
}

func tarKinds(typ byte) (k kind, ok bool) {
	switch typ {
	case '0', 0, 'x', 'g', 'L':
		return aFile, true
	case '1':
		return aHardLink, true
	case '2':
		return aSymlink, true
	case '3', '4':
		return aDevice, true
	case '5':
		return aFolder, true
	case '6':
		return aPipe, true
	}
	return "", false
}

// checksumFits reports whether the header's checksum is right: the sum of its bytes,
// those of the checksum itself taken for blanks. Some old writers summed signed bytes.
func checksumFits(h *[tarBlock]byte) bool {
	want, ok := octal(h[148:156])
	if !ok {
		return false
	}
	var unsigned, signed int64
	for i, c := range h {
		if 148 <= i && i < 156 {
			c = ' '
		}
		unsigned += int64(c)
		signed += int64(int8(c))
	}
	return want == unsigned || want == signed
}

// knownMagic tells the formats that tarParser reads: ustar (so pax), GNU's and the one
// before them, whose headers end after the link's name. star's would read alike
// but for its shorter prefix.
func knownMagic(h *[tarBlock]byte) bool {
	switch magic := string(h[257:265]); magic {
	case "ustar\x0000":
		return string(h[508:512]) != "tar\x00"
	case "ustar  \x00", "\x00\x00\x00\x00\x00\x00\x00\x00":
		return true
	}
	return false
}

// namePrefix is the field that holds the first part of a long path.
func namePrefix(h *[tarBlock]byte) []byte {
	switch string(h[257:265]) {
	case "ustar  \x00":
		// GNU's format has times here. But archive/tar wrote prefixes into such headers until
		// Go 1.8, and read them thus ever since (golang.org/issue/12594).
		_, atime := octal(h[345:357])
		_, ctime := octal(h[357:369])
		prefix := cString(h[345:500])
		if (!atime || !ctime) && strings.IndexFunc(prefix, func(r rune) bool { return r >= 0x80 }) < 0 {
			return h[345:500]
		}
		return nil
	case "ustar\x0000":
		return h[345:500]
	}
	return nil
}

// octal reads a number field: octal digits between blanks and NULs, or GNU's
// big-endian base 256, marked by the top bit. An empty field is 0.
func octal(field []byte) (n int64, ok bool) {
	if field[0]&0x80 != 0 {
		n = int64(field[0] & 0x7f)
		if field[0]&0x40 != 0 {
			n |= ^int64(0x7f)
		}
		for _, c := range field[1:] {
			if n > math.MaxInt64>>8 || n < math.MinInt64>>8 {
				return 0, false
			}
			n = n<<8 | int64(c)
		}
		return n, true
	}
	field = bytes.Trim(field, " \x00")
	for _, c := range field {
		if c == 0 {
			break
		}
		if c < '0' || c > '7' || n > math.MaxInt64>>3 {
			return 0, false
		}
		n = n<<3 | int64(c-'0')
	}
	return n, true
}

func cString(field []byte) string {
	if i := bytes.IndexByte(field, 0); i >= 0 {
		field = field[:i]
	}
	return string(field)
}
