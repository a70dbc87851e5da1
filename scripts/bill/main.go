// Bill writes the bill of materials of a program in CycloneDX 1.6: the modules, with their sums, that the linker noted
// in the program itself.
//
//	go run ./scripts/bill PROGRAM VERSION FILE
package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"runtime/debug"
	"strings"
)

type document struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Ref        string     `json:"bom-ref"`
	Type       string     `json:"type"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: go run ./scripts/bill PROGRAM VERSION FILE")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "bill:", err)
		os.Exit(1)
	}
}

func write(program, version, file string) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	text, err := json.MarshalIndent(bill(info, version, hex.EncodeToString(sum[:])), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// bill has no serial number and no time: the same program gives the same bill.
func bill(info *debug.BuildInfo, version, sum string) document {
	of := func(kind, name, version string) component {
		// The specification of package URLs wants names of Go in small letters, and a + escaped.
		purl := "pkg:golang/" + strings.ToLower(name) + "@" + strings.ReplaceAll(version, "+", "%2B")
		return component{Ref: purl, Type: kind, Name: name, Version: version, PURL: purl}
	}
	program := of("application", info.Main.Path, version)
	program.Name = path.Base(info.Path)
	program.Hashes = []hash{{"SHA-256", sum}}
	for _, s := range info.Settings {
		program.Properties = append(program.Properties, property{"go:build:" + s.Key, s.Value})
	}
	d := document{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: metadata{program}}
	d.Components = append(d.Components, of("library", "std", strings.TrimPrefix(info.GoVersion, "go")))
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c := of("library", m.Path, m.Version)
		// go.sum's h1 is a SHA-256 of the module's files, not of an archive: it is no hash in CycloneDX's sense.
		if tree, ok := strings.CutPrefix(m.Sum, "h1:"); ok {
			if _, err := base64.StdEncoding.DecodeString(tree); err == nil {
				c.Properties = []property{{"go:sum", m.Sum}}
			}
		}
		d.Components = append(d.Components, c)
	}
	return d
}
