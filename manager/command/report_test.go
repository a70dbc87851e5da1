package command

import (
	"errors"
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gsw/manager"
	"gsw/manager/bundle"
	"gsw/manager/config"
	"gsw/manager/dist"
	"gsw/manager/dist/disttest"
	"gsw/manager/download"
	"gsw/manager/gover"
	"gsw/manager/journal"
	"gsw/manager/local"
	"gsw/manager/mirror"
	"gsw/manager/modcache"
	"gsw/manager/project"
	"gsw/manager/release"
	"gsw/manager/selection"
	"gsw/manager/server"
	"gsw/manager/servers"
	"gsw/manager/serving"
	"gsw/manager/store"
	"gsw/manager/sumdb"
	"gsw/manager/terminal"
	"gsw/manager/tree"
	"gsw/manager/trust"
	"gsw/manager/unpack"
	"gsw/manager/workshop"
	"gsw/manager/zerotrust"
	"gsw/platform"
	"gsw/scripts"
)

// advised is one error with what gsw says to do about it.
type advised struct {
	err  error
	code int
	hint string
	none string // why there is no hint

	serving *serving.Order // that a server met it with, which advises then; nil: a command
}

// advices has every exported error type of gsw, at least once.
func advices(t *testing.T) []advised {
	v, target := gover.MustParse("1.22.3"), disttest.Host()
	spec := func(text string) gover.Spec {
		s, err := gover.ParseSpec(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	choice := func(text string) project.Choice { return project.Choice{Spec: spec(text)} }
	absent := &manager.NoSourceError{Spec: spec("1.22.3"), Target: target, Failures: []manager.SourceFailure{
		{Source: "dl", Err: &dist.NotPublishedError{Version: v, Target: target}}}}
	away := &manager.NoSourceError{Spec: spec("1.22.3"), Target: target, Failures: []manager.SourceFailure{
		{Source: "dl", Err: &dist.NotPublishedError{Version: v, Target: target}},
		{Source: "module", Err: &download.NetworkError{URL: "http://127.0.0.1/", Err: syscall.ECONNREFUSED}}}}
	mirrored := &serving.Order{Mirror: &serving.Mirror{Dir: "/a b"}}
	return []advised{
		{err: &UsageError{Message: "what?"}, code: exitUsage, hint: "gsw use --help"},
		{err: &manager.PackagedError{File: "/usr/bin/gsw", Owner: manager.PackageManager{Upgrade: "apt upgrade gsw"}}, code: exitBlocked, hint: "apt upgrade gsw"},
		{err: &manager.ElsewhereError{File: "/usr/local/bin/gsw", Replaced: "/home/u/.gsw/bin/gsw"}, code: exitBlocked, hint: "/home/u/.gsw/bin/gsw self --help"},
		{err: &manager.NoStartError{Name: "gsw", Err: errors.New("exec format error")}, code: exitRefused, hint: "gsw self --help"},
		{err: &manager.StillInstalledError{}, code: exitBlocked, hint: "gsw self uninstall -y"},
		{err: &manager.OlderError{Have: "v2.0.0", Offered: "v1.0.0"}, code: exitUsage, hint: "gsw self update --version v1.0.0"},
		{err: &manager.OtherReleaseError{Want: "v2.0.0", Have: "v1.0.0"}, code: exitNoVersion, hint: "gsw self --help"},
		{err: &manager.NoPreviousError{Dir: "/h/previous"}, code: exitNoVersion, hint: "gsw self --help"},
		{err: &manager.PretenderError{Name: "gsw", Want: "v2.0.0", Have: "v1.0.0"}, code: exitRefused, hint: "gsw self --help"},
		{err: &release.NoArchiveError{Place: "http://127.0.0.1", Target: target}, code: exitNoVersion, hint: "gsw self --help"},
		{err: &release.DamagedError{Archive: "gsw_1.0.0_linux_amd64.tar.gz", Reason: "it has no gsw"}, code: exitRefused, hint: "gsw self --help"},
		{err: &platform.ForeignSettingError{Key: `HKCU\Environment`, Name: "Path", What: "of type 4"}, code: exitBlocked, hint: `reg query "HKCU\Environment" /v Path`},
		{err: &platform.UnfitFolderError{Folder: `C:\%TEMP%\x`, Why: "of what it is"}, code: exitBlocked, hint: "gsw help variables"},
		{err: &manager.LongPathError{Length: 40000}, code: exitBlocked, hint: "gsw doctor"},
		{err: &NeedsHookError{What: "use --shell"}, code: exitBlocked, hint: `eval "$(gsw init bash)"`},
		{err: &NotFoundError{Command: "x", Under: "go1.22.3", Err: exec.ErrNotFound}, code: exitNotFound, none: "no toolchain has it: where it comes from is not known"},
		{err: &NotFoundError{Command: "stringer", Under: "go1.22.3", Err: exec.ErrNotFound}, code: exitNotFound, hint: "gsw +1.21.6 stringer"},
		{err: &CannotRunError{File: "/x", Err: syscall.ENOEXEC}, code: exitCannotRun, none: "the system says why; it is the program's trouble"},

		{err: absent, code: exitNoVersion, hint: "gsw list-remote 1.22"},
		{err: away, code: exitNetwork, hint: "gsw help sources"},
		{err: &manager.NoMatchError{Spec: spec("1.99"), Target: target}, code: exitNoVersion, hint: "gsw list-remote"},
		{err: &manager.NotInstallableError{Spec: spec("system")}, code: exitUsage, hint: "gsw use system"},
		{err: &manager.UnnamedError{Name: "x.tar.gz", Target: target}, code: exitUsage, hint: "gsw use --help"},
		{err: &local.NothingAskedError{Dir: "/x"}, code: exitUsage, hint: "gsw use --install latest"},
		{err: &manager.AmbiguousError{Spec: spec("1.22")}, code: exitUsage, hint: "gsw list"},
		{err: &manager.RunningError{Version: v}, code: exitBusy, hint: "gsw uninstall --force 1.22.3"},
		{err: &manager.BadAliasError{Name: "1.22"}, code: exitUsage, hint: "gsw use --help"},
		{err: &manager.ForeignArchError{Arch: "386", Runs: []platform.Target{target}}, code: exitUsage, hint: "gsw use --help"},
		{err: &manager.OtherArchError{Version: v, Want: "darwin-amd64", Have: "darwin-arm64"}, code: exitBlocked, hint: "gsw install --force --arch amd64 1.22.3"},
		{err: &manager.BadTargetError{Text: "x"}, code: exitUsage, hint: "gsw use --help"},

		{err: &gover.SpecError{Text: "frob"}, code: exitUsage, hint: "gsw help specs"},
		{err: &project.PinError{File: "/a b/.go-version", Line: 1}, code: exitUsage, hint: "vi '/a b/.go-version'"},
		{err: &project.MissingError{Choice: choice(">=1.21 <1.23")}, code: exitNoVersion, hint: "gsw install '>=1.21 <1.23'"},
		{err: &project.MissingError{Choice: choice("system")}, code: exitNoVersion, hint: "gsw use 1.21.6"},
		{err: &project.NoGoError{}, code: exitNoVersion, hint: "gsw use 1.21.6"},
		{err: &config.ConfigError{Reason: "there is no setting"}, code: exitUsage, hint: "gsw config --help"},
		{err: &config.ConfigError{File: "/h/config.toml", Line: 2}, code: exitUsage, hint: "vi /h/config.toml"},
		{err: &selection.NoToolError{Tool: "stringer"}, code: exitNotFound, hint: "gsw +1.21.6 stringer"},
		{err: &selection.NoToolError{Tool: "x"}, code: exitNotFound, none: "no toolchain has it: where it comes from is not known"},

		{err: &store.NotInstalledError{Spec: spec("~1.22.3")}, code: exitNoVersion, hint: "gsw install '~1.22.3'"},
		{err: &hinted{&store.NotInstalledError{Spec: spec("1.22")}, "gsw list"}, code: exitNoVersion, hint: "gsw list"},
		{err: &store.ReceiptError{Version: v, File: "/h/receipt.json", Err: errors.New("not a receipt")}, code: exitFailed, hint: "gsw install --force 1.22.3"},
		{err: &store.NoDefaultError{}, code: exitNoVersion, hint: "gsw use --install latest"},
		{err: &store.BrokenAnchorError{Link: "/h/current", Target: "versions/go1.2"}, code: exitBlocked, hint: "gsw use 1.21.6"},
		{err: &store.BrokenAnchorError{Link: "/h/current"}, code: exitBlocked, hint: "mv /h/current /h/current.aside"},
		{err: &store.ActiveError{Version: v}, code: exitBusy, hint: "gsw uninstall --force 1.22.3"},
		{err: &store.SystemError{Version: v, Dir: "/opt/gsw/versions/go1.22.3"}, code: exitBlocked, hint: "sudo GSW_HOME=/opt/gsw gsw uninstall 1.22.3"},
		{err: &platform.NoLinksError{Dir: "/mnt/stick/.gsw"}, code: exitBlocked, hint: "gsw help variables"},
		{err: &platform.LockedError{Path: "/h/locks/anchor.lock"}, code: exitBusy, hint: "fuser -v /h/locks/anchor.lock"},
		{err: &platform.HeldError{Dir: "/h/versions/go1.22.3", Err: fs.ErrPermission}, code: exitBusy, none: "it says which program it is, if the system tells"},
		{err: &platform.NotLinkError{Path: "/h/current"}, code: exitBlocked, hint: "mv /h/current /h/current.aside"},
		{err: &server.ListenError{Address: ":80", Err: syscall.EACCES}, code: exitBlocked, hint: "gsw mirror serve '/a b' --listen :0", serving: mirrored},
		{err: &server.ListenError{Address: ":80", Err: syscall.EACCES}, code: exitBlocked, hint: "gsw sumdb serve --listen 127.0.0.1:0", serving: &serving.Order{}},
		{err: &servers.EditionError{Asks: "v1.0.0", Serves: "v2.0.0"}, code: exitBlocked, hint: "gsw mirror --help", serving: mirrored},
		{err: &serving.NoProgramError{Beside: "/usr/bin"}, code: exitBlocked, hint: "gsw use --help"},
		{err: &mirror.UnservableError{Dir: "/a b"}, code: exitBlocked, hint: "gsw mirror sync '/a b'", serving: mirrored},
		{err: &server.CertificateError{CertFile: "/a b/c", KeyFile: "/k", Err: fs.ErrNotExist}, code: exitBlocked, hint: "ls -l '/a b/c' /k", serving: mirrored},

		{err: &workshop.SumError{Tool: "x"}, code: exitRefused, hint: "go env GOPROXY GONOSUMDB GOPRIVATE GOSUMDB"},
		{err: &workshop.FailedError{Failed: []workshop.Result{{Err: &workshop.SumError{Tool: "x"}}}}, code: exitRefused, hint: "go env GOPROXY GONOSUMDB GOPRIVATE GOSUMDB"},
		{err: &workshop.FailedError{Failed: []workshop.Result{{Err: errors.New("the go command's own words")}}}, code: exitFailed, none: "the reasons are said above it"},

		{err: &journal.LockedError{File: "/var/log/gsw"}, code: exitBusy, none: "it says which file; who has it open is the system's to tell"},
		{err: &journal.BrokenError{File: "/var/log/gsw log"}, code: exitRefused, hint: "gsw sumdb audit '/var/log/gsw log'"},

		{err: &sumdb.SignatureError{Reason: "x"}, code: exitRefused, hint: "gsw sumdb --help"},
		{err: &sumdb.KeyError{File: "/h/key", Err: fs.ErrInvalid}, code: exitBlocked, hint: "mv /h/key /h/key.aside"},
		{err: &sumdb.KeyError{Err: fs.ErrInvalid}, code: exitUsage, hint: "gsw sumdb --help"},

		{err: &trust.RefusedError{}, code: exitRefused, hint: "gsw help trust"},
		{err: &trust.RefusedError{Subject: trust.Subject{Version: gover.MustParse("go1.20"), Source: trust.SourceDL}}, code: exitRefused, hint: "gsw install --via module 1.20.0"},
		{err: &trust.ContradictionError{}, code: exitRefused, hint: "gsw help trust"},
		{err: &trust.ForgedError{}, code: exitRefused, hint: "gsw help trust"},
		{err: &trust.TreeHeadError{}, code: exitRefused, hint: "gsw help trust"},
		{err: &trust.HeadFileError{File: "/h/latest", Err: fs.ErrInvalid}, code: exitRefused, hint: "rm /h/latest"},
		{err: &trust.StructureError{}, code: exitRefused, hint: "gsw help sources"},
		{err: &trust.LockSyntaxError{File: "/p/gsw.lock"}, code: exitUsage, hint: "vi /p/gsw.lock"},
		{err: &trust.SilentError{}, code: exitNetwork, hint: "gsw help sources"},
		{err: &unpack.PolicyError{}, code: exitRefused, hint: "gsw help sources"},
		{err: &unpack.CorruptError{}, code: exitRefused, hint: "gsw help sources"},
		{err: &tree.IrregularError{}, code: exitFailed, hint: "gsw help trust"},
		{err: &tree.ManifestError{}, code: exitFailed, hint: "gsw help trust"},

		{err: &bundle.FormatError{Reason: "x"}, code: exitRefused, hint: "gsw help trust"},
		{err: &manager.UnlinkedError{Known: 7}, code: exitRefused, hint: "gsw bundle create --after 7"},
		{err: &manager.UnvouchedError{Module: "example.com/a@v1.0.0"}, code: exitRefused, hint: "gsw bundle import --project DIR"},
		{err: &manager.ModuleError{}, code: exitRefused, hint: "gsw help trust"},
		{err: &manager.IncompleteSumError{}, code: exitUsage, hint: "go mod tidy"},
		{err: &manager.UnknownGoError{}, code: exitUsage, hint: "gsw list-remote"},
		{err: &manager.NoModuleCacheError{}, code: exitBlocked, hint: "go env GOMODCACHE GOPATH"},
		{err: &manager.GoError{}, code: exitFailed, none: "the go command has said what is the matter"},
		{err: &modcache.ZipError{Err: errors.New("x")}, code: exitRefused, hint: "gsw help trust"},
		{err: &modcache.InfoError{}, code: exitRefused, hint: "gsw help trust"},
		{err: &modcache.ConflictError{}, code: exitRefused, hint: "gsw help trust"},
		{err: &modcache.DiffersError{File: "/c/v1.0.0.zip"}, code: exitRefused, hint: "rm /c/v1.0.0.zip"},
		{err: &modcache.SumLineError{File: "/p/go.sum", Line: 3}, code: exitUsage, hint: "vi /p/go.sum"},
		{err: &modcache.NoProjectError{Dir: "/p"}, code: exitUsage, hint: "gsw bundle create --project DIR"},

		{err: &dist.NotPublishedError{Version: v, Target: target}, code: exitNoVersion, hint: "gsw list-remote 1.22"},
		{err: &dist.UnavailableError{Place: "x", Err: errors.New("y")}, code: exitNetwork, hint: "gsw help sources"},
		{err: &dist.PlaceError{Setting: "GOPROXY"}, code: exitBlocked, hint: "gsw help sources"},
		{err: &dist.IndexError{}, code: exitNetwork, hint: "gsw help sources"},
		{err: &download.StatusError{Code: 404}, code: exitNetwork, hint: "gsw help sources"},
		{err: &download.StalledError{After: time.Second}, code: exitNetwork, hint: "gsw help sources"},
		{err: &download.ChangedError{}, code: exitNetwork, hint: "gsw help sources"},
		{err: &download.PageError{}, code: exitNetwork, hint: "gsw help sources"},
		{err: &download.NetworkError{Err: errors.New("x")}, code: exitNetwork, hint: "gsw help sources"},
		{err: &download.SizeError{Want: 1, Have: 2}, code: exitRefused, hint: "gsw help sources"},
		{err: &download.SizeError{Want: 2, Have: 1}, code: exitNetwork, hint: "gsw help sources"},
		{err: &download.SumError{}, code: exitRefused, hint: "gsw help sources"},
		{err: &scripts.UnknownShellError{Name: "tcsh"}, code: exitUsage, hint: "gsw use --help"},

		{err: &zerotrust.ForbiddenError{Settings: []zerotrust.Forbidden{{Name: "GOSUMDB", Place: "the environment"}, {Name: "GONOSUMDB", Place: "GOPRIVATE in the environment"},
			{Name: "GOFLAGS", Place: "/e:1"}}}, code: exitBlocked, hint: "unset GOSUMDB GOPRIVATE"},
		{err: &zerotrust.ForbiddenError{Settings: []zerotrust.Forbidden{{Name: "-C", Place: "the command line"}}}, code: exitUsage, hint: "gsw use --help"},
		{err: &zerotrust.ChecksumError{Mismatches: []zerotrust.Mismatch{{}}}, code: exitRefused, hint: "go mod verify"},
		{err: &zerotrust.UnlistedError{}, code: exitRefused, hint: "go mod tidy"},
		{err: &zerotrust.InputChangedError{}, code: exitRefused, hint: "git diff"},
		{err: &zerotrust.NothingBuiltError{}, code: exitFailed, hint: "go build -o NAME ./..."},
		{err: &mirror.BusyError{Dir: "/m"}, code: exitBusy, none: "it can be waited for"},
		{err: &mirror.ForeignError{File: "/m/dl/x"}, code: exitBlocked, hint: "mv /m/dl/x /m/dl/x.aside"},
		{err: &mirror.StateError{File: "/m/.gsw-mirror/state.json"}, code: exitBlocked, hint: "mv /m/.gsw-mirror/state.json /m/.gsw-mirror/state.json.aside"},
		{err: &manager.NotReleasedError{Verification: manager.Verification{Version: v}}, code: exitRefused, hint: "gsw install --force 1.22.3"},
		{err: &manager.UnprovedError{GOROOT: "/g", Reason: "x"}, code: exitRefused, hint: "gsw verify /g"},
		{err: &manager.HomeProjectError{Root: "/home"}, code: exitBlocked, hint: "cd /home/PROJECT"},
		{err: &manager.GOBINError{Dir: "/p/.gobin"}, code: exitBlocked, hint: "mv /p/.gobin /p/.gobin.aside"},
		{err: &manager.AttestFileError{File: "/p/main.go"}, code: exitUsage, hint: "gsw use --help"},
		{err: &manager.NoCommandError{Command: "x", Err: exec.ErrNotFound}, code: exitNotFound, hint: "gsw exec --help"},
		{err: &manager.CannotStartError{File: "/x", Err: syscall.ENOEXEC}, code: exitCannotRun, none: "the system says why; it is the program's trouble"},

		{err: &fs.PathError{Op: "open", Path: "/h/versions", Err: syscall.ENOTDIR}, code: exitStorage, hint: "ls -ld /h"},
		{err: &os.LinkError{Op: "symlink", Old: "versions/go1.22.3", New: "/h/current", Err: syscall.EACCES}, code: exitStorage, hint: "ls -ld /h"},
		{err: &fs.PathError{Op: "open", Path: "/p/.go-version", Err: syscall.EACCES}, code: exitStorage, none: "what to do about another folder is its owner's to say"},
		{err: &fs.PathError{Op: "write", Path: "/h/x", Err: syscall.ENOSPC}, code: exitStorage, hint: "gsw prune --keep-latest-patch"},
		{err: errors.New("something"), code: exitFailed, none: "nothing is known about it"},
	}
}

// unadvised are exported error types that no command ends with.
func unadvised() map[string]string {
	return map[string]string{
		"download.GoAuthError": "a warning: public sources need no credentials",
		"store.AnchorError":    "a warning: the default does not depend on it",
		"trust.BeyondError":    "the proxy of the checksum database answers it with 404",
		"shims.LoopError":      "package shims advises on it",
		"shims.NameError":      "package shims advises on it",
		"shims.CannotRunError": "package shims advises on it",
		"shims.InstallError":   "package shims advises on it",
	}
}

func TestAdvice(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s := &session{command: "use", host: platform.Host{Target: platform.Target{OS: "linux", Arch: "amd64"}, Home: home}}
	tool := filepath.Join(home, "versions", "go1.21.6", "bin", "stringer")
	for _, file := range []string{tool, filepath.Join(home, "versions", "go1.21.6", "receipt.json")} {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tested := map[string]bool{}
	for _, a := range advices(t) {
		name := strings.TrimPrefix(fmt.Sprintf("%T", a.err), "*")
		tested[name] = true
		if path, ok := a.err.(*fs.PathError); ok {
			path.Path = strings.Replace(path.Path, "/h", home, 1)
			a.hint = strings.Replace(a.hint, "/h", home, 1)
		}
		if link, ok := a.err.(*os.LinkError); ok {
			link.New = strings.Replace(link.New, "/h", home, 1)
			a.hint = strings.Replace(a.hint, "/h", home, 1)
		}
		hint, code := a.given(s)
		if code != a.code || hint != a.hint {
			t.Errorf("%s: exit code %d, hint %q; want %d, %q", name, code, hint, a.code, a.hint)
		}
		if (hint == "") != (a.none != "") {
			t.Errorf("%s: hint %q, but %q", name, hint, a.none)
		}
		if hint != "" {
			canBePasted(t, s, hint)
		}
	}
	for _, name := range errorTypes(t) {
		if _, exempt := unadvised()[name]; exempt == tested[name] {
			t.Errorf("%s is to be either in advices or in unadvised", name)
		}
	}
}

// given is what is said about it. Where servers know more than that something failed, they say what commands do.
func (a advised) given(s *session) (hint string, code int) {
	err := fmt.Errorf("doing this: %w", a.err)
	if a.serving != nil {
		return servers.Advice(s.host, *a.serving, err)
	}
	hint, code = s.advice(err)
	_, own := errors.AsType[*hinted](err)
	if served, as := servers.Advice(s.host, serving.Order{}, err); !own && as != exitFailed && (served != hint || as != code) {
		return fmt.Sprintf("%s, but of a server %s (%d)", hint, served, as), code
	}
	return hint, code
}

// canBePasted: a shell parses it, and gsw knows the command and its flags.
func canBePasted(t *testing.T, s *session, hint string) {
	t.Helper()
	if strings.HasPrefix(hint, "gsw ") {
		line, err := permute(s.app(), strings.Fields(hint))
		if err != nil || line.command == nil {
			t.Errorf("hint %q: %v", hint, err)
		}
		if i := line.rest; !line.help && line.command.Name == "help" && line.command != nil {
			if topic := strings.Join(i, " "); !strings.Contains(" "+strings.Join(topicNames(), " ")+" ", " "+topic+" ") {
				t.Errorf("hint %q: there is no such topic", hint)
			}
		}
	}
	if out, err := exec.Command("sh", "-n", "-c", hint).CombinedOutput(); err != nil {
		t.Errorf("hint %q: %s", hint, out)
	}
}

// errorTypes are the exported types called …Error in gsw's sources.
func errorTypes(t *testing.T) []string {
	var names []string
	walkSources(t, filepath.Join("..", ".."), func(dir, file string, source *ast.File) {
		if strings.HasSuffix(file, "_test.go") || dir == "manager/dist/disttest" {
			return
		}
		ast.Inspect(source, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && ast.IsExported(spec.Name.Name) && strings.HasSuffix(spec.Name.Name, "Error") {
				names = append(names, path.Base(dir)+"."+spec.Name.Name)
			}
			return true
		})
	})
	if len(names) < 40 {
		t.Fatalf("only %d error types found: the walk is broken", len(names))
	}
	return names
}

func TestWord(t *testing.T) {
	for _, text := range []string{"", "1.22.3", "a b", "it's", "$HOME", "~/x", ">=1.21 <1.23", "中文", "a\nb", "*", "#x", "`id`", "\\"} {
		out, err := exec.Command("sh", "-c", "printf %s "+selection.Word(text)).Output()
		if err != nil || string(out) != text {
			t.Errorf("%q: the shell reads %q (%v)", text, out, err)
		}
	}
}

func TestPrintable(t *testing.T) {
	if got, want := terminal.Printable("a\x1b[31m\rb\n\tc\u0085中"), "a\\x1b[31m\\x0db\n\tc\\x85中"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
