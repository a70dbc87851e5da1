package disttest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

type packed struct {
	tarGz, zip, module func() []byte
	once               sync.Once
}

// TarGz is the tree as cmd/distpack packs it for every system but Windows, with gzip's fastest level.
func (tree *Tree) TarGz(t testing.TB) []byte {
	tree.prepare(t)
	return tree.packed.tarGz()
}

// Zip is the tree as cmd/distpack packs it for Windows.
func (tree *Tree) Zip(t testing.TB) []byte {
	tree.prepare(t)
	return tree.packed.zip()
}

// Archive is the tree in the format of its platform.
func (tree *Tree) Archive(t testing.TB) []byte {
	if tree.Target.OS == "windows" {
		return tree.Zip(t)
	}
	return tree.TarGz(t)
}

// ModuleZip is the tree as the module golang.org/toolchain.
func (tree *Tree) ModuleZip(t testing.TB) []byte {
	tree.prepare(t)
	return tree.packed.module()
}

func (tree *Tree) prepare(t testing.TB) {
	t.Helper()
	pack := func(write func(io.Writer) error) func() []byte {
		return sync.OnceValue(func() []byte {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		})
	}
	tree.packed.once.Do(func() {
		tree.packed.tarGz = pack(tree.WriteTarGz)
		tree.packed.zip = pack(func(w io.Writer) error { return tree.writeZip(w, "go/", func(name string) string { return name }) })
		tree.packed.module = pack(func(w io.Writer) error { return tree.writeZip(w, tree.modulePrefix(), inModule) })
	})
}

func (tree *Tree) modulePrefix() string { return "golang.org/toolchain@" + tree.Module() + "/" }

// inModule is the name of a file in the module, "" if it is left out.
func inModule(name string) string {
	for _, folder := range []string{"api/", "doc/", "misc/", "test/"} {
		if strings.HasPrefix(name, folder) {
			return ""
		}
	}
	if dir, base := path.Split(name); base == "go.mod" {
		return dir + "_go.mod"
	}
	return name
}

// WriteTarGz writes the archive to w. Folders have entries of their own, parents first.
func (tree *Tree) WriteTarGz(w io.Writer) error {
	zw, err := newGzipper(w, tree.known)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(zw)
	done := map[string]bool{".": true}
	var folder func(string) error
	folder = func(dir string) error {
		if done[dir] {
			return nil
		}
		done[dir] = true
		if err := folder(path.Dir(dir)); err != nil {
			return err
		}
		return tw.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755, ModTime: tree.Time})
	}
	for _, f := range tree.Files {
		data, err := f.data()
		if err != nil {
			return err
		}
		name := "go/" + f.Name
		if err := folder(path.Dir(name)); err != nil {
			return err
		}
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: int64(f.Mode.Perm()), ModTime: tree.Time, Size: int64(len(data))}
		if err := tw.WriteHeader(h); err != nil {
			return err
		}
		if _, err := tw.Write(data); err != nil {
			return err
		}
	}
	if err := tw.Close(); err != nil {
		return err
	}
	return zw.Close()
}

func (tree *Tree) writeZip(w io.Writer, prefix string, rename func(string) string) error {
	zw := zip.NewWriter(w)
	zw.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return newDeflater(w, tree.known) })
	for _, f := range tree.Files {
		name := rename(f.Name)
		if name == "" {
			continue
		}
		h := &zip.FileHeader{Name: prefix + name, Method: zip.Deflate, Modified: tree.Time}
		h.SetMode(f.Mode.Perm() & fs.ModePerm)
		entry, err := zw.CreateHeader(h)
		if err != nil {
			return err
		}
		data, err := f.data()
		if err != nil {
			return err
		}
		if _, err := entry.Write(data); err != nil {
			return err
		}
	}
	return zw.Close()
}

// H1 is the hash that the checksum database records of the tree, written down here a second time so that the tests
// of the first writing have something to be compared with.
func (tree *Tree) H1(t testing.TB) string {
	t.Helper()
	var lines []string
	sums := map[string]string{}
	for _, f := range tree.Files {
		name := inModule(f.Name)
		if name == "" {
			continue
		}
		data, err := f.data()
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		name = tree.modulePrefix() + name
		lines = append(lines, name)
		sums[name] = hex.EncodeToString(sum[:])
	}
	slices.Sort(lines)
	h := sha256.New()
	for _, name := range lines {
		fmt.Fprintf(h, "%s  %s\n", sums[name], name)
	}
	return "h1:" + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// info is the .info document of the module.
func (tree *Tree) info() []byte {
	return fmt.Appendf(nil, "{%q:%q, %q:%q}\n", "Version", tree.Module(), "Time", tree.Time.Format(time.RFC3339))
}
