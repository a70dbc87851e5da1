package command

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
)

// TestRealImport adopts what a real golang.org/dl/go1.21.6 unpacked, the program as it is published. It knows one address
// to download from, which a proxy on loopback answers for; beside the release's files it leaves the archive and a mark.
func TestRealImport(t *testing.T) {
	t.Parallel()
	disttest.Long(t)
	archive := disttest.RealTarGz(t, "1.21.6") // skips where no proxy can be reached
	u := newUser(t, "me")
	bin := filepath.Join(u.dir, "dl")
	install := exec.Command("go", "install", "golang.org/dl/go1.21.6@latest")
	install.Dir, install.Env = u.dir, append(os.Environ(), "GOBIN="+bin, "GOFLAGS=", "GOWORK=off", "GO111MODULE=")
	if out, err := install.CombinedOutput(); err != nil {
		disttest.Need(t, "golang.org/dl cannot be had from GOPROXY: %v %s", err, out)
	}
	settings, err := exec.Command("go", "env", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	u.env = []string{
		"HOME=" + u.home, "PATH=/usr/bin:/bin", "GOPROXY=" + strings.TrimSpace(string(settings)), "GOENV=off", testRoot + "=" + filepath.Join(u.dir, "root"),
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value, ok := os.LookupEnv(name); ok {
			u.env = append(u.env, name+"="+value)
		}
	}
	direct := u.env
	u.env = append(append([]string{}, direct...), impersonate(t, "dl.google.com", archive)...)
	if got := u.run(u.home, filepath.Join(bin, "go1.21.6"), "download"); got.code != 0 {
		t.Fatalf("go1.21.6 download: exit code %d\n%s%s", got.code, got.out, got.err)
	}
	u.env = direct
	for _, name := range []string{".unpacked-success", "go1.21.6." + disttest.Host().String() + ".tar.gz"} {
		if _, err := os.Stat(filepath.Join(u.home, "sdk", "go1.21.6", name)); err != nil {
			t.Errorf("golang.org/dl leaves other files by now: %v", err)
		}
	}
	for _, way := range []string{"--scan", "--link", "--pins"} { // the last one copies
		got := u.run(u.home, u.program, "import", way)
		if got.code == exitNetwork {
			disttest.Need(t, "the checksum database cannot be asked: %s", got.err)
		}
		if got.code != 0 || !strings.Contains(got.out, "golang.org/dl  ~/sdk/go1.21.6  ") || !strings.Contains(got.out, "proved by log; ") {
			t.Fatalf("import %s: exit code %d\n%s%s", way, got.code, got.out, got.err)
		}
		if way == "--scan" {
			continue
		}
		if got := u.run(u.home, u.program, "verify", "--all"); got.code != 0 {
			t.Errorf("verify after import %s: %s%s", way, got.out, got.err)
		}
		if got := u.run(u.home, u.program, "+1.21.6", "go", "version"); !strings.Contains(got.out, "go1.21.6 ") {
			t.Errorf("after import %s: %s%s", way, got.out, got.err)
		}
		if got := u.run(u.home, u.program, "uninstall", "--force", "1.21.6"); got.code != 0 {
			t.Errorf("uninstall after import %s: %s", way, got.err)
		}
	}
}

// impersonate gives the variables under which programs take a server on loopback for host: there is the file at whatever
// path has its name, and its SHA-256 beside it.
func impersonate(t *testing.T, host, file string) (env []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".sha256") {
			_, _ = io.WriteString(w, hex.EncodeToString(sum[:]))
			return
		}
		http.ServeFile(w, r, file)
	}))
	certificate, ca := certify(t, host)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	t.Cleanup(server.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != host+":443" {
			http.Error(w, "only "+host+" is here", http.StatusForbidden)
			return
		}
		there, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer there.Close()
		w.WriteHeader(http.StatusOK)
		here, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer here.Close()
		go func() { _, _ = io.Copy(there, here); there.Close() }()
		_, _ = io.Copy(here, there)
	}))
	t.Cleanup(proxy.Close)
	return []string{"HTTPS_PROXY=" + proxy.URL, "https_proxy=" + proxy.URL, "NO_PROXY=", "no_proxy=", "SSL_CERT_FILE=" + ca, "SSL_CERT_DIR=" + filepath.Dir(ca)}
}

// certify makes a certificate for host, and a file with it for those who shall believe it.
func certify(t *testing.T, host string) (certificate tls.Certificate, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}
