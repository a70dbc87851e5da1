package mirror

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"

	"gsw/manager/gover"
)

// releaseIndex is the release index of the tree, read once for as long as the file is the same.
type releaseIndex struct {
	all    *document
	newest *document // the newest patch of each of the two newest lines; nil if the file is no index
}

const indexMost = 64 << 20

// releases answers with the index: all of it, as the file is, or the releases that go.dev answers ?mode=json with.
func (s *Site) releases(w http.ResponseWriter, r *http.Request, all bool) {
	index, err := s.readIndex()
	if err != nil {
		s.missing(w, servedIndex, err)
		return
	}
	d := index.all
	if !all {
		d = index.newest
	}
	if d == nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "the mirror's index can't be read", http.StatusInternalServerError)
		return
	}
	d.answer(w, r)
}

// newest tells whether /dl/ is asked for those alone: by ?mode=json without include=all. What has another query gets what
// servers of files answer. The usual queries need no parsing.
func newest(r *http.Request) bool {
	switch r.URL.RawQuery {
	case "mode=json&include=all", "":
		return false
	case "mode=json":
		return true
	}
	query := r.URL.Query()
	return query.Get("mode") == "json" && query.Get("include") != "all"
}

// readIndex gives the index as it is now.
func (s *Site) readIndex() (*releaseIndex, error) {
	if x := s.index.Load(); x != nil && x.all.fresh(s.now().UnixNano()) {
		return x, nil
	}
	info, err := s.root.Stat(servedIndex)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	s.indexMu.Lock()
	defer s.indexMu.Unlock()
	if x := s.index.Load(); x != nil && x.all.describes(info) {
		return x, nil
	}
	body, info, err := s.read(servedIndex, indexMost)
	if err != nil {
		return nil, err
	}
	x := &releaseIndex{all: small(servedIndex, info.ModTime(), body)}
	x.all.path = filepath.Join(s.dir, filepath.FromSlash(servedIndex))
	if some, err := newestOf(body); err != nil {
		s.tell(fmt.Sprintf("%s: %v", servedIndex, err))
	} else {
		x.newest = small(servedIndex, info.ModTime(), some)
	}
	s.index.Store(x)
	return x, nil
}

// newestOf picks the newest patch of each of the two newest lines out of an index, as go.dev does without include=all.
// The releases stay as they are written there.
func newestOf(body []byte) ([]byte, error) {
	var releases []json.RawMessage
	if err := json.Unmarshal(body, &releases); err != nil {
		return nil, fmt.Errorf("no release index: %w", err)
	}
	texts, versions := map[gover.Version]json.RawMessage{}, []gover.Version(nil)
	for _, text := range releases {
		var release struct {
			Version string `json:"version"`
			Stable  bool   `json:"stable"`
		}
		if err := json.Unmarshal(text, &release); err != nil {
			return nil, fmt.Errorf("no release index: %w", err)
		}
		v, err := gover.Parse(release.Version)
		if err == nil && release.Stable && !v.Prerelease() && texts[v] == nil {
			texts[v], versions = text, append(versions, v)
		}
	}
	gover.Sort(versions)
	some, lines := []byte("["), map[string]bool{}
	for _, v := range versions {
		if lines[v.Line()] || len(lines) == 2 {
			continue
		}
		if len(lines) > 0 {
			some = append(some, ',')
		}
		lines[v.Line()] = true
		some = append(append(some, "\n "...), texts[v]...)
	}
	return append(some, "\n]\n"...), nil
}
