//go:build !darwin

package platform

import "errors"

func translated() (uint32, error) { return 0, errors.ErrUnsupported }
