package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/scripts"
)

// nameShadowed: what is typed as gsw is an alias of something else. The hook takes it away, if it is loaded after.
func nameShadowed(_ context.Context, p *Patient) ([]Finding, error) {
	var all []Finding
	for _, known := range scripts.Shells() {
		shell := known.Name()
		deeds := p.interactive(shell)
		by, hook := hider(deeds)
		if by.file == "" {
			continue
		}
		f := Finding{
			Level:    Yellow,
			Message:  fmt.Sprintf("in %s, gsw is not this program but an alias; goswitch is the same program by another name", shell),
			Evidence: []string{by.String()},
		}
		if by.kind == plugin {
			f.Evidence[0] += ": the plugin has gsw='git switch'"
		}
		if hook.file != "" {
			f.Evidence = append(f.Evidence, hook.String()+": the hook would take it away, and is loaded before")
		} else {
			f.Evidence = append(f.Evidence, "no start-up file of "+shell+" loads the hook, which would take it away")
		}
		p.unhide(&f, shell, by, hook)
		all = append(all, f)
	}
	return all, nil
}

// interactive is what an interactive shell does when it starts, in its order.
func (p *Patient) interactive(shell string) []deed {
	var all []deed
	r := p.rcReader()
	for _, file := range p.startFiles() {
		base := filepath.Base(file)
		switch {
		case shell == "bash" && (base == ".bashrc" || base == "bash.bashrc" || base == "bashrc"),
			shell == "zsh" && strings.HasPrefix(strings.TrimPrefix(base, "."), "z"),
			shell == "fish" && strings.HasSuffix(base, ".fish"),
			ownLanguage(file) != nil && ownLanguage(file).Name() == shell:
			all = append(all, r.file(file)...)
		}
	}
	return all
}

// hider is the line by which gsw is an alias in the end, and the one that loads the hook.
func hider(deeds []deed) (by, hook deed) {
	var git deed
	for _, d := range deeds {
		switch {
		case d.kind == aliases && d.name == "gsw" && !means(d.value):
			by = d
		case d.kind == plugin && d.name == "git":
			git = d
		case d.kind == sources && filepath.Base(d.value) == "oh-my-zsh.sh" && git.file != "":
			by = git
		case d.kind == unaliases && d.name == "gsw":
			by = deed{}
		case d.kind == hooks:
			by, hook = deed{}, d
		}
	}
	return by, hook
}

// means tells whether the text of an alias is this program after all.
func means(text string) bool {
	words := strings.Fields(text)
	return len(words) > 0 && slices.Contains([]string{"gsw", "goswitch"}, filepath.Base(words[0]))
}

// unhide loads the hook at the end. `command` is not subject to the alias that is in the way.
func (p *Patient) unhide(f *Finding, shell string, by, hook deed) {
	const now = "unalias gsw 2>/dev/null || :"
	gsw := "command " + p.gsw() + " init " + shell
	switch {
	case shell != "bash" && shell != "zsh": // whose words for the rest are others
		f.Evidence = f.Evidence[:1]
		f.Fix = p.commentedOut([]deed{by}, func(d deed) bool { return d.kind == aliases && d.name == "gsw" })
	case hook.file == "":
		f.Fix = joined(gsw+" --write", now)
	case strings.Contains(hook.text, "# added by gsw init"):
		f.Fix = joined(gsw+" --remove", gsw+" --write", now)
		f.Mend = func(context.Context) error { return p.moveHook(shell) }
	default:
		f.Fix = joined(p.commentedOut([]deed{hook}, func(d deed) bool { return d.kind == hooks }), gsw+" --write", now)
	}
}

// rcUser is whose start-up files are read, as package scripts takes it.
func (p *Patient) rcUser() scripts.User {
	return scripts.User{Target: p.Host.Target, Env: p.Host.Env, UserHome: p.Host.UserHome, Home: p.Host.Home, ReadFile: os.ReadFile, Documents: p.Host.Documents}
}

// moveHook takes gsw's own lines out of the start-up files and puts them at the end.
func (p *Patient) moveHook(name string) error {
	shell, err := scripts.Find(name)
	if err != nil {
		return err
	}
	user := p.rcUser()
	for _, change := range []func(scripts.Shell, scripts.User) ([]scripts.Edit, error){scripts.Uninstall, scripts.Install} {
		edits, err := change(shell, user)
		for _, e := range edits {
			if err == nil {
				err = e.Apply()
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
