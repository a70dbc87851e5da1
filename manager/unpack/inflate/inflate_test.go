package inflate

import (
	"bufio"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	kflate "github.com/klauspost/compress/flate"
)

// enough is how much of an output is compared.
const enough = 4 << 20

// outcome is what became of a stream.
type outcome struct {
	out  []byte
	end  string // "whole", "cut short" or "damaged"; "long" for more than enough
	used int    // bytes of a whole stream
}

func (o outcome) String() string {
	return fmt.Sprintf("%s, %d bytes out, %d used", o.end, len(o.out), o.used)
}

func end(err error) string {
	switch bad := flate.CorruptInputError(0); {
	case err == nil:
		return "long"
	case err == io.EOF:
		return "whole"
	case err == io.ErrUnexpectedEOF:
		return "cut short"
	case errors.As(err, &bad), errors.As(err, new(*damaged)):
		return "damaged"
	}
	return err.Error()
}

// reference is what compress/flate makes of data.
func reference(data []byte) outcome {
	src := bytes.NewReader(data)
	var out bytes.Buffer
	_, err := io.Copy(&out, io.LimitReader(flate.NewReader(src), enough))
	o := outcome{out: out.Bytes()}
	if err == nil && out.Len() < enough {
		err = io.EOF
	}
	if o.end = end(err); o.end == "whole" {
		o.used = len(data) - src.Len()
	}
	return o
}

// drain inflates in blocks of the given sizes, each of which begins with the window before it, as
// unpacking does.
func drain(d *Decoder, size func() int) outcome {
	var o outcome
	for {
		kept := o.out[max(0, len(o.out)-Window):]
		buf := make([]byte, len(kept)+size())
		copy(buf, kept)
		n, err := d.Inflate(buf, len(kept))
		if !bytes.Equal(buf[:len(kept)], kept) {
			return outcome{end: "the window was changed"}
		}
		o.out = append(o.out, buf[len(kept):n]...)
		if len(o.out) >= enough {
			o.out, err = o.out[:enough], nil
		} else if err == nil {
			if n != len(buf) {
				return outcome{end: "a block that is not full"}
			}
			continue
		}
		o.end = end(err)
		if n2, err2 := d.Inflate(buf, 0); err != nil && (n2 != 0 || err2 != err) {
			return outcome{end: "another error the second time"}
		}
		if o.end == "whole" {
			o.used = int(d.Offset())
		}
		return o
	}
}

func always(n int) func() int { return func() int { return n } }

// check compares all ways in with compress/flate. Its own readers are small, so that
// everything falls across their borders.
func check(t *testing.T, data []byte) outcome {
	t.Helper()
	want := reference(data)
	compare := func(how string, have outcome) {
		t.Helper()
		if have.end != want.end || have.used != want.used || !bytes.Equal(have.out, want.out) {
			same := 0
			for same < min(len(have.out), len(want.out)) && have.out[same] == want.out[same] {
				same++
			}
			t.Errorf("%s: %s (equal up to %d); compress/flate: %s\n%.200x", how, have, same, want, data)
		}
	}
	random := rand.New(rand.NewPCG(uint64(len(data)), 0))
	var d Decoder
	d.ResetBytes(data)
	compare("all at once", drain(&d, always(min(len(want.out)+1000, enough+1))))
	d.ResetBytes(data)
	compare("blocks", drain(&d, always(1000)))
	d.ResetBytes(data)
	compare("blocks of random size", drain(&d, func() int { return 1 + random.IntN(1+random.IntN(3000)) }))
	if len(want.out) < 1000 {
		d.ResetBytes(data)
		compare("single bytes", drain(&d, always(1)))
	}
	for how, r := range map[string]io.Reader{
		"a reader":            bytes.NewReader(data),
		"a reader of bytes":   iotest.OneByteReader(bytes.NewReader(data)),
		"a reader of halves":  iotest.HalfReader(bytes.NewReader(data)),
		"an early EOF":        iotest.DataErrReader(bytes.NewReader(data)),
		"a reader of chunks":  &chunks{bytes.NewReader(data), random},
		"a reader with blank": &blanks{r: bytes.NewReader(data)},
	} {
		src := bufio.NewReaderSize(r, 16+random.IntN(100))
		d.Reset(src)
		have := drain(&d, always(700))
		compare(how, have)
		if rest, err := io.ReadAll(src); have.end == "whole" && (err != nil || !bytes.Equal(rest, data[want.used:])) {
			t.Errorf("%s: %d bytes left (%v), want %d", how, len(rest), err, len(data)-want.used)
		}
	}
	out, err := io.ReadAll(io.LimitReader(NewReader(bytes.NewReader(data)), enough))
	o := outcome{out: out, end: end(err), used: want.used}
	if err == nil && len(out) < enough {
		o.end = "whole"
	}
	compare("NewReader", o)
	return want
}

