package platform

// Quarantined tells whether macOS holds a file for one that came from elsewhere and that nobody has allowed yet: it
// has the extended attribute com.apple.quarantine. Browsers and other apps set it on what they download, the Archive
// Utility passes it on to what it unpacks, and cp, Finder and a clone to what they copy; programs without a window set
// it on nothing, unless an app in a sandbox started them. Such a program is not started, or only after a question.
//
// Nothing that this package writes, copies, clones or links carries the attribute. Elsewhere: never.
func Quarantined(path string) bool { return quarantined(path) }
