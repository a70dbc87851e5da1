package unpack

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// heard is a tarSink that remembers.
type heard struct {
	entries []entry
	content []string
}

func (h *heard) begin(e entry) error {
	h.entries = append(h.entries, e)
	h.content = append(h.content, "")
	return nil
}

func (h *heard) data(part []byte) error {
	h.content[len(h.content)-1] += string(part)
	return nil
}

// listen parses a whole tar stream in parts of step bytes.
func listen(stream []byte, step int) (*heard, error) {
	h := new(heard)
	p := tarParser{sink: h}
	for part := range slices.Chunk(stream, step) {
		if err := p.feed(part); err != nil {
			return h, err
		}
	}
	return h, p.end()
}

type member struct {
	tar.Header
	content string
}

func packTar(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := m.Header
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		h.Size = int64(len(m.content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, m.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTarFormats(t *testing.T) {
	long := "go/" + strings.Repeat("long/", 25) + "name"
	when := time.Unix(1714592986, 0)
	for _, format := range []tar.Format{tar.FormatUSTAR, tar.FormatPAX, tar.FormatGNU} {
		stream := packTar(t,
			member{tar.Header{Name: "go/", Typeflag: tar.TypeDir, Mode: 0o755, Format: format, ModTime: when}, ""},
			member{tar.Header{Name: "go/bin/go", Mode: 0o755, Format: format, ModTime: when}, strings.Repeat("x", 1000)},
			member{tar.Header{Name: long, Format: format, ModTime: when}, "y"},
			member{tar.Header{Name: "go/empty", Format: format, ModTime: when}, ""},
			member{tar.Header{Name: "go/block", Format: format, ModTime: when}, strings.Repeat("z", 512)},
		)
		for _, step := range []int{512, 1024, 1 << 20} {
			h, err := listen(stream, step)
			if err != nil {
				t.Fatalf("%v in steps of %d: %v", format, step, err)
			}
			var names []string
			for i, e := range h.entries {
				names = append(names, e.name)
				if !e.mtime.Equal(when) || e.size != int64(len(h.content[i])) || e.exec != (e.name == "go/" || e.name == "go/bin/go") {
					t.Errorf("%v: %+v", format, e)
				}
			}
			if want := []string{"go/", "go/bin/go", long, "go/empty", "go/block"}; !slices.Equal(names, want) {
				t.Errorf("%v: %q", format, names)
			}
		}
	}
}

func TestTarEnd(t *testing.T) {
	whole := packTar(t, member{tar.Header{Name: "go/a"}, "content"})
	zeros := make([]byte, 4<<20)
	other := packTar(t, member{tar.Header{Name: "go/b"}, "content"})
	for _, test := range []struct {
		name   string
		stream []byte
		says   string
	}{
		{"whole", whole, ""},
		{"padded", slices.Concat(whole, zeros[:100<<10]), ""},
		{"without end marker", whole[:1024], "the tar archive ends early"},
		{"with half of it", whole[:1536], "the tar archive ends early"},
		{"cut in the content", whole[:1000], "the tar archive ends early"},
		{"cut in the header", whole[:500], "the tar archive ends early"},
		{"nothing", nil, "the tar archive is empty"},
		{"only an end", zeros[:1024], ""}, // nothing to unpack; refused as no Go by those who look at the tree
		{"endless zeros", slices.Concat(whole, zeros), "refused: more than 1024 KiB of zeros after the archive's end"},
		{"two archives", slices.Concat(whole, other), "the tar archive goes on after its end marker"},
		{"text after the end", slices.Concat(whole, []byte(strings.Repeat("hello", 512))), "the tar archive goes on after its end marker"},
		{"a page", []byte(strings.Repeat("<!DOCTYPE html>\n", 64)), "not an archive of Go but an HTML page"},
	} {
		_, err := listen(test.stream, 512)
		says := ""
		if err != nil {
			says = err.Error()
		}
		if says != test.says {
			t.Errorf("%s: %q, want %q", test.name, says, test.says)
		}
	}
}

// fixChecksum makes the header's checksum right again.
func fixChecksum(header []byte) {
	sum := 0
	for i, c := range header[:tarBlock] {
		if 148 <= i && i < 156 {
			c = ' '
		}
		sum += int(c)
	}
	copy(header[148:156], fmt.Sprintf("%06o\x00 ", sum))
}

func TestTarExtensions(t *testing.T) {
	pax := func(records map[string]string) []byte {
		h := tar.Header{Name: "go/a", Format: tar.FormatPAX, PAXRecords: records}
		if path := records["path"]; path != "" {
			h.Name, h.PAXRecords = path, nil
		}
		return packTar(t, member{h, "content"})
	}
	// An extension header in front of another, which archive/tar would not write.
	twice := func() []byte {
		stream := packTar(t, member{tar.Header{Name: "go/" + strings.Repeat("x", 200), Format: tar.FormatGNU}, "content"})
		return slices.Concat(stream[:1024], stream)
	}
	// A pax header for one file made into one for all, by its type and checksum.
	global := func(records map[string]string) []byte {
		stream := pax(records)
		stream[156] = 'g'
		fixChecksum(stream)
		return stream
	}
	for _, test := range []struct {
		name   string
		stream []byte
		says   string
	}{
		{"attributes", pax(map[string]string{"SCHILY.xattr.user.x": "y", "comment": "hello"}), ""},
		{"a comment for all", global(map[string]string{"comment": "59b2fd"}), ""},
		{"a path for all", global(map[string]string{"path": "go/" + strings.Repeat("x", 200)}), "refused: a global pax header that names or sizes what follows"},
		{"two long names", twice(), "two tar extension headers for one entry"},
	} {
		h, err := listen(test.stream, 1024)
		says := ""
		if err != nil {
			says = err.Error()
		} else if len(h.entries) != 1 || h.entries[0].name != "go/a" || h.content[0] != "content" {
			t.Errorf("%s: %v", test.name, h)
		}
		if says != test.says {
			t.Errorf("%s: %q, want %q", test.name, says, test.says)
		}
	}
}

// paxRecord writes "LENGTH RECORD\n".
func paxRecord(record string) string {
	n := len(record) + 3
	n = len(record) + 2 + len(strconv.Itoa(n))
	return fmt.Sprintf("%d %s\n", n, record)
}

func TestPaxRecords(t *testing.T) {
	var whole string
	for _, record := range []string{"path=go/a", "mtime=7", "mtime=-7.5", "size=42", "comment=a=b", "comment=", "GNU.other=x"} {
		whole += paxRecord(record)
	}
	var x extended
	if err := x.parsePax(whole); err != nil || x.path != "go/a" || x.size != 42 || x.mtime.Unix() != -7 {
		t.Errorf("%+v %v", x, err)
	}
	var corrupt *CorruptError
	for _, record := range []string{"path=", "path=a\x00b", "size=-1", "size=+1", "size=x", "size=", "mtime=x", "mtime=1.x", "mtime=", "=x", "path"} {
		if err := new(extended).parsePax(paxRecord(record)); !errors.As(err, &corrupt) {
			t.Errorf("%q: %v", record, err)
		}
	}
	for _, text := range []string{"12 path=go/a", "x path=go/a\n", "99 path=go/a\n", "-9 path=a\n", "0 path=a\n", " 9 path=a\n", "1 \n", "2 \n", "3 \n", "\n"} {
		if err := new(extended).parsePax(text); !errors.As(err, &corrupt) {
			t.Errorf("%q: %v", text, err)
		}
	}
	var policy *PolicyError
	if err := new(extended).parsePax(paxRecord("GNU.sparse.major=1")); !errors.As(err, &policy) {
		t.Errorf("sparse files: %v", err)
	}
}

// FuzzTar gives any bytes to the parser and to the whole of unpackTar. Nothing is made outside of
// the folder, and whatever is accepted, archive/tar reads alike.
func FuzzTar(f *testing.F) {
	archives, err := filepath.Glob("testdata/hostile/*.tar.gz")
	if err != nil {
		f.Fatal(err)
	}
	for _, a := range archives {
		data, err := os.ReadFile(a)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) > 1<<10 {
			continue
		}
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			f.Fatal(err)
		}
		stream, _ := io.ReadAll(z) // what there is of it
		f.Add(stream)
	}
	for _, format := range []tar.Format{tar.FormatPAX, tar.FormatGNU} {
		f.Add(packTar(f, member{tar.Header{Name: "go/" + strings.Repeat("a/", 80) + "b", Format: format, ModTime: time.Unix(1, 0)}, "content"}))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		stream = slices.Clone(stream)
		for block := range slices.Chunk(stream, tarBlock) {
			if len(block) == tarBlock && string(block[257:262]) == "ustar" {
				fixChecksum(block) // which guards against accidents, and would against fuzzing
			}
		}
		h, err := listen(stream, 1024)
		if err == nil {
			compareTar(t, h, stream)
		}
		if len(h.entries) == 0 {
			return
		}
		dir := jail(t)
		_, unpackErr := plainTar(t.Context(), bytes.NewReader(stream), dir, nil)
		lookAround(t, dir)
		if err != nil && unpackErr == nil {
			t.Errorf("unpacked in spite of %v", err)
		}
	})
}

