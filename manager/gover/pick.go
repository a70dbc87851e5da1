package gover

// Matches reports whether v is what s asks for. It is false for latest, oldstable and rc, whose meaning depends on
// what else there is, and for system: use Pick.
func (s Spec) Matches(v Version) bool {
	if v.IsZero() {
		return false
	}
	switch s.kind {
	case exact:
		return v == s.version
	case line:
		return v.n.stage == release && v.n.minor == s.line
	case ranged:
		return s.within.contains(v)
	}
	return false
}

// Pick returns the newest of the versions that s asks for. Their order does not matter. It finds none for system.
func (s Spec) Pick(from []Version) (Version, bool) {
	matches := s.Matches
	switch s.kind {
	case latest:
		matches = stable
	case prereleased:
		matches = Version.Prerelease
	case oldstable:
		first, ok := newest(from, stable)
		if !ok {
			return Version{}, false
		}
		matches = func(v Version) bool { return stable(v) && v.n.minor < first.n.minor }
	}
	return newest(from, matches)
}

func stable(v Version) bool { return v.n.stage == release }

func newest(from []Version, matches func(Version) bool) (Version, bool) {
	var best Version
	for _, v := range from {
		if matches(v) && v.Compare(best) > 0 {
			best = v
		}
	}
	return best, !best.IsZero()
}
