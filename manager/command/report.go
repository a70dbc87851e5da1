package command

import (
	"context"
	"errors"
	"fmt"

	"gsw/manager"
	"gsw/manager/dist"
	"gsw/manager/download"
	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/manager/tree"
	"gsw/manager/trust"
	"gsw/manager/unpack"
)

// The exit codes, which scripts rely on.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitNoVersion   = 3
	exitNetwork     = 4
	exitRefused     = 5
	exitBlocked     = 6
	exitBusy        = 7
	exitStorage     = 8
	exitCannotRun   = 126
	exitNotFound    = 127
	exitInterrupted = 130
)

// kinds are the words for the exit codes in JSON.
func kind(code int) string {
	switch code {
	case exitUsage:
		return "usage"
	case exitNoVersion:
		return "no-version"
	case exitNetwork:
		return "network"
	case exitRefused:
		return "verification"
	case exitBlocked:
		return "environment"
	case exitBusy:
		return "busy"
	case exitStorage:
		return "storage"
	case exitCannotRun:
		return "cannot-run"
	case exitNotFound:
		return "not-found"
	case exitInterrupted:
		return "interrupted"
	}
	return "failed"
}

// finish reports an error, once, and gives the exit code.
func (s *session) finish(ctx context.Context, err error) int {
	if err == nil {
		return s.code
	}
	hint, code := s.advice(err)
	if ctx.Err() != nil {
		hint, code = "", exitInterrupted
		err = errors.New("interrupted; what was downloaded is kept for the next time")
	}
	message := s.tilde(err.Error())
	hint = s.tilde(hint)
	if s.json {
		_ = s.answerJSON(errorJSON{errorBody{Code: code, Kind: kind(code), Message: message, Hint: hint}})
	}
	fmt.Fprintf(s.host.Stderr, "gsw: %s\n", message)
	if hint != "" {
		fmt.Fprintf(s.host.Stderr, "gsw: hint: %s\n", hint)
	}
	return code
}

type errorJSON struct {
	Error errorBody `json:"error"`
}

type errorBody struct {
	Code    int    `json:"code"`
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// advice is the one thing to do about an error, and its exit code. What is
// forged comes before what is unreachable: a refusal is never phrased as
// network trouble.
func (s *session) advice(err error) (hint string, code int) {
	if hint, known := refusal(err); known {
		return hint, exitRefused
	}
	if hint, code, known := busyOrBlocked(err); known {
		return hint, code
	}
	if hint, code, known := absent(err); known {
		return hint, code
	}
	if hint, code, known := selection.Advice(s.host, store.Open(s.host), err); known {
		return hint, code
	}
	if hint, known := unreachable(err); known {
		return hint, exitNetwork
	}
	return usage(err)
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
	var place *dist.UnavailableError // a list that is too long says nothing about an archive
	switch {
	case errors.As(err, &refused):
		if refused.Subject.Source == trust.SourceModule {
			return "gsw config trust says whose word suffices", true
		}
		return "--via module fetches what the log can prove; gsw config trust says whose word suffices", true
	case errors.As(err, &contradiction):
		return "somebody on the way changed it, or the source is wrong: --via asks another source", true
	case errors.As(err, &forged), errors.As(err, &head):
		return "keep this output, and ask from another network: the checksum database was forged on the way here", true
	case errors.As(err, &headFile):
		return "mend or remove " + headFile.File, true
	case errors.As(err, &structure), errors.As(err, &policy):
		return "it is not a distribution of Go; take it from another place", true
	case errors.As(err, &corrupt), errors.As(err, &sum), errors.As(err, &size) && !size.Short() && !errors.As(err, &place):
		return "the archive is damaged; --via asks another source", true
	}
	return "", false
}

// busyOrBlocked: something is in the way that the user can move.
func busyOrBlocked(err error) (hint string, code int, known bool) {
	var running *manager.RunningError
	var active *store.ActiveError
	var system *store.SystemError
	var hook *NeedsHookError
	switch {
	case errors.As(err, &running):
		return "end it, or gsw uninstall --force " + running.Version.Number(), exitBusy, true
	case errors.As(err, &active):
		return "gsw use another first, or gsw uninstall --force " + active.Version.Number(), exitBusy, true
	case errors.As(err, &system):
		return "who owns " + system.Dir + " can change it", exitBlocked, true
	case errors.As(err, &hook):
		return `eval "$(gsw init bash)", or zsh; gsw init --write makes it last`, exitBlocked, true
	}
	return "", 0, false
}

// absent: there is no such thing, as far as those say who know.
func absent(err error) (hint string, code int, known bool) {
	var none *manager.NoSourceError
	var noMatch *manager.NoMatchError
	var unpublished *dist.NotPublishedError
	var ambiguous *manager.AmbiguousError
	var notFound *NotFoundError
	var cannot *CannotRunError
	switch {
	case errors.As(err, &none) && !none.Absent():
		return "", 0, false // the network's fault, or worse: the causes decide
	case errors.As(err, &unpublished):
		return "gsw list-remote " + unpublished.Version.Line(), exitNoVersion, true
	case errors.As(err, &noMatch):
		return "gsw list-remote", exitNoVersion, true
	case errors.As(err, &ambiguous):
		return "name one: gsw uninstall " + ambiguous.Fits[0].Version.Number(), exitUsage, true
	case errors.As(err, &notFound):
		return "gsw which " + notFound.Command, exitNotFound, true
	case errors.As(err, &cannot):
		return "", exitCannotRun, true
	}
	return "", 0, false
}

// unreachable: a place could not be asked, or did not answer properly.
func unreachable(err error) (hint string, known bool) {
	var place *dist.UnavailableError
	var index *dist.IndexError
	var network *download.NetworkError
	var stalled *download.StalledError
	var status *download.StatusError
	var page *download.PageError
	var changed *download.ChangedError
	var size *download.SizeError
	var silent *trust.SilentError
	switch {
	case errors.As(err, &place), errors.As(err, &network), errors.As(err, &stalled), errors.As(err, &status),
		errors.As(err, &page), errors.As(err, &changed), errors.As(err, &index), errors.As(err, &silent),
		errors.As(err, &size):
		return "GSW_MIRROR names a place that serves go.dev/dl, GOPROXY a module proxy, --from an archive you have", true
	}
	return "", false
}

// usage: what was typed is not understood; and whatever is left.
func usage(err error) (hint string, code int) {
	var words *UsageError
	var asked *manager.NothingAskedError
	var unnamed *manager.UnnamedError
	var system *manager.NotInstallableError
	var alias *manager.BadAliasError
	var target *manager.BadTargetError
	var lock *trust.LockSyntaxError
	var place *dist.PlaceError
	var irregular *tree.IrregularError
	switch {
	case errors.As(err, &words), errors.As(err, &system), errors.As(err, &alias), errors.As(err, &target):
		return "gsw --help", exitUsage
	case errors.As(err, &asked):
		return "gsw install latest", exitUsage
	case errors.As(err, &unnamed):
		return "say which: gsw install --from FILE 1.22.3", exitUsage
	case errors.As(err, &lock):
		return "mend " + lock.File, exitUsage
	case errors.As(err, &place):
		return "mend " + place.Setting, exitBlocked
	case errors.As(err, &irregular):
		return "", exitFailed
	}
	return "", exitFailed
}
