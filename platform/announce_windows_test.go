package platform

import (
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// window is a top-level window that nobody sees, on a thread of its own.
type window struct {
	heard chan string // what changed, for each message of a changed setting
	done  chan struct{}
	id    uint32 // of its thread
}

// openWindow makes a window that answers messages, or one that never looks at them until it is closed.
func openWindow(t *testing.T, class string, answers bool) *window {
	t.Helper()
	w := &window{heard: make(chan string, 16), done: make(chan struct{})}
	user := windows.NewLazySystemDLL("user32.dll")
	made, end := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(w.done)
		hwnd, err := w.create(user, class)
		w.id = windows.GetCurrentThreadId()
		made <- err
		if err != nil {
			return
		}
		if answers {
			w.pump(user)
		} else {
			<-end
		}
		user.NewProc("DestroyWindow").Call(hwnd)
	}()
	if err := <-made; err != nil {
		skip(t, "no windows can be made here: %v", err)
	}
	t.Cleanup(func() {
		const quit = 0x0012
		user.NewProc("PostThreadMessageW").Call(uintptr(w.id), quit, 0, 0)
		close(end)
		<-w.done
	})
	return w
}

func (w *window) create(user *windows.LazyDLL, class string) (uintptr, error) {
	const settingChange = 0x001a
	procedure := syscall.NewCallback(func(hwnd uintptr, message uint32, wparam uintptr, lparam *uint16) uintptr {
		if message == settingChange && lparam != nil {
			w.heard <- windows.UTF16PtrToString(lparam)
		}
		result, _, _ := user.NewProc("DefWindowProcW").Call(hwnd, uintptr(message), wparam, uintptr(unsafe.Pointer(lparam)))
		return result
	})
	name, err := windows.UTF16PtrFromString(class)
	if err != nil {
		return 0, err
	}
	// WNDCLASSEXW
	kind := struct {
		size, style                        uint32
		procedure                          uintptr
		classExtra, windowExtra            int32
		instance, icon, cursor, background uintptr
		menu, name                         *uint16
		small                              uintptr
	}{procedure: procedure, name: name}
	kind.size = uint32(unsafe.Sizeof(kind))
	if atom, _, err := user.NewProc("RegisterClassExW").Call(uintptr(unsafe.Pointer(&kind))); atom == 0 {
		return 0, err
	}
	hwnd, _, err := user.NewProc("CreateWindowExW").Call(0, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(name)), 0, 0, 0, 1, 1, 0, 0, 0, 0)
	if hwnd == 0 {
		return 0, err
	}
	return hwnd, nil
}

// pump looks at messages until the thread is told to quit.
func (w *window) pump(user *windows.LazyDLL) {
	var message [64]byte // MSG has 48
	for {
		more, _, _ := user.NewProc("GetMessageW").Call(uintptr(unsafe.Pointer(&message)), 0, 0, 0)
		if int32(more) <= 0 {
			return
		}
		user.NewProc("DispatchMessageW").Call(uintptr(unsafe.Pointer(&message)))
	}
}

// TestAnnounced: a window hears that the environment has changed, also while another one does not look at its messages,
// which holds nobody up.
func TestAnnounced(t *testing.T) {
	r, _ := ownKeys(t)
	w := openWindow(t, "gsw test", true)
	openWindow(t, "gsw test that hangs", false)
	start := time.Now()
	if _, err := r.ReplaceUserPath(Setting{}, Setting{Is: true, Text: `C:\x`}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	select {
	case what := <-w.heard:
		if what != "Environment" {
			t.Errorf("heard that %q has changed", what)
		}
	case <-time.After(10 * time.Second):
		t.Error("heard nothing")
	}
	edit(t, r, Setting{Is: true, Text: `C:\x`}, Setting{})
}
