package receipt

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"gsw/manager/gover"
)

func example() Receipt {
	version := gover.MustParse("go1.22.3")
	return Receipt{
		SchemaVersion: Schema,
		Version:       version,
		Target:        "linux-amd64",
		Source:        "dl",
		URL:           "https://go.dev/dl/go1.22.3.linux-amd64.tar.gz",
		SHA256:        strings.Repeat("8", 64),
		SizeBytes:     68964131,
		Tree:          "h1:abc=",
		TreeBytes:     245 << 20,
		TreeFiles:     15036,
		Proofs:        []Proof{{Party: "log", Claim: "record 1 of the tree of 2"}},
		Notes:         []string{"test/ is covered by no hash"},
		InstalledAt:   time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC),
		GSWVersion:    "0.1.0",
	}
}

func TestTextParsesBack(t *testing.T) {
	version := gover.MustParse("go1.22.3")
	for name, r := range map[string]Receipt{
		"full":    example(),
		"minimal": {SchemaVersion: Schema, Version: version, Target: "linux-amd64", Proofs: []Proof{}, Notes: []string{}},
	} {
		text, err := r.Text()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		if !reflect.DeepEqual(back, r) {
			t.Errorf("%s: read back %+v, wrote %+v", name, back, r)
		}
	}
}

func TestTextHasNoNullAndEndsALine(t *testing.T) {
	text, err := Receipt{Version: gover.MustParse("go1.22.3"), URL: "https://example.org/?a=1&b=<2>", InstalledAt: time.Date(2026, 5, 1, 14, 0, 0, 0, time.FixedZone("", 7200))}.Text()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "null") || !strings.HasSuffix(string(text), "}\n") {
		t.Errorf("got %s", text)
	}
	if !strings.Contains(string(text), "?a=1&b=<2>") {
		t.Errorf("the URL is not for people: %s", text)
	}
	if !strings.Contains(string(text), `"installed_at": "2026-05-01T12:00:00Z"`) {
		t.Errorf("the time is not UTC: %s", text)
	}
}

func TestParse(t *testing.T) {
	tests := []struct{ text, want string }{
		{``, "not a receipt: unexpected end of JSON input"},
		{`{"schema_version":1,"version":"go1.22.3"`, "not a receipt: unexpected end of JSON input"},
		{`{"schema_version":2,"version":"go1.22.3","target":"linux-amd64"}`, "receipt schema 2 is not one this gsw knows"},
		{`{"version":"go1.22.3","target":"linux-amd64"}`, "receipt schema 0 is not one this gsw knows"},
		{`{"schema_version":1,"target":"linux-amd64"}`, "not a receipt: it names no version"},
		{`{"schema_version":1,"target":"linux-amd64","version":"../x"}`, `not a receipt: "../x" is not the name of a Go release`},
		{`{"schema_version":1,"version":"go1.22.3"}`, `not a receipt: "" is no platform`},
		{`{"schema_version":1,"version":"go1.22.3","target":"linux-../x"}`, `not a receipt: "linux-../x" is no platform`},
		{`{"schema_version":1,"version":"go1.22.3","target":"linux-amd64","later":{"a":[1]}}`, ""},
	}
	for _, tt := range tests {
		r, err := Parse([]byte(tt.text))
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("Parse(%s): %v", tt.text, err)
		case tt.want == "" && r.Version.Tag() != "go1.22.3":
			t.Errorf("Parse(%s) = %+v", tt.text, r)
		case tt.want != "" && (err == nil || err.Error() != tt.want):
			t.Errorf("Parse(%s): %v, want %s", tt.text, err, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	text, err := example().Text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"schema_version":1,"version":"x","proofs":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		once, err := r.Text()
		if err != nil {
			return // a year beyond 9999 cannot be written
		}
		again, err := Parse(once)
		if err != nil {
			t.Fatalf("%v\n%s", err, once)
		}
		if line, err := r.Line(); err != nil || bytes.Count(line, []byte("\n")) != 1 {
			t.Errorf("not one line: %q, %v", line, err)
		}
		if twice, _ := again.Text(); string(twice) != string(once) {
			t.Errorf("%s\nreads back as\n%s", once, twice)
		}
	})
}
