package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"gsw/manager"
	"gsw/manager/answer"
	"gsw/manager/bundle"
	"gsw/manager/dist"
	"gsw/manager/download"
	"gsw/manager/gover"
	"gsw/manager/journal"
	"gsw/manager/local"
	"gsw/manager/mirror"
	"gsw/manager/modcache"
	"gsw/manager/release"
	"gsw/manager/selection"
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

// The exit codes, as this package's errors have them.
const (
	exitFailed      = answer.Failed
	exitUsage       = answer.Usage
	exitNoVersion   = answer.NoVersion
	exitNetwork     = answer.Network
	exitRefused     = answer.Refused
	exitBlocked     = answer.Blocked
	exitBusy        = answer.Busy
	exitStorage     = answer.Storage
	exitCannotRun   = answer.CannotRun
	exitNotFound    = answer.NotFound
	exitInterrupted = answer.Interrupted
)

// finish reports an error, once, and gives the exit code.
func (s *session) finish(ctx context.Context, err error) int {
	if err == nil {
		err = s.heard.Err
	}
	if err == nil {
		return s.code
	}
	hint, code := s.advice(err)
	if ctx.Err() != nil {
		hint, code = "", exitInterrupted
		err = errors.New("interrupted")
		if s.fetched {
			err = errors.New("interrupted; what was downloaded is kept for the next time")
		}
	}
	return answer.Fail(s.voice, s.json, err, hint, code)
}

// Lost reports that the process itself could not be read: there is no session
// yet that would.
func Lost(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "gsw: %s\n", terminal.Printable(err.Error()))
	return exitBlocked
}

// hinted is an error for which the command knows better what to do than the
// error's type says.
type hinted struct {
	error
	hint string
}

func (e *hinted) Unwrap() error { return e.error }

// advice is the one thing to do about an error, as a command that can be
// pasted, and its exit code.
func (s *session) advice(err error) (hint string, code int) {
	hint, code = s.adviceOnType(err)
	if own, ok := errors.AsType[*hinted](err); ok {
		hint = own.hint
	}
	return hint, code
}

// adviceOnType: what is forged comes before what is unreachable, for a refusal
// is never phrased as network trouble.
func (s *session) adviceOnType(err error) (hint string, code int) {
	if hint, known := refusal(err); known {
		return hint, exitRefused
	}
	if hint, code, known := s.inTheWay(err); known {
		return hint, code
	}
	if hint, code, known := s.absent(err); known {
		return hint, code
	}
	if spec, ok := errors.AsType[*gover.SpecError](err); ok && archiveLike(spec.Text) {
		return "gsw install --from " + selection.Word(spec.Text), exitUsage
	}
	if hint, code, known := selection.Advice(s.host, store.Open(s.host), err); known {
		return hint, code
	}
	if unreachable(err) {
		return "gsw help sources", exitNetwork
	}
	return s.misunderstood(err)
}

// archiveLike tells whether somebody gave the archive of a release for its version.
func archiveLike(text string) bool {
	return strings.HasSuffix(text, ".tar.gz") || strings.HasSuffix(text, ".zip")
}

