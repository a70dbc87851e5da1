package command

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gsw/manager/journal"
)

// keepJournal FILE SECOND: a proxy's interaction log of seven entries, a second apart; $HEAD is its end.
func keepJournal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: journal FILE SECOND")
	}
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	j, err := journal.Open(func() time.Time { return at }, ts.MkAbs(args[0]), ts.MkAbs(args[1]))
	ts.Check(err)
	for _, e := range []journal.Entry{
		{Operation: "lookup", Module: "example.com/m", Version: "v1.0.0", Go: "go1.22", Source: "origin", Status: 200},
		{Operation: "tile", Path: "tile/8/0/x001/234", Go: "go1.21", Source: "cache", Status: 200},
		{Operation: "lookup", Module: "example.com/m/sub", Version: "v1.1.0", Go: "go1.22", Source: "refused", Status: 502,
			Reason: "the record differs\n\x1b[2J from the tree", Client: "192.0.2.7"},
		{Operation: "latest", Source: "origin", Status: 200},
	} {
		at = at.Add(time.Second)
		ts.Check(j.Add(e))
	}
	head, err := j.Close()
	ts.Check(err)
	ts.Setenv("HEAD", head.Hash)
}

// changeLine FILE LINE [OLD NEW]: a line of a file is changed, or dropped.
func changeLine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 && len(args) != 4 {
		ts.Fatalf("usage: change FILE LINE [OLD NEW]")
	}
	lines := slices.Collect(strings.Lines(ts.ReadFile(args[0])))
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	if len(args) == 2 {
		lines = slices.Delete(lines, n-1, n)
	} else if changed := strings.Replace(lines[n-1], args[2], args[3], 1); changed != lines[n-1] {
		lines[n-1] = changed
	} else {
		ts.Fatalf("line %d has no %s", n, args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(lines, "")), 0o600))
}
