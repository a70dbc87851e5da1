package unpack

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"syscall"
	"testing"
	"time"
)

func TestZZ(t *testing.T) {
	a, d := os.Getenv("UB_ARCHIVE"), os.Getenv("UB_DIR")
	if a == "" {
		t.Skip()
	}
	os.MkdirAll(d, 0o755)
	if p := os.Getenv("UB_PROF"); p != "" {
		f, _ := os.Create(p)
		pprof.StartCPUProfile(f)
		defer pprof.StopCPUProfile()
	}
	var r0, r1 syscall.Rusage
	syscall.Getrusage(0, &r0)
	t0 := time.Now()
	res, err := File(context.Background(), a, d)
	w := time.Since(t0)
	syscall.Getrusage(0, &r1)
	if err != nil {
		t.Fatal(err)
	}
	u := time.Duration(r1.Utime.Nano() - r0.Utime.Nano())
	s := time.Duration(r1.Stime.Nano() - r0.Stime.Nano())
	fmt.Printf("%s files=%d wall=%.3f user=%.3f sys=%.3f cpu=%.3f maxrss=%dMiB\n", res.Format, res.Files, w.Seconds(), u.Seconds(), s.Seconds(), (u + s).Seconds(), r1.Maxrss>>10)
}
