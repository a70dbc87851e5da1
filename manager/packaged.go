package manager

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gsw/platform"
)

// A PackagedError is a gsw that a package manager put there, and alone may replace.
type PackagedError struct {
	File  string
	Owner PackageManager
}

func (e *PackagedError) Error() string {
	return fmt.Sprintf("%s belongs to %s, which alone should replace it", e.File, e.Owner.Name)
}

// PackageManager is who put a gsw where it is, and the commands by which that one renews and removes it; "" where they are
// not known.
type PackageManager struct{ Name, Upgrade, Remove string }

// packaged refuses where the gsw that runs is a package manager's.
func (m Manager) packaged() error {
	if file, owner, is := ownerOf("", m.Host.Self, m.Host.Target, m.Host.Env); is {
		return &PackagedError{File: file, Owner: owner}
	}
	return nil
}

// ownerOf gives the file, its links followed, and the package manager that put it there, if one did. root stands before
// the places where package managers write down what they installed.
func ownerOf(root, file string, target platform.Target, env platform.Env) (string, PackageManager, bool) {
	if whole, err := filepath.EvalSymlinks(file); err == nil {
		file = whole
	}
	place := file
	if target.OS == "windows" {
		place = strings.ToLower(strings.ReplaceAll(file, `\`, "/"))
		for _, name := range []string{"SCOOP", "SCOOP_GLOBAL"} {
			if dir := strings.ToLower(strings.ReplaceAll(env.Get(name), `\`, "/")); dir != "" && strings.HasPrefix(place, strings.TrimSuffix(dir, "/")+"/") {
				return file, scoop(), true
			}
		}
	}
	for part, owner := range map[string]PackageManager{
		"/Cellar/":          {"Homebrew", "brew upgrade gsw", "brew uninstall gsw"},
		"/Caskroom/":        {"Homebrew", "brew upgrade gsw", "brew uninstall gsw"},
		"/scoop/apps/":      scoop(),
		"/winget/packages/": {"winget", "winget upgrade gsw.gsw", "winget uninstall gsw.gsw"},
	} {
		if strings.Contains(place, part) {
			return file, owner, true
		}
	}
	if target.OS == "windows" {
		return "", PackageManager{}, false
	}
	for dir, owner := range map[string]PackageManager{
		"/nix/store/": {"Nix", "nix profile upgrade gsw", "nix profile remove gsw"},
		"/snap/":      {"snap", "sudo snap refresh gsw", "sudo snap remove gsw"},
	} {
		if strings.HasPrefix(place, dir) {
			return file, owner, true
		}
	}
	for _, dir := range []string{"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"} {
		if strings.HasPrefix(place, dir) {
			return file, systemOwner(root, file), true
		}
	}
	return "", PackageManager{}, false
}

func scoop() PackageManager {
	return PackageManager{"Scoop", "scoop update gsw", "scoop uninstall gsw"}
}

// systemOwner looks at what the package managers of Unix systems have written down. Where nobody says so the file may be
// somebody's own, in a folder that is the system's.
func systemOwner(root, file string) PackageManager {
	for _, list := range []string{"gsw.list", "gsw:*.list"} { // of Debian's packages, each with its files
		names, _ := filepath.Glob(filepath.Join(root, "/var/lib/dpkg/info", list))
		for _, name := range names {
			if text, err := os.ReadFile(name); err == nil && strings.Contains("\n"+string(text), "\n"+file+"\n") {
				return PackageManager{"dpkg", "sudo apt-get install --only-upgrade gsw", "sudo apt-get remove gsw"}
			}
		}
	}
	if text, err := os.ReadFile(filepath.Join(root, "/lib/apk/db/installed")); err == nil && strings.Contains("\n"+string(text), "\nP:gsw\n") {
		return PackageManager{"apk", "sudo apk upgrade gsw", "sudo apk del gsw"}
	}
	for _, dir := range []string{"/usr/lib/sysimage/rpm", "/var/lib/rpm"} {
		if _, err := os.Stat(filepath.Join(root, dir)); err == nil {
			return PackageManager{"rpm", "sudo dnf upgrade gsw", "sudo dnf remove gsw"}
		}
	}
	return PackageManager{Name: "the system's package manager"}
}
