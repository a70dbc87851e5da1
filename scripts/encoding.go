package scripts

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
)

// decoded gives the text of a file in UTF-8. Windows PowerShell writes profiles as UTF-16, with the mark that says so;
// what has none is passed on as it is, whatever code page it may be in: gsw's own lines are ASCII there.
func decoded(data []byte) ([]byte, error) {
	order := byteOrder(data)
	if order == nil {
		return data, nil
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	text := []byte(string(utf16.Decode(units)))
	if !bytes.Equal(encodedLike(data, text), data) {
		return nil, errors.New("it is UTF-16 with half a character in it: that could not be written again as it is")
	}
	return text, nil
}

// encodedLike gives a text in the encoding of another file's data.
func encodedLike(data, text []byte) []byte {
	order := byteOrder(data)
	if order == nil {
		return text
	}
	var encoded []byte
	for _, unit := range utf16.Encode([]rune(string(text))) {
		encoded = order.AppendUint16(encoded, unit)
	}
	return encoded
}

// endianness reads and writes numbers of two bytes.
type endianness interface {
	Uint16([]byte) uint16
	AppendUint16([]byte, uint16) []byte
}

// byteOrder is nil for what is not UTF-16.
func byteOrder(data []byte) endianness {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return binary.BigEndian
	}
	return nil
}
