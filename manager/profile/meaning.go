package profile

import "strings"

// Effect is one thing that comes of a profile.
type Effect struct {
	Gives bool // it gives something up
	Text  string
}

// Effects tells what a profile protects and gives up.
func (p Profile) Effects() []Effect {
	var all []Effect
	protects := func(text string) { all = append(all, Effect{false, text}) }
	gives := func(text string) { all = append(all, Effect{true, text}) }
	value := func(name string) string { v, _ := p.Get(name); return v }

	switch proxy := value("GOPROXY"); {
	case proxy == "off":
		protects("no module is fetched: the module cache and vendor folders have to do")
	case proxy != "":
		protects("modules come from " + WithoutPasswords(proxy))
	}
	switch database := value("GOSUMDB"); {
	case database == "off":
		gives("no module is compared with a checksum database: what go.sum does not have yet is believed as it comes")
		gives("the go command downloads no other toolchain, which it does with a checksum database only: gsw install does")
	case database != "":
		protects("modules that are new to go.sum are compared with " + strings.Fields(database)[0])
	}
	if private := value("GOPRIVATE"); private != "" {
		protects("modules of " + private + " are fetched from their own servers, and no proxy or database learns their names")
		gives("modules of " + private + " are compared with no checksum database")
	}
	if exempt := value("GONOSUMDB"); exempt != "" && exempt != "none" {
		gives("modules of " + exempt + " are compared with no checksum database")
	}
	if exempt := value("GOINSECURE"); exempt != "" && exempt != "none" {
		gives("modules of " + exempt + " may come by plain http, or from a server that proves nothing about itself")
	}
	if value("GOTOOLCHAIN") == "local" {
		protects("the go command never runs another release than the chosen one")
	}
	if value("GOAUTH") == "off" {
		protects("no credentials are sent")
	}
	if value("GOVCS") == "*:off" {
		protects("no version control program is started")
	}
	switch {
	case p.Mirror == "off":
		protects("gsw itself asks no server")
	case p.Mirror != "":
		protects("gsw gets toolchains from " + WithoutPasswords(p.Mirror) + ", and proves them as ever")
	}
	return all
}

// Warnings tells what about a profile is no error, and should make one think.
func (p Profile) Warnings() []string {
	var all []string
	database, _ := p.Get("GOSUMDB")
	proxies, _ := p.Get("GOPROXY")
	if database == "off" || everything(p, "GONOSUMDB") || everything(p, "GOPRIVATE") {
		switch {
		case strings.Contains(proxies, "http://") || everything(p, "GOINSECURE"):
			all = append(all, "nothing is left that would notice a module changed on its way: no checksum database, and no TLS")
		case database == "off":
			all = append(all, "GOSUMDB=off: nobody vouches for modules that go.sum does not have yet")
		default:
			all = append(all, "every module is exempt from the checksum database: nobody vouches for those that go.sum does not have yet")
		}
	}
	if private, _ := p.Get("GOPRIVATE"); private == Placeholder {
		all = append(all, "GOPRIVATE="+Placeholder+" stands for your own: gsw profile set "+p.Name+" GOPRIVATE '*.your.company'")
	}
	return all
}

func everything(p Profile, name string) bool {
	value, _ := p.Get(name)
	for pattern := range strings.SplitSeq(value, ",") {
		if pattern == "*" || pattern == "**" {
			return true
		}
	}
	return false
}

// WithoutPasswords is a list of URLs as it may be shown.
func WithoutPasswords(list string) string {
	var b strings.Builder
	for list != "" {
		i := strings.IndexAny(list, ",|")
		if i < 0 {
			i = len(list) - 1
		}
		entry, separator := list[:i+1], ""
		if last := entry[len(entry)-1]; last == ',' || last == '|' {
			entry, separator = entry[:len(entry)-1], string(last)
		}
		b.WriteString(withoutPassword(entry) + separator)
		list = list[i+1:]
	}
	return b.String()
}
