package download

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// FuzzURL: what is no URL that can be asked is refused, and no password is ever told.
func FuzzURL(f *testing.F) {
	for _, seed := range []string{"https://x/y", "http://user:PASSWORD@x", "user:PASSWORD@x/y", "http://user:PASSWORD@[::1", "https://:PASSWORD@/", "file:///x", "https:x",
		"http://user:PASSWORD@x:port/", "http://x/?token=PASSWORD#PASSWORD", "http://%zzPASSWORD@x", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := parseURL(text)
		var network *NetworkError
		switch {
		case err != nil && !errors.As(err, &network):
			t.Errorf("%q: %v", text, err)
		case err == nil && u.Scheme != "file" && (u.Scheme != "http" && u.Scheme != "https" || u.Host == ""):
			t.Errorf("%q is taken", text)
		}
		said := ""
		if err != nil {
			said = err.Error()
		} else {
			said = redacted(u)
		}
		if plain, parseErr := url.Parse(text); parseErr == nil && plain.User != nil {
			if password, ok := plain.User.Password(); ok && len(password) > 3 && strings.Contains(said, password) &&
				!strings.Contains(plain.Host+plain.Path+plain.User.Username(), password) {
				t.Errorf("%q is told as %q", text, said)
			}
		}
	})
}

// FuzzRetryAfter: whatever a server says, waiting is not negative, and by itself no fault.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "5", "-5", "99999999999999999999", "9223372036854775807", "Mon, 23 Nov 2026 03:04:05 GMT", "1e9", " 5 "} {
		f.Add(seed, "Mon, 23 Nov 2026 03:04:00 GMT")
	}
	f.Fuzz(func(t *testing.T, after, date string) {
		if d := retryAfter(http.Header{"Retry-After": {after}, "Date": {date}}); d < 0 {
			t.Errorf("%q at %q: %v", after, date, d)
		}
	})
}
