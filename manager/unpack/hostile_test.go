package unpack

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// hostile says what each archive in testdata/hostile must come to: the error's text, or
// for "" the files that are there afterwards.
var hostile = map[string]struct {
	says  string
	files string
}{
	"00-good.tar.gz":             {files: "VERSION bin/go"},
	"01-dotdot.tar.gz":           {says: `entry "go/../../escape01" refused: its path leads out of the folder`},
	"02-absolute.tar.gz":         {says: `entry "/tmp/research/verify/evil/escape02" refused: its path is absolute`},
	"03-symlink-dir.tar.gz":      {says: `entry "go/d" refused: it is a symbolic link to "../.."; an archive of Go holds only files and folders`},
	"04-symlink-abs.tar.gz":      {says: `entry "go/d" refused: it is a symbolic link to "/tmp/research/verify/evil"; an archive of Go holds only files and folders`},
	"05-symlink-file.tar.gz":     {says: `entry "go/f" refused: it is a symbolic link to "../../escape05"; an archive of Go holds only files and folders`},
	"06-hardlink.tar.gz":         {says: `entry "go/h" refused: it is a hard link to "/etc/passwd"; an archive of Go holds only files and folders`},
	"07-hardlink-rel.tar.gz":     {says: `entry "go/h" refused: it is a hard link to "../../secret"; an archive of Go holds only files and folders`},
	"08-chardev.tar.gz":          {says: `entry "go/null" refused: it is a device; an archive of Go holds only files and folders`},
	"09-fifo.tar.gz":             {says: `entry "go/fifo" refused: it is a named pipe; an archive of Go holds only files and folders`},
	"10-setuid.tar.gz":           {says: `entry "go/bin/go" refused: it has the setuid, setgid or sticky bit`},
	"11-world-writable.tar.gz":   {files: "bin/go"}, // as 0755, see TestModes
	"12-case-collision.tar.gz":   {says: `entry "go/BIN/go" refused: on some systems its name is the same as that of "bin"`},
	"13-nfd-collision.tar.gz":    {says: `entry "go/e\u0301" refused: on some systems its name is the same as that of "\u00e9"`},
	"14-duplicate.tar.gz":        {says: `entry "go/bin/go" refused: it comes twice`},
	"15-ads.tar.gz":              {says: `entry "go/bin/go.exe:evil" refused: ':' may not be in a name`},
	"16-reserved.tar.gz":         {says: `entry "go/CON" refused: "CON" is a device on Windows`},
	"17-trailing-dot.tar.gz":     {says: `entry "go/bin/go.exe." refused: a name may not end in a dot or blank`},
	"18-backslash.tar.gz":        {says: `entry "go/..\\..\\escape18" refused: '\\' may not be in a name`},
	"19-drive.tar.gz":            {says: `entry "C:/escape19" refused: ':' may not be in a name`},
	"20-outside-go.tar.gz":       {says: `entry "other/x" refused: it does not lie below go/`},
	"21-file-as-dir.tar.gz":      {says: `entry "go/a/b" refused: "a" is both a file and a folder`},
	"22-control-chars.tar.gz":    {says: `entry "go/a\x1b[31m\nb" refused: '\x1b' may not be in a name`},
	"23-pax-path.tar.gz":         {says: `entry "go/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d"… refused: its path is longer than 240 bytes`},
	"24-bomb.tar.gz":             {says: `entry "go/big" refused: 6442450944 bytes are more than the 512 MiB that a file may have`},
	"25-many.tar.gz":             {says: `entry "go/d5000/" refused: with it there are more than 5000 folders`},
	"26-truncated.tar.gz":        {says: `the archive ends early`},
	"27-trailing-garbage.tar.gz": {says: `refused: bytes after the archive's end`},
	"28-second-member.tar.gz":    {says: `refused: a second gzip member after the archive's end`},
	"29-bad-crc.tar.gz":          {says: `the archive is damaged: its gzip checksum does not fit`},
	"50-zip-dotdot.zip":          {says: `entry "go/../../escape50" refused: its path leads out of the folder`},
	"51-zip-abs.zip":             {says: `entry "/tmp/research/verify/evil/escape51" refused: its path is absolute`},
	"52-zip-symlink.zip":         {says: `entry "go/d" refused: it is a symbolic link; an archive of Go holds only files and folders`},
	"53-zip-local-name.zip":      {says: `entry "go/VERSION1234567" refused: the header before it has another name`},
	"54-zip-dup.zip":             {says: `entry "go/a" refused: it comes twice`},
	"55-zip-backslash.zip":       {says: `entry "go\\..\\..\\escape55" refused: '\\' may not be in a name`},
	"56-zip-good.zip":            {files: "VERSION"},
}

func TestHostile(t *testing.T) {
	archives, err := os.ReadDir("testdata/hostile")
	if err != nil {
		t.Fatal(err)
	}
	if len(archives) != len(hostile) {
		t.Errorf("%d archives, %d expectations", len(archives), len(hostile))
	}
	for _, a := range archives {
		t.Run(a.Name(), func(t *testing.T) {
			want, known := hostile[a.Name()]
			if !known {
				t.Fatal("what must it say?")
			}
			dir := jail(t)
			res, err := File(t.Context(), filepath.Join("testdata/hostile", a.Name()), dir)
			lookAround(t, dir)
			if want.says != "" {
				if err == nil || err.Error() != want.says {
					t.Fatalf("said  %v\nwant: %s", err, want.says)
				}
				checkKind(t, err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(filesBelow(t, dir), " "); got != want.files {
				t.Errorf("made %s, want %s", got, want.files)
			}
			if res.Files != len(strings.Fields(want.files)) {
				t.Errorf("counted %d files", res.Files)
			}
		})
	}
}

// checkKind makes sure that the two kinds of refusal are told apart: only what is merely
// damaged may be fetched again.
func checkKind(t *testing.T, err error) {
	t.Helper()
	var policy *PolicyError
	var corrupt *CorruptError
	if errors.As(err, &policy) == errors.As(err, &corrupt) {
		t.Errorf("%T is not one of PolicyError and CorruptError", err)
	}
	if errors.As(err, &policy) != strings.Contains(err.Error(), "refused: ") {
		t.Errorf("%T does not read like it: %v", err, err)
	}
}

// jail returns an empty folder to unpack into, four deep in others that must stay as they are.
func jail(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "jail", "a", "b", "c")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// hasModes tells whether files have permissions of their own. On Windows the folder gives them, and all look alike.
const hasModes = runtime.GOOS != "windows"

// lookAround fails the test if anything was made beside dir, or if there is anything below it
// that is neither a file nor a folder with the modes that gsw makes.
func lookAround(t testing.TB, dir string) {
	t.Helper()
	jail := filepath.Dir(filepath.Dir(filepath.Dir(dir)))
	for at := dir; at != filepath.Dir(jail); at = filepath.Dir(at) {
		siblings, err := os.ReadDir(filepath.Dir(at))
		if err != nil {
			t.Fatal(err)
		}
		if len(siblings) != 1 {
			t.Errorf("escaped: %v", siblings)
		}
	}
	for _, escape := range []string{"/escape51", "/tmp/research"} {
		if _, err := os.Lstat(escape); err == nil {
			t.Errorf("escaped: %s", escape)
		}
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if mode := info.Mode(); !mode.IsDir() && !mode.IsRegular() || mode&(fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky) != 0 || hasModes && mode&0o022 != 0 {
			t.Errorf("made %s as %v", path, mode)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func filesBelow(t testing.TB, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
