package bundle

import (
	"archive/zip"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"

	"gsw/manager/gover"
	"gsw/manager/tree"
	"gsw/platform"
)

// Pack writes a toolchain's files as its module's zip has them, but stored, because the bundle is compressed as a whole:
// the same files make the same bytes, whatever archive they came from and whatever modes and times they have. files
// names what is packed; those that the log does not cover are left out. A file that is not as files says is an error.
//
// The entries have no modes, so that who unpacks them goes by name, as the Go project's own packer does.
func Pack(w io.Writer, goroot string, files tree.Manifest, v gover.Version, t platform.Target) error {
	archive := zip.NewWriter(w)
	prefix := "golang.org/toolchain@v0.0.1-" + v.Tag() + "." + t.String() + "/"
	files = slices.Clone(files)
	files.Sort()
	for _, e := range files {
		if !tree.Covered(e.Name) {
			continue
		}
		if err := packFile(archive, prefix+tree.ModuleName(e.Name), filepath.Join(goroot, filepath.FromSlash(e.Name)), e); err != nil {
			return fmt.Errorf("packing %s: %w", e.Name, err)
		}
	}
	return archive.Close()
}

func packFile(archive *zip.Writer, name, file string, e tree.Entry) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	sum, crc := sha256.New(), crc32.NewIEEE()
	size, err := io.Copy(io.MultiWriter(sum, crc), f)
	if err != nil {
		return err
	}
	if [sha256.Size]byte(sum.Sum(nil)) != e.Sum {
		return errors.New("it was changed meanwhile")
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	entry, err := archive.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Store, CRC32: crc.Sum32(), CompressedSize64: uint64(size), UncompressedSize64: uint64(size),
	})
	if err != nil {
		return err
	}
	_, err = io.Copy(entry, io.LimitReader(f, size))
	return err
}
