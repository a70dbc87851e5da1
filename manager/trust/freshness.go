package trust

import "time"

// staleAfter is longer than the pauses between releases of Go, which come about monthly.
const staleAfter = 45 * 24 * time.Hour

// Stale reports whether the newest release known is so old that newer ones are likely withheld (TUF's freeze attack):
// proofs say that a release was published, never that it is the latest. A zero time is unknown, and not stale.
func Stale(newest, now time.Time) bool {
	return !newest.IsZero() && now.Sub(newest) > staleAfter
}
