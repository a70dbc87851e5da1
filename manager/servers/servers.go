// Package servers carries out what a server of gsw's is to do: a mirror's tree over HTTP, or a proxy of the checksum
// database. It says where it is, serves until it is interrupted, and tells what was in the way.
package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"gsw/manager/answer"
	"gsw/manager/local"
	"gsw/manager/server"
	"gsw/manager/serving"
	"gsw/manager/terminal"
	"gsw/platform"
)

// Outside are the fixed points beyond this machine. The zero value is the real world; only tests set another.
type Outside struct {
	LogKey   string        // verifier key of the checksum database; "": sum.golang.org's
	Patience time.Duration // with a server that keeps silent; 0: 30 s, 5 s for the database
}

// Run carries out an order, until ctx ends, which is its usual end. It has told an error when it returns its exit code.
func Run(ctx context.Context, host platform.Host, outside Outside, o serving.Order) int {
	s := &serve{host: host, outside: outside, order: o, voice: terminal.New(host)}
	s.voice.Quiet, s.voice.Colour.Stdout, s.voice.Colour.Stderr = o.Quiet, o.StdoutColour, o.StderrColour
	err := s.run(ctx)
	if err == nil {
		return 0
	}
	hint, code := Advice(host, o, err)
	return answer.Fail(s.voice, o.JSON, err, hint, code)
}

// serve is one order that is being carried out.
type serve struct {
	host    platform.Host
	outside Outside
	order   serving.Order
	voice   terminal.Voice
}

func (s *serve) run(ctx context.Context) error {
	switch o := s.order; {
	case o.Edition != local.Edition():
		return &EditionError{Asks: o.Edition, Serves: local.Edition()}
	case o.Mirror != nil:
		return s.mirror(ctx, *o.Mirror)
	case o.Database != nil:
		return s.database(ctx, *o.Database)
	}
	return errors.New("the order says nothing of what is to be served")
}

// An EditionError is a gsw and a gsw-server that are not of one edition.
type EditionError struct{ Asks, Serves string }

func (e *EditionError) Error() string {
	return fmt.Sprintf("gsw is %s, and %s is %s: they have to be of one release", e.Asks, local.Server, e.Serves)
}

// options are the server's, as the order has them. done closes what was opened.
func (s *serve) options() (o server.Options, done func(), err error) {
	o = server.Options{
		Listen: s.order.Listen, CertFile: s.order.CertFile, KeyFile: s.order.KeyFile,
		Now: s.host.Now, Warn: s.warn, Limits: server.Limits{Connections: s.order.Connections},
	}
	switch file := s.order.AccessLog; file {
	case "":
	case "-":
		o.AccessLog = s.host.Stdout
	default:
		log, err := server.OpenLog(file)
		if err != nil {
			return o, nil, err
		}
		o.AccessLog = log
		return o, func() { _ = log.Close() }, nil
	}
	return o, func() {}, nil
}

func (s *serve) warn(message string) { s.voice.Warn("%s", message) }

// url is where others reach a server that listens on address, as far as this machine knows.
func (s *serve) url(address string) string {
	scheme := "http://"
	if s.order.CertFile != "" {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return scheme + address
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		if name, err := os.Hostname(); err == nil && name != "" {
			host = name
		}
	}
	return scheme + net.JoinHostPort(host, port)
}
