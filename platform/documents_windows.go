package platform

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

func knownDocuments(home string) string {
	if own := accountHome(); own == "" || !SameWindowsPath(own, home) {
		return ""
	}
	// Without KF_FLAG_DONT_VERIFY a server that is away would make it an error.
	dir, err := windows.KnownFolderPath(windows.FOLDERID_Documents, windows.KF_FLAG_DONT_VERIFY)
	if err != nil || !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Clean(dir)
}
