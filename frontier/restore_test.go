package frontier

import (
	"testing"
	"testing/synctest"
	"time"

	"amble/politeness"
)

// A clock that was set back leaves pauses that lie hours ahead. One for the sake of the interval is no longer than that, any other no longer than such
// pauses can be.
func TestPausesOfAClockThatWasSetBack(t *testing.T) {
	for _, c := range []struct {
		ahead time.Duration
		why   Reason
		want  time.Duration
	}{
		{7 * time.Hour, Rate, time.Second}, {7 * time.Hour, CrawlDelay, time.Second}, {400 * time.Millisecond, Rate, 400 * time.Millisecond},
		{7 * time.Hour, RetryAfter, 5 * time.Minute}, {7 * time.Hour, Backoff, 5 * time.Minute}, {time.Minute, RetryAfter, time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			now := time.Now()
			f := New(Config{
				Pace: politeness.PaceOf(1, 1), Backoff: politeness.Backoff{Max: 5 * time.Minute},
				Past: &Past{Until: now.Add(-time.Hour), Domains: map[string]DomainPast{
					"a.test": {NotBefore: now.Add(c.ahead), Reason: c.why.String(), Last: now.Add(-time.Hour)},
				}},
			})
			if got := f.loop.domain("a.test").notBefore.Sub(now); got != c.want {
				t.Errorf("%v ahead for %v: %v, want %v", c.ahead, c.why, got, c.want)
			}
		})
	}
}
