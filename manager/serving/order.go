// Package serving is what a server of gsw's is to do, and how gsw starts the program that does it.
//
// The servers are a program of their own in a release, gsw-server: what only they need, the HTTP server and its metrics,
// is a sixth of what gsw would have, and few serve. gsw reads the command line and everything that it means here; what
// comes of it is an Order, which package servers carries out.
package serving

import (
	"encoding/json"
	"fmt"

	"gsw/manager/local"
	"gsw/manager/trust"
	"gsw/platform"
)

// variable has the order, in the environment of that program: unlike arguments it is for nobody else to see, and the
// addresses in an order may have passwords.
const variable = "GSW_SERVER_ORDER"

// Order is what one server is to do: one of Mirror and Database.
type Order struct {
	Edition string // of the gsw that gives it: both programs have to be of one

	Listen            string // HOST:PORT
	CertFile, KeyFile string // for HTTPS; "" for HTTP
	AccessLog         string // a file, "-" for stdout, "" for none
	Connections       int    // at most

	JSON, Quiet  bool
	StdoutColour bool
	StderrColour bool

	Mirror   *Mirror
	Database *Database
}

// Mirror serves a tree that gsw mirror sync made.
type Mirror struct{ Dir string }

// Database is a proxy of the checksum database.
type Database struct {
	Name    string      // the database's, as GOSUMDB has it
	Ways    []trust.Way // to it; none: offline
	Cache   string      // folder of what was proved
	Logs    []string    // files that interactions are written to
	KeyFile string      // it signs the answers with; made if it is not there
	KeyName string      // of a key that is made
	GOAUTH  string      // who has credentials for whom, as the go command has it
	Offline bool        // nobody is asked
}

// encode gives the environment in which the program finds the order.
func (o Order) encode(env platform.Env) (platform.Env, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return env, fmt.Errorf("writing the order for %s: %w", local.Server, err)
	}
	return env.With(variable, string(text)), nil
}

// Read gives the order that this process was started with, and the environment without it. known tells whether there is
// one.
func Read(env platform.Env) (o Order, rest platform.Env, known bool, err error) {
	text, known := env.Lookup(variable)
	if !known {
		return o, env, false, nil
	}
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return o, env, true, fmt.Errorf("reading what %s is to do: %w", local.Server, err)
	}
	return o, env.Without(variable), true, nil
}
