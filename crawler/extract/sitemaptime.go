package extract

import (
	"bytes"
	"strings"
	"time"
)

// maxTime is the greatest length of a date, in bytes.
const maxTime = 64

// parseTime reads a date in one of the forms that sitemaps and feeds have, in UTC; zero if it is none of them: W3C date and
// time (a profile of ISO 8601, and RFC 3339), and RFC 822 with its successors RFC 1123 and 5322. Without a zone, it is UTC.
func parseTime(b []byte) time.Time {
	b = bytes.TrimSpace(b)
	if len(b) < len("2006") || len(b) > maxTime {
		return time.Time{}
	}
	s := string(b)
	var t time.Time
	var err error
	if isDigit(s[0]) && isDigit(s[2]) && isDigit(s[3]) {
		t, err = parseW3C(s)
	} else {
		t, err = parseMail(s)
	}
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// parseW3C reads 2005, 2005-01, 2005-01-31, and the last with a time: T or space, hours and minutes, perhaps seconds and their
// fraction, and perhaps a zone.
func parseW3C(s string) (time.Time, error) {
	const day = "2006-01-02"
	if len(s) <= len(day) {
		return time.Parse(day[:len(s)], s)
	}
	clock := strings.TrimLeft(s[len(day):], "Tt ")
	s = s[:len(day)] + "T" + clock
	layout := day + "T15:04"
	if strings.Count(strings.TrimRight(clock, "Zz"), ":") > 1 && len(clock) > 5 && clock[5] == ':' {
		layout += ":05" // time.Parse takes a fraction after it, with a dot or a comma
	}
	i := strings.IndexAny(clock, "+-Zz ")
	if i < 0 {
		return time.Parse(layout, s)
	}
	zone := strings.ToUpper(strings.TrimSpace(clock[i:]))
	return time.Parse(layout+zoneLayout(zone), strings.TrimSpace(s[:len(day)+1+i])+zone)
}

// zoneLayout is the layout of a zone in figures, or Z.
func zoneLayout(zone string) string {
	switch {
	case zone == "Z" || zone == "UTC" || zone == "GMT":
		return zone
	case strings.IndexByte(zone, ':') >= 0:
		return "-07:00"
	case len(zone) == len("+01"):
		return "-07"
	}
	return "-0700"
}

// mailZones are the zones that RFC 822 names, in hours.
var mailZones = map[string]int{"UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
	"MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2}

// parseMail reads "Mon, 02 Jan 2006 15:04:05 GMT" and its kin: without the weekday, with a year of two digits, without
// seconds, with the month in full, with the time missing, with a zone in figures or by name.
func parseMail(s string) (time.Time, error) {
	if i := strings.IndexByte(s, ','); i >= 0 {
		s = s[i+1:]
	}
	words := strings.Fields(s)
	if len(words) > 0 && !isDigit(words[0][0]) { // a weekday without its comma
		words = words[1:]
	}
	if len(words) < 3 {
		return time.Parse(time.RFC1123, s) // which fails, with an error that says how
	}
	layout := "2 Jan 2006"
	if len(words[1]) > 3 && !strings.HasSuffix(words[1], ".") {
		layout = "2 January 2006"
	}
	if len(words[2]) == 2 {
		layout = strings.TrimSuffix(layout, "2006") + "06"
	}
	shift := 0
	if len(words) > 3 {
		layout += " 15:04"
		if strings.Count(words[3], ":") > 1 {
			layout += ":05"
		}
	}
	if len(words) > 4 {
		zone := strings.ToUpper(words[4])
		if hours, ok := mailZones[zone]; ok {
			shift = hours
			words = words[:4]
		} else {
			layout += " " + zoneLayout(zone)
			words = words[:5] // a comment may follow: "(CET)"
		}
	}
	t, err := time.Parse(layout, strings.Join(words, " "))
	return t.Add(-time.Duration(shift) * time.Hour), err
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
