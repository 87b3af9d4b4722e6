package politeness

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// FuzzRetryAfter holds what must be true of any value: a pause is never negative, blanks around the value do not count,
// digits are seconds up to the greatest number that is read, and a date pauses until that date or not at all.
func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{
		"120", " 5 ", "0", "-1", "+5", "1e3", "007", "2147483648", "99999999999999999999999999", "1_000", "0x10", "1.5", "",
		"Fri, 31 Dec 1999 23:59:59 GMT", "Friday, 31-Dec-99 23:59:59 GMT", "Fri Dec 31 23:59:59 1999", "Fri, 31 Dec 9999 23:59:59 GMT",
		"Sun, 06 Nov 1994 08:49:37 +0000", "Mon, 01 Jan 0000 00:00:00 GMT", "Sat, 30 Feb 2030 00:00:00 GMT", "120, 60", "\u0661", "5\x00", "2170000000A",
	} {
		f.Add(value, int64(946684799))
	}
	f.Fuzz(func(t *testing.T, value string, unix int64) {
		now := time.Unix(unix%(1<<36), 0) // some two thousand years around 1970
		d := RetryAfter(value, now)
		if d < 0 {
			t.Errorf("%q: %v", value, d)
		}
		if again := RetryAfter(" \t"+value+"\r\n ", now); again != d {
			t.Errorf("%q: %v, with blanks around it %v", value, d, again)
		}
		digits := strings.TrimSpace(value)
		if digits != "" && strings.Trim(digits, "0123456789") == "" {
			const most = 1<<31 - 1
			n, err := strconv.ParseInt(digits, 10, 64)
			if err != nil || n > most {
				n = most
			}
			if want := time.Duration(n) * time.Second; d != want {
				t.Errorf("%q: %v, want %v", value, d, want)
			}
			return
		}
		if d > 0 && !strings.ContainsAny(value, ":") {
			t.Errorf("%q is no number and no date: %v", value, d)
		}
		if d > 0 && RetryAfter(value, now.Add(d)) != 0 && d < 1<<63-1 {
			t.Errorf("%q: %v from %v, and then more", value, d, now)
		}
	})
}

// A date means what it says in each of the three forms that a recipient must understand.
func FuzzRetryAfterDates(f *testing.F) {
	f.Add(int64(946684799), uint32(3600))
	f.Add(int64(4102444800), uint32(0))
	f.Fuzz(func(t *testing.T, unix int64, pause uint32) {
		now := time.Unix(unix%(1<<35), 0).UTC()
		then := now.Add(time.Duration(pause) * time.Second)
		for _, form := range []string{"Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", "Mon Jan _2 15:04:05 2006"} {
			if strings.Contains(form, "-06") && (then.Year() < 1969 || then.Year() > 2068) {
				continue // two digits name another century
			}
			if then.Year() < 1 || then.Year() > 9999 {
				continue
			}
			if d := RetryAfter(then.Format(form), now); d != then.Sub(now) {
				t.Errorf("%s at %v: %v, want %v", then.Format(form), now, d, then.Sub(now))
			}
		}
	})
}
