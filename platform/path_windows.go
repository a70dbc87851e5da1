package platform

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

const pathSeparators = `\/:`

func executableExtensions(file string, env Env) []string { return windowsExtensions(file, env) }

func executable(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return fs.ErrPermission
	}
	return err
}

func ownedByAnother(path string) (bool, error) {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return false, &fs.PathError{Op: "owner", Path: path, Err: err}
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return false, &fs.PathError{Op: "owner", Path: path, Err: err}
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return false, err
	}
	const installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464" // TrustedInstaller
	known := owner.Equals(user.User.Sid) || owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) ||
		owner.IsWellKnown(windows.WinLocalSystemSid) || owner.String() == installer
	return !known, nil
}

func owner(string) (int, error) { return 0, errors.ErrUnsupported }

func user() int { return -1 }
