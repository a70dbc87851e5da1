package platform

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// world is Windows as its documents have it, and as it is where something lacks: what stands under a name is "folder",
// "file", or a link's kind and target.
type world struct {
	t      *testing.T
	there  map[string]string
	calls  []string
	no     string // words of what it refuses or only pretends
	arrive string // what somebody else makes at link before the first rename
}

func (w *world) lacks(word string) bool { return slices.Contains(strings.Fields(w.no), word) }

func (w *world) did(call, path string) {
	if _, ok := Leftover(filepath.Base(path)); ok {
		path = "sibling"
	}
	w.calls = append(w.calls, call+" "+filepath.Base(path))
}

func (w *world) read(link string) (string, error) {
	what, ok := w.there[link]
	if !ok {
		return "", fs.ErrNotExist
	}
	_, target, ok := strings.Cut(what, " ")
	if !ok {
		return "", &NotLinkError{Path: link}
	}
	return target, nil
}

func (w *world) supported(string) error {
	if w.lacks("links") {
		return errors.ErrUnsupported
	}
	return nil
}

func (w *world) local(path string) bool { return onDrive(path) && path[0] != 'N' }

func (w *world) mkdir(path string) error {
	w.did("mkdir", path)
	if _, ok := w.there[path]; ok {
		return fs.ErrExist
	}
	w.there[path] = "folder"
	return nil
}

func (w *world) set(path string, buffer []byte) error {
	w.did("set", path)
	kind := map[byte]string{3: "junction", 0xc: "symlink"}[buffer[0]]
	if w.lacks("calls") {
		return fmt.Errorf("wine: %w", errors.ErrUnsupported)
	}
	if w.lacks("effect") {
		return nil
	}
	is, _, _ := strings.Cut(w.there[path], " ")
	if is != "folder" && is != kind {
		return errOtherKind
	}
	if kind == "symlink" && w.lacks("privilege") {
		return errors.New("a required privilege is not held")
	}
	w.there[path] = kind + " " + w.target(buffer)
	return nil
}

// target reads the shown name as Windows does.
func (w *world) target(buffer []byte) string {
	names := buffer[16:]
	if buffer[0] == 0xc {
		names = buffer[20:]
	}
	at, length := int(buffer[12])+int(buffer[13])<<8, int(buffer[14])+int(buffer[15])<<8
	return string(bytes.ReplaceAll(names[at:at+length], []byte{0}, nil))
}

func (w *world) symlink(target, path string) error {
	w.did("symlink", path)
	if w.lacks("effect") || w.lacks("calls") {
		return nil
	}
	if w.lacks("privilege") {
		return errors.New("a required privilege is not held")
	}
	w.there[path] = "symlink " + target
	return nil
}

func (w *world) rename(old, new string) error {
	w.did("rename", old)
	if w.arrive != "" {
		w.there[new], w.arrive = w.arrive, ""
	}
	if _, ok := w.there[new]; ok {
		return fs.ErrExist
	}
	w.there[new] = w.there[old]
	delete(w.there, old)
	return nil
}

func (w *world) remove(path string) error {
	w.did("remove", path)
	if _, ok := w.there[path]; !ok {
		return fs.ErrNotExist
	}
	delete(w.there, path)
	return nil
}

func (w *world) pass(link string) error {
	if w.lacks("trust") && strings.HasPrefix(w.there[link], "junction ") {
		return errUntrusted
	}
	return nil
}

