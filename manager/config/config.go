// Package config is the file config.toml in gsw's home folder: what a user has decided once and for all. Without the
// file everything has its default, and finding that out costs one open. A key or a value that is not understood is an
// error that names its line: a setting about trust must not be lost by a typing error.
//
// The file is read with go-toml's parser alone. Its decoder, which works by reflection, would make a shim 0.8 MB
// larger and start 0.1 ms later.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gsw/manager/profile"
)

// Config is the settings, defaults filled in.
type Config struct {
	Trust         []string          // trust: the parties whose proof suffices
	ExportGOROOT  bool              // goroot = "export": shells get GOROOT, naming the anchor
	IsolateGOPATH bool              // gopath = "isolated": each version has a GOPATH of its own
	StrictPin     bool              // pin = "strict": a .go-version sets GOTOOLCHAIN=local
	AutoInstall   bool              // auto_install: a shim may install what is missing
	NoFlush       bool              // flush = "off": an install does not wait for the disk
	Share         string            // share: how equal files of toolchains are shared, see Keys
	Allow         []string          // allow: tools that may hide a command of the system
	Aliases       map[string]string // table alias: names for specs
	Profiles      profile.Table     // profile, and the tables profiles.NAME and project_profiles
}

// ConfigError says what is wrong with the file, or with a key or value somebody wants to set.
type ConfigError struct {
	File   string // "" if the file is not the trouble
	Line   int    // from 1; 0: the file as a whole
	Reason string
}

func (e *ConfigError) Error() string {
	switch {
	case e.File == "":
		return e.Reason
	case e.Line == 0:
		return e.File + ": " + e.Reason
	}
	return e.File + ":" + strconv.Itoa(e.Line) + ": " + e.Reason
}

// File is where the settings of a home folder are.
func File(home string) string { return filepath.Join(home, "config.toml") }

// Read reads the settings of a home folder. What is wrong with the file is a *ConfigError.
func Read(home string) (Config, error) {
	data, err := load(File(home))
	if err != nil || data == nil {
		return defaults(), err
	}
	c, err := parse(data)
	return c, located(err, File(home))
}

func defaults() Config { return Config{Trust: []string{"log", "lock"}, Share: ShareAuto} }

// What share can be set to.
const (
	ShareOff  = "off"  // every toolchain has its own files
	ShareAuto = "auto" // clones, where the file system makes them: as safe as copies
	ShareLink = "link" // and elsewhere hard links of read-only files
)

const maxFile = 1 << 20 // bytes

// load returns nil if there is no file.
func load(file string) ([]byte, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the settings: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the settings: %w", err)
	}
	if len(data) > maxFile {
		return nil, &ConfigError{File: file, Reason: "is longer than 1 MiB"}
	}
	return data, nil
}

// located adds the file's name to an error of parse.
func located(err error, file string) error {
	if configError, ok := err.(*ConfigError); ok {
		configError.File = file
	}
	return err
}

// Alias is what the alias called name stands for, as gover.ParseSpec wants to know it.
func (c Config) Alias(name string) (string, bool) {
	meaning, ok := c.Aliases[name]
	return meaning, ok
}

// Key describes one setting.
type Key struct {
	Name    string
	Values  []string // what it can be set to, or be a comma-separated list of; nil: see Help
	Default string
	Help    string
}

// Keys lists all settings. Aliases are the keys alias.NAME.
func Keys() []Key {
	return []Key{
		{"trust", []string{"log", "index", "signature", "lock"}, "log,lock", "the parties whose proof suffices to install a toolchain"},
		{"goroot", []string{"", "export"}, "", "export GOROOT, naming the anchor, to shells"},
		{"gopath", []string{"shared", "isolated"}, "shared", "one GOPATH for all versions, or one each"},
		{"pin", []string{"normal", "strict"}, "normal", "strict: a .go-version also keeps the go command from switching (GOTOOLCHAIN=local)"},
		{"auto_install", []string{"false", "true"}, "false", "let shims install a version that a directory asks for"},
		{"profile", nil, profile.Default, "the profile that holds where no project has its own (gsw profile use)"},
		{"flush", []string{"on", "off"}, "on", "off: an install does not wait until its files are on the disk; for CI and containers, whose disks do not outlive a crash"},
		{"share", []string{ShareAuto, ShareOff, ShareLink}, ShareAuto, "auto: toolchains share equal files where the file system can clone them; " +
			"link: elsewhere by hard links, which makes GOROOT's sources read-only"},
		{"allow", nil, "", "tools in GOBIN that may hide a command of the system, such as git"},
		{"alias.NAME", nil, "", "a name for a spec"},
	}
}

// Value is the setting key as Set takes it, its default if it is not set. An alias that is not defined and a key that
// does not exist are a *ConfigError.
func (c Config) Value(key string) (string, error) {
	either := func(on bool, words ...string) (string, error) {
		if on {
			return words[1], nil
		}
		return words[0], nil
	}
	switch key {
	case "trust":
		return strings.Join(c.Trust, ","), nil
	case "goroot":
		return either(c.ExportGOROOT, "", "export")
	case "gopath":
		return either(c.IsolateGOPATH, "shared", "isolated")
	case "pin":
		return either(c.StrictPin, "normal", "strict")
	case "auto_install":
		return either(c.AutoInstall, "false", "true")
	case "profile":
		return cmp.Or(c.Profiles.Global, profile.Default), nil
	case "flush":
		return either(c.NoFlush, "on", "off")
	case "share":
		return c.Share, nil
	case "allow":
		return strings.Join(c.Allow, ","), nil
	}
	if name, ok := strings.CutPrefix(key, "alias."); ok {
		if meaning, ok := c.Aliases[name]; ok {
			return meaning, nil
		}
		return "", &ConfigError{Reason: "there is no alias " + strconv.Quote(name) + didYouMean(name, sortedNames(c.Aliases))}
	}
	return "", unknown(key)
}

func unknown(key string) *ConfigError {
	var names []string
	for _, k := range Keys() {
		names = append(names, strings.TrimSuffix(k.Name, ".NAME"))
	}
	return &ConfigError{Reason: "there is no setting " + strconv.Quote(key) + didYouMean(key, names)}
}

func sortedNames(m map[string]string) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
