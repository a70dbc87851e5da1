package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/kept"
	"gsw/manager/receipt"
	"gsw/platform"
)

// Brief is what a list says of a receipt.
type Brief struct {
	TreeBytes int64
	Source    string
	Parties   []string // that vouched for the toolchain
}

// Described is a toolchain with the brief of its receipt, or why that cannot be read.
type Described struct {
	Toolchain Toolchain
	Brief     Brief
	Err       error
}

// Describe is List with the briefs. What was read once is kept beside the size and time of the receipt it is from: of
// 500 receipts, each is looked at and none is read.
func (s Store) Describe() ([]Described, error) {
	toolchains, receipts, err := s.list()
	if err != nil {
		return nil, err
	}
	known := s.briefs()
	described := make([]Described, len(toolchains))
	news := len(known) > len(toolchains)
	for i, t := range toolchains {
		d := Described{Toolchain: t}
		mark := markOf(receipts[i])
		old, ok := known[keyOf(t)]
		if ok && old.mark == mark {
			d.Brief = old.Brief
		} else {
			d.Brief, d.Err = t.brief()
			news = news || d.Err == nil && s.settled(receipts[i])
		}
		described[i] = d
	}
	if news {
		s.keepBriefs(described, receipts)
	}
	return described, nil
}

func (t Toolchain) brief() (Brief, error) {
	r, err := t.Receipt()
	b := Brief{TreeBytes: r.TreeBytes, Source: r.Source}
	for _, p := range r.Proofs {
		b.Parties = append(b.Parties, p.Party)
	}
	return b, err
}

// mark is what changes when a receipt does.
type mark struct{ time, size int64 }

func markOf(receipt platform.Seen) mark { return mark{receipt.Time, receipt.Size} }

// settled tells whether a change from now on would give the receipt another time.
func (s Store) settled(receipt platform.Seen) bool {
	return s.now().UnixNano()-receipt.Time > int64(clockStep)
}

// key tells a toolchain of the user's from the same version of the system-wide store.
type key struct {
	version gover.Version
	system  bool
}

func keyOf(t Toolchain) key { return key{t.Version, t.System} }

type keptBrief struct {
	mark
	Brief
}

// Forget removes what is kept of the receipts. The next Describe reads them all.
func (s Store) Forget() error {
	if err := os.Remove(s.briefFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (s Store) briefFile() string { return filepath.Join(s.home, "cache", "receipts") }

const briefTitle = "gsw receipts 1"

// briefs reads what keepBriefs wrote: a line for each toolchain.
func (s Store) briefs() map[key]keptBrief {
	text, ok := kept.Read(s.briefFile(), briefTitle)
	if !ok {
		return nil
	}
	all := make(map[key]keptBrief, strings.Count(text, "\n"))
	for line := range strings.Lines(text) {
		words := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		if len(words) != 7 {
			return nil
		}
		v, ok := parseTag(words[0])
		time, err1 := strconv.ParseInt(words[2], 10, 64)
		size, err2 := strconv.ParseInt(words[3], 10, 64)
		bytes, err3 := strconv.ParseInt(words[4], 10, 64)
		if !ok || err1 != nil || err2 != nil || err3 != nil {
			return nil
		}
		b := keptBrief{mark: mark{time, size}, Brief: Brief{TreeBytes: bytes, Source: words[5]}}
		if words[6] != "" {
			b.Parties = strings.Split(words[6], ",")
		}
		all[key{v, words[1] == "system"}] = b
	}
	return all
}

// keepBriefs is of no consequence if it fails: the receipts are there.
func (s Store) keepBriefs(described []Described, receipts []platform.Seen) {
	var text []byte
	for i, d := range described {
		plain := func(word string) bool { return !strings.ContainsAny(word, " ,\r\n") }
		if d.Err != nil || !s.settled(receipts[i]) || !plain(d.Brief.Source) || slices.ContainsFunc(d.Brief.Parties, func(p string) bool { return p == "" || !plain(p) }) {
			continue
		}
		whose := "own"
		if d.Toolchain.System {
			whose = "system"
		}
		at := markOf(receipts[i])
		text = append(text, d.Toolchain.Version.Tag()+" "+whose+" "...)
		for _, n := range []int64{at.time, at.size, d.Brief.TreeBytes} {
			text = append(strconv.AppendInt(text, n, 10), ' ')
		}
		text = append(text, d.Brief.Source+" "+strings.Join(d.Brief.Parties, ",")+"\n"...)
	}
	_ = kept.Write(s.briefFile(), briefTitle, string(text))
}

// list is List, with what the system says of each receipt.
func (s Store) list() ([]Toolchain, []platform.Seen, error) {
	var all []found
	for _, home := range s.homes() {
		versions, err := versionsIn(home)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, s.complete(home, versions)...)
	}
	slices.SortStableFunc(all, func(a, b found) int { return b.Version.Compare(a.Version) })
	all = slices.CompactFunc(all, func(a, b found) bool { return a.Version == b.Version })
	toolchains, receipts := make([]Toolchain, len(all)), make([]platform.Seen, len(all))
	for i, f := range all {
		toolchains[i], receipts[i] = f.Toolchain, f.receipt
	}
	return toolchains, receipts, nil
}

// found is a toolchain with its receipt, as it was seen.
type found struct {
	Toolchain
	receipt platform.Seen
}

// complete picks those of a home's versions that are there completely.
func (s Store) complete(home string, versions []gover.Version) []found {
	separator := string(filepath.Separator)
	folders := make([]string, len(versions))
	names := make([]string, len(versions))
	for i, v := range versions {
		folders[i] = v.Tag()
		names[i] = folders[i] + separator + receipt.File
	}
	dir := filepath.Join(home, "versions")
	all := make([]found, 0, len(versions))
	for i, seen := range platform.Look(dir, names) {
		if seen.There {
			t := Toolchain{Version: versions[i], Dir: dir + separator + folders[i], System: home != s.home, target: s.target}
			all = append(all, found{t, seen})
		}
	}
	return all
}
