package platform

// Owner is the number of the user whom path belongs to: a link itself, not what it leads to.
//
// Windows: users have no numbers, and it is errors.ErrUnsupported.
func Owner(path string) (int, error) { return owner(path) }

// User is the number of the user as whom this process acts: 0 is root.
//
// Windows: -1.
func User() int { return user() }
