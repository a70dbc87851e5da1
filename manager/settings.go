package manager

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"gsw/manager/config"
	"gsw/manager/gover"
	"gsw/manager/local"
	"gsw/platform"
)

// SetAlias makes name mean spec. The spec may be an alias itself.
func (m Manager) SetAlias(ctx context.Context, name, spec string) error {
	if !gover.AliasName(name) {
		return &BadAliasError{Name: name}
	}
	return config.Set(ctx, m.Host.Home, "alias."+name, spec)
}

// Unalias forgets a name.
func (m Manager) Unalias(ctx context.Context, name string) error {
	return config.Unset(ctx, m.Host.Home, "alias."+name)
}

// Setting is one setting with its present value.
type Setting struct{ Key, Value string }

// Settings are the settings with their values; key "" is all of them.
func (m Manager) Settings(key string) ([]Setting, error) {
	keys := []string{key}
	if key == "" {
		keys = nil
		for _, k := range config.Keys() {
			if k.Name != "alias.NAME" { // stands for all of them
				keys = append(keys, k.Name)
			}
		}
		for name := range m.Config.Aliases {
			keys = append(keys, "alias."+name)
		}
		sort.Strings(keys)
	}
	var settings []Setting
	for _, k := range keys {
		value, err := m.Config.Value(k)
		if err != nil {
			return nil, err
		}
		settings = append(settings, Setting{k, value})
	}
	return settings, nil
}

// SetConfig writes one setting into config.toml. Several values are a list.
func (m Manager) SetConfig(ctx context.Context, key string, values []string) error {
	if err := config.Set(ctx, m.Host.Home, key, strings.Join(values, ",")); err != nil {
		return err
	}
	return m.configChanged(ctx, key)
}

// UnsetConfig takes one setting out of config.toml.
func (m Manager) UnsetConfig(ctx context.Context, key string) error {
	if err := config.Unset(ctx, m.Host.Home, key); err != nil {
		return err
	}
	return m.configChanged(ctx, key)
}

// configChanged makes what stands outside config.toml fit a new value of key. What is no longer allowed hides a command
// of the system from now on, though no tool came or went.
func (m Manager) configChanged(ctx context.Context, key string) error {
	if err := m.settingsChanged(); err != nil || key != "allow" {
		return err
	}
	c, err := config.Read(m.Host.Home)
	if err != nil {
		return err
	}
	m.Config = c
	return m.Guard(ctx)
}

// settingsChanged makes what stands outside config.toml fit it.
func (m Manager) settingsChanged() error {
	c, err := config.Read(m.Host.Home)
	if err != nil {
		return err
	}
	return m.tellHooks(c)
}

// CachePart is one kind of thing that gsw keeps.
type CachePart struct {
	Name  string `json:"name"`
	Dir   string `json:"dir"`
	Files int    `json:"files"`
	Bytes int64  `json:"size_bytes"`
}

// cacheParts are the folders of the cache and what they are called.
func (m Manager) cacheParts() []CachePart {
	cache := filepath.Join(m.Host.Home, "cache")
	return []CachePart{
		{Name: "partial downloads", Dir: filepath.Join(cache, "partial")},
		{Name: "release index", Dir: filepath.Join(cache, "index")},
		{Name: "checksum database", Dir: filepath.Join(cache, "sumdb")},
		{Name: "zero-trust builds", Dir: filepath.Join(cache, "zero-trust")},
	}
}

// Cache tells what is kept.
func (m Manager) Cache() ([]CachePart, error) {
	parts := m.cacheParts()
	for i := range parts {
		err := filepath.WalkDir(parts[i].Dir, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil // what vanished meanwhile is not kept
			}
			if info, err := d.Info(); err == nil {
				parts[i].Files++
				parts[i].Bytes += info.Size()
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// ClearCache deletes what can be fetched again and returns the bytes it freed.
// The newest signed tree head of the checksum database stays: without it a
// forked log would go unnoticed.
func (m Manager) ClearCache(ctx context.Context) (freed int64, err error) {
	parts, err := m.Cache()
	if err != nil {
		return 0, err
	}
	for _, p := range parts {
		if ctx.Err() != nil {
			return freed, ctx.Err()
		}
		if p.Name == "checksum database" {
			if err := m.Log.Forget(); err != nil {
				return freed, err
			}
			freed += p.Bytes
			continue
		}
		if err := platform.RemoveTree(p.Dir); err != nil {
			return freed, err
		}
		freed += p.Bytes
	}
	if err := os.Remove(filepath.Join(m.Host.Home, "cache", local.NewestFile)); err != nil && !os.IsNotExist(err) {
		return freed, err
	}
	return freed, m.Store.Forget()
}

// BadAliasError is a name that an alias cannot have.
type BadAliasError struct{ Name string }

func (e *BadAliasError) Error() string {
	return e.Name + " cannot be an alias: one begins with a letter, holds letters, digits, '.', '-' and '_', and is not a spec"
}
