package platform

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// NotLinkError says that a place where a link belongs holds a real folder or file, which is not gsw's to replace.
type NotLinkError struct{ Path string }

func (e *NotLinkError) Error() string { return e.Path + " is not a link" }

// NoLinksError says that a folder is on a volume that has no symbolic links: FAT, exFAT, some network mounts.
type NoLinksError struct{ Dir string }

func (e *NoLinksError) Error() string {
	return e.Dir + " is on a volume without symbolic links, by which gsw switches"
}

// Linkable is nil if PointDir and PointFile can make links in dir, and *NoLinksError if the volume has none, which is
// tried.
//
// Windows: nil; a hard link, or a copy, serves there.
func Linkable(dir string) error { return linkable(dir) }

// PointDir makes link name the folder dir. Whoever looks sees the old folder or the new one, never none; where link
// did not exist it appears whole. A link that names dir already is left alone. A real folder or file at link is never
// replaced: *NotLinkError. Two calls at once leave one of both answers. The change is not flushed: see FlushDir.
//
// Unix: a symbolic link with the text dir, as given, put in place by one rename.
//
// Windows: a junction to the absolute path of dir (a relative one counts from link's folder), which must be on a local
// volume. An existing junction is re-pointed in place by one call. Every new link is read back, and the folder is
// looked at through it; an error then means that the link stands and this process can't use it. A symbolic link at
// link has to be removed first: for a moment there is none. errors.ErrUnsupported: the volume has no junctions.
func PointDir(link, dir string) error {
	if err := pointDir(filepath.Clean(link), dir); err != nil {
		return fmt.Errorf("pointing %s at %s: %w", link, dir, err)
	}
	return nil
}

// ReadDirLink gives the folder that a link made by PointDir names: on Unix the text of the link, on Windows an
// absolute path. *NotLinkError if link is something else; fs.ErrNotExist if there is nothing.
func ReadDirLink(link string) (string, error) { return readDirLink(filepath.Clean(link)) }

// PointFile makes link another name of the file target, by one rename. Like PointDir on Unix, where target is the text
// of a symbolic link and may be dangling.
//
// Windows: a hard link, or on another volume a copy, of what target (a relative one counts from link's folder) is now:
// it does not follow a later change. A real file at link is replaced there, because it can't be told from an earlier
// hard link; one that runs as CopyFile does it; a folder is a *NotLinkError.
func PointFile(link, target string) error {
	if err := pointFile(filepath.Clean(link), target); err != nil {
		return fmt.Errorf("pointing %s at %s: %w", link, target, err)
	}
	return nil
}

// ReplaceFile gives the file path this content, by writing a sibling and renaming it: readers see the old content or
// the new. As with os.WriteFile perm (less the umask) counts for a new file, an existing one keeps its permissions, and
// a symbolic link is followed: a .bashrc that lives elsewhere stays there. The data is not flushed: after a power loss
// the file may be old, new or, on a few file systems, empty.
//
// Windows: retried for up to 2 s while another program holds the file open; ReadFile does not.
func ReplaceFile(path string, data []byte, perm fs.FileMode) error {
	return replaceFile(path, data, perm, false)
}

// ReadFile reads a whole file that ReplaceFile may replace meanwhile.
//
// Windows: it neither stands in the replacement's way nor fails because of it, as os.ReadFile does both.
func ReadFile(path string) ([]byte, error) { return readFile(path) }

// OpenToAppend opens the file path, or makes it with perm less the umask, so that what is written goes to its end, and
// so that others may rename or remove it meanwhile, as those do who rotate logs.
//
// Windows: perm says nothing; a new file has the access rules of its folder.
func OpenToAppend(path string, perm fs.FileMode) (*os.File, error) { return openToAppend(path, perm) }

// WriteDurable is ReplaceFile whose result survives a power loss once it returned: the file is flushed before the
// rename, its folder after it.
func WriteDurable(path string, data []byte, perm fs.FileMode) error {
	return replaceFile(path, data, perm, true)
}

// WriteForUser is WriteDurable for a file that no lock keeps other processes off from, and where no sweep looks, as a
// .bashrc. What killed processes left half made beside it more than an hour ago goes with it.
func WriteForUser(path string, data []byte, perm fs.FileMode) error {
	err := WriteDurable(path, data, perm)
	if file, none := followLinks(path); err == nil && none == nil {
		removeAbandoned(file, file)
	}
	return err
}

