package store

import (
	"errors"
	"strconv"

	"gsw/manager/gover"
)

// NotInstalledError says that no installed toolchain is what Spec asks for.
type NotInstalledError struct{ Spec gover.Spec }

func (e *NotInstalledError) Error() string {
	if v, ok := e.Spec.Exact(); ok {
		return v.Tag() + " is not installed"
	}
	return "no installed Go is what " + strconv.Quote(e.Spec.String()) + " asks for"
}

// ReceiptError says that the receipt of an installed toolchain is not to be read.
type ReceiptError struct {
	Version gover.Version
	File    string
	Err     error
}

func (e *ReceiptError) Error() string {
	return "reading the receipt of " + e.Version.Tag() + ": " + e.File + ": " + e.Err.Error()
}

func (e *ReceiptError) Unwrap() error { return e.Err }

// NoDefaultError says that there is no anchor: no toolchain was chosen as the default.
type NoDefaultError struct{}

func (e *NoDefaultError) Error() string { return "no installed Go is the default" }

// AnchorError says that the anchor does not lead to the default, where the default does not depend on it. Misleads:
// something else has its place, or it names another version.
type AnchorError struct {
	Link     string
	Misleads bool
	Err      error // nil where nothing was tried
}

func (e *AnchorError) Error() string {
	what := e.Link + " is no link to the default"
	if errors.Is(e.Err, errors.ErrUnsupported) {
		what += ", because the volume has no junctions"
	} else if e.Err != nil {
		what += " (" + e.Err.Error() + ")"
	}
	return what + "; shims, hooks and gsw do without it, an editor that needs a GOROOT takes what `gsw where` prints"
}

func (e *AnchorError) Unwrap() error { return e.Err }

// BrokenAnchorError says that the anchor, or on Windows the pointer, names no installed toolchain. Target is "" if it is
// no link at all.
type BrokenAnchorError struct{ Link, Target string }

func (e *BrokenAnchorError) Error() string {
	if e.Target == "" {
		return e.Link + " is not a link"
	}
	return e.Link + " points at " + e.Target + ", which is no installed Go"
}

// ActiveError says that the toolchain that is to be removed is the default.
type ActiveError struct{ Version gover.Version }

func (e *ActiveError) Error() string { return e.Version.Tag() + " is the default" }

// SystemError says that the toolchain that is to be changed belongs to the system-wide store.
type SystemError struct {
	Version gover.Version
	Dir     string
}

func (e *SystemError) Error() string {
	return e.Version.Tag() + " belongs to the system-wide store: " + e.Dir
}
