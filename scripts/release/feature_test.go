package release_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestPackedFeature packs the devcontainer feature as a release does, unpacks it elsewhere, and runs it as whoever builds
// an image does: from its own folder, with nothing of the repository around it.
func TestPackedFeature(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("containers of Linux")
	}
	url := serve(t, "1.0.0", nil)
	var packed [2][]byte
	for i := range packed {
		dir := t.TempDir()
		generate := exec.Command("go", "run", "./scripts/generate", dir)
		generate.Dir = root
		if out, err := generate.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		packed[i] = read(t, filepath.Join(dir, "devcontainer-feature-gsw.tgz"))
	}
	if !bytes.Equal(packed[0], packed[1]) {
		t.Error("packed twice it is not the same")
	}
	home, env := account(t)
	feature := filepath.Join(t.TempDir(), "feature")
	write(t, filepath.Join(feature, "packed"), packed[0])
	if got := run(t, env, "tar", "-xzf", filepath.Join(feature, "packed"), "-C", feature); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if info, err := os.Stat(filepath.Join(feature, "install.sh")); err != nil || info.Mode().Perm()&0o111 == 0 {
		t.Errorf("install.sh is no program: %v", err)
	}
	place := filepath.Join(home, "usr", "gsw")
	env = append(env, "VERSION=none", "GSWVERSION=1.0.0", "RELEASES="+url, "_REMOTE_USER=root", "GSW_HOME="+place)
	if got := run(t, env, filepath.Join(feature, "install.sh")); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if got := run(t, env, filepath.Join(place, "bin", "gsw"), "version"); !strings.HasPrefix(got.text, "gsw v1.0.0 ") {
		t.Errorf("%+v", got)
	}
	// Another version is refused, by what was packed.
	if got := run(t, append(env, "GSWVERSION=1.1.0"), filepath.Join(feature, "install.sh")); got.code == 0 || !strings.Contains(got.text, "the release is 1.0.0, not 1.1.0") {
		t.Errorf("%+v", got)
	}
}
