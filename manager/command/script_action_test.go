package command

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v3"
)

// actionFile is action.yml as far as a runner reads it.
type actionFile struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Using string
		Steps []actionStep
	}
}

type actionStep struct {
	Name, ID, If, Shell, Run, Uses string
	Env, With                      map[string]string
}

func readAction(t testing.TB) actionFile {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var file actionFile
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if file.Runs.Using != "composite" || len(file.Runs.Steps) < 4 {
		t.Fatalf("action.yml: %+v", file.Runs)
	}
	return file
}

// expression is what stands between ${{ and }}.
func expression() *regexp.Regexp { return regexp.MustCompile(`\$\{\{ *([a-z.-]+) *\}\}`) }

// action INPUT=VALUE… -- runs action.yml as a runner does: each step's script in bash, its values from the environment,
// its outputs, variables and PATH entries by files. Where the cache is asked, the folder $WORK/cached/KEY is it. What the
// action gives is in the files outputs, env and path afterwards.
func action(ts *testscript.TestScript, neg bool, args []string) {
	file := readAction(ts.Value(worldKey{}).(*world).t)
	known := map[string]string{}
	for name, input := range file.Inputs {
		known["inputs."+name] = input.Default
	}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		if _, is := known["inputs."+name]; !is {
			ts.Fatalf("action.yml has no input %s", name)
		}
		known["inputs."+name] = value
	}
	expand := func(text string) string {
		return expression().ReplaceAllStringFunc(text, func(found string) string {
			return known[expression().FindStringSubmatch(found)[1]]
		})
	}
	r := actionRun{ts: ts, known: known, expand: expand}
	for _, name := range []string{"env", "path", "outputs"} {
		ts.Check(os.WriteFile(ts.MkAbs(name), nil, 0o644))
	}
	for _, step := range file.Runs.Steps {
		if err := r.step(step); err != nil {
			if !neg {
				ts.Fatalf("step %q: %v", step.Name, err)
			}
			return
		}
	}
	if neg {
		ts.Fatalf("the action succeeded")
	}
	r.save()
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(file.Outputs)) {
		lines = append(lines, name+"="+expand(file.Outputs[name].Value)+"\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs("outputs"), []byte(strings.Join(lines, "")), 0o644))
}

// actionRun is one job's use of the action.
type actionRun struct {
	ts     *testscript.TestScript
	known  map[string]string
	expand func(string) string
	saves  func() // what the cache does after the job
}

func (r *actionRun) step(step actionStep) error {
	if step.If == "inputs.cache == 'true'" && r.known["inputs.cache"] != "true" {
		return nil
	} else if step.If != "" && step.If != "inputs.cache == 'true'" {
		r.ts.Fatalf("this runner does not know the condition %s", step.If)
	}
	if strings.HasPrefix(step.Uses, "actions/cache@") {
		r.cache(step)
		return nil
	}
	output := r.ts.MkAbs("step-output")
	r.ts.Check(os.WriteFile(output, nil, 0o644))
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run)
	cmd.Dir = r.ts.Getenv("WORK")
	for _, name := range []string{"PATH", "HOME", "WORK", "GOPROXY", "GOENV", "GSW_MIRROR", "NO_COLOR",
		testIndex, testLogKey, testLogAt, testPause, testEtc, testRoot, "TESTSCRIPT_COMMAND_DIR"} {
		cmd.Env = append(cmd.Env, name+"="+r.ts.Getenv(name))
	}
	cmd.Env = append(cmd.Env, "RUNNER_OS=Linux", "RUNNER_ARCH=X64", "RUNNER_TEMP="+r.ts.MkAbs("temp"),
		"GITHUB_WORKSPACE="+r.ts.MkAbs("repo"), "GITHUB_ACTION_PATH="+r.ts.MkAbs("checkout"),
		"GITHUB_OUTPUT="+output, "GITHUB_ENV="+r.ts.MkAbs("env"), "GITHUB_PATH="+r.ts.MkAbs("path"))
	for name, value := range step.Env {
		cmd.Env = append(cmd.Env, name+"="+r.expand(value))
	}
	said, err := cmd.CombinedOutput()
	r.ts.Logf("step %q:\n%s", step.Name, said)
	text, readErr := os.ReadFile(output)
	r.ts.Check(readErr)
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		r.known["steps."+step.ID+".outputs."+name] = value
	}
	return err
}

// cache restores what an earlier job saved under the same key, and saves after this one what was not there.
func (r *actionRun) cache(step actionStep) {
	kept := filepath.Join(r.ts.MkAbs("cached"), r.expand(step.With["key"]))
	paths := strings.Fields(r.expand(step.With["path"]))
	if _, err := os.Stat(kept); err == nil {
		r.known["steps."+step.ID+".outputs.cache-hit"] = "true"
		for _, path := range paths {
			r.ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
			r.ts.Check(r.ts.Exec("cp", "-a", filepath.Join(kept, filepath.Base(path)), path))
		}
		return
	}
	r.saves = func() {
		r.ts.Check(os.MkdirAll(kept, 0o755))
		for _, path := range paths {
			r.ts.Check(r.ts.Exec("cp", "-a", path, kept))
		}
	}
}

func (r *actionRun) save() {
	if r.saves != nil {
		r.saves()
	}
}

// TestActionScripts: no expression stands in a script, where its value would be code, and shellcheck has nothing to say.
func TestActionScripts(t *testing.T) {
	for _, step := range readAction(t).Runs.Steps {
		if step.Uses != "" {
			continue
		}
		if step.Shell != "bash" || strings.Contains(step.Run, "${{") {
			t.Errorf("step %q: shell %q; its script:\n%s", step.Name, step.Shell, step.Run)
		}
		program, err := exec.LookPath("shellcheck")
		if err != nil {
			if os.Getenv("GSW_TEST_REQUIRE") == "all" {
				t.Fatal(err)
			}
			t.Skip("shellcheck is not here")
		}
		cmd := exec.Command(program, "--shell=bash", "-")
		cmd.Stdin = bytes.NewReader([]byte(step.Run))
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("step %q: %v\n%s", step.Name, err, said)
		}
	}
}
