package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tailscale/hujson"

	"gsw/manager/ide"
	"gsw/platform"
)

// feature is the folder of the devcontainer feature.
func feature() string { return filepath.Join("..", "..", "devcontainer-feature", "gsw") }

// TestFeature: the options have the names that install.sh reads, by the rules of the specification, and the editor's
// settings are those that `gsw ide vscode` writes.
func TestFeature(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(feature(), "devcontainer-feature.json"))
	if err != nil {
		t.Fatal(err)
	}
	var meta struct {
		ID, Version, Name string
		Options           map[string]struct{ Type, Default string }
		ContainerEnv      map[string]string
		Customizations    struct {
			VSCode struct{ Settings map[string]any }
		}
	}
	if err := json.Unmarshal(text, &meta); err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join(feature(), "install.sh"))
	if err != nil {
		t.Fatal(err)
	}
	if meta.ID != filepath.Base(feature()) || meta.Version == "" || meta.Name == "" || len(meta.Options) != 3 {
		t.Errorf("%+v", meta)
	}
	for name, option := range meta.Options {
		variable := strings.ToUpper(name)
		if want := variable + "=${" + variable + ":-" + option.Default + "}\n"; !strings.Contains(string(script), want) {
			t.Errorf("install.sh has no line %s", want)
		}
	}
	home := meta.ContainerEnv["GSW_HOME"]
	if !strings.HasPrefix(meta.ContainerEnv["PATH"], home+"/shims:"+home+"/bin:") {
		t.Errorf("PATH is %s", meta.ContainerEnv["PATH"])
	}
	target := platform.Target{OS: "linux", Arch: "amd64"}
	editor, _ := ide.Find("vscode")
	written, err := editor.Write("", ide.Place{Target: target, Env: platform.NewEnv(target, nil), UserHome: "/root", Home: home})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := hujson.Standardize([]byte(written))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	if err := json.Unmarshal(plain, &want); err != nil || !reflect.DeepEqual(meta.Customizations.VSCode.Settings, want) {
		t.Errorf("settings %v, want %v (%v)", meta.Customizations.VSCode.Settings, want, err)
	}
}

// putFeature copies the feature's script into the folder feature, as packing it does.
func putFeature(ts *testscript.TestScript, neg bool, args []string) {
	text, err := os.ReadFile(filepath.Join(feature(), "install.sh"))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("feature/install.sh"), text, 0o755))
}
