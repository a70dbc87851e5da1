package unpack

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// A zip says everything twice, in its directory at the end and in the header before each
// member, and unpackers differ in whom they believe. This one reads both and takes only
// archives in which they agree and members lie side by side. archive/zip, with
// which it is fuzzed, believes the directory alone and keeps the offset to
// itself.

const (
	zipEndLen    = 22
	zipEntryLen  = 46
	zipLocalLen  = 30
	zipEndSig    = 0x06054b50
	zipEntrySig  = 0x02014b50
	zipLocalSig  = 0x04034b50
	zipMaxDir    = 64 << 20 // a directory of 100,000 long names
	zipDescLen   = 24       // at most
	zipDescSig   = 0x08074b50
	zipEncrypted = 1 << 0
	zipStreamed  = 1 << 3 // sizes and checksum come after the content
)

// zipMember is one line of the archive's directory.
type zipMember struct {
	entry    entry
	rawName  string
	flags    uint16
	method   uint16
	deflated bool
	crc      uint32
	packed   int64 // bytes in the archive
	offset   int64 // of the local header
	room     int64 // bytes from there to what comes next
}

// readZipDirectory returns the members as the directory lists them, at least one.
func readZipDirectory(r io.ReaderAt, size int64) ([]zipMember, error) {
	start, length, count, err := readZipEnd(r, size)
	if err != nil {
		return nil, err
	}
	dir := make([]byte, length)
	if n, err := r.ReadAt(dir, start); n < len(dir) {
		return nil, asCorrupt("the zip archive", err)
	}
	members := make([]zipMember, 0, count)
	for range count {
		m, rest, err := parseZipEntry(dir)
		if err != nil {
			return nil, err
		}
		members, dir = append(members, m), rest
	}
	if len(dir) > 0 {
		return nil, &CorruptError{Reason: "the zip directory is damaged"}
	}
	if err := measureRoom(members, start); err != nil {
		return nil, err
	}
	return members, nil
}

// readZipEnd finds the directory by the record at the end, which only a comment follows.
func readZipEnd(r io.ReaderAt, size int64) (start, length int64, count int, err error) {
	tail := make([]byte, min(size, zipEndLen+1<<16))
	if n, err := r.ReadAt(tail, size-int64(len(tail))); n < len(tail) {
		return 0, 0, 0, asCorrupt("the zip archive", err)
	}
	le := binary.LittleEndian
	for at := len(tail) - zipEndLen; at >= 0; at-- {
		end := tail[at:]
		if le.Uint32(end) != zipEndSig || int(le.Uint16(end[20:])) != len(end)-zipEndLen {
			continue
		}
		count = int(le.Uint16(end[10:]))
		length, start = int64(le.Uint32(end[12:])), int64(le.Uint32(end[16:]))
		endAt := size - int64(len(end))
		switch {
		case le.Uint32(end[4:]) != 0 || int(le.Uint16(end[8:])) != count:
			return 0, 0, 0, &CorruptError{Reason: "the zip archive is one part of several"}
		case start == 0xffffffff || length == 0xffffffff || count == 0xffff:
			return 0, 0, 0, &PolicyError{Reason: "a zip archive of the 64-bit kind, for more than 4 GiB or 65,534 entries"}
		case length > zipMaxDir || start+length != endAt:
			return 0, 0, 0, &CorruptError{Reason: "the zip directory is damaged"}
		case count == 0:
			return 0, 0, 0, &CorruptError{Reason: "the zip archive is empty"}
		}
		return start, length, count, nil
	}
	head := make([]byte, min(size, sniffLen))
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return 0, 0, 0, err
	}
	if sniff(head[:n]) == formatZip {
		return 0, 0, 0, &CorruptError{Reason: "the zip archive ends early"}
	}
	return 0, 0, 0, notAnArchive(head[:n])
}

func parseZipEntry(dir []byte) (m zipMember, rest []byte, err error) {
	le := binary.LittleEndian
	damaged := &CorruptError{Reason: "the zip directory is damaged"}
	if len(dir) < zipEntryLen || le.Uint32(dir) != zipEntrySig {
		return m, nil, damaged
	}
	nameLen, extraLen, commentLen := int(le.Uint16(dir[28:])), int(le.Uint16(dir[30:])), int(le.Uint16(dir[32:]))
	if len(dir) < zipEntryLen+nameLen+extraLen+commentLen {
		return m, nil, damaged
	}
	m = zipMember{
		rawName: string(dir[zipEntryLen : zipEntryLen+nameLen]),
		flags:   le.Uint16(dir[8:]),
		method:  le.Uint16(dir[10:]),
		crc:     le.Uint32(dir[16:]),
		packed:  int64(le.Uint32(dir[20:])),
		offset:  int64(le.Uint32(dir[42:])),
	}
	extra := dir[zipEntryLen+nameLen:][:extraLen]
	m.entry = entry{
		name:  m.rawName,
		size:  int64(le.Uint32(dir[24:])),
		mtime: zipTime(le.Uint16(dir[14:]), le.Uint16(dir[12:]), extra),
	}
	m.entry.setKind(dir[5], le.Uint32(dir[38:]))
	refuse := func(reason string, args ...any) (zipMember, []byte, error) {
		return m, nil, &PolicyError{Entry: m.entry.name, Reason: fmt.Sprintf(reason, args...)}
	}
	switch m.method {
	case 0:
	case 8:
		m.deflated = true
	default:
		return refuse("it is compressed by method %d, which Go's archives don't use", m.method)
	}
	switch {
	case m.flags&zipEncrypted != 0:
		return refuse("it is encrypted")
	case m.packed == 0xffffffff || m.entry.size == 0xffffffff || m.offset == 0xffffffff || le.Uint16(dir[34:]) != 0:
		return refuse("it needs a zip archive of the 64-bit kind, or one of several parts")
	case !m.deflated && m.packed != m.entry.size:
		return m, nil, m.corrupt("has two sizes")
	}
	return m, dir[zipEntryLen+nameLen+extraLen+commentLen:], nil
}

