package disttest

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	modpath "golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"gsw/manager/gover"
	"gsw/platform"
)

// Local is the Go that runs the tests, for those that need programs with real build info: its GOROOT, its version, and
// the settings under which it builds what WriteModule wrote into proxy, asking nobody else.
func Local(t testing.TB, proxy string) (goroot string, v gover.Version, env []string) {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT", "GOVERSION", "GOCACHE").Output()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || len(lines) != 3 {
		Need(t, "no go command on PATH: %v", err)
	}
	if v, err = gover.Parse(lines[1]); err != nil {
		Need(t, "the go command on PATH is no release: %v", err)
	}
	return lines[0], v, []string{
		"GOPROXY=file:///" + strings.TrimPrefix(filepath.ToSlash(proxy), "/"), "GOSUMDB=off", "GONOSUMDB=", "GOPRIVATE=", "GOENV=off",
		"GOFLAGS=-modcacherw", "GOCACHE=" + lines[2], "CGO_ENABLED=0",
	}
}

// GoCache is where the Go that runs the tests keeps what it has compiled. A cache of its own would be made, and filled, by
// every test that runs a real go command.
func GoCache(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// PlantLocal makes a version of the store in home out of a Go that is somewhere else. Its name needn't be true.
func PlantLocal(t testing.TB, home, version, goroot string) (gobin string) {
	t.Helper()
	v := gover.MustParse(version)
	dir := filepath.Join(home, "versions", v.Tag())
	gobin = filepath.Join(dir, "bin")
	if err := os.MkdirAll(gobin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := platform.PointDir(filepath.Join(dir, "go"), goroot); errors.Is(err, errors.ErrUnsupported) {
		copyLocal(t, goroot, filepath.Join(dir, "go"))
	} else if err != nil {
		t.Fatal(err)
	}
	receipt := fmt.Sprintf("{\n  \"schema_version\": 1,\n  \"version\": %q\n}\n", v.Tag())
	if err := os.WriteFile(filepath.Join(dir, "receipt.json"), []byte(receipt), 0o644); err != nil {
		t.Fatal(err)
	}
	return gobin
}

// copyLocal makes a GOROOT where no folder can be a link. Of the sources it has what a program without imports is
// compiled from.
func copyLocal(t testing.TB, goroot, to string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(goroot, "VERSION")); err != nil {
		Need(t, "no link to a folder, and no Go that could be copied: %v", err)
	}
	for _, part := range []string{"VERSION", "go.env", "bin", "pkg/include", "pkg/tool", "src/go.mod", "src/internal", "src/math/bits", "src/runtime", "src/unsafe"} {
		err := filepath.WalkDir(filepath.Join(goroot, filepath.FromSlash(part)), func(file string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			name, err := filepath.Rel(goroot, file)
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "testdata":
				return fs.SkipDir
			case d.IsDir() || strings.HasSuffix(name, "_test.go"):
				return nil
			}
			place := filepath.Join(to, name)
			if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
				return err
			}
			return platform.CopyFile(file, place, false)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// WriteModule publishes a module in a folder that the go command takes for a proxy (file://…). A version that is there
// is replaced, as no honest proxy does.
func WriteModule(t testing.TB, proxy, module, version string, files map[string]string) {
	t.Helper()
	if files["go.mod"] == "" {
		files["go.mod"] = "module " + module + "\n\ngo 1.16\n"
	}
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for name, text := range files {
		w, err := zw.Create(path.Join(module+"@"+version, name))
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	escaped, err := modpath.EscapePath(module)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(proxy, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		version + ".zip": b.Bytes(), version + ".mod": []byte(files["go.mod"]), "list": []byte(version + "\n"),
		version + ".info": fmt.Appendf(nil, "{\"Version\":%q,\"Time\":\"2024-05-01T00:00:00Z\"}\n", version),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// RecordModules gives the database the records of all that WriteModule wrote into proxy.
func RecordModules(t testing.TB, db *SumDB, proxy string) {
	t.Helper()
	err := filepath.WalkDir(proxy, func(name string, d fs.DirEntry, err error) error {
		version, isZip := strings.CutSuffix(filepath.Base(name), ".zip")
		if err != nil || !isZip {
			return err
		}
		rel, err := filepath.Rel(proxy, filepath.Dir(filepath.Dir(name)))
		if err != nil {
			return err
		}
		h1, err := dirhash.HashZip(name, dirhash.Hash1)
		if err != nil {
			return err
		}
		goMod, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
			return os.Open(strings.TrimSuffix(name, ".zip") + ".mod")
		})
		if err != nil {
			return err
		}
		path, err := modpath.UnescapePath(filepath.ToSlash(rel))
		if err != nil {
			return err
		}
		db.SetModule(path, version, h1, goMod)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
