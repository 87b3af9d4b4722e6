package canon

import "strings"

// Year is the year that u names in a form that only calendars and archives have; false if it names none, or several.
// A calendar links to the next month for ever: a year far from now is where it has no events left.
//
// The forms are the path segments /2026/11 (whatever follows) and /2026-11 or /2026-11-24, a parameter of the query with a full
// date as its value, a parameter with a name of dates (date, month, day, calendar, archive, m) with 2026-11, 202611 or
// 20261124, and the parameters year and month together. Years are those from 1000 to 2999, months and days valid ones:
// /2026/13 is no date, /404/12 no year, and /3000/12 an article in a shop. What remains is that /2500/12 may be one as well,
// and ?until=2099-12-31 a promise; so it is a sign among others, for a wide margin, and for URLs that can be recorded as held back.
func (u URL) Year() (int, bool) {
	year := 0
	add := func(y int) bool {
		several := year != 0 && year != y
		year = y
		return !several
	}
	before := 0
	for segment := range strings.SplitSeq(u.Path(), "/") {
		if len(segment) > len("2026-11-24") {
			before = 0
			continue
		}
		if before != 0 && isNumber(segment, 1, 12) && !add(before) {
			return 0, false
		}
		before = yearOf(segment)
		if y := dashed(segment); y != 0 && !add(y) {
			return 0, false
		}
	}
	if q := u.Query(); q != "" && !queryYears(q, add) {
		return 0, false
	}
	return year, year != 0
}

// queryYears adds the years that a query names, and is false once add is.
func queryYears(q string, add func(int) bool) bool {
	year, month := 0, false
	for piece := range strings.SplitSeq(q, "&") {
		name, value, _ := strings.Cut(piece, "=")
		if len(name) > 40 || len(value) == 0 || len(value) > len("2026-11-24") {
			continue
		}
		name = lowerASCII(name)
		y := dashed(value)
		switch {
		case len(value) <= 2:
			month = month || (strings.HasSuffix(name, "month") || name == "m" || name == "mon") && isNumber(value, 0, 12)
		case len(value) == 4 && (strings.HasSuffix(name, "year") || name == "y" || name == "yr"):
			year = yearOf(value)
		case len(value) == len("2026-11-24"):
		case !dateName(name):
			y = 0
		case y == 0:
			y = compact(value)
		}
		if y != 0 && !add(y) {
			return false
		}
	}
	return year == 0 || !month || add(year)
}

// dateName reports whether a parameter with this name holds a date.
func dateName(name string) bool {
	if name == "m" || name == "ym" {
		return true
	}
	for _, part := range []string{"date", "month", "day", "calendar", "archive"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// dashed is the year of 2026-11 and 2026-11-24; 0 for anything else.
func dashed(s string) int {
	if len(s) != len("2026-11") && len(s) != len("2026-11-24") || s[4] != '-' || !isNumber(s[5:7], 1, 12) {
		return 0
	}
	if len(s) > len("2026-11") && (s[7] != '-' || !isNumber(s[8:], 1, 31)) {
		return 0
	}
	return yearOf(s[:4])
}

// compact is the year of 202611 and 20261124; 0 for anything else.
func compact(s string) int {
	if len(s) != len("202611") && len(s) != len("20261124") || !isNumber(s[4:6], 1, 12) || len(s) > 6 && !isNumber(s[6:], 1, 31) {
		return 0
	}
	return yearOf(s[:4])
}

// yearOf is the year that s is, from 1000 to 2999; else 0.
func yearOf(s string) int {
	if len(s) != 4 || s[0] != '1' && s[0] != '2' {
		return 0
	}
	y := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0
		}
		y = 10*y + int(c-'0')
	}
	return y
}

// isNumber reports whether s is one or two digits and a number from lowest to highest.
func isNumber(s string, lowest, highest int) bool {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
		n = 10*n + int(c-'0')
	}
	return (len(s) == 1 || len(s) == 2) && lowest <= n && n <= highest
}
