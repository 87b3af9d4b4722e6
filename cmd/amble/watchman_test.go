package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"amble/crawler"
	"amble/frontier"
)

// TestWatchmanTellsWhatIsNews: of a night of looks, a line when hosts fall asleep and wake, one each ten minutes of progress and, where
// everything waits, of waiting.
func TestWatchmanTellsWhatIsNews(t *testing.T) {
	begun := time.Date(2026, 1, 2, 22, 0, 0, 0, time.UTC)
	var got []string
	var now time.Time
	w := watchman{event: func(_ slog.Level, message string, attrs ...any) {
		got = append(got, fmt.Sprintf("%s %s %v", now.Format("15:04:05"), message, attrs[:min(2, len(attrs))]))
	}}
	w.look(crawler.Progress{}, begun) // it has not begun
	for at := time.Duration(0); at <= 30*time.Minute; at += nightLook {
		now = begun.Add(at)
		p := crawler.Progress{
			Stats:    crawler.Stats{End: crawler.Running, Started: begun, Pages: int(at / time.Minute)},
			Snapshot: frontier.Snapshot{Queued: 5, Next: "a.test", NextAt: now.Add(time.Second)},
		}
		if at > 4*time.Minute && at < 6*time.Minute {
			p.Asleep = 3
		}
		if at >= 12*time.Minute && at < 27*time.Minute { // one long wait after the other
			p.NextAt = begun.Add(at.Truncate(3*time.Minute) + 4*time.Minute)
		}
		if at >= 28*time.Minute {
			p.NextAt, p.InFlight = now.Add(time.Hour), 1 // others are asked meanwhile
		}
		w.look(p, now)
	}
	want := []string{
		"22:04:05 hosts do not answer: their URLs are put off [urls 3]",
		"22:06:00 no URL waits for a host that does not answer any more []",
		"22:10:00 progress [pages 10]",
		"22:12:00 waiting for a domain's turn [domain a.test]",
		"22:20:00 progress [pages 20]",
		"22:22:00 waiting for a domain's turn [domain a.test]",
		"22:30:00 progress [pages 30]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
