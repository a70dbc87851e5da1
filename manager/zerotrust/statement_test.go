package zerotrust

import (
	"strings"
	"testing"
	"time"
)

// TestStatement: the JSON has what in-toto and SLSA ask for; the end-to-end test holds a real one against their types.
func TestStatement(t *testing.T) {
	s := Statement{Type: StatementType, PredicateType: PredicateType, Subject: Subjects([]Output{{"a<b", strings.Repeat("0", 64)}})}
	s.Predicate.RunDetails.Metadata = Metadata{StartedOn: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)}
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"_type": "https://in-toto.io/Statement/v1"`, `"predicateType": "https://slsa.dev/provenance/v1"`, `"name": "a<b"`,
		`"startedOn": "2026-05-04T03:02:01Z"`, "}\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s\nlacks %s", text, want)
		}
	}
}
