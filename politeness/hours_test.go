package politeness

import (
	"testing"
	"time"
)

func TestParseHours(t *testing.T) {
	for _, s := range []string{"", "22:00", "22-6", "22:00-22:00", "24:00-06:00", "22:00-06:60", "22:00-06:00-07:00", "a-b"} {
		if h, err := ParseHours(s, time.UTC); err == nil {
			t.Errorf("%q are taken for %+v", s, h)
		}
	}
	if h, err := ParseHours("22:00-06:30", time.UTC); err != nil || h.From != 22*60 || h.To != 6*60+30 {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestHoursNext(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here:", err)
	}
	for _, test := range []struct{ hours, now, want string }{
		{"22:00-06:00", "2026-11-24T12:00:00", "2026-11-24T22:00:00"},
		{"22:00-06:00", "2026-11-24T21:59:59", "2026-11-24T22:00:00"},
		{"22:00-06:00", "2026-11-24T22:00:00", "2026-11-24T22:00:00"},
		{"22:00-06:00", "2026-11-25T05:59:59", "2026-11-25T05:59:59"},
		{"22:00-06:00", "2026-11-25T06:00:00", "2026-11-25T22:00:00"},
		{"09:00-17:00", "2026-11-24T08:00:00", "2026-11-24T09:00:00"},
		{"09:00-17:00", "2026-11-24T17:00:00", "2026-11-25T09:00:00"},
		{"09:00-17:00", "2026-12-31T18:00:00", "2027-01-01T09:00:00"},
		{"02:30-03:30", "2026-03-29T01:00:00", "2026-03-29T03:30:00"}, // half past two is left out that night
		{"02:30-03:30", "2026-10-25T01:00:00", "2026-10-25T02:30:00"}, // and is there twice on this: the first counts
	} {
		h, err := ParseHours(test.hours, berlin)
		if err != nil {
			t.Fatal(err)
		}
		at := func(s string) time.Time {
			v, err := time.ParseInLocation("2006-01-02T15:04:05", s, berlin)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if got := h.Next(at(test.now)); !got.Equal(at(test.want)) {
			t.Errorf("%s at %s: %v, want %s", test.hours, test.now, got, test.want)
		}
	}
}
