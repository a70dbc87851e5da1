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
