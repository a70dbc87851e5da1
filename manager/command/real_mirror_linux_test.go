package command

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gsw/manager/dist/disttest"
)

// mirrorClients is what the clients of a mirror do in a network that has nothing but the mirror: nginx serves the tree on
// $ADDRESS. Each line of its output is compared. The go command is the one that runs the tests.
const mirrorClients = `
ip link set lo up
nginx -p "$WORK" -c "$WORK/nginx.conf" -e "$WORK/nginx.err"
trap 'kill "$(cat "$WORK/nginx.pid")"' EXIT
say() { printf '%s: ' "$1"; shift; "$@" 2>&1 | tail -1; }
client() { # PROXY: the go command of somebody who has nothing
	chmod -R u+w "$WORK/user" 2>/dev/null || true
	rm -rf "$WORK/user"; mkdir "$WORK/user"; cd "$WORK/user"
	env -i PATH="$PATH" HOME="$WORK/user" GOPROXY="$1" GOTOOLCHAIN=go1.22.3 GOSUMDB=sum.golang.org GOFLAGS=-modcacherw go version 2>&1
}
newest() { cmp "$WORK/user/go/pkg/sumdb/sum.golang.org/latest" "$SITE/sumdb/sum.golang.org/latest" && echo the mirror\'s; }
ours() { rm -rf "$WORK/gsw"; env -i PATH="$PATH" HOME="$WORK/gsw" GOENV=off "$@"; }
flipped() { # FILE AT: one bit is wrong while the go command asks
	cp "$1" "$WORK/kept"
	printf "$(printf '\\%03o' $(( $(od -An -tu1 -j "$2" -N1 "$1") ^ 1 )))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
	client "http://$ADDRESS" >"$WORK/said" && echo accepted || grep -o -m1 -e 'checksum mismatch' -e 'cannot authenticate record data in server response' -e 'downloaded inconsistent tile' "$WORK/said" || cat "$WORK/said"
	cp "$WORK/kept" "$1"
}

say 'go through nginx' client "http://$ADDRESS"
say 'its newest head' newest
say 'go through file' client "file://$SITE"
say 'its newest head' newest
say 'gsw, archive through nginx' ours GSW_MIRROR="http://$ADDRESS/dl" GOPROXY="http://$ADDRESS" gsw install --via dl -q 1.22.3
say 'gsw, what GSW_MIRROR has' ours GSW_MIRROR="http://$ADDRESS/dl" GOPROXY="http://$ADDRESS" gsw list-remote -q 1.22
say 'gsw, module through nginx' ours GOPROXY="http://$ADDRESS" gsw install --via module -q 1.22.3
say 'gsw, only GOPROXY, the folder' ours GOPROXY="file://$SITE" gsw install -q 1.22.3
cd "$WORK"
curl -sf "http://$ADDRESS/dl/?mode=json&include=all" >all
cmp all "$SITE/dl/index.json"
sum=$(tr -d ' \n' <all | sed -n 's/.*"filename":"go1.22.3.linux-amd64.tar.gz"[^}]*"sha256":"\([0-9a-f]*\)".*/\1/p')
curl -sf -O "http://$ADDRESS/dl/go1.22.3.linux-amd64.tar.gz"
say 'sum of the index' sh -c "echo '$sum  go1.22.3.linux-amd64.tar.gz' | sha256sum -c"
say 'sum beside it' sh -c "echo \"\$(curl -sf http://$ADDRESS/dl/go1.22.3.linux-amd64.tar.gz.sha256)  go1.22.3.linux-amd64.tar.gz\" | sha256sum -c"
say 'private' curl -s -o /dev/null -w '%{http_code}\n' "http://$ADDRESS/.gsw-mirror/state.json"
database="$SITE/sumdb/sum.golang.org"
zip="$SITE/golang.org/toolchain/@v/v0.0.1-go1.22.3.linux-amd64.zip"
say 'zip' flipped "$zip" $(( $(grep -abo linux-amd64/LICENSE "$zip" | tail -1 | cut -d: -f1) + 12 ))
say 'record' flipped "$database/lookup/golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64" 75
say 'tile' flipped "$LEAF" 5000
`

const mirrorNginx = `
worker_processes 1;
pid %[1]s/nginx.pid;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	include /etc/nginx/mime.types;
	server {
		listen %[2]s;
		root %[3]s;
		location ~ /\. { return 404; }
	}
}
`

// TestRealMirror makes a mirror with a real toolchain, a real database's records and its real key, and takes the network away: the go
// command, gsw and curl have nginx and the folder, and nothing else.
func TestRealMirror(t *testing.T) {
	t.Parallel()
	disttest.Long(t)
	archive := disttest.RealTarGz(t, "1.22.3") // skips where no proxy can be reached
	for _, program := range []string{"nginx", "ip", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			disttest.Need(t, "%v", err)
		}
	}
	proxy, err := exec.Command("go", "env", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	site := filepath.Join(work, "mirror")
	h := newHouseAt(t, filepath.Join(work, ".gsw"), nil)
	sync := exec.Command("gsw", "mirror", "sync", site, "--versions", "1.22.3")
	sync.Env = append(os.Environ(), "HOME="+work, "GSW_HOME="+h.home, "GOPROXY="+strings.TrimSpace(string(proxy)), "GOENV=off",
		testIndex+"="+serveArchive(t, "go1.22.3", archive))
	stdout, stderr, code := finish(t, sync)
	if code == exitNetwork {
		disttest.Need(t, "the mirror cannot be made: %s", stderr)
	}
	if code != 0 || !strings.Contains(stdout, "fetched") {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}

	address := freeAddress(t)
	conf := fmt.Sprintf(mirrorNginx, work, address, site)
	if err := os.WriteFile(filepath.Join(work, "nginx.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(work), 0o755); err != nil { // nginx's workers are nobody's
		t.Fatal(err)
	}
	leaves, err := filepath.Glob(filepath.Join(site, "sumdb/sum.golang.org/tile/8/0/x*/[0-9][0-9][0-9]"))
	if err != nil || len(leaves) != 1 {
		t.Fatal(leaves, err)
	}
	want := `go through nginx: go version go1.22.3 linux/amd64
its newest head: the mirror's
go through file: go version go1.22.3 linux/amd64
its newest head: the mirror's
gsw, archive through nginx: go1.22.3	WORK/gsw/.gsw/versions/go1.22.3/go	log
gsw, what GSW_MIRROR has:   go1.22.3
gsw, module through nginx: go1.22.3	WORK/gsw/.gsw/versions/go1.22.3/go	log
gsw, only GOPROXY, the folder: go1.22.3	WORK/gsw/.gsw/versions/go1.22.3/go	log
sum of the index: go1.22.3.linux-amd64.tar.gz: OK
sum beside it: go1.22.3.linux-amd64.tar.gz: OK
private: 404
zip: checksum mismatch
record: cannot authenticate record data in server response
tile: downloaded inconsistent tile
`
	got := alone(t, mirrorClients, "WORK="+work, "SITE="+site, "ADDRESS="+address, "LEAF="+leaves[0])
	if got = strings.ReplaceAll(got, work, "WORK"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// alone runs a shell script in a network of its own, in which there is nobody, and returns what it says.
func alone(t *testing.T, script string, env ...string) string {
	t.Helper()
	c := exec.Command("sh", "-euc", script)
	c.Dir = t.TempDir()
	c.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	var said strings.Builder
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		disttest.Need(t, "no network namespace: %v", err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("%v", err)
	}
	return said.String()
}
