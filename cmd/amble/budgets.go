package main

import (
	"time"

	"github.com/spf13/pflag"

	"amble/crawler"
)

// budgets are how much a crawl may take, and when. They are kept in the crawl file.
type budgets struct {
	MaxBytes     size   `json:"max_bytes,omitempty"`
	MaxHostBytes size   `json:"max_host_bytes,omitempty"`
	StopAt       string `json:"stop_at,omitempty"`
	Hours        string `json:"hours,omitempty"`
	HoursZone    string `json:"hours_zone,omitempty"`
	MinFreeDisk  size   `json:"min_free_disk,omitempty"`
}

// budgetFlags binds the flags that set them.
func (b *budgets) budgetFlags(f *pflag.FlagSet) {
	f.Var(&b.MaxBytes, "max-bytes", "end after so many bytes received, over all runs; with K, M or G; 0 sets no limit")
	f.Var(&b.MaxHostBytes, "max-host-bytes", "receive so many bytes from one host (with its scheme and port); the rest of it stays pending")
	f.StringVar(&b.StopAt, "stop-at", "", "end at this `time` of day, such as 06:00; amble resume goes on")
	f.StringVar(&b.Hours, "hours", "", "make requests in these `hours` of the day alone, such as 22:00-06:00; outside them the crawl pauses")
	f.StringVar(&b.HoursZone, "hours-zone", "Local", "time `zone` of --hours and --stop-at, such as Europe/Berlin or UTC")
	f.Var(&b.MinFreeDisk, "min-free-disk", "pause while less is free on the disk of the crawl file; with K, M or G; 0 never does")
}

// budget checks them and hands them to the crawler's configuration.
func (b *budgets) budget(c *crawler.Config, now time.Time) error {
	c.MaxBytes, c.MaxHostBytes, c.MinFreeDisk = int64(b.MaxBytes), int64(b.MaxHostBytes), int64(b.MinFreeDisk)
	zone, err := time.LoadLocation(b.HoursZone)
	if b.HoursZone == "Local" {
		zone, err = time.Local, nil
	}
	if err != nil {
		return usage("--hours-zone %q: there is no such time zone here: write it as Europe/Berlin, UTC or Local", b.HoursZone)
	}
	if b.Hours != "" {
		h, err := crawler.ParseHours(b.Hours, zone)
		if err != nil {
			return usage("--hours: %w", err)
		}
		c.Hours = &h
	}
	if b.StopAt != "" {
		at, err := time.Parse("15:04", b.StopAt)
		if err != nil {
			return usage("--stop-at %q: write a time of day, such as 06:00", b.StopAt)
		}
		c.StopAt = nextTime(at.Hour(), at.Minute(), now.In(zone))
	}
	return nil
}

// nextTime is when the clock shows a time of day next, after now.
func nextTime(hour, minute int, now time.Time) time.Time {
	at := time.Date(now.Year(), now.Month(), now.Day(), hour, minute, 0, 0, now.Location())
	if !at.After(now) {
		at = time.Date(now.Year(), now.Month(), now.Day()+1, hour, minute, 0, 0, now.Location())
	}
	return at
}
