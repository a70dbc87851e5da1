package trust

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"gsw/manager/gover"
	"gsw/manager/receipt"
)

func receiptOf(version, source, tree string, proofs ...Proof) receipt.Receipt {
	r := ReceiptOf(Subject{Version: gover.MustParse(version), Target: linux, Source: source, SHA256: sumA, Size: 7, Tree: tree}, proofs)
	r.URL = "https://go.dev/dl/" + version + ".linux-amd64.tar.gz"
	r.InstalledAt = time.Date(2026, 9, 1, 14, 0, 0, 0, time.FixedZone("", 2*3600))
	r.GSWVersion = "1.0.0"
	return r
}

var logProof = Proof{Party: "log", Claim: "record 7 of log.example (tree of 9) names h1", Record: 7, TreeSize: 9}

func TestMemory(t *testing.T) {
	m := Memory{File: filepath.Join(t.TempDir(), "home", "installs.jsonl")}
	if receipts, damaged, err := m.Receipts(); receipts != nil || damaged != nil || err != nil {
		t.Fatal(receipts, damaged, err)
	}
	for _, r := range []receipt.Receipt{
		receiptOf("go1.22.3", SourceDL, treeB), // without proof
		receiptOf("go1.22.3", SourceDL, treeA, logProof),
		receiptOf("go1.20", SourceModule, treeA, logProof),
	} {
		if err := m.Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	subject := func(version, source, tree string) Subject { return Measured(receiptOf(version, source, tree)) }
	arm := subject("go1.22.3", SourceDL, treeB)
	arm.Target.Arch = "arm64"
	const silent = "memory: what was installed before proves nothing"
	tests := []struct {
		subject Subject
		want    string
	}{
		{subject("go1.22.3", SourceDL, treeA), silent},
		{subject("go1.22.3", SourceModule, treeB), "go1.22.3 for linux-amd64 is not the release: the hash of its files is " + treeB + ", but memory says " + treeA +
			" (installed from https://go.dev/dl/go1.22.3.linux-amd64.tar.gz on 2026-09-01, proved by log)"},
		{subject("go1.20", SourceDL, treeB), silent},
		{subject("go1.20", SourceModule, treeB), "go1.20 for linux-amd64 is not the release: the hash of its files is " + treeB + ", but memory says " + treeA +
			" (installed from https://go.dev/dl/go1.20.linux-amd64.tar.gz on 2026-09-01, proved by log)"},
		{subject("go1.22.4", SourceDL, treeB), silent},
		{subject("go1.22.3", SourceDL, ""), silent},
		{arm, silent},
	}
	for _, test := range tests {
		if got := wordOf(m.Vouch(t.Context(), test.subject)); got != test.want {
			t.Errorf("%s, %s:\n%s\nwant\n%s", test.subject, test.subject.Source, got, test.want)
		}
	}
}

// TestMemoryDamaged: a line that was cut off costs that line, not those after it.
func TestMemoryDamaged(t *testing.T) {
	m := Memory{File: filepath.Join(t.TempDir(), "installs.jsonl")}
	if err := m.Append(t.Context(), receiptOf("go1.22.3", SourceDL, treeA)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(m.File)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), "\n") != 1 {
		t.Errorf("more than one line: %s", text)
	}
	if err := os.WriteFile(m.File, text[:len(text)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"go1.22.4", "go1.22.5"} {
		if err := m.Append(t.Context(), receiptOf(version, SourceDL, treeA)); err != nil {
			t.Fatal(err)
		}
	}
	receipts, damaged, err := m.Receipts()
	if err != nil || len(receipts) != 2 || receipts[0].Version.Tag() != "go1.22.4" || !reflect.DeepEqual(damaged, []int{1}) {
		t.Errorf("%+v, damaged lines %v, %v", receipts, damaged, err)
	}
}

func TestMemoryAtOnce(t *testing.T) {
	m := Memory{File: filepath.Join(t.TempDir(), "installs.jsonl")}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := m.Append(t.Context(), receiptOf("go1.22.3", SourceDL, treeA)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	receipts, damaged, err := m.Receipts()
	if err != nil || len(receipts) != 8 || damaged != nil {
		t.Error(len(receipts), damaged, err)
	}
}
