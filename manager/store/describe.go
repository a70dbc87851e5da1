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
// 500 receipts, each is looked at and none is read. Nor are the folders of versions listed, parsed and sorted, as long
// as they are those that were: what comes or goes gives a folder another time.
func (s Store) Describe() ([]Described, error) {
	at, known := s.folderTimes(), s.briefs()
	if described, ok := s.unchanged(known, at); ok {
		return described, nil
	}
	toolchains, receipts, whole, err := s.list()
	if err != nil {
		return nil, err
	}
	if !whole {
		at = "" // a receipt may come to what has none, and leave the folder of versions its time
	}
	old := known.byKey()
	described := make([]Described, len(toolchains))
	for i, t := range toolchains {
		described[i].Toolchain = t
		if j, ok := old[keyOf(t)]; ok && known.marks[j] == markOf(receipts[i]) {
			described[i].Brief = known.all[j].Brief
		} else {
			described[i].Brief, described[i].Err = t.brief()
		}
	}
	s.keepBriefs(known, at, described, receipts)
	return described, nil
}

// unchanged is what is known, if it is what there is: the folders have their times and each receipt its own.
func (s Store) unchanged(known briefs, at string) ([]Described, bool) {
	if at == "" || known.at != at {
		return nil, false
	}
	for _, home := range s.homes() {
		folders, whose := make([]string, 0, len(known.all)), make([]int, 0, len(known.all))
		for i, d := range known.all {
			if d.Toolchain.System == (home != s.home) {
				folders, whose = append(folders, filepath.Base(d.Toolchain.Dir)), append(whose, i)
			}
		}
		for i, seen := range platform.Look(filepath.Join(home, "versions"), inEach(folders, receipt.File)) {
			if !seen.There || markOf(seen) != known.marks[whose[i]] {
				return nil, false
			}
		}
	}
	return known.all, true
}

// folderTimes is when a version came to or went from any home, in a word; "" if that cannot be told.
func (s Store) folderTimes() string {
	var times string
	for _, home := range s.homes() {
		at := s.folderTime(home)
		if at == "" {
			return ""
		}
		times += at + "."
	}
	return times
}

