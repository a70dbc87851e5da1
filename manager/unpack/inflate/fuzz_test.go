package inflate

import (
	"bytes"
	"testing"
)

// FuzzData: any bytes whatever give what compress/flate makes of them.
func FuzzData(f *testing.F) {
	for _, data := range cases() {
		if len(data) < 4<<10 {
			f.Add(data)
		}
	}
	for _, data := range compress(f, []byte("some text, some other text, no text")) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { check(t, data) })
}

// FuzzBlocks: so do blocks that are right in the main, which random bytes seldom are.
func FuzzBlocks(f *testing.F) {
	f.Add([]byte("0123456789"))
	f.Add(bytes.Repeat([]byte("\x03\x01\x7f\xfe\x05ab"), 60))
	f.Fuzz(func(t *testing.T, dice []byte) { check(t, (&forger{dice: dice}).random()) })
}

// FuzzContent: what the compressors made of any content comes back.
func FuzzContent(f *testing.F) {
	for _, content := range samples()[:3] {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for by, data := range compress(t, content) {
			if have := check(t, data); have.end != "whole" || !bytes.Equal(have.out, content) {
				t.Errorf("%s: %s", by, have)
			}
		}
	})
}
