package command

import (
	"net"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"gsw/manager/server"
)

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

// serving turns those flags into options. done closes what was opened.
func (s *session) serving(c *cli.Context) (o server.Options, done func(), err error) {
	done = func() {}
	if n := c.Int("connections"); n < 1 {
		return o, done, usagef("--connections %d: at least one is needed", n)
	}
	if (c.String("tls-cert") == "") != (c.String("tls-key") == "") {
		return o, done, usagef("--tls-cert and --tls-key belong together")
	}
	o = server.Options{
		Listen: c.String("listen"), CertFile: s.path(c.String("tls-cert")), KeyFile: s.path(c.String("tls-key")),
		Now: s.host.Now, Warn: func(message string) { s.warn("%s", message) },
		Limits: server.Limits{Connections: c.Int("connections")},
	}
	switch file := c.String("access-log"); file {
	case "":
	case "-":
		o.AccessLog = s.host.Stdout
	default:
		log, err := server.OpenLog(s.path(file))
		if err != nil {
			return o, done, err
		}
		o.AccessLog, done = log, func() { _ = log.Close() }
	}
	return o, done, nil
}

// path is an argument that names a file, seen from the working directory.
func (s *session) path(argument string) string {
	if argument == "" || filepath.IsAbs(argument) {
		return argument
	}
	return filepath.Join(s.host.Dir, argument)
}

// addressOf is the URL under which others reach a server that listens on address, as far as this machine knows.
func addressOf(o server.Options, address string) string {
	scheme := "http://"
	if o.CertFile != "" {
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
