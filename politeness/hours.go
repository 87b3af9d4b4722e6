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

// Next is now, if that is within the hours, or else when they begin next. Where the clock is changed, so that the minute From does not exist,
// they begin with what comes instead, if that is within them.
func (h Hours) Next(now time.Time) time.Time {
	if h.within(now) {
		return now
	}
	// The clock on the wall is looked at a minute at a time: where it is changed, hours may be left out, or come twice.
	at := now.Round(0).Truncate(time.Minute)
	for range 3 * 24 * 60 {
		if at = at.Add(time.Minute); h.within(at) {
			return now.Add(at.Sub(now.Round(0))) // by the steady clock
		}
	}
	return now.Add(at.Sub(now.Round(0))) // they do not exist; nobody has such a clock
}

// within reports whether a time is within the hours.
func (h Hours) within(t time.Time) bool {
	t = t.In(h.Zone)
	minute := t.Hour()*60 + t.Minute()
	if h.To < h.From {
		return minute >= h.From || minute < h.To
	}
	return minute >= h.From && minute < h.To
}
