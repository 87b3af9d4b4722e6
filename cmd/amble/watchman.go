package main

import (
	"log/slog"
	"time"

	"amble/crawler"
)

// How a crawl is looked at for its log.
const (
	nightLook  = 5 * time.Second
	nightEvery = 10 * time.Minute // between two lines of progress, and between two about waiting
	nightWait  = time.Minute      // a shorter wait for a domain is manners, not news
)

// watchman looks at a crawl now and then, and tells what a reader of the log wants to know: that it goes on, and what it waits for.
type watchman struct {
	event  func(level slog.Level, message string, attrs ...any)
	told   time.Time // when there was a line of progress last
	pages  int       // then
	asleep bool      // URLs wait for hosts that do not answer
	paused string    // why the crawl pauses
	waits  time.Time // when it was told last that all wait
}

// follow writes what happens until done is closed. Without a log file there is nothing to write.
func (l *journal) follow(c *crawler.Crawler, done <-chan struct{}) {
	if l.events == nil {
		return
	}
	tick := time.NewTicker(nightLook)
	defer tick.Stop()
	w := watchman{event: l.event}
	for {
		select {
		case <-done:
			return
		case now := <-tick.C:
			w.look(c.Progress(), now)
		}
	}
}

// look compares the crawl's state with what was told before.
func (w *watchman) look(p crawler.Progress, now time.Time) {
	if p.End == "" {
		return // it has not begun
	}
	if w.told.IsZero() {
		w.told, w.pages = p.Stats.Started, p.Earlier
	}
	if p.Paused != w.paused {
		w.paused = p.Paused
		if w.paused != "" {
			w.event(slog.LevelInfo, pausedText(p))
		} else {
			w.event(slog.LevelInfo, "the crawl goes on")
		}
	}
	if asleep := p.Asleep > 0; asleep != w.asleep {
		w.asleep = asleep
		if asleep {
			w.event(slog.LevelWarn, "hosts do not answer: their URLs are put off", "urls", p.Asleep)
		} else {
			w.event(slog.LevelInfo, "no URL waits for a host that does not answer any more")
		}
	}
	if wait := p.NextAt.Sub(now); p.Next != "" && p.InFlight == 0 && wait >= nightWait && now.Sub(w.waits) >= nightEvery {
		w.waits = now
		w.event(slog.LevelInfo, "waiting for a domain's turn", "domain", p.Next, "for", wait.Round(time.Second), "queued", p.Queued)
	}
	if over := now.Sub(w.told); over >= nightEvery {
		perMinute := float64(p.Pages-w.pages) / over.Minutes()
		w.told, w.pages = now, p.Pages
		w.event(slog.LevelInfo, "progress", "pages", p.Pages, "per_minute", float64(int(perMinute*10))/10, "queued", p.Queued,
			"in_flight", p.InFlight, "failures", p.Failed, "disallowed", p.Disallowed, "asleep", p.Asleep, "domains", p.Domains)
	}
}
