package politeness

import "time"

// Backoff is when to try again after a passing failure: the first time after Base, then after twice as long each
// time, never more than Max, each pause shortened by a random part of up to a half so that many URLs which failed together do not
// come back together ("equal jitter").
type Backoff struct {
	// Retries is how many times a request is made again; 0 means never.
	Retries int
	// Base is the pause before the first repetition; 0 means DefaultBackoff.
	Base time.Duration
	// Max bounds every pause, also one that the server asks for by Retry-After; 0 means MaxBackoff.
	Max time.Duration
}

// Defaults of Backoff.
const (
	DefaultBackoff = time.Second
	MaxBackoff     = 5 * time.Minute
)

// Delay is the pause before attempt number attempt (1 is the first repetition). random is a number in [0, 1); asked
// is what the server wished by Retry-After, 0 if it wished nothing: the longer of both counts, up to Max.
func (b Backoff) Delay(attempt int, random float64, asked time.Duration) time.Duration {
	base, most := b.Base, b.Max
	if base <= 0 {
		base = DefaultBackoff
	}
	if most <= 0 {
		most = MaxBackoff
	}
	d := base
	for i := 1; i < attempt && d < most; i++ {
		d *= 2
	}
	d = min(d, most)
	d -= time.Duration(random * float64(d) / 2)
	return min(max(d, asked), most)
}
