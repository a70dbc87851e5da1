package server

import (
	"fmt"
	"os"

	"gsw/platform"
)

// LogFile is a file that lines are appended to. Once it is renamed or removed, as those do who rotate logs, the next
// lines go to a new file under its name. It is for one goroutine.
type LogFile struct {
	path string
	file *os.File
}

// OpenLog opens or makes the file.
func OpenLog(path string) (*LogFile, error) {
	l := &LogFile{path: path}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("opening the access log: %w", err)
	}
	return l, nil
}

func (l *LogFile) open() error {
	f, err := platform.OpenToAppend(l.path, 0o640)
	if err == nil {
		l.file = f
	}
	return err
}

func (l *LogFile) Write(lines []byte) (int, error) {
	if l.moved() {
		old := l.file
		if l.open() == nil {
			_ = old.Close()
		}
	}
	return l.file.Write(lines)
}

func (l *LogFile) moved() bool {
	there, err := os.Stat(l.path)
	if err != nil {
		return os.IsNotExist(err)
	}
	here, err := l.file.Stat()
	return err == nil && !os.SameFile(there, here)
}

// Close closes the file.
func (l *LogFile) Close() error { return l.file.Close() }