// compareTar holds what was heard against archive/tar. That may fail where gsw does not
// look (owners, for example), but not read anything else.
func compareTar(t *testing.T, h *heard, stream []byte) {
	r := tar.NewReader(bytes.NewReader(stream))
	i := 0
	for {
		theirs, err := r.Next()
		if err == io.EOF && i != len(h.entries) {
			t.Fatalf("archive/tar ends after %d of %d entries", i, len(h.entries))
		}
		if err != nil {
			return
		}
		if theirs.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if i == len(h.entries) {
			t.Fatalf("archive/tar reads one more: %q", theirs.Name)
		}
		ours := h.entries[i]
		if ours.name != theirs.Name || ours.kind == aFile != (theirs.Typeflag == tar.TypeReg) || ours.kind == aFolder != (theirs.Typeflag == tar.TypeDir) {
			t.Fatalf("%+v, archive/tar: %+v", ours, theirs)
		}
		if ours.kind == aFile {
			content, err := io.ReadAll(r)
			if err != nil {
				return
			}
			if string(content) != h.content[i] || ours.size != theirs.Size || ours.mtime.Unix() != theirs.ModTime.Unix() {
				t.Fatalf("%+v %q, archive/tar: %+v %q", ours, h.content[i], theirs, content)
			}
		}
		i++
	}
}
