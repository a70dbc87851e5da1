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

// WindowsFolders is the way back: the folders of such a PATH in Windows' form. A colon behind a letter that stands alone
// is that of a drive, as where $HOME was put in.
func WindowsFolders(list string) []string {
	var folders []string
	drive := false
	for part := range strings.SplitSeq(list, ":") {
		if drive {
			folders[len(folders)-1] += ":" + part
		} else {
			folders = append(folders, part)
		}
		drive = !drive && len(part) == 1
	}
	for i, folder := range folders {
		folders[i] = WindowsPath(folder)
	}
	return folders
}

// WindowsPath is one folder: /c/Go is C:\Go. What is on no drive stays as it is.
func WindowsPath(path string) string {
	letter := func(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
	if len(path) >= 2 && path[0] == '/' && letter(path[1]) && (len(path) == 2 || path[2] == '/') {
		path = strings.ToUpper(path[1:2]) + ":" + path[2:]
	}
	if len(path) >= 2 && letter(path[0]) && path[1] == ':' {
		path = strings.ReplaceAll(path, "/", `\`)
	}
	return path
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
