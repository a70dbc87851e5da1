package dist_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gsw/manager/dist"
	"gsw/manager/dist/disttest"
	"gsw/manager/download"
	"gsw/manager/gover"
	"gsw/platform"
)

func proxies(t testing.TB, text string) dist.ProxyList {
	t.Helper()
	list, err := dist.ParseProxyList(text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestParseProxyList(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "https://go.dev/dl/mod",
		"direct":                   "https://go.dev/dl/mod",
		"off":                      "off",
		"https://p.example,direct": "https://p.example,https://go.dev/dl/mod",
		"https://p.example|off|https://q.example": "https://p.example|off",
		"https://p.example,direct,https://q":      "https://p.example,https://go.dev/dl/mod",
		" https://p.example , | ,q.example/x ":    "https://p.example,https://q.example/x",
		"https://p.example|q.example,r.example":   "https://p.example|https://q.example,https://r.example",
		"http://p.example:8080/a%2Fb/":            "http://p.example:8080/a%2Fb/",
		"file:///srv/proxy":                       "file:///srv/proxy",
		"https://token:secret@p.example/x|direct": "https://p.example/x|https://go.dev/dl/mod",
	} {
		list, err := dist.ParseProxyList(text)
		if err != nil || list.String() != want {
			t.Errorf("%q: %q, %v", text, list, err)
		}
	}
	for text, want := range map[string]string{
		",":                   "GOPROXY is not empty, but has no entries",
		"on":                  `GOPROXY: "on" is no URL: https://, http:// or file:// is missing`,
		"https://p,ftp://q/x": `GOPROXY: "ftp://q/x" has a scheme other than https, http and file`,
		"file://host/x":       `GOPROXY: "file://host/x" is a file URL with more than a path: an absolute path needs three slashes`,
	} {
		_, err := dist.ParseProxyList(text)
		var place *dist.PlaceError
		if !errors.As(err, &place) || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParseProxyList(f *testing.F) {
	for _, seed := range []string{"", "off", "https://a,b.c|direct", "file:///x", ",|,", "https://u:p@h/x?y#z", "C:/x", "a:b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := dist.ParseProxyList(text)
		if err != nil {
			var place *dist.PlaceError
			if !errors.As(err, &place) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if len(list) == 0 {
			t.Fatalf("%q: no entries", text)
		}
		for i, p := range list {
			if p.Off() {
				if i != len(list)-1 {
					t.Errorf("%q: something follows off", text)
				}
				continue
			}
			if u, err := url.Parse(p.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "file" {
				t.Errorf("%q: entry %q", text, p.URL)
			}
			if u, err := url.Parse(p.String()); err != nil || u.User != nil {
				t.Errorf("%q: shown as %q", text, p)
			}
		}
	})
}

// TestTry has the rules of cmd/go/internal/modfetch.TryProxies.
func TestTry(t *testing.T) {
	missing := &fs.PathError{Op: "get", Path: "x", Err: fs.ErrNotExist}
	broken := errors.New("broken")
	for _, test := range []struct {
		list    string
		answers map[string]error
		asked   string
		err     error
	}{
		{"https://a,https://b", nil, "https://a", nil},
		{"https://a,https://b", map[string]error{"https://a": missing}, "https://a https://b", nil},
		{"https://a,https://b", map[string]error{"https://a": broken}, "https://a", broken},
		{"https://a|https://b", map[string]error{"https://a": broken}, "https://a https://b", nil},
		{"https://a|https://b", map[string]error{"https://a": broken, "https://b": missing}, "https://a https://b", broken},
		{"https://a,https://b", map[string]error{"https://a": missing, "https://b": broken}, "https://a https://b", broken},
		{"https://a,https://b", map[string]error{"https://a": missing, "https://b": missing}, "https://a https://b", missing},
		{"https://a|direct", map[string]error{"https://a": broken, "https://go.dev/dl/mod": missing}, "https://a https://go.dev/dl/mod", missing},
		{"https://a,off,https://b", map[string]error{"https://a": missing}, "https://a", missing},
		{"off,https://b", nil, "", dist.ErrProxyOff},
	} {
		var asked []string
		err := proxies(t, test.list).Try(func(p dist.Proxy) error {
			asked = append(asked, p.URL)
			return test.answers[p.URL]
		})
		if err != test.err || strings.Join(asked, " ") != test.asked {
			t.Errorf("%s: asked %v, %v", test.list, asked, err)
		}
	}
}

func TestNoProxy(t *testing.T) {
	list := proxies(t, "https://a|https://b")
	for patterns, want := range map[string]string{
		"": "https://a|https://b", "*.corp.example": "https://a|https://b", "golang.org/x": "https://a|https://b",
		"golang.org": "https://go.dev/dl/mod", "*.example,golang.org/*": "https://go.dev/dl/mod", "*": "https://go.dev/dl/mod",
	} {
		if have := list.NoProxy(patterns).String(); have != want {
			t.Errorf("%q: %s", patterns, have)
		}
	}
}

func TestModules(t *testing.T) {
	linux, windows := target(t, "linux-amd64"), target(t, "windows-amd64")
	tree := disttest.Fake(t, "1.22.3", linux)
	s := disttest.NewServer(t, disttest.Fake(t, "1.20", linux), tree, disttest.Fake(t, "1.23rc1", linux), disttest.Fake(t, "1.22.3", windows))
	empty := disttest.NewServer(t)
	empty.Remove("/dl/mod/golang.org/toolchain/@v/list")
	m := dist.Modules{Proxies: proxies(t, empty.Proxy()+","+s.Proxy()+"/"), Get: client()}

	releases, err := m.Releases(t.Context(), linux)
	var tags []string
	for _, r := range releases {
		tags = append(tags, r.Version.Tag())
		if r.Stable == r.Version.Prerelease() || len(r.Archives) != 1 || r.Archives[0].Format != "zip" || r.Archives[0].Source != "module" {
			t.Errorf("%+v", r)
		}
	}
	if err != nil || strings.Join(tags, " ") != "go1.23rc1 go1.22.3 go1.20" {
		t.Errorf("%v, %v", tags, err)
	}
	for _, want := range []platform.Target{linux, windows} {
		a, err := m.Archive(t.Context(), gover.MustParse("1.22.3"), want)
		if err != nil || a.Target != want || a.Place != s.Proxy()+"/" || a.SHA256 != "" || a.Origin || a.URL != s.Proxy()+"/golang.org/toolchain/@v/"+a.Name {
			t.Errorf("%+v, %v", a, err)
		}
	}
	a, err := m.Archive(t.Context(), gover.MustParse("1.22.3"), linux)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := client().Get(t.Context(), a.URL, 1<<30); err != nil || string(got) != string(tree.ModuleZip(t)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	_, err = m.Archive(t.Context(), gover.MustParse("1.22.9"), linux)
	var not *dist.NotPublishedError
	if !errors.As(err, &not) || err.Error() != "go1.22.9 is not published for linux-amd64" || not.Where != empty.Proxy()+","+s.Proxy()+"/" {
		t.Errorf("%v", err)
	}
	if releases, err := m.Releases(t.Context(), target(t, "plan9-386")); err != nil || len(releases) != 0 {
		t.Errorf("plan9: %v, %v", releases, err)
	}
}

func TestModuleLies(t *testing.T) {
	tree := disttest.Fake(t, "1.22.3", disttest.Host())
	info := "/dl/mod/golang.org/toolchain/@v/" + tree.Module() + ".info"
	for name, test := range map[string]struct {
		lie disttest.Lie
		err string
	}{
		"403":               {disttest.Status(403, "This module version is not available."), "INFO: 403 Forbidden: This module version is not available."},
		"500":               {disttest.Status(500, ""), "INFO: 500 Internal Server Error"},
		"a page":            {disttest.HTMLPage(200), `INFO: answered with an HTML page ("403 Forbidden: ask your administrator")`},
		"not JSON":          {disttest.NotJSON(), "INFO: not a module proxy's answer: invalid character ' ' in literal true (expecting 'e')"},
		"another version":   {disttest.Swap([]byte(`{"Version":"v0.0.1-go1.19.8.linux-amd64"}`)), `INFO: answered for version "v0.0.1-go1.19.8.linux-amd64"`},
		"nothing":           {disttest.Swap([]byte("{}")), `INFO: answered for version ""`},
		"hangs up":          {disttest.Close(), "INFO: unexpected EOF"},
		"endless":           {disttest.Oversize(1 << 40), "INFO: larger than the 65536 bytes expected"},
		"redirects in loop": {disttest.Redirect(""), "INFO: more than 10 redirects"},
	} {
		// With a comma trouble is the end, with a bar it is not.
		s, honest := disttest.NewServer(t, tree), disttest.NewServer(t, tree)
		s.Lie(info, test.lie)
		m := dist.Modules{Proxies: proxies(t, s.Proxy()+","+honest.Proxy()), Get: client()}
		_, err := m.Archive(t.Context(), tree.Version, tree.Target)
		var unavailable *dist.UnavailableError
		if !errors.As(err, &unavailable) || strings.ReplaceAll(err.Error(), s.URL+info, "INFO") != test.err || unavailable.Place != s.Proxy() {
			t.Errorf("%s: %v", name, err)
		}
		m.Proxies = proxies(t, s.Proxy()+"|"+honest.Proxy())
		if a, err := m.Archive(t.Context(), tree.Version, tree.Target); err != nil || a.Place != honest.Proxy() {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestModulesOffAndCancelled(t *testing.T) {
	host := disttest.Host()
	m := dist.Modules{Proxies: proxies(t, "off"), Get: client()}
	_, err := m.Archive(t.Context(), gover.MustParse("1.22.3"), host)
	var unavailable *dist.UnavailableError
	if !errors.As(err, &unavailable) || !errors.Is(err, dist.ErrProxyOff) || err.Error() != "golang.org/toolchain: GOPROXY is off" {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := disttest.NewServer(t, disttest.Fake(t, "1.22.3", host))
	m.Proxies = proxies(t, s.Proxy()+"|"+s.Proxy())
	cancel()
	if _, err := m.Archive(ctx, gover.MustParse("1.22.3"), host); !errors.Is(err, context.Canceled) || errors.As(err, &unavailable) || len(s.Requests()) != 0 {
		t.Errorf("%v after %d requests", err, len(s.Requests()))
	}
}

// TestEach: a proxy that has the .info but not the .zip gives way like one that has neither.
func TestEach(t *testing.T) {
	tree := disttest.Fake(t, "1.22.3", disttest.Host())
	first, second := disttest.NewServer(t, tree), disttest.NewServer(t, tree)
	first.Remove("/dl/mod/golang.org/toolchain/@v/" + tree.Module() + ".zip")
	m := dist.Modules{Proxies: proxies(t, first.Proxy()+","+second.Proxy()), Get: client()}
	var places []string
	fetch := func(a dist.Archive) error {
		places = append(places, a.Place)
		_, err := client().Get(t.Context(), a.URL, 1<<30)
		return err
	}
	if err := m.Each(t.Context(), tree.Version, tree.Target, fetch); err != nil || len(places) != 2 || places[1] != second.Proxy() {
		t.Errorf("%v, %v", places, err)
	}
	// What the caller says about the bytes is returned as it is, and ends the search at a comma.
	forged := errors.New("forged")
	places = nil
	err := m.Each(t.Context(), tree.Version, tree.Target, func(a dist.Archive) error { places = append(places, a.Place); return forged })
	if err != forged || len(places) != 1 {
		t.Errorf("%v, %v", places, err)
	}
}

func TestFileProxy(t *testing.T) {
	tree := disttest.Fake(t, "1.22.3", disttest.Host())
	dir := filepath.Join(t.TempDir(), "a b", "proxy")
	folder := filepath.Join(dir, "golang.org", "toolchain", "@v")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"list": tree.Module() + "\n", tree.Module() + ".info": `{"Version":"` + tree.Module() + `"}`, tree.Module() + ".zip": "zip"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	base := url.URL{Scheme: "file", Path: filepath.ToSlash(dir)}
	if runtime.GOOS == "windows" {
		base.Path = "/" + base.Path
	}
	m := dist.Modules{Proxies: proxies(t, base.String()), Get: client()}
	a, err := m.Archive(t.Context(), tree.Version, tree.Target)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := client().Get(t.Context(), a.URL, 10); err != nil || string(got) != "zip" {
		t.Errorf("%q, %v", got, err)
	}
	if releases, err := m.Releases(t.Context(), tree.Target); err != nil || len(releases) != 1 {
		t.Errorf("%v, %v", releases, err)
	}
	var not *dist.NotPublishedError
	if _, err := m.Archive(t.Context(), gover.MustParse("1.22.4"), tree.Target); !errors.As(err, &not) {
		t.Errorf("%v", err)
	}
}

// TestRealProxy asks the module proxy that this machine's go command uses.
func TestRealProxy(t *testing.T) {
	if testing.Short() {
		disttest.Need(t, "the module proxy is on the network: not with -short")
	}
	out, err := exec.Command("go", "env", "GOPROXY", "GONOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(out), "\n")
	env := platform.NewEnv(disttest.Host(), os.Environ())
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := download.Netrc(env.Get("GOAUTH"), env, home, disttest.Host())
	if err != nil {
		t.Fatal(err)
	}
	get := download.New(download.Options{UserAgent: "gsw/test", Env: env, Credentials: credentials})
	m := dist.Modules{Proxies: proxies(t, lines[0]).NoProxy(lines[1]), Get: get}
	linux := target(t, "linux-amd64")
	a, err := m.Archive(t.Context(), gover.MustParse("1.22.3"), linux)
	if err != nil {
		disttest.Need(t, "GOPROXY does not answer: %v", err)
	}
	if a.Name != "v0.0.1-go1.22.3.linux-amd64.zip" {
		t.Errorf("%+v", a)
	}
	releases, err := m.Releases(t.Context(), linux)
	if err != nil || len(releases) == 0 {
		t.Errorf("%d releases, %v", len(releases), err)
	}
	// No proxy has this one. Which of the two answers comes is the proxy's choice, but one of them must.
	_, err = m.Archive(t.Context(), gover.MustParse("1.22.99"), linux)
	var not *dist.NotPublishedError
	var unavailable *dist.UnavailableError
	var status *download.StatusError
	if !errors.As(err, &not) && (!errors.As(err, &unavailable) || !errors.As(err, &status) || !strings.Contains(err.Error(), fmt.Sprint(status.Code))) {
		t.Errorf("go1.22.99: %v", err)
	}
	t.Logf("go1.22.99: %v", strings.ReplaceAll(err.Error(), a.Place, "PROXY"))
}
