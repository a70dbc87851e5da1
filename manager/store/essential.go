package store

import "strings"

// Essential tells whether a program of this name, found before the system's, would hide a command that the system,
// scripts or people rely on: no shim is made for it. Letters count as equal in both cases, since some file systems
// think so, and .exe is passed over.
//
// The table is: the utilities of POSIX.1-2024 (without SCCS, the batch queue and UUCP, which today's systems do not
// have), what every Linux, macOS or Windows has beside them, shells, what talks to other machines or proves who one is,
// package managers, what builds software, and gsw itself. Tools that are commonly built by `go install` (gopls, dlv,
// staticcheck, stringer, protoc-gen-go, hugo, helm, rclone, task, age …) must not be in it.
func Essential(name string) bool {
	switch strings.TrimSuffix(strings.ToLower(name), ".exe") {
	case // gsw, and what it switches
		"go", "gofmt", "gsw", "gsw-full", "gsw-shim", "goswitch":
		return true
	case // shells
		"ash", "bash", "cmd", "csh", "dash", "elvish", "fish", "ksh", "mksh", "nu", "powershell", "pwsh", "rbash", "sh",
		"tcsh", "xonsh", "yash", "zsh":
		return true
	case // POSIX
		"[", "alias", "ar", "asa", "at", "awk", "basename", "batch", "bc", "bg", "c17", "c89", "c99", "cal", "cat", "cd",
		"cflow", "chgrp", "chmod", "chown", "cksum", "cmp", "comm", "command", "compress", "cp", "crontab", "csplit",
		"ctags", "cut", "cxref", "date", "dd", "df", "diff", "dirname", "du", "echo", "ed", "env", "ex", "expand", "expr",
		"false", "fc", "fg", "file", "find", "fold", "fuser", "gencat", "getconf", "getopts", "gettext", "grep", "hash",
		"head", "iconv", "id", "ipcrm", "ipcs", "jobs", "join", "kill", "lex", "link", "ln", "locale", "localedef",
		"logger", "logname", "lp", "ls", "m4", "mailx", "make", "man", "mesg", "mkdir", "mkfifo", "more", "msgfmt", "mv",
		"newgrp", "ngettext", "nice", "nl", "nm", "nohup", "od", "paste", "patch", "pathchk", "pax", "pr", "printf", "ps",
		"pwd", "read", "readlink", "realpath", "renice", "rm", "rmdir", "sed", "sleep", "sort", "split", "strings",
		"strip", "stty", "tabs", "tail", "talk", "tee", "test", "time", "timeout", "touch", "tput", "tr", "true", "tsort",
		"tty", "type", "ulimit", "umask", "unalias", "uname", "uncompress", "unexpand", "uniq", "unlink", "uudecode",
		"uuencode", "vi", "wait", "wc", "who", "write", "xargs", "xgettext", "yacc", "zcat":
		return true
	case // coreutils, findutils, diffutils beyond POSIX
		"arch", "b2sum", "base32", "base64", "basenc", "chcon", "chroot", "diff3", "dir", "dircolors", "egrep", "factor",
		"fgrep", "fmt", "gawk", "groups", "hostid", "install", "locate", "mawk", "md5", "md5sum", "mknod", "mktemp",
		"nproc", "numfmt", "pinky", "printenv", "ptx", "runcon", "sdiff", "seq", "sha1sum", "sha224sum", "sha256sum",
		"sha384sum", "sha512sum", "shasum", "shred", "shuf", "stat", "stdbuf", "sum", "sync", "tac", "truncate", "users",
		"vdir", "whoami", "yes":
		return true
	case // the system and its users
		"chfn", "chpasswd", "chsh", "dmesg", "doas", "fdisk", "free", "fsck", "getent", "groupadd", "halt", "hostname",
		"hostnamectl", "init", "insmod", "ionice", "journalctl", "killall", "last", "launchctl", "ldconfig", "ldd",
		"login", "loginctl", "lsblk", "lscpu", "lsmod", "lsof", "lspci", "lsusb", "mkfs", "modprobe", "mount", "nologin",
		"nsenter", "open", "osascript", "passwd", "pgrep", "pidof", "pkexec", "pkill", "poweroff", "reboot", "rmmod",
		"script", "service", "setsid", "shutdown", "su", "sudo", "sudoedit", "sw_vers", "swapoff", "swapon", "sysctl",
		"systemctl", "taskset", "top", "uptime", "umount", "unshare", "useradd", "userdel", "usermod", "visudo", "w",
		"watch", "whereis", "which", "xdg-open":
		return true
	case // the network, other machines, secrets
		"arp", "certutil", "codesign", "curl", "dig", "ftp", "git", "gpg", "gpg-agent", "gpg2", "gpgv",
		"hg", "host", "ifconfig", "ip", "iptables", "keytool", "kinit", "ldapsearch", "nc", "netcat", "netstat", "nft",
		"nslookup", "openssl", "pass", "pinentry", "ping", "ping6", "route", "rsync", "scp", "security", "sftp",
		"socat", "ss", "ssh", "ssh-add", "ssh-agent", "ssh-copy-id", "ssh-keygen", "ssh-keyscan", "svn", "tcpdump",
		"telnet", "traceroute", "wget":
		return true
	case // containers and clusters: what they are given runs elsewhere with one's rights
		"aws", "az", "docker", "docker-compose", "gcloud", "kubectl", "podman":
		return true
	case // packages, archives
		"apk", "apt", "apt-cache", "apt-get", "apt-key", "brew", "bunzip2", "bzcat", "bzip2", "choco", "cpio", "dnf",
		"dpkg", "dpkg-query", "emerge", "flatpak", "gunzip", "gzip", "lz4", "makepkg", "msiexec", "nix", "nix-env", "pacman",
		"pkg", "port", "rpm", "scoop", "snap", "tar", "unxz", "unzip", "unzstd", "winget", "xz", "xzcat", "yum", "zip",
		"zstd", "zypper":
		return true
	case // what builds and runs software
		"addr2line", "as", "bazel", "c++", "cargo", "cc", "clang", "clang++", "cmake", "cpp", "f77", "g++", "gcc", "gdb",
		"gfortran", "gmake", "java", "javac", "ld", "lldb", "meson", "ninja", "node", "npm", "npx", "objcopy", "objdump",
		"perl", "php", "pip", "pip3", "pkg-config", "protoc", "python", "python2", "python3", "ranlib", "readelf", "ruby",
		"rustc", "rustup", "size", "strace", "swift", "xcode-select", "xcodebuild", "xcrun":
		return true
	case // looking at text and editing it
		"clear", "code", "col", "column", "emacs", "hexdump", "jq", "less", "nano", "nvim", "pico", "reset", "rev",
		"screen", "tmux", "tree", "view", "vim", "vimdiff", "xxd":
		return true
	case // Windows
		"attrib", "cacls", "cipher", "cscript", "explorer", "findstr", "icacls", "ipconfig", "mklink", "net", "netsh",
		"reg", "regedit", "regsvr32", "robocopy", "rundll32", "runas", "sc", "schtasks", "setx", "takeown", "taskkill",
		"tasklist", "where", "wmic", "wscript", "wsl", "xcopy":
		return true
	}
	return false
}
