//go:build !linux

package platform

func runConfined(_ string, c Confinement, ready func(Protection)) (int, error) {
	ready(Protection{Lacks: []string{
		"the command has the network and may write wherever you may: on this system gsw cannot keep it from either",
	}})
	signals := catch()
	defer signals.stop()
	child := c.command(c.Path, c.Argv)
	if err := child.Start(); err != nil {
		return 0, err
	}
	return signals.passOn(child, c.terminal())
}

func confined() int { return 2 }
