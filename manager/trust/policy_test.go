package trust

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"
)

// A word is a party that always says the same.
type word struct {
	name string
	err  error
}

func (w word) Name() string { return w.name }

func (w word) Vouch(_ context.Context, s Subject) (Proof, error) {
	if w.err != nil {
		return Proof{}, w.err
	}
	return Proof{Party: w.name, Claim: s.Tree}, nil
}

func vouches(name string) Party { return word{name: name} }

func silent(name string) Party {
	return word{name, &SilentError{Party: name, Reason: "knows nothing"}}
}

func contradicts(name string) Party {
	return word{name, &ContradictionError{Party: name, Subject: "go1.22.3 for linux-amd64", What: "the hash of its files", Want: "h1:its", Have: "h1:ours", Source: "a record"}}
}

func TestPolicy(t *testing.T) {
	const contradiction = "go1.22.3 for linux-amd64 is not the release: the hash of its files is h1:ours, but "
	tests := []struct {
		name   string
		policy Policy
		proofs []string // names of the parties
		err    string
	}{
		{"the log suffices", Policy{Parties: []Party{vouches("log")}}, []string{"log"}, ""},
		{"the lock suffices", Policy{Parties: []Party{silent("log"), vouches("lock")}}, []string{"lock"}, ""},
		{"every proof is kept, in order", Policy{Parties: []Party{vouches("index"), silent("signature"), vouches("log")}}, []string{"index", "log"}, ""},
		{"the index suffices where it is accepted", Policy{Parties: []Party{silent("log"), vouches("index")}, Accept: []string{"log", "index"}}, []string{"index"}, ""},
		{"the index doesn't suffice", Policy{Parties: []Party{silent("log"), vouches("index")}}, nil,
			"nothing proves that this is go1.22.3 for linux-amd64 (accepted: log, lock)\n\tlog: silent: knows nothing\n\tindex: vouches, but is not accepted: h1:ours"},
		{"the log doesn't suffice where only the lock is accepted", Policy{Parties: []Party{vouches("log"), silent("lock")}, Accept: []string{"lock"}}, nil,
			"nothing proves that this is go1.22.3 for linux-amd64 (accepted: lock)\n\tlock: silent: knows nothing\n\tlog: vouches, but is not accepted: h1:ours"},
		{"all are silent", Policy{Parties: []Party{silent("log"), silent("index"), silent("lock")}}, nil,
			"nothing proves that this is go1.22.3 for linux-amd64 (accepted: log, lock)\n\tlog: silent: knows nothing\n\tindex: silent: knows nothing\n\tlock: silent: knows nothing"},
		{"nobody is asked", Policy{}, nil, "nothing proves that this is go1.22.3 for linux-amd64 (accepted: log, lock)"},
		{"one contradiction refuses, whoever vouches", Policy{Parties: []Party{vouches("log"), vouches("lock"), contradicts("index")}}, nil, contradiction + "index says h1:its (a record)"},
		{"several contradictions are all told", Policy{Parties: []Party{contradicts("log"), silent("lock"), contradicts("index")}}, nil,
			contradiction + "log says h1:its (a record)\n" + contradiction + "index says h1:its (a record)"},
		{"a party that fails is not silent", Policy{Parties: []Party{vouches("log"), word{"lock", errors.New("gsw.lock:3: nonsense")}}}, nil, "gsw.lock:3: nonsense"},
		{"proofs waived: nothing counts as proof", Policy{Parties: []Party{vouches("log"), silent("index")}, None: true}, nil, ""},
		{"proofs waived: silence passes", Policy{Parties: []Party{silent("log")}, None: true}, nil, ""},
		{"proofs waived: a contradiction refuses", Policy{Parties: []Party{silent("log"), contradicts("index")}, None: true}, nil, contradiction + "index says h1:its (a record)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			verdict, err := test.policy.Check(t.Context(), Subject{Version: go1223, Target: linux, Tree: "h1:ours"})
			var parties []string
			for _, p := range verdict.Proofs {
				parties = append(parties, p.Party)
			}
			text := ""
			if err != nil {
				text = err.Error()
			}
			if !reflect.DeepEqual(parties, test.proofs) || text != test.err {
				t.Errorf("proofs of %q, error\n%s\nwant %q,\n%s", parties, text, test.proofs, test.err)
			}
		})
	}
}

func TestPolicyInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	for _, none := range []bool{false, true} {
		verdict, err := Policy{Parties: []Party{vouches("log")}, None: none}.Check(ctx, Subject{})
		if verdict.Proofs != nil || err == nil || err.Error() != "interrupted" {
			t.Errorf("None %v: %v, %v", none, verdict, err)
		}
	}
}

func TestStale(t *testing.T) {
	day := 24 * time.Hour
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		newest time.Time
		want   bool
	}{
		{now.Add(-day), false}, {now.Add(-45 * day), false}, {now.Add(-45*day - time.Second), true}, {now.Add(day), false}, {time.Time{}, false},
	}
	for _, test := range tests {
		if got := Stale(test.newest, now); got != test.want {
			t.Errorf("Stale(%v, %v) = %v", test.newest, now, got)
		}
	}
}
