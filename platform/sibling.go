package platform

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
)

const (
	siblingMark   = ".gsw-"
	siblingDigits = 16
)

// inSibling makes something new beside path, under a name that Leftover recognises. create must refuse, with
// fs.ErrExist, to touch what is there already.
func inSibling(path string, create func(sibling string) error) (string, error) {
	for {
		name := fmt.Sprintf(".%s%s%0*x", filepath.Base(path), siblingMark, siblingDigits, rand.Uint64())
		sibling := filepath.Join(filepath.Dir(path), name)
		if err := create(sibling); !errors.Is(err, fs.ErrExist) {
			return sibling, err
		}
	}
}
