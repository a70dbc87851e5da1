package platform

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Registry names the keys in which Windows keeps environment variables. Every program that starts by itself gets the
// machine's, and over them the user's; of PATH it gets the machine's entries and behind them the user's. The zero value
// is a system that keeps none.
type Registry struct{ User, Machine string }

// WindowsRegistry is where Windows looks.
func WindowsRegistry() Registry {
	return Registry{User: `HKCU\Environment`, Machine: `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`}
}

// Is tells whether there is a registry.
func (r Registry) Is() bool { return r.User != "" }

// Setting is a variable in the registry.
type Setting struct {
	Is      bool   // there is one
	Text    string // as it is stored
	Expands bool   // what stands between percent signs may be another variable: REG_EXPAND_SZ, not REG_SZ
}

// ForeignSettingError says that a variable in the registry is no text, as Windows makes environments of it: gsw does
// not touch it.
type ForeignSettingError struct{ Key, Name, What string }

func (e *ForeignSettingError) Error() string {
	return fmt.Sprintf(`%s\%s in the registry is no text that could be edited, but %s`, e.Key, e.Name, e.What)
}

// UserVariable reads a variable that Windows keeps for the user, *ForeignSettingError if it is no text.
//
// Only Windows has them: elsewhere errors.ErrUnsupported.
func (r Registry) UserVariable(name string) (Setting, error) { return r.variable(r.User, name) }

// MachineVariable reads one that Windows keeps for all users, like UserVariable.
func (r Registry) MachineVariable(name string) (Setting, error) { return r.variable(r.Machine, name) }

func (r Registry) variable(key, name string) (Setting, error) {
	if !r.Is() {
		return Setting{}, errors.ErrUnsupported
	}
	s, err := readSetting(key, name)
	if err != nil {
		return Setting{}, fmt.Errorf(`reading %s\%s in the registry: %w`, key, name, err)
	}
	return s, nil
}

// ReplaceUserPath makes the user's PATH new, if it is old still, and reads it back. Then it tells the running programs:
// Explorer, and with it whatever is started from the desktop, has the new one at once. Whether they were told is announced;
// if not, a new session has it. That takes 5 s at most. Between the look at the old one and the write another program can
// write, too: the registry has no exchange.
//
// Only Windows has one: elsewhere errors.ErrUnsupported.
func (r Registry) ReplaceUserPath(old, new Setting) (announced bool, err error) {
	now, err := r.UserVariable(pathName)
	if err != nil {
		return false, err
	}
	place := r.User + `\` + pathName
	if now != old {
		return false, fmt.Errorf("editing %s in the registry: somebody else has just changed it", place)
	}
	if err := writeSetting(r.User, pathName, new); err != nil {
		return false, fmt.Errorf("writing %s in the registry: %w", place, err)
	}
	if now, err = r.UserVariable(pathName); err != nil {
		return false, err
	}
	if now != new {
		return false, fmt.Errorf("writing %s in the registry: it was reported as done, but the value is not what was written", place)
	}
	return announceEnvironment(), nil
}

// pathName is how Windows spells it. It does not tell cases apart, and keeps the spelling of a value that is there.
const pathName = "Path"

// textOf decodes the data of a REG_SZ or REG_EXPAND_SZ: UTF-16, little endian, with or without NULs at its end. Lone
// surrogates survive. What is behind a NUL in the middle nobody sees, and writing would lose it: not ok.
func textOf(data []byte) (text string, ok bool) {
	if len(data)%2 != 0 {
		return "", false
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 0; i < len(data); i += 2 {
		units = append(units, uint16(data[i])|uint16(data[i+1])<<8)
	}
	for len(units) > 0 && units[len(units)-1] == 0 {
		units = units[:len(units)-1]
	}
	for _, unit := range units {
		if unit == 0 {
			return "", false
		}
	}
	return wtf8(units), true
}

// wtf8 is UTF-8, but that a lone surrogate is written as if it were a character: package syscall does the same, on
// Windows only.
func wtf8(units []uint16) string {
	var text []byte
	for i := 0; i < len(units); i++ {
		u := rune(units[i])
		if i+1 < len(units) && utf16.DecodeRune(u, rune(units[i+1])) != utf8.RuneError {
			text = utf8.AppendRune(text, utf16.DecodeRune(u, rune(units[i+1])))
			i++
			continue
		}
		if utf16.IsSurrogate(u) {
			text = append(text, 0xe0|byte(u>>12), 0x80|byte(u>>6)&0xbf, 0x80|byte(u)&0xbf)
			continue
		}
		text = utf8.AppendRune(text, u)
	}
	return string(text)
}

// Expand gives a text with the variables in it replaced, as Windows does with a REG_EXPAND_SZ: %NAME% is the value of
// NAME, and stays what it is where there is none.
func (e Env) Expand(text string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "%")
		name, after, closed := strings.Cut(rest, "%")
		if !found || !closed {
			return out.String() + text
		}
		value, is := e.Lookup(name)
		if !is {
			value = "%" + name + "%"
		}
		out.WriteString(before + value)
		text = after
	}
}
