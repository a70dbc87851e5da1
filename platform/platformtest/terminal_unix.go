//go:build unix

package platformtest

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrNoTerminal is that this machine makes no pseudo-terminals.
var ErrNoTerminal = errors.New("no terminal can be made")

// Master opens a new terminal from the side of who shows it and types into it.
func Master() (*os.File, error) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	return master, nil
}
