// Package probe asks every server that the settings of the go command and gsw name whether it does its work: all at once,
// with little patience, and once. What it tells is which one hangs, refuses or answers something else, and whether that
// matters.
package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"gsw/manager/dist"
)

// Getter fetches a small document; an HTML page is an error.
type Getter interface {
	Get(ctx context.Context, url string, limit int64) ([]byte, error)
}

// Servers are the settings that name servers.
type Servers struct {
	GOPROXY, GOSUMDB string
	Mirrors          []string // where gsw asks for its index
	Database         string   // where sum.golang.org is reached; "": its own host
}

// Part is the kind of thing a server is there for.
type Part int

const (
	Modules Part = iota
	Database
	Mirror
)

// Answer is what one server did.
type Answer struct {
	URL    string
	Part   Part
	For    string // what it is asked for
	OK     bool
	Needed bool   // nothing else does instead
	Says   string // "7 versions", "no answer in 5s", "404 Not Found"
	Took   time.Duration

	absent bool // it answers that it has no such thing
}

// question is a URL with what its answer has to look like.
type question struct {
	url, what string
	part      Part
	valid     func(body []byte) (says string, ok bool)
	instead   *question // asked after a 404
}

// roads are the questions in the order in which the go command or gsw would ask them.
type roads struct {
	proxies   []dist.Proxy
	lists     []question // of each proxy
	supported []question // of each proxy
	direct    question   // the database's own host
	database  bool       // it is asked at all
	named     bool       // at a URL of its own, never through a proxy
	mirrors   []question

	thenDirect bool // behind the proxies the modules' own servers are asked
}

// Ask asks them all, and judges what the answers come to. Its error is a setting that can't be read, or the context's.
func (s Servers) Ask(ctx context.Context, get Getter, patience time.Duration, now func() time.Time) ([]Answer, error) {
	r, err := s.roads()
	if err != nil {
		return nil, err
	}
	var all []question
	all = append(append(append(all, r.lists...), r.supported...), r.mirrors...)
	if r.database {
		all = append(all, r.direct)
	}
	answers := make([]Answer, len(all))
	var wait sync.WaitGroup
	for i, q := range all {
		wait.Go(func() { answers[i] = q.ask(ctx, get, patience, now) })
	}
	wait.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	r.judge(answers)
	return answers, nil
}

const (
	listLimit  = 8 << 20
	indexLimit = 32 << 20
)

func (s Servers) roads() (roads, error) {
	var r roads
	list, err := dist.ParseProxyList(s.GOPROXY)
	if err != nil {
		return r, err
	}
	for _, p := range list {
		if r.thenDirect = p.Direct(); p.Off() || p.Direct() {
			break
		}
		r.proxies = append(r.proxies, p)
		second := question{p.URL + "/golang.org/x/text/@v/list", "modules (GOPROXY)", Modules, versions("serves modules, but not golang.org/toolchain: "), nil}
		r.lists = append(r.lists, question{p.URL + "/golang.org/toolchain/@v/list", "modules (GOPROXY)", Modules, versions(""), &second})
	}
	fields := strings.Fields(s.GOSUMDB)
	if len(fields) > 0 && s.GOSUMDB != "off" && !list.Off() { // without any module there is nothing to look up
		name, _, _ := strings.Cut(fields[0], "+")
		r.database, r.named = true, len(fields) > 1
		base := "https://" + name
		switch {
		case r.named:
			base = strings.TrimSuffix(fields[1], "/")
		case name == "sum.golang.org" && s.Database != "":
			base = s.Database
		}
		r.direct = question{base + "/latest", "the checksum database itself (GOSUMDB)", Database, treeHead, nil}
		if name == "sum.golang.google.cn" {
			name = "sum.golang.org" // the go command knows it as another way to the same database
			r.named = true
		}
		if !r.named {
			for _, p := range r.proxies {
				r.supported = append(r.supported, question{p.URL + "/sumdb/" + name + "/supported", "the checksum database, through GOPROXY", Database, anything, nil})
			}
		}
	}
	for _, base := range s.Mirrors {
		r.mirrors = append(r.mirrors, question{dist.ShortIndex(base), "toolchains for gsw (mirror)", Mirror, index, nil})
	}
	return r, nil
}

