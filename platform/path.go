package platform

import (
	"errors"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func lookPath(file string, env Env, dir string) (string, error) {
	extensions := executableExtensions(file, env)
	if strings.ContainsAny(file, pathSeparators) {
		path := file
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		found, err := findExecutable(filepath.Clean(path), extensions)
		if err != nil {
			return "", &exec.Error{Name: file, Err: err}
		}
		return found, nil
	}
	reason := exec.ErrNotFound
	for _, folder := range env.Path() {
		if file == "" || !filepath.IsAbs(folder) {
			continue
		}
		found, err := findExecutable(filepath.Join(folder, file), extensions)
		if err == nil {
			return found, nil
		}
		// As in a shell: there and not executable is the answer only if no later folder has it.
		if errors.Is(err, fs.ErrPermission) {
			reason = err
		}
	}
	return "", &exec.Error{Name: file, Err: reason}
}

// findExecutable tries path with each extension.
func findExecutable(path string, extensions []string) (string, error) {
	reason := exec.ErrNotFound
	for _, extension := range extensions {
		err := executable(path + extension)
		if err == nil {
			return path + extension, nil
		}
		if errors.Is(err, fs.ErrPermission) {
			reason = fs.ErrPermission
		}
	}
	return "", reason
}

// windowsExtensions gives the endings that make file the name of a program there: none first, if it has one of
// PATHEXT's already.
func windowsExtensions(file string, env Env) []string {
	list := env.Get("PATHEXT")
	if list == "" {
		list = ".COM;.EXE;.BAT;.CMD"
	}
	var extensions []string
	for extension := range strings.SplitSeq(list, ";") {
		if extension == "" {
			continue
		}
		if !strings.HasPrefix(extension, ".") {
			extension = "." + extension
		}
		extension = strings.ToLower(extension)
		if len(file) > len(extension) && strings.EqualFold(file[len(file)-len(extension):], extension) {
			extensions = slices.Insert(extensions, 0, "")
		}
		extensions = append(extensions, extension)
	}
	return extensions
}
