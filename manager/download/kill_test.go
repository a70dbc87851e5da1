package download_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gsw/manager/dist/disttest"
	"gsw/manager/download"
)

// TestMain turns the test binary into a downloading process for TestKilled.
func TestMain(m *testing.M) {
	if url := os.Getenv("GSW_TEST_FETCH"); url != "" {
		_, _, err := download.New(download.Options{}).Fetch(context.Background(), url, os.Args[1], download.Want{}, func(done, _ int64) {
			fmt.Println(done)
		})
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestKilled kills a process in the middle of a download, and lets another one finish it.
func TestKilled(t *testing.T) {
	s, url := serve(t)
	s.Lie("/x", disttest.Stall(600_000).Times(1))
	file := filepath.Join(t.TempDir(), "x")
	child := exec.Command(os.Args[0], file)
	child.Env = append(os.Environ(), "GSW_TEST_FETCH="+url)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "600000"; {
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the process was not killed")
	}
	s.Forget()
	var p patience
	hash, _, err := download.New(p.options()).Fetch(t.Context(), url, file, download.Want{}, nil)
	if err != nil || hash != sum(document()) {
		t.Errorf("%s, %v", hash, err)
	}
	requests := s.Requests()
	if h := requests[0].Header; len(requests) != 1 || h.Get("Range") != fmt.Sprintf("bytes=%d-", 600_000-4096) || h.Get("If-Range") == "" {
		t.Errorf("%v", requests)
	}
}
