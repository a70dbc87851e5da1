//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// scaleRows are about a store, an index, a folder and a PATH that are larger than anybody's. But for the lists of
// releases, the baseline is gsw itself with the usual size.
func scaleRows() []row {
	return []row{
		{"list-remote, index cached", func(w *world) (pair, error) { return w.remote(365) }},
		{"list-remote, 10,000 releases", func(w *world) (pair, error) { return w.remote(10_000) }},
		{"list, 500 installed", func(w *world) (pair, error) { return w.crowded("list") }},
		{"use, 500 installed", func(w *world) (pair, error) { return w.crowded("use", "--quiet", measured) }},
		{"shim, 60 folders deep", func(w *world) (pair, error) {
			home, err := w.nine()
			if err != nil {
				return pair{}, err
			}
			side := func(what, dir string) work {
				return w.repeated(home, what, dir, "", filepath.Join(home, "shims", "go")+" version")
			}
			deep, err := w.deep("deep", 60)
			return pair{ours: side("60 deep", deep), baseline: side("2 deep", w.dir)}, err
		}},
		{"a cd, 60 folders deep, bash", func(w *world) (pair, error) { return w.deepPrompts("bash") }},
		{"a cd, 60 folders deep, zsh", func(w *world) (pair, error) { return w.deepPrompts("zsh") }},
		{"shim, 200 entries on PATH", func(w *world) (pair, error) {
			return w.longPath("go version", func(home string) string { return filepath.Join(home, "shims", "go") + " version" })
		}},
		{"use, 200 entries on PATH", func(w *world) (pair, error) {
			return w.longPath("use", func(home string) string { return filepath.Join(home, "bin", "gsw") + " use --quiet " + measured })
		}},
	}
}

// remote compares a list of the releases of an index that was just fetched with printing what was kept of it.
func (w *world) remote(releases int) (pair, error) {
	home, err := w.holding(fmt.Sprintf("remote%d", releases), nil)
	if err != nil {
		return pair{}, err
	}
	mirror := fmt.Sprintf("GSW_MIRROR=%s/%d", w.server, releases)
	list := func(program string) *exec.Cmd {
		cmd := exec.Command(program, "list-remote")
		cmd.Env, cmd.Dir = w.env("GSW_HOME="+home, mirror), w.dir
		return cmd
	}
	if text, err := list(w.gsw).CombinedOutput(); err != nil {
		return pair{}, fmt.Errorf("list-remote: %w\n%s", err, text)
	}
	return pair{
		ours:     work{what: "gsw list-remote", run: func() (*exec.Cmd, error) { return list(filepath.Join(home, "bin", "gsw")), nil }},
		baseline: work{what: "cat", run: program(w, "cat", filepath.Join(home, "cache", "index", "versions"))},
	}, nil
}

// indexOf is the index of n releases for the most usual platforms: with all that Go has, 10,000 would be 60 MB.
func indexOf(n int) []byte {
	type file struct {
		Filename string `json:"filename"`
		OS       string `json:"os"`
		Arch     string `json:"arch"`
		Version  string `json:"version"`
		SHA256   string `json:"sha256"`
		Size     int64  `json:"size"`
		Kind     string `json:"kind"`
	}
	type release struct {
		Version string `json:"version"`
		Stable  bool   `json:"stable"`
		Files   []file `json:"files"`
	}
	platforms := strings.Fields("darwin-amd64 darwin-arm64 linux-386 linux-amd64 linux-arm64 linux-armv6l windows-386 windows-amd64 windows-arm64")
	if here := runtime.GOOS + "-" + runtime.GOARCH; !strings.Contains(strings.Join(platforms, " "), here) {
		platforms = append(platforms, here)
	}
	var releases []release
	for i := range n {
		r := release{Version: crowdedVersion(n - 1 - i), Stable: true}
		for _, platform := range platforms {
			system, arch, _ := strings.Cut(platform, "-")
			r.Files = append(r.Files, file{
				Filename: r.Version + "." + platform + ".tar.gz", OS: system, Arch: arch, Version: r.Version,
				SHA256: strings.Repeat("0f", 32), Size: 70e6, Kind: "archive",
			})
		}
		releases = append(releases, r)
	}
	text, _ := json.Marshal(releases) // strings and numbers alone
	return text
}

