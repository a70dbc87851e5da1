package sumdb

import (
	"strings"
	"testing"

	"gsw/manager/trust"
)

func TestParse(t *testing.T) {
	for path, want := range map[string]string{
		"/supported":                       "supported any",
		"/key":                             "key any",
		"/latest":                          "latest any",
		"/go1.22/latest":                   "latest go1.22 by go1.22",
		"/go1.22.3/latest":                 "latest go1.22 by go1.22.3",
		"/go1.23rc1/latest":                "latest go1.23 by go1.23rc1",
		"/go1.9/supported":                 "supported go1.9 by go1.9",
		"/sumdb/sum.golang.org/latest":     "latest any",
		"/go1.22/sumdb/sum.golang.org/key": "404 nothing is served here: it is /supported, /latest, /lookup/MODULE@VERSION or /tile/8/…",
		"/sumdb/sum.golang.org":            "404 nothing is served here: it is /supported, /latest, /lookup/MODULE@VERSION or /tile/8/…",
		"/sumdb/other.example/latest":      "404 this is a proxy of sum.golang.org alone",
		"/":                                "404 nothing is served here: it is /supported, /latest, /lookup/MODULE@VERSION or /tile/8/…",
		"":                                 "404 nothing is served here: it is /supported, /latest, /lookup/MODULE@VERSION or /tile/8/…",
		"/latest/":                         "404 nothing is served here: it is /supported, /latest, /lookup/MODULE@VERSION or /tile/8/…",
		"//latest":                         "404 nothing is served here: it is /supported, /latest, /lookup/MODULE@VERSION or /tile/8/…",
		"/go1.22/go1.22/latest":            "404 nothing is served here: it is /supported, /latest, /lookup/MODULE@VERSION or /tile/8/…",
		"/go1/latest":                      `404 "go1" is no Go version: a prefix is one such as /go1.22/`,
		"/go/latest":                       `404 "go" is no Go version: a prefix is one such as /go1.22/`,
		"/go2.0/latest":                    `404 "go2.0" is no Go version: a prefix is one such as /go1.22/`,
		"/go1.x/latest":                    `404 "go1.x" is no Go version: a prefix is one such as /go1.22/`,
		"/go1.022/latest":                  `404 "go1.022" is no Go version: a prefix is one such as /go1.22/`,
		"/go1.123/latest":                  `404 "go1.123" is no Go version: a prefix is one such as /go1.22/`,
		"/go1.22 /latest":                  `404 "go1.22 " is no Go version: a prefix is one such as /go1.22/`,
		"/gopher/latest":                   `404 "gopher" is no Go version: a prefix is one such as /go1.22/`,
		"/go../latest":                     `404 "go.." is no Go version: a prefix is one such as /go1.22/`,

		"/lookup/github.com/!burnt!sushi/toml@v1.4.0":          "lookup any github.com/BurntSushi/toml v1.4.0",
		"/lookup/a.b/c@v2.0.0+incompatible":                    "lookup any a.b/c v2.0.0+incompatible",
		"/lookup/a.b/c@v0.0.0-20200101000000-aaaaaaaa":         "lookup any a.b/c v0.0.0-20200101000000-aaaaaaaa",
		"/lookup/a.b/c@v1.0.0-!r!c.1":                          "lookup any a.b/c v1.0.0-RC.1",
		"/lookup/":                                             "400 invalid module@version syntax",
		"/lookup/a.b/c":                                        "400 invalid module@version syntax",
		"/lookup/a.b/c@latest":                                 "400 invalid module@version syntax",
		"/lookup/a.b/c@v1":                                     "400 invalid module@version syntax",
		"/lookup/a.b/c@v1.0.0@v1.0.0":                          "400 invalid module@version syntax",
		"/lookup/a.b/c@v1.0.0/go.mod":                          "400 invalid module@version syntax",
		"/lookup/a.b/" + strings.Repeat("x", 2000) + "@v1.0.0": "400 invalid module@version syntax",

		"/tile/8/0/000":                    "tile any tile/8/0/000",
		"/tile/8/0/x001/234.p/17":          "tile any tile/8/0/x001/234.p/17",
		"/tile/8/data/000.p/1":             "tile any tile/8/data/000.p/1",
		"/tile/":                           "400 invalid tile syntax",
		"/tile/8/0/0":                      "400 invalid tile syntax",
		"/tile/8/0/000.p/256":              "400 invalid tile syntax",
		"/tile/8/0/000.p/0":                "400 invalid tile syntax",
		"/tile/8/-1/000":                   "400 invalid tile syntax",
		"/tile/8/0/../0/000":               "400 invalid tile syntax",
		"/tile/8/0/x000/000":               "400 invalid tile syntax",
		"/tile/99999999999999999999/0/000": "400 invalid tile syntax",
		"/tile/8/0/" + strings.Repeat("x999/", 30) + "999": "400 invalid tile syntax",
		"/tile/8/0/x999/x999/x999/x999/999":                "404 the database is not that large",
		"/tile/8/7/000":                                    "404 the database is not that large",
		"/tile/8/62/000":                                   "404 the database is not that large",
		"/tile/2/0/000":                                    "404 the database has tiles of height 8 alone",
		"/tile/30/0/000":                                   "404 the database has tiles of height 8 alone",
	} {
		r, err := parse(path, "sum.golang.org")
		if got := described(r, err); got != want {
			t.Errorf("%.60s: %s, want %s", path, got, want)
		}
	}
	for _, path := range []string{"/lookup/a.b/../c@v1.0.0", "/lookup/../../etc/passwd@v1.0.0", "/lookup//a.b@v1.0.0", "/lookup/A.b/c@v1.0.0", "/lookup/a.b/c\x00@v1.0.0", "/lookup/a.b/c\n@v1.0.0", "/lookup/a.b/c@v1.0.0-../x", "/lookup/a.b/c@v1.0.0-A"} {
		if r, err := parse(path, "sum.golang.org"); err == nil || !strings.HasPrefix(described(r, err), "400 invalid ") {
			t.Errorf("%q: %s", path, described(r, err))
		}
	}
}

