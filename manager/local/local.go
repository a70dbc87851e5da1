// Package local is what gsw does on this machine alone: which Go a directory gets, what is installed, what the default
// is. It needs no network and proves nothing, so that the small program, which is started for everyday commands, can
// link it: a test holds it to that.
package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"gsw/manager/config"
	"gsw/manager/gover"
	"gsw/manager/project"
	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/platform"
)

// Verbs are a user's home, and what can be asked of it. Methods may be called by several processes at once; the store's
// locks keep them apart.
type Verbs struct {
	Host   platform.Host
	Store  store.Store
	Config config.Config
}

// Open reads the settings of the host's home. What is wrong with them is a *config.ConfigError.
func Open(host platform.Host) (Verbs, error) {
	c, err := config.Read(host.Home)
	return Verbs{Host: host, Store: store.Open(host), Config: c}, err
}

// Use makes v the default by one rename: GOROOT and GOBIN move together.
// before is the default it replaces, zero if there was none.
func (m Verbs) Use(ctx context.Context, v gover.Version) (before gover.Version, err error) {
	active, err := m.Store.Active()
	var none *store.NoDefaultError
	var broken *store.BrokenAnchorError
	if err != nil && !errors.As(err, &none) && !errors.As(err, &broken) {
		return before, err
	}
	return active.Version, m.Store.Activate(ctx, v)
}

// Pin writes .go-version in the current directory. Comments in a file that is
// there already stay. It returns the file.
func (m Verbs) Pin(spec gover.Spec) (string, error) {
	file := filepath.Join(m.Host.Dir, ".go-version")
	text, err := platform.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	// Not the number of the version: go1.20's is 1.20, which read back is a line.
	return file, platform.WriteForUser(file, []byte(project.Repin(string(text), spec.String())), 0o644)
}

// Resolve finds the Go for the current directory; argument is what the user
// named explicitly, or empty. See [selection.Select] for its errors.
func (m Verbs) Resolve(argument string) (selection.Selection, error) {
	return selection.Select(m.Host, m.Store, m.Config, argument)
}

// Asked is what the current directory asks for: its pin, else the least its go
// line allows, else *NothingAskedError.
func (m Verbs) Asked() (gover.Spec, error) {
	choice, err := project.Choose(m.Host, "", m.Config.Alias)
	if err != nil {
		return gover.Spec{}, err
	}
	switch {
	case !choice.Spec.IsZero():
		return choice.Spec, nil
	case !choice.Minimum.IsZero():
		return gover.ParseSpec(choice.Minimum.String(), nil)
	}
	return gover.Spec{}, &NothingAskedError{Dir: m.Host.Dir}
}

// ParseSpec reads a spec or an alias; empty text is the zero Spec.
func (m Verbs) ParseSpec(text string) (gover.Spec, error) {
	if text == "" {
		return gover.Spec{}, nil
	}
	return gover.ParseSpec(text, m.Config.Alias)
}

// Remember writes down what a partial spec means, so that the hook finds it
// without starting a process. It is only a cache: failing is no error.
func (m Verbs) Remember(s selection.Selection) {
	if _, exact := s.Choice.Spec.Exact(); !exact && !s.System && !s.Raised && !s.Choice.Spec.IsZero() {
		_ = m.Store.Resolved(s.Choice.Spec, s.GOROOT)
	}
}

// NothingAskedError is a directory that asks for no Go.
type NothingAskedError struct{ Dir string }

func (e *NothingAskedError) Error() string { return "nothing in or above " + e.Dir + " asks for a Go" }
