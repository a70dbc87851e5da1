package unpack

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An archive that is only hashed is admitted, refused and measured as one that is unpacked.
func TestHashOnly(t *testing.T) {
	data, _ := goodTarGz(t)
	good := filepath.Join(t.TempDir(), "good.tar.gz")
	if err := os.WriteFile(good, data, 0o644); err != nil {
		t.Fatal(err)
	}
	archives, err := filepath.Glob("testdata/hostile/*")
	if err != nil || len(archives) < 30 {
		t.Fatalf("%d archives, %v", len(archives), err)
	}
	for _, archive := range append(archives, good) {
		if testing.Short() && strings.Contains(archive, "25-many") {
			continue // a hundred thousand files twice
		}
		written, refusal := File(t.Context(), archive, jail(t))
		hashed, err := File(t.Context(), archive, filepath.Join(t.TempDir(), "not there"), HashOnly())
		if (err == nil) != (refusal == nil) || err != nil && err.Error() != refusal.Error() {
			t.Errorf("%s: %v, but unpacking it says %v", archive, err, refusal)
			continue
		}
		if d := written.Manifest.Compare(hashed.Manifest); d != nil {
			t.Errorf("%s: %v", archive, d)
		}
		if hashed.SHA256 != written.SHA256 || hashed.Size != written.Size || hashed.Files != written.Files || hashed.Bytes != written.Bytes {
			t.Errorf("%s: %+v, but unpacking it gives %+v", archive, hashed, written)
		}
	}
	dir := t.TempDir()
	if _, err := TarGz(t.Context(), bytes.NewReader(data), dir, HashOnly()); err != nil || len(filesBelow(t, dir)) > 0 {
		t.Errorf("%v; wrote %v", err, filesBelow(t, dir))
	}
}
