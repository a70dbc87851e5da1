#!/usr/bin/env bash
# Makes the go distribution for windows-amd64 of the version that runs here, out of its own sources, and prints where
# it is: gsw-ci/VERSION.windows-amd64 in the user's cache. Made once (up to two minutes, 250 MB).
# Not the release's: its programs are those that cmd/go and the compiler need, its tests and documents are left out.
set -euo pipefail

export GOTOOLCHAIN=local
version=$(go env GOVERSION)
from=$(go env GOROOT)
to=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/gsw-ci/$version.windows-amd64
mkdir -p "$(dirname "$to")"
exec 9>"$to.lock"
flock 9
if ! [ -d "$to" ]; then
	rm -rf "$to.new"
	mkdir -p "$to.new/pkg/tool/windows_amd64" "$to.new/bin" "$to.new/lib"
	build() { GOOS=windows GOARCH=amd64 CGO_ENABLED=0 GOFLAGS='' go build -trimpath -ldflags='-s -w' -o "$to.new/$1" "$2" 9>&-; }
	build bin/go.exe cmd/go
	build bin/gofmt.exe cmd/gofmt
	for tool in asm buildid cgo compile cover link pack vet; do
		build "pkg/tool/windows_amd64/$tool.exe" "cmd/$tool"
	done
	cp -r "$from/VERSION" "$from/go.env" "$from/src" "$to.new"
	cp -r "$from/pkg/include" "$to.new/pkg"
	cp -r "$from/lib/time" "$to.new/lib"
	find "$to.new/src" -name testdata -prune -exec rm -r {} + -o -name '*_test.go' -exec rm {} +
	mv "$to.new" "$to"
fi
printf '%s\n' "$to"
