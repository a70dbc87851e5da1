package disttest

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"gsw/platform"
)

// deflater is DEFLATE's fastest level. It knows one content by heart, which is most of every fake: what that is packed
// to is put between other blocks.
type deflater struct {
	*flate.Writer
	w     io.Writer
	known known
}

// known is a content, and the blocks it is packed to, which end at a byte.
type known struct{ content, blocks []byte }

func newDeflater(w io.Writer, known known) (*deflater, error) {
	zw, err := flate.NewWriter(w, flate.BestSpeed)
	return &deflater{zw, w, known}, err
}

func (d *deflater) Write(p []byte) (int, error) {
	if len(p) == 0 || !bytes.Equal(p, d.known.content) {
		return d.Writer.Write(p)
	}
	if err := d.Flush(); err != nil {
		return 0, err
	}
	if _, err := d.w.Write(d.known.blocks); err != nil {
		return 0, err
	}
	d.Reset(d.w) // it did not see what it could refer to
	return len(p), nil
}

// gzipper is a gzip file, as RFC 1952 has it.
type gzipper struct {
	*deflater
	sum, size uint32
}

func newGzipper(w io.Writer, known known) (*gzipper, error) {
	if _, err := w.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255}); err != nil { // packed fast, on nobody knows what
		return nil, err
	}
	d, err := newDeflater(w, known)
	return &gzipper{deflater: d}, err
}

func (z *gzipper) Write(p []byte) (int, error) {
	z.sum, z.size = crc32.Update(z.sum, crc32.IEEETable, p), z.size+uint32(len(p))
	return z.deflater.Write(p)
}

func (z *gzipper) Close() error {
	if err := z.deflater.Close(); err != nil {
		return err
	}
	end := binary.LittleEndian.AppendUint32(nil, z.sum)
	_, err := z.w.Write(binary.LittleEndian.AppendUint32(end, z.size))
	return err
}

// byHeart packs a content once for all test processes.
func byHeart(t testing.TB, content []byte) known {
	t.Helper()
	key := sha256.Sum256(append([]byte(runtime.Version()), content...))
	file := filepath.Join(cacheDir(t), "deflated-"+hex.EncodeToString(key[:8]))
	if blocks, err := os.ReadFile(file); err == nil {
		return known{content, blocks}
	}
	var b bytes.Buffer
	zw, err := flate.NewWriter(&b, flate.BestSpeed)
	if err == nil {
		_, err = zw.Write(content)
	}
	if err == nil {
		err = zw.Flush()
	}
	if err == nil {
		err = platform.ReplaceFile(file, b.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return known{content, b.Bytes()}
}
