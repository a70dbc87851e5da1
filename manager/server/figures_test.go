package server

import (
	"bytes"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// TestFiguresAreReadByPrometheus lets Prometheus' own parser read what /metrics shows.
func TestFiguresAreReadByPrometheus(t *testing.T) {
	f := newFigures(&listener{}, &accessLog{}, func() int64 { return 3 }, []Figure{{"own_total", "The handler's.", true, func() float64 { return 1.5e9 }}})
	f.answered(200, 5000, 50*time.Microsecond)
	f.answered(200, 42, 5*time.Second)
	f.answered(404, 0, time.Hour)
	f.answered(-1, 0, 0)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(f.text()))
	if err != nil {
		t.Fatalf("%v in:\n%s", err, f.text())
	}
	got := map[string]float64{}
	for _, m := range families["gsw_http_requests_total"].GetMetric() {
		got["code "+m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
	}
	h := families["gsw_http_request_duration_seconds"].GetMetric()[0].GetHistogram()
	for _, bucket := range h.GetBucket() {
		got["le "+number(bucket.GetUpperBound())] = float64(bucket.GetCumulativeCount())
	}
	got["count"], got["sum"] = float64(h.GetSampleCount()), h.GetSampleSum()
	got["bytes"] = families["gsw_http_response_bytes_total"].GetMetric()[0].GetCounter().GetValue()
	got["in flight"] = families["gsw_http_requests_in_flight"].GetMetric()[0].GetGauge().GetValue()
	got["own"] = families["own_total"].GetMetric()[0].GetCounter().GetValue()
	for name, want := range map[string]float64{
		"code 200": 2, "code 404": 1, "code 0": 1, "le 0.0001": 2, "le 1": 2, "le 10": 3, "le 600": 3, "le +Inf": 4,
		"count": 4, "sum": 3605.00005, "bytes": 5042, "in flight": 3, "own": 1.5e9,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	for name, family := range families {
		if family.GetHelp() == "" {
			t.Errorf("%s says not what it is", name)
		}
	}
}
