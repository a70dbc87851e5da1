package servers

import (
	"context"

	"gsw/manager/answer"
	"gsw/manager/mirror"
	"gsw/manager/server"
	"gsw/manager/serving"
)

type mirrorJSON struct {
	Address string `json:"address"`
	URL     string `json:"url"`
}

func (s *serve) mirror(ctx context.Context, what serving.Mirror) error {
	o, done, err := s.options()
	if err != nil {
		return err
	}
	defer done()
	site, err := mirror.OpenSite(what.Dir, s.host.Now, o.Warn)
	if err != nil {
		return err
	}
	defer site.Close()
	o.Healthy = site.Healthy
	o.Figures = []server.Figure{{
		Name: "gsw_mirror_kept_bytes", Help: "Bytes of small documents in memory.", Value: func() float64 { return float64(site.Kept()) },
	}}
	return server.Run(ctx, o, site, func(address string) { s.sayMirror(site, what.Dir, address) })
}

// sayMirror tells where the mirror is, and what is to be pasted on clients.
func (s *serve) sayMirror(site *mirror.Site, dir, address string) {
	url := s.url(address)
	if s.order.JSON {
		_ = answer.JSON(s.host.Stdout, mirrorJSON{Address: address, URL: url})
	}
	s.voice.Note("serving %s on %s; Ctrl-C ends it", s.voice.Tilde(dir), url)
	archives, modules := site.Holds()
	line := "on clients: export"
	if archives {
		line += " GSW_MIRROR=" + url + "/dl"
	}
	if modules {
		line += " GOPROXY=" + url
	}
	s.voice.Note("%s", line)
	if modules {
		s.voice.Note("GOSUMDB stays as it is: the checksum database's proofs are in the mirror")
	}
}
