package scripts

import "testing"

func TestMSYSPath(t *testing.T) {
	for windows, want := range map[string]string{
		`C:\Users\me\.gsw\shims;C:\Windows\system32;D:\Program Files (x86)\Gît\bin\`: "/c/Users/me/.gsw/shims:/c/Windows/system32:/d/Program Files (x86)/Gît/bin/",
		`\\server\share\bin;"C:\a b";;C:/x;C:`:                                       "//server/share/bin:/c/a b:/c/x:/c",
		"":                                                                           "",
	} {
		if got := MSYSPath(windows); got != want {
			t.Errorf("%s: %s, want %s", windows, got, want)
		}
	}
}
