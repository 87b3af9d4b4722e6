package main

import (
	"testing"
	"time"

	"amble/crawler"
	"amble/frontier"
)

// TestProgressSaysWhyNothingHappens: a crawl that stands still, for whatever reason, says for which.
func TestProgressSaysWhyNothingHappens(t *testing.T) {
	now := time.Date(2026, 1, 2, 22, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		snapshot frontier.Snapshot
		want     string
	}{
		{frontier.Snapshot{Queued: 3, Domains: 1, Next: "a.test", NextAt: now.Add(900 * time.Millisecond)}, "57 pages · 0.0/s · 3 queued · 0 in flight · waiting 900ms for a.test"},
		{frontier.Snapshot{Queued: 539, Asleep: 539, Domains: 1}, "57 pages · 0.0/s · 539 queued · 0 in flight · hosts do not answer: 539 URLs put off"},
		{frontier.Snapshot{Queued: 3, Paused: "the disk is nearly full"}, "57 pages · 0.0/s · 3 queued · 0 in flight · paused: the disk is nearly full"},
	} {
		p := crawler.Progress{Stats: crawler.Stats{End: crawler.Running, Pages: 57}, Snapshot: c.snapshot}
		if got := progressLine(p, 0, now); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
