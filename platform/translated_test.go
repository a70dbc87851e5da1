package platform

import (
	"errors"
	"testing"
)

func TestRunsHere(t *testing.T) {
	intel, apple := Target{"darwin", "amd64"}, Target{"darwin", "arm64"}
	unknown := errors.New("no such name")
	for _, test := range []struct {
		what       string
		own        Target
		translated uint32
		err        error
		best, also Target
	}{
		{"Apple's processor", apple, 0, nil, apple, intel},
		{"Apple's, and the system says nothing", apple, 0, unknown, apple, intel},
		{"Rosetta", intel, 1, nil, apple, intel},
		{"Intel's processor", intel, 0, nil, intel, Target{}},
		{"Intel's, before Rosetta", intel, 0, unknown, intel, Target{}},
		{"an answer with an error is none", intel, 1, unknown, intel, Target{}},
		{"an answer nobody documents", intel, 2, nil, intel, Target{}},
		{"Linux", Target{"linux", "amd64"}, 1, nil, Target{"linux", "amd64"}, Target{}},
		{"Windows on ARM", Target{"windows", "arm64"}, 0, unknown, Target{"windows", "arm64"}, Target{}},
		{"a phone", Target{"ios", "arm64"}, 0, nil, Target{"ios", "arm64"}, Target{}},
	} {
		best, also := RunsHere(test.own, test.translated, test.err)
		if best != test.best || also != test.also {
			t.Errorf("%s: %s and %s", test.what, best, also)
		}
		h := Host{Target: best, Also: also, Own: test.own}
		if targets := h.Targets(); targets[0] != best || (len(targets) == 2) != (also != Target{}) || h.Program() != test.own {
			t.Errorf("%s: %v, the program is for %s", test.what, targets, h.Program())
		}
	}
	if h := (Host{Target: apple}); h.Program() != apple {
		t.Errorf("a host that says nothing of the program: %s", h.Program())
	}
}
