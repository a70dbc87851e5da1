package server

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"
)

// A Figure is a number of the handler's that /metrics shows. Value is asked from several goroutines.
type Figure struct {
	Name, Help string
	Total      bool // it only grows: a counter, whose name ends in _total
	Value      func() float64
}

// figures are what /metrics shows, in the text format of Prometheus (exposition format 0.0.4). That is written here, not
// by Prometheus' own client: its protocol buffers, which no scraper needs, are a sixth of a gsw.
type figures struct {
	requests   [600]atomic.Uint64 // answered, by status; those of no status are under 0
	bytes      atomic.Uint64
	seconds    histogram
	panics     atomic.Uint64
	handshakes atomic.Uint64
	read       []Figure // that are asked for when they are shown
}

// histogram counts durations below each of the bounds.
type histogram struct {
	below [len(bounds)]atomic.Uint64 // counted once, at the lowest bound that fits
	above atomic.Uint64
	sum   atomic.Int64 // nanoseconds
}

// bounds are where the histogram's buckets end, in seconds.
var bounds = [...]float64{.0001, .001, .01, .1, 1, 10, 60, 600}

func newFigures(places *listener, log *accessLog, running func() int64, own []Figure) *figures {
	f := &figures{}
	f.read = append([]Figure{
		{"gsw_http_response_bytes_total", "Bytes of answers, without their headers.", true, count(&f.bytes)},
		{"gsw_http_panics_total", "Requests that ended in a panic.", true, count(&f.panics)},
		{"gsw_http_failed_handshakes_total", "TLS handshakes that did not come to an end.", true, count(&f.handshakes)},
		{"gsw_http_requests_in_flight", "Requests that are being answered.", false, func() float64 { return float64(running()) }},
		{"gsw_http_connections", "Connections that are open.", false, func() float64 { return float64(places.count()) }},
		{"gsw_http_connections_limit", "Connections that may be open.", false, func() float64 { return float64(places.limits.Connections) }},
		{"gsw_http_connections_total", "Connections that were taken.", true, func() float64 { return float64(places.taken.Load()) }},
		{"gsw_http_connections_refused_total", "Connections that found no place.", true, func() float64 { return float64(places.turned.Load()) }},
		{"gsw_http_connections_evicted_total", "Idle connections that were closed to make room.", true,
			func() float64 { return float64(places.pushed.Load()) }},
		{"gsw_access_log_dropped_total", "Lines that the access log's reader was too slow for.", true,
			func() float64 { return float64(log.missed()) }},
		{"go_goroutines", "Goroutines that exist.", false, func() float64 { return float64(runtime.NumGoroutine()) }},
		{"go_memstats_heap_inuse_bytes", "Bytes in heap spans that are in use.", false, heap},
	}, own...)
	return f
}

func count(n *atomic.Uint64) func() float64 { return func() float64 { return float64(n.Load()) } }

func heap() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse)
}

// answered counts one answer.
func (f *figures) answered(status int, bytes int64, took time.Duration) {
	if status < 0 || status >= len(f.requests) {
		status = 0
	}
	f.requests[status].Add(1)
	f.bytes.Add(uint64(bytes))
	f.seconds.observe(took)
}

func (h *histogram) observe(took time.Duration) {
	h.sum.Add(int64(took))
	for i, bound := range bounds {
		if took.Seconds() <= bound {
			h.below[i].Add(1)
			return
		}
	}
	h.above.Add(1)
}

func (f *figures) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(f.text()) // if that fails the client has gone
}

// text is all figures as Prometheus reads them.
func (f *figures) text() []byte {
	var b bytes.Buffer
	about(&b, "gsw_http_requests_total", "Answered requests, by status.", "counter")
	for status := range f.requests {
		if n := f.requests[status].Load(); n > 0 {
			fmt.Fprintf(&b, "gsw_http_requests_total{code=\"%d\"} %d\n", status, n)
		}
	}
	f.seconds.text(&b, "gsw_http_request_duration_seconds", "Time from a request's arrival to the end of its answer.")
	for _, figure := range f.read {
		kind := "gauge"
		if figure.Total {
			kind = "counter"
		}
		about(&b, figure.Name, figure.Help, kind)
		fmt.Fprintf(&b, "%s %s\n", figure.Name, number(figure.Value()))
	}
	return b.Bytes()
}

// text writes the buckets, each with what is in those before it, as the format has it.
func (h *histogram) text(b *bytes.Buffer, name, help string) {
	about(b, name, help, "histogram")
	var n uint64
	for i, bound := range bounds {
		n += h.below[i].Load()
		fmt.Fprintf(b, "%s_bucket{le=%q} %d\n", name, number(bound), n)
	}
	n += h.above.Load()
	fmt.Fprintf(b, "%[1]s_bucket{le=\"+Inf\"} %[2]d\n%[1]s_sum %[3]s\n%[1]s_count %[2]d\n", name, n, number(time.Duration(h.sum.Load()).Seconds()))
}

// about begins a figure. The help of gsw's own has nothing that would have to be escaped.
func about(b *bytes.Buffer, name, help, kind string) {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func number(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }
