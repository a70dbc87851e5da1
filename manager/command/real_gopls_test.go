//go:build unix

package command

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tailscale/hujson"

	"gsw/manager/dist/disttest"
)

// goplsModule is the language server that VS Code, Neovim, Helix, Zed and Emacs start.
const goplsModule = "golang.org/x/tools/gopls@v0.20.0"

// TestRealGopls: a real language server, started as the editor does it with the settings that `gsw ide vscode` wrote,
// reads the sources of the Go that holds in the project: after a switch, and after a pin, with the same settings.
func TestRealGopls(t *testing.T) {
	t.Parallel()
	disttest.Long(t)
	gopls := filepath.Join(realTool(t, goplsModule), "gopls")
	u := onlineUser(t)
	gsw := filepath.Join(u.gsw, "bin", "gsw")
	for _, version := range []string{"1.22.3", "1.23.4"} {
		if got := u.run(u.home, u.program, "install", "--via", "module", version); got.code != 0 {
			disttest.Need(t, "installing go%s: %s", version, got.err)
		}
	}
	app := u.project("app", "go.mod", "module example.com/app\n\ngo 1.22\n",
		"main.go", "package main\n\nimport (\n\t\"fmt\"\n\t\"maps\"\n)\n\nfunc main() {\n\tfmt.Println(maps.Keys(map[string]int{}))\n}\n")
	if got := u.run(app, gsw, "ide", "vscode", "--write"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	settings, err := os.ReadFile(filepath.Join(app, ".vscode", "settings.json"))
	if err != nil {
		t.Fatal(err)
	}
	// maps.Keys came with go1.23.
	steps := []struct {
		args    []string
		version string
		unknown bool
	}{
		{nil, "go1.22.3", true},
		{[]string{"use", "1.23.4"}, "go1.23.4", false},
		{[]string{"use", "--project", "1.22.3"}, "go1.22.3", true},
	}
	for _, step := range steps {
		if step.args != nil {
			if got := u.run(app, gsw, step.args...); got.code != 0 {
				t.Fatalf("%+v", got)
			}
		}
		for name, env := range map[string][]string{
			"VS Code":                      u.asVSCode(settings),
			"an editor with shims on PATH": u.with("PATH", filepath.Join(u.gsw, "shims")+":"+os.Getenv("PATH")),
		} {
			s := startGopls(t, gopls, app, env)
			file := filepath.Join(app, "main.go")
			if at := s.definition(file, 8, 6); !strings.HasPrefix(at, "file://"+u.gsw+"/versions/"+step.version+"/go/src/fmt/") {
				t.Errorf("%s after gsw %q: fmt.Println is in %s, want that of %s", name, step.args, at, step.version)
			}
			if unknown := strings.Contains(s.diagnostics(file), "undefined: maps.Keys"); unknown != step.unknown {
				t.Errorf("%s after gsw %q: maps.Keys is unknown: %v", name, step.args, unknown)
			}
			s.end()
		}
		env := u.with("PATH", filepath.Join(u.gsw, "shims")+":"+filepath.Dir(gopls)+":"+os.Getenv("PATH"))
		if at := neovim(t, app, env); !strings.HasPrefix(at, "file://"+u.gsw+"/versions/"+step.version+"/go/src/fmt/") {
			t.Errorf("Neovim after gsw %q: fmt.Println is in %s, want that of %s", step.args, at, step.version)
		}
	}
	if now, err := os.ReadFile(filepath.Join(app, ".vscode", "settings.json")); string(now) != string(settings) {
		t.Errorf("the settings were rewritten: %s %v", now, err)
	}
}

// neovim opens main.go in a real editor, which knows nothing but its PATH, and gives what it is told of fmt.Println.
func neovim(t *testing.T, dir string, env []string) string {
	t.Helper()
	if _, err := exec.LookPath("nvim"); err != nil {
		disttest.Need(t, "neovim is not installed")
	}
	script := filepath.Join(t.TempDir(), "ask.lua")
	if err := os.WriteFile(script, []byte(`
vim.cmd('edit main.go')
local settings = { name = 'gopls', cmd = { 'gopls' }, root_dir = vim.fn.getcwd() }
local id = vim.lsp.start and vim.lsp.start(settings) or vim.lsp.start_client(settings)
vim.lsp.buf_attach_client(0, id)
vim.wait(60000, function() return vim.lsp.get_client_by_id(id).initialized end, 20)
local answers = vim.lsp.buf_request_sync(0, 'textDocument/definition',
  { textDocument = { uri = vim.uri_from_bufnr(0) }, position = { line = 8, character = 6 } }, 120000)
for _, answer in pairs(answers or {}) do
  for _, place in ipairs(answer.result or {}) do io.stdout:write(place.uri, '\n') end
end
vim.lsp.stop_client(id)
vim.wait(30000, function() return vim.lsp.client_is_stopped(id) end, 20)
vim.cmd('qa!')
`), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", "luafile "+script)
	cmd.Dir, cmd.Env = dir, env
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("neovim: %v %s", err, errs.String())
	}
	return strings.TrimSpace(out.String() + errs.String())
}

// with is the user's environment with another value.
func (u *user) with(name, value string) []string {
	env := []string{name + "=" + value}
	for _, line := range u.env {
		if !strings.HasPrefix(line, name+"=") {
			env = append(env, line)
		}
	}
	return env
}

// asVSCode is the environment in which the extension starts gopls, made as golang/vscode-go does (goEnv.ts:
// newEnvironment; util.ts: substituteEnv, resolvePath) of settings with comments.
func (u *user) asVSCode(settings []byte) []string {
	u.t.Helper()
	plain, err := hujson.Standardize(slices.Clone(settings)) // it works in place
	if err != nil {
		u.t.Fatal(err)
	}
	var s struct {
		Env map[string]string `json:"go.toolsEnvVars"`
	}
	if err := json.Unmarshal(plain, &s); err != nil {
		u.t.Fatal(err)
	}
	was := map[string]string{}
	for _, line := range u.with("PATH", os.Getenv("PATH")) { // as of a desktop, which knows nothing of gsw
		name, value, _ := strings.Cut(line, "=")
		was[name] = value
	}
	now := map[string]string{}
	for name, value := range was {
		now[name] = value
	}
	for name, value := range s.Env {
		value = regexp.MustCompile(`\$\{env:([^}]+)\}`).ReplaceAllStringFunc(value, func(m string) string { return was[m[len("${env:"):len(m)-1]] })
		if rest, home := strings.CutPrefix(value, "~"); home {
			value = u.home + rest
		}
		now[name] = value
	}
	var env []string
	for name, value := range now {
		env = append(env, name+"="+value)
	}
	return env
}

// speaker is a language server at the other end of two pipes.
type speaker struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	told map[string][]string // diagnostics, by file
	next int
}