// refusal: what was fetched, or what was said about it, is not to be believed.
func refusal(err error) (hint string, known bool) {
	var refused *trust.RefusedError
	var contradiction *trust.ContradictionError
	var forged *trust.ForgedError
	var head *trust.TreeHeadError
	var headFile *trust.HeadFileError
	var structure *trust.StructureError
	var policy *unpack.PolicyError
	var corrupt *unpack.CorruptError
	var sum *download.SumError
	var size *download.SizeError
	var toolSum *workshop.SumError
	var changed *manager.NotReleasedError
	var unproved *manager.UnprovedError
	var sums *zerotrust.ChecksumError
	var unlisted *zerotrust.UnlistedError
	var inputs *zerotrust.InputChangedError
	var place *dist.UnavailableError // a list that is too long says nothing about an archive
	var log *journal.BrokenError
	var signature *sumdb.SignatureError
	var damaged *release.DamagedError
	var pretender *manager.PretenderError
	var noStart *manager.NoStartError
	if hint, known := bundleRefusal(err); known {
		return hint, true
	}
	switch {
	case errors.As(err, &log):
		return "gsw sumdb audit " + selection.Word(log.File), true
	case errors.As(err, &headFile):
		return "rm " + selection.Word(headFile.File), true
	case errors.As(err, &changed):
		return "gsw install --force " + gover.Only(changed.Version).String(), true
	case errors.As(err, &unproved):
		return "gsw verify " + selection.Word(unproved.GOROOT), true
	case errors.As(err, &sums):
		return "go mod verify", true
	case errors.As(err, &unlisted):
		return "go mod tidy", true
	case errors.As(err, &inputs):
		return "git diff", true
	case errors.As(err, &refused) && refused.Subject.Source == trust.SourceDL:
		return "gsw install --via module " + gover.Only(refused.Subject.Version).String(), true
	case errors.As(err, &refused), errors.As(err, &contradiction), errors.As(err, &forged), errors.As(err, &head):
		return "gsw help trust", true
	case errors.As(err, &signature):
		return "gsw sumdb --help", true
	case errors.As(err, &damaged), errors.As(err, &pretender), errors.As(err, &noStart):
		return "gsw self --help", true
	case errors.As(err, &toolSum):
		return "go env GOPROXY GONOSUMDB GOPRIVATE GOSUMDB", true // who had a say in what was fetched
	case errors.As(err, &structure), errors.As(err, &policy), errors.As(err, &corrupt), errors.As(err, &sum),
		errors.As(err, &size) && !size.Short() && !errors.As(err, &place):
		return "gsw help sources", true
	}
	return "", false
}

// bundleRefusal: what a bundle holds, or what is there already, is not what somebody vouches for.
func bundleRefusal(err error) (hint string, known bool) {
	var format *bundle.FormatError
	var unlinked *manager.UnlinkedError
	var unvouched *manager.UnvouchedError
	var module *manager.ModuleError
	var zip *modcache.ZipError
	var info *modcache.InfoError
	var differs *modcache.DiffersError
	var conflict *modcache.ConflictError
	switch {
	case errors.As(err, &unlinked):
		return fmt.Sprintf("gsw bundle create --after %d", unlinked.Known), true
	case errors.As(err, &unvouched):
		return "gsw bundle import --project DIR", true
	case errors.As(err, &differs):
		return "rm " + selection.Word(differs.File), true
	case errors.As(err, &format), errors.As(err, &module), errors.As(err, &zip), errors.As(err, &info), errors.As(err, &conflict):
		return "gsw help trust", true
	}
	return "", false
}

