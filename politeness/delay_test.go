package politeness

import (
	"testing"
	"time"
)

func TestPaceOf(t *testing.T) {
	for _, c := range []struct {
		rate float64
		want time.Duration
	}{
		{1, time.Second}, {2, 500 * time.Millisecond}, {0.1, 10 * time.Second}, {3, 333333333 * time.Nanosecond},
		{0, 0}, {-1, 0},
	} {
		if got := PaceOf(c.rate, 1).Interval; got != c.want {
			t.Errorf("PaceOf(%v) has interval %v, want %v", c.rate, got, c.want)
		}
	}
}

func TestCrawlDelayOnlyLengthens(t *testing.T) {
	p := Pace{Interval: time.Second, Burst: 5}
	if got := p.With(0); got != p {
		t.Errorf("no crawl-delay changed the pace to %+v", got)
	}
	if got := p.With(time.Second / 2); got != p {
		t.Errorf("a shorter crawl-delay changed the pace to %+v", got)
	}
	if got, want := p.With(3*time.Second), (Pace{Interval: 3 * time.Second, Burst: 1}); got != want {
		t.Errorf("a longer crawl-delay gave %+v, want %+v", got, want)
	}
	if got, want := (Pace{}).With(time.Second), (Pace{Interval: time.Second, Burst: 1}); got != want {
		t.Errorf("a crawl-delay on no limit gave %+v, want %+v", got, want)
	}
}

func TestNextCountsFromProofOfArrival(t *testing.T) {
	p := Pace{Interval: time.Second}
	sent := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name     string
		answered time.Time
		want     time.Duration
	}{
		{"no answer", time.Time{}, time.Second},
		{"answer at once", sent, time.Second},
		{"prompt answer", sent.Add(4 * time.Millisecond), time.Second + 4*time.Millisecond},
		{"slow answer", sent.Add(5 * time.Second), time.Second + 10*time.Millisecond},
		{"answer before the request was whole", sent.Add(-time.Millisecond), time.Second},
	} {
		if got := p.Next(sent, c.answered).Sub(sent); got != c.want {
			t.Errorf("%s: next request after %v, want %v", c.name, got, c.want)
		}
	}
}

func TestBackoffDoublesUpToItsMax(t *testing.T) {
	b := Backoff{Retries: 9, Base: time.Second, Max: 10 * time.Second}
	for i, want := range []time.Duration{1, 2, 4, 8, 10, 10} {
		want *= time.Second
		if got := b.Delay(i+1, 0, 0); got != want {
			t.Errorf("attempt %d without jitter waits %v, want %v", i+1, got, want)
		}
		if got := b.Delay(i+1, 0.999999, 0); got < want/2 || got >= want {
			t.Errorf("attempt %d with jitter waits %v, want within [%v, %v)", i+1, got, want/2, want)
		}
	}
	if got := b.Delay(60, 0, 0); got != b.Max {
		t.Errorf("attempt 60 waits %v, want %v", got, b.Max)
	}
}

func TestRetryAfterLengthensUpToTheMax(t *testing.T) {
	b := Backoff{Base: time.Second, Max: time.Minute}
	for asked, want := range map[time.Duration]time.Duration{
		20 * time.Second: 20 * time.Second, time.Millisecond: time.Second, 24 * time.Hour: time.Minute,
	} {
		if got := b.Delay(1, 0, asked); got != want {
			t.Errorf("asked for %v: waits %v, want %v", asked, got, want)
		}
	}
	if got := (Backoff{}).Delay(1, 0, 0); got != DefaultBackoff {
		t.Errorf("zero Backoff waits %v, want %v", got, DefaultBackoff)
	}
}

func TestRetryAfterReadsSecondsAndDates(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"20": 20 * time.Second, " 3 ": 3 * time.Second, "0": 0, "-5": 0, "1.5": 0, "": 0, "soon": 0,
		"Mon, 23 Nov 2026 08:00:30 GMT":    30 * time.Second,
		"Monday, 23-Nov-26 08:01:00 GMT":   time.Minute,
		"Mon Nov 23 08:00:10 2026":         10 * time.Second,
		"Mon, 23 Nov 2026 07:00:00 GMT":    0,
		"99999999999999999999999999999999": (1<<31 - 1) * time.Second,
	} {
		if got := RetryAfter(value, now); got != want {
			t.Errorf("RetryAfter(%q) = %v, want %v", value, got, want)
		}
	}
}
