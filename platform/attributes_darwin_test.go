package platform

import "testing"

// cloning is a folder whose file system makes clones, as APFS does.
func cloning(t *testing.T) string { return t.TempDir() }
