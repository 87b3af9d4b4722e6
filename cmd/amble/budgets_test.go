package main

import (
	"testing"
	"time"
)

func TestNextTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here:", err)
	}
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, test := range []struct{ now, want string }{
		{"2026-11-24 22:00", "2026-11-25 06:00"},
		{"2026-11-25 05:59", "2026-11-25 06:00"},
		{"2026-11-25 06:00", "2026-11-26 06:00"}, // it has been reached
		{"2026-12-31 23:00", "2027-01-01 06:00"},
		{"2026-03-28 22:00", "2026-03-29 06:00"}, // seven hours later by the clock of that night
	} {
		if got := nextTime(6, 0, at(test.now)); !got.Equal(at(test.want)) {
			t.Errorf("06:00 after %s is %v, want %s", test.now, got, test.want)
		}
	}
}
