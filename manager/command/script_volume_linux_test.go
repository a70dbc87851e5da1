package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"gsw/manager/dist/disttest"
)

// volume KIND DIR mounts a volume of another kind on a folder, until the script ends: exfat is a real one, on a loop
// device. apfs and hfs+ take names for equal as those of macOS do, and are else what lies below them.
func volume(ts *testscript.TestScript, neg bool, args []string) {
	kind, dir := args[0], ts.MkAbs(args[1])
	ts.Check(os.MkdirAll(dir, 0o755))
	switch kind {
	case "exfat":
		exfat(ts, dir)
	case "apfs", "hfs+":
		foldingVolume(ts, dir, kind)
	default:
		ts.Fatalf("no volume is called %s", kind)
	}
}

func exfat(ts *testscript.TestScript, dir string) {
	t := testingOf(ts)
	image := ts.MkAbs(filepath.Base(dir) + ".image")
	ts.Check(os.WriteFile(image, nil, 0o644))
	ts.Check(os.Truncate(image, 64<<20))
	run := func(words ...string) string {
		out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
		if err != nil {
			disttest.Need(t, "%s: %v %s", strings.Join(words, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	run("mkfs.exfat", image)
	device := run("losetup", "--find", "--show", image)
	ts.Defer(func() { run("losetup", "--detach", device) })
	run("mount.exfat-fuse", device, dir)
	ts.Defer(func() { unmount(ts, dir) })
}

// unmount waits for programs that a script left to end.
func unmount(ts *testscript.TestScript, dir string) {
	err := unix.Unmount(dir, 0)
	for end := time.Now().Add(20 * time.Second); errors.Is(err, unix.EBUSY) && time.Now().Before(end); err = unix.Unmount(dir, 0) {
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		ts.Logf("unmounting %s: %v", dir, err)
		_ = unix.Unmount(dir, unix.MNT_DETACH)
	}
}

// foldingVolume has another process serve a folder of this test's as macOS's volumes serve theirs. A process that serves
// a folder itself must not start programs there: it stands still until they are started, and they wait for it.
func foldingVolume(ts *testscript.TestScript, dir, kind string) {
	below := dir + ".below"
	ts.Check(os.MkdirAll(below, 0o755))
	program, err := lookPath(ts, "folding")
	ts.Check(err)
	server := exec.Command(program, kind, below, dir)
	server.Stderr = os.Stderr
	alive, err := server.StdinPipe()
	ts.Check(err)
	said, err := server.StdoutPipe()
	ts.Check(err)
	ts.Check(server.Start())
	ts.Defer(func() {
		unmount(ts, dir)
		alive.Close()
		if err := server.Wait(); err != nil {
			ts.Logf("the volume's server: %v", err)
		}
	})
	if line, _ := bufio.NewReader(said).ReadString('\n'); line != "mounted\n" {
		disttest.Need(testingOf(ts), "mounting a volume of one's own: %s", line)
	}
}

// serveFolding KIND BELOW DIR: names that differ by case, or by the form of an accent, are one, and a name keeps the form
// in which it was written, or on hfs+ the one with accents taken apart. It ends when the volume is unmounted, and
// unmounts it when its input ends, so that it does not outlive a killed test.
func serveFolding() {
	kind, below, dir := os.Args[1], os.Args[2], os.Args[3]
	stored := func(name string) string { return name }
	if kind == "hfs+" {
		stored = norm.NFD.String
	}
	root := &foldingNode{volume: &folding{stored: stored, nodes: map[fs.StableAttr]*foldingNode{}}}
	root.path.Store(&below)
	var none time.Duration // whatever the kernel keeps, it keeps under one name
	server, err := fs.Mount(dir, root, &fs.Options{
		MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "folding", Name: "folding"},
		EntryTimeout: &none, AttrTimeout: &none, NegativeTimeout: &none, NullPermissions: true,
	})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("mounted")
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = unix.Unmount(dir, unix.MNT_DETACH)
	}()
	server.Wait()
}

// folding is such a volume. It has one node for each file, whatever name leads there.
type folding struct {
	stored func(string) string
	mu     sync.Mutex
	nodes  map[fs.StableAttr]*foldingNode
}

// foldingNode is a file or folder. path is where it lies below, by the name under which it was looked up last; the
// kernel looks up each name before it uses it.
type foldingNode struct {
	fs.Inode
	volume *folding
	path   atomic.Pointer[string]
}

func (v *folding) same(a, b string) bool {
	key := func(name string) string { return norm.NFC.String(cases.Fold().String(norm.NFD.String(name))) }
	return a == b || key(a) == key(b)
}

func (n *foldingNode) at() string { return *n.path.Load() }

// named is the path of an entry: by the name that it has, or the one that it will have.
func (n *foldingNode) named(name string) (path string, there bool) {
	entries, _ := os.ReadDir(n.at())
	for _, e := range entries {
		if n.volume.same(e.Name(), name) {
			return filepath.Join(n.at(), e.Name()), true
		}
	}
	return filepath.Join(n.at(), n.volume.stored(name)), false
}

// entry gives what lies at path, with its attributes.
func (n *foldingNode) entry(ctx context.Context, path string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	var st syscall.Stat_t
	if err := syscall.Lstat(path, &st); err != nil {
		return nil, fs.ToErrno(err)
	}
	out.Attr.FromStat(&st)
	key := fs.StableAttr{Mode: st.Mode & syscall.S_IFMT, Ino: st.Ino}
	n.volume.mu.Lock()
	defer n.volume.mu.Unlock()
	node := n.volume.nodes[key]
	if node == nil {
		node = &foldingNode{volume: n.volume}
		n.volume.nodes[key] = node
	}
	node.path.Store(&path)
	return n.NewInode(ctx, node, key), 0
}

func (n *foldingNode) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	path, there := n.named(name)
	if !there {
		return nil, syscall.ENOENT
	}
	return n.entry(ctx, path, out)
}

func (n *foldingNode) Getattr(_ context.Context, f fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	var st syscall.Stat_t
	if err := syscall.Lstat(n.at(), &st); err != nil {
		if open, is := f.(fs.FileGetattrer); is {
			return open.Getattr(context.Background(), out)
		}
		return fs.ToErrno(err)
	}
	out.FromStat(&st)
	return 0
}

func (n *foldingNode) Setattr(ctx context.Context, f fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if mode, ok := in.GetMode(); ok {
		if err := syscall.Chmod(n.at(), mode); err != nil {
			return fs.ToErrno(err)
		}
	}
	if size, ok := in.GetSize(); ok {
		if err := syscall.Truncate(n.at(), int64(size)); err != nil {
			return fs.ToErrno(err)
		}
	}
	atime, hasAtime := in.GetATime()
	mtime, hasMtime := in.GetMTime()
	if hasAtime || hasMtime {
		times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, {Nsec: unix.UTIME_OMIT}}
		if hasAtime {
			times[0] = unix.NsecToTimespec(atime.UnixNano())
		}
		if hasMtime {
			times[1] = unix.NsecToTimespec(mtime.UnixNano())
		}
		if err := unix.UtimesNanoAt(unix.AT_FDCWD, n.at(), times, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return fs.ToErrno(err)
		}
	}
	return n.Getattr(ctx, f, out)
}

