//go:build unix

package platform

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const homeVariable = "HOME"

// accountHome reads the account file alone: what os/user adds to it needs cgo, and with it a dynamically linked shim.
// Accounts that live elsewhere (macOS, LDAP) have none here.
func accountHome() string {
	accounts, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return ""
	}
	return homeOf(string(accounts), os.Geteuid())
}

// homeOf finds an account's home folder in the text of a passwd(5) file.
func homeOf(accounts string, uid int) string {
	for line := range strings.Lines(accounts) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(fields) == 7 && fields[2] == strconv.Itoa(uid) && filepath.IsAbs(fields[5]) {
			return filepath.Clean(fields[5])
		}
	}
	return ""
}