type chunks struct {
	r      io.Reader
	random *rand.Rand
}

func (c *chunks) Read(p []byte) (int, error) {
	return c.r.Read(p[:min(len(p), 1+c.random.IntN(20))])
}

// blanks reads nothing every other time.
type blanks struct {
	r    io.Reader
	some bool
}

func (b *blanks) Read(p []byte) (int, error) {
	if b.some = !b.some; b.some {
		return 0, nil
	}
	return b.r.Read(p[:min(len(p), 9)])
}

// cases are streams for the corners of RFC 1951.
func cases() map[string][]byte {
	lit, dist := fixedLit(), fixedDist()
	fixed := func() *forger { return new(forger).head(true, 1) }
	two := lits(257, map[int]uint8{'a': 1, 256: 1})
	matches := lits(286, map[int]uint8{'a': 2, 256: 2, 285: 2, 284: 3, 257: 3})
	deepLens := map[int]uint8{256: 15, 257: 15}
	for i := range 14 {
		deepLens['a'+i] = uint8(i + 1)
	}
	deep := lits(258, deepLens)
	deepDist := make([]uint8, 30)
	for i := range 15 {
		deepDist[i*2] = uint8(i + 1)
	}
	deepDist[29] = 15
	long := func(n int) *forger { // n bytes in a stored block
		f := new(forger)
		return f.stored(false, slices.Repeat([]byte("0123456789abcdef!"), n/17+1)[:n])
	}
	meta := func(lens map[int]uint8) code {
		return lits(19, lens)
	}
	all := map[string][]byte{
		"nothing":                  {},
		"stored":                   new(forger).stored(true, []byte("hello")).bytes(),
		"stored, empty":            new(forger).stored(true, nil).bytes(),
		"stored, empty, ten times": new(forger).stored(false, nil).stored(false, nil).stored(false, []byte("x")).stored(false, nil).stored(true, nil).bytes(),
		"stored, largest":          new(forger).stored(true, bytes.Repeat([]byte("x1"), 32767)).bytes(),
		"stored, 65535":            new(forger).stored(true, bytes.Repeat([]byte("x"), 65535)).bytes(),
		"stored, wrong length":     new(forger).head(true, 0).align().put(5, 16).put(5, 16).put('x', 8).bytes(),
		"stored, padding not zero": new(forger).put(1, 1).put(0, 2).put(31, 5).put(1, 16).put(0xfffe, 16).put('x', 8).bytes(),
		"type 3":                   new(forger).head(true, 3).bytes(),
		"type 3 after output":      new(forger).stored(false, []byte("hello")).head(true, 3).bytes(),
		"fixed, empty":             fixed().sym(lit, 256).bytes(),
		"fixed, all literals": func() []byte {
			f := fixed()
			for s := range 256 {
				f.sym(lit, s)
			}
			return f.sym(lit, 256).bytes()
		}(),
		"fixed, literal 286":           fixed().sym(lit, 'a').sym(lit, 286).put(0, 20).bytes(),
		"fixed, literal 287":           fixed().sym(lit, 'a').sym(lit, 287).put(0, 20).bytes(),
		"fixed, distance 30":           fixed().sym(lit, 'a').sym(lit, 257).sym(dist, 30).put(0, 20).bytes(),
		"fixed, distance 31":           fixed().sym(lit, 'a').sym(lit, 257).sym(dist, 31).put(0, 20).bytes(),
		"fixed, too far by one":        fixed().sym(lit, 'a').sym(lit, 257).sym(dist, 1).sym(lit, 256).bytes(),
		"fixed, match first":           fixed().sym(lit, 257).sym(dist, 0).sym(lit, 256).bytes(),
		"258 as 285":                   fixed().sym(lit, 'a').sym(lit, 285).sym(dist, 0).sym(lit, 256).bytes(),
		"258 as 284 and 31":            fixed().sym(lit, 'a').sym(lit, 284).put(31, 5).sym(dist, 0).sym(lit, 256).bytes(),
		"distance 32768":               long(32768).head(true, 1).sym(lit, 285).sym(dist, 29).put(8191, 13).sym(lit, 256).bytes(),
		"distance 32768 of 32767":      long(32767).head(true, 1).sym(lit, 285).sym(dist, 29).put(8191, 13).sym(lit, 256).bytes(),
		"distance 32768 of 65535":      long(65535).head(true, 1).sym(lit, 285).sym(dist, 29).put(8191, 13).sym(lit, 256).bytes(),
		"stored, then fixed":           long(100).head(false, 1).sym(lit, 'x').sym(lit, 270).put(1, 2).sym(dist, 4).put(1, 1).sym(lit, 256).stored(true, []byte("end")).bytes(),
		"trailing bytes":               append(new(forger).stored(true, []byte("hello")).bytes(), "trailing bytes, more than eight"...),
		"fixed, trailing bytes":        append(fixed().sym(lit, 'x').sym(lit, 256).bytes(), "trailing bytes, more than eight"...),
		"dynamic, literals only":       new(forger).dynamic(true, two, lits(1, nil)).sym(two, 'a').sym(two, 'a').sym(two, 256).bytes(),
		"dynamic, one distance":        new(forger).dynamic(true, matches, lits(1, map[int]uint8{0: 1})).sym(matches, 'a').sym(matches, 285).put(0, 1).sym(matches, 256).bytes(),
		"dynamic, its unused half":     new(forger).dynamic(true, matches, lits(1, map[int]uint8{0: 1})).sym(matches, 'a').sym(matches, 285).put(1, 1).sym(matches, 256).put(0, 99).bytes(),
		"dynamic, one distance of 2":   new(forger).dynamic(true, matches, lits(1, map[int]uint8{0: 2})).sym(matches, 'a').sym(matches, 256).bytes(),
		"dynamic, no distance, match":  new(forger).dynamic(true, matches, lits(1, nil)).sym(matches, 'a').sym(matches, 285).put(0, 99).bytes(),
		"dynamic, no distance, end":    new(forger).dynamic(true, matches, lits(1, nil)).sym(matches, 'a').sym(matches, 285).bytes(),
		"dynamic, only an end":         new(forger).dynamic(true, lits(257, map[int]uint8{256: 1}), lits(1, nil)).put(0, 1).bytes(),
		"dynamic, the other half":      new(forger).dynamic(true, lits(257, map[int]uint8{256: 1}), lits(1, nil)).put(1, 1).put(0, 99).bytes(),
		"dynamic, one literal":         new(forger).dynamic(true, lits(257, map[int]uint8{'a': 1}), lits(1, nil)).put(0, 99).bytes(),
		"dynamic, no end":              new(forger).dynamic(true, lits(257, map[int]uint8{'a': 1, 'b': 1}), lits(1, nil)).put(0x5555, 99).bytes(),
		"dynamic, no literals":         new(forger).dynamic(true, lits(257, nil), lits(1, nil)).put(0, 99).bytes(),
		"dynamic, no literals, end":    new(forger).dynamic(true, lits(257, nil), lits(1, nil)).bytes(),
		"dynamic, incomplete":          new(forger).dynamic(true, lits(257, map[int]uint8{'a': 1, 256: 2}), lits(1, nil)).put(0, 99).bytes(),
		"dynamic, oversubscribed":      new(forger).dynamic(true, lits(257, map[int]uint8{'a': 1, 'b': 1, 256: 2}), lits(1, nil)).put(0, 99).bytes(),
		"dynamic, incomplete distance": new(forger).dynamic(true, two, lits(2, map[int]uint8{0: 1, 1: 2})).put(0, 99).bytes(),
		"dynamic, too many distances":  new(forger).dynamic(true, two, lits(3, map[int]uint8{0: 1, 1: 1, 2: 1})).put(0, 99).bytes(),
		"dynamic, 287 literals":        new(forger).dynamic(true, lits(287, map[int]uint8{'a': 1, 256: 1}), lits(1, nil)).put(0, 99).bytes(),
		"dynamic, 31 distances":        new(forger).dynamic(true, two, lits(31, nil)).put(0, 99).bytes(),
		"dynamic, codes of 15 bits": func() []byte {
			f := new(forger).dynamic(true, deep, newCode(deepDist))
			for s := range 200 {
				f.sym(deep, 'a'+s%14)
			}
			for i := range 3 {
				f.sym(deep, 257).sym(newCode(deepDist), 2*i)
				f.put(0, distances[2*i].total())
			}
			return f.sym(deep, 257).sym(newCode(deepDist), 14).put(3, 6).sym(deep, 256).bytes()
		}(),
		"dynamic, a deep distance too far": new(forger).dynamic(true, deep, newCode(deepDist)).sym(deep, 'a').sym(deep, 257).sym(newCode(deepDist), 29).put(0, 13).sym(deep, 256).put(0, 99).bytes(),
		"repeat of nothing":                new(forger).dynamicWith(true, two, lits(1, nil), meta(map[int]uint8{16: 1, 0: 1}), func(f *forger, l uint8) { f.put(1, 1).put(0, 2) }).put(0, 99).bytes(),
		"repeat beyond the end":            new(forger).dynamicWith(true, two, lits(1, nil), meta(map[int]uint8{18: 1, 0: 1}), func(f *forger, l uint8) { f.put(1, 1).put(127, 7) }).put(0, 99).bytes(),
		"no codes of code lengths":         new(forger).dynamicWith(true, two, lits(1, nil), meta(nil), func(f *forger, l uint8) {}).put(0, 99).bytes(),
		"no codes of code lengths, end":    new(forger).dynamicWith(true, two, lits(1, nil), meta(nil), func(f *forger, l uint8) {}).bytes(),
		"one code of code lengths":         new(forger).dynamicWith(true, two, lits(1, nil), meta(map[int]uint8{1: 1}), func(f *forger, l uint8) { f.put(0, 1) }).put(0, 99).bytes(),
		"codes of code lengths incomplete": new(forger).dynamicWith(true, two, lits(1, nil), meta(map[int]uint8{1: 2}), func(f *forger, l uint8) { f.put(0, 2) }).put(0, 99).bytes(),
		"runs across both alphabets": new(forger).dynamicWith(true, two, lits(1, nil), meta(map[int]uint8{1: 2, 18: 2, 17: 2, 0: 2}), func() func(f *forger, l uint8) {
			first := true
			return func(f *forger, l uint8) {
				if !first {
					return
				}
				first = false
				m := lits(19, map[int]uint8{1: 2, 18: 2, 17: 2, 0: 2})
				f.sym(m, 18).put(97-11, 7).sym(m, 1).sym(m, 18).put(127, 7).sym(m, 18).put(158-138-11, 7).sym(m, 1).sym(m, 0)
			}
		}()).sym(two, 'a').sym(two, 'a').sym(two, 256).bytes(),
	}
	// Each distance from 1 to 40 with each length.
	f := long(64).head(true, 1)
	for d := range 9 {
		for s := 257; s < 286; s++ {
			f.sym(lit, s).put(1, lengths[s-257].total()).sym(dist, d).put(1, distances[d].total()).sym(lit, s%256)
		}
	}
	all["matches that overlap"] = f.sym(lit, 256).bytes()
	return all
}

