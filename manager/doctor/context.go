package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gsw/manager/selection"
	"gsw/manager/store"
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
func contextBare(_ context.Context, p *Patient) ([]Finding, error) {
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
	for _, c := range p.bareContexts() {
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

func (p *Patient) bareContexts() []bareContext {
	shims, bin := filepath.Join(p.Host.Home, "shims"), filepath.Join(p.Host.Home, "bin")
	contexts := []bareContext{{
		name: "cron", path: []string{"/usr/bin", "/bin"}, why: "its default",
		help: "# crontab -e, as a line of its own before the jobs: PATH=" + shims + ":" + bin + ":/usr/bin:/bin",
	}}
	if p.Host.OS == "linux" {
		contexts = append(contexts, p.systemd(shims, bin))
	}
	if path, why, ok := p.securePath(); ok {
		contexts = append(contexts, bareContext{
			name: "sudo", path: path, why: why,
			// A folder that the user can write has no place in root's PATH.
			help: "# with sudo, by its path: sudo " + pasted(p.Host, filepath.Join(bin, p.Host.Exe("gsw"))) + " exec -- go version, or sudo \"$(gsw which go)\" version",
		})
	}
	return contexts
}

// systemd is what units of the user get: environment.d is read by the user's manager.
func (p *Patient) systemd(shims, bin string) bareContext {
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
		selection.Word("PATH="+shims+":"+bin+":$PATH"))
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