// folderTime is when a name came to or went from a home's folder of versions; "" if that cannot be told, or if one may
// come from now on and leave the folder the time that it has. It is not the time that programs can set: a copy of a home
// with all its times, put over another one, makes neither of them what it was.
func (s Store) folderTime(home string) string {
	folder := platform.Look(home, []string{"versions"})[0]
	if !folder.There || !s.settled(folder.Changed) {
		return ""
	}
	return strconv.FormatInt(folder.Changed, 36)
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

// settled tells whether a change from now on would give what was changed at that time another one.
func (s Store) settled(time int64) bool { return s.now().UnixNano()-time > int64(clockStep) }

// key tells a toolchain of the user's from the same version of the system-wide store.
type key struct {
	version gover.Version
	system  bool
}

func keyOf(t Toolchain) key { return key{t.Version, t.System} }

// briefs are what keepBriefs wrote: of the toolchains in the order of a list, and if at is not empty, of all that there
// were when the folders had these times.
type briefs struct {
	text  string
	at    string
	all   []Described
	marks []mark // of the receipts
}

func (b briefs) byKey() map[key]int {
	of := make(map[key]int, len(b.all))
	for i, d := range b.all {
		of[keyOf(d.Toolchain)] = i
	}
	return of
}

// Forget removes what is kept of the receipts and the folder of versions. The next Describe reads them all.
func (s Store) Forget() error {
	for _, file := range []string{s.briefFile(), s.cleanFile()} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (s Store) briefFile() string { return filepath.Join(s.home, "cache", "receipts") }

const briefTitle = "gsw receipts 2"

// briefs reads what keepBriefs wrote: a line with the times of the folders, then one for each toolchain.
func (s Store) briefs() briefs {
	text, ok := kept.Read(s.briefFile(), briefTitle)
	if !ok {
		return briefs{}
	}
	b := briefs{text: text}
	b.at, text, _ = strings.Cut(text, "\n")
	n := strings.Count(text, "\n")
	b.all, b.marks = make([]Described, 0, n), make([]mark, 0, n)
	own, system := s.versions()+string(filepath.Separator), filepath.Join(s.system, "versions")+string(filepath.Separator)
	for line := range strings.Lines(text) {
		t := Toolchain{target: s.target}
		tag, whose, rest := cut2(strings.TrimSuffix(line, "\n"))
		if t.Version, ok = parseTag(tag); !ok {
			return briefs{text: b.text}
		}
		t.System = whose == "system"
		if t.Dir = own + tag; t.System {
			t.Dir = system + tag
		}
		brief, at, ok := parseBrief(rest)
		if !ok {
			return briefs{text: b.text}
		}
		b.all, b.marks = append(b.all, Described{Toolchain: t, Brief: brief}), append(b.marks, at)
	}
	return b
}

// parseBrief reads the words of a line behind the toolchain.
func parseBrief(words string) (b Brief, at mark, ok bool) {
	time, size, words := cut2(words)
	bytes, source, parties := cut2(words)
	var errs [3]error
	at.time, errs[0] = strconv.ParseInt(time, 10, 64)
	at.size, errs[1] = strconv.ParseInt(size, 10, 64)
	b.TreeBytes, errs[2] = strconv.ParseInt(bytes, 10, 64)
	b.Source = source
	if parties != "" {
		b.Parties = strings.Split(parties, ",")
	}
	return b, at, errs == [3]error{} && !strings.Contains(parties, " ")
}

// cut2 cuts two words off a line.
func cut2(line string) (first, second, rest string) {
	first, rest, _ = strings.Cut(line, " ")
	second, rest, _ = strings.Cut(rest, " ")
	return first, second, rest
}

// keepBriefs is of no consequence if it fails: the receipts are there. It writes nothing that is known.
func (s Store) keepBriefs(known briefs, at string, described []Described, receipts []platform.Seen) {
	var text []byte
	all := true
	for i, d := range described {
		plain := func(word string) bool { return !strings.ContainsAny(word, " ,\r\n") }
		if d.Err != nil || !s.settled(receipts[i].Time) || !plain(d.Brief.Source) || slices.ContainsFunc(d.Brief.Parties, func(p string) bool { return p == "" || !plain(p) }) {
			all = false
			continue
		}
		whose := "own"
		if d.Toolchain.System {
			whose = "system"
		}
		now := markOf(receipts[i])
		text = append(text, d.Toolchain.Version.Tag()+" "+whose+" "...)
		for _, n := range []int64{now.time, now.size, d.Brief.TreeBytes} {
			text = append(strconv.AppendInt(text, n, 10), ' ')
		}
		text = append(text, d.Brief.Source+" "+strings.Join(d.Brief.Parties, ",")+"\n"...)
	}
	if !all {
		at = ""
	}
	if now := at + "\n" + string(text); now != known.text {
		_ = kept.Write(s.briefFile(), briefTitle, now)
	}
}

// list is List, with what the system says of each receipt, and whether whatever is called like a release has one.
func (s Store) list() (toolchains []Toolchain, receipts []platform.Seen, whole bool, err error) {
	var all []found
	n := 0
	for _, home := range s.homes() {
		versions, err := versionsIn(home)
		if err != nil {
			return nil, nil, false, err
		}
		all = append(all, s.complete(home, versions)...)
		n += len(versions)
	}
	whole = len(all) == n
	slices.SortStableFunc(all, func(a, b found) int { return b.Version.Compare(a.Version) })
	all = slices.CompactFunc(all, func(a, b found) bool { return a.Version == b.Version })
	toolchains, receipts = make([]Toolchain, len(all)), make([]platform.Seen, len(all))
	for i, f := range all {
		toolchains[i], receipts[i] = f.Toolchain, f.receipt
	}
	return toolchains, receipts, whole, nil
}

// found is a toolchain with its receipt, as it was seen.
type found struct {
	Toolchain
	receipt platform.Seen
}

// complete picks those of a home's versions that are there completely.
func (s Store) complete(home string, versions []gover.Version) []found {
	folders := make([]string, len(versions))
	for i, v := range versions {
		folders[i] = v.Tag()
	}
	dir := filepath.Join(home, "versions")
	all := make([]found, 0, len(versions))
	for i, seen := range platform.Look(dir, inEach(folders, receipt.File)) {
		if seen.There {
			t := Toolchain{Version: versions[i], Dir: dir + string(filepath.Separator) + folders[i], System: home != s.home, target: s.target}
			all = append(all, found{t, seen})
		}
	}
	return all
}

// inEach is the path of a file in each of these folders: parts of one text, since there may be 500.
func inEach(folders []string, file string) []string {
	var text strings.Builder
	if len(folders) > 0 {
		text.Grow(len(folders) * (len(folders[0]) + len(file) + 4))
	}
	for _, folder := range folders {
		text.WriteString(folder)
		text.WriteByte(filepath.Separator)
		text.WriteString(file)
	}
	paths, rest := make([]string, len(folders)), text.String()
	for i, folder := range folders {
		n := len(folder) + 1 + len(file)
		paths[i], rest = rest[:n], rest[n:]
	}
	return paths
}
