package unpack

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits far above every Go distribution (15,640 files, 423 MiB, one file of 26 MiB,
// 1,600 folders, paths of 112 bytes, 13 deep) and far below what hurts. There is none on
// compression ratios: genuine entries reach 830:1.
const (
	maxPath    = 240
	maxDepth   = 24
	maxFile    = 512 << 20
	maxTotal   = 2 << 30
	maxEntries = 100_000
	maxFolders = 5_000
	maxArchive = 1 << 30
)

// kind is what an entry makes, as a message names it. Only the first two are ever
// made.
type kind string

const (
	aFile     kind = "a file"
	aFolder   kind = "a folder"
	aSymlink  kind = "a symbolic link"
	aHardLink kind = "a hard link"
	aDevice   kind = "a device"
	aPipe     kind = "a named pipe"
	aSocket   kind = "a socket"
	special   kind = "something special"
)

func kindOf(mode fs.FileMode) kind {
	switch {
	case mode.IsRegular():
		return aFile
	case mode.IsDir():
		return aFolder
	case mode&fs.ModeSymlink != 0:
		return aSymlink
	case mode&fs.ModeNamedPipe != 0:
		return aPipe
	case mode&fs.ModeSocket != 0:
		return aSocket
	case mode&fs.ModeDevice != 0:
		return aDevice
	}
	return special
}

// entry is what an archive says about one of its members, in every format.
type entry struct {
	name  string // as the archive has it
	kind  kind
	exec  bool
	setid bool // setuid, setgid or sticky
	size  int64
	mtime time.Time
	link  string // its target, for the message only
}

// place is where an admitted entry goes.
type place struct {
	path  string // slash path below the GOROOT; "" for the GOROOT itself
	dir   bool
	exec  bool
	size  int64
	mtime time.Time
}

// policy decides entry by entry what may be unpacked. It knows what was admitted
// before; one policy serves one archive, one goroutine at a time.
type policy struct {
	prefix  string // what all names begin with, "go/"
	module  bool   // module zips: _go.mod stands for go.mod
	entries int
	files   int
	folders int
	total   int64
	seen    map[string]known // by folded path
	last    string           // the folder of the entry before: nearly always this one's too
}

type known struct {
	path string // as spelled when it was first seen
	dir  bool
}

func newPolicy(prefix string) *policy {
	return &policy{prefix: strings.TrimSuffix(prefix, "/") + "/", seen: make(map[string]known, 1<<14)}
}

// admit returns where e goes, or a *PolicyError. Owners are never looked at, and of
// the mode only whether it is executable: gsw makes 0755 and 0644, less the umask.
func (p *policy) admit(e entry) (place, error) {
	refuse := func(format string, args ...any) (place, error) {
		return place{}, &PolicyError{Entry: e.name, Reason: fmt.Sprintf(format, args...)}
	}
	if p.entries++; p.entries > maxEntries {
		return refuse("it is one of more than %d entries", maxEntries)
	}
	if e.kind != aFile && e.kind != aFolder {
		if e.link != "" {
			return refuse("it is %s to %s; an archive of Go holds only files and folders", e.kind, quoteEntry(e.link))
		}
		return refuse("it is %s; an archive of Go holds only files and folders", e.kind)
	}
	dir := e.kind == aFolder
	if e.setid && !dir {
		return refuse("it has the setuid, setgid or sticky bit")
	}
	name := e.name
	if dir {
		name = strings.TrimSuffix(name, "/")
	}
	if reason := badName(name); reason != "" {
		return refuse("%s", reason)
	}
	if dir && name+"/" == p.prefix {
		return place{dir: true}, nil
	}
	path, below := strings.CutPrefix(name, p.prefix)
	if !below {
		return refuse("it does not lie below %s", p.prefix)
	}
	if p.module {
		path = diskName(path)
	}
	if len(path) > maxPath {
		return refuse("its path is longer than %d bytes", maxPath)
	}
	if strings.Count(path, "/") >= maxDepth {
		return refuse("it lies more than %d folders deep", maxDepth)
	}
	if e.size < 0 || e.size > maxFile {
		return refuse("%d bytes are more than the %d MiB that a file may have", e.size, maxFile>>20)
	}
	if dir && e.size != 0 {
		return refuse("it is a folder with content")
	}
	if p.total += e.size; p.total > maxTotal {
		return refuse("with it the archive unpacks to more than %d MiB", maxTotal>>20)
	}
	if reason := p.claim(path, dir); reason != "" {
		return refuse("%s", reason)
	}
	if !dir {
		p.files++
	}
	return place{path: path, dir: dir, exec: e.exec, size: e.size, mtime: e.mtime}, nil
}

// claim takes path, and the folders above it, for this archive. Names that some
// file system of those gsw serves takes for equal are one name, so that no
// entry can replace or reach through another.
func (p *policy) claim(path string, dir bool) (reason string) {
	if i := strings.LastIndexByte(path, '/'); i >= 0 && path[:i] != p.last {
		for end := range len(path[:i]) + 1 {
			if end == i || path[end] == '/' {
				if reason := p.claimOne(path[:end], true); reason != "" {
					return reason
				}
			}
		}
		p.last = path[:i]
	}
	return p.claimOne(path, dir)
}

func (p *policy) claimOne(path string, dir bool) (reason string) {
	key := fold(path)
	before, taken := p.seen[key]
	switch {
	case !taken:
		p.seen[key] = known{path: path, dir: dir}
		if dir {
			p.folders++
		}
		if p.folders > maxFolders {
			return fmt.Sprintf("with it there are more than %d folders", maxFolders)
		}
		return ""
	case before.path != path:
		return fmt.Sprintf("on some systems its name is the same as that of %s", quoteEntry(before.path))
	case before.dir && dir:
		return ""
	case before.dir != dir:
		return fmt.Sprintf("%s is both a file and a folder", quoteEntry(path))
	}
	return "it comes twice"
}

// badName says what is wrong with an entry's name, on any system. The name has no
// trailing slash.
func badName(name string) string {
	switch {
	case name == "":
		return "it has no name"
	case !utf8.ValidString(name):
		return "its name is not UTF-8"
	case name[0] == '/':
		return "its path is absolute"
	case len(name) > 2*maxPath:
		return fmt.Sprintf("its path is longer than %d bytes", maxPath)
	}
	for _, r := range name {
		if plainRune(r) {
			continue
		}
		if strings.ContainsRune(`\:*?"<>|`, r) {
			return fmt.Sprintf("%q may not be in a name", r)
		}
		// Printable leaves out controls, and marks that turn the direction of text or
		// join letters: a name must be what it looks like.
		if !unicode.IsPrint(r) {
			return fmt.Sprintf("%q may not be in a name", r)
		}
	}
	for rest, more := name, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, "/")
		switch {
		case part == "..":
			return "its path leads out of the folder"
		case part == "" || part == ".":
			return "its path is not clean"
		case part[len(part)-1] == '.' || part[len(part)-1] == ' ':
			return "a name may not end in a dot or blank"
		case deviceName(part):
			return fmt.Sprintf("%s is a device on Windows", quoteEntry(part))
		}
	}
	return ""
}

// plainRune knows what nearly all names consist of, faster than what else they may hold.
func plainRune(r rune) bool {
	return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || r == '/' || r == '_' || r == '.' || r == '-'
}

// deviceName reports whether Windows takes a file name for a device, whatever follows
// the first dot (golang.org/issue/63416 lists the odder ones).
func deviceName(part string) bool {
	base, _, _ := strings.Cut(part, ".")
	base = strings.TrimRight(base, " ")
	if len(base) < len("CON") || len(base) > len("CONOUT$") || strings.IndexByte("CPANLcpanl", base[0]) < 0 {
		return false
	}
	switch base = strings.ToUpper(base); base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	for _, port := range []string{"COM", "LPT"} {
		if digit, ok := strings.CutPrefix(base, port); ok {
			switch digit {
			case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³":
				return true
			}
		}
	}
	return false
}

// quoteEntry makes an entry's name safe for a terminal, short, and different from every other.
func quoteEntry(name string) string {
	const most = 80
	if len(name) > most {
		return strconv.QuoteToASCII(name[:most]) + "…"
	}
	return strconv.QuoteToASCII(name)
}
