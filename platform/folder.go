package platform

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"
)

// Folder is an open folder. It makes new files and folders in itself and nowhere else, whatever happens to its path
// meanwhile: names are single elements, links are never followed, what exists is never written to. Several goroutines
// may use it at once.
//
// Linux, macOS: a descriptor, to which everything is relative; a small file takes four system calls. Elsewhere: an
// os.Root, which gives the same guarantee and takes about ten.
type Folder struct{ body folder }

// folder is what a system makes of a Folder. The names it is given are single elements.
type folder interface {
	sub(name string, perm fs.FileMode) (folder, error)
	create(name string, perm fs.FileMode) (newFile, error)
	look(name string) (folder, error)
	open(name string) (OldFile, error)
	clone(old oldFile, name string, perm fs.FileMode) (newFile, error)
	link(old oldFile, name string) error
	remove(name string) error
	close() error
}

// newFile is what a system makes of a NewFile.
type newFile interface {
	write(p []byte) error
	readAt(p []byte, at int64) error
	cut(at int64) error
	finish(mtime time.Time) error
	close() error
}

// OpenFolder opens the folder dir. Close it.
func OpenFolder(dir string) (Folder, error) {
	body, err := openFolder(dir)
	return Folder{body}, err
}

// Sub opens the folder name in f, and makes it with perm, less the umask, if there is none; another goroutine may be
// doing the same. It is to be closed, and outlives f.
func (f Folder) Sub(name string, perm fs.FileMode) (Folder, error) {
	if err := oneElement(name); err != nil {
		return Folder{}, err
	}
	body, err := f.body.sub(name, perm)
	return Folder{body}, err
}

// Create makes the new file name in f, with perm less the umask; fs.ErrExist if the name is taken, be it by a link.
func (f Folder) Create(name string, perm fs.FileMode) (NewFile, error) {
	if err := oneElement(name); err != nil {
		return NewFile{}, err
	}
	body, err := f.body.create(name, perm)
	return NewFile{body}, err
}

// Close lets go of the folder. Files that are being written stay open. The zero Folder is none.
func (f Folder) Close() error {
	if f.body == nil {
		return nil
	}
	return f.body.close()
}

// NewFile is a file that Folder.Create made. It owes a Finish or a Close.
type NewFile struct{ body newFile }

// Write appends p, all of it unless there is an error.
func (n NewFile) Write(p []byte) error { return n.body.write(p) }

// Finish closes the file and gives it this time of last change; a zero one leaves now.
func (n NewFile) Finish(mtime time.Time) error { return n.body.finish(mtime) }

// Close gives the file up as it is. The zero NewFile is none.
func (n NewFile) Close() error {
	if n.body == nil {
		return nil
	}
	return n.body.close()
}

// oneElement keeps what Folder promises even for a name that nobody has looked at.
func oneElement(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") || os.IsPathSeparator('\\') && strings.ContainsAny(name, `\:`) {
		return &fs.PathError{Op: "create", Path: name, Err: errors.New("not the name of a file in a folder")}
	}
	return nil
}
