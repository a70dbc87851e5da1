package servers

import (
	"context"
	"fmt"

	"gsw/manager/answer"
	"gsw/manager/local"
	"gsw/manager/serving"
	"gsw/platform"
)

// Main is the program gsw-server. It returns its exit code.
func Main(host platform.Host, outside Outside) int {
	if len(host.Args) == 2 && host.Args[1] == local.EditionFlag {
		fmt.Fprintln(host.Stdout, local.Edition())
		return 0
	}
	order, env, known, err := serving.Read(host.Env)
	if err != nil {
		fmt.Fprintln(host.Stderr, "gsw:", err)
		return answer.Failed
	}
	if !known {
		fmt.Fprintf(host.Stderr, "gsw: %s is started by gsw mirror serve and gsw sumdb serve\n", local.Server)
		return answer.Usage
	}
	host.Env = env
	ctx, stop := platform.Interrupts(context.Background())
	defer stop()
	return Run(ctx, host, outside, order)
}
