package platform

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

func readSetting(place, name string) (Setting, error) {
	root, path, err := splitKey(place)
	if err != nil {
		return Setting{}, err
	}
	key, err := registry.OpenKey(root, path, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return Setting{}, nil
	} else if err != nil {
		return Setting{}, err
	}
	defer key.Close()
	data, kind, err := readValue(key, name)
	if errors.Is(err, registry.ErrNotExist) {
		return Setting{}, nil
	} else if err != nil {
		return Setting{}, err
	}
	if kind != registry.SZ && kind != registry.EXPAND_SZ {
		return Setting{}, &ForeignSettingError{Key: place, Name: name, What: fmt.Sprintf("of type %d", kind)}
	}
	text, ok := textOf(data)
	if !ok {
		return Setting{}, &ForeignSettingError{Key: place, Name: name, What: fmt.Sprintf("%d bytes with an end in the middle", len(data))}
	}
	return Setting{Is: true, Text: text, Expands: kind == registry.EXPAND_SZ}, nil
}

// readValue reads again where the value has grown meanwhile.
func readValue(key registry.Key, name string) (data []byte, kind uint32, err error) {
	size, _, err := key.GetValue(name, nil)
	for err == nil {
		data = make([]byte, size)
		size, kind, err = key.GetValue(name, data)
		if err == nil {
			return data[:size], kind, nil
		}
		if errors.Is(err, registry.ErrShortBuffer) {
			err = nil
		}
	}
	return nil, 0, err
}

func writeSetting(place, name string, s Setting) error {
	root, path, err := splitKey(place)
	if err != nil {
		return err
	}
	key, _, err := registry.CreateKey(root, path, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	switch {
	case !s.Is:
		return key.DeleteValue(name)
	case s.Expands:
		return key.SetExpandStringValue(name, s.Text)
	default:
		return key.SetStringValue(name, s.Text)
	}
}

// splitKey knows the two roots that have environments below them.
func splitKey(place string) (registry.Key, string, error) {
	root, path, _ := strings.Cut(place, `\`)
	switch root {
	case "HKCU":
		return registry.CURRENT_USER, path, nil
	case "HKLM":
		return registry.LOCAL_MACHINE, path, nil
	}
	return 0, "", fmt.Errorf("there is no key %s", place)
}

// announceEnvironment sends every window the message that Windows itself sends when its dialog has changed a variable. A
// program without an answer is given a second, one that hangs none; since each may take its second, so may nobody wait
// for all of them.
func announceEnvironment() bool {
	const broadcast, settingChange, abortIfHung, patience = 0xffff, 0x001a, 0x0002, 1000
	send := windows.NewLazySystemDLL("user32.dll").NewProc("SendMessageTimeoutW")
	what, err := windows.UTF16PtrFromString("Environment")
	if err != nil || send.Find() != nil { // Nano Server has no windows
		return false
	}
	told := make(chan bool, 1)
	go func() {
		sent, _, _ := send.Call(broadcast, settingChange, 0, uintptr(unsafe.Pointer(what)), abortIfHung, patience, 0)
		told <- sent != 0
	}()
	select {
	case is := <-told:
		return is
	case <-time.After(5 * time.Second):
		return false
	}
}
