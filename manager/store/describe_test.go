package store

import (
	"os"
	"path/filepath"
	"runtime"
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

// A list that is kept is one of what is there, whatever came, went or changed since, and however it did.
func TestDescribeFollowsTheFolders(t *testing.T) {
	system := t.TempDir()
	s := open(t, "GSW_SYSTEM="+system)
	s.now = func() time.Time { return time.Now().Add(time.Hour) } // what is an hour old is settled
	plant(t, s.home, "go1.22.3", "1")
	plant(t, s.home, "go1.21.6", "1")
	plant(t, system, "go1.21.6", "1")
	plant(t, system, "go1.20.14", "1")
	// want describes twice: what was found and what was kept are the same, and the same as a plain List.
	whole := true // nothing is called like a release and is none
	want := func(rows ...string) {
		t.Helper()
		for range 2 {
			described, err := s.Describe()
			if err != nil {
				t.Fatal(err)
			}
			list, err := s.List()
			if err != nil {
				t.Fatal(err)
			}
			var have, plain []string
			for _, d := range described {
				have = append(have, shortly(d.Toolchain))
				if d.Err != nil {
					t.Errorf("%s: %v", d.Toolchain.Dir, d.Err)
				}
			}
			for _, one := range list {
				plain = append(plain, shortly(one))
			}
			if !slices.Equal(have, rows) || !slices.Equal(plain, rows) {
				t.Fatalf("%q and %q, want %q", have, plain, rows)
			}
		}
		if known := s.briefs(); (known.at != "") != whole || len(known.all) != len(rows) {
			t.Errorf("%d of %d are kept, for the folders of %q", len(known.all), len(rows), known.at)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want("go1.22.3", "go1.21.6", "go1.20.14 of the system")
	must(os.Remove(filepath.Join(s.versions(), "go1.21.6", receipt.File)))
	whole = false
	want("go1.22.3", "go1.21.6 of the system", "go1.20.14 of the system")
	must(os.RemoveAll(filepath.Join(system, "versions", "go1.20.14")))
	want("go1.22.3", "go1.21.6 of the system")
	plant(t, s.home, "go1.21.6", "1") // the receipt alone: the folder of versions keeps its time
	whole = true
	want("go1.22.3", "go1.21.6")

	// A folder with the time that it had, as when one home is copied over another.
	info, err := os.Stat(s.versions())
	must(err)
	plant(t, s.home, "go1.26.1", "1")
	must(os.Chtimes(s.versions(), info.ModTime(), info.ModTime()))
	if runtime.GOOS != "windows" {
		want("go1.26.1", "go1.22.3", "go1.21.6")
	}

	// What is kept counts for the folders it was kept for.
	must(os.RemoveAll(filepath.Join(system, "versions")))
	if _, err := s.Describe(); err != nil || s.briefs().at != "" {
		t.Errorf("%v; kept for the folders of %q", err, s.briefs().at)
	}

	// A version that came a moment ago may be followed by one that leaves the folder its time.
	now := s.now
	s.now = time.Now
	must(os.MkdirAll(filepath.Join(system, "versions"), 0o755))
	plant(t, s.home, "go1.26.2", "1")
	for range 2 {
		if _, err := s.Describe(); err != nil || s.briefs().at != "" {
			t.Errorf("%v; kept for the folders of %q", err, s.briefs().at)
		}
	}
	s.now = now
	want("go1.26.2", "go1.26.1", "go1.22.3", "go1.21.6")
	before := modified(t, s.home)
	want("go1.26.2", "go1.26.1", "go1.22.3", "go1.21.6")
	if after := modified(t, s.home); after != before {
		t.Errorf("a list of what is known wrote something:\n%s\nbefore:\n%s", after, before)
	}
}

func shortly(t Toolchain) string {
	if t.Dir != filepath.Join(filepath.Dir(t.Dir), t.Version.Tag()) || filepath.Base(filepath.Dir(t.Dir)) != "versions" {
		return t.Dir
	}
	if t.System {
		return t.Version.Tag() + " of the system"
	}
	return t.Version.Tag()
}
