package platform

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
)

// What a REPARSE_DATA_BUFFER says, as MS-FSCC 2.1.2 has it.
const (
	tagJunction    = 0xA0000003 // IO_REPARSE_TAG_MOUNT_POINT
	tagSymlink     = 0xA000000C // IO_REPARSE_TAG_SYMLINK
	reparseHeader  = 8          // tag, length of the data, reserved
	mostReparsed   = 16 << 10   // MAXIMUM_REPARSE_DATA_BUFFER_SIZE
	objectsFolder  = `\??\`     // where the kernel's names of drives are
	unparsedPrefix = `\\?\`
)

// junctionBuffer builds the REPARSE_DATA_BUFFER (MS-FSCC 2.1.2.5) that makes an empty folder a junction to target, an
// absolute Windows path on a local volume.
func junctionBuffer(target string) ([]byte, error) {
	if err := checkLinkTarget(target); err != nil {
		return nil, err
	}
	if !onDrive(target) {
		return nil, errors.New("a junction's target must be on a local drive")
	}
	substitute, shown := utf16.Encode([]rune(objectsFolder+target)), utf16.Encode([]rune(target))
	// Both names end with a NUL that their lengths don't count.
	return reparseBuffer(tagJunction, len(substitute)+1, substitute, shown, nil, append(append(substitute, 0), append(shown, 0)...))
}

// symlinkBuffer builds the REPARSE_DATA_BUFFER (MS-FSCC 2.1.2.4) that makes an empty folder, or another symbolic link to
// a folder, a symbolic link to target, an absolute Windows path.
func symlinkBuffer(target string) ([]byte, error) {
	if err := checkLinkTarget(target); err != nil {
		return nil, err
	}
	name := objectsFolder + target
	if share, ok := strings.CutPrefix(target, `\\`); ok {
		name = objectsFolder + `UNC\` + share
	}
	substitute, shown := utf16.Encode([]rune(name)), utf16.Encode([]rune(target))
	absolute := []byte{0, 0, 0, 0} // the flags, without SYMLINK_FLAG_RELATIVE
	return reparseBuffer(tagSymlink, len(substitute), substitute, shown, absolute, append(substitute, shown...))
}

// reparseBuffer puts the parts together: names holds both names, the shown one at shownAt, in units of two bytes.
func reparseBuffer(tag uint32, shownAt int, substitute, shown []uint16, flags []byte, names []uint16) ([]byte, error) {
	const offsets = 8 // offset and length of both names
	size := reparseHeader + offsets + len(flags) + 2*len(names)
	if size > mostReparsed {
		return nil, errors.New("the path is too long for a link")
	}
	le := binary.LittleEndian
	b := make([]byte, 0, size)
	b = le.AppendUint32(b, tag)
	b = le.AppendUint16(b, uint16(size-reparseHeader))
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, uint16(2*len(substitute)))
	b = le.AppendUint16(b, uint16(2*shownAt))
	b = le.AppendUint16(b, uint16(2*len(shown)))
	b = append(b, flags...)
	for _, unit := range names {
		b = le.AppendUint16(b, unit)
	}
	return b, nil
}

// checkLinkTarget refuses what Windows takes and then never resolves: the name in a link is not parsed again, so "/",
// "." and ".." in it would be names.
func checkLinkTarget(target string) error {
	share := strings.HasPrefix(target, `\\`) && !strings.HasPrefix(target, unparsedPrefix) && !strings.HasPrefix(target, `\\.\`)
	if !onDrive(target) && !share {
		return errors.New("a link's target must be an absolute path")
	}
	if strings.ContainsAny(target, "/\x00") {
		return errors.New("a link's target must be a clean path")
	}
	for part := range strings.SplitSeq(target[2:], `\`) {
		if part == "." || part == ".." {
			return errors.New("a link's target must be a clean path")
		}
	}
	return nil
}

// onDrive tells whether an absolute path begins with a drive's letter.
func onDrive(path string) bool {
	return len(path) >= 3 && path[1] == ':' && path[2] == '\\' &&
		('A' <= path[0] && path[0] <= 'Z' || 'a' <= path[0] && path[0] <= 'z')
}

// parsed takes off a path the prefix that keeps Windows from parsing it, which a link's target can't have.
func parsed(path string) string {
	rest, ok := strings.CutPrefix(path, unparsedPrefix)
	if share, is := strings.CutPrefix(rest, `UNC\`); ok && is {
		return `\\` + share
	}
	if ok && onDrive(rest) {
		return rest
	}
	return path
}
