package politeness

import (
	"fmt"
	"strings"
	"time"
)

// Hours are the hours of the day in which a crawl may make requests, from the minute From to before the minute To, both counted from
// midnight by the clock of a time zone. With To before From they go over midnight. The zero value stands for no hours at all: make it by
// ParseHours.
type Hours struct {
	From, To int // minutes
	Zone     *time.Location
}

// ParseHours reads hours as people write them, such as "22:00-06:00". They are those of the zone.
func ParseHours(s string, zone *time.Location) (Hours, error) {
	from, to, ok := strings.Cut(s, "-")
	f, err := time.Parse("15:04", strings.TrimSpace(from))
	t, err2 := time.Parse("15:04", strings.TrimSpace(to))
	h := Hours{From: f.Hour()*60 + f.Minute(), To: t.Hour()*60 + t.Minute(), Zone: zone}
	if !ok || err != nil || err2 != nil || h.From == h.To {
		return Hours{}, fmt.Errorf("%q are no hours: write them as in 22:00-06:00", s)
	}
	return h, nil
}

// Next is now, if that is within the hours, or else when they begin next. Where the clock is changed, so that the minute does not exist,
// they begin with what comes instead.
func (h Hours) Next(now time.Time) time.Time {
	local := now.In(h.Zone)
	minute := local.Hour()*60 + local.Minute()
	within := minute >= h.From && minute < h.To
	if h.To < h.From {
		within = minute >= h.From || minute < h.To
	}
	if within {
		return now
	}
	day := local.Day()
	if minute >= h.From {
		day++
	}
	at := time.Date(local.Year(), local.Month(), day, 0, h.From, 0, 0, h.Zone)
	return now.Add(at.Sub(now.Round(0))) // by the steady clock
}
