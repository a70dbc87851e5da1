package gover

import "testing"

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		v, w           string
		lines, patches int
	}{
		{"1.22.3", "1.22.3", 0, 0},
		{"1.22.3", "1.22.5", 0, 2},
		{"1.22rc1", "1.22.0", 0, 0},
		{"1.20", "1.20.14", 0, 14},
		{"1.22.3", "1.21.13", 1, 0},
	} {
		for _, pair := range [][2]string{{test.v, test.w}, {test.w, test.v}} {
			if lines, patches := MustParse(pair[0]).Distance(MustParse(pair[1])); lines != test.lines || patches != test.patches {
				t.Errorf("%s and %s: %d lines, %d patches", pair[0], pair[1], lines, patches)
			}
		}
	}
}
