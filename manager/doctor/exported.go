package doctor

import "gsw/manager/adopt"

// exportedBy lists the lines of start-up files that set a variable: "/home/me/.bashrc:12: export GOPROXY=off".
func (p *Patient) exportedBy(name string) []string {
	var found []string
	for _, line := range adopt.StartLines(p.startFiles(), func(line string) bool { return adopt.Sets(line, name) }) {
		found = append(found, line.String())
	}
	return found
}

// startFiles are those that shells and sessions read, whichever may be there.
func (p *Patient) startFiles() []string { return adopt.StartFiles(p.Host.UserHome, p.Etc) }
