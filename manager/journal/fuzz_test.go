package journal

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

// FuzzLine: whatever clients send is one line of printable ASCII of bounded length, and reads back as it was.
func FuzzLine(f *testing.F) {
	f.Add("example.com/m", "v1.0.0", 200)
	f.Add("a\nb\",\"hash\":\"", "\x00\x1b\u0085\u2028😀\xff\\", -1)
	f.Fuzz(func(t *testing.T, module, reason string, status int) {
		c := chain{1, origin}
		text := c.appendLine(nil, Entry{Time: clock(), Operation: "lookup", Module: module, Reason: reason, Status: status})
		body := bytes.TrimSuffix(text, []byte("\n"))
		for _, b := range body {
			if b < ' ' || b > '~' {
				t.Fatalf("%q has a byte %#x", text, b)
			}
		}
		l, err := readLine(body)
		if err != nil || !l.intact || l.seq != 1 || l.prev != origin || l.hash != c.prev || len(text) > longest {
			t.Fatalf("%q: %+v %v", text, l, err)
		}
		e, err := readEntry(body)
		if err != nil || e.Status != status ||
			utf8.ValidString(module) && len(module) <= longText && e.Module != module ||
			utf8.ValidString(reason) && len(reason) <= longReason && e.Reason != reason {
			t.Errorf("%q: %+v %v", text, e, err)
		}
	})
}
