package local

import (
	"os"
	"path/filepath"

	"gsw/manager/activation"
	"gsw/manager/config"
	"gsw/platform"
)

// profilesFile tells the hooks which profile holds where, so that they need no process for it.
const profilesFile = ".profiles"

// TellProfiles writes the hooks' file, if it says something else than config.toml, and removes it where no profile is on.
func (m Verbs) TellProfiles(c config.Config) error {
	file := filepath.Join(m.Host.Home, "resolve", profilesFile)
	want := c.Profiles.Lines(activation.Encode)
	have, err := platform.ReadFile(file)
	switch {
	case string(have) == want && (err == nil || os.IsNotExist(err) && want == ""):
		return nil
	case want == "":
		err = os.Remove(file)
		if os.IsNotExist(err) {
			return nil
		}
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return platform.WriteForUser(file, []byte(want), 0o644)
}

// RefreshProfiles makes the hooks' file fit a config.toml that was changed by hand. It is only a convenience: failing is
// no error.
func (m Verbs) RefreshProfiles() { _ = m.TellProfiles(m.Config) }

// Mirror is what serves instead of go.dev here, as GSW_MIRROR has it: the variable, else what the profile that holds here
// says; "" for go.dev itself, and where the profile asks no server: what is kept of go.dev's list serves then.
func (m Verbs) Mirror() string {
	if named := m.Host.Env.Get("GSW_MIRROR"); named != "" {
		return named
	}
	if mirror := m.Config.Profiles.Here(m.Host.Dir).Mirror; mirror != "off" {
		return mirror
	}
	return ""
}
