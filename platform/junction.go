package platform

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
)

// junctionBuffer builds the REPARSE_DATA_BUFFER (MS-FSCC 2.1.2.5) that makes an empty folder a junction to target, an
// absolute Windows path on a local volume.
func junctionBuffer(target string) ([]byte, error) {
	const (
		tag    = 0xA0000003 // IO_REPARSE_TAG_MOUNT_POINT
		header = 8          // tag, length of the data, reserved
		fields = 8          // offset and length of both names
		most   = 16 << 10   // MAXIMUM_REPARSE_DATA_BUFFER_SIZE
	)
	if err := checkJunctionTarget(target); err != nil {
		return nil, err
	}
	substitute := utf16.Encode([]rune(`\??\` + target))
	shown := utf16.Encode([]rune(target))
	size := header + fields + 2*(len(substitute)+1) + 2*(len(shown)+1)
	if size > most {
		return nil, errors.New("the path is too long for a junction")
	}
	le := binary.LittleEndian
	b := make([]byte, 0, size)
	b = le.AppendUint32(b, tag)
	b = le.AppendUint16(b, uint16(size-header))
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, uint16(2*len(substitute)))
	b = le.AppendUint16(b, uint16(2*len(substitute)+2))
	b = le.AppendUint16(b, uint16(2*len(shown)))
	for _, unit := range append(substitute, 0) {
		b = le.AppendUint16(b, unit)
	}
	for _, unit := range append(shown, 0) {
		b = le.AppendUint16(b, unit)
	}
	return b, nil
}

// checkJunctionTarget refuses what Windows takes and then never resolves: a junction's target is not parsed again, so
// "/", "." and ".." in it would be names.
func checkJunctionTarget(target string) error {
	drive := len(target) >= 3 && target[1] == ':' && target[2] == '\\' &&
		('A' <= target[0] && target[0] <= 'Z' || 'a' <= target[0] && target[0] <= 'z')
	if !drive {
		return errors.New("a junction's target must be an absolute path on a local drive")
	}
	if strings.ContainsAny(target, "/\x00") {
		return errors.New("a junction's target must be a clean path")
	}
	for part := range strings.SplitSeq(target[3:], `\`) {
		if part == "." || part == ".." {
			return errors.New("a junction's target must be a clean path")
		}
	}
	return nil
}