func TestCases(t *testing.T) {
	for name, data := range cases() {
		t.Run(name, func(t *testing.T) {
			want := check(t, data)
			t.Log(want)
			for n := range min(len(data), 600) {
				check(t, data[:n])
			}
		})
	}
}

// TestOutcomes holds compress/flate, and so check, to what the cases are meant to be.
func TestOutcomes(t *testing.T) {
	all := cases()
	for want, names := range map[string][]string{
		"whole":     {"stored", "stored, empty", "258 as 284 and 31", "distance 32768", "dynamic, one distance", "dynamic, only an end", "dynamic, codes of 15 bits", "runs across both alphabets", "matches that overlap", "fixed, trailing bytes"},
		"cut short": {"nothing"},
		"damaged": {"stored, wrong length", "type 3", "fixed, literal 286", "fixed, distance 30", "fixed, too far by one", "distance 32768 of 32767", "dynamic, its unused half",
			"dynamic, incomplete", "dynamic, oversubscribed", "dynamic, no distance, match", "dynamic, 287 literals", "dynamic, 31 distances", "dynamic, a deep distance too far", "repeat of nothing", "repeat beyond the end"},
	} {
		for _, name := range names {
			data, is := all[name]
			if !is {
				t.Fatalf("no case %q", name)
			}
			var d Decoder
			d.ResetBytes(data)
			if have := drain(&d, always(4096)); have.end != want {
				t.Errorf("%s: %s, want %s", name, have, want)
			}
		}
	}
}

