package platform

import (
	"fmt"
	"path/filepath"
	"strings"
)

// isBatch tells whether Windows runs path by its command interpreter.
func isBatch(path string) bool {
	extension := strings.ToLower(filepath.Ext(path))
	return extension == ".bat" || extension == ".cmd"
}

// batchCommandLine gives the command line on which cmd.exe runs a batch file with exactly these arguments. cmd.exe
// reads a line by rules of its own: given the usual quoting, an argument can start another program. Between quotes
// only a quote, a percent sign and the end of the line keep a meaning; arguments that hold one are refused.
func batchCommandLine(path string, arguments []string) (string, error) {
	line := new(strings.Builder)
	// Extensions on, no delayed expansion of "!", no AutoRun; the outer quotes are taken off by /c.
	line.WriteString(`cmd.exe /e:ON /v:OFF /d /c "`)
	for i, argument := range append([]string{path}, arguments...) {
		if strings.ContainsAny(argument, "\"%\r\n\x00") {
			return "", fmt.Errorf("running %s: a batch file can't be given %q as it is", path, argument)
		}
		if i > 0 {
			line.WriteByte(' ')
		}
		line.WriteString(`"` + argument)
		// The program that the batch file hands it on to reads \" as a quote.
		end := strings.TrimRight(argument, `\`)
		line.WriteString(argument[len(end):] + `"`)
	}
	line.WriteByte('"')
	return line.String(), nil
}
