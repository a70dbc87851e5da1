package platform

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// confinedOrder is what the second gsw is told, confinedReport what it answers before it becomes the program, and once
// more if that fails.
type confinedOrder struct {
	Path     string
	Argv     []string
	Environ  []string
	Write    []string
	Keep     []string
	Isolated bool // it is in a network and a mount namespace of its own
}

type confinedReport struct {
	Protection Protection
	Failed     string
	Number     syscall.Errno // of Failed
}

func runConfined(self string, c Confinement, ready func(Protection)) (int, error) {
	// The child is killed when the thread that started it ends, not only the process.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	signals := catch() // who sees the program begin may send it one
	defer signals.stop()

	child, talk, isolated, refusal, err := startConfined(self, c) // refusal: why there is no namespace
	if err != nil {
		return 0, err
	}
	defer talk.close()
	first, err := talk.ask(confinedOrder{Path: c.Path, Argv: c.Argv, Environ: c.Env.Environ(), Write: c.Write, Keep: c.Keep, Isolated: isolated})
	if err == nil {
		if refusal != nil {
			first.Lacks = append([]string{networked(first, refusal)}, first.Lacks...)
		}
		ready(first)
		err = talk.release()
	}
	if err != nil {
		_ = child.Process.Kill()
		_ = child.Wait()
		return 0, err
	}
	return signals.passOn(child, c.terminal())
}

// startConfined starts the second gsw in namespaces: as whoever may make a network namespace does, else through a user
// namespace, in which everybody may. Where the kernel grants neither, it says so.
func startConfined(self string, c Confinement) (child *exec.Cmd, talk *conversation, isolated bool, refusal, err error) {
	for _, attributes := range []*syscall.SysProcAttr{
		{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS},
		{
			Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}},
			AmbientCaps: []uintptr{unix.CAP_NET_ADMIN, unix.CAP_SYS_ADMIN}, // for its loopback, and what is kept
		},
		{},
	} {
		attributes.Pdeathsig = syscall.SIGKILL
		isolated = attributes.Cloneflags != 0
		if talk, err = newConversation(); err != nil {
			return nil, nil, false, nil, err
		}
		child = c.command(self, []string{"gsw", ConfinedWord})
		child.SysProcAttr = attributes
		child.ExtraFiles = []*os.File{talk.theirOrder, talk.theirReport}
		err = child.Start()
		talk.started()
		if err == nil {
			if isolated {
				refusal = nil // one way was enough
			}
			return child, talk, isolated, refusal, nil
		}
		talk.close()
		if isolated {
			refusal = err
		}
	}
	return nil, nil, false, nil, err
}

// networked says what it means that there is no network namespace.
func networked(p Protection, refusal error) string {
	has := "the command has the network"
	if p.TCP {
		has = "the command makes and accepts no TCP connection, but has the network otherwise"
	}
	return fmt.Sprintf("%s: this kernel grants no network namespace (%v)", has, cause(refusal))
}

// cause is the system's own word for what went wrong.
func cause(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number
	}
	return err
}

// conversation is two pipes between gsw and the gsw it started.
type conversation struct {
	order, report           *os.File
	theirOrder, theirReport *os.File
	answers                 *json.Decoder
}

func newConversation() (*conversation, error) {
	t := &conversation{}
	var err error
	if t.theirOrder, t.order, err = os.Pipe(); err != nil {
		return nil, err
	}
	if t.report, t.theirReport, err = os.Pipe(); err != nil {
		t.close()
		return nil, err
	}
	t.answers = json.NewDecoder(t.report)
	return t, nil
}

// started closes the ends that are the child's.
func (t *conversation) started() {
	t.theirOrder.Close()
	t.theirReport.Close()
}

func (t *conversation) close() {
	for _, f := range []*os.File{t.order, t.report, t.theirOrder, t.theirReport} {
		if f != nil {
			f.Close()
		}
	}
}

