package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
)

// TestStatusText of a crawl that runs, with names that would do harm to a terminal.
func TestStatusText(t *testing.T) {
	now := time.Date(2026, 1, 2, 15, 4, 5, 0, time.Local)
	before := func(d time.Duration) time.Time { return now.Add(-d) }
	s := &status{File: "c.db", now: now, began: before(3 * time.Hour), at: crawlfile.Standing{
		End: crawlfile.End{State: crawlfile.Running}, AliveAt: before(2 * time.Minute),
		Pages: 1234, Fetched: 1201, Bytes: 5 << 20, ByClass: map[page.Class]int{page.Timeout: 2, page.Client: 31, page.Robots: 33},
		FirstAt: before(2001 * time.Second), LastAt: before(time.Second), RecentFrom: before(61 * time.Second), Recent: 61,
		Waiting: 1001003, Unpaced: 3, Queues: 23, SetAside: 4,
		Longest: []crawlfile.Queue{
			{Name: "a.test", Waiting: 1000000, Interval: time.Second, NotBefore: now.Add(5 * time.Minute), Why: "retry-after"},
			{Name: "b\x1b[2J.test", Waiting: 1000, Interval: 50 * time.Millisecond},
			{Name: "free.test", Waiting: 3, NotBefore: before(time.Hour)},
		},
		NextUp: []crawlfile.Origin{
			{Name: "http://due.test:80", Probe: before(time.Second)}, {Name: "http://later.test:80", Probe: now.Add(90 * time.Second), Probes: 2},
		},
	}}
	s.tell(crawlfile.Holder{Process: 12, Host: "h\x9b1m", Since: before(time.Hour)}, true)
	want := `
Running     process 12 on h�1m, since 2026-01-02 14:04:05 (60m00s); no sign of life for 2m00s
Pages       1,234 pages, 5.0 MiB; 1.0 a second lately, 0.6 overall; the last one 1.0s ago
Failed      4xx × 31, timeout × 2
Held back   robots × 33
Waiting     1,001,003 URLs for 23 domains
Set aside   http://due.test:80, to be asked again
            http://later.test:80, asked again in 90s, in vain so far: 2 times
            and 2 more
Time left   at least 11d13h: 1,000,000 URLs of a.test at one request a second, the first in 5m00s; links not read yet may add to that

   waiting  interval  at least  domain
 1,000,000      1.0s    11d13h  a.test  due in 5m00s: retry-after
     1,000      50ms       50s  b[2J.test
         3      none            free.test
and 20 domains that take less
`
	if diff := cmp.Diff(want[1:], s.text()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := cut(s.text(), 7, 3), "Running\nPages  \n"; got != want {
		t.Errorf("on a small screen %q, want %q", got, want)
	}
}

// TestStatusEstimate: manners decide, or, for what they do not hold up, the speed.
func TestStatusEstimate(t *testing.T) {
	now := time.Now()
	polite := crawlfile.Queue{Name: "a.test", Waiting: 11, Interval: time.Second}
	free := crawlfile.Queue{Name: "b.test", Waiting: 100}
	for _, c := range []struct {
		name   string
		at     crawlfile.Standing
		speed  float64
		left   time.Duration
		leftBy string
	}{
		{"nothing waits", crawlfile.Standing{}, 5, 0, ""},
		{"an interval", crawlfile.Standing{Longest: []crawlfile.Queue{polite}}, 5, 10 * time.Second, "a.test"},
		{"no interval", crawlfile.Standing{Longest: []crawlfile.Queue{free}, Unpaced: 100}, 5, 20 * time.Second, bySpeed},
		{"no interval, no speed", crawlfile.Standing{Longest: []crawlfile.Queue{free}, Unpaced: 100}, 0, 0, ""},
		{"both, slow", crawlfile.Standing{Longest: []crawlfile.Queue{polite, free}, Unpaced: 100}, 5, 20 * time.Second, bySpeed},
		{"both, quick", crawlfile.Standing{Longest: []crawlfile.Queue{polite, free}, Unpaced: 100}, 50, 10 * time.Second, "a.test"},
	} {
		s := &status{now: now, at: c.at, Speed: c.speed}
		if s.estimate(); s.left != c.left || s.LeftBy != c.leftBy {
			t.Errorf("%s: %v by %q, want %v by %q", c.name, s.left, s.LeftBy, c.left, c.leftBy)
		}
	}
}

// TestStatusState tells a killed crawl from one that runs, whatever the file says.
func TestStatusState(t *testing.T) {
	for _, c := range []struct {
		recorded string
		running  bool
		want     string
	}{
		{crawlfile.Running, true, crawlfile.Running}, {crawlfile.Running, false, killed},
		{crawlfile.Interrupted, true, crawlfile.Running}, {crawlfile.Interrupted, false, crawlfile.Interrupted},
		{crawlfile.Failed, false, crawlfile.Failed}, {crawlfile.Complete, false, crawlfile.Complete},
	} {
		s := &status{File: "c.db", now: time.Now(), at: crawlfile.Standing{End: crawlfile.End{State: c.recorded, Reason: "so"}}}
		if s.tell(crawlfile.Holder{}, c.running); s.State != c.want {
			t.Errorf("%s, running %v: %s, want %s", c.recorded, c.running, s.State, c.want)
		}
		resumable := c.want != crawlfile.Running && c.want != crawlfile.Complete
		if strings.Contains(s.text(), "amble resume c.db") != resumable {
			t.Errorf("%s:\n%s", c.want, s.text())
		}
	}
}
