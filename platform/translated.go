package platform

// Translated tells whether macOS runs this program, which is for Intel's processors, on one of Apple's: by Rosetta.
//
// Elsewhere: never.
func Translated() bool { return translated() }
