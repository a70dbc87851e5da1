package platform

import "syscall"

// chainHas looks for an error that is one of the system's numbers. What net reports carries the same numbers for other
// reasons (a firewall's "permission denied"); its errors are recognised by their methods, because importing net would
// cost every shim a fifth of a millisecond.
func chainHas(err error, is func(syscall.Errno) bool) bool {
	if err == nil {
		return false
	}
	if number, ok := err.(syscall.Errno); ok {
		return is(number)
	}
	if _, ok := err.(interface {
		Timeout() bool
		Temporary() bool
	}); ok {
		return false
	}
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		return chainHas(err.Unwrap(), is)
	case interface{ Unwrap() []error }:
		for _, err := range err.Unwrap() {
			if chainHas(err, is) {
				return true
			}
		}
	}
	return false
}
