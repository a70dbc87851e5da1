//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// shellRows are about what a shell pays for the hook.
func shellRows() []row {
	var rows []row
	for _, name := range []string{"bash", "zsh", "fish"} {
		rows = append(rows,
			row{"a prompt, " + name, func(w *world) (pair, error) { return w.prompts(name, w.nine, 10_000, ":") }},
			row{"a cd between two pinned projects, " + name, func(w *world) (pair, error) {
				return w.prompts(name, w.nine, 1_000, "cd ../b; HOOK; cd ../a")
			}},
			row{"the same under a profile, " + name, func(w *world) (pair, error) {
				return w.prompts(name, w.profiled, 1_000, "cd ../b; HOOK; cd ../a")
			}},
			row{"shell start, " + name, func(w *world) (pair, error) { return w.starts(name) }},
		)
	}
	return rows
}

// prompts compares many prompts with the hook's function in them to as many
// without. HOOK in line is one prompt more; a cd row so has two of each a turn.
func (w *world) prompts(name string, in func() (string, error), turns int, line string) (pair, error) {
	if err := need(name); err != nil {
		return pair{}, err
	}
	home, err := in()
	if err != nil {
		return pair{}, err
	}
	for project, version := range map[string]string{"a": "1.22.3", "b": "1.21.6"} {
		dir := filepath.Join(w.dir, "projects", project)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return pair{}, err
		}
		if err := os.WriteFile(filepath.Join(dir, ".go-version"), []byte(version+"\n"), 0o644); err != nil {
			return pair{}, err
		}
	}
	if err := w.gswIn(home, "init", name, "--write", "--quiet"); err != nil {
		return pair{}, err
	}
	side := func(what, load, hook string) work {
		body := strings.ReplaceAll(line+"; HOOK", "HOOK", hook)
		loop := "for ((i=0; i<%d; i++)); do %s; done\n"
		if name == "fish" {
			loop = "for i in (seq %d); %s; end\n"
		}
		script := fmt.Sprintf("%s\ncd %s\n"+loop, load, filepath.Join(w.dir, "projects", "a"), turns, body)
		run := func() (*exec.Cmd, error) {
			cmd := exec.Command(name, noRC(name)...)
			cmd.Args = append(cmd.Args, "-c", script)
			cmd.Env, cmd.Dir = w.env("GSW_HOME="+home), w.dir
			return cmd, nil
		}
		return work{what: what, times: turns * strings.Count(line+"HOOK", "HOOK"), run: run}
	}
	return pair{
		ours:     side("the hook", ". "+filepath.Join(home, "hook."+name), "__gsw_prompt"),
		baseline: side("no hook", ":", ":"),
	}, nil
}

// profiled is a home where a profile holds everywhere.
func (w *world) profiled() (string, error) {
	home, err := w.holding("profiled", strings.Fields("go1.21.6"))
	if err != nil {
		return "", err
	}
	return home, w.gswIn(home, "profile", "use", "china")
}

func noRC(name string) []string {
	switch name {
	case "zsh":
		return []string{"-f"}
	case "fish":
		return []string{"--no-config"}
	}
	return []string{"--norc", "--noprofile"}
}

// starts compares an interactive shell whose rc file loads the hook with one that has none.
func (w *world) starts(name string) (pair, error) {
	if err := need(name); err != nil {
		return pair{}, err
	}
	home, err := w.nine()
	if err != nil {
		return pair{}, err
	}
	if err := w.gswIn(home, "init", name, "--write", "--quiet"); err != nil {
		return pair{}, err
	}
	side := func(what, load string) work {
		run := func() (*exec.Cmd, error) {
			cmd := exec.Command(name, append(noRC(name), "-i", "-c", load)...)
			cmd.Env, cmd.Dir = w.env("GSW_HOME="+home), w.dir
			return cmd, nil
		}
		return work{what: what, run: run}
	}
	return pair{ours: side("with the hook", ". "+filepath.Join(home, "hook."+name)), baseline: side("empty "+name, ":")}, nil
}
