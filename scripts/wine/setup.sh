#!/usr/bin/env bash
# Makes the Debian tree with wine 10 in which go_windows_amd64_exec starts Windows programs, and prints where it is:
# gsw-ci/wine in the user's cache, or $WINE_ROOT. Made once (about 70 s, 1.8 GB); then this takes no time.
#
# A tree of its own, because the wine of Debian 12 cannot start programs of Go 1.22 and newer, and because the
# machine's own libraries stay as they are. Packages come from where this machine's apt gets Debian's.
# It needs root (chroot, mount namespaces), and amd64.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=${WINE_ROOT:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/gsw-ci/wine}
recipe=1 # a tree made by another one is made anew

mkdir -p "$(dirname "$root")"
exec 9>"$root.lock"
flock 9
if [ "$(cat "$root/recipe" 2>/dev/null)" = "$recipe" ]; then
	printf '%s\n' "$root"
	exit 0
fi
if [ "$(id -u)" != 0 ] || [ "$(dpkg --print-architecture)" != amd64 ]; then
	printf 'setup.sh: a tree with wine is made by root, on Debian for amd64\n' >&2
	exit 1
fi
if ! command -v mmdebstrap >/dev/null; then
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap >&2
fi
mirror=$(apt-get indextargets --format "\$(ORIGIN) \$(LABEL) \$(REPO_URI)" 'Created-By: Packages' | sed -n 's/^Debian Debian //p' | sort -u | head -n 1)
if [ -z "$mirror" ]; then
	printf 'setup.sh: apt knows no source of Debian packages; apt-get update first\n' >&2
	exit 1
fi

# Whole or not at all: what an earlier run was stopped at is under this name.
rm -rf --one-file-system "$root.new" "$root"
mmdebstrap --quiet --variant=essential --include=wine64 \
	--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
	--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/lib/*/wine/i386-windows/*' \
	trixie "$root.new" "$mirror" >&2
# What wine calls a prefix: drive C and the registry. It is written when the server that holds it ends.
WINE_ROOT=$root.new "$here/go_windows_amd64_exec" wineboot --init >&2 9>&-
# shellcheck disable=SC2016 # the inner shell expands it
unshare --mount --propagation private bash -euc '
	mount --bind /tmp "$1/tmp" # where the server listens
	exec chroot "$1" /usr/bin/env WINEPREFIX=/prefix /usr/lib/wine/wineserver64 --wait
' _ "$root.new" 9>&-
if ! [ -s "$root.new/prefix/system.reg" ]; then
	printf 'setup.sh: wine wrote no registry\n' >&2
	exit 1
fi
printf '%s\n' "$recipe" >"$root.new/recipe"
mv "$root.new" "$root"
printf '%s\n' "$root"
