package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"gsw/manager/bundle"
	"gsw/manager/dist/disttest"
)

// carry: what `module` published is served by the script's server, which is GOPROXY, and has records in its checksum
// database, which the Go that runs the tests, first on PATH now, asks by its key.
func carry(ts *testscript.TestScript, neg bool, args []string) {
	realGo(ts, false, nil)
	proxied(ts, false, nil)
	w := ts.Value(worldKey{}).(*world)
	disttest.RecordModules(testingOf(ts), w.server.SumDB, ts.MkAbs("proxy"))
	_, _, env := disttest.Local(testingOf(ts), ts.MkAbs("proxy"))
	for _, line := range env {
		if name, value, _ := strings.Cut(line, "="); name == "GOCACHE" || name == "CGO_ENABLED" {
			ts.Setenv(name, value)
		}
	}
	ts.Setenv("GOSUMDB", w.server.SumDB.Key+" "+w.server.URL+"/sumdb/sum.golang.org")
	ts.Setenv("KEY", w.server.SumDB.Key)
}

// away NAME: from here on somebody else's machine, which reaches nothing and believes the same checksum database.
func away(ts *testscript.TestScript, neg bool, args []string) {
	home := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(home, 0o755))
	ts.Setenv("HOME", home)
	ts.Setenv("USERPROFILE", home)
	ts.Setenv("GSW_HOME", filepath.Join(home, ".gsw"))
	ts.Setenv("GOSUMDB", ts.Getenv("KEY"))
	const closed = "http://127.0.0.1:1"
	ts.Setenv("GOPROXY", closed+"/mod")
	ts.Setenv(testIndex, closed+"/dl")
	ts.Setenv(testLogAt, closed+"/sumdb")
}

// rebundle FILE OUT WHAT…: OUT is FILE as somebody would make it who wants to deceive: well-formed, its manifest and
// hashes in order.
//
//	flip PATTERN    a bit in the middle of the entries that match
//	edit OLD NEW    a text in the manifest
//	drop PATTERN [-private]    without the entries that match; modules have no records
//	say PATTERN OLD NEW    a text in the entries that match
//	put PATTERN FILE    the content of FILE in the entries that match
func rebundle(ts *testscript.TestScript, neg bool, args []string) {
	r, err := bundle.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer r.Close()
	manifest, what := r.Manifest, args[2:]
	if what[0] == "edit" {
		text, err := json.Marshal(manifest)
		ts.Check(err)
		changed := strings.ReplaceAll(string(text), what[1], what[2])
		if changed == string(text) {
			ts.Fatalf("the manifest has no %q: %s", what[1], text)
		}
		ts.Check(json.Unmarshal([]byte(changed), &manifest))
	}
	if what[len(what)-1] == "-private" {
		for i := range manifest.Modules {
			manifest.Modules[i].Record = bundle.NoRecord
		}
	}
	var files []bundle.File
	touched := what[0] == "edit"
	ts.Check(r.Each(testingOf(ts).Context(), func(e bundle.Entry, content io.Reader) error {
		data, err := io.ReadAll(content)
		if hit, _ := path.Match(what[1], e.Name); hit && !(what[0] == "edit") {
			touched = true
			switch what[0] {
			case "drop":
				return err
			case "flip":
				data[len(data)/2] ^= 1
			case "put":
				if data, err = os.ReadFile(ts.MkAbs(what[2])); err != nil {
					return err
				}
			case "say":
				data = bytes.ReplaceAll(data, []byte(what[2]), []byte(what[3]))
			}
		}
		files = append(files, bundle.File{Name: e.Name, Write: func(w io.Writer) error { _, err := w.Write(data); return err }})
		return err
	}))
	if !touched {
		ts.Fatalf("nothing in the bundle matches %s", what[1])
	}
	out, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	defer out.Close()
	_, err = bundle.Write(testingOf(ts).Context(), out, manifest, files, nil)
	ts.Check(err)
}

// grow N: the checksum database gets N records that nobody here asked for.
func grow(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	w := ts.Value(worldKey{}).(*world)
	for i := range n {
		answer, err := http.Get(fmt.Sprintf("%s/sumdb/sum.golang.org/lookup/example.com/grown@v1.0.%d", w.server.URL, i))
		ts.Check(err)
		ts.Check(answer.Body.Close())
	}
}
