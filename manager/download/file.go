package download

import (
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
)

// fileTransport answers for file:// URLs as a server would, so that everything above it stays the same: a share, a
// USB disk, and GOPROXY=file:///…
type fileTransport struct{}

func (fileTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	path, err := filePath(req.URL)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	res := &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Last-Modified": {info.ModTime().UTC().Format(http.TimeFormat)}}, ContentLength: info.Size(), Body: f,
	}
	if from, ok := openRange(req.Header.Get("Range")); ok && from < info.Size() {
		if _, err := f.Seek(from, io.SeekStart); err != nil {
			f.Close()
			return nil, err
		}
		res.StatusCode = http.StatusPartialContent
		res.ContentLength -= from
		res.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, info.Size()-1, info.Size()))
	}
	return res, nil
}

// Local is the regular file that a file:// URL names on this machine, and its size: it can be read where it is. ok is
// false for any other URL, for a file on another host, and where there is no such file; Open then says why.
func Local(rawURL string) (path string, size int64, ok bool) {
	u, err := parseURL(rawURL)
	if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" {
		return "", 0, false
	}
	if path, err = filePath(u); err != nil {
		return "", 0, false
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return "", 0, false
	}
	return path, info.Size(), true
}

// openRange reads "bytes=N-", the only range this package asks for.
func openRange(text string) (from int64, ok bool) {
	text, ok1 := strings.CutPrefix(text, "bytes=")
	text, ok2 := strings.CutSuffix(text, "-")
	from, err := strconv.ParseInt(text, 10, 64)
	return from, ok1 && ok2 && err == nil && from >= 0
}

// filePath converts as cmd/go/internal/web does: file:///C:/dl is C:\dl on Windows and file://server/share a UNC path
// there; elsewhere a host other than localhost is a mistake (file://etc/x has one slash too few).
func filePath(u *url.URL) (string, error) {
	path := u.Path
	if path == "" {
		path = u.Opaque
	}
	if filepath.Separator == '\\' {
		if u.Host != "" && u.Host != "localhost" {
			return `\\` + u.Host + filepath.FromSlash(path), nil
		}
		path = strings.TrimPrefix(path, "/")
	} else if u.Host != "" && u.Host != "localhost" {
		return "", &permanentError{fmt.Sprintf("file URL names the host %q: an absolute path needs three slashes", u.Host)}
	}
	path = filepath.FromSlash(path)
	if !filepath.IsAbs(path) {
		return "", &permanentError{"file URL without an absolute path"}
	}
	return path, nil
}
