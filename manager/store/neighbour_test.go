package store

import (
	"os"
	"path/filepath"
	"testing"
)

func TestNeighbour(t *testing.T) {
	for _, test := range []struct {
		installed []string
		v, want   string
	}{
		{nil, "go1.22.3", ""},
		{[]string{"go1.22.3"}, "go1.22.3", ""}, // itself, installed anew
		{[]string{"go1.22.0", "go1.22.5"}, "go1.22.4", "go1.22.5"},
		{[]string{"go1.22.2", "go1.22.4"}, "go1.22.3", "go1.22.4"},
		{[]string{"go1.22.12", "go1.23.0"}, "go1.22.0", "go1.22.12"},
		{[]string{"go1.21.0", "go1.21.13", "go1.23.0", "go1.23.4"}, "go1.22.3", "go1.23.0"},
		{[]string{"go1.21.0", "go1.21.13", "go1.24.1"}, "go1.22.3", "go1.21.13"},
		{[]string{"go1.20", "go1.25.0", "go1.26.0"}, "go1.24.1", "go1.25.0"},
	} {
		s := open(t)
		for _, tag := range test.installed {
			plant(t, s.home, tag, "1")
		}
		if got, found := s.Neighbour(v(test.v)); got.Version.Tag() != test.want || found != (test.want != "") {
			t.Errorf("of %s among %v it is %s, want %s", test.v, test.installed, got.Version, test.want)
		}
	}
}

// Only what is complete, the user's own and really there has files to share.
func TestNeighbourIsOnesOwn(t *testing.T) {
	s := open(t)
	plant(t, s.home, "go1.22.2", "1")
	if err := os.Remove(filepath.Join(s.home, "versions", "go1.22.2", "receipt.json")); err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	plant(t, elsewhere, "go1.22.4", "1")
	if err := os.Symlink(filepath.Join(elsewhere, "versions", "go1.22.4"), filepath.Join(s.home, "versions", "go1.22.4")); err != nil {
		t.Skipf("no symbolic links: %v", err)
	}
	s.system = elsewhere
	if got, found := s.Neighbour(v("go1.22.3")); found {
		t.Errorf("it is %s", got.Dir)
	}
	plant(t, s.home, "go1.20", "1")
	if got, found := s.Neighbour(v("go1.22.3")); !found || got.Version != v("go1.20") {
		t.Errorf("it is %s", got.Dir)
	}
}
