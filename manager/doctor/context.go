package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/platform"
)

// bareContext is a way to start programs that reads no start-up file of a shell.
type bareContext struct {
	name string
	path []string
	why  string // where that PATH is said
	help string // lines for a shell
}

// contextBare: what cron, systemd and sudo would run as go. That they find none, or another one than the user's shells,
// is how they are; it is a risk only if they find another.
func contextBare(ctx context.Context, p *Patient) ([]Finding, error) {
	if p.Host.OS == "windows" { // one environment for all
		return nil, nil
	}
	t, err := p.Store.Active()
	var none *store.NoDefaultError
	var broken *store.BrokenAnchorError
	if errors.As(err, &none) || errors.As(err, &broken) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var other, nothing Finding
	other = Finding{Level: Yellow, Message: "what starts without a shell's start-up files runs another Go than the default, " + t.Version.Tag()}
	nothing = Finding{Level: Green, Message: "what starts without a shell's start-up files finds no Go"}
	for _, c := range p.bareContexts(ctx) {
		f := &nothing
		says := "no go"
		if hit, found := p.bareGo(c); found {
			if p.ours(hit) || hit.Version == t.Version {
				continue
			}
			f, says = &other, named(hit)
		}
		f.Evidence = append(f.Evidence, fmt.Sprintf("%s: %s (PATH=%s, %s)", c.name, says, strings.Join(c.path, ":"), c.why))
		f.Fix = joined(f.Fix, c.help)
	}
	var all []Finding
	for _, f := range []Finding{other, nothing} {
		if len(f.Evidence) > 0 {
			all = append(all, f)
		}
	}
	return all, nil
}

// bareGo is the go command that a context finds.
func (p *Patient) bareGo(c bareContext) (selection.Hit, bool) {
	host := Bare(p.Host)
	host.Env = host.Env.WithPath(c.path)
	hits := selection.OnPath(host)
	if len(hits) == 0 {
		return selection.Hit{}, false
	}
	return hits[0], true
}

func (p *Patient) bareContexts(ctx context.Context) []bareContext {
	var contexts []bareContext
	if c, ok := p.cron(ctx); ok {
		contexts = append(contexts, c)
	}
	if p.Host.OS == "linux" {
		contexts = append(contexts, p.systemd())
	}
	if c, ok := p.sudo(); ok {
		contexts = append(contexts, c)
	}
	return contexts
}

// oursFirst is a PATH with the folders by which any program finds the right Go before those of path.
func (p *Patient) oursFirst(path []string) string {
	own := []string{filepath.Join(p.Host.Home, "shims"), filepath.Join(p.Host.Home, "bin")}
	return strings.Join(append(own, slices.DeleteFunc(slices.Clone(path), func(dir string) bool { return slices.Contains(own, dir) })...), ":")
}

// cron is what the user's jobs get, if there is a cron: crontab tells itself, nobody else may read its files.
func (p *Patient) cron(ctx context.Context) (c bareContext, ok bool) {
	c = bareContext{name: "cron", path: []string{"/usr/bin", "/bin"}, why: "its default"}
	program, err := platform.LookPath("crontab", p.Host.Env, p.Host.Dir)
	if err != nil {
		return c, false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var table bytes.Buffer
	code, err := platform.Run(ctx, program, []string{program, "-l"}, p.Host.Env, nil, &table, io.Discard)
	if err != nil {
		c.help = "# crontab -e, as a line of its own before the jobs: PATH=" + p.oursFirst(c.path)
		return c, true
	}
	lines := c.cronTable(table.String())
	install := "crontab -"
	if len(lines) > 0 { // which say otherwise
		comment := "sed"
		for _, n := range lines {
			comment += fmt.Sprintf(" -e '%ds/^/# /'", n+1) // behind the new first one
		}
		install = comment + " | " + install
	}
	first := selection.Word("PATH=" + p.oursFirst(c.path))
	c.help = "echo " + first + " | " + install
	if code == 0 && table.Len() > 0 {
		c.help = `jobs=$(crontab -l) && printf '%s\n' ` + first + ` "$jobs" | ` + install
	}
	return c, true
}

// cronTable takes the PATH from a crontab, and gives the lines that set it.
func (c *bareContext) cronTable(text string) (lines []int) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		name, value, found := strings.Cut(line, "=")
		if !found || strings.Trim(name, " \t\"'") != "PATH" {
			continue
		}
		lines = append(lines, number)
		c.path, c.why = strings.Split(strings.Trim(value, " \t\r\n\"'"), ":"), fmt.Sprintf("line %d of crontab -l", number)
	}
	return lines
}

