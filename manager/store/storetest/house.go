// Package storetest gives tests a store to work on: somebody's home with versions in it.
package storetest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/manager/gover"
	"gsw/manager/store"
	"gsw/platform"
)

// House is somebody's home with versions that have no go command of their own.
type House struct {
	T     testing.TB
	Host  platform.Host // in the home, with gsw's bin and a folder called usual on PATH
	Store store.Store
}

// New makes one that ends with the test. The versions are named "go1.22.3".
func New(t testing.TB, versions ...string) *House {
	t.Helper()
	dir := t.TempDir()
	h := &House{T: t, Host: platform.Host{
		Target: disttest.Host(), Dir: dir, UserHome: dir, Home: filepath.Join(dir, ".gsw"), Now: time.Now,
	}}
	h.Host.Env = platform.NewEnv(h.Host.Target, []string{"PATH=" + filepath.Join(h.Host.Home, "bin") + string(filepath.ListSeparator) + filepath.Join(dir, "usual")})
	h.Store = store.Open(h.Host)
	for _, version := range versions {
		disttest.PlantLocal(t, h.Host.Home, version, dir)
	}
	for _, d := range []string{"shims", "bin"} {
		if err := os.MkdirAll(filepath.Join(h.Host.Home, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// Version is one of the versions that it was made with.
func (h *House) Version(version string) store.Toolchain {
	h.T.Helper()
	tc, err := h.Store.Get(gover.MustParse(version))
	if err != nil {
		h.T.Fatal(err)
	}
	return tc
}
