//go:build unix

// Bench measures gsw against plain tools: each row runs gsw and its baseline in
// turn, in one run on one machine, and prints medians of cpu and wall time and
// their ratios. It is no test: nothing fails by being slow.
//
//	go run ./bench               every row
//	go run ./bench -only prompt  rows whose name matches
//	go run ./bench -runs 15      more pairs
//	go run ./bench -disk DIR     where the rows about a disk find one; default: the folder for temporary files
//	go run ./bench -only mirror  gsw mirror serve against nginx: its own table, in requests or megabytes a second
//	go run ./bench -room         the room that 2 and 11 toolchains take, shared and not
//
// It needs bash, zsh, fish, curl, tar, unzip, nginx and the module proxy (for the real
// go1.22.3 that it installs); rows whose tools are missing say so.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
)

func main() {
	only := flag.String("only", "", "run the rows whose name matches this `regexp`")
	runs := flag.Int("runs", 9, "how many pairs of runs")
	disk := flag.String("disk", os.TempDir(), "measure on the disk of this `folder` what is about disks")
	room := flag.Bool("room", false, "measure the room that toolchains take instead")
	flag.Parse()
	match, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if err := bench(match, *runs, *disk, *room); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench prints one line of a Markdown table for every row.
func bench(match *regexp.Regexp, runs int, disk string, room bool) error {
	w, err := newWorld(disk)
	if err != nil {
		return err
	}
	defer w.close()
	if room {
		return w.rooms()
	}
	if slices.ContainsFunc(rows(), func(r row) bool { return match.MatchString(r.name) }) {
		fmt.Println("| row | gsw cpu, wall ms | baseline | its cpu, wall ms | cpu ratio | wall ratio | peak MiB |")
		fmt.Println("|---|---|---|---|---|---|---|")
	}
	for _, r := range rows() {
		if !match.MatchString(r.name) {
			continue
		}
		pair, err := r.prepare(w)
		if err != nil {
			fmt.Printf("| %s | not measured: %v | | | | | |\n", r.name, err)
			continue
		}
		result, err := pair.measure(runs)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		fmt.Printf("| %s | %s | %s | %s | %.2f | %.2f | %.0f |\n", r.name, result.ours, pair.baseline.what, result.theirs,
			result.cpu, result.wall, result.peak)
	}
	return w.mirrors(match, runs)
}

// row is one line of the table. prepare makes what it needs, unmeasured.
type row struct {
	name    string
	prepare func(w *world) (pair, error)
}

// rows are those of the table in docs/PERFORMANCE.md, in its order.
func rows() []row {
	return slices.Concat(installRows(), shareRows(), switchRows(), shellRows(), scaleRows())
}