// CreateBeside makes a new file beside path, for the caller to write and to rename to path, under a name that Leftover
// recognises. What killed processes left there more than an hour ago goes first: it may be what fills the disk.
func CreateBeside(path string, perm fs.FileMode) (f *os.File, err error) {
	sibling, err := inSibling(path, func(sibling string) (err error) {
		f, err = os.OpenFile(sibling, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		return err
	})
	if err == nil {
		removeAbandoned(path, sibling)
	}
	return f, err
}

// FlushTree puts everything below dir on stable storage. A tree that is renamed to its visible name without it may be
// found there with empty files after a power loss.
//
// Linux: one syncfs, which also waits for what others wrote to that file system, and before kernel 5.8 reports no
// drive's errors; where there is none, as BSD. macOS: fsync for each file and folder, then one F_FULLFSYNC for the
// drive's cache. BSD, Solaris: fsync for each. Windows: FlushFileBuffers for each file and folder; a file that another program
// holds open so that it can't be flushed is an error.
func FlushTree(dir string) error {
	if err := flushTree(dir); err != nil {
		return fmt.Errorf("flushing %s: %w", dir, err)
	}
	return nil
}

// FlushDir puts the names in dir, not what is below them, on stable storage: what a rename needs to last. On file
// systems that can't be asked for it, it does nothing.
//
// Windows: best effort; NTFS logs renames, so that they are done or not, maybe a few seconds late.
func FlushDir(dir string) error {
	if err := flushDir(dir); err != nil {
		return fmt.Errorf("flushing %s: %w", dir, err)
	}
	return nil
}

// RenameTree gives the folder old the name new, by one rename. new must not exist and must be on the same volume.
//
// Windows: retried for up to 10 s while somebody, a virus scanner as a rule, holds a file of it, then *HeldError; that at
// once where a program runs out of it.
func RenameTree(old, new string) error { return renameTree(old, new) }

// MoveTreeInPieces moves what RenameTree can't: the folder old into the folder new of the same volume, which may be there
// and may have a part of it already. What may be renamed as a whole is; of a folder that may not, each thing by itself.
// Windows renames no folder in which a file is open, but does the file of a program that runs. What nobody may rename (a
// file that is open as most programs open theirs, a folder that somebody stands in) stays in its place, with the folders
// above it, and the error is the first such refusal; everything else has moved. Called again, it goes on.
func MoveTreeInPieces(p Pieces, old, new string) error { return moveInPieces(p, old, new) }

// MoveTree is RenameTree for a tree that was just made, and that nobody uses yet.
//
// Windows: where it stays held, a flushed copy of it gets the name new, by one rename. The copy is prepared under old's
// name with "-copy" behind it. What of old can't be removed then is left.
func MoveTree(old, new string) error { return moveTree(old, new) }

// HeldError says that somebody keeps a file of Dir open, so that it can't be renamed (Windows). By are the programs that
// run out of it; who has another file of it open, or stands in a folder of it, the system does not tell.
type HeldError struct {
	Dir string
	By  []Process
	Err error
}

func (e *HeldError) Error() string {
	if len(e.By) == 0 {
		return e.Err.Error() + " (another program has a file in it open, or a terminal stands in it)"
	}
	names := make([]string, len(e.By))
	for i, p := range e.By {
		names[i] = p.String()
	}
	return e.Err.Error() + " (in use by " + strings.Join(names, ", ") + ")"
}

func (e *HeldError) Unwrap() error { return e.Err }

// ExchangeTrees swaps two folders of one volume. Where the system can (Linux renameat2, macOS renamex_np, and a file
// system that takes part) it is one step: atomic. Elsewhere it takes three renames, undone if one fails: for a moment a
// does not exist, and a process killed then leaves a's folder under a name that Leftover recognises.
func ExchangeTrees(a, b string) (atomic bool, err error) {
	a, b = filepath.Clean(a), filepath.Clean(b)
	if atomic, err = exchangeTrees(a, b); err != nil {
		return atomic, fmt.Errorf("exchanging %s and %s: %w", a, b, err)
	}
	return atomic, nil
}

// Leftover recognises the names under which this package prepares files and links, next to the file or link called of
// that it is about to replace. Only a killed process leaves one, or ExchangeTrees, whose leftover is a folder and
// belongs back at of if nothing is there. Whoever removes them must hold the lock that the killed process held.
func Leftover(name string) (of string, ok bool) {
	name, isHidden := strings.CutPrefix(name, ".")
	i := strings.LastIndex(name, siblingMark)
	if !isHidden || i < 1 || len(name)-i-len(siblingMark) != siblingDigits {
		return "", false
	}
	if strings.Trim(name[i+len(siblingMark):], "0123456789abcdef") != "" {
		return "", false
	}
	return name[:i], true
}

// RemoveTree removes dir and everything below it, also from folders that are read-only (the module cache's are). Links
// are removed, never followed. It is no error if dir does not exist.
//
// Windows: retried for up to 2 s while another program holds a file of it.
func RemoveTree(dir string) error { return removeTree(dir) }

// ClearTree is RemoveTree that does not wait, for what another command can remove later: kept tells that something stays.
//
// Windows: what a running program or an open file holds, which is no error. Elsewhere nothing is held.
func ClearTree(dir string) (kept bool, err error) { return clearTree(dir) }

// Lock takes the lock path, which no other process or goroutine can have at the same time, and waits for it: waiting
// is called once if it has to. nil is for a lock that everybody holds for moments alone: what has it for a minute was
// stopped or hangs, and nobody would know what is waited for, so the error is a *LockedError then. The end of ctx ends
// the wait with ctx's error. The file and the folders above it are made; it may be removed at any time, by its holder or
// by others, without harm to the exclusion of those who come later. The system frees a killed process's locks. unlock
// may be called twice.
//
// Unix: flock, so it works between hosts only on file systems that pass it on, and is an error on those without locks.
// Windows: LockFileEx.
func Lock(ctx context.Context, path string, waiting func()) (unlock func() error, err error) {
	if unlock, err = lock(ctx, path, waiting); err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return unlock, nil
}

// TryLock takes the lock path as Lock does, if nobody has it.
func TryLock(path string) (unlock func() error, ok bool, err error) {
	if unlock, ok, err = tryLock(path); err != nil {
		return nil, false, fmt.Errorf("locking %s: %w", path, err)
	}
	return unlock, ok, nil
}

// Exec runs the program path with this command line (argv[0] is its name) and environment, this process's files and
// its working directory, in place of this process.
//
// Unix: it replaces the process, and returns only to report an error.
//
// Windows: it runs as a child in a job, so that it ends if this process is killed (its own children do not), and Exec
// returns its exit code. Ctrl-C and Ctrl-Break reach the child by the console; this process waits for what it does
// about them.
func Exec(path string, argv []string, env Env) (code int, err error) {
	return execProgram(path, argv, env)
}

// LookPath finds the program file in env's PATH, or where file is a path, relative to dir; the answer is absolute.
// Entries of PATH that are empty or relative are skipped: never is something run because of the folder one is in. The
// error wraps exec.ErrNotFound, or fs.ErrPermission for a file that is there and can't be executed.
//
// Windows: with the extensions of env's PATHEXT.
func LookPath(file string, env Env, dir string) (string, error) { return lookPath(file, env, dir) }

// OwnedByAnother tells whether path, or what it links to, belongs to a user who is neither this one nor root: such a
// folder says nothing that this user asked for.
//
// Windows: neither this user, the Administrators group, the system nor the installer of Windows.
func OwnedByAnother(path string) (bool, error) { return ownedByAnother(path) }

// Terminal tells whether w is an *os.File on a terminal.
func Terminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && f != nil && term.IsTerminal(int(f.Fd()))
}

