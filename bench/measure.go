//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// pair is what a row compares.
type pair struct {
	ours, baseline work
}

// work is one side of a pair.
type work struct {
	what   string                    // for the table
	before func() error              // unmeasured, before each run; may be nil
	run    func() (*exec.Cmd, error) // a new command for each run
	times  int                       // how often the command does the thing; 0 is once
}

// figures are of one run, of a process and all that it waited for.
type figures struct {
	cpu, wall time.Duration
	peak      int64 // bytes
}

func (f figures) String() string {
	return fmt.Sprintf("%.3g, %.3g", ms(f.cpu), ms(f.wall))
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// result is what a pair's runs add up to: medians, and the medians of the ratios
// pair by pair, which hold when the machine's speed drifts.
type result struct {
	ours, theirs figures
	cpu, wall    float64
	peak         float64 // MiB, of gsw's largest process
}

// measure runs both sides in turn, after one pair that warms up.
func (p pair) measure(runs int) (result, error) {
	var ours, theirs []figures
	var cpu, wall []float64
	for i := range runs + 1 {
		a, err := p.ours.once()
		if err != nil {
			return result{}, err
		}
		b, err := p.baseline.once()
		if err != nil {
			return result{}, err
		}
		if i == 0 {
			continue
		}
		ours, theirs = append(ours, a), append(theirs, b)
		cpu = append(cpu, float64(a.cpu)/float64(max(b.cpu, 1)))
		wall = append(wall, float64(a.wall)/float64(max(b.wall, 1)))
	}
	return result{
		ours: medianOf(ours), theirs: medianOf(theirs), cpu: median(cpu), wall: median(wall),
		peak: float64(medianOf(ours).peak) / (1 << 20),
	}, nil
}

func (w work) once() (figures, error) {
	if w.before != nil {
		if err := w.before(); err != nil {
			return figures{}, err
		}
	}
	cmd, err := w.run()
	if err != nil {
		return figures{}, err
	}
	var said limited
	if cmd.Stderr == nil {
		cmd.Stderr = &said
	}
	start := time.Now()
	err = cmd.Run()
	f := figures{wall: time.Since(start)}
	if err != nil {
		return f, fmt.Errorf("%v: %w\n%s", cmd.Args, err, said)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return f, fmt.Errorf("this system does not tell what a process used")
	}
	f.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	f.peak = usage.Maxrss << 10
	if n := time.Duration(w.times); n > 1 {
		f.cpu, f.wall = f.cpu/n, f.wall/n
	}
	return f, nil
}

// limited keeps the beginning of what a process said.
type limited []byte

func (l *limited) Write(p []byte) (int, error) {
	if room := 4096 - len(*l); room > 0 {
		*l = append(*l, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

func medianOf(all []figures) figures {
	pick := func(of func(figures) float64) float64 {
		var values []float64
		for _, f := range all {
			values = append(values, of(f))
		}
		return median(values)
	}
	return figures{
		cpu:  time.Duration(pick(func(f figures) float64 { return float64(f.cpu) })),
		wall: time.Duration(pick(func(f figures) float64 { return float64(f.wall) })),
		peak: int64(pick(func(f figures) float64 { return float64(f.peak) })),
	}
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	if n := len(values); n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}

// shell is a run of a line of POSIX shell.
func shell(w *world, line string) func() (*exec.Cmd, error) {
	return func() (*exec.Cmd, error) {
		cmd := exec.Command("sh", "-c", line)
		cmd.Env, cmd.Dir = w.env(), w.dir
		return cmd, nil
	}
}

// program is a run of a program.
func program(w *world, args ...string) func() (*exec.Cmd, error) {
	return func() (*exec.Cmd, error) {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env, cmd.Dir = w.env(), w.dir
		return cmd, nil
	}
}

// need tells which of the tools are missing.
func need(tools ...string) error {
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%s is not installed", tool)
		}
	}
	return nil
}
