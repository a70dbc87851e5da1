// Package catalogue is the list of the releases that are published for this platform, as the index named them last. The
// index itself is megabytes of JSON about every platform; the list is a line for each release, and the small program
// can read it.
package catalogue

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"gsw/manager/gover"
	"gsw/manager/kept"
	"gsw/platform"
)

// MaxAge is how long nobody asks again: a new release may wait so long, and typing twice costs nothing. An index is
// kept as long; `gsw cache --clear` forgets both, so that the next command asks.
const MaxAge = 10 * time.Minute

// Catalogue is one such list, and where it is from.
type Catalogue struct {
	Versions []gover.Version // newest first
	Older    []gover.Version // that are there for File.Also alone
	Source   string          // the kind of source that had it: dl
	URL      string          // of the document it was made from, without credentials
	SHA256   string          // of that document
	At       time.Time       // when the server last confirmed the document
}

// File is where the list is kept. The zero File keeps nothing.
type File struct {
	Path   string
	Asked  string // the setting that says who is asked: another one means another list. "" is the usual place
	Target platform.Target
	Also   platform.Target // another platform whose toolchains run here; see platform.Host
	Now    func() time.Time
}

// Of is the file in a host's home. asked is GSW_MIRROR, as it is set.
func Of(host platform.Host, asked string) File {
	return File{Path: filepath.Join(host.Home, "cache", "index", "versions"), Asked: asked, Target: host.Target, Also: host.Also, Now: host.Now}
}

const title = "gsw versions 1"

// keepable: a setting that may hold a password is not written down again.
func (f File) keepable() bool { return f.Path != "" && !strings.ContainsAny(f.Asked, "@\r\n") }

// Read gives the list if it is younger than maxAge, whole, and made for the same question.
func (f File) Read(maxAge time.Duration) (c Catalogue, ok bool) {
	if maxAge <= 0 || !f.keepable() {
		return Catalogue{}, false
	}
	text, ok := kept.Read(f.Path, title)
	if !ok {
		return Catalogue{}, false
	}
	var head [5]string
	for i := range head {
		head[i], text, _ = strings.Cut(text, "\n")
	}
	at, err := time.Parse(time.RFC3339Nano, head[2])
	if age := f.Now().Sub(at); err != nil || head[0] != f.Asked || head[1] != f.Target.String() || age < 0 || age >= maxAge {
		return Catalogue{}, false
	}
	c = Catalogue{Source: head[3], At: at, Versions: make([]gover.Version, 0, strings.Count(text, "\n"))}
	c.URL, c.SHA256, _ = strings.Cut(head[4], " ")
	for line := range strings.Lines(text) {
		name, target, older := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		v, err := gover.Parse(name)
		if err != nil || older && target != f.Also.String() {
			return Catalogue{}, false
		}
		if older {
			c.Older = append(c.Older, v)
		} else {
			c.Versions = append(c.Versions, v)
		}
	}
	return c, true
}

// Write keeps a list.
func (f File) Write(c Catalogue) error {
	if !f.keepable() || strings.ContainsAny(c.URL, " \r\n") {
		return errors.New("keeping the list of releases: its source cannot be written down")
	}
	var b strings.Builder
	for _, line := range []string{f.Asked, f.Target.String(), c.At.Format(time.RFC3339Nano), c.Source, c.URL + " " + c.SHA256} {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	for _, v := range c.Versions {
		b.WriteString(v.Tag())
		b.WriteByte('\n')
	}
	for _, v := range c.Older {
		b.WriteString(v.Tag() + " " + f.Also.String() + "\n")
	}
	return kept.Write(f.Path, title, b.String())
}
