package probe

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gsw/manager/download"
)

// place is a server on loopback. What it does with each path is in does; others are 404.
func place(t *testing.T, does map[string]http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if do, ok := does[r.URL.Path]; ok {
			do(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.SetKeepAlivesEnabled(false) // an idle connection would hold a bubble's clock
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

func says(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, body)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// mute is a port that takes connections (the kernel does) and never answers.
func mute(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return "http://" + l.Addr().String()
}

// silenced asks as the Getter does, but for servers that never answer: there it waits without a connection, so that in a
// bubble the clock, which is for them alone, moves on when all others have answered, however busy the machine is.
type silenced struct {
	Getter
	never []string
}

func (s silenced) Get(ctx context.Context, url string, limit int64) ([]byte, error) {
	if slices.ContainsFunc(s.never, func(server string) bool { return strings.HasPrefix(url, server+"/") }) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.Getter.Get(ctx, url, limit)
}

// closed is a port where nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

const (
	toolchains = "/golang.org/toolchain/@v/list"
	text       = "/golang.org/x/text/@v/list"
	supported  = "/sumdb/sum.golang.org/supported"
	head       = "go.sum database tree\n7\nhash=\n\n— sum.golang.org x\n"
	listed     = `[{"version":"go1.22.3","stable":true,"files":[{"filename":"go1.22.3.linux-amd64.tar.gz","os":"linux","arch":"amd64","version":"go1.22.3","kind":"archive","size":1}]}]`
	page       = "<!DOCTYPE html><html><title>Sign in</title></html>"
)

func TestAsk(t *testing.T) {
	list := says("text/plain", "v0.0.1-go1.22.3.linux-amd64\nv0.0.1-go1.21.6.linux-amd64\n")
	yes := says("text/plain", "")
	good := place(t, map[string]http.HandlerFunc{toolchains: list, supported: yes})
	plain := place(t, map[string]http.HandlerFunc{toolchains: list}) // passes on no database
	small := place(t, map[string]http.HandlerFunc{text: says("text/plain", "v0.1.0\n"), supported: yes})
	login := place(t, map[string]http.HandlerFunc{toolchains: says("text/html", page), supported: says("text/html", page), "/latest": says("text/html", page), "/dl/": says("text/html", page)})
	wrong := place(t, map[string]http.HandlerFunc{toolchains: says("application/json", `{"error":"no"}`), supported: status(500), "/latest": says("text/plain", "hello\n"), "/dl/": says("application/json", "{}")})
	const slow, silent = "http://127.0.0.1:1/slow", "http://127.0.0.1:1/silent"
	empty := place(t, nil)
	database := place(t, map[string]http.HandlerFunc{"/latest": says("text/plain", head)})
	mirror := place(t, map[string]http.HandlerFunc{"/dl/": says("application/json", listed)})
	refusing := closed(t)

	client := download.New(download.Options{Retries: -1, Stall: time.Hour})
	for _, test := range []struct {
		name    string
		servers Servers
		want    string // a line for each answer, with names for the servers
	}{
		{"all is well", Servers{GOPROXY: good + ",direct", GOSUMDB: "sum.golang.org", Database: database, Mirrors: []string{mirror + "/dl"}}, `
			needed ok 2 versions
			needed ok yes
			needed ok the newest is go1.22.3
			ok a tree of 7 records`},
		{"a proxy that passes on no database", Servers{GOPROXY: plain, GOSUMDB: "sum.golang.org", Database: database}, `
			needed ok 2 versions
			ok no: the database itself is asked
			needed ok a tree of 7 records`},
		{"and a database that hangs", Servers{GOPROXY: plain, GOSUMDB: "sum.golang.org", Database: slow}, `
			needed ok 2 versions
			ok no: the database itself is asked
			needed FAILS hangs: no answer in 3s`},
		{"a proxy without toolchains", Servers{GOPROXY: small, GOSUMDB: "off"}, `
			needed ok serves modules, but not golang.org/toolchain: 1 versions`},
		{"no proxy at all", Servers{GOPROXY: empty, GOSUMDB: "off"}, `
			needed FAILS 404: it has neither golang.org/toolchain nor golang.org/x/text`},
		{"a login page", Servers{GOPROXY: login, GOSUMDB: "sum.golang.org", Database: login, Mirrors: []string{login + "/dl"}}, `
			needed FAILS an HTML page
			needed FAILS an HTML page
			needed FAILS an HTML page
			FAILS an HTML page`},
		{"wrong answers", Servers{GOPROXY: wrong, GOSUMDB: "sum.golang.org", Database: wrong, Mirrors: []string{wrong + "/dl"}}, `
			needed FAILS an answer that is no list of versions
			needed FAILS 500 Internal Server Error
			needed FAILS an answer that is no index of releases
			FAILS an answer that is no tree head`},
		{"everything hangs", Servers{GOPROXY: slow, GOSUMDB: "sum.golang.org", Database: silent, Mirrors: []string{slow + "/dl"}}, `
			needed FAILS hangs: no answer in 3s
			needed FAILS hangs: no answer in 3s
			needed FAILS hangs: no answer in 3s
			FAILS hangs: no answer in 3s`},
		{"a comma does not help against a hanging proxy", Servers{GOPROXY: silent + "," + good, GOSUMDB: "off"}, `
			needed FAILS hangs: no answer in 3s
			ok 2 versions`},
		{"a bar does", Servers{GOPROXY: silent + "|" + good, GOSUMDB: "off"}, `
			FAILS hangs: no answer in 3s
			needed ok 2 versions`},
		{"so does direct behind a bar", Servers{GOPROXY: refusing + "|direct", GOSUMDB: "off"}, `
			FAILS connection refused`},
		{"and not behind a comma", Servers{GOPROXY: refusing + ",direct", GOSUMDB: "off"}, `
			needed FAILS connection refused`},
		{"direct behind one that has nothing", Servers{GOPROXY: empty + ",direct", GOSUMDB: "off"}, `
			FAILS 404: it has neither golang.org/toolchain nor golang.org/x/text`},
		{"what stands behind off is not asked", Servers{GOPROXY: "off," + silent, GOSUMDB: "sum.golang.org", Database: silent}, ``},
		{"a database with a URL of its own", Servers{GOPROXY: good, GOSUMDB: "sum.golang.org " + database + "/", Mirrors: []string{refusing + "/dl", mirror + "/dl"}}, `
			needed ok 2 versions
			FAILS connection refused
			needed ok the newest is go1.22.3
			needed ok a tree of 7 records`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var answers []Answer
			synctest.Test(t, func(t *testing.T) {
				var err error
				asked := silenced{client, []string{slow, silent}}
				if answers, err = test.servers.Ask(t.Context(), asked, 3*time.Second, time.Now); err != nil {
					t.Fatal(err)
				}
			})
			var got strings.Builder
			for _, a := range answers {
				words := map[bool]string{true: "needed "}[a.Needed] + map[bool]string{true: "ok ", false: "FAILS "}[a.OK]
				for _, known := range []string{"an HTML page", "connection refused"} {
					// Windows says "actively refused", Wine has a capital.
					said := strings.ReplaceAll(strings.ToLower(a.Says), "actively refused", "connection refused")
					if strings.Contains(said, strings.ToLower(known)) {
						a.Says = known
					}
				}
				fmt.Fprintf(&got, "\n%s%s", words, a.Says)
			}
			if want := strings.ReplaceAll(test.want, "\t", ""); got.String() != want {
				t.Errorf("got%s\nwant%s", got.String(), want)
			}
			failed := 0
			for line := range strings.Lines(got.String()) {
				if strings.HasPrefix(line, "needed FAILS") {
					failed++
				}
			}
			if have := len(Failed(answers)); have != failed {
				t.Errorf("%d failed", have)
			}
		})
	}
}

// Side by side: ten silent servers take the time of one.
func TestAskTogether(t *testing.T) {
	client := download.New(download.Options{Retries: -1, Stall: time.Hour})
	synctest.Test(t, func(t *testing.T) {
		const silent = "http://127.0.0.1:1/silent"
		proxies := strings.Repeat("|"+silent, 10)[1:]
		began := time.Now()
		answers, err := Servers{GOPROXY: proxies, GOSUMDB: "off"}.Ask(t.Context(), silenced{client, []string{silent}}, 3*time.Second, time.Now)
		if took := time.Since(began); err != nil || len(answers) != 10 || took != 3*time.Second {
			t.Errorf("%d answers in %v, %v", len(answers), took, err)
		}
	})
}

// Whether a server takes no request or gives no answer to it, it hangs. What is shown holds no password.
func TestAskSilent(t *testing.T) {
	client := download.New(download.Options{Retries: -1, Stall: time.Hour})
	proxies := mute(t) + "|" + place(t, map[string]http.HandlerFunc{toolchains: hangs})
	answers, err := Servers{GOPROXY: proxies, GOSUMDB: "off"}.Ask(t.Context(), client, 400*time.Millisecond, time.Now)
	if err != nil || len(answers) != 2 {
		t.Errorf("%d answers, %v", len(answers), err)
	}
	for _, a := range answers {
		if a.Says != "hangs: no answer in 400ms" {
			t.Errorf("%s: %s", a.URL, a.Says)
		}
	}
	answers, err = Servers{GOPROXY: "https://me:secret@127.0.0.1:1", GOSUMDB: "off"}.Ask(t.Context(), client, time.Second, time.Now)
	if err != nil || len(answers) != 1 || strings.Contains(fmt.Sprint(answers), "secret") {
		t.Errorf("%v, %v", answers, err)
	}
	if _, err := (Servers{GOPROXY: "nonsense"}).Ask(t.Context(), client, time.Second, time.Now); err == nil || !strings.Contains(err.Error(), "GOPROXY") {
		t.Errorf("nonsense: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Servers{GOPROXY: mute(t)}).Ask(ctx, client, time.Hour, time.Now); err == nil {
		t.Error("an end was not noticed")
	}
}
