package command

import (
	"errors"

	"github.com/urfave/cli/v2"

	"gsw/manager/mirror"
	"gsw/manager/selection"
	"gsw/manager/server"
)

func mirrorServeFlags() []cli.Flag { return servingFlags(":8080") }

type servingJSON struct {
	Address string `json:"address"`
	URL     string `json:"url"`
}

// mirrorServe serves until it is interrupted, which is its usual end.
func (s *session) mirrorServe(c *cli.Context, args []string) error {
	if len(args) > 1 {
		return usagef("mirror serve takes one DIR, not %d", len(args))
	}
	dir := s.host.Dir
	if len(args) == 1 {
		dir = s.path(args[0])
	}
	o, done, err := s.serving(c)
	if err != nil {
		return err
	}
	defer done()
	site, err := mirror.OpenSite(dir, s.host.Now, o.Warn)
	if err != nil {
		return err
	}
	defer site.Close()
	o.Healthy = site.Healthy
	o.Figures = []server.Figure{{
		Name: "gsw_mirror_kept_bytes", Help: "Bytes of small documents in memory.", Value: func() float64 { return float64(site.Kept()) },
	}}
	err = server.Run(c.Context, o, site, func(address string) { s.saySite(site, dir, addressOf(o, address), address) })
	if listen, ok := errors.AsType[*server.ListenError](err); ok {
		return &hinted{listen, "gsw mirror serve " + selection.Word(dir) + " --listen :0"}
	}
	return err
}

// saySite tells where the mirror is, and what is to be pasted on clients.
func (s *session) saySite(site *mirror.Site, dir, url, address string) {
	if s.json {
		_ = s.answerJSON(servingJSON{Address: address, URL: url})
	}
	s.note("serving %s on %s; Ctrl-C ends it", s.tilde(dir), url)
	archives, modules := site.Holds()
	line := "on clients: export"
	if archives {
		line += " GSW_MIRROR=" + url + "/dl"
	}
	if modules {
		line += " GOPROXY=" + url
	}
	s.note("%s", line)
	if modules {
		s.note("GOSUMDB stays as it is: the checksum database's proofs are in the mirror")
	}
}
