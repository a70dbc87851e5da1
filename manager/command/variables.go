package command

// variable is an environment variable that gsw reads.
type variable struct {
	Name string
	Does string // "": of no concern to users, who have no reason to set it
}

const (
	homeVariable    = "GSW_HOME"
	specVariable    = "GSW_VERSION"
	offlineVariable = "GSW_OFFLINE"
	mirrorVariable  = "GSW_MIRROR"
	flushVariable   = "GSW_FLUSH"
)

// variables is every environment variable that gsw reads, once, but for the
// settings of the go command that it only shows (goenv.Names). `gsw help
// variables` is made from it, and a test holds it against the sources.
func variables() []variable {
	return []variable{
		{homeVariable, "the home folder; an absolute path; default ~/.gsw"},
		{specVariable, "a SPEC that outranks every pin; gsw use --shell sets it"},
		{"GSW_SYSTEM", "a second, read-only home folder, looked at after the user's own"},
		{mirrorVariable, "comma list of places that serve go.dev/dl's protocol, asked in order instead of go.dev"},
		{offlineVariable, "1: ask no server, use what is on this machine; as --offline"},
		{flushVariable, "on or off; outranks the setting flush: with off an install does not wait for the disk"},
		{"GOPROXY", "where the toolchain module and the checksum database are asked, as the go command means it"},
		{"GONOPROXY", "modules that are not asked of a proxy; if golang.org/toolchain is one, it is fetched directly"},
		{"GOPRIVATE", "the default of GONOPROXY"},
		{"GOTOOLCHAIN", "which release the go command switches to by itself; why tells what that does here"},
		{"GOENV", "the file of go env -w, in which the GO settings above may stand, too; off: none"},
		{"GOAUTH", "off: send no credentials; netrc, the default: those of the netrc file"},
		{"NETRC", "the netrc file; default ~/.netrc"},
		{"GOWORK", "off: look at no go.work file; or the path of the one that counts"},
		{"GOROOT", "unset in activated shells when stale"},
		{"GOBIN", "set in activated shells to the toolchain's own"},
		{"GOPATH", "set in activated shells if the setting gopath is isolated"},
		{"PATH", "where a Go of the system is looked for"},
		{"CC", "the C compiler, by which why --vars tells whether cgo is on"},
		{"GOMODCACHE", "where import looks for the toolchains that the go command fetched by itself"},
		{"GVM_ROOT", "where import looks for toolchains of gvm; default ~/.gvm"},
		{"GOENV_ROOT", "the same of goenv; default ~/.goenv"},
		{"G_HOME", "the same of g, besides ~/.g"},
		{"GOBREW_ROOT", "the same of gobrew, which makes .gobrew there; default ~"},
		{"GIMME_VERSION_PREFIX", "the same of gimme; default ~/.gimme/versions"},
		{"ASDF_DATA_DIR", "the same of asdf; default ~/.asdf"},
		{"MISE_DATA_DIR", "the same of mise; default ~/.local/share/mise"},
		{"RTX_DATA_DIR", "the same of rtx, as mise was called; default ~/.local/share/rtx"},
		{"VFOX_HOME", "the same of vfox; default ~/.version-fox and ~/.vfox"},
		{"VFOX_ROOT", "the same of vfox for all users; default none"},
		{"HOMEBREW_CELLAR", "the same of Homebrew; default its usual places"},
		{"XDG_DATA_HOME", "the folder that has mise's, if MISE_DATA_DIR is not set"},
		{"HTTP_PROXY", "proxy for http URLs"},
		{"HTTPS_PROXY", "proxy for https URLs"},
		{"NO_PROXY", "hosts that are reached without a proxy"},
		{"NO_COLOR", "not empty: no colour"},
		{"TERM", "dumb: no colour, no progress bar"},
		{"VISUAL", "the editor that hints propose"},
		{"EDITOR", "the same, where VISUAL is not set"},
		{"SHELL", "the shell that hints propose a hook for"},
		{"MSYSTEM", "set by Git Bash and MSYS2, whose form env gives to PATH then"},
		{"GONOSUMCHECK", "refused by exec --zero-trust, as GONOSUMDB, GOINSECURE and others are"},
		{"GOARM", ""}, {"GOCACHEPROG", ""}, {"GOMIPS", ""}, {"GOWASM", ""}, {"SystemRoot", ""}, // handed down, or withheld, under zero trust
		{"HOME", ""}, {"USERPROFILE", ""}, {"PWD", ""}, {"PATHEXT", ""}, {"ZDOTDIR", ""},
		{"XDG_CONFIG_HOME", ""}, {"XDG_CACHE_HOME", ""}, {"AppData", ""}, {"LocalAppData", ""}, {"ProgramFiles", ""}, {"REQUEST_METHOD", ""},
		{"http_proxy", ""}, {"https_proxy", ""}, {"no_proxy", ""},
		{"__GSW_SAVED", ""}, {"__GSW_ELVISH", ""}, {"__GSW_NU", ""}, {"GSW_SHIM_CHAIN", ""}, {"GSW_SERVER_ORDER", ""},
	}
}