// samples are contents of several kinds.
func samples() [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 40_000)
	skewed := make([]byte, 70_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	for i := range skewed {
		skewed[i] = byte(random.ExpFloat64() * 12)
	}
	var text strings.Builder
	for i := range 3_000 {
		fmt.Fprintf(&text, "func f%d(x int) int { return x + %d }\n", i, random.IntN(1000))
	}
	return [][]byte{nil, {0}, []byte("hello, hello"), bytes.Repeat([]byte{'x'}, 100_000), bytes.Repeat([]byte("abc"), 25_000), noise, skewed, []byte(text.String()), slices.Concat([]byte(text.String())[:50_000], noise, skewed)}
}

// compress makes streams of content with both compressors at all levels.
func compress(t testing.TB, content []byte) map[string][]byte {
	all := map[string][]byte{}
	for level := -2; level <= 9; level++ {
		var a, b bytes.Buffer
		w, err := flate.NewWriter(&a, level)
		if err != nil {
			t.Fatal(err)
		}
		k, err := kflate.NewWriter(&b, level)
		if err != nil {
			t.Fatal(err)
		}
		for _, z := range []interface {
			io.WriteCloser
			Flush() error
		}{w, k} {
			z.Write(content[:len(content)/2])
			z.Flush()
			z.Write(content[len(content)/2:])
			z.Close()
		}
		all[fmt.Sprint("compress/flate ", level)] = a.Bytes()
		all[fmt.Sprint("klauspost ", level)] = b.Bytes()
	}
	return all
}

