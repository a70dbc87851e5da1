package manager

import (
	"context"
	"slices"
	"strconv"

	"gsw/manager/activation"
	"gsw/manager/config"
	"gsw/manager/goenv"
	"gsw/manager/profile"
	"gsw/platform"
)

// ProfileHere tells which profile holds in the current directory, and where that is said: "/home/me/.gsw/config.toml:3",
// "" if nowhere.
func (m Manager) ProfileHere() (name, place string) {
	at := m.Config.Profiles.At(m.Host.Dir)
	path := []string{"profile"}
	if at.Project != "" {
		path = []string{"project_profiles", at.Project}
	}
	return at.Name, m.profilePlace(path...)
}

func (m Manager) profilePlace(path ...string) string {
	line := config.ProfileLine(m.Host.Home, path...)
	if line == 0 {
		return ""
	}
	return config.File(m.Host.Home) + ":" + strconv.Itoa(line)
}

// ProfileInfo is a profile and how it stands.
type ProfileInfo struct {
	profile.Profile
	Here  bool     // it holds in the current directory
	Where []string // where it is on: "everywhere (/home/me/.gsw/config.toml:1)", "/home/me/app (…)"
	Place string   // where it is defined, if in config.toml
}

// Profiles lists all profiles, by name.
func (m Manager) Profiles() []ProfileInfo {
	var all []ProfileInfo
	for _, name := range m.Config.Profiles.Names() {
		info, _ := m.Profile(name)
		all = append(all, info)
	}
	return all
}

// Profile is the one of a name; "" is the one that holds here.
func (m Manager) Profile(name string) (ProfileInfo, error) {
	here, _ := m.ProfileHere()
	if name == "" {
		name = here
	}
	if err := m.Config.NoProfile(name); err != nil {
		return ProfileInfo{}, err
	}
	p, _ := m.Config.Profiles.Get(name)
	info := ProfileInfo{Profile: p, Here: name == here, Place: m.profilePlace("profiles", name)}
	if m.Config.Profiles.Global == name {
		info.Where = append(info.Where, "everywhere ("+m.profilePlace("profile")+")")
	}
	var projects []string
	for dir, used := range m.Config.Profiles.Projects {
		if used == name {
			projects = append(projects, dir)
		}
	}
	slices.Sort(projects)
	for _, dir := range projects {
		info.Where = append(info.Where, dir+" ("+m.profilePlace("project_profiles", dir)+")")
	}
	return info, nil
}

// Override is a setting of a profile that something else outranks, or would if the profile were on.
type Override struct{ Name, Value, By string }

// Overrides tells which of a profile's settings something near outranks: the user's own environment. What the profile
// itself, or another one before it, put there does not count.
func (m Manager) Overrides(p profile.Profile) []Override {
	env := activation.Undone(m.Host.Env, m.Host.Home)
	var all []Override
	for _, s := range p.Env {
		if value := env.Get(s.Name); value != "" && value != s.Value {
			all = append(all, Override{s.Name, value, "the environment"})
		}
	}
	if value := m.Host.Env.Get("GSW_MIRROR"); p.Mirror != "" && value != "" && value != p.Mirror {
		all = append(all, Override{"GSW_MIRROR", value, "the environment"})
	}
	return all
}

// Hidden tells which of the user's `go env -w` settings a profile outranks while it is on.
func (m Manager) Hidden(p profile.Profile, v goenv.Values) []Override {
	var all []Override
	for _, s := range p.Env {
		for _, l := range v.Get(s.Name).Layers {
			if l.Kind == goenv.Written && l.Value != s.Value {
				all = append(all, Override{s.Name, l.Value, l.Place()})
			}
		}
	}
	return all
}

// UseProfile makes a profile hold in a project's folder and below, or everywhere if project is "".
func (m Manager) UseProfile(ctx context.Context, name, project string) error {
	if err := config.UseProfile(ctx, m.Host.Home, name, project); err != nil {
		return err
	}
	return m.settingsChanged()
}

// SetProfile gives a key of a user's profile a value; the empty one takes it out.
func (m Manager) SetProfile(ctx context.Context, name, key, value string) error {
	if err := config.SetProfile(ctx, m.Host.Home, name, key, value); err != nil {
		return err
	}
	return m.settingsChanged()
}

// RemoveProfile takes a profile of the user's own out, or what was changed of a built-in one.
func (m Manager) RemoveProfile(ctx context.Context, name string) error {
	if err := config.RemoveProfile(ctx, m.Host.Home, name); err != nil {
		return err
	}
	return m.settingsChanged()
}

// GoEnv is the environment of a go command that gsw would start here: with the profile that holds, whether or not this
// shell knows of it.
func GoEnv(h platform.Host, c config.Config) platform.Env {
	env := activation.Undone(h.Env, h.Home)
	for _, s := range c.Profiles.Here(h.Dir).Env {
		if env.Get(s.Name) == "" {
			env = env.With(s.Name, s.Value)
		}
	}
	return env
}
