package platformtest

import "testing"

// NeedReplacing skips a test that replaces files which others have open.
func NeedReplacing(t testing.TB) {
	t.Helper()
	if onWine() {
		t.Skip("Wine has no renames with POSIX semantics, which replace a file that is open")
	}
}
