package platform

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// oldFile is what a system makes of an OldFile.
type oldFile interface {
	readAt(p []byte, at int64) error
	protect() error
	close() error
}

// OldFile is a regular file that Folder.Open found, as it was then. It owes a Close.
type OldFile struct {
	body oldFile
	Size int64
	Perm fs.FileMode
}

// ReadAt fills p with what lies at that offset. io.ErrUnexpectedEOF if the file ends before.
func (o OldFile) ReadAt(p []byte, at int64) error { return o.body.readAt(p, at) }

// Protect takes the permission to write from everybody, for all names of the file. Who has it open keeps it.
func (o OldFile) Protect() error { return o.body.protect() }

// Close lets go of the file.
func (o OldFile) Close() error { return o.body.close() }

// Look opens the folder name in f, which must be there and no link.
func (f Folder) Look(name string) (Folder, error) {
	if err := oneElement(name); err != nil {
		return Folder{}, err
	}
	body, err := f.body.look(name)
	return Folder{body}, err
}

// Open opens the file name in f to be read. A link, or anything else but a regular file, is an error.
//
// Linux, macOS. Elsewhere errors.ErrUnsupported.
func (f Folder) Open(name string) (OldFile, error) {
	if err := oneElement(name); err != nil {
		return OldFile{}, err
	}
	return f.body.open(name)
}

// Clone makes the new file name in f, as Create does, with the content of old, which takes no room: both share their
// blocks on the disk until one of them is written to, so that it is as safe as any copy. It can be read. If old is
// written to meanwhile the clone may be of any moment: who has to know what it holds reads the clone.
// errors.ErrUnsupported: the file system does not do that, or the two lie on different ones. After an error the file is
// not there, unless it was before.
//
// Linux: FICLONE (btrfs, XFS, bcachefs, overlays and network mounts of those). macOS: APFS. Elsewhere not supported.
func (f Folder) Clone(old OldFile, name string, perm fs.FileMode) (NewFile, error) {
	if err := oneElement(name); err != nil {
		return NewFile{}, err
	}
	body, err := f.body.clone(old.body, name, perm)
	if err != nil {
		return NewFile{}, &fs.PathError{Op: "clone", Path: name, Err: err}
	}
	return NewFile{body}, nil
}

// Link gives old the second name name in f. It is an error if the name that old was opened under is another file's by
// now, if the file may be written to, or if the file system does not make the link (another volume, no more links, not
// allowed): nothing is there then, unless it was before.
//
// Linux, macOS. Elsewhere errors.ErrUnsupported; on Windows, removing a read-only file takes the protection off its
// other names.
func (f Folder) Link(old OldFile, name string) error {
	if err := oneElement(name); err != nil {
		return err
	}
	if err := f.body.link(old.body, name); err != nil {
		return &fs.PathError{Op: "link", Path: name, Err: err}
	}
	return nil
}

// Remove removes the file name in f.
func (f Folder) Remove(name string) error {
	if err := oneElement(name); err != nil {
		return err
	}
	return f.body.remove(name)
}

// ReadAt fills p from a file that Clone made. io.ErrUnexpectedEOF if it ends before.
func (n NewFile) ReadAt(p []byte, at int64) error { return n.body.readAt(p, at) }

// Cut shortens a file that Clone made; Write goes on there.
func (n NewFile) Cut(at int64) error { return n.body.cut(at) }

// Clones tells whether files in dir can be cloned, by trying.
func Clones(dir string) bool {
	return trying(dir, 0o600, func(f Folder, old OldFile, path, name string) error {
		clone, err := f.Clone(old, name+"c", 0o600)
		if err != nil {
			return err
		}
		return errors.Join(clone.Close(), os.Remove(path+"c"))
	}) == nil
}

// SafeLinks is nil if Folder.Link works in dir and the files then are safe from this process, which is tried: who may
// write to read-only files, as root may and everybody on file systems without permissions, writes to all names of a file
// at once.
func SafeLinks(dir string) error {
	return trying(dir, 0o444, func(f Folder, old OldFile, path, name string) error {
		if err := f.Link(old, name+"l"); err != nil {
			return err
		}
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err == nil {
			err = errors.Join(errors.New("this user may write to read-only files"), file.Close())
		} else if errors.Is(err, fs.ErrPermission) {
			err = nil
		}
		return errors.Join(err, os.Remove(path+"l"))
	})
}

// trying calls try with a small file in dir, which goes afterwards.
func trying(dir string, perm fs.FileMode, try func(f Folder, old OldFile, path, name string) error) error {
	path, err := inSibling(filepath.Join(dir, "try"), func(path string) error {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		if err != nil {
			return err
		}
		_, err = io.WriteString(file, "x")
		return errors.Join(err, file.Close())
	})
	defer os.Remove(path)
	if err != nil {
		return err
	}
	f, err := OpenFolder(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	old, err := f.Open(filepath.Base(path))
	if err != nil {
		return fmt.Errorf("trying what the file system can: %w", err)
	}
	defer old.Close()
	return try(f, old, path, filepath.Base(path))
}