// TestPointReparse: what is done, call by call, and what stands afterwards. "turned" means that nothing was removed.
func TestPointReparse(t *testing.T) {
	const new, old, far = `C:\g\versions\go1.22.3`, `C:\g\versions\go1.21.6`, `\\server\share\go`
	for _, test := range []struct{ name, no, before, arrive, target, after, calls, err string }{
		{name: "the first", target: new, after: "junction " + new, calls: "mkdir sibling, set sibling, rename sibling"},
		{name: "right already", before: "junction " + strings.ToLower(new), target: new, after: "junction " + strings.ToLower(new)},
		{name: "turned", before: "junction " + old, target: new, after: "junction " + new, calls: "set current"},
		{name: "a symbolic link, turned", before: "symlink " + old, target: new, after: "symlink " + new, calls: "set current, set current"},
		{name: "a symbolic link without the privilege", no: "privilege", before: "symlink " + old, target: new, after: "junction " + new,
			calls: "set current, set current, mkdir sibling, set sibling, remove current, rename sibling"},
		{name: "a folder", before: "folder", target: new, after: "folder", err: "is not a link"},
		{name: "a file", before: "file", target: new, after: "file", err: "is not a link"},
		{name: "a volume without links", no: "links", target: new, err: "unsupported"},
		{name: "on a share", target: far, after: "symlink " + far, calls: "symlink sibling, rename sibling"},
		{name: "on a drive of the network", target: `N:\go`, after: `symlink N:\go`, calls: "symlink sibling, rename sibling"},
		{name: "on a share, without the privilege", no: "privilege", target: far, calls: "symlink sibling",
			err: "neither a junction (its target is not on a drive of this machine) nor a symbolic link (a required privilege is not held)"},
		{name: "from a junction to a share", before: "junction " + old, target: far, after: "symlink " + far,
			calls: "set current, symlink sibling, remove current, rename sibling"},
		{name: "what can't be done leaves the old link", no: "privilege", before: "junction " + old, target: far, after: "junction " + old,
			calls: "set current, symlink sibling", err: "neither a junction"},
		{name: "wine", no: "calls", target: new, calls: "mkdir sibling, set sibling, remove sibling, symlink sibling, remove sibling",
			err: "neither a junction (wine: unsupported operation) nor a symbolic link (the system reported success and made none)"},
		{name: "success without effect", no: "effect", target: new, err: "made none",
			calls: "mkdir sibling, set sibling, remove sibling, symlink sibling, remove sibling"},
		{name: "turned without effect", no: "effect", before: "junction " + old, target: new, after: "junction " + old, err: "made none",
			calls: "set current, set current, mkdir sibling, set sibling, remove sibling, symlink sibling, remove sibling"},
		{name: "RedirectionGuard, the first", no: "trust", target: new, after: "junction " + new, err: "RedirectionGuard",
			calls: "mkdir sibling, set sibling, rename sibling"},
		{name: "RedirectionGuard, turned", no: "trust", before: "junction " + old, target: new, after: "junction " + new, err: "RedirectionGuard", calls: "set current"},
		{name: "somebody is quicker", arrive: "junction " + old, target: new, after: "junction " + new,
			calls: "mkdir sibling, set sibling, rename sibling, remove sibling, set current"},
		{name: "a folder arrives", arrive: "folder", target: new, after: "folder", err: "is not a link",
			calls: "mkdir sibling, set sibling, rename sibling, remove sibling"},
	} {
		t.Run(test.name, func(t *testing.T) {
			link := filepath.Join("g", "current")
			w := &world{t: t, there: map[string]string{}, no: test.no, arrive: test.arrive}
			if test.before != "" {
				w.there[link] = test.before
			}
			err := pointReparse(w, link, test.target)
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want %q", err, test.err)
			}
			if got := strings.Join(w.calls, ", "); got != test.calls {
				t.Errorf("did %s\nwant %s", got, test.calls)
			}
			if w.there[link] != test.after {
				t.Errorf("there is %q, want %q", w.there[link], test.after)
			}
			delete(w.there, link)
			if len(w.there) > 0 {
				t.Errorf("left behind: %v", w.there)
			}
			if unsupported := strings.Contains(test.no, "links") || test.no == "calls"; errors.Is(err, errors.ErrUnsupported) != unsupported {
				t.Errorf("%v is taken for a lack of the volume's: %v", err, !unsupported)
			}
		})
	}
}
