// Fakego is the bin/go and bin/gofmt of a fake distribution, and every tool that its install command makes: a program
// small enough to build in a test that answers about itself as the go command does.
//
//	version [FILE…]      go version go1.22.3 linux/amd64; or which Go made each tool
//	env [NAME…]          GOROOT is found as the go command finds it: $GOROOT, else from this file's real path
//	install NAME         puts a tool into $GOBIN
//	tool compile -V      compile version go1.22.3
//	args …  getenv NAME  what arrived here
//	sleep DURATION       exit CODE
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// trailer separates a tool's bytes from the version of the Go that made it. Programs may have bytes after their end.
const trailer = "\nmade by "

func main() {
	self, err := os.Executable()
	check(err)
	self, err = filepath.EvalSymlinks(self)
	check(err)
	if version := madeBy(self); version != "" {
		fmt.Printf("%s made by %s\n", name(self), version)
		for _, arg := range os.Args[1:] {
			fmt.Println(arg)
		}
		return
	}
	goroot := filepath.Dir(filepath.Dir(self))
	version := versionOf(goroot)
	if name(self) == "gofmt" {
		fmt.Println("gofmt of", version)
		return
	}
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "fake go: no command")
		os.Exit(2)
	}
	args := os.Args[2:]
	switch os.Args[1] {
	case "version":
		printVersion(version, args)
	case "env":
		printEnv(goroot, version, args)
	case "install":
		for _, tool := range args {
			install(self, version, goroot, tool)
		}
	case "tool":
		if len(args) == 2 && args[1] == "-V" {
			fmt.Println(args[0], "version", version)
			return
		}
		fmt.Fprintf(os.Stderr, "go: no such tool %q\n", strings.Join(args, " "))
		os.Exit(2)
	case "args":
		for _, arg := range args {
			fmt.Println(arg)
		}
	case "getenv":
		for _, name := range args {
			fmt.Println(os.Getenv(name))
		}
	case "sleep":
		d, err := time.ParseDuration(args[0])
		check(err)
		time.Sleep(d)
	case "exit":
		code, err := strconv.Atoi(args[0])
		check(err)
		os.Exit(code)
	default:
		fmt.Fprintf(os.Stderr, "go %s: unknown command\n", os.Args[1])
		os.Exit(2)
	}
}

func printVersion(version string, files []string) {
	printed := false
	for _, file := range files {
		if strings.HasPrefix(file, "-") {
			continue
		}
		printed = true
		made := madeBy(file)
		if made == "" {
			fmt.Fprintf(os.Stderr, "%s: not a Go executable\n", file)
			os.Exit(1)
		}
		fmt.Printf("%s: %s\n", file, made)
	}
	if !printed {
		fmt.Printf("go version %s %s/%s\n", version, runtime.GOOS, runtime.GOARCH)
	}
}

func printEnv(goroot, version string, names []string) {
	values := environment(goroot, version)
	if len(names) > 0 {
		for _, name := range names {
			if value, ok := values[name]; ok {
				fmt.Println(value)
			} else {
				fmt.Println(os.Getenv(name))
			}
		}
		return
	}
	for _, name := range []string{"GOARCH", "GOBIN", "GOOS", "GOPATH", "GOROOT", "GOTOOLCHAIN", "GOTOOLDIR", "GOVERSION"} {
		fmt.Printf("%s='%s'\n", name, values[name])
	}
}

func environment(goroot, version string) map[string]string {
	or := func(name, value string) string {
		if set := os.Getenv(name); set != "" {
			return set
		}
		return value
	}
	home, _ := os.UserHomeDir()
	goroot = or("GOROOT", goroot)
	return map[string]string{
		"GOROOT": goroot, "GOBIN": os.Getenv("GOBIN"), "GOVERSION": version, "GOOS": runtime.GOOS, "GOARCH": runtime.GOARCH,
		"GOPATH": or("GOPATH", filepath.Join(home, "go")), "GOTOOLCHAIN": or("GOTOOLCHAIN", "auto"),
		"GOTOOLDIR": filepath.Join(goroot, "pkg", "tool", runtime.GOOS+"_"+runtime.GOARCH),
	}
}

// install makes a copy of this program that knows which Go made it.
func install(self, version, goroot, tool string) {
	bin := os.Getenv("GOBIN")
	if bin == "" {
		bin = filepath.Join(environment(goroot, version)["GOPATH"], "bin")
	}
	tool, _, _ = strings.Cut(tool, "@")
	tool = tool[strings.LastIndex(tool, "/")+1:]
	if runtime.GOOS == "windows" {
		tool += ".exe"
	}
	data, err := os.ReadFile(self)
	check(err)
	check(os.MkdirAll(bin, 0o755))
	temporary := filepath.Join(bin, fmt.Sprintf(".%s-%d", tool, os.Getpid()))
	check(os.WriteFile(temporary, append(data, trailer+version...), 0o755))
	check(os.Rename(temporary, filepath.Join(bin, tool)))
}

// madeBy reads the trailer of a tool; "" if the file has none.
func madeBy(file string) string {
	f, err := os.Open(file)
	check(err)
	defer f.Close()
	info, err := f.Stat()
	check(err)
	end := make([]byte, min(info.Size(), 64))
	_, err = f.ReadAt(end, info.Size()-int64(len(end)))
	check(err)
	i := strings.LastIndex(string(end), trailer)
	if i < 0 {
		return ""
	}
	return string(end[i+len(trailer):])
}

func versionOf(goroot string) string {
	data, err := os.ReadFile(filepath.Join(goroot, "VERSION"))
	check(err)
	version, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSpace(version)
}

func name(path string) string { return strings.TrimSuffix(filepath.Base(path), ".exe") }

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "fake go:", err)
		os.Exit(1)
	}
}
