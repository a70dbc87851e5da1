package command

import (
	"context"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"gsw/manager/local"
	"gsw/manager/serving"
	"gsw/platform"
)

const servesApart = "A gsw out of a release serves by gsw-server, which is an archive and a package of its own there: beside gsw, or on PATH."

// servingFlags are those of every command that serves.
func servingFlags(listen string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "listen", Usage: "serve: on `ADDR`, HOST:PORT; without HOST on every address of this machine", Value: listen},
		&cli.StringFlag{Name: "tls-cert", Usage: "serve: HTTPS, with the certificate in `FILE`; read again when it changes"},
		&cli.StringFlag{Name: "tls-key", Usage: "serve: and its key in `FILE`"},
		&cli.StringFlag{Name: "access-log", Usage: "serve: a line of JSON for each request into `FILE`; - is stdout"},
		&cli.IntFlag{Name: "connections", Usage: "serve: at most `N` connections at once", Value: 4096},
	}
}

// A Serve carries out what a server is to do, until ctx ends or for good: it is the process's last deed. It has told its
// errors when it returns an exit code; those that it returns are why it did not begin.
type Serve func(ctx context.Context, host platform.Host, outside Outside, o serving.Order) (code int, err error)

// serving turns those flags into an order, which the command completes.
func (s *session) serving(c *cli.Context) (serving.Order, error) {
	if n := c.Int("connections"); n < 1 {
		return serving.Order{}, usagef("--connections %d: at least one is needed", n)
	}
	if (c.String("tls-cert") == "") != (c.String("tls-key") == "") {
		return serving.Order{}, usagef("--tls-cert and --tls-key belong together")
	}
	o := serving.Order{
		Edition: local.Edition(),
		Listen:  c.String("listen"), CertFile: s.path(c.String("tls-cert")), KeyFile: s.path(c.String("tls-key")),
		AccessLog: c.String("access-log"), Connections: c.Int("connections"),
		JSON: s.json, Quiet: s.voice.Quiet, StdoutColour: s.voice.Colour.Stdout, StderrColour: s.voice.Colour.Stderr,
	}
	if o.AccessLog != "-" {
		o.AccessLog = s.path(o.AccessLog)
	}
	return o, nil
}

// serve lets the order be carried out.
func (s *session) serve(ctx context.Context, o serving.Order) (err error) {
	s.code, err = s.server(ctx, s.host, s.outside, o)
	return err
}

// path is an argument that names a file, seen from the working directory.
func (s *session) path(argument string) string {
	if argument == "" || filepath.IsAbs(argument) {
		return argument
	}
	return filepath.Join(s.host.Dir, argument)
}
