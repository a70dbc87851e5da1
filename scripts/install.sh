#!/bin/sh
# Installs gsw from a release: into ~/.gsw/bin (GSW_HOME), without sudo.
#
#   sh install.sh --mirror URL [--version V]
#
# URL is the folder of a release, with checksums.txt. The archive's SHA-256 has to
# be the one there, before anything of it is unpacked or run. That proves that the
# archive is whole and the one that was published beside the sums; who published
# them, the connection to the server has to prove: use https. curl is kept from
# following it to anything less; wget, which is taken where there is no curl, is not.
#
# Everything is in functions, called by the last line: half a script does nothing.
set -eu

say() { printf 'install.sh: %s\n' "$*" >&2; }

# stop CODE MESSAGE: gsw's exit codes (2 usage, 3 nothing for this machine, 4 network, 5 refused, 6 machine, 8 files).
stop() {
	code=$1
	shift
	say "$*"
	exit "$code"
}

usage() {
	cat <<'EOF'
usage: install.sh --mirror URL [--version V]

  --mirror URL   the folder of a release: https://…, the variable GSW_RELEASES says the same
  --version V    refuse any other version

GSW_HOME, by default ~/.gsw, is where gsw goes.
EOF
}

have() { command -v "$1" >/dev/null 2>&1; }

# fetch URL FILE
fetch() {
	redirects=http,https
	case $1 in https:*) redirects=https ;; esac
	if have curl; then
		curl -fsSL --retry 2 --proto-redir "=$redirects" -o "$2" -- "$1"
	elif have wget; then
		wget -q -O "$2" -- "$1"
	else
		stop 6 "there is neither curl nor wget"
	fi || stop 4 "$1 could not be fetched"
}

sum() {
	if have sha256sum; then
		sha256sum <"$1"
	elif have shasum; then
		shasum -a 256 <"$1"
	else
		openssl dgst -sha256 -r <"$1"
	fi | cut -d ' ' -f 1
}

system() {
	case $(uname -s) in
	Linux) echo linux ;;
	Darwin) echo darwin ;;
	FreeBSD) echo freebsd ;;
	*) stop 3 "there is no release for $(uname -s); on Windows: install.ps1" ;;
	esac
}

machine() {
	case $(uname -m) in
	x86_64 | amd64)
		# A shell that Rosetta translates is on an arm64 Mac.
		if [ "$1" = darwin ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then
			echo arm64
		else
			echo amd64
		fi
		;;
	aarch64 | arm64) echo arm64 ;;
	i386 | i486 | i586 | i686) echo 386 ;;
	armv6* | armv7* | armv8* | arm) echo arm ;;
	loongarch64) echo loong64 ;;
	ppc64le | powerpc64le) echo ppc64le ;;
	ppc64 | powerpc64) echo ppc64 ;;
	riscv64) echo riscv64 ;;
	s390x) echo s390x ;;
	mips | mips64)
		# One name for two machines. The sixth byte of a program says which: 1 is little-endian.
		case $(dd if=/bin/sh bs=1 skip=5 count=1 2>/dev/null | od -An -tu1 | tr -d ' ') in
		1) echo "$(uname -m)le" ;;
		2) uname -m ;;
		*) stop 3 "it cannot be seen which release is for this $(uname -m)" ;;
		esac
		;;
	*) stop 3 "there is no release for a $(uname -m)" ;;
	esac
}

# choose SUMS END: the one line of the archive whose name ends so.
choose() {
	awk -v end="$2" '
		{ sub(/\r$/, "") }
		length($1) == 64 && $1 !~ /[^0-9a-f]/ && NF == 2 && $2 ~ /^gsw_[0-9][0-9A-Za-z.+-]*_[a-z0-9]+_[a-z0-9]+\.tar\.gz$/ &&
			substr($2, length($2) - length(end) + 1) == end { n++; line = $0 }
		END { if (n == 1) print line }' "$1"
}