// inTheWay: something that the user can move.
func (s *session) inTheWay(err error) (hint string, code int, known bool) {
	var foreignPath *platform.ForeignSettingError
	var longPath *manager.LongPathError
	var unfit *platform.UnfitFolderError
	var forbidden *zerotrust.ForbiddenError
	var wide *manager.HomeProjectError
	var gobin *manager.GOBINError
	var running *manager.RunningError
	var active *store.ActiveError
	var system *store.SystemError
	var notLink *platform.NotLinkError
	var held *platform.HeldError
	var locked *platform.LockedError
	var hook *NeedsHookError
	var noServer *serving.NoProgramError
	var place *dist.PlaceError
	var written *journal.LockedError
	var signing *sumdb.KeyError
	var mirrored *mirror.BusyError
	var foreign *mirror.ForeignError
	var account *mirror.StateError
	var noCache *manager.NoModuleCacheError
	var packaged *manager.PackagedError
	var installed *manager.StillInstalledError
	var elsewhere *manager.ElsewhereError
	var arch *manager.OtherArchError
	var links *platform.NoLinksError
	switch {
	case errors.As(err, &elsewhere):
		return selection.Word(elsewhere.Replaced) + " self --help", exitBlocked, true
	case errors.As(err, &links):
		return "gsw help variables", exitBlocked, true // GSW_HOME can be elsewhere
	case errors.As(err, &arch):
		_, word, _ := strings.Cut(arch.Want, "-")
		return "gsw install --force --arch " + word + " " + arch.Version.Number(), exitBlocked, true
	case errors.As(err, &packaged):
		return packaged.Owner.Upgrade, exitBlocked, true
	case errors.As(err, &installed):
		return "gsw self uninstall -y", exitBlocked, true
	case errors.As(err, &locked) && s.host.OS == "windows":
		return "", exitBusy, true
	case errors.As(err, &locked):
		return "fuser -v " + selection.Word(locked.Path), exitBusy, true
	case errors.As(err, &written), errors.As(err, &held):
		return "", exitBusy, true // which server that is the system's tools tell
	case errors.As(err, &running):
		return "gsw uninstall --force " + running.Version.Number(), exitBusy, true
	case errors.As(err, &active):
		return "gsw uninstall --force " + active.Version.Number(), exitBusy, true
	case errors.As(err, &system):
		home := filepath.Dir(filepath.Dir(system.Dir))
		if s.host.OS == "windows" { // in a PowerShell of an administrator
			return "$env:GSW_HOME = '" + strings.ReplaceAll(home, "'", "''") + "'; gsw uninstall " + system.Version.Number(), exitBlocked, true
		}
		return "sudo GSW_HOME=" + selection.Word(home) + " gsw uninstall " + system.Version.Number(), exitBlocked, true
	case errors.As(err, &foreignPath):
		return `reg query "` + foreignPath.Key + `" /v ` + foreignPath.Name, exitBlocked, true
	case errors.As(err, &longPath):
		return "gsw doctor", exitBlocked, true
	case errors.As(err, &unfit):
		return "gsw help variables", exitBlocked, true // GSW_HOME can be elsewhere
	case errors.As(err, &notLink):
		return "mv " + selection.Word(notLink.Path) + " " + selection.Word(notLink.Path+".aside"), exitBlocked, true
	case errors.As(err, &forbidden) && !forbidden.Typed():
		return forbidden.Undo(), exitBlocked, true
	case errors.As(err, &wide):
		return "cd " + selection.Word(filepath.Join(wide.Root, "PROJECT")), exitBlocked, true
	case errors.As(err, &gobin):
		return "mv " + selection.Word(gobin.Dir) + " " + selection.Word(gobin.Dir+".aside"), exitBlocked, true
	case errors.As(err, &hook):
		shell := s.loginShell()
		return shell.Evaluate("gsw init " + shell.Name()), exitBlocked, true
	case errors.As(err, &noServer):
		return strings.Join(strings.Fields("gsw "+s.command+" --help"), " "), exitBlocked, true
	case errors.As(err, &signing) && signing.File != "":
		return "mv " + selection.Word(signing.File) + " " + selection.Word(signing.File+".aside"), exitBlocked, true
	case errors.As(err, &signing):
		return "gsw sumdb --help", exitUsage, true
	case errors.As(err, &place):
		return "gsw help sources", exitBlocked, true
	case errors.As(err, &mirrored):
		return "", exitBusy, true
	case errors.As(err, &foreign):
		return "mv " + selection.Word(foreign.File) + " " + selection.Word(foreign.File+".aside"), exitBlocked, true
	case errors.As(err, &account):
		return "mv " + selection.Word(account.File) + " " + selection.Word(account.File+".aside"), exitBlocked, true
	case errors.As(err, &noCache):
		return "go env GOMODCACHE GOPATH", exitBlocked, true
	}
	return "", 0, false
}

// loginShell is the user's shell, if gsw has a hook for it.
func (s *session) loginShell() scripts.Shell {
	name := s.host.Env.Get("SHELL")
	if name == "" && s.host.OS == "windows" {
		name = "pwsh"
	}
	shell, err := scripts.Find(name)
	if err != nil || shell.Hook("", "") == "" {
		return scripts.Shells()[0]
	}
	return shell
}

