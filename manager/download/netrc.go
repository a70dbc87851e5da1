package download

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gsw/platform"
)

// A GoAuthError says that GOAUTH names a method that gsw does not have.
type GoAuthError struct{ Method string }

func (e *GoAuthError) Error() string {
	return fmt.Sprintf("GOAUTH method %q is not supported: only netrc and off are", e.Method)
}

// Netrc returns the credentials that GOAUTH (goauth; "" means netrc, its default) allows: those of the file that
// $NETRC names, else of .netrc in the home folder (_netrc first on Windows), as the go command reads it. No file means no
// credentials.
//
// Methods of GOAUTH that run a command are a *GoAuthError; what the others before or after it give is returned all
// the same, so that a caller may warn and go on.
func Netrc(goauth string, env platform.Env, home string, target platform.Target) (func(host string) (user, password string, ok bool), error) {
	none := func(string) (string, string, bool) { return "", "", false }
	if goauth == "" {
		goauth = "netrc"
	}
	var unsupported error
	allowed, off := false, false
	for method := range strings.SplitSeq(goauth, ";") {
		switch method = strings.TrimSpace(method); method {
		case "off":
			off = true
		case "netrc":
			allowed = true
		default:
			name, _, _ := strings.Cut(method, " ") // the arguments may be secret
			unsupported = errors.Join(unsupported, &GoAuthError{Method: name})
		}
	}
	if off || !allowed {
		return none, unsupported
	}
	data, err := os.ReadFile(netrcFile(env, home, target))
	if errors.Is(err, fs.ErrNotExist) {
		return none, unsupported
	}
	if err != nil {
		return none, errors.Join(fmt.Errorf("reading credentials: %w", err), unsupported)
	}
	machines := parseNetrc(string(data))
	return func(host string) (string, string, bool) {
		for _, m := range machines {
			if m.name == host {
				return m.login, m.password, true
			}
		}
		return "", "", false
	}, unsupported
}

func netrcFile(env platform.Env, home string, target platform.Target) string {
	if file := env.Get("NETRC"); file != "" {
		return file
	}
	if target.OS == "windows" {
		if legacy := filepath.Join(home, "_netrc"); exists(legacy) {
			return legacy
		}
	}
	return filepath.Join(home, ".netrc")
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

type machine struct{ name, login, password string }

// parseNetrc reads the machines of a netrc file with the rules and the limits of cmd/go/internal/auth: words come in
// pairs on a line, macros are skipped up to an empty line, and a default entry, which could send a password to any
// host, is not used.
func parseNetrc(data string) []machine {
	var machines []machine
	var m machine
	inMacro := false
	for line := range strings.SplitSeq(data, "\n") {
		if inMacro {
			inMacro = strings.TrimSuffix(line, "\r") != ""
			continue
		}
		words := strings.Fields(line)
		for ; len(words) > 1; words = words[2:] {
			switch words[0] {
			case "machine":
				m = machine{name: words[1]}
			case "login":
				m.login = words[1]
			case "password":
				m.password = words[1]
			case "macdef":
				inMacro = true
			}
			if m.name != "" && m.login != "" && m.password != "" {
				machines = append(machines, m)
				m = machine{}
			}
		}
		if len(words) == 1 && words[0] == "default" {
			break
		}
	}
	return machines
}
