// Package front is the small program under the name gsw: it serves the commands of every day itself, and becomes the
// complete program for everything else.
//
// It exists because start-up is most of what such a command costs. The complete program links what installs and proves
// toolchains, and initialising that takes longer than a switch does. So this one knows the plain forms alone: a verb,
// its argument, --quiet. Whatever it has no full answer for, each flag, error and typing mistake, it leaves to the
// complete program, which begins anew and says it as it says everything. What both serve they serve through package
// everyday, so nobody can tell who answered; a test compares them.
package front

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"gsw/manager/catalogue"
	"gsw/manager/everyday"
	"gsw/manager/gover"
	"gsw/manager/local"
	"gsw/manager/terminal"
	"gsw/platform"
)

// Serves tells whether the program was started as gsw.
func Serves(host platform.Host) bool {
	if len(host.Args) == 0 {
		return false
	}
	name := strings.TrimSuffix(filepath.Base(host.Args[0]), ".exe")
	return name == local.Front || name == local.Goswitch || name == local.Complete
}

// Run serves the command line or becomes the complete program. It returns the exit code.
func Run(host platform.Host) int {
	if next := local.Successor(host); next != "" {
		if code, err := platform.Exec(next, host.Args, host.Env); err == nil {
			return code
		}
	}
	if l, ok := parse(host.Args[1:]); ok {
		debug.SetGCPercent(400) // up to 16 MB, for a program of milliseconds, there is nothing to collect for
		var said spool
		voice := terminal.New(host).Automatic(host)
		voice.Stdout, voice.Stderr, voice.Quiet = said.to(host.Stdout), said.to(host.Stderr), l.quiet
		if l.serve(host, voice) == nil && said.flush() == nil {
			return 0
		}
	}
	return become(host)
}

// line is a command line that the front serves.
type line struct {
	verb     string
	argument string // "" for none
	quiet    bool
}

// parse understands what needs no table of flags.
func parse(words []string) (l line, ok bool) {
	var plain []string
	for _, word := range words {
		switch {
		case word == "-q", word == "--quiet":
			l.quiet = true
		case word == "" || word[0] == '-' || word[0] == '+':
			return l, false
		default:
			plain = append(plain, word)
		}
	}
	if len(plain) == 0 || len(plain) > 2 {
		return l, false
	}
	if len(plain) == 2 {
		l.argument = plain[1]
	}
	switch plain[0] {
	case "use", "default", "global":
		l.verb = "use"
	case "list", "ls", "versions":
		l.verb = "list"
	case "list-remote", "ls-remote":
		l.verb = "list-remote"
	case "current":
		l.verb = "current"
	}
	takes := l.verb == "use" || l.verb == "list-remote"
	return l, l.verb != "" && (takes || l.argument == "")
}

// errElsewhere is what the complete program has to do.
var errElsewhere = errors.New("the complete program does that")

// serve says the whole answer to voice, or gives an error: then nothing that was said counts.
func (l line) serve(host platform.Host, voice terminal.Voice) error {
	ctx := context.Background()
	m, doubtful, err := everyday.Open(ctx, host, voice, func(local.Verbs) error { return errElsewhere })
	if err != nil {
		return err
	}
	if len(doubtful) > 0 {
		return errElsewhere
	}
	switch l.verb {
	case "use":
		return use(ctx, m, voice, l.argument)
	case "list":
		listed, err := m.List()
		if err != nil {
			return err
		}
		return everyday.List(voice, listed)
	case "current":
		here, err := m.Resolve("")
		if err != nil {
			return err
		}
		everyday.Current(voice, here)
		return nil
	case "list-remote":
		return listRemote(m, voice, l.argument)
	}
	return errElsewhere
}

func use(ctx context.Context, m local.Verbs, voice terminal.Voice, argument string) (err error) {
	var spec gover.Spec
	if argument == "" {
		spec, err = m.Asked()
	} else {
		spec, err = m.ParseSpec(argument)
	}
	if err != nil {
		return err
	}
	if spec.System() {
		return errElsewhere
	}
	_, err = everyday.Use(ctx, m, voice, spec)
	return err
}

// listRemote shows the list that is kept, as long as it is young enough.
func listRemote(m local.Verbs, voice terminal.Voice, argument string) error {
	filter, err := m.ParseSpec(argument)
	if err != nil {
		return err
	}
	c, ok := catalogue.Of(m.Host, m.Mirror()).Read(catalogue.MaxAge)
	if !ok {
		return errElsewhere
	}
	published := m.Published(c.Versions, c.Older, filter, false, c.Source)
	if len(published) == 0 {
		return errElsewhere // why there is none is an error
	}
	return everyday.ListRemote(voice, published)
}

// become lets the complete program do it, in this one's place.
func become(host platform.Host) int {
	complete, err := find(host)
	if err == nil {
		var code int
		if code, err = platform.Exec(complete, host.Args, host.Env); err == nil {
			return code
		}
	}
	fmt.Fprintf(host.Stderr, "gsw: %v; install gsw again\n", err)
	return 126 // as of any program that cannot be started
}

// find gives the complete program: beside this one, wherever it was reached from, or in the home.
func find(host platform.Host) (string, error) {
	name := host.Target.Exe(local.Complete)
	if filepath.Base(host.Self) == name {
		return "", fmt.Errorf("%s is not the complete program", host.Self)
	}
	mine, err := os.Stat(host.Self)
	if err != nil {
		return "", err
	}
	places := []string{filepath.Dir(host.Self)}
	if real, err := filepath.EvalSymlinks(host.Self); err == nil {
		places = append(places, filepath.Dir(real))
	}
	for _, dir := range append(places, filepath.Join(host.Home, "bin")) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && !os.SameFile(info, mine) {
			return file, nil
		}
	}
	return "", fmt.Errorf("%s is missing in %s", name, filepath.Dir(host.Self))
}

// AsksEdition tells whether somebody asks the small program, by its own name, for its edition.
func AsksEdition(host platform.Host) bool {
	return len(host.Args) == 2 && host.Args[1] == local.EditionFlag && strings.TrimSuffix(filepath.Base(host.Args[0]), ".exe") == local.Shim
}

// spool keeps what is said, in order, until it is known that it is the answer.
type spool []said

type said struct {
	to   io.Writer
	text []byte
}

func (s *spool) to(w io.Writer) io.Writer { return spoolTo{s, w} }

type spoolTo struct {
	spool *spool
	w     io.Writer
}

func (t spoolTo) Write(p []byte) (int, error) {
	*t.spool = append(*t.spool, said{t.w, append([]byte(nil), p...)})
	return len(p), nil
}

func (s spool) flush() error {
	for _, part := range s {
		if _, err := part.to.Write(part.text); err != nil {
			return err
		}
	}
	return nil
}
