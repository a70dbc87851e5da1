package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// failed is the exit code of a child that was not killed and did not succeed. Windows says 1 for killed.
const failed = 3

// TestMain lets the test binary be the processes that the tests start: gsw commands that get killed, and programs that
// use what the store shows.
func TestMain(m *testing.M) {
	if job := os.Getenv("GSW_TEST_STORE_JOB"); job != "" {
		if err := child(job, os.Getenv("GSW_HOME"), os.Getenv("GSW_TEST_STORE_STEP")); err != nil {
			fmt.Println(err)
			os.Exit(failed)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func childCommand(t testing.TB, job string, s Store, step string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "GSW_TEST_STORE_JOB="+job, "GSW_HOME="+s.home, "GSW_TEST_STORE_STEP="+step)
	return cmd
}

func child(job, home, step string) error {
	s := Open(host(home))
	if os.Getenv("GSW_TEST_STORE_BUSY") != "" {
		s.trees = busyTrees{step: func(point string) { s.at(point) }}
	}
	if step != "" {
		n, err := strconv.Atoi(step)
		if err != nil {
			return err
		}
		s.step = func(point string) {
			if n--; n == 0 {
				fmt.Println(point)
				die()
			}
		}
	}
	for _, command := range strings.Split(job, ";") {
		if err := s.do(strings.Fields(command)); err != nil {
			return fmt.Errorf("%s: %w", command, err)
		}
	}
	return nil
}

// die ends the process as SIGKILL does: nothing deferred runs.
func die() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		p.Kill()
	}
	select {}
}

// do is a command as gsw runs it.
func (s Store) do(args []string) error {
	ctx := context.Background()
	switch args[0] {
	case "install":
		if _, err := install(s, args[1], args[2]); err != nil {
			return err
		}
		return s.Refresh(ctx, program)
	case "activate":
		return s.activate(ctx, v(args[1]))
	case "deactivate":
		return s.Deactivate(ctx)
	case "remove":
		if err := s.Remove(ctx, v(args[1]), len(args) > 2, nil); err != nil {
			return err
		}
		return s.Refresh(ctx, program)
	case "refresh":
		return s.Refresh(ctx, program)
	case "sweep":
		doubtful, err := s.Sweep(ctx, program, nil)
		for _, t := range doubtful {
			settled, recheckErr := s.Recheck(ctx, t, nil, func() (bool, error) { return whole(t), nil })
			if settled.Removed {
				recheckErr = errors.Join(recheckErr, s.Refresh(ctx, program))
			}
			err = errors.Join(err, recheckErr)
		}
		return err
	case "unflushed":
		if _, err := installUnflushed(s, args[1], args[2]); err != nil {
			return err
		}
		return s.Refresh(ctx, program)
	case "resolved":
		tc, err := s.Get(v(args[2]))
		if err != nil {
			return err
		}
		sp, err := parseSpec(args[1])
		if err != nil {
			return err
		}
		return s.Resolved(sp, tc.GOROOT())
	case "churn":
		return s.churn()
	case "look":
		return s.look()
	}
	return fmt.Errorf("no such job")
}

// churn does whatever comes to mind, until it is killed.
func (s Store) churn() error {
	versions := []string{"go1.21.6", "go1.22.3", "go1.22.4"}
	for n := 0; ; n++ {
		tag := versions[rand.IntN(len(versions))]
		var args []string
		switch rand.IntN(7) {
		case 0, 1:
			args = []string{"install", tag, strconv.Itoa(n)}
		case 2, 3:
			args = []string{"activate", tag}
		case 4:
			args = []string{"remove", tag, "force"}
		case 5:
			args = []string{"sweep"}
		case 6:
			args = []string{"unflushed", tag, strconv.Itoa(n)}
		}
		if err := s.do(args); err != nil && !isType[*NotInstalledError](err) {
			return fmt.Errorf("%q: %w", args, err)
		}
	}
}

// lookThroughLinks gives the folder of the default. Where no link leads there, as under Wine, it is what Active says.
func (s Store) lookThroughLinks() (string, error) {
	if s.pointed() {
		active, err := s.Active()
		return active.Dir, err
	}
	for _, path := range []string{"current/bin", "current/go", "current/go/VERSION", "current/receipt.json", "bin/go"} {
		if _, err := filepath.EvalSymlinks(filepath.Join(s.home, path)); err != nil {
			return "", err
		}
	}
	return filepath.EvalSymlinks(s.Anchor())
}

// look does what editors and shells do while somebody switches: it must always find a Go and its tools, and both of one
// version. It ends when its input does, and says how often it looked.
func (s Store) look() error {
	end := make(chan bool)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(end)
	}()
	fmt.Println("looking")
	for n := 0; ; n++ {
		select {
		case <-end:
			fmt.Println(n)
			return nil
		default:
		}
		root, err := s.lookThroughLinks()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(filepath.Join(root, "go", "VERSION"))
		if err != nil {
			return err
		}
		if tag, _, _ := strings.Cut(string(text), " "); tag != filepath.Base(root) {
			return fmt.Errorf("%s holds %s", root, tag)
		}
		active, err := s.Active()
		if err != nil {
			return err
		}
		for _, dir := range []string{active.GOROOT(), active.GOBIN()} {
			if real, err := filepath.EvalSymlinks(dir); err != nil || !strings.HasPrefix(real, active.Dir) {
				return fmt.Errorf("%s is %s: %w", dir, real, err)
			}
		}
	}
}