// ask gives the order, and hears what is enforced.
func (t *conversation) ask(order confinedOrder) (Protection, error) {
	if err := json.NewEncoder(t.order).Encode(order); err != nil {
		return Protection{}, fmt.Errorf("confining %s: %w", order.Path, err)
	}
	var report confinedReport
	if err := t.answers.Decode(&report); err != nil {
		return Protection{}, fmt.Errorf("confining %s: the process that should do it ended: %w", order.Path, err)
	}
	if report.Failed != "" {
		return Protection{}, fmt.Errorf("confining %s: %s", order.Path, report.Failed)
	}
	return report.Protection, nil
}

// release lets the program begin, and waits until it has.
func (t *conversation) release() error {
	if err := t.order.Close(); err != nil {
		return err
	}
	var report confinedReport
	switch err := t.answers.Decode(&report); {
	case errors.Is(err, io.EOF): // the pipe closes as the program takes over
		return nil
	case err != nil:
		return err
	}
	path, what, _ := strings.Cut(report.Failed, "\x00")
	if report.Number != 0 {
		return &fs.PathError{Op: "exec", Path: path, Err: report.Number}
	}
	return errors.New(what)
}

func confined() int {
	runtime.LockOSThread() // what follows holds for one thread, and the one that executes is what counts
	orders, reports := os.NewFile(3, "order"), os.NewFile(4, "report")
	answer := func(r confinedReport) { _ = json.NewEncoder(reports).Encode(r) }
	var order confinedOrder
	in := json.NewDecoder(orders)
	if err := in.Decode(&order); err != nil {
		fmt.Fprintln(os.Stderr, "gsw: "+ConfinedWord+" is for gsw exec --zero-trust alone")
		return 2
	}
	protection, err := confine(order)
	if err != nil {
		answer(confinedReport{Failed: err.Error()})
		return 1
	}
	answer(confinedReport{Protection: protection})
	// The order's pipe closes when the program may begin; gsw's death closes it, too, and then kills this process.
	_, _ = io.Copy(io.Discard, orders)
	_, err = execProgram(order.Path, order.Argv, NewEnv(Target{OS: "linux"}, order.Environ))
	report := confinedReport{Failed: order.Path + "\x00" + err.Error()}
	errors.As(err, &report.Number)
	answer(report)
	return 126
}

// confine gives up what the order says, for good: whatever this thread executes or starts has as little.
func confine(order confinedOrder) (Protection, error) {
	var p Protection
	if p.Network = order.Isolated; p.Network {
		if err := raiseLoopback(); err != nil {
			p.Lacks = append(p.Lacks, fmt.Sprintf("127.0.0.1 does not work for the command: %v", cause(err)))
		} else {
			p.Loopback = true
		}
	}
	keep(order, &p)
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return p, fmt.Errorf("giving up set-user-ID programs: %w", err)
	}
	if err := landlock(order.Write, &p); err != nil {
		return p, err
	}
	if err := dropCapabilities(); err != nil {
		return p, fmt.Errorf("giving up capabilities: %w", err)
	}
	// A file that was handed down open would be a way out.
	if err := unix.CloseRange(3, 1<<31-1, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		p.Lacks = append(p.Lacks, fmt.Sprintf("files that were open already stay open for the command: %v", cause(err)))
	}
	return p, nil
}

// raiseLoopback brings the loopback interface of a new network namespace up: tests of many projects listen on it.
func raiseLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, request); err != nil {
		return err
	}
	request.SetUint16(request.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}