// Columns is how many characters a line of the terminal has that w, an *os.File, is on; 0 if that is not known.
func Columns(w any) int {
	f, ok := w.(*os.File)
	if !ok || f == nil {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// StorageFault tells whether err says that the file system refused: no permission, read-only, full, over quota. Those
// that a network connection met are none.
func StorageFault(err error) bool { return chainHas(err, storageFault) }

// DiskFull tells whether err says that the volume or the user's quota is used up.
func DiskFull(err error) bool { return chainHas(err, diskFull) }

// BootID names the time since the machine started: what was written under the same one was not lost by a power loss.
// It is "" where the system names none (NetBSD, OpenBSD, DragonFly, Solaris, FreeBSD before 13, a container without /proc), and
// then nothing is known: two times that are "" may be different ones. Containers have that of the machine they run on.
//
// Windows: when the machine started, which also changes where somebody sets the clock.
func BootID() string { return bootID() }

// Process is a running program. Path is its executable, links resolved.
type Process struct {
	PID  int
	Name string
	Path string
}

func (p Process) String() string { return p.Name + " (process " + strconv.Itoa(p.PID) + ")" }

// Running lists the processes whose executable lies below dir, by number, this one included. A program whose file was
// deleted runs on without dir and is none of them.
//
// Linux, NetBSD, DragonFly, Solaris: those whose /proc entry may be read, in practice one's own, all for root. macOS, FreeBSD:
// likewise, asked by sysctl. Windows: those that may be opened for their name. OpenBSD does not tell: none.
func Running(dir string) ([]Process, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	if real, err = filepath.Abs(real); err != nil {
		return nil, err
	}
	return running(real)
}

// Interrupts gives a context that the first Ctrl-C, SIGINT or SIGTERM cancels. From then on, and after stop, signals
// do again what the system does with them: the second Ctrl-C kills at once. A signal that the parent told this process
// to ignore stays ignored.
func Interrupts(ctx context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	for _, s := range endingSignals() {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	go func() {
		select {
		case <-signals:
		case <-ctx.Done():
		}
		// Before cancel: whoever sees the context end can rely on the second signal.
		signal.Stop(signals)
		cancel()
	}()
	return ctx, sync.OnceFunc(func() {
		signal.Stop(signals)
		cancel()
	})
}

// LastRead tells when the file path was last read or executed, as far as the file system keeps that: many do to the
// day only, some not at all, and then it is when the file was made. Zero if there is no such file.
func LastRead(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return accessTime(info)
}