func TestCompressors(t *testing.T) {
	for i, content := range samples() {
		for by, data := range compress(t, content) {
			if have := check(t, data); have.end != "whole" || !bytes.Equal(have.out, content) {
				t.Errorf("sample %d by %s: %s", i, by, have)
			}
		}
	}
}

// TestMutations damages streams all over.
func TestMutations(t *testing.T) {
	content := []byte(strings.Repeat("func (d *Decoder) Reset() error { return nil }\n", 12) + "the end of it, 1234567890")
	all := compress(t, content)
	for _, by := range []string{"compress/flate 9", "compress/flate -2", "klauspost 1"} {
		data := all[by]
		for i := range 8 * len(data) {
			bad := bytes.Clone(data)
			bad[i/8] ^= 1 << (i % 8)
			check(t, bad)
		}
	}
}

func TestRandomBlocks(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	ends := map[string]int{}
	for range 3000 {
		dice := make([]byte, random.IntN(3000))
		for i := range dice {
			dice[i] = byte(random.Uint32())
		}
		ends[check(t, (&forger{dice: dice}).random()).end]++
	}
	if t.Logf("%v", ends); ends["whole"] < 100 || ends["damaged"] < 100 {
		t.Errorf("the dice are loaded: %v", ends)
	}
}

// TestSourceFails: an error of the source is neither lost nor taken for the data's.
func TestSourceFails(t *testing.T) {
	broken := errors.New("broken")
	for _, data := range compress(t, []byte(strings.Repeat("some text. ", 300))) {
		for n := range len(data) {
			var d Decoder
			d.Reset(bufio.NewReaderSize(io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(broken)), 16))
			if o := drain(&d, always(100)); o.end != "broken" {
				t.Fatalf("%d of %d bytes: %s", n, len(data), o)
			}
			z := NewReader(io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(broken)))
			if _, err := io.ReadAll(z); err != broken {
				t.Fatalf("%d of %d bytes: %v", n, len(data), err)
			}
		}
	}
}

