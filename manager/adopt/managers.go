// Package adopt finds the toolchains that other version managers, package managers and people have put on this machine,
// and the lines of start-up files that lead to them. It reads folders and files, changes nothing and proves nothing.
package adopt

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"gsw/platform"
)

// Manager is one way in which toolchains come to lie on a machine: where they lie, and by what a start-up file that
// leads to them is known.
type Manager struct {
	Name string
	Many bool // it manages more than Go: its start-up lines are not only about Go

	// Roots are the folders it keeps its things in.
	Roots []Root

	// Trees are patterns of GOROOTs below a root, with slashes.
	Trees []string

	// Default names files below a root that say which version is the global one; links count as what they lead to.
	Default []string

	// Marks are what lines of start-up files that are its own mention: programs, variables, folders. One that ends in a
	// slash is the beginning of a path.
	Marks []string
}

// Root is a folder of a manager's.
type Root struct {
	Variable string // that names it, if it is set
	Below    string // what the folder has below the one that Variable names
	Home     string // where it is otherwise, below the user's home
	System   string // where it is otherwise, absolute
}

// Managers are those that are known, the ones for Go alone first.
func Managers() []Manager {
	return []Manager{
		{
			Name:    "gvm",
			Roots:   []Root{{Variable: "GVM_ROOT", Home: ".gvm"}},
			Trees:   []string{"gos/*", "versions/*"}, // moovweb's and andrewkroh's
			Default: []string{"environments/default"},
			Marks:   []string{".gvm/", "GVM_ROOT", "gvm_use", "gvm use", `eval "$(gvm`, "gvm-linux-amd64", "gvm-darwin-amd64"},
		},
		{
			Name:    "goenv",
			Roots:   []Root{{Variable: "GOENV_ROOT", Home: ".goenv"}},
			Trees:   []string{"versions/*"},
			Default: []string{"version"},
			Marks:   []string{".goenv/", "GOENV_ROOT", "goenv init"},
		},
		{
			Name:    "g",
			Roots:   []Root{{Variable: "G_HOME"}, {Home: ".g"}}, // the variable counts only with G_EXPERIMENTAL
			Trees:   []string{"versions/*", "go"},
			Default: []string{"go"},
			Marks:   []string{".g/", "G_HOME", "G_MIRROR", "G_EXPERIMENTAL", "unalias g"},
		},
		{
			Name:    "gobrew",
			Roots:   []Root{{Variable: "GOBREW_ROOT", Below: ".gobrew", Home: ".gobrew"}},
			Trees:   []string{"versions/*/go"},
			Default: []string{"current/go"},
			Marks:   []string{".gobrew/", "GOBREW_ROOT", "gobrew"},
		},
		{
			Name:    "goup",
			Roots:   []Root{{Home: ".go"}},
			Trees:   []string{"go*", ".versions/*", "."}, // the last two are stefanmaric/g's
			Default: []string{"current"},
			Marks:   []string{".go/bin", ".go/current", ".go/env"},
		},
		{
			Name:  "gimme",
			Roots: []Root{{Variable: "GIMME_VERSION_PREFIX", Home: ".gimme/versions"}},
			Trees: []string{"go*"},
			Marks: []string{".gimme/", "GIMME_VERSION_PREFIX", "GIMME_ENV_PREFIX", "GIMME_GO_VERSION", "(gimme"},
		},
		{
			Name:  "golang.org/dl",
			Roots: []Root{{Home: "sdk"}},
			Trees: []string{"go*"},
			Marks: []string{"sdk/go"},
		},
		{
			Name:    "asdf",
			Many:    true,
			Roots:   []Root{{Variable: "ASDF_DATA_DIR", Home: ".asdf"}},
			Trees:   []string{"installs/golang/*/go"},
			Default: nil, // ~/.tool-versions, see Default
			Marks:   []string{".asdf/", "asdf.sh", "asdf.fish", "ASDF_DATA_DIR", "ASDF_DIR", "ASDF_GOLANG_MOD_VERSION_ENABLED"},
		},
		{
			Name: "mise",
			Many: true,
			Roots: []Root{
				{Variable: "MISE_DATA_DIR", Home: ".local/share/mise"}, {Variable: "XDG_DATA_HOME", Below: "mise"},
				{Variable: "RTX_DATA_DIR", Home: ".local/share/rtx"},
			},
			Trees: []string{"installs/go/*"},
			Marks: []string{"mise activate", "rtx activate", "MISE_DATA_DIR", "RTX_DATA_DIR", "share/mise/shims", "share/rtx/shims"},
		},
		{
			Name:  "vfox",
			Many:  true,
			Roots: []Root{{Variable: "VFOX_HOME", Home: ".version-fox"}, {Home: ".vfox"}, {Variable: "VFOX_ROOT"}},
			Trees: []string{"cache/golang/v-*/golang-*", "cache/golang/v-*/go-*", "installed/golang/v-*/golang-*", "installs/golang/v-*/golang-*"},
			Marks: []string{"vfox activate", "VFOX_HOME", ".version-fox/", ".vfox/"},
		},
		{
			Name: "Homebrew",
			Many: true,
			Roots: []Root{
				{Variable: "HOMEBREW_CELLAR", System: "/opt/homebrew/Cellar"}, {System: "/usr/local/Cellar"},
				{System: "/home/linuxbrew/.linuxbrew/Cellar"}, {Home: ".linuxbrew/Cellar"},
			},
			Trees: []string{"go/*/libexec", "go@*/*/libexec"},
		},
		{
			Name:  "the module cache",
			Many:  true,
			Roots: []Root{{Variable: "GOMODCACHE", Below: "golang.org"}, {Variable: "GOPATH", Below: "pkg/mod/golang.org", Home: "go/pkg/mod/golang.org"}},
			Trees: []string{"toolchain@v0.0.1-go*"},
		},
		{
			Name:  "the archive of go.dev/dl",
			Roots: []Root{{System: "/usr/local"}, {System: "/opt"}, {Variable: "ProgramFiles"}}, // Windows has that
			Trees: []string{"go"},
			Marks: []string{"/usr/local/go/bin", "/opt/go/bin"},
		},
		{
			Name:  "the system's packages",
			Many:  true,
			Roots: []Root{{System: "/usr/lib"}, {System: "/usr/lib64"}, {System: "/opt/local/lib"}, {System: "/snap/go/current"}},
			Trees: []string{"go", "go-*", "golang", "."},
		},
	}
}

