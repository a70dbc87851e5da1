#!/bin/sh
# Installs gsw and the default Go while an image is built. Whoever builds it runs this as root, with the options of
# devcontainer-feature.json in capitals, and with the user who will work there in _REMOTE_USER.
set -eu

VERSION=${VERSION:-stable}
GSWVERSION=${GSWVERSION:-latest}
RELEASES=${RELEASES:-}
GSW_HOME=${GSW_HOME:-/usr/local/share/gsw}
export GSW_HOME

fail() {
	printf 'gsw feature: %s\n' "$*" >&2
	exit 1
}

# The installer of the release lies beside this file in a published feature, and where it belongs in the repository.
here=$(cd "$(dirname "$0")" && pwd)
installer=$here/install-gsw.sh
[ -r "$installer" ] || installer=$here/../../scripts/install.sh
[ -r "$installer" ] || fail "the installer of gsw is neither beside $0 nor in scripts"

# It needs something that downloads.
if ! command -v curl >/dev/null 2>&1 && ! command -v wget >/dev/null 2>&1; then
	if command -v apt-get >/dev/null 2>&1; then
		apt-get update -qq
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates curl
		rm -rf /var/lib/apt/lists/*
	elif command -v apk >/dev/null 2>&1; then
		apk add --no-cache ca-certificates curl
	elif command -v dnf >/dev/null 2>&1; then
		dnf install -y ca-certificates curl
	else
		fail "neither curl nor wget is here, and no package manager that is known"
	fi
fi

release=$GSWVERSION
[ "$release" = latest ] && release=
sh "$installer" ${RELEASES:+--mirror "$RELEASES"} ${release:+--version "$release"}

gsw=$GSW_HOME/bin/gsw
[ -x "$gsw" ] || fail "the installer left no $gsw"
if [ "$VERSION" != none ]; then
	version=$("$gsw" install "$VERSION" | cut -f 1)
	"$gsw" use "$version"
	"$GSW_HOME/shims/go" version
fi

# The user of the container installs more, and tools, without being root.
user=${_REMOTE_USER:-root}
if [ "$user" != root ]; then
	id "$user" >/dev/null 2>&1 || fail "there is no user $user"
	chown -R "$user" "$GSW_HOME"
fi