// absent: there is no such thing, as far as those say who know.
func (s *session) absent(err error) (hint string, code int, known bool) {
	var none *manager.NoSourceError
	var noMatch *manager.NoMatchError
	var unpublished *dist.NotPublishedError
	var ambiguous *manager.AmbiguousError
	var noDefault *store.NoDefaultError
	var damaged *store.ReceiptError
	var notFound *NotFoundError
	var cannot *CannotRunError
	var elsewhere *manager.NoCommandError
	var unstartable *manager.CannotStartError
	var archive *release.NoArchiveError
	var older *manager.OlderError
	var other *manager.OtherReleaseError
	var previous *manager.NoPreviousError
	switch {
	case errors.As(err, &older):
		return "gsw self update --version " + older.Offered, exitUsage, true
	case errors.As(err, &archive), errors.As(err, &other), errors.As(err, &previous):
		return "gsw self --help", exitNoVersion, true
	case errors.As(err, &none) && !none.Absent():
		return "", 0, false // the network's fault, or worse: the causes decide
	case errors.As(err, &unpublished):
		return "gsw list-remote " + unpublished.Version.Line(), exitNoVersion, true
	case errors.As(err, &noMatch):
		return "gsw list-remote", exitNoVersion, true
	case errors.As(err, &noDefault):
		return "gsw use --install latest", exitNoVersion, true
	case errors.As(err, &damaged):
		return "gsw install --force " + damaged.Version.Number(), exitFailed, true
	case errors.As(err, &ambiguous):
		return "gsw list", exitUsage, true
	case errors.As(err, &notFound):
		return selection.Under(store.Open(s.host), notFound.Command), exitNotFound, true
	case errors.As(err, &elsewhere):
		return "gsw exec --help", exitNotFound, true
	case errors.As(err, &cannot), errors.As(err, &unstartable):
		return "", exitCannotRun, true
	}
	return "", 0, false
}

// unreachable: a place could not be asked, or did not answer properly.
func unreachable(err error) bool {
	var place *dist.UnavailableError
	var index *dist.IndexError
	var network *download.NetworkError
	var stalled *download.StalledError
	var status *download.StatusError
	var page *download.PageError
	var changed *download.ChangedError
	var size *download.SizeError
	var silent *trust.SilentError
	return errors.As(err, &place) || errors.As(err, &network) || errors.As(err, &stalled) || errors.As(err, &status) ||
		errors.As(err, &page) || errors.As(err, &changed) || errors.As(err, &index) || errors.As(err, &size) || errors.As(err, &silent)
}

// misunderstood: what was typed or written down makes no sense; and whatever is left.
func (s *session) misunderstood(err error) (hint string, code int) {
	var words *UsageError
	var asked *local.NothingAskedError
	var unnamed *manager.UnnamedError
	var system *manager.NotInstallableError
	var alias *manager.BadAliasError
	var target *manager.BadTargetError
	var foreign *manager.ForeignArchError
	var shell *scripts.UnknownShellError
	var lock *trust.LockSyntaxError
	var irregular *tree.IrregularError
	var manifest *tree.ManifestError
	var project *modcache.NoProjectError
	var sumLine *modcache.SumLineError
	var incomplete *manager.IncompleteSumError
	var unknown *manager.UnknownGoError
	var typed *zerotrust.ForbiddenError
	var attest *manager.AttestFileError
	var nothing *zerotrust.NothingBuiltError
	switch {
	case errors.As(err, &project):
		return "gsw bundle create --project DIR", exitUsage
	case errors.As(err, &sumLine):
		return selection.Edit(s.host, sumLine.File), exitUsage
	case errors.As(err, &incomplete):
		return "go mod tidy", exitUsage
	case errors.As(err, &unknown):
		return "gsw list-remote", exitUsage
	case errors.As(err, &nothing):
		return "go build -o NAME ./...", exitFailed
	case errors.As(err, &words), errors.As(err, &typed), errors.As(err, &attest), errors.As(err, &unnamed), errors.As(err, &alias), errors.As(err, &target), errors.As(err, &foreign), errors.As(err, &shell):
		return strings.Join(strings.Fields("gsw "+s.command+" --help"), " "), exitUsage
	case errors.As(err, &system):
		return "gsw use system", exitUsage
	case errors.As(err, &asked):
		return "gsw use --install latest", exitUsage
	case errors.As(err, &lock):
		return selection.Edit(s.host, lock.File), exitUsage
	case errors.As(err, &irregular), errors.As(err, &manifest):
		return "gsw help trust", exitFailed
	}
	return "", exitFailed
}
