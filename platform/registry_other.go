//go:build !windows

package platform

import "errors"

func readSetting(string, string) (Setting, error) { return Setting{}, errors.ErrUnsupported }

func writeSetting(string, string, Setting) error { return errors.ErrUnsupported }

func announceEnvironment() bool { return false }