func versions(before string) func([]byte) (string, bool) {
	return func(body []byte) (string, bool) {
		n := 0
		for line := range bytes.Lines(body) {
			switch line = bytes.TrimSpace(line); {
			case len(line) == 0:
			case line[0] != 'v' || bytes.ContainsAny(line, " <{"):
				return "an answer that is no list of versions", false
			default:
				n++
			}
		}
		return fmt.Sprintf("%s%d versions", before, n), true
	}
}

func treeHead(body []byte) (string, bool) {
	lines := strings.Split(string(body), "\n")
	if len(lines) < 3 || lines[0] != "go.sum database tree" {
		return "an answer that is no tree head", false
	}
	return "a tree of " + lines[1] + " records", true
}

func index(body []byte) (string, bool) {
	releases, err := dist.ParseIndex(body)
	if err != nil || len(releases) == 0 {
		return "an answer that is no index of releases", false
	}
	return "the newest is " + releases[0].Version.Tag(), true
}

func anything([]byte) (string, bool) { return "yes", true }

// ask waits for one server, no longer than patience.
func (q question) ask(ctx context.Context, get Getter, patience time.Duration, now func() time.Time) Answer {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	began := now()
	limit := int64(listLimit)
	if strings.Contains(q.url, "mode=json") {
		limit = indexLimit
	}
	body, err := get.Get(limited, q.url, limit)
	a := Answer{URL: dist.Redact(q.url), Part: q.part, For: q.what, Took: now().Sub(began)}
	switch {
	case err == nil:
		a.Says, a.OK = q.valid(body)
	case limited.Err() != nil:
		a.Says = fmt.Sprintf("hangs: no answer in %v", patience)
	case errors.Is(err, fs.ErrNotExist) && q.instead != nil:
		instead := q.instead.ask(limited, get, patience, now)
		if instead.OK {
			a.OK, a.Says, a.Took = true, instead.Says, now().Sub(began)
			return a
		}
		a.Says, a.absent = "404: it has neither golang.org/toolchain nor golang.org/x/text", true
	default:
		a.Says = strings.TrimPrefix(err.Error(), a.URL+": ")
		a.absent = errors.Is(err, fs.ErrNotExist)
	}
	return a
}

// judge tells which answers are needed: what failed and has nothing behind it that does instead, by the go command's own
// rules. Behind a comma the next is asked only if this one has no such thing, behind a bar after any error.
func (r roads) judge(answers []Answer) {
	lists := answers[:len(r.lists)]
	supported := answers[len(r.lists) : len(r.lists)+len(r.supported)]
	mirrors := answers[len(r.lists)+len(r.supported) : len(r.lists)+len(r.supported)+len(r.mirrors)]

	switch reached, found := r.walk(lists); {
	case found:
		lists[reached-1].Needed = true
	case reached == len(lists) && r.thenDirect && (reached == 0 || lists[reached-1].absent || r.proxies[reached-1].Any):
		// The modules' own servers do instead.
	default:
		for i := range reached {
			lists[i].Needed = true
		}
	}
	if r.database {
		direct := &answers[len(answers)-1]
		stopped, found := r.walk(supported)
		switch {
		case found:
			supported[stopped-1].Needed = true
		case stopped > 0 && !supported[stopped-1].absent && !r.proxies[stopped-1].Any:
			supported[stopped-1].Needed = true
		default:
			direct.Needed = true
		}
		// That a proxy passes on no database is an answer.
		for i := range supported {
			if supported[i].absent {
				supported[i].OK, supported[i].Says = true, "no: the database itself is asked"
			}
		}
	}
	for i, a := range mirrors {
		mirrors[i].Needed = true
		if a.OK {
			for j := range i {
				mirrors[j].Needed = false
			}
			break
		}
	}
}

// walk goes along the proxies until one answers or the go command would stop, and returns how far it came. Those that
// are behind it, and those in front of one that answered, do not matter.
func (r roads) walk(answers []Answer) (reached int, found bool) {
	for i, a := range answers {
		reached++
		if a.OK {
			return reached, true
		}
		if !a.absent && !r.proxies[i].Any {
			return reached, false
		}
	}
	return reached, false
}

// Failed are the answers that matter and are none.
func Failed(answers []Answer) []Answer {
	var failed []Answer
	for _, a := range answers {
		if a.Needed && !a.OK {
			failed = append(failed, a)
		}
	}
	return failed
}
