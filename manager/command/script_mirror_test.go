package command

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"gsw/manager/dist/disttest"
)

// mirrored DIR NAME…: everything that anything in the tree names is there and proves itself, to clients that have seen no
// tree head before and to those that saw an earlier one; and it holds these archives and versions of the module.
func mirrored(ts *testscript.TestScript, neg bool, args []string) {
	w := ts.Value(worldKey{}).(*world)
	dir := ts.MkAbs(args[0])
	tree := disttest.Mirror{Dir: dir, Key: published(ts).SumDB.Key, Heads: w.heads[dir]}
	holds, err := tree.Check()
	ts.Check(err)
	if head := tree.Head(); head != "" && !slices.Contains(w.heads[dir], head) {
		w.heads[dir] = append(w.heads[dir], head)
	}
	want := slices.Sorted(slices.Values(args[1:]))
	if !slices.Equal(holds, want) {
		ts.Fatalf("the mirror holds\n%s", strings.Join(holds, "\n"))
	}
}

// site DIR: serves the folder at $SITE, as any server of files does.
func site(ts *testscript.TestScript, neg bool, args []string) {
	s := httptest.NewServer(http.FileServer(http.Dir(ts.MkAbs(args[0]))))
	ts.Defer(s.Close)
	ts.Setenv("SITE", s.URL)
}

// flip FILE AT: changes a bit of one byte. A negative AT counts from the end.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	file := ts.MkAbs(args[0])
	info, err := os.Stat(file)
	ts.Check(err)
	data, err := os.ReadFile(file)
	ts.Check(err)
	if at < 0 {
		at += len(data)
	}
	data[at] ^= 1
	ts.Check(os.WriteFile(file, data, 0o644))
	ts.Check(os.Chtimes(file, info.ModTime(), info.ModTime()))
}
