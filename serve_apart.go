//go:build gsw_server_apart

package main

import (
	"context"

	"gsw/manager/command"
	"gsw/manager/serving"
	"gsw/platform"
)

// serve is left to gsw-server, as in a release.
func serve(_ context.Context, host platform.Host, _ command.Outside, o serving.Order) (int, error) {
	return serving.Start(host, o)
}