// TestReset: nothing of a stream reaches into the next.
func TestReset(t *testing.T) {
	var d Decoder
	all := cases()
	for _, first := range all {
		for _, second := range []string{"stored", "fixed, all literals", "dynamic, one distance", "matches that overlap", "fixed, match first"} {
			d.ResetBytes(first)
			d.Inflate(make([]byte, 70), 0)
			d.Reset(bufio.NewReader(bytes.NewReader(all[second])))
			have, want := drain(&d, always(500)), reference(all[second])
			if have.String() != want.String() || !bytes.Equal(have.out, want.out) {
				t.Fatalf("%s: %s, want %s", second, have, want)
			}
		}
	}
}

func TestErrorText(t *testing.T) {
	var d Decoder
	for name, want := range map[string]string{
		"type 3 after output":     "a block of no known type at byte 11 of the compressed data",
		"stored, wrong length":    "a stored block with a wrong length at byte 5 of the compressed data",
		"fixed, too far by one":   "a distance to before the beginning at byte 3 of the compressed data",
		"fixed, literal 286":      "a code that stands for nothing at byte 3 of the compressed data",
		"dynamic, oversubscribed": "a set of codes that is not complete, or more than that at byte 139 of the compressed data",
		"repeat of nothing":       "a repeated length without one before it at byte 10 of the compressed data",
		"repeat beyond the end":   "more code lengths than symbols at byte 12 of the compressed data",
		"dynamic, 31 distances":   "a block with more symbols than there are at byte 3 of the compressed data",
	} {
		d.ResetBytes(cases()[name])
		if _, err := d.Inflate(make([]byte, 1000), 0); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// TestNothingAllocated: a Decoder works without making garbage, and reads nothing for no room.
func TestNothingAllocated(t *testing.T) {
	data := compress(t, samples()[7])["compress/flate 9"]
	buf := make([]byte, 8*Window)
	var d Decoder
	if n := testing.AllocsPerRun(3, func() {
		d.ResetBytes(data)
		for at, err := 0, error(nil); err == nil; {
			at, err = d.Inflate(buf, at)
			at = copy(buf, buf[at-Window:at])
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	d.ResetBytes(data)
	if n, err := d.Inflate(nil, 0); n != 0 || err != nil || d.Offset() != 0 {
		t.Errorf("%d, %v for no room, offset %d", n, err, d.Offset())
	}
	runtime.KeepAlive(buf)
}
