//go:build !gsw_server_apart

package main

import (
	"context"

	"gsw/manager/command"
	"gsw/manager/servers"
	"gsw/manager/serving"
	"gsw/platform"
)

// serve is done by this program, where it was built by `go build` or `go install`: then there is no other.
func serve(ctx context.Context, host platform.Host, outside command.Outside, o serving.Order) (int, error) {
	return servers.Run(ctx, host, servers.Outside{LogKey: outside.LogKey, Patience: outside.Patience}, o), nil
}