// sudo is what it gives to what it starts, where it has a PATH of its own. A folder that a user can write has no place in
// root's PATH: to others than root only the way round is told.
func (p *Patient) sudo() (c bareContext, ok bool) {
	path, why, ok := p.securePath()
	if !ok {
		return c, false
	}
	c = bareContext{name: "sudo", path: path, why: why, help: `# what root runs by itself must not be a user's to write: give sudo the path, as in sudo "$(gsw which go)" version`}
	if owner, err := platform.Owner(p.Host.Home); err != nil || owner != 0 || platform.User() != 0 {
		return c, true
	}
	file := p.path(filepath.Join(p.Etc, "sudoers.d", "zz-gsw"))
	setting := selection.Word(`Defaults secure_path="` + p.oursFirst(path) + `"`)
	c.help = "new=$(mktemp) && echo " + setting + ` >"$new" && visudo -qcf "$new" && install -m 0440 "$new" ` + file + ` && rm "$new"`
	return c, true
}

// systemd is what units of the user get: environment.d is read by the user's manager.
func (p *Patient) systemd() bareContext {
	c := bareContext{name: "systemd", path: strings.Split(barePath, ":"), why: "its default"}
	dir := filepath.Join(p.Host.UserHome, ".config", "environment.d")
	r := p.rcReader()
	for _, file := range p.startFiles() {
		if filepath.Dir(file) != dir {
			continue
		}
		var before, behind []string
		for _, d := range r.file(file) {
			switch d.kind {
			case front:
				before, c.why = append(before, d.value), d.place()
			case back:
				behind, c.why = append(behind, d.value), d.place()
			}
		}
		c.path = slices.Concat(before, c.path, behind)
	}
	c.help = fmt.Sprintf("mkdir -p ~/.config/environment.d && echo %s >~/.config/environment.d/90-gsw.conf",
		selection.Word("PATH="+p.oursFirst([]string{"$PATH"})))
	return c
}

// securePath is the PATH that sudo gives to what it starts, and where that is said. Who may not read the settings is
// told of Debian's; without any the user's own PATH stays.
func (p *Patient) securePath() (path []string, why string, ok bool) {
	main := filepath.Join(p.Etc, "sudoers")
	more, _ := filepath.Glob(filepath.Join(escapeGlob(p.Etc), "sudoers.d", "*"))
	for _, file := range append([]string{main}, more...) {
		if file != main && strings.ContainsAny(filepath.Base(file), ".~") {
			continue // sudo passes over them
		}
		data, err := os.ReadFile(file)
		switch {
		case errors.Is(err, fs.ErrPermission) && !ok:
			path, why, ok = strings.Split(barePath, ":"), "Debian's default: "+file+" can't be read", true
		case err != nil:
			continue
		}
		number := 0
		for line := range strings.Lines(string(data)) {
			number++
			switch m := secure().FindStringSubmatch(line); {
			case m == nil:
			case m[1] == "!":
				ok = false
			default:
				path, why, ok = strings.Split(m[2]+m[3], ":"), fmt.Sprintf("%s:%d", file, number), true
			}
		}
	}
	return path, why, ok
}

// secure matches the setting in a line of sudoers.
func secure() *regexp.Regexp {
	return regexp.MustCompile(`^\s*Defaults\s+(?:[^#]*[,\s])?(!?)secure_path\b(?:\s*\+?=\s*(?:"([^"]*)"|([^\s,"]+)))?`)
}
