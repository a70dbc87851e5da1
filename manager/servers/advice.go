package servers

import (
	"errors"

	"gsw/manager/answer"
	"gsw/manager/journal"
	"gsw/manager/mirror"
	"gsw/manager/selection"
	"gsw/manager/server"
	"gsw/manager/serving"
	"gsw/manager/store"
	"gsw/manager/sumdb"
	"gsw/manager/trust"
	"gsw/platform"
)

// Advice is the one thing to do about an error, as a command that can be pasted, and its exit code. What is forged comes
// first. Errors that the command line meets, too, it advises on in the same words, in command/report.go; a test compares them.
func Advice(host platform.Host, o serving.Order, err error) (hint string, code int) {
	var forged *trust.ForgedError
	var head *trust.TreeHeadError
	var headFile *trust.HeadFileError
	var chain *journal.BrokenError
	var edition *EditionError
	var listen *server.ListenError
	var certificate *server.CertificateError
	var unservable *mirror.UnservableError
	var key *sumdb.KeyError
	var locked *journal.LockedError
	switch {
	case errors.As(err, &headFile):
		return "rm " + selection.Word(headFile.File), answer.Refused
	case errors.As(err, &forged), errors.As(err, &head):
		return "gsw help trust", answer.Refused
	case errors.As(err, &chain):
		return "gsw sumdb audit " + selection.Word(chain.File), answer.Refused
	case errors.As(err, &edition):
		return "gsw " + word(o) + " --help", answer.Blocked
	case errors.As(err, &listen):
		return elsewhere(o), answer.Blocked
	case errors.As(err, &certificate):
		return "ls -l " + selection.Word(certificate.CertFile) + " " + selection.Word(certificate.KeyFile), answer.Blocked
	case errors.As(err, &unservable):
		return "gsw mirror sync " + selection.Word(unservable.Dir), answer.Blocked
	case errors.As(err, &key) && key.File != "":
		return "mv " + selection.Word(key.File) + " " + selection.Word(key.File+".aside"), answer.Blocked
	case errors.As(err, &key):
		return "gsw sumdb --help", answer.Usage
	case errors.As(err, &locked):
		return "", answer.Busy // which server that is the system's tools tell
	}
	if hint, code, known := selection.Advice(host, store.Open(host), err); known {
		return hint, code
	}
	return "", answer.Failed
}

// word is the command of gsw's that was typed.
func word(o serving.Order) string {
	if o.Mirror != nil {
		return "mirror"
	}
	return "sumdb"
}

// elsewhere serves the same at an address that is free.
func elsewhere(o serving.Order) string {
	if o.Mirror != nil {
		return "gsw mirror serve " + selection.Word(o.Mirror.Dir) + " --listen :0"
	}
	return "gsw sumdb serve --listen 127.0.0.1:0"
}
