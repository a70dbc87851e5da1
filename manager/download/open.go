package download

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gsw/platform"
)

// Want is what is announced about a document. Zero fields are unknown.
type Want struct {
	SHA256 string // lower-case hex
	Size   int64
	Limit  int64 // the most that it may have where nobody knows its size; 1 GiB if zero
}

func (w Want) limit() int64 {
	if w.Limit > 0 {
		return w.Limit
	}
	return maxUnknown
}

const (
	// overlap is how much of what is already there is asked for again when a download is resumed, and compared. It
	// tells a replaced file from the same one where the server has no ETag (module proxies often have none), or one
	// that it does not honour.
	overlap = 4 << 10

	// maxUnknown bounds a document of which nobody says how large it is. The largest archive of a Go release is a
	// quarter of it.
	maxUnknown = 1 << 30

	// progressEnough is how much an attempt must bring for the next failure to count as the first again.
	progressEnough = 256 << 10
)

// A Body is a document being read from its beginning. Reading resumes by itself after a failure; what cannot be mended
// ends it with one of this package's errors. A Body is not for several goroutines at once, nor is its partial file for
// several processes: the caller holds a lock.
type Body struct {
	// Progress, if set, is told after every Read. total is −1 while unknown.
	Progress func(done, total int64)

	client  *Client
	ctx     context.Context
	url     *url.URL
	want    Want
	partial *os.File // nil: nothing is kept

	from     origin  // of the bytes in the partial file
	stream   *stream // nil: not connected
	off      int64   // handed out
	size     int64   // known: in the partial file, or handed out
	resumed  int64
	failures int   // attempts in a row that brought little
	mark     int64 // size when the last one of them began
	broken   error // ended the connection after the bytes that were handed out last; to be dealt with by the next Read
	err      error // sticky
}

// origin is kept beside a partial file.
type origin struct {
	URL       string `json:"url"`
	Validator string `json:"validator,omitempty"` // for If-Range
	Total     int64  `json:"total"`               // −1 unknown
}

// Open begins to read rawURL. What an earlier attempt left in the file partial is read first, the rest comes from the
// network, and new bytes are added to the file. With partial "" nothing is kept, and a broken connection can only be
// mended where the server's ETag proves that the document is the same.
//
// The answer has arrived when Open returns: its errors are those of Get. A partial file that is complete (by
// want.Size) needs no network.
func (c *Client) Open(ctx context.Context, rawURL, partial string, want Want) (*Body, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	b := &Body{client: c, ctx: ctx, url: u, want: want, from: origin{URL: withoutQuery(u), Total: -1}}
	if partial != "" {
		if err := b.openPartial(partial); err != nil {
			return nil, fmt.Errorf("opening the partial download: %w", err)
		}
	}
	if want.Size > 0 {
		b.from.Total = want.Size
	}
	b.mark = b.size
	if err := b.connect(); err != nil {
		b.Close()
		return nil, err
	}
	b.resumed = b.size
	return b, nil
}

func (b *Body) openPartial(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	}
	if err != nil {
		f.Close()
		return err
	}
	b.partial, b.size = f, info.Size()
	if data, err := os.ReadFile(originFile(path)); err == nil {
		var kept origin
		// The bytes of another place are worth keeping, since partial files are named by what they should contain;
		// its ETag is not.
		if json.Unmarshal(data, &kept) == nil && kept.URL == b.from.URL {
			b.from = kept
		}
	}
	if b.want.Size > 0 && b.size > b.want.Size {
		return b.restart()
	}
	return nil
}

// originFile is where the validator of a partial file is kept.
func originFile(partial string) string { return partial + ".json" }

// Total is the document's size, −1 if unknown.
func (b *Body) Total() int64 { return b.from.Total }

// Resumed is how many bytes an earlier attempt had left. Where it is not zero and the whole turns out to be wrong, the
// parts may not belong together: Discard and one more attempt are in order before anybody is blamed.
func (b *Body) Resumed() int64 { return b.resumed }

// Close ends the download and keeps the partial file for the next.
func (b *Body) Close() error {
	b.disconnect()
	if b.err == nil {
		b.err = fs.ErrClosed
	}
	if b.partial == nil {
		return nil
	}
	err := b.partial.Close()
	if errors.Is(err, fs.ErrClosed) {
		return nil
	}
	if b.size == 0 && b.err != io.EOF && err == nil {
		return b.remove()
	}
	return err
}

// Discard ends the download and removes the partial file: its content has served, or was wrong.
func (b *Body) Discard() error {
	err := b.Close()
	if b.partial == nil {
		return err
	}
	return errors.Join(err, b.remove())
}

