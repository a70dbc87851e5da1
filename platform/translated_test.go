package platform

import (
	"errors"
	"testing"
)

func TestRunsHere(t *testing.T) {
	unknown := errors.New("no such name")
	apple, arm, arm10 := Processor{"arm64", "amd64"}, Processor{"arm64", "amd64"}, Processor{"arm64", "386"}
	for _, test := range []struct {
		what       string
		have       Processor
		want       Processor
		own        Target
		best, also string
	}{
		{"Apple's processor", OnMac("arm64", 0, nil), apple, Target{"darwin", "arm64"}, "darwin-arm64", "darwin-amd64"},
		{"Apple's, and the system says nothing", OnMac("arm64", 0, unknown), apple, Target{"darwin", "arm64"}, "darwin-arm64", "darwin-amd64"},
		{"Rosetta", OnMac("amd64", 1, nil), apple, Target{"darwin", "amd64"}, "darwin-arm64", "darwin-amd64"},
		{"Intel's processor", OnMac("amd64", 0, nil), Processor{}, Target{"darwin", "amd64"}, "darwin-amd64", ""},
		{"Intel's, before Rosetta", OnMac("amd64", 0, unknown), Processor{}, Target{"darwin", "amd64"}, "darwin-amd64", ""},
		{"an answer with an error is none", OnMac("amd64", 1, unknown), Processor{}, Target{"darwin", "amd64"}, "darwin-amd64", ""},
		{"an answer nobody documents", OnMac("amd64", 2, nil), Processor{}, Target{"darwin", "amd64"}, "darwin-amd64", ""},
		{"Windows 11 on ARM", OnWindows(0xaa64, nil, 22000), arm, Target{"windows", "arm64"}, "windows-arm64", "windows-amd64"},
		{"it translates", OnWindows(0xaa64, nil, 26100), arm, Target{"windows", "amd64"}, "windows-arm64", "windows-amd64"},
		{"it translates another", OnWindows(0xaa64, nil, 26100), arm, Target{"windows", "386"}, "windows-arm64", "windows-amd64"},
		{"Windows 10 on ARM", OnWindows(0xaa64, nil, 19045), arm10, Target{"windows", "arm64"}, "windows-arm64", "windows-386"},
		{"Windows elsewhere", OnWindows(0x8664, nil, 26100), Processor{}, Target{"windows", "386"}, "windows-386", ""},
		{"a machine with an error is none", OnWindows(0xaa64, unknown, 26100), Processor{}, Target{"windows", "amd64"}, "windows-amd64", ""},
		{"Linux", Processor{}, Processor{}, Target{"linux", "amd64"}, "linux-amd64", ""},
	} {
		if test.have != test.want {
			t.Errorf("%s: %+v, want %+v", test.what, test.have, test.want)
		}
		best, also := RunsHere(test.own, test.have)
		if best.String() != test.best || also != (Target{}) && also.String() != test.also || (also == Target{}) != (test.also == "") {
			t.Errorf("%s: %s and %s", test.what, best, also)
		}
		h := Host{Target: best, Also: also, Own: test.own}
		if targets := h.Targets(); targets[0] != best || (len(targets) == 2) != (also != Target{}) || h.Program() != test.own {
			t.Errorf("%s: %v, the program is for %s", test.what, targets, h.Program())
		}
	}
	apples := Target{"darwin", "arm64"}
	if h := (Host{Target: apples}); h.Program() != apples || h.Translator() != "Rosetta" {
		t.Errorf("a host that says nothing of the program: %s, %s", h.Program(), h.Translator())
	}
	if h := (Host{Target: Target{"windows", "arm64"}}); h.Translator() != "Windows" {
		t.Errorf("on Windows %s translates", h.Translator())
	}
}

// TestProcessor asks this system, which the tests run on as it is.
func TestProcessor(t *testing.T) {
	h, err := Read()
	if err != nil {
		t.Fatal(err)
	}
	if best, also := RunsHere(h.Own, processor()); best != h.Target || also != h.Also {
		t.Errorf("%s and %s, and of the host %s and %s", best, also, h.Target, h.Also)
	}
	if h.OS != "darwin" && h.OS != "windows" && h.Also != (Target{}) {
		t.Errorf("%s is translated here", h.Also)
	}
}