// keep makes files and folders read-only in this process's own view of the file system. Landlock cannot take away within
// a folder what it grants on it.
func keep(order confinedOrder, p *Protection) {
	if len(order.Keep) == 0 {
		return
	}
	err := errors.New("there is no mount namespace")
	if order.Isolated {
		// Without this the others would see it, too.
		err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	}
	for _, path := range order.Keep {
		if err == nil {
			err = unix.Mount(path, path, "", unix.MS_BIND|unix.MS_REC, "")
		}
		if err == nil {
			err = unix.MountSetattr(unix.AT_FDCWD, path, unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
		}
		if err != nil {
			p.Lacks = append(p.Lacks, fmt.Sprintf("the command may change %s: %v", path, cause(err)))
			return
		}
	}
	p.Kept = true
}

// Landlock's rights, by the version of its interface that brought them (Documentation/userspace-api/landlock.rst).
const (
	landlockWrites = unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_SYM
	landlockNever = unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK
)

// landlock denies writing outside the folders.
func landlock(folders []string, p *Protection) error {
	version, _, number := syscall.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if number != 0 {
		p.Lacks = append(p.Lacks, fmt.Sprintf("the command may write wherever you may: this kernel has no Landlock (%v)", error(number)))
		return nil
	}
	rights := uint64(landlockWrites)
	rules := unix.LandlockRulesetAttr{}
	if version >= 2 {
		rights |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if version >= 3 {
		rights |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	} else {
		p.Lacks = append(p.Lacks, fmt.Sprintf("the command may cut files short that it may not write to: this kernel's Landlock is version %d", version))
	}
	if version >= 4 && !p.Network {
		rules.Handled_access_net, p.TCP = unix.LANDLOCK_ACCESS_NET_BIND_TCP|unix.LANDLOCK_ACCESS_NET_CONNECT_TCP, true
	}
	if version >= 6 {
		rules.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	rules.Handled_access_fs = rights | landlockNever
	set, _, number := syscall.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&rules)), unsafe.Sizeof(rules), 0)
	if number != 0 {
		return fmt.Errorf("making Landlock rules: %w", number)
	}
	defer unix.Close(int(set))
	for _, dir := range folders {
		if err := allowBelow(int(set), dir, rights); err != nil {
			return err
		}
	}
	for _, device := range []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/pts"} {
		if err := allowBelow(int(set), device, unix.LANDLOCK_ACCESS_FS_WRITE_FILE); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if _, _, number := syscall.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, set, 0, 0); number != 0 {
		return fmt.Errorf("putting Landlock rules in force: %w", number)
	}
	p.Writes = true
	return nil
}

// allowBelow adds a rule for a folder, or a file.
func allowBelow(set int, path string, rights uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	rule := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(fd)}
	if _, _, number := syscall.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(set), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&rule)), 0, 0, 0); number != 0 {
		return &fs.PathError{Op: "allowing writes to", Path: path, Err: number}
	}
	return nil
}

// dropCapabilities leaves root what it needs over files and its own processes: whoever may administer the system may
// leave a namespace.
func dropCapabilities() error {
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	kept := map[uintptr]bool{
		unix.CAP_CHOWN: true, unix.CAP_DAC_OVERRIDE: true, unix.CAP_FOWNER: true, unix.CAP_FSETID: true,
		unix.CAP_KILL: true, unix.CAP_SETGID: true, unix.CAP_SETUID: true,
	}
	for number := uintptr(0); number <= 63; number++ {
		if kept[number] {
			continue
		}
		has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, number, 0, 0, 0)
		if err != nil { // past the last one
			break
		}
		if has == 0 {
			continue
		}
		// Who may not drop any has none to lose: without CAP_SETPCAP he is not root here, or a container's root.
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, number, 0, 0, 0); err != nil && !errors.Is(err, unix.EPERM) {
			return err
		}
	}
	return setCapabilities(kept)
}

// setCapabilities keeps of the capabilities in force those that may be kept, and hands none down.
func setCapabilities(kept map[uintptr]bool) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return err
	}
	var mask [2]uint32
	for number := range kept {
		mask[number/32] |= 1 << (number % 32)
	}
	for i := range data {
		data[i].Permitted &= mask[i]
		data[i].Effective &= mask[i]
		data[i].Inheritable = 0
	}
	return unix.Capset(&header, &data[0])
}
