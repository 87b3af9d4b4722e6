package politeness

import (
	"strconv"
	"strings"
	"time"
)

// httpDates are the three forms of RFC 9110, section 5.6.7, that a recipient must understand.
var httpDates = []string{time.RFC1123, time.RFC850, time.ANSIC}

// RetryAfter reads the value of a Retry-After header (RFC 9110, section 10.2.3), a number of seconds or a date, as a pause
// from now. A value that is neither, or lies in the past, is 0. The caller bounds what is too long.
func RetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value != "" && strings.Trim(value, "0123456789") == "" {
		n, _ := strconv.ParseUint(value, 10, 31) // out of range, n is the greatest number that is not: 68 years
		return time.Duration(n) * time.Second
	}
	for _, form := range httpDates {
		if t, err := time.Parse(form, value); err == nil {
			return max(0, t.Sub(now))
		}
	}
	return 0
}
