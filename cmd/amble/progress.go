package main

import (
	"fmt"
	"strings"
	"time"

	"amble/crawler"
)

// How often progress is shown: on a terminal, and as plain lines elsewhere.
const (
	liveEvery  = 200 * time.Millisecond
	plainEvery = 10 * time.Second
)

// watch shows a crawl's progress until done is closed. It returns when nothing of it is left on the screen.
func (j *job) watch(c *crawler.Crawler, done <-chan struct{}) {
	con := j.con
	// Where pages go to standard output as they come, that may be the same terminal.
	live := con.terminal() && !j.stream && !j.jsonConsole()
	every := plainEvery
	if live {
		every = liveEvery
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	defer con.setLive("")
	speed := speedometer{at: []time.Time{time.Now()}, pages: []int{c.Progress().Pages}}
	for {
		select {
		case <-done:
			return
		case now := <-tick.C:
			p := c.Progress()
			if p.End == "" {
				continue // it has not begun
			}
			line := progressLine(p, speed.read(now, p.Pages), now)
			if live {
				con.setLive(line)
			} else {
				j.say(line)
			}
		}
	}
}

// speedometer measures pages per second over the last ten seconds or so.
type speedometer struct {
	at    []time.Time
	pages []int
}

func (s *speedometer) read(now time.Time, pages int) float64 {
	s.at, s.pages = append(s.at, now), append(s.pages, pages)
	for len(s.at) > 2 && now.Sub(s.at[0]) > 10*time.Second {
		s.at, s.pages = s.at[1:], s.pages[1:]
	}
	over := now.Sub(s.at[0]).Seconds()
	if over < 0.1 {
		return 0
	}
	return float64(pages-s.pages[0]) / over
}

// progressLine is the state of a crawl in one line, the most important first.
func progressLine(p crawler.Progress, perSecond float64, now time.Time) string {
	if p.Copied.Files > 0 {
		return fmt.Sprintf("%s · making the copy: %s", count(p.Pages, "page"), count(p.Copied.Files, "file"))
	}
	parts := []string{
		count(p.Pages, "page"),
		fmt.Sprintf("%.1f/s", perSecond),
		thousands(int64(p.Queued)) + " queued",
		thousands(int64(p.InFlight)) + " in flight",
	}
	if p.Restoring {
		parts = append(parts, "taking up what is on record")
	}
	if p.Failed > 0 {
		parts = append(parts, thousands(int64(p.Failed))+" failed")
	}
	if p.Disallowed > 0 {
		parts = append(parts, thousands(int64(p.Disallowed))+" disallowed")
	}
	if p.Domains > 1 {
		parts = append(parts, count(p.Domains, "domain"))
	}
	if p.Asleep > 0 { // or a crawl whose only host is down would seem to do nothing, for no reason
		parts = append(parts, "hosts do not answer: "+count(p.Asleep, "URL")+" put off")
	}
	if p.Paused != "" {
		return strings.Join(append(parts, pausedText(p)), " · ")
	}
	if wait := p.NextAt.Sub(now); p.Next != "" && p.InFlight == 0 && wait > 0 {
		parts = append(parts, fmt.Sprintf("waiting %s for %s", short(wait), p.Next))
	}
	if p.LongestFor > time.Second {
		left := short(p.LongestFor) + " left at least"
		if p.Domains > 1 {
			left += " (" + p.Longest + ")"
		}
		parts = append(parts, left)
	}
	return strings.Join(parts, " · ")
}

// pausedText says why a crawl pauses, and until when.
func pausedText(p crawler.Progress) string {
	text := "paused: " + p.Paused
	if !p.PausedUntil.IsZero() {
		text += ", until " + p.PausedUntil.Local().Format("15:04:05")
	}
	return text
}

// short is a duration as a person reads it at a glance.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.1fms", float64(d.Microseconds())/1000)
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}
