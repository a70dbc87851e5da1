package platform

// Seen is what Look saw of a file. Times are in nanoseconds since 1970.
type Seen struct {
	There bool
	Time  int64 // when what is in it was changed last, as the file says
	Size  int64

	// Changed is when anything about it was changed last: no program can set that. Windows: Time.
	Changed int64
}

// Look looks at many files below a folder, by their names relative to it, links followed. What is not there, or cannot
// be looked at, is not There.
//
// Unix: the way to the folder is gone once, so a look costs a third of an os.Stat. Windows: as os.Stat.
func Look(dir string, names []string) []Seen { return look(dir, names) }

// Peek tells of a folder whether another user owns it, as OwnedByAnother does, and whether anything in it has one of
// these names. ok is false where that cannot be told so: each question is to be asked by itself then.
//
// Unix: the way to the folder is gone once. Windows: never ok.
func Peek(dir string, names []string) (foreign, holds, ok bool) { return peek(dir, names) }
