package trust

import (
	"strings"

	"gsw/manager/receipt"
	"gsw/platform"
)

// A Proof is one party's word for a toolchain, as its receipt keeps it.
type Proof = receipt.Proof

// ReceiptOf is a receipt of s and its proofs; when, from where and by what it was installed is the caller's to add.
func ReceiptOf(s Subject, proofs []Proof) receipt.Receipt {
	return receipt.Receipt{
		Version:   s.Version,
		Target:    s.Target.String(),
		Source:    s.Source,
		SHA256:    s.SHA256,
		SizeBytes: s.Size,
		Tree:      s.Tree,
		Proofs:    proofs,
	}
}

// Measured is what a receipt says was measured.
func Measured(r receipt.Receipt) Subject {
	target, _ := parseTarget(r.Target)
	return Subject{Version: r.Version, Target: target, Source: r.Source, SHA256: r.SHA256, Size: r.SizeBytes, Tree: r.Tree}
}

// parseTarget reads a platform as Target.String prints it.
func parseTarget(s string) (platform.Target, bool) {
	system, arch, ok := strings.Cut(s, "-")
	return platform.Target{OS: system, Arch: arch}, ok && isWord(system) && isWord(arch)
}
