package scripts

import "strings"

// MSYSPath writes a PATH of Windows as shells of MSYS2 read it, Git Bash among them: colons between folders, and C:\Go as
// /c/Go. They give it to Windows' programs in Windows' form again. Other variables stay as they are: GOROOT=C:\Go is what
// the go command wants, and what those shells hand on unchanged.
func MSYSPath(list string) string {
	var folders []string
	for folder := range strings.SplitSeq(list, ";") {
		folder = strings.ReplaceAll(strings.Trim(folder, `"`), `\`, "/")
		if len(folder) >= 2 && folder[1] == ':' {
			folder = "/" + strings.ToLower(folder[:1]) + folder[2:]
		}
		if folder != "" {
			folders = append(folders, folder)
		}
	}
	return strings.Join(folders, ":")
}

// throughShims is the hook of such a shell. There the shims choose by directory: what the hook for Unix puts on PATH are
// links, and a fork, which it saves, takes longer than a shim.
func throughShims(home string) string {
	words := []string{posix{}.Quote(MSYSPath(home + `\shims`)), posix{}.Quote(MSYSPath(home + `\bin`))}
	return "# gsw's hook for Git Bash and MSYS2: the shims choose the Go of each directory.\n" +
		"unalias gsw goswitch 2>/dev/null || :\n" +
		"case :$PATH: in\n:" + words[0] + ":*) ;;\n*) export PATH=" + words[0] + ":" + words[1] + `":$PATH" ;;` + "\nesac\n"
}

// onWindows tells it from an absolute path.
func onWindows(home string) bool { return len(home) > 2 && home[1] == ':' }
