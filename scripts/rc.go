package scripts

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gsw/platform"
)

// User is whose rc files are edited.
type User struct {
	Target    platform.Target
	Env       platform.Env                      // ZDOTDIR is heeded
	UserHome  string                            // the home folder, absolute
	Home      string                            // GSW_HOME
	Documents func() string                     // the folder of the user's documents: platform.Host.Documents
	ReadFile  func(name string) ([]byte, error) // os.ReadFile, or a test's
}

// Edit is what happens to one file: it is there before if Was, and after if Is.
type Edit struct {
	File     string
	Old, New []byte
	Was, Is  bool
	Folders  int // above the file, which gsw had made for it: they go with it if nothing else is in them
}

// Install gives the edits after which each new shell s of the user loads the hook, and finds the shims when it has no
// use for a hook. Each line ends in a comment by which Uninstall knows it. What is right already makes no edit, and
// neither does a line with `gsw init` that somebody wrote by hand.
func Install(s Shell, u User) ([]Edit, error) {
	if strings.ContainsAny(u.Home, "\r\n") {
		return nil, fmt.Errorf("%q is no path for one line of a file", u.Home)
	}
	lines, err := s.lines(u)
	if err != nil {
		return nil, err
	}
	return edit(s, u, func(file string, text string, exists bool) (string, bool, int) {
		text, created := insert(text, exists, u.missing(file), file, lines)
		return text, exists || created, 0
	})
}

// Uninstall gives the edits that take every line of Install out again. The files are then, byte for byte, as they were;
// what Install had made, folders too, is gone if nothing else is in it.
func Uninstall(s Shell, u User) ([]Edit, error) {
	return edit(s, u, func(_ string, text string, exists bool) (string, bool, int) {
		text, made, folders := remove(text)
		return text, exists && !(made && text == ""), folders
	})
}

func edit(s Shell, u User, change func(file, text string, exists bool) (new string, is bool, folders int)) ([]Edit, error) {
	var edits []Edit
	for _, file := range s.files(u) {
		old, was, err := u.read(file)
		if err != nil {
			return nil, err
		}
		if text, is, folders := change(file, old, was); text != old || is != was {
			edits = append(edits, Edit{File: file, Old: []byte(old), New: []byte(text), Was: was, Is: is, Folders: folders})
		}
	}
	return edits, nil
}

// Apply writes the file: through symbolic links, with its mode, by one rename. It refuses if the file is no longer what
// the edit was made from.
func (e Edit) Apply() error {
	data, err := os.ReadFile(e.File)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	exists := err == nil
	now, err := decoded(data)
	if err != nil {
		return fmt.Errorf("editing %s: %w", e.File, err)
	}
	switch {
	case exists != e.Was || !bytes.Equal(now, e.Old):
		return fmt.Errorf("editing %s: somebody else has just changed it", e.File)
	case !e.Is:
		return e.remove()
	}
	if err := os.MkdirAll(filepath.Dir(e.File), 0o755); err != nil { // ~/.config/fish, say
		return err
	}
	return platform.WriteForUser(e.File, encodedLike(data, e.New), 0o644)
}

// remove takes the file away, the one that a link leads to and not the link, and then what is empty above it.
func (e Edit) remove() error {
	file := e.File
	if _, err := os.Readlink(file); err == nil { // the user's own, which led to nothing before
		if file, err = filepath.EvalSymlinks(file); err != nil {
			return err
		}
		return os.Remove(file)
	}
	if err := os.Remove(file); err != nil {
		return err
	}
	for range e.Folders {
		file = filepath.Dir(file)
		if os.Remove(file) != nil {
			break // something else is in it
		}
	}
	return nil
}

