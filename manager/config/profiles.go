package config

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"gsw/manager/profile"
)

// takeProfile sets what an entry of the tables profiles and project_profiles says.
func (c *Config) takeProfile(e entry) *ConfigError {
	depth := 2 // project_profiles."/home/me/app" = "china"
	if e.path[0] == "profiles" {
		depth = 3 // profiles.mine.GOPROXY = "off"
	}
	switch {
	case len(e.path) < depth && e.header:
		if len(e.path) == 2 {
			return c.own(e.path[1])
		}
		return nil
	case len(e.path) < depth:
		return wrongType(dotted(e.path), "a table", e.value)
	case len(e.path) > depth:
		return wrongType(dotted(e.path[:depth]), "a text", value{kind: unstable.InlineTable})
	case e.value.kind != unstable.String:
		return wrongType(dotted(e.path), "a text", e.value)
	case depth == 2:
		return c.takeProject(e.path[1], e.value.text)
	}
	if err := c.own(e.path[1]); err != nil {
		return err
	}
	if why := profile.Check(e.path[2], e.value.text); why != "" {
		return &ConfigError{Reason: why}
	}
	c.Profiles.Own[e.path[1]][e.path[2]] = e.value.text
	return nil
}

// own makes room for a profile.
func (c *Config) own(name string) *ConfigError {
	switch why := profile.CheckName(name); {
	case why != "":
		return &ConfigError{Reason: strconv.Quote(name) + ": " + why}
	case profile.Fixed(name):
		return &ConfigError{Reason: "the profile " + name + " is built in and stays as it is: extend it under another name"}
	}
	if c.Profiles.Own == nil {
		c.Profiles.Own = map[string]map[string]string{}
	}
	if c.Profiles.Own[name] == nil {
		c.Profiles.Own[name] = map[string]string{}
	}
	return nil
}

func (c *Config) takeProject(dir, name string) *ConfigError {
	if !filepath.IsAbs(dir) {
		return &ConfigError{Reason: "project_profiles names folders by their absolute paths, not " + strconv.Quote(dir)}
	}
	for _, r := range dir {
		if r < ' ' || r == 0x7f {
			return &ConfigError{Reason: "the folder " + strconv.Quote(dir) + " has a control character in its name, which hooks can't be told"}
		}
	}
	if c.Profiles.Projects == nil {
		c.Profiles.Projects = map[string]string{}
	}
	c.Profiles.Projects[dir] = name
	return nil
}

// sentence sets to to a text of any kind.
func (v value) sentence(name string, to *string) *ConfigError {
	if v.kind != unstable.String {
		return wrongType(name, "a text", v)
	}
	*to = v.text
	return nil
}

// checkProfiles looks at what only the whole file can tell: whether there are the profiles that are named.
func (c *Config) checkProfiles(entries []entry) *ConfigError {
	for _, e := range entries {
		var name string
		switch {
		case e.header:
			continue
		case len(e.path) == 1 && e.path[0] == "profile", e.path[0] == "project_profiles":
			name = e.value.text
		case len(e.path) == 3 && e.path[0] == "profiles" && e.path[2] == profile.Extends:
			name = e.value.text
			if circle := c.Profiles.Circle(e.path[1]); circle != "" {
				return &ConfigError{Line: e.line, Reason: "profiles extend each other in a circle: " + circle}
			}
		default:
			continue
		}
		if err := c.NoProfile(name); err != nil {
			err.Line = e.line
			return err
		}
	}
	return nil
}

// NoProfile is the error that there is no profile of a name, nil if there is one.
func (c Config) NoProfile(name string) *ConfigError {
	if _, ok := c.Profiles.Get(name); ok {
		return nil
	}
	return &ConfigError{Reason: "there is no profile " + strconv.Quote(name) + didYouMean(name, c.Profiles.Names())}
}

// SetProfile writes one key of a profile of the user's own, which comes to be if there is none of that name. The empty
// value takes the key out. What profile.Check refuses is a *ConfigError without a File, as for Set.
func SetProfile(ctx context.Context, home, name, key, value string) error {
	return edit(ctx, home, func(data []byte, c Config) ([]byte, error) {
		path := []string{"profiles", name, key}
		if value == "" {
			return unset(data, path)
		}
		scratch := Config{Profiles: profile.Table{Own: map[string]map[string]string{}}}
		for other, keys := range c.Profiles.Own {
			scratch.Profiles.Own[other] = maps.Clone(keys)
		}
		if err := scratch.takeProfile(entry{path: path, value: valueOf(value)}); err != nil {
			return nil, err
		}
		if err := scratch.checkProfiles([]entry{{path: path, value: valueOf(value)}}); err != nil {
			return nil, err
		}
		return set(data, path, strconv.Quote(value))
	})
}

// RemoveProfile takes a profile of the user's own out, with all its keys; of a built-in one what was changed. One that
// holds somewhere, or that another extends, is a *ConfigError that names what does so, and nothing is written; so is one
// that is not the user's.
func RemoveProfile(ctx context.Context, home, name string) error {
	return edit(ctx, home, func(data []byte, c Config) ([]byte, error) {
		if err := c.NoProfile(name); err != nil {
			return nil, err
		}
		if _, own := c.Profiles.Own[name]; !own {
			return nil, &ConfigError{Reason: "the profile " + name + " is built in: there is nothing to remove"}
		}
		without := c
		without.Profiles.Own = maps.Clone(c.Profiles.Own)
		delete(without.Profiles.Own, name)
		if _, stays := without.Profiles.Get(name); !stays {
			if used := c.Profiles.Users(name); len(used) > 0 {
				return nil, &ConfigError{Reason: "the profile " + name + " is in use: " + strings.Join(used, ", ")}
			}
		}
		return unsetTable(data, []string{"profiles", name})
	})
}

func valueOf(text string) value { return value{kind: unstable.String, text: text} }

// UseProfile makes a profile hold below project, or everywhere if that is empty. Everywhere, and for a folder that has
// nothing to take back from it, profile.Default is written as nothing.
func UseProfile(ctx context.Context, home, name, project string) error {
	return edit(ctx, home, func(data []byte, c Config) ([]byte, error) {
		path := []string{"profile"}
		without := c.Profiles
		without.Global = ""
		if project != "" {
			path = []string{"project_profiles", project}
			without = c.Profiles
			without.Projects = maps.Clone(c.Profiles.Projects)
			delete(without.Projects, project)
			if err := (&Config{}).takeProject(project, name); err != nil {
				return nil, err
			}
		}
		if err := c.NoProfile(name); err != nil {
			return nil, err
		}
		if name == profile.Default && without.At(project).Name == profile.Default {
			return unset(data, path)
		}
		return set(data, path, strconv.Quote(name))
	})
}

// ProfileLine is the line of config.toml that says so: of the key path, 0 if there is none.
func ProfileLine(home string, path ...string) int {
	data, err := load(File(home))
	if err != nil {
		return 0
	}
	entries, err := scan(data)
	if err != nil {
		return 0
	}
	for _, e := range entries {
		if slices.Equal(e.path, path) {
			return e.line
		}
	}
	return 0
}
