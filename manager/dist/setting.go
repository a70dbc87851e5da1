package dist

import (
	"path/filepath"
	"strings"

	"gsw/platform"
)

// GoSetting returns the value of a setting as the go command finds it: in the environment, in the file that `go env -w`
// writes ($GOENV, where off means none), in the go.env of the first of goroots that has one. from says which:
// "environment" or the file's path. Both are "" if nobody sets it.
func GoSetting(name string, h platform.Host, goroots []string, readFile func(string) ([]byte, error)) (value, from string) {
	if v := h.Env.Get(name); v != "" {
		return v, "environment"
	}
	if file := goEnvFile(h); file != "" {
		data, err := readFile(file)
		// An empty setting there still hides the one in go.env.
		if v, ok := findSetting(name, data); err == nil && ok {
			return v, file
		}
	}
	for _, root := range goroots {
		file := filepath.Join(root, "go.env")
		data, err := readFile(file)
		if err != nil {
			continue
		}
		if v, _ := findSetting(name, data); v != "" {
			return v, file
		}
		break
	}
	return "", ""
}

// goEnvFile is where `go env -w` writes: what os.UserConfigDir says, for the host's system; "" for GOENV=off, or where
// there is no such folder.
func goEnvFile(h platform.Host) string {
	switch file := h.Env.Get("GOENV"); file {
	case "":
	case "off":
		return ""
	default:
		return file
	}
	var dir string
	switch home := h.UserHome; {
	case h.OS == "windows":
		dir = h.Env.Get("AppData")
	case home == "":
	case h.OS == "darwin":
		dir = filepath.Join(home, "Library", "Application Support")
	case h.OS == "plan9":
		dir = filepath.Join(home, "lib")
	default:
		dir = filepath.Join(home, ".config")
	}
	if xdg := h.Env.Get("XDG_CONFIG_HOME"); xdg != "" && h.OS != "windows" && h.OS != "darwin" && h.OS != "plan9" {
		if !filepath.IsAbs(xdg) {
			return ""
		}
		dir = xdg
	}
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "go", "env")
}

// findSetting reads lines NAME=value; names begin with a capital, other lines are comments, and of two the last counts.
func findSetting(name string, data []byte) (value string, ok bool) {
	for line := range strings.SplitSeq(string(data), "\n") {
		key, v, is := strings.Cut(line, "=")
		if is && key == name && key[0] >= 'A' && key[0] <= 'Z' {
			value, ok = v, true
		}
	}
	return value, ok
}
