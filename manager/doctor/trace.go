package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/modfile"

	"gsw/manager/gover"
	"gsw/manager/profile"
	"gsw/manager/selection"
	"gsw/platform"
)

// Question is what a go command asked somebody: a URL, or a command of git or another such program.
type Question struct {
	What   string
	Answer string // "200 OK (0.012s)"; "" for none
	Hangs  bool   // the go command was stopped because of it
}

// Traced is a go command that was run with -x, and what came of it.
type Traced struct {
	Skipped string // why it was not run; "" if it was
	Code    int
	Limit   time.Duration // not 0: it was stopped after that, with nothing that hangs
	Asked   []Question
	Out     string
	Said    []string // what it wrote besides, without the trace
}

// OK tells whether it did what it was run for.
func (t Traced) OK() bool { return t.Skipped == "" && t.Code == 0 && t.Limit == 0 && t.hanging() == "" }

func (t Traced) hanging() string {
	for _, q := range t.Asked {
		if q.Hangs {
			return q.What
		}
	}
	return ""
}

// words is what the go command says of what went wrong. With -json some of it stands in its output.
func (t Traced) words() []string {
	words := slices.Clone(t.Said)
	for line := range strings.Lines(t.Out) {
		text, is := strings.CutPrefix(strings.TrimSpace(line), `"Error": `)
		if text, err := strconv.Unquote(strings.TrimSuffix(text, ",")); is && err == nil && !strings.Contains(strings.Join(words, "\n"), text) {
			words = append(words, strings.Split(text, "\n")...)
		}
	}
	return words
}

// ListModules is `go list -m all` of the present module.
func (p *Patient) ListModules(ctx context.Context, patience time.Duration) (Traced, error) {
	return p.trace(ctx, patience, "list", "-x", "-m")
}

// DownloadModules is `go mod download` of the present module: into the module cache, as the user's own would.
func (p *Patient) DownloadModules(ctx context.Context, patience time.Duration) (Traced, error) {
	return p.trace(ctx, patience, "mod", "download", "-x", "-json")
}

// busy is how many times as long as a server may keep silent the go command may take in all.
const busy = 6

// trace runs the go command of this folder. It works on copies of go.mod and go.sum, or of go.work, so that it changes
// nothing of the project.
func (p *Patient) trace(ctx context.Context, patience time.Duration, args ...string) (Traced, error) {
	mod, file := p.goMod()
	program, env, version := p.command()
	switch {
	case program == "":
		return Traced{Skipped: "there is no go command that could run here"}, nil
	case mod == nil:
		return Traced{Skipped: "there is no go.mod here"}, nil
	case p.moduleMode(p.Env().Get("GO111MODULE").Value()) == "off":
		return Traced{Skipped: "modules are off"}, nil
	case vendors(filepath.Dir(file)):
		return Traced{Skipped: "builds take what lies in vendor"}, nil
	case !version.IsZero() && version.Compare(gover.MustParse("go1.14")) < 0:
		return Traced{Skipped: fmt.Sprintf("%s cannot do it without changing go.mod", version)}, nil
	}
	dir, err := os.MkdirTemp("", "gsw-doctor-")
	if err != nil {
		return Traced{}, err
	}
	defer os.RemoveAll(dir)
	if _, _, workspace := p.sums(filepath.Dir(file)); workspace {
		err = copyWork(p.Env().Get("GOWORK").Value(), dir)
		env = env.With("GOWORK", filepath.Join(dir, "go.work"))
	} else {
		err = copyMod(file, dir)
		args = append(args, "-modfile="+filepath.Join(dir, "go.mod"))
	}
	if err != nil {
		return Traced{}, fmt.Errorf("copying %s: %w", file, err)
	}
	if args[0] == "list" {
		args = append(args, "all")
	}
	t, err := run(ctx, patience, program, p.Host.Dir, env.With("PWD", p.Host.Dir), args)
	copied := regexp.MustCompile(`\S*` + regexp.QuoteMeta(filepath.Base(dir)) + `[/\\]`)
	for i, line := range t.Said {
		t.Said[i] = copied.ReplaceAllLiteralString(line, "")
	}
	return t, err
}

// command is the go command of this folder with its environment: of what gsw chooses, else the first on PATH.
func (p *Patient) command() (program string, env platform.Env, v gover.Version) {
	if here, err := p.Here(); err == nil {
		return filepath.Join(here.GOROOT, "bin", p.Host.Exe("go")), here.Environment(p.Host, p.Config), here.Version
	}
	if hits := p.Path(); len(hits) > 0 && hits[0].Kind == selection.Foreign {
		return hits[0].File, p.Host.Env, hits[0].Version
	}
	return "", p.Host.Env, v
}

func run(ctx context.Context, patience time.Duration, program, dir string, env platform.Env, args []string) (Traced, error) {
	limit := busy * patience
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	w := &watch{patience: patience, stop: cancel, timers: map[int]*time.Timer{}, repos: map[string]string{}}
	var out bytes.Buffer
	code, err := platform.RunTree(limited, program, append([]string{program}, args...), dir, env, &out, w)
	t := w.ended()
	t.Code, t.Out = code, out.String()
	switch {
	case ctx.Err() != nil:
		return t, context.Cause(ctx)
	case t.hanging() != "":
		return t, nil
	case errors.Is(limited.Err(), context.DeadlineExceeded):
		t.Limit = limit
		return t, nil
	case err != nil:
		return t, fmt.Errorf("running %s: %w", program, err)
	}
	return t, nil
}

