package command

import (
	"github.com/urfave/cli/v2"

	"gsw/manager/serving"
)

func mirrorServeFlags() []cli.Flag { return servingFlags(":8080") }

// mirrorServe serves until it is interrupted, which is its usual end.
func (s *session) mirrorServe(c *cli.Context, args []string) error {
	if len(args) > 1 {
		return usagef("mirror serve takes one DIR, not %d", len(args))
	}
	dir := s.host.Dir
	if len(args) == 1 {
		dir = s.path(args[0])
	}
	o, err := s.serving(c)
	if err != nil {
		return err
	}
	o.Mirror = &serving.Mirror{Dir: dir}
	return s.serve(c.Context, o)
}
