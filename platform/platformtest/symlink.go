// Package platformtest has words for tests about what not every system gives.
package platformtest

import (
	"os"
	"runtime"
	"testing"
)

// Symlink makes link a symbolic link, and tells whether there is one now. Windows makes them for administrators and
// developers only, and Wine reports success and makes nothing; everywhere else a test fails that gets none.
func Symlink(t testing.TB, target, link string) bool {
	t.Helper()
	err := os.Symlink(target, link)
	if _, missing := os.Lstat(link); err == nil && missing == nil {
		return true
	}
	if runtime.GOOS != "windows" {
		t.Fatalf("no symbolic link: %v", err)
	}
	t.Logf("without a symbolic link, of which Windows makes none here: %v", err)
	return false
}

// NeedSymlink is Symlink for a test that is about nothing else.
func NeedSymlink(t testing.TB, target, link string) {
	t.Helper()
	if !Symlink(t, target, link) {
		t.Skip("Windows makes no symbolic link here, Wine never does")
	}
}
