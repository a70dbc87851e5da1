package platform

import "path/filepath"

// Documents is the folder of the user's documents, in which the profiles of PowerShell are. It need not be there.
//
// Windows: where Explorer has it, which may be OneDrive or a server. A process whose home is not the account's own has
// it in that home. Elsewhere no program depends on one: Documents in the home folder.
func (h Host) Documents() string {
	if dir := knownDocuments(h.UserHome); dir != "" {
		return dir
	}
	return filepath.Join(h.UserHome, "Documents")
}
