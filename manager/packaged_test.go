package manager

import (
	"os"
	"path/filepath"
	"testing"

	"gsw/platform"
)

func TestOwnerOf(t *testing.T) {
	root := func(files map[string]string) string {
		dir := t.TempDir()
		for name, text := range files {
			file := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	debian := root(map[string]string{"var/lib/dpkg/info/gsw.list": "/.\n/usr\n/usr/bin\n/usr/bin/gsw\n/usr/bin/gsw-shim\n", "var/lib/rpm/x": ""})
	alpine := root(map[string]string{"lib/apk/db/installed": "C:Q1\nP:busybox\n\nP:gsw\nV:1.0.0\nF:usr/bin\nR:gsw\n"})
	fedora := root(map[string]string{"usr/lib/sysimage/rpm/rpmdb.sqlite": ""})
	for _, c := range []struct {
		name, root, os, file, env string
		want, upgrade             string // "" for nobody's
	}{
		{"Debian", debian, "linux", "/usr/bin/gsw", "", "dpkg", "sudo apt-get install --only-upgrade gsw"},
		{"Debian, but another file", debian, "linux", "/usr/bin/other", "", "rpm", "sudo dnf upgrade gsw"},
		{"Alpine", alpine, "linux", "/usr/bin/gsw", "", "apk", "sudo apk upgrade gsw"},
		{"Fedora", fedora, "linux", "/usr/bin/gsw", "", "rpm", "sudo dnf upgrade gsw"},
		{"nobody knows", t.TempDir(), "linux", "/usr/bin/gsw", "", "the system's package manager", ""},
		{"Homebrew on a Mac", "", "darwin", "/opt/homebrew/Cellar/gsw/1.0.0/bin/gsw", "", "Homebrew", "brew upgrade gsw"},
		{"Homebrew's casks", "", "darwin", "/opt/homebrew/Caskroom/gsw/1.0.0/gsw", "", "Homebrew", "brew upgrade gsw"},
		{"Homebrew on Linux", "", "linux", "/home/linuxbrew/.linuxbrew/Cellar/gsw/1.0.0/bin/gsw", "", "Homebrew", "brew upgrade gsw"},
		{"Nix", "", "linux", "/nix/store/abc-gsw-1.0.0/bin/gsw", "", "Nix", "nix profile upgrade gsw"},
		{"snap", "", "linux", "/snap/gsw/1/bin/gsw", "", "snap", "sudo snap refresh gsw"},
		{"Scoop", "", "windows", `C:\Users\u\Scoop\Apps\gsw\current\gsw.exe`, "", "Scoop", "scoop update gsw"},
		{"Scoop elsewhere", "", "windows", `D:\tools\apps\gsw\1.0.0\gsw.exe`, `SCOOP=d:\Tools`, "Scoop", "scoop update gsw"},
		{"winget", "", "windows", `C:\Users\u\AppData\Local\Microsoft\WinGet\Packages\gsw.gsw_x\gsw.exe`, "", "winget", "winget upgrade gsw.gsw"},
		{"the home", "", "linux", "/home/u/.gsw/bin/gsw", "", "", ""},
		{"by hand", "", "linux", "/usr/local/bin/gsw", "", "", ""},
		{"the home on Windows", "", "windows", `C:\Users\u\.gsw\bin\gsw.exe`, `SCOOP=C:\Users\u\scoop`, "", ""},
		{"a name like that", "", "linux", "/home/u/my/usr/bin/gsw", "", "", ""},
	} {
		target := platform.Target{OS: c.os, Arch: "amd64"}
		file, owner, is := ownerOf(c.root, c.file, target, platform.NewEnv(target, []string{c.env}))
		if is != (c.want != "") || owner.Name != c.want || owner.Upgrade != c.upgrade || is && file != c.file {
			t.Errorf("%s: %q, %+v, %v", c.name, file, owner, is)
		}
	}
}
