package store

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/manager/gover"
	"gsw/manager/kept"
	"gsw/manager/receipt"
	"gsw/platform"
)

// What is kept of a receipt counts as long as the receipt is the same, and not a moment longer.
func TestDescribe(t *testing.T) {
	now := time.Now()
	s := Open(platform.Host{Target: disttest.Host(), Home: t.TempDir(), Now: func() time.Time { return now }})
	old := now.Add(-time.Hour)
	write := func(version string, bytes int64, at time.Time, parties ...string) string {
		t.Helper()
		r := receipt.Receipt{Version: gover.MustParse(version), Target: disttest.Host().String(), Source: "dl", TreeBytes: bytes}
		for _, p := range parties {
			r.Proofs = append(r.Proofs, receipt.Proof{Party: p, Claim: "a claim, with: \"quotes\""})
		}
		text, err := r.Text()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(s.versions(), r.Version.Tag(), receipt.File)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
		return file
	}
	// want describes twice: what was read and what was kept are the same.
	want := func(rows ...string) {
		t.Helper()
		for range 2 {
			described, err := s.Describe()
			if err != nil {
				t.Fatal(err)
			}
			var have []string
			for _, d := range described {
				row := d.Toolchain.Version.Number() + " " + d.Brief.Source + " " + strings.Join(d.Brief.Parties, ",")
				if d.Err != nil {
					row = d.Toolchain.Version.Number() + " damaged"
				} else if d.Brief.TreeBytes != 1000*int64(len(d.Toolchain.Version.Line())) {
					row += " of another size"
				}
				have = append(have, row)
			}
			if !slices.Equal(have, rows) {
				t.Fatalf("%q, want %q", have, rows)
			}
		}
	}
	isKept := func(version string) bool {
		text, _ := kept.Read(s.briefFile(), briefTitle)
		return strings.Contains(text, "go"+version+" ")
	}
	want()
	file := write("1.22.3", 4000, old, "log", "signature")
	write("1.21.6", 4000, old)
	want("1.22.3 dl log,signature", "1.21.6 dl ")
	if !isKept("1.22.3") || !isKept("1.21.6") {
		t.Error("nothing is kept")
	}

	// A receipt of the same size and another time; one that was written a moment ago is not kept, it may change within the tick.
	write("1.22.3", 4000, old.Add(time.Second), "lock", "signaturo")
	want("1.22.3 dl lock,signaturo", "1.21.6 dl ")
	write("1.22.3", 4000, now, "log")
	want("1.22.3 dl log", "1.21.6 dl ")
	write("1.22.3", 4000, now, "lug")
	want("1.22.3 dl lug", "1.21.6 dl ")
	write("1.20.14", 4000, now.Add(-clockStep/2))
	want("1.22.3 dl lug", "1.21.6 dl ", "1.20.14 dl ")
	if isKept("1.20.14") {
		t.Error("what may change unseen is kept")
	}

	// A damaged receipt damages its row only, and is no more kept once it is mended.
	if err := os.WriteFile(file, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	want("1.22.3 damaged", "1.21.6 dl ", "1.20.14 dl ")
	write("1.22.3", 4000, old, "log")
	want("1.22.3 dl log", "1.21.6 dl ", "1.20.14 dl ")

	// What is kept can be damaged, be of somebody else, or fail to be written.
	for _, text := range []string{"", "go1.22.3 own 1 2 3 dl\n", "go1.22.3 own x 2 3 dl log\n"} {
		if err := kept.Write(s.briefFile(), briefTitle, text); err != nil {
			t.Fatal(err)
		}
		want("1.22.3 dl log", "1.21.6 dl ", "1.20.14 dl ")
	}
	for range 2 {
		if err := s.Forget(); err != nil || isKept("1.22.3") {
			t.Fatalf("%v; kept: %v", err, isKept("1.22.3"))
		}
	}
	if err := os.RemoveAll(filepath.Dir(s.briefFile())); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Dir(s.briefFile()), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	want("1.22.3 dl log", "1.21.6 dl ", "1.20.14 dl ")
}
