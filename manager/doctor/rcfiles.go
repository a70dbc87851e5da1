package doctor

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gsw/scripts"
)

// deed is one thing that a line of a start-up file does. The files are read and never run: what a condition or another
// command decides is not known, so a line counts as if it ran.
type deed struct {
	file  string
	line  int
	text  string // the line, without blanks around
	kind  deedKind
	name  string // of the variable, or of the alias
	value string // as far as it can be told; of front and back one folder, of sources a file
	whole bool   // no line before or after belongs to it, and nothing else that can't be told stands in it
}

type deedKind int

const (
	exports   deedKind = iota // a variable, other than PATH
	front                     // puts a folder before $PATH
	back                      // puts a folder behind $PATH
	aliases                   // makes a name an alias or a function
	unaliases                 // takes an alias back
	plugin                    // names a plugin of oh-my-zsh
	sources                   // reads another file
	hooks                     // loads gsw's hook; name is the shell, if it says
	runs                      // any other command
)

func (d deed) place() string { return d.file + ":" + strconv.Itoa(d.line) }

func (d deed) String() string { return d.place() + ": " + d.text }

// hugeFile is more than anybody writes by hand.
const hugeFile = 1 << 20

// plainFile tells whether a file can be a start-up file: reading a pipe would wait for ever.
func plainFile(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Size() <= hugeFile
}

// readSmall reads a plain file unless it is huge. What can't be read says nothing.
func readSmall(file string) (string, bool) {
	if !plainFile(file) {
		return "", false
	}
	f, err := os.Open(file)
	if err != nil {
		return "", false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, hugeFile))
	return string(data), err == nil
}

// rcReader reads start-up files one after another, as a shell would: what one sets, the next may use.
type rcReader struct {
	home, gsw string                           // the user's home folder, and gsw's
	vars      map[string]string                // known by now
	env       func(name string) string         // what the environment says of the others
	read      func(file string) (string, bool) // readSmall, or a test's
	windows   bool                             // the shells are Git's, or others of MSYS2
}

// dialect is what a file is written in.
type dialect int

const (
	shellText dialect = iota
	fishText
	listText // NAME=value, exported without a word: environment.d, /etc/environment
	ownText  // a language of its own, of which package scripts knows how it makes an alias
)

func dialectOf(file string) dialect {
	switch base := filepath.Base(file); {
	case strings.HasSuffix(base, ".fish"):
		return fishText
	case strings.HasSuffix(base, ".conf"), base == "environment", base == ".pam_environment":
		return listText
	case ownLanguage(file) != nil:
		return ownText
	}
	return shellText
}

// ownLanguage gives the shell of a start-up file that is written in neither of the languages that are read here.
func ownLanguage(file string) scripts.Shell {
	for _, shell := range scripts.Shells() {
		if filepath.Ext(file) == "."+shell.Ending() && !slices.Contains([]string{"sh", "bash", "zsh", "fish"}, shell.Ending()) {
			return shell
		}
	}
	return nil
}

// file gives what a file does, and the plain files that it reads itself where their names can be told.
func (r *rcReader) file(file string) []deed {
	text, ok := r.read(file)
	if !ok {
		return nil
	}
	return r.text(file, text, true)
}

// text gives what the text of a file does; follow lets it read others, in their place.
func (r *rcReader) text(file, text string, follow bool) []deed {
	s := rcScanner{rcReader: r, dialect: dialectOf(file), shell: ownLanguage(file)}
	var all []deed
	number, continued := 0, false
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		open := s.array != ""
		s.found, s.whole, s.depth = nil, !continued, 0
		continued = strings.HasSuffix(line, `\`)
		s.line(line)
		for _, d := range s.found {
			d.file, d.line, d.text = file, number, strings.TrimSpace(line)
			d.whole = s.whole && s.depth == 0 && !continued && !open && s.array == ""
			all = append(all, d)
			if d.kind == sources && follow && filepath.IsAbs(d.value) && !below(d.value, r.gsw) {
				if inner, ok := r.read(d.value); ok {
					all = append(all, r.text(d.value, inner, false)...)
				}
			}
		}
	}
	return slices.DeleteFunc(all, func(d deed) bool { // an assignment is none to anybody but the file
		return d.kind == exports && d.file == file && !slices.Contains(s.exported, d.name)
	})
}

// exportedBy lists the lines of start-up files that set a variable: "/home/me/.bashrc:12: export GOPROXY=off".
func (p *Patient) exportedBy(name string) []string {
	var found []string
	for _, d := range p.StartUp() {
		if d.kind == exports && d.name == name {
			found = append(found, d.String())
		}
	}
	return found
}

// startUp is what the start-up files do, of every shell whose files are there.
func (p *Patient) startUp() []deed {
	var all []deed
	seen := map[string]bool{}
	for _, file := range p.startFiles() {
		for _, d := range p.rcReader().file(file) {
			if key := d.place() + "\x00" + strconv.Itoa(int(d.kind)) + d.name + "\x00" + d.value; !seen[key] {
				seen[key] = true // a file that two others read
				all = append(all, d)
			}
		}
	}
	return all
}

func (p *Patient) rcReader() *rcReader {
	return &rcReader{home: p.Host.UserHome, gsw: p.Host.Home, env: p.Host.Env.Get, read: readSmall,
		vars: map[string]string{"HOME": p.Host.UserHome}, windows: p.Host.OS == "windows"}
}

// startFiles are those that shells and sessions read, whichever are there, each shell's in the order in which it reads
// them.
func (p *Patient) startFiles() []string {
	var files []string
	glob := func(dir string, patterns ...string) {
		for _, pattern := range patterns {
			more, _ := filepath.Glob(filepath.Join(escapeGlob(dir), pattern))
			files = append(files, more...)
		}
	}
	zdotdir := p.Host.UserHome
	if dir := p.Host.Env.Get("ZDOTDIR"); filepath.IsAbs(dir) {
		zdotdir = dir
	}
	glob(p.Etc, "environment", "environment.d/*.conf", "profile", "profile.d/*.sh", "bash.bashrc", "bashrc")
	glob(p.Host.UserHome, ".pam_environment", ".xprofile", ".bash_profile", ".bash_login", ".profile", ".bashrc", ".kshrc")
	glob(p.Etc, "zsh/zshenv", "zshenv", "zsh/zprofile", "zprofile", "zsh/zshrc", "zshrc")
	if zdotdir != p.Host.UserHome {
		glob(p.Host.UserHome, ".zshenv") // which is where ZDOTDIR is said
	}
	glob(zdotdir, ".zshenv", ".zprofile", ".zshrc", ".zlogin")
	glob(p.Etc, "fish/config.fish", "fish/conf.d/*.fish")
	glob(p.Host.UserHome, ".config/fish/conf.d/*.fish", ".config/fish/config.fish", ".config/environment.d/*.conf")
	for _, shell := range scripts.Shells() {
		for _, file := range scripts.Files(shell, p.rcUser()) {
			if !slices.Contains(files, file) && ownLanguage(file) != nil {
				files = append(files, file)
			}
		}
	}
	return slices.DeleteFunc(files, func(file string) bool { return !plainFile(file) })
}

// escapeGlob names a folder in a pattern.
func escapeGlob(dir string) string {
	if filepath.Separator == '\\' {
		return dir // there it can't be done, and no name has such characters
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}