func (b *Body) remove() error {
	var errs []error
	for _, name := range []string{b.partial.Name(), originFile(b.partial.Name())} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (b *Body) disconnect() {
	if b.stream != nil {
		b.stream.Close()
		b.stream = nil
	}
}

// Read returns the next bytes. io.EOF means that the document is complete as far as its size tells.
func (b *Body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := b.read(p)
	b.off += int64(n)
	b.err = err
	if n > 0 && b.Progress != nil {
		b.Progress(b.off, b.from.Total)
	}
	return n, err
}

func (b *Body) read(p []byte) (int, error) {
	if b.off < b.size {
		n, err := b.partial.ReadAt(p[:min(int64(len(p)), b.size-b.off)], b.off)
		if n > 0 {
			return n, nil
		}
		return 0, fmt.Errorf("reading the partial download: %w", err)
	}
	for {
		if b.broken != nil {
			cause := b.broken
			b.broken = nil
			if err := b.again(cause); err != nil {
				return 0, err
			}
		}
		if b.stream == nil { // complete without the network
			return 0, io.EOF
		}
		n, err := b.receive(p)
		if err != nil && err != io.EOF {
			b.disconnect()
			if transient(err) {
				b.broken, err = err, nil
			}
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// receive takes the next bytes from the network into p and the partial file. Its io.EOF is a proper end.
func (b *Body) receive(p []byte) (int, error) {
	limit := b.from.Total
	if limit < 0 {
		limit = b.want.limit()
	}
	// One byte more than there may be: so a body without a length shows that it is too long.
	n, err := b.stream.Read(p[:min(int64(len(p)), limit-b.size+1)])
	if b.size+int64(n) > limit {
		return 0, &SizeError{URL: redacted(b.url), Want: limit, Have: b.size + int64(n)}
	}
	if b.size == 0 && looksLikeHTML(p[:n]) {
		return 0, &PageError{
			URL: redacted(b.url), ContentType: b.stream.Header.Get("Content-Type"), Excerpt: excerpt(p[:n]),
		}
	}
	if b.partial != nil && n > 0 {
		if _, err := b.partial.WriteAt(p[:n], b.size); err != nil {
			return 0, fmt.Errorf("keeping what was downloaded: %w", err)
		}
	}
	b.size += int64(n)
	ended := err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF)
	switch {
	case ended && b.from.Total >= 0 && b.size < b.from.Total:
		return n, &SizeError{URL: redacted(b.url), Want: b.from.Total, Have: b.size}
	case err == io.EOF && b.from.Total < 0:
		b.from.Total = b.size
	case err != nil && b.size == b.from.Total:
		return n, io.EOF // whatever broke after the last byte
	}
	return n, err
}

// again prepares the next attempt after a failure in mid-stream, and makes it.
func (b *Body) again(cause error) error {
	if b.size-b.mark >= progressEnough {
		b.failures = 0
	}
	b.failures++
	b.mark = b.size
	if err := b.client.pause(b.ctx, b.url, b.failures, cause); err != nil {
		return err
	}
	return b.connect()
}

// connect makes the network continue at b.size, trying again as long as that makes sense. Before anything was handed
// out it may start anew instead.
func (b *Body) connect() error {
	if b.size > 0 && b.size == b.from.Total {
		return nil
	}
	for ranges := true; ; {
		err := b.connectOnce(ranges)
		if err == nil {
			return nil
		}
		b.disconnect()
		switch {
		case errors.Is(err, errRanges) && ranges:
			ranges = false
			continue
		case errors.Is(err, errChanged) && b.off > 0:
			return &ChangedError{URL: redacted(b.url)}
		case errors.Is(err, errChanged):
			// Nobody has seen any of the old bytes: no misfortune. Now that there are none this case cannot come again.
			if err := b.restart(); err != nil {
				return err
			}
			continue
		}
		b.failures++
		if err := b.client.pause(b.ctx, b.url, b.failures, err); err != nil {
			return err
		}
	}
}

var (
	errRanges  = errors.New("the server answers range requests wrongly") // it has parts, but sends others than it was asked for
	errChanged = errors.New("not the document whose beginning is here")
)

// connectOnce sends one request for what is missing, with ranges for that part alone, and leaves the stream at b.size.
func (b *Body) connectOnce(ranges bool) error {
	header := http.Header{"Accept-Encoding": {"identity"}}
	start := max(b.size-overlap, 0)
	if b.partial == nil {
		start = b.size // nothing to compare with
	}
	ranges = ranges && b.size > 0 && (b.partial != nil || b.from.Validator != "")
	if ranges {
		header.Set("Range", fmt.Sprintf("bytes=%d-", start))
		if b.from.Validator != "" {
			header.Set("If-Range", b.from.Validator)
		}
	}
	s, err := b.client.request(b.ctx, b.url, header)
	if err != nil {
		return err
	}
	if s.isPage() && (s.StatusCode == http.StatusOK || s.StatusCode == http.StatusPartialContent) {
		return s.refuse()
	}
	b.stream = s
	switch {
	case s.StatusCode == http.StatusOK:
		return b.fromStart()
	case s.StatusCode == http.StatusPartialContent && ranges:
		return b.fromPart(start)
	case s.StatusCode == http.StatusRequestedRangeNotSatisfiable && ranges:
		return errChanged // shorter than what is here
	case s.StatusCode == http.StatusPartialContent:
		return &NetworkError{URL: redacted(b.url), Err: errRanges}
	}
	b.stream = nil
	return s.refuse()
}

// fromPart goes on with an answer that begins at start, after comparing what is known of it.
func (b *Body) fromPart(start int64) error {
	from, total, ok := contentRange(b.stream.Header.Get("Content-Range"))
	if !ok || from != start {
		return errRanges
	}
	if err := b.announced(total); err != nil {
		return err
	}
	if v := validator(b.stream.Header); v != "" && b.from.Validator != "" && v != b.from.Validator {
		return errChanged // If-Range was not honoured
	}
	return b.compare(start)
}

// fromStart goes on with an answer that holds the whole document: the first, or a resumed one where the server has no
// parts or the document was replaced.
func (b *Body) fromStart() error {
	if b.off > 0 {
		if b.partial == nil {
			return errChanged
		}
		if err := b.announced(b.stream.ContentLength); err != nil {
			return err
		}
		return b.compare(0)
	}
	if b.size > 0 {
		if err := b.restart(); err != nil {
			return err
		}
	}
	b.from.Validator = validator(b.stream.Header)
	if err := b.announced(b.stream.ContentLength); err != nil {
		return err
	}
	return b.remember()
}

// announced takes notice of the size that the server names. It must be the one expected, and must not vary.
func (b *Body) announced(total int64) error {
	switch {
	case total < 0 || total == b.from.Total:
		return nil
	case b.want.Size > 0:
		return &SizeError{URL: redacted(b.url), Want: b.want.Size, Have: total, announced: true}
	case total > b.want.limit():
		return &SizeError{URL: redacted(b.url), Want: b.want.limit(), Have: total}
	case b.from.Total >= 0 && b.size > 0:
		return errChanged
	}
	b.from.Total = total
	return nil
}

// compare reads what should be the partial file's bytes from start on, and is content if they are.
func (b *Body) compare(start int64) error {
	have, got := make([]byte, 64<<10), make([]byte, 64<<10)
	for at := start; at < b.size; {
		n := int(min(int64(len(got)), b.size-at))
		if _, err := io.ReadFull(b.stream, got[:n]); err != nil {
			if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
				return &SizeError{URL: redacted(b.url), Want: max(b.from.Total, b.size), Have: at}
			}
			return err
		}
		if _, err := b.partial.ReadAt(have[:n], at); err != nil {
			return fmt.Errorf("reading the partial download: %w", err)
		}
		if !bytes.Equal(have[:n], got[:n]) {
			return errChanged
		}
		at += int64(n)
	}
	return nil
}

// restart empties the partial file.
func (b *Body) restart() error {
	if err := b.partial.Truncate(0); err != nil {
		return fmt.Errorf("emptying the partial download: %w", err)
	}
	b.size, b.mark = 0, 0
	b.from = origin{URL: b.from.URL, Total: -1}
	if b.want.Size > 0 {
		b.from.Total = b.want.Size
	}
	return nil
}

// remember writes the validator beside the partial file. Without one there is nothing to remember.
func (b *Body) remember() error {
	if b.partial == nil {
		return nil
	}
	file := originFile(b.partial.Name())
	if b.from.Validator == "" {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	data, err := json.Marshal(b.from)
	if err != nil {
		return err
	}
	if err := platform.ReplaceFile(file, data, 0o644); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil // somebody cleared the folder meanwhile: the bytes are read all the same, and nothing is kept
}

// validator is what If-Range may carry: an ETag that is not weak, else the date.
func validator(h http.Header) string {
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		return tag
	}
	return h.Get("Last-Modified")
}

// contentRange reads "bytes 100-199/200". total is −1 where the server writes "*".
func contentRange(text string) (from, total int64, ok bool) {
	text, ok = strings.CutPrefix(text, "bytes ")
	span, size, ok2 := strings.Cut(text, "/")
	first, last, ok3 := strings.Cut(span, "-")
	from, err1 := strconv.ParseInt(first, 10, 64)
	to, err2 := strconv.ParseInt(last, 10, 64)
	total, err3 := int64(-1), error(nil)
	if size != "*" {
		total, err3 = strconv.ParseInt(size, 10, 64)
	}
	ok = ok && ok2 && ok3 && errors.Join(err1, err2, err3) == nil && 0 <= from && from <= to && (size == "*" || to < total)
	return from, total, ok
}