// Added tells whether a file of a GOROOT, by its slash path below it, is one that no release has and that managers, tools
// or people are known to put there. It is a list of names, no proof: what is left without them is what has to be proved.
func Added(name string) bool {
	folder, base := path.Split(name)
	switch folder {
	case "":
		packed, _ := path.Match("go[0-9]*.tar.gz", base)
		zipped, _ := path.Match("go[0-9]*.zip", base)
		// golang.org/dl and goup keep the archive and a mark beside what they unpacked, gvm a list of the files.
		if base == ".unpacked-success" || base == "manifest" || packed || zipped {
			return true
		}
	case "bin/": // go install, where a manager made that GOBIN, as mise did
		return !slices.Contains([]string{"go", "gofmt", "godoc"}, strings.TrimSuffix(base, ".exe"))
	}
	return base == ".DS_Store" || strings.HasPrefix(folder, "packages/") // the GOPATH that vfox's plugin makes
}

// Places is where to look: the user's home and variables, and the folder that stands for the root of the file system.
type Places struct {
	Host platform.Host
	Root string // before every path of the system's; "": none
}

// Folders gives a manager's roots on this machine, there or not.
func (p Places) Folders(m Manager) []string {
	var folders []string
	add := func(folder string) {
		if folder = filepath.Clean(folder); !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	for _, r := range m.Roots {
		value := ""
		if r.Variable != "" {
			if list := filepath.SplitList(p.Host.Env.Get(r.Variable)); len(list) > 0 {
				value = list[0] // GOPATH may have several; the first has the module cache
			}
		}
		switch {
		case filepath.IsAbs(value):
			add(filepath.Join(value, filepath.FromSlash(r.Below)))
		case r.Home != "" && p.Host.UserHome != "":
			add(filepath.Join(p.Host.UserHome, filepath.FromSlash(r.Home)))
		case r.System != "" && p.Host.OS != "windows":
			add(p.system(r.System))
		}
	}
	return folders
}

func (p Places) system(path string) string { return filepath.Join(p.Root, filepath.FromSlash(path)) }
