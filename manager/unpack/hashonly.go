package unpack

import "gsw/platform"

// HashOnly makes unpacking write nothing: the archive passes the same policy, is read to the same end and hashed file
// by file, for those who pass archives on. The folder it is given is not looked at.
func HashOnly() Option { return func(to *sharing) { to.hashOnly = true } }

// openTree opens dir to be unpacked into; of an archive that is only hashed, no folder.
func (s *sharing) openTree(dir string) (platform.Folder, error) {
	if s.hashOnly {
		return platform.Folder{}, nil
	}
	return openTree(dir)
}