// Diff shows the edit as diff -u does. The end of a line makes no difference to it.
func (e Edit) Diff() string {
	const context = 3
	old, new := linesOf(string(e.Old)), linesOf(string(e.New))
	type row struct {
		sign byte
		text string
	}
	var rows []row
	for len(old) > 0 || len(new) > 0 {
		switch {
		case len(old) > 0 && len(new) > 0 && chomp(old[0]) == chomp(new[0]):
			rows = append(rows, row{' ', chomp(old[0])})
			old, new = old[1:], new[1:]
		case len(old) > 0 && (len(new) == 0 || isOurs(old[0])):
			rows = append(rows, row{'-', chomp(old[0])})
			old = old[1:]
		default:
			rows = append(rows, row{'+', chomp(new[0])})
			new = new[1:]
		}
	}
	near := func(i int) bool {
		for j := max(0, i-context); j < min(len(rows), i+context+1); j++ {
			if rows[j].sign != ' ' {
				return true
			}
		}
		return false
	}
	var text strings.Builder
	fmt.Fprintf(&text, "--- %s\n+++ %s\n", e.File, e.File)
	for i, r := range rows {
		if near(i) {
			if i > 0 && !near(i-1) || i == 0 {
				fmt.Fprintf(&text, "@@ line %d @@\n", i+1)
			}
			text.WriteString(string(r.sign) + r.text + "\n")
		}
	}
	return text.String()
}

func isOurs(line string) bool {
	k, _, _ := kindOf(line)
	return k != ""
}

func (u User) read(file string) (text string, exists bool, err error) {
	data, err := u.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	if data, err = decoded(data); err != nil {
		return "", false, fmt.Errorf("reading %s: %w", file, err)
	}
	return string(data), true, nil
}

// missing counts the folders above a file, in the user's home, that are not there.
func (u User) missing(file string) int {
	n := 0
	for dir := filepath.Dir(file); dir != u.UserHome && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := u.ReadFile(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		n++
	}
	return n
}

func (u User) in(name string) string { return filepath.Join(u.UserHome, name) }

func (u User) inZsh(name string) string {
	if dir := u.Env.Get("ZDOTDIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, name)
	}
	return u.in(name)
}

// word names a file in the words of any Bourne shell. Through $HOME where that is right: people carry their rc files to
// other machines. On Windows it is a file as Git's shells name it, which have colons between the folders of PATH.
func (u User) word(file string) string {
	if u.Target.OS == "windows" {
		return posix{}.Quote(MSYSPath(file))
	}
	if rest, below := strings.CutPrefix(file, u.UserHome+"/"); below && u.UserHome != "" {
		return `"$HOME/` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(rest) + `"`
	}
	return posix{}.Quote(file)
}

// sourcing loads the hook. It says nothing when gsw's home is gone.
func (u User) sourcing(s Shell) string {
	hook := u.word(HookFile(s, u.Home))
	return "[ -r " + hook + " ] && . " + hook
}

// extending puts gsw's folders first on PATH unless one is on it: in a shell that was started by another the hook of
// that one has the say.
func (u User) extending() string {
	return u.exporting() + `case ":${PATH-}:" in *:` + u.word(u.Home+"/bin") + `:*) ;; *) ` + u.prepending() + ` ;; esac`
}

// leading puts them first even if they are on it further back.
func (u User) leading() string {
	return u.exporting() + `case "${PATH-}:" in ` + u.word(u.Home+"/shims") + `:*) ;; *) ` + u.prepending() + ` ;; esac`
}

func (u User) prepending() string {
	return `export PATH=` + u.word(u.Home+"/shims") + ":" + u.word(u.Home+"/bin") + `"${PATH:+:$PATH}"`
}

// exporting tells the shims where home is, if it is not where they look.
func (u User) exporting() string {
	if u.Home == u.in(".gsw") {
		return ""
	}
	if u.Target.OS == "windows" { // gsw's own variables are in the system's form there
		return "export GSW_HOME=" + posix{}.Quote(u.Home) + "; "
	}
	return "export GSW_HOME=" + u.word(u.Home) + "; "
}

// Files are the start-up files of a shell that gsw's lines go into, whether they are there or not.
func Files(s Shell, u User) []string { return s.files(u) }

// Loads tells whether a line of a start-up file loads the hook.
func Loads(line string) bool {
	k, _, _ := kindOf(line)
	return k == hookLine || byHand(line)
}
