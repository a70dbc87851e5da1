package platform

// FileLimit is how many files and connections this process may have open at once; 0 where there is no such limit. Go
// programs begin with the most that the system allows them.
func FileLimit() int { return fileLimit() }