type lspMessage struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params any             `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

func startGopls(t *testing.T, gopls, dir string, env []string) *speaker {
	t.Helper()
	s := &speaker{t: t, cmd: exec.CommandContext(t.Context(), gopls), told: map[string][]string{}}
	s.cmd.Dir, s.cmd.Env = dir, env
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	s.out = bufio.NewReader(out)
	root := "file://" + dir
	s.ask("initialize", map[string]any{"processId": nil, "rootUri": root, "capabilities": map[string]any{},
		"workspaceFolders": []any{map[string]any{"uri": root, "name": "app"}}})
	s.say(lspMessage{Method: "initialized", Params: map[string]any{}})
	file := filepath.Join(dir, "main.go")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s.say(lspMessage{Method: "textDocument/didOpen", Params: map[string]any{"textDocument": map[string]any{
		"uri": "file://" + file, "languageId": "go", "version": 1, "text": string(text)}}})
	return s
}

func (s *speaker) say(m lspMessage) {
	s.t.Helper()
	body, err := json.Marshal(struct {
		Version string `json:"jsonrpc"`
		lspMessage
	}{"2.0", m})
	if err == nil {
		_, err = fmt.Fprintf(s.in, "Content-Length: %d\r\n\r\n%s", len(body), body)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// hear gives the next message, and answers what the server asks: with null, as a client does that has no settings.
func (s *speaker) hear() lspMessage {
	s.t.Helper()
	header, err := textproto.NewReader(s.out).ReadMIMEHeader()
	if err != nil {
		s.t.Fatalf("the language server ended: %v", err)
	}
	n, _ := strconv.Atoi(header.Get("Content-Length"))
	body := make([]byte, n)
	if _, err := io.ReadFull(s.out, body); err != nil {
		s.t.Fatal(err)
	}
	var m lspMessage
	if err := json.Unmarshal(body, &m); err != nil {
		s.t.Fatal(err)
	}
	switch {
	case m.Method == "textDocument/publishDiagnostics":
		var told struct {
			Params struct {
				URI         string
				Diagnostics []struct{ Message string }
			}
		}
		if err := json.Unmarshal(body, &told); err != nil {
			s.t.Fatal(err)
		}
		text := ""
		for _, d := range told.Params.Diagnostics {
			text += d.Message + "\n"
		}
		s.told[told.Params.URI] = append(s.told[told.Params.URI], text)
	case m.Method == "workspace/configuration":
		s.say(lspMessage{ID: m.ID, Result: json.RawMessage(`[null,null,null,null,null]`)})
	case m.Method != "" && m.ID != nil:
		s.say(lspMessage{ID: m.ID, Result: json.RawMessage(`null`)})
	}
	return m
}

// ask waits for the answer to a request.
func (s *speaker) ask(method string, params any) json.RawMessage {
	s.t.Helper()
	s.next++
	id := json.RawMessage(strconv.Itoa(s.next))
	s.say(lspMessage{ID: id, Method: method, Params: params})
	for {
		if m := s.hear(); m.Method == "" && string(m.ID) == string(id) {
			if m.Error != nil {
				s.t.Fatalf("%s: %s", method, m.Error)
			}
			return m.Result
		}
	}
}

// definition is the file that what stands at a place is defined in.
func (s *speaker) definition(file string, line, column int) string {
	s.t.Helper()
	var places []struct{ URI string }
	answer := s.ask("textDocument/definition", map[string]any{
		"textDocument": map[string]any{"uri": "file://" + file}, "position": map[string]any{"line": line, "character": column}})
	if err := json.Unmarshal(answer, &places); err != nil || len(places) == 0 {
		s.t.Fatalf("no definition: %s %v", answer, err)
	}
	return places[0].URI
}

// diagnostics waits for what the server thinks of a file.
func (s *speaker) diagnostics(file string) string {
	s.t.Helper()
	for len(s.told["file://"+file]) == 0 {
		s.hear()
	}
	return strings.Join(s.told["file://"+file], "")
}

func (s *speaker) end() {
	s.t.Helper()
	s.ask("shutdown", nil)
	s.say(lspMessage{Method: "exit"})
	s.in.Close()
	_, _ = io.Copy(io.Discard, s.out)
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("the language server: %v", err)
	}
}

// realTool builds a published program, and gives the folder that it is in.
func realTool(t *testing.T, module string) string {
	t.Helper()
	bin := t.TempDir()
	cmd := exec.Command("go", "install", module)
	cmd.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		disttest.Need(t, "building %s: %v\n%s", module, err, out)
	}
	return bin
}

// onlineUser is a user who reaches the module proxy of the machine, and the public checksum database behind it.
func onlineUser(t *testing.T) *user {
	t.Helper()
	settings, err := exec.Command("go", "env", "GOPROXY", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	proxy, cache, _ := strings.Cut(strings.TrimSpace(string(settings)), "\n")
	u := newUser(t, "me")
	u.env = []string{
		"HOME=" + u.home, "PATH=/usr/bin:/bin", "GOPROXY=" + proxy, "GOCACHE=" + cache, "GOFLAGS=-modcacherw", "CGO_ENABLED=0", "GOENV=off",
		"XDG_CACHE_HOME=" + filepath.Join(u.dir, "cache"), testIndex + "=http://127.0.0.1:1/dl",
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value, ok := os.LookupEnv(name); ok {
			u.env = append(u.env, name+"="+value)
		}
	}
	return u
}
