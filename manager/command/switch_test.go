package command

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/manager/gover"
	"gsw/manager/store"
	"gsw/platform"
)

// TestSwitchingUnderLoad is the first promise: one switch is one rename. Eight
// processes use what is being switched, all the time, 2,000 times over; 400 times,
// if nothing asks for what takes long.
func TestSwitchingUnderLoad(t *testing.T) {
	t.Parallel()
	const watchers, every = 8, 13 // every thirteenth switch is a process of gsw
	switches := 400
	if disttest.Thorough() {
		switches = 2000
	}
	versions := []string{"1.22.3", "1.21.6", "1.20.14"}
	u := newUser(t, "me", versions...)
	for _, version := range versions {
		dir := filepath.Join(u.gsw, "versions", "go"+version)
		u.write(filepath.Join(dir, "bin", "whose"), "go"+version)
		if got := u.run(u.home, filepath.Join(u.gsw, "bin", "gsw"), "exec", version, "--", "go", "install", "lint"); got.code != 0 {
			t.Fatal(got.err)
		}
	}

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	type child struct {
		*exec.Cmd
		stop      io.Closer
		out, errs bytes.Buffer
	}
	children := make([]*child, watchers)
	for i := range children {
		c := &child{Cmd: exec.Command(self)}
		c.Args[0] = "watch"
		c.Env = append(os.Environ(), "GSW_HOME="+u.gsw)
		c.Stdout, c.Stderr = &c.out, &c.errs
		if c.stop, err = c.StdinPipe(); err == nil {
			err = c.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		children[i] = c
	}

	host, err := platform.Read()
	if err != nil {
		t.Fatal(err)
	}
	host.Home, host.Env = u.gsw, platform.NewEnv(host.Target, u.env)
	s := store.Open(host)
	deadline := time.Now().Add(25 * time.Second)
	done := 0
	for ; done < switches && time.Now().Before(deadline); done++ {
		version := versions[done%len(versions)]
		if done%every == 0 {
			if got := u.run(u.home, filepath.Join(u.gsw, "bin", "gsw"), "use", version); got.code != 0 || got.out != "" {
				t.Fatalf("gsw use %s: exit code %d, %q, %s", version, got.code, got.out, got.err)
			}
		} else if err := s.Activate(t.Context(), gover.MustParse(version)); err != nil {
			t.Fatal(err)
		}
	}
	if done < switches {
		t.Logf("the machine is too busy: %d switches", done)
	}
	looks := 0
	for i, c := range children {
		_ = c.stop.Close()
		if err := c.Wait(); err != nil {
			t.Errorf("process %d: %v\n%s", i, err, c.errs.String())
		}
		n, _ := strconv.Atoi(strings.TrimSpace(c.out.String()))
		looks += n
	}
	t.Logf("%d switches, %d looks", done, looks)
	if !t.Failed() && looks < switches/25 {
		t.Errorf("the processes looked only %d times", looks)
	}
}

// watch is a process of that test: it looks at the default in each way that
// programs do until its standard input ends, and prints how often.
func watch() {
	home := os.Getenv("GSW_HOME")
	end := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(end)
	}()
	for looks := 1; ; looks++ {
		if err := look(home); err != nil {
			fmt.Fprintf(os.Stderr, "look %d: %v\n", looks, err)
			os.Exit(1)
		}
		select {
		case <-end:
			fmt.Println(looks)
			return
		default:
		}
	}
}

func look(home string) error {
	// What runs is one version, and says where it really lies.
	out, err := exec.Command(filepath.Join(home, "bin", "go"), "env", "GOROOT", "GOVERSION").Output()
	if err != nil {
		return fmt.Errorf("bin/go env: %w", err)
	}
	goroot, version, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if goroot != filepath.Join(home, "versions", version, "go") {
		return fmt.Errorf("GOROOT is %s of %s", goroot, version)
	}
	if out, err := exec.Command(filepath.Join(home, "bin", "go"), "version").Output(); err != nil || !strings.HasPrefix(string(out), "go version go1.2") {
		return fmt.Errorf("bin/go version: %q, %w", out, err)
	}
	if out, err := exec.Command(filepath.Join(home, "current", "bin", "lint")).Output(); err != nil || !strings.HasPrefix(string(out), "lint made by go1.2") {
		return fmt.Errorf("current/bin/lint: %q, %w", out, err)
	}
	for range 200 {
		// Who goes through the anchor once has GOROOT and GOBIN of one version.
		root, err := os.OpenRoot(filepath.Join(home, "current"))
		if err != nil {
			return err
		}
		made, err1 := root.ReadFile("go/VERSION")
		whose, err2 := root.ReadFile("bin/whose")
		_ = root.Close()
		if of, _, _ := strings.Cut(string(made), "\n"); err1 != nil || err2 != nil || of != string(whose) {
			return fmt.Errorf("GOROOT of %q with GOBIN of %q: %v, %v", of, whose, err1, err2)
		}
		// And there always is one.
		gobin, err := filepath.EvalSymlinks(filepath.Join(home, "current", "bin"))
		if err != nil {
			return err
		}
		if filepath.Base(gobin) != "bin" || filepath.Dir(filepath.Dir(gobin)) != filepath.Join(home, "versions") {
			return fmt.Errorf("current/bin is %s", gobin)
		}
	}
	return nil
}
