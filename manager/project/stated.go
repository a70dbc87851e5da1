package project

import (
	"path/filepath"

	"gsw/manager/gover"
	"gsw/platform"
)

// Statement is what one file of a project says about the version of Go.
type Statement struct {
	Origin Origin
	Text   string        // as it stands there
	Spec   gover.Spec    // zero for a go line
	Least  gover.Minimum // of a go or toolchain line: no older Go will do
}

// Stated lists what the files of one folder say, in their order of precedence, whether it decides or not. Broken files,
// and those of other users, say nothing.
func Stated(dir string, alias func(name string) (string, bool)) []Statement {
	if foreign, err := platform.OwnedByAnother(dir); foreign || err != nil {
		return nil
	}
	var all []Statement
	s := search{}
	add := func(kind Kind, file string, p pin) {
		spec, err := gover.ParseSpec(p.text, alias)
		if err != nil || p.text == "" {
			return
		}
		st := Statement{Origin: Origin{kind, file, p.line}, Text: p.as(), Spec: spec}
		if v, exact := spec.Exact(); exact && kind >= GoWork {
			st.Least, _ = gover.ParseMinimum(v.Number())
		}
		all = append(all, st)
	}
	file := filepath.Join(dir, ".go-version")
	if data, err := s.readOwn(file, maxVersionFile); err == nil && data != nil {
		if p, err := parseVersionFile(data); err == nil {
			add(VersionFile, file, p)
		}
	}
	file = filepath.Join(dir, ".tool-versions")
	if data, err := s.readOwn(file, maxToolVersions); err == nil && data != nil {
		if p, err := parseToolVersions(data); err == nil {
			add(ToolVersions, file, p)
		}
	}
	for _, kind := range []Kind{GoWork, GoMod} {
		file = filepath.Join(dir, map[Kind]string{GoWork: "go.work", GoMod: "go.mod"}[kind])
		data, err := s.readOwn(file, maxModFile)
		if err != nil || data == nil {
			continue
		}
		m := parseModFile(data)
		if p, err := m.pin(); err == nil {
			add(kind, file, p)
		}
		if least, err := gover.ParseMinimum(m.goVersion.text); err == nil {
			all = append(all, Statement{Origin: Origin{kind, file, m.goVersion.line}, Text: m.goVersion.text, Least: least})
		}
	}
	return all
}
