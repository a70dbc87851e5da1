package server

import (
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// A Figure is a number of the handler's that /metrics shows. Value is asked from several goroutines.
type Figure struct {
	Name, Help string
	Total      bool // it only grows: a counter, whose name ends in _total
	Value      func() float64
}

// figures are what /metrics shows. They have a registry of their own, and the text is written by expfmt: promhttp would
// add negotiation and compression that no scraper needs.
type figures struct {
	registry   *prometheus.Registry
	requests   *prometheus.CounterVec
	byStatus   [600]atomic.Pointer[prometheus.Counter] // the vector's, found without its lock
	bytes      prometheus.Counter
	seconds    prometheus.Histogram
	panics     prometheus.Counter
	handshakes prometheus.Counter
}

func newFigures(places *listener, log *accessLog, running func() int64, own []Figure) *figures {
	f := &figures{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gsw_http_requests_total", Help: "Answered requests, by status."}, []string{"code"}),
		bytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "gsw_http_response_bytes_total", Help: "Bytes of answers, without their headers."}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "gsw_http_request_duration_seconds", Help: "Time from a request's arrival to the end of its answer.",
			Buckets: []float64{.0001, .001, .01, .1, 1, 10, 60, 600}}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "gsw_http_panics_total", Help: "Requests that ended in a panic."}),
		handshakes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "gsw_http_failed_handshakes_total", Help: "TLS handshakes that did not come to an end."}),
	}
	f.registry.MustRegister(f.requests, f.bytes, f.seconds, f.panics, f.handshakes)
	for _, figure := range append([]Figure{
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
	}, own...) {
		f.add(figure)
	}
	return f
}

func (f *figures) add(figure Figure) {
	if figure.Total {
		f.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: figure.Name, Help: figure.Help}, figure.Value))
		return
	}
	f.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: figure.Name, Help: figure.Help}, figure.Value))
}

func heap() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse)
}

// answered counts one answer.
func (f *figures) answered(status int, bytes int64, took time.Duration) {
	f.status(status).Inc()
	f.bytes.Add(float64(bytes))
	f.seconds.Observe(took.Seconds())
}

func (f *figures) status(status int) prometheus.Counter {
	if status < 0 || status >= len(f.byStatus) {
		status = 0
	}
	known := &f.byStatus[status]
	if c := known.Load(); c != nil {
		return *c
	}
	c := f.requests.WithLabelValues(strconv.Itoa(status))
	known.Store(&c)
	return c
}

func (f *figures) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	families, err := f.registry.Gather()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", string(expfmt.NewFormat(expfmt.TypeTextPlain)))
	w.Header().Set("Cache-Control", "no-store")
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(w, family); err != nil {
			return // the client has gone
		}
	}
}