// watch reads what a go command writes with -x while it runs, and stops it when a server keeps silent.
type watch struct {
	patience time.Duration
	stop     func()

	mu     sync.Mutex
	rest   []byte
	traced Traced
	timers map[int]*time.Timer // by place in Asked
	repos  map[string]string   // the URL of each folder that git works in
	plain  string              // a command whose end is not told: see cmd/go/internal/vcs
	over   bool
}

func (w *watch) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, b...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte("\n"))
		if !found {
			return len(b), nil
		}
		w.line(strings.TrimSuffix(string(line), "\r"))
		w.rest = bytes.Clone(rest)
	}
}

// line takes one line. The formats are those of cmd/go/internal/web and modfetch/codehost since go1.13.
func (w *watch) line(line string) {
	if w.plain != "" { // such a command's end is not told, but comes before what is told next
		w.answered(w.plain, "done")
		w.plain = ""
	}
	if rest, is := strings.CutPrefix(line, "# get "); is {
		if url, answer, answered := strings.Cut(rest, ": "); answered {
			w.answered(url, answer)
		} else {
			w.asked(url, w.patience)
		}
		return
	}
	if took, command, is := strings.Cut(line, "s # "); is && strings.Trim(took, "0123456789.") == "" {
		w.answered(w.plainly(command), "done ("+took+"s)")
		return
	}
	if command := w.plainly(line); command != line || strings.HasPrefix(line, "git ") {
		patience := busy * w.patience // to fetch a repository may take its time
		if strings.Contains(command, "ls-remote") {
			patience = 2 * w.patience
		}
		w.asked(command, patience)
		if command == line {
			w.plain = line
		}
		return
	}
	if found := repository().FindStringSubmatch(line); found != nil {
		w.repos[found[1]] = profile.WithoutPasswords(found[2])
		return
	}
	if line != "" && !strings.HasPrefix(line, "# ") && !strings.HasPrefix(line, "cd ") {
		w.traced.Said = append(w.traced.Said, line)
	}
}

// repository is where the go command says what a folder of its is for: "mkdir -p DIR # git3 URL", "# DIR for git3 URL".
func repository() *regexp.Regexp {
	return regexp.MustCompile(`^(?:mkdir -p|#) (.+?) (?:#|for) [a-z]+[0-9]* (\S+)$`)
}

// plainly is a command with the URL that it is about instead of the folder it is run in:
// "cd /home/me/go/pkg/mod/cache/vcs/…; git ls-remote -q origin".
func (w *watch) plainly(line string) string {
	if rest, is := strings.CutPrefix(line, "cd "); is {
		if dir, command, found := strings.Cut(rest, "; "); found {
			if url := w.repos[dir]; url != "" {
				command += " (" + url + ")"
			}
			return command
		}
	}
	return line
}

func (w *watch) asked(what string, patience time.Duration) {
	what = profile.WithoutPasswords(what)
	n := len(w.traced.Asked)
	w.traced.Asked = append(w.traced.Asked, Question{What: what})
	w.timers[n] = time.AfterFunc(patience, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.traced.Asked[n].Answer == "" && !w.over {
			w.traced.Asked[n].Hangs = true
			w.stop()
		}
	})
}

func (w *watch) answered(what, answer string) {
	what = profile.WithoutPasswords(what)
	for n, q := range slices.Backward(w.traced.Asked) {
		if q.What == what && q.Answer == "" {
			w.traced.Asked[n].Answer = answer
			w.timers[n].Stop()
			return
		}
	}
}

func (w *watch) ended() Traced {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		w.line(string(w.rest))
	}
	w.over = true
	for _, t := range w.timers {
		t.Stop()
	}
	return w.traced
}

// copyMod copies go.mod and its go.sum.
func copyMod(file, dir string) error {
	for _, name := range []string{"go.mod", "go.sum"} {
		if err := copyTo(filepath.Join(dir, name), filepath.Join(filepath.Dir(file), name), name == "go.sum"); err != nil {
			return err
		}
	}
	return nil
}

// copyWork copies go.work, with absolute folders, and go.work.sum.
func copyWork(file, dir string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	work, err := modfile.ParseWork(file, data, nil)
	if err != nil {
		return err
	}
	for _, u := range slices.Clone(work.Use) {
		at := filepath.ToSlash(absolute(file, u.Path)) // dropping it empties u
		if err := errors.Join(work.DropUse(u.Path), work.AddUse(at, u.ModulePath)); err != nil {
			return err
		}
	}
	for _, r := range slices.Clone(work.Replace) {
		if r.New.Version == "" {
			if err := work.AddReplace(r.Old.Path, r.Old.Version, filepath.ToSlash(absolute(file, r.New.Path)), ""); err != nil {
				return err
			}
		}
	}
	work.Cleanup()
	if err := os.WriteFile(filepath.Join(dir, "go.work"), modfile.Format(work.Syntax), 0o600); err != nil {
		return err
	}
	return copyTo(filepath.Join(dir, "go.work.sum"), file+".sum", true)
}

func copyTo(to, from string, optional bool) error {
	data, err := os.ReadFile(from)
	if optional && errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}