func described(r request, err error) string {
	if bad, ok := err.(*badRequest); ok {
		return map[int]string{400: "400 ", 404: "404 "}[bad.status] + bad.reason
	}
	text := r.operation + " " + r.partition
	if r.operation == lookup {
		text += " " + r.module + " " + r.version
	}
	if r.operation == tile {
		text += " " + r.tile.Path()
	}
	if r.asker != "" {
		text += " by " + r.asker
	}
	return text
}

// FuzzParse: no path panics; what is understood names files that stay in their folder, and one question has one name.
func FuzzParse(f *testing.F) {
	for _, path := range []string{"/latest", "/go1.22/sumdb/sum.golang.org/lookup/github.com/!burnt!sushi/toml@v1.4.0", "/tile/8/0/x001/234.p/17", "/tile/8/data/000"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		r, err := parse(path, "sum.golang.org")
		if !isPartition(r.partition) || strings.ContainsAny(r.partition, `/\`) || strings.Contains(r.partition, "..") {
			t.Errorf("%q: partition %q", path, r.partition)
		}
		if err != nil {
			if bad, ok := err.(*badRequest); !ok || bad.status < 400 || bad.status > 499 || bad.reason == "" {
				t.Errorf("%q: %v", path, err)
			}
			return
		}
		switch r.operation {
		case lookup:
			name, err := trust.LookupPath(r.module, r.version)
			if err != nil || !strings.HasSuffix(path, "/"+name) || strings.Contains(name, "..") && strings.Contains("/"+name+"/", "/../") {
				t.Errorf("%q: %q, %v", path, name, err)
			}
		case tile:
			if !strings.HasSuffix(path, "/"+r.tile.Path()) {
				t.Errorf("%q: %s", path, r.tile.Path())
			}
		}
	})
}
