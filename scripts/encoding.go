package scripts

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
)

// Start-up files are UTF-8 or whatever else agrees with ASCII, and stay what they are. Windows PowerShell writes UTF-16
// with a mark, and reads a file without one as the system's code page.

const utf8Mark = "\ufeff"

// decoded gives the text of a file without a mark, and what makes the bytes of a changed text; nil where there is no file.
func decoded(data []byte, exists bool) (text string, encode func(string) []byte, err error) {
	if !exists {
		return "", nil, nil
	}
	if order := wide(data); order != nil {
		encode = func(text string) []byte {
			data := order.AppendUint16(nil, 0xfeff)
			for _, unit := range utf16.Encode([]rune(text)) {
				data = order.AppendUint16(data, unit)
			}
			return data
		}
		if text = shown(data); string(encode(text)) != string(data) {
			return "", nil, errors.New("this is no UTF-16, though it begins as such")
		}
		return text, encode, nil
	}
	if text, marked := strings.CutPrefix(string(data), utf8Mark); marked {
		return text, func(text string) []byte { return []byte(utf8Mark + text) }, nil
	}
	return string(data), func(text string) []byte { return []byte(text) }, nil
}

// shown is the text of a file, as far as it can be told.
func shown(data []byte) string {
	order := wide(data)
	if order == nil {
		return strings.TrimPrefix(string(data), utf8Mark)
	}
	var units []uint16
	for at := 2; at+1 < len(data); at += 2 {
		units = append(units, order.Uint16(data[at:]))
	}
	return string(utf16.Decode(units))
}

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// wide tells a file of UTF-16.
func wide(data []byte) byteOrder {
	switch {
	case len(data) >= 2 && data[0] == 0xff && data[1] == 0xfe:
		return binary.LittleEndian
	case len(data) >= 2 && data[0] == 0xfe && data[1] == 0xff:
		return binary.BigEndian
	}
	return nil
}