main() {
	mirror=${GSW_RELEASES-} version=
	while [ $# -gt 0 ]; do
		case $1 in
		-h | --help) usage && return ;;
		--mirror=*) mirror=${1#*=} ;;
		--version=*) version=${1#*=} ;;
		--mirror | --version)
			[ $# -gt 1 ] || stop 2 "$1 needs a value"
			if [ "$1" = --mirror ]; then mirror=$2; else version=$2; fi
			shift
			;;
		*) usage >&2 && stop 2 "what is $1?" ;;
		esac
		shift
	done
	[ -n "$mirror" ] || stop 2 "install from where? gsw has no public address yet: --mirror URL, the folder of a release"
	mirror=${mirror%/}
	[ -n "${GSW_HOME:-${HOME-}}" ] || stop 2 "install to where? neither GSW_HOME nor HOME is set"
	home=${GSW_HOME:-$HOME/.gsw}
	case $home in
	/*) ;;
	*) stop 2 "GSW_HOME=$home is not an absolute path" ;;
	esac

	have tar || stop 6 "there is no tar"
	have sha256sum || have shasum || have openssl ||
		stop 6 "there is none of sha256sum, shasum and openssl, so nothing can be verified"
	os=$(system)
	arch=$(machine "$os")
	work=$(mktemp -d) || stop 8 "no folder for temporary files could be made"
	new=$work/new
	trap 'rm -rf "$work" "$new"' EXIT
	trap 'rm -rf "$work" "$new"; trap - EXIT; exit 130' INT TERM HUP

	fetch "$mirror/checksums.txt" "$work/checksums.txt"
	awk 'length($1) == 64 && $1 !~ /[^0-9a-f]/ { n++ } END { exit !n }' "$work/checksums.txt" ||
		stop 4 "$mirror/checksums.txt is no list of checksums; did a proxy or a login page answer?"
	line=$(choose "$work/checksums.txt" "_${os}_${arch}.tar.gz")
	[ -n "$line" ] || stop 3 "$mirror/checksums.txt names no archive of gsw for $os-$arch"
	want=${line%% *} name=${line##* }
	offered=${name#gsw_}
	offered=${offered%"_${os}_${arch}.tar.gz"}
	[ -z "$version" ] || [ "${version#v}" = "$offered" ] || stop 3 "the release is $offered, not ${version#v}"

	fetch "$mirror/$name" "$work/$name"
	got=$(sum "$work/$name")
	if [ "$got" != "$want" ]; then
		say "refused: $mirror/$name is not what checksums.txt says; nothing was installed"
		say "  SHA-256 there: $want"
		stop 5 "  SHA-256 here:  $got"
	fi
	say "$name has the SHA-256 that $mirror/checksums.txt states: it is whole; who made it that does not prove"

	mkdir "$work/unpacked"
	tar -xzf "$work/$name" -C "$work/unpacked" gsw gsw-shim || stop 5 "$name is no release of gsw"
	place "$work/unpacked" "$home/bin"
	say "gsw $offered is in $home/bin"
	say "for every new shell: \"$home/bin/gsw\" init $(basename "${SHELL:-bash}") --write"
}

# place FROM BIN: gsw comes last, by a rename, like all of them; as gsw itself does it.
place() {
	mkdir -p "$2" || stop 8 "$2 could not be made"
	rm -f "${2%/bin}/next/decided" # an update that was killed and would else go on
	put "$1/gsw" "$2/gsw-full"
	put "$1/gsw-shim" "$2/gsw-shim"
	put "$1/gsw-shim" "$2/gsw"
	ln -sf gsw "$2/goswitch" || stop 8 "$2/goswitch could not be made"
}

put() {
	new=$2.new.$$
	{ cp "$1" "$new" && chmod 755 "$new" && mv -f "$new" "$2"; } || stop 8 "$2 could not be written"
}

main "$@"
