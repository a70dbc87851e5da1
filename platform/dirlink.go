package platform

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// reparsePoints is what PointDir asks of Windows. Links stand in its place in tests, which run on every system.
type reparsePoints interface {
	// read gives the target of a junction or symbolic link; fs.ErrNotExist, or *NotLinkError.
	read(link string) (string, error)
	// supported is errors.ErrUnsupported for a folder whose volume has neither.
	supported(folder string) error
	// local tells whether a path is on a volume of this machine.
	local(path string) bool
	// mkdir makes an empty folder; fs.ErrExist.
	mkdir(path string) error
	// set writes the buffer: an empty folder becomes a link, a link of the same kind is re-pointed. errOtherKind.
	set(path string, buffer []byte) error
	// symlink makes a symbolic link to a folder; fs.ErrExist.
	symlink(target, path string) error
	// rename gives old a name that is not taken: fs.ErrExist.
	rename(old, new string) error
	// remove takes away a link or an empty folder, never what a link leads to.
	remove(path string) error
	// pass looks at the folder at the end of a link. errUntrusted.
	pass(link string) error
}

var (
	errOtherKind = errors.New("it is a link of another kind")
	errUntrusted = errors.New("this process may not pass through links that ordinary users made (RedirectionGuard, as in sessions of OpenSSH)")
	errNoLink    = errors.New("the system reported success and made none")
)

// pointReparse is PointDir on Windows: a junction, or a symbolic link where there can't be one.
func pointReparse(links reparsePoints, link, target string) error {
	old, err := links.read(link)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = newDirLink(links, link, target)
	case err != nil:
		return err
	case strings.EqualFold(old, target):
		return nil
	default:
		err = turnDirLink(links, link, target)
	}
	if errors.Is(err, fs.ErrExist) {
		// Somebody made one at the same time: look again what it is.
		return pointReparse(links, link, target)
	}
	if err != nil {
		return err
	}
	return verifyDirLink(links, link, target)
}

// newDirLink makes the link beside its place, and renames it there when it is whole.
func newDirLink(links reparsePoints, link, target string) error {
	sibling, err := prepareDirLink(links, link, target)
	if err != nil {
		return err
	}
	if err := links.rename(sibling, link); err != nil {
		return errors.Join(err, links.remove(sibling))
	}
	return nil
}

// turnDirLink re-points a link in place, by one call: there is no moment without it. Only where its kind has to change,
// or where writing symbolic links is not allowed, another takes its place, which is ready before the old one goes.
func turnDirLink(links reparsePoints, link, target string) error {
	buffers := []func(string) ([]byte, error){symlinkBuffer}
	if links.local(target) {
		buffers = []func(string) ([]byte, error){junctionBuffer, symlinkBuffer}
	}
	for _, build := range buffers {
		buffer, err := build(target)
		if err != nil {
			return err
		}
		if links.set(link, buffer) == nil {
			if got, err := links.read(link); err == nil && strings.EqualFold(got, target) {
				return nil
			}
		}
	}
	sibling, err := prepareDirLink(links, link, target)
	if err != nil {
		return err
	}
	if err = links.remove(link); err == nil || errors.Is(err, fs.ErrNotExist) {
		err = links.rename(sibling, link)
	}
	if err != nil {
		return errors.Join(err, links.remove(sibling))
	}
	return nil
}

// prepareDirLink makes a link to target beside link, and has seen that it is one. In an error it leaves nothing.
func prepareDirLink(links reparsePoints, link, target string) (sibling string, err error) {
	if err := links.supported(filepath.Dir(link)); err != nil {
		return "", err
	}
	sibling, junctionErr := tryDirLink(links, link, target, func(path string) error { return makeJunction(links, path, target) })
	if junctionErr == nil {
		return sibling, nil
	}
	sibling, symlinkErr := tryDirLink(links, link, target, func(path string) error { return links.symlink(target, path) })
	if symlinkErr == nil {
		return sibling, nil
	}
	return "", fmt.Errorf("neither a junction (%w) nor a symbolic link (%w)", junctionErr, symlinkErr)
}

func makeJunction(links reparsePoints, path, target string) error {
	if !links.local(target) {
		return errors.New("its target is not on a drive of this machine")
	}
	buffer, err := junctionBuffer(target)
	if err != nil {
		return err
	}
	if err := links.mkdir(path); err != nil {
		return err
	}
	if err := links.set(path, buffer); err != nil {
		return errors.Join(err, links.remove(path))
	}
	return nil
}

// tryDirLink makes a link by one of the ways, and takes it away again if it is not what it should be. One that only
// this process can't pass through stands: others can.
func tryDirLink(links reparsePoints, link, target string, way func(path string) error) (sibling string, err error) {
	if sibling, err = inSibling(link, way); err != nil {
		return "", err
	}
	if err := verifyDirLink(links, sibling, target); err != nil && !errors.Is(err, errUntrusted) {
		_ = links.remove(sibling) // there may be nothing
		return "", err
	}
	return sibling, nil
}

// verifyDirLink believes no call that reports success: Wine's made nothing, and a process under RedirectionGuard cannot
// pass through a junction that was made as it should.
func verifyDirLink(links reparsePoints, link, target string) error {
	got, err := links.read(link)
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, new(*NotLinkError)) {
		return errNoLink
	}
	if err != nil {
		return fmt.Errorf("reading the link back: %w", err)
	}
	if !strings.EqualFold(got, target) {
		return fmt.Errorf("the link names %s", got)
	}
	if err := links.pass(link); err != nil {
		return fmt.Errorf("looking through the link: %w", err)
	}
	return nil
}
