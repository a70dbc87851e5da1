package platform

import (
	"errors"
	"os"
)

// exchangeByRenames is the way of systems without an atomic exchange. Each step is undone if the next one fails.
func exchangeByRenames(a, b string) error {
	if _, err := os.Lstat(b); err != nil {
		return err
	}
	aside, err := inSibling(a, func(sibling string) error { return renameTree(a, sibling) })
	if err != nil {
		return err
	}
	if err := renameTree(b, a); err != nil {
		return errors.Join(err, renameTree(aside, a))
	}
	if err := renameTree(aside, b); err != nil {
		return errors.Join(err, renameTree(a, b), renameTree(aside, a))
	}
	return nil
}