// crowdedVersion counts through releases, 20 a line.
func crowdedVersion(i int) string { return fmt.Sprintf("go1.%d.%d", 30+i/20, i%20) }

// crowded compares a command in a store of 500 with one of nine.
func (w *world) crowded(args ...string) (pair, error) {
	nine, err := w.nine()
	if err != nil {
		return pair{}, err
	}
	var others []string
	for i := range 499 {
		others = append(others, crowdedVersion(i))
	}
	many, err := w.holding("many", others)
	return pair{
		ours:     work{what: "500", run: w.gswRun(many, args...)},
		baseline: work{what: "9 installed", run: w.gswRun(nine, args...)},
	}, err
}

// deep is a folder so many levels below the working directory.
func (w *world) deep(name string, levels int) (string, error) {
	dir := filepath.Join(w.dir, name, strings.Repeat("folder/", levels))
	return filepath.Clean(dir), os.MkdirAll(dir, 0o755)
}

// repeated runs a line many times in a directory, with more on PATH.
func (w *world) repeated(home, what, dir, more, line string) work {
	const times = 20
	script := fmt.Sprintf("i=0; while [ $i -lt %d ]; do %s >/dev/null; i=$((i+1)); done", times, line)
	run := func() (*exec.Cmd, error) {
		cmd := exec.Command("sh", "-c", script)
		cmd.Env, cmd.Dir = append(w.env("GSW_HOME="+home), "PWD="+dir), dir
		for i, entry := range cmd.Env {
			if strings.HasPrefix(entry, "PATH=") {
				cmd.Env[i] = entry + more
			}
		}
		return cmd, nil
	}
	return work{what: what, times: times, run: run}
}

// longPath compares a line under a PATH of 200 entries with the same under a usual one.
func (w *world) longPath(what string, line func(home string) string) (pair, error) {
	home, err := w.nine()
	if err != nil {
		return pair{}, err
	}
	var more strings.Builder
	for i := range 193 { // w.env has seven
		dir := filepath.Join(w.dir, "path", fmt.Sprintf("entry%d", i), "bin")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return pair{}, err
		}
		more.WriteString(":" + dir)
	}
	return pair{
		ours:     w.repeated(home, what+", 200", w.dir, more.String(), line(home)),
		baseline: w.repeated(home, what+", 7 entries", w.dir, "", line(home)),
	}, nil
}

// deepPrompts compares changes of directory between two projects below 60 folders with such near the root.
func (w *world) deepPrompts(name string) (pair, error) {
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
	side := func(what string, levels int) (work, error) {
		top, err := w.deep(fmt.Sprintf("cd%d", levels), levels)
		if err != nil {
			return work{}, err
		}
		// The pins are at the top of it, so that the way up is the whole way.
		for project, version := range map[string]string{"a": "1.22.3", "b": "1.21.6"} {
			dir := filepath.Join(w.dir, fmt.Sprintf("cd%d", levels), project)
			inner := filepath.Join(dir, strings.TrimPrefix(top, filepath.Join(w.dir, fmt.Sprintf("cd%d", levels))))
			if err := os.MkdirAll(inner, 0o755); err != nil {
				return work{}, err
			}
			if err := os.WriteFile(filepath.Join(dir, ".go-version"), []byte(version+"\n"), 0o644); err != nil {
				return work{}, err
			}
		}
		const turns = 200
		below := strings.Repeat("/folder", levels)
		base := filepath.Join(w.dir, fmt.Sprintf("cd%d", levels))
		script := fmt.Sprintf(". %s\nfor ((i=0; i<%d; i++)); do cd %s; __gsw_prompt; cd %s; __gsw_prompt; done\n",
			filepath.Join(home, "hook."+name), turns, base+"/a"+below, base+"/b"+below)
		run := func() (*exec.Cmd, error) {
			cmd := exec.Command(name, append(noRC(name), "-c", script)...)
			cmd.Env, cmd.Dir = w.env("GSW_HOME="+home), w.dir
			return cmd, nil
		}
		return work{what: what, times: 2 * turns, run: run}, nil
	}
	ours, err := side("60 deep", 60)
	if err != nil {
		return pair{}, err
	}
	baseline, err := side("2 deep", 2)
	return pair{ours: ours, baseline: baseline}, err
}
