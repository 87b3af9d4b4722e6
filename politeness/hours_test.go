package politeness

import (
	"strings"
	"testing"
	"time"
)

func TestParseHours(t *testing.T) {
	for s, want := range map[string]Hours{
		"22:00-06:00": {From: 22 * 60, To: 6 * 60}, "00:00-23:59": {From: 0, To: 23*60 + 59}, " 9:30 - 17:00 ": {From: 9*60 + 30, To: 17 * 60},
		"23:59-00:00": {From: 23*60 + 59, To: 0},
	} {
		want.Zone = time.UTC
		if got, err := ParseHours(s, time.UTC); err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "-", "22:00", "22:00-", "-06:00", "22:00-22:00", "25:00-06:00", "22:60-06:00", "22-6", "22:00-06:00-08:00", "a-b", "22:00:00-23:00"} {
		if got, err := ParseHours(s, time.UTC); err == nil || strings.Contains(err.Error(), "\n") || got != (Hours{}) {
			t.Errorf("%q: %+v, error %v", s, got, err)
		}
	}
}

func TestHoursNext(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	at := func(s string) time.Time {
		t.Helper()
		x, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, c := range []struct{ hours, now, next string }{
		// Exactly at From, just before it, at To and just before that.
		{"22:00-06:00", "2026-06-10T22:00:00+02:00", "2026-06-10T22:00:00+02:00"},
		{"22:00-06:00", "2026-06-10T21:59:59+02:00", "2026-06-10T22:00:00+02:00"},
		{"22:00-06:00", "2026-06-10T06:00:00+02:00", "2026-06-10T22:00:00+02:00"},
		{"22:00-06:00", "2026-06-10T05:59:59+02:00", "2026-06-10T05:59:59+02:00"},
		{"22:00-06:00", "2026-06-10T00:00:00+02:00", "2026-06-10T00:00:00+02:00"},
		{"09:00-17:00", "2026-06-10T17:00:00+02:00", "2026-06-11T09:00:00+02:00"},
		{"09:00-17:00", "2026-06-10T08:00:00+02:00", "2026-06-10T09:00:00+02:00"},
		{"09:00-17:00", "2026-12-31T18:00:00+01:00", "2027-01-01T09:00:00+01:00"},
		{"23:59-00:00", "2026-06-10T00:00:00+02:00", "2026-06-10T23:59:00+02:00"},
		{"00:00-00:01", "2026-06-10T00:01:00+02:00", "2026-06-11T00:00:00+02:00"},
		// 2026-03-29: from 02:00 to 03:00 the clock goes forward. The day has 23 hours.
		{"22:00-06:00", "2026-03-29T12:00:00+02:00", "2026-03-29T22:00:00+02:00"},
		{"12:00-13:00", "2026-03-28T20:00:00+01:00", "2026-03-29T12:00:00+02:00"},
		{"02:30-04:00", "2026-03-29T01:59:59+01:00", "2026-03-29T03:00:00+02:00"},
		{"02:30-04:00", "2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"02:30-02:45", "2026-03-28T12:00:00+01:00", "2026-03-30T02:30:00+02:00"},
		// 2026-10-25: from 03:00 to 02:00 it goes back. The minutes from 02:00 to 03:00 come twice.
		{"12:00-13:00", "2026-10-24T20:00:00+02:00", "2026-10-25T12:00:00+01:00"},
		{"02:30-04:00", "2026-10-25T01:00:00+02:00", "2026-10-25T02:30:00+02:00"},
		{"02:30-04:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00"},
		{"02:30-04:00", "2026-10-25T02:45:00+01:00", "2026-10-25T02:45:00+01:00"},
		{"01:00-02:30", "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00"},
	} {
		h, err := ParseHours(c.hours, berlin)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Next(at(c.now)); !got.Equal(at(c.next)) {
			t.Errorf("%s at %s: next %v, want %s", c.hours, c.now, got.In(berlin), c.next)
		}
	}
}

// TestHoursNextIsWithinAndFirst, for minutes of the days on which the clock changes: what Next gives is within the hours, and nothing
// between now and then is.
func TestHoursNextIsWithinAndFirst(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Skip(err)
		}
		days := []time.Time{time.Date(2026, 3, 28, 0, 0, 0, 0, loc), time.Date(2026, 10, 24, 0, 0, 0, 0, loc), time.Date(2018, 11, 3, 0, 0, 0, 0, loc), time.Date(2026, 4, 4, 0, 0, 0, 0, loc), time.Date(2026, 10, 3, 0, 0, 0, 0, loc), time.Date(2026, 4, 23, 0, 0, 0, 0, loc)}
		for _, s := range []string{"22:00-06:00", "02:30-02:45", "02:00-03:00", "01:30-02:15", "23:30-00:30", "00:00-00:30", "03:00-02:00", "01:00-02:30"} {
			h, err := ParseHours(s, loc)
			if err != nil {
				t.Fatal(err)
			}
			for _, day := range days {
				const minutes = 3 * 24 * 60
				next := time.Time{} // the first minute within the hours at or after the one looked at, from behind
				for m := minutes + 2*24*60; m >= 0; m-- {
					now := day.Add(time.Duration(m) * time.Minute)
					if h.within(now) {
						next = now
					}
					if m >= minutes || m%29 != 0 {
						continue
					}
					if got := h.Next(now); !got.Equal(next) {
						t.Fatalf("%s in %s at %v: next %v, want %v", s, zone, now, got, next)
					}
				}
			}
		}
	}
}
