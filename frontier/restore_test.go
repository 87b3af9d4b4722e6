package frontier

import (
	"fmt"
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

// URLs of hosts that are too many for their domain may wait on record when a run dies. The next one deals with them as with all others: at the
// domain's pace, by each host's own robots.txt, and from the store if they are many.
func TestRestoredHostsTooManyForTheirDomain(t *testing.T) {
	for _, window := range []int{0, 1, 5} {
		synctest.Test(t, func(t *testing.T) {
			w := &web{pages: map[string]answer{}, robots: map[string]string{"http://b.dom.test": "User-agent: *\nDisallow: /3\n"}}
			s := newSurfer(w)
			s.records["http://a.dom.test/"] = Path{}
			for i := range 10 {
				for _, h := range []string{"http://a.dom.test", "http://b.dom.test", "http://c.dom.test"} {
					s.pending[fmt.Sprintf("%s/%d", h, i)] = Path{Depth: 1, Referrer: "http://a.dom.test/"}
				}
			}
			cfg := polite
			cfg.Window, cfg.Limits, cfg.Past, cfg.Random = window, Limits{DomainHosts: 1}, &Past{}, func() float64 { return 0.5 }
			f := New(cfg)
			s.restore(f)
			f.Run(t.Context(), s)
			if len(s.fetched) != 29 || s.fetched["http://b.dom.test/3"] > 0 || len(s.asked) != 3 || len(s.pending) > 0 {
				t.Errorf("window of %d: %d pages and %d robots.txt were asked for, want 29 and 3; %d wait still", window, len(s.fetched), len(s.asked), len(s.pending))
			}
			s.checkManners(t, cfg)
		})
	}
}
