package command

// variable is an environment variable that gsw reads.
type variable struct {
	Name string
	Does string
}

const (
	specVariable      = "GSW_VERSION"
	offlineVariable   = "GSW_OFFLINE"
	mirrorVariable    = "GSW_MIRROR"
	hookShellVariable = "__GSW_SHELL" // set by a hook for the one call that shall change its shell
)

// variables is every environment variable that gsw reads, once: the reference
// page and `gsw config --variables` are made from it, and a test holds it
// against the sources.
func variables() []variable {
	return []variable{
		{"GSW_HOME", "the home folder; an absolute path; default ~/.gsw"},
		{specVariable, "a SPEC that outranks every pin; `gsw use --shell` sets it"},
		{"GSW_SYSTEM", "a second, read-only home folder, looked at after the user's own"},
		{mirrorVariable, "comma list of places that serve go.dev/dl's protocol, asked in order instead of go.dev"},
		{offlineVariable, "1: ask no server, use what is on this machine; as --offline"},
		{"GOPROXY", "where the toolchain module and the checksum database are asked, as the go command means it"},
		{"GOENV", "the file of `go env -w`, in which GOPROXY may stand, too"},
		{"GOAUTH", "off: send no credentials; netrc, the default: those of the netrc file"},
		{"NETRC", "the netrc file; default ~/.netrc"},
		{"GOWORK", "off: look at no go.work file"},
		{"HTTP_PROXY", "proxy for http URLs; HTTPS_PROXY for https, NO_PROXY for exceptions"},
		{"HTTPS_PROXY", "see HTTP_PROXY"},
		{"NO_PROXY", "see HTTP_PROXY"},
		{"NO_COLOR", "if set: no colour"},
		{"PATH", "where a Go of the system is looked for"},
		{"GOROOT", "unset in activated shells when stale"},
		{"GOBIN", "set in activated shells to the toolchain's own"},
	}
}