// setKind reads the attributes, which mean what the system that made the entry says.
func (e *entry) setKind(creator byte, attributes uint32) {
	const unix, macOS, directory = 3, 19, 0x10
	e.kind = aFile
	if creator == unix || creator == macOS {
		mode := attributes >> 16
		e.exec = mode&0o111 != 0
		e.setid = mode&0o7000 != 0
		e.kind = unixKind(mode)
	} else if attributes&directory != 0 {
		e.kind = aFolder
	}
	if e.kind == aFile && strings.HasSuffix(e.name, "/") {
		e.kind = aFolder
	}
}

// unixKind reads the type in a st_mode; without one it is a file.
func unixKind(mode uint32) kind {
	switch mode & 0xf000 {
	case 0, 0x8000:
		return aFile
	case 0x4000:
		return aFolder
	case 0xa000:
		return aSymlink
	case 0x2000, 0x6000:
		return aDevice
	case 0x1000:
		return aPipe
	case 0xc000:
		return aSocket
	}
	return special
}

// zipTime reads the time in seconds from the extra field 0x5455 where there is one. The DOS
// fields have only every second one, and no time zone.
func zipTime(date, clock uint16, extra []byte) time.Time {
	le := binary.LittleEndian
	for len(extra) >= 4 {
		id, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			break
		}
		if id == 0x5455 && n >= 5 && extra[0]&1 != 0 {
			return time.Unix(int64(int32(le.Uint32(extra[1:]))), 0)
		}
		extra = extra[n:]
	}
	if date == 0 {
		return time.Time{}
	}
	return time.Date(int(date>>9)+1980, time.Month(date>>5&15), int(date&31),
		int(clock>>11), int(clock>>5&63), int(clock&31)*2, 0, time.UTC)
}

// measureRoom notes how much room each member has before what comes next. Members that
// overlap are how a small zip becomes a large tree.
func measureRoom(members []zipMember, end int64) error {
	order := make([]*zipMember, len(members))
	for i := range members {
		order[i] = &members[i]
	}
	slices.SortFunc(order, func(a, b *zipMember) int { return int(a.offset - b.offset) })
	for i, m := range order {
		next := end
		if i+1 < len(order) {
			next = order[i+1].offset
		}
		m.room = next - m.offset
		if m.room < zipLocalLen+int64(len(m.rawName))+m.packed {
			return &PolicyError{Entry: m.entry.name, Reason: "it overlaps what comes after it in the archive"}
		}
	}
	return nil
}

// dataOffset reads the local header and returns where the content begins. A header that
// tells of another file is what a scanner sees and an unpacker does not.
func (m zipMember) dataOffset(r io.ReaderAt) (int64, error) {
	var buf [zipLocalLen + 2*maxPath]byte
	if len(m.rawName) > 2*maxPath { // the policy has refused it before
		return 0, m.corrupt("has too long a name")
	}
	local := buf[:zipLocalLen+len(m.rawName)]
	if n, err := r.ReadAt(local, m.offset); n < len(local) {
		return 0, asCorrupt("the zip archive", err)
	}
	refuse := func(reason string) (int64, error) {
		return 0, &PolicyError{Entry: m.entry.name, Reason: reason}
	}
	le := binary.LittleEndian
	if le.Uint32(local) != zipLocalSig {
		return 0, m.corrupt("is not where the zip directory says")
	}
	if int(le.Uint16(local[26:])) != len(m.rawName) || string(local[zipLocalLen:]) != m.rawName {
		return refuse("the header before it has another name")
	}
	flags := le.Uint16(local[6:])
	if le.Uint16(local[8:]) != m.method || (flags^m.flags)&(zipEncrypted|zipStreamed) != 0 {
		return refuse("the header before it tells of another compression")
	}
	start := zipLocalLen + int64(len(m.rawName)) + int64(le.Uint16(local[28:]))
	if start+m.packed > m.room {
		return refuse("it overlaps what comes after it in the archive")
	}
	content := m.offset + start
	if flags&zipStreamed == 0 {
		if !m.agrees(local[14:26]) {
			return refuse("the header before it tells of another file")
		}
		return content, nil
	}
	after := buf[:min(zipDescLen, m.room-start-m.packed)]
	if n, err := r.ReadAt(after, content+m.packed); n < len(after) {
		return 0, asCorrupt("the zip archive", err)
	}
	if !m.agrees(after) && !(len(after) > 4 && le.Uint32(after) == zipDescSig && m.agrees(after[4:])) && m.entry.kind != aFolder {
		return refuse("the record after it tells of another file")
	}
	return content, nil
}

// agrees reports whether b begins with the member's checksum and sizes, in 32 bits each or, as
// those write who don't know the size in advance, the sizes in 64.
func (m zipMember) agrees(b []byte) bool {
	le := binary.LittleEndian
	if len(b) < 12 || le.Uint32(b) != m.crc {
		return false
	}
	if int64(le.Uint32(b[4:])) == m.packed && int64(le.Uint32(b[8:])) == m.entry.size {
		return true
	}
	return len(b) >= 20 && le.Uint64(b[4:]) == uint64(m.packed) && le.Uint64(b[12:]) == uint64(m.entry.size)
}