func (n *foldingNode) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	return fs.NewLoopbackDirStream(n.at())
}

func (n *foldingNode) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	fd, err := syscall.Open(n.at(), int(flags)&^syscall.O_APPEND, 0)
	if err != nil {
		return nil, 0, fs.ToErrno(err)
	}
	return fs.NewLoopbackFile(fd), 0, 0
}

func (n *foldingNode) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	path, there := n.named(name)
	if there && flags&syscall.O_EXCL != 0 {
		return nil, nil, 0, syscall.EEXIST
	}
	fd, err := syscall.Open(path, int(flags)&^syscall.O_APPEND|syscall.O_CREAT, mode)
	if err != nil {
		return nil, nil, 0, fs.ToErrno(err)
	}
	child, errno := n.entry(ctx, path, out)
	return child, fs.NewLoopbackFile(fd), 0, errno
}

// made is what an operation made that needs a name nobody has.
func (n *foldingNode) made(ctx context.Context, name string, out *fuse.EntryOut, do func(path string) error) (*fs.Inode, syscall.Errno) {
	path, there := n.named(name)
	if there {
		return nil, syscall.EEXIST
	}
	if err := do(path); err != nil {
		return nil, fs.ToErrno(err)
	}
	return n.entry(ctx, path, out)
}

func (n *foldingNode) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.made(ctx, name, out, func(path string) error { return syscall.Mkdir(path, mode) })
}

func (n *foldingNode) Symlink(ctx context.Context, text, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.made(ctx, name, out, func(path string) error { return syscall.Symlink(text, path) })
}

func (n *foldingNode) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.made(ctx, name, out, func(path string) error { return syscall.Link(target.(*foldingNode).at(), path) })
}

func (n *foldingNode) Readlink(context.Context) ([]byte, syscall.Errno) {
	text, err := os.Readlink(n.at())
	return []byte(text), fs.ToErrno(err)
}

func (n *foldingNode) Unlink(_ context.Context, name string) syscall.Errno {
	path, _ := n.named(name)
	return fs.ToErrno(syscall.Unlink(path))
}

func (n *foldingNode) Rmdir(_ context.Context, name string) syscall.Errno {
	path, _ := n.named(name)
	return fs.ToErrno(syscall.Rmdir(path))
}

// Rename gives what it moves the name it is told, also where that is its own in other letters.
func (n *foldingNode) Rename(_ context.Context, name string, parent fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	from, there := n.named(name)
	if !there {
		return syscall.ENOENT
	}
	into := parent.(*foldingNode)
	to, taken := into.named(newName)
	switch {
	case flags == unix.RENAME_EXCHANGE:
		return fs.ToErrno(unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_EXCHANGE))
	case flags != 0 && taken:
		return syscall.EEXIST
	case from == to:
		return fs.ToErrno(syscall.Rename(from, filepath.Join(into.at(), into.volume.stored(newName))))
	}
	return fs.ToErrno(syscall.Rename(from, to))
}

func (n *foldingNode) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	var st syscall.Statfs_t
	if err := syscall.Statfs(n.at(), &st); err != nil {
		return fs.ToErrno(err)
	}
	out.FromStatfsT(&st)
	return 0
}
