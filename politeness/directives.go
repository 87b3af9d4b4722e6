package politeness

import (
	"iter"
	"strings"
	"time"
	"unicode"
)

// What a hostile page may make amble read. What is beyond is as if it were not there: the page speaks of itself only, so
// whoever hides a rule there hides his own.
const (
	// MaxDirectives is how many meta elements, and how many X-Robots-Tag headers, of one page are read.
	MaxDirectives = 64
	// MaxDirective is how much of each is read, in bytes, up to the last comma within it.
	MaxDirective = 1 << 10
)

// Directives are what a page asks of robots, by meta elements or X-Robots-Tag headers. There is no standard; Google's
// "Robots meta tag, data-nosnippet, and X-Robots-Tag specifications" is what site owners read, and what is meant
// by "Google" below. Only rules that tell a crawler something are kept: what may be shown in search results is of no
// concern to amble. The zero value asks for nothing.
type Directives struct {
	// NoFollow asks that no link of the page be followed.
	NoFollow bool
	// NoIndex asks that the page not be shown in search results. Its links may be followed.
	NoIndex bool
	// UnavailableAfter is when the page begins to ask for NoIndex, in UTC; zero means never. See [Directives.At].
	UnavailableAfter time.Time
}

// PageDirectives are the directives of one page for one crawler: all restrictions that [MetaDirectives] and
// [HeaderDirectives] find. Google says of a conflict that the more restrictive rule applies.
func PageDirectives(token string, metas iter.Seq2[string, string], headers []string) Directives {
	return MetaDirectives(token, metas).Or(HeaderDirectives(token, headers))
}

// MetaDirectives reads the names and contents of a page's meta elements; nil means that there are none. Token is as for
// [ParseRobots]. The names "robots" and the product token's own, in any case, count; all others are skipped. Of several
// the sum of the restrictions holds, whether they speak to all or to the token, as Google has it: "index" for one
// takes nothing from "noindex" for all.
//
// A content is a list of rules, in any case: noindex, nofollow, none for both, and unavailable_after with a date. The
// separator is the comma; the blanks and semicolons that real pages have in its place do as well. Whatever else is
// there changes nothing.
func MetaDirectives(token string, metas iter.Seq2[string, string]) (d Directives) {
	if metas == nil {
		return d
	}
	token, n := ProductToken(token), 0
	for name, content := range metas {
		name = strings.TrimSpace(name)
		if !strings.EqualFold(name, "robots") && !strings.EqualFold(name, token) {
			continue
		}
		if n++; n > MaxDirectives {
			break
		}
		d.read(content, token, false)
	}
	return d
}

// HeaderDirectives reads the values of all X-Robots-Tag headers of an answer. They hold the same lists as meta elements,
// and the sum of the restrictions holds as there. Token is as for [ParseRobots].
//
// A name and a colon before a rule speak to one crawler: "otherbot: noindex, nofollow". The name holds for all that
// follows in this header, up to the next name; "*" and "robots" are all crawlers again. So where a proxy has joined two
// headers, rules for all that come second are taken as the named crawler's: nothing tells the two cases apart.
func HeaderDirectives(token string, values []string) (d Directives) {
	if len(values) == 0 {
		return d
	}
	token = ProductToken(token)
	for _, v := range values[:min(len(values), MaxDirectives)] {
		d.read(v, token, true)
	}
	return d
}

// Or is what both ask for: every restriction of either, and the earlier of two dates.
func (d Directives) Or(e Directives) Directives {
	d.NoFollow = d.NoFollow || e.NoFollow
	d.NoIndex = d.NoIndex || e.NoIndex
	if d.UnavailableAfter.IsZero() || !e.UnavailableAfter.IsZero() && e.UnavailableAfter.Before(d.UnavailableAfter) {
		d.UnavailableAfter = e.UnavailableAfter
	}
	return d
}

// At is what the page asks for at the time now: once UnavailableAfter is past, NoIndex too.
func (d Directives) At(now time.Time) Directives {
	if !d.UnavailableAfter.IsZero() && now.After(d.UnavailableAfter) {
		d.NoIndex = true
	}
	return d
}

// NoFollowLink reports whether a link's rel attribute asks that the link not be followed: whether nofollow is among its
// words, in any case. Google takes commas between them for blanks.
//
// The words ugc and sponsored do not count. Google "generally" does not follow such links either, but takes them as hints
// about who made a link and why; of the three only nofollow is described as the wish that the target not be crawled
// from here. Forums mark all links of their members as ugc, also those to themselves; who means both writes "ugc nofollow".
func NoFollowLink(rel string) bool {
	for word := range strings.FieldsFuncSeq(rel, isBreak) {
		if strings.EqualFold(word, "nofollow") {
			return true
		}
	}
	return false
}

// read adds what a list of rules asks of the token. Names of crawlers are known in headers only.
//
// A colon has three meanings there: it follows the name of a rule that has a value, the name of a crawler, or the hours of
// a date that could not be read. What follows tells the last two apart: a rule begins with a letter, minutes do not.
func (d *Directives) read(list, token string, header bool) {
	if len(list) > MaxDirective {
		list = list[:strings.LastIndexByte(list[:MaxDirective], ',')+1]
	}
	for ours := true; list != ""; {
		piece, rest := list, ""
		if i := strings.IndexAny(list, ",;"); i >= 0 {
			piece, rest = list[:i], list[i+1:]
		}
		key, value, colon := strings.Cut(piece, ":")
		before, name := lastWord(key)
		value = strings.TrimSpace(value)
		switch {
		case !colon:
			d.words(piece, ours)
		case strings.EqualFold(name, "unavailable_after"):
			d.words(before, ours)
			if t, after, ok := leadingDate(list[len(key)+1:]); ok {
				rest = after
				if ours {
					*d = d.Or(Directives{UnavailableAfter: t})
				}
			}
		case strings.EqualFold(name, "max-snippet"), strings.EqualFold(name, "max-image-preview"), strings.EqualFold(name, "max-video-preview"):
			d.words(before, ours)
			if i := strings.IndexFunc(value, isBreak); i >= 0 {
				d.words(value[i:], ours)
			}
		case header && name != "" && (value == "" || isLetter(value[0])):
			rest = list[len(key)+1:]
			key = strings.TrimSpace(key)
			ours = key == "*" || strings.EqualFold(key, "robots") || names(key, token)
		}
		list = rest
	}
}

// words adds the rules without a value in s, unless they are another crawler's.
func (d *Directives) words(s string, ours bool) {
	if !ours {
		return
	}
	for word := range strings.FieldsFuncSeq(s, isBreak) {
		none := strings.EqualFold(word, "none")
		d.NoIndex = d.NoIndex || none || strings.EqualFold(word, "noindex")
		d.NoFollow = d.NoFollow || none || strings.EqualFold(word, "nofollow")
	}
}

// lastWord splits s before its last word.
func lastWord(s string) (before, word string) {
	s = strings.TrimRightFunc(s, isBreak)
	i := strings.LastIndexFunc(s, isBreak)
	if i < 0 {
		return "", s
	}
	return s[:i], strings.TrimLeftFunc(s[i:], isBreak)
}

// isBreak reports whether r separates words, whatever the list.
func isBreak(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// leadingDate reads the date that s begins with, and returns what follows it. A date may hold commas, which also separate
// rules: the shortest piece of s that is a date is it. "Friday, June 25, 2010" has as many as there may be.
func leadingDate(s string) (t time.Time, rest string, ok bool) {
	for end, commas := 0, 0; commas <= 2; commas++ {
		next := strings.IndexAny(s[end:], ",;")
		if next < 0 {
			t, ok = parseDate(s)
			return t, "", ok
		}
		end += next
		if t, ok = parseDate(s[:end]); ok || s[end] == ';' {
			return t, s[end+1:], ok
		}
		end++
	}
	return t, s, false
}

// dateForms are the forms of a date without weekday, time and commas, fields separated by one blank: RFC 822 (and the four
// digits of RFC 1123), asctime and English usage, ISO 8601. A date like 06/07/2010 is none: nobody knows which is the
// month.
var dateForms = []string{"2 Jan 2006", "2 Jan 06", "Jan 2 2006", "2006-01-02"}

// parseDate reads a date and time as Google asks for it, "in a widely adopted format including, but not limited to"
// RFC 822, RFC 850 and ISO 8601. A date without a time is the first instant of its day, the stricter reading; a time without
// a zone is UTC. A date up to the beginning of 1970 is none: that is how programs print a date that was never set.
func parseDate(s string) (time.Time, bool) {
	const longest = 80 // with full names, a fraction and a zone in words
	if s, _, _ = strings.Cut(s, "("); len(s) > longest {
		return time.Time{}, false // what was cut is a comment (RFC 822, section 3.4.3)
	}
	var (
		date               []string
		clock, noon        string
		offset             time.Duration
		zoned, ok, weekday bool
	)
	for f := range strings.FieldsFuncSeq(s, isBreak) {
		if len(f) > len("2010-06-25T") && f[4] == '-' && f[10]|0x20 == 't' {
			date, f = append(date, f[:10]), f[11:]
		}
		if isDigit(f[0]) && strings.Contains(f, ":") {
			if clock != "" {
				return time.Time{}, false
			}
			n := len(f)
			if i := strings.IndexFunc(f, func(r rune) bool { return r != ':' && r != '.' && (r < '0' || r > '9') }); i >= 0 {
				n = i
			}
			if clock, f = f[:n], f[n:]; f == "" {
				continue
			}
		}
		switch {
		case isName(f, "monday tuesday wednesday thursday friday saturday sunday"):
			if weekday {
				return time.Time{}, false
			}
			weekday = true
		case isName(f, "january february march april may june july august september october november december"):
			date = append(date, f[:3])
		case strings.EqualFold(f, "am"), strings.EqualFold(f, "pm"):
			noon = " " + strings.ToUpper(f)
		case isDigit(f[0]) && strings.Count(f, "-") == 2 && strings.ContainsFunc(f, unicode.IsLetter):
			date = append(date, strings.Split(f, "-")...)
		case isDigit(f[0]):
			date = append(date, f)
		default:
			if offset, ok = parseZone(f); !ok || zoned || clock == "" {
				return time.Time{}, false
			}
			zoned = true
		}
	}
	day, ok := parseAny(strings.Join(date, " "), dateForms)
	if !ok {
		return time.Time{}, false
	}
	if clock != "" || noon != "" {
		forms := []string{"15:04:05", "15:04"}
		if noon != "" {
			forms = []string{"3:04:05 PM", "3:04 PM"}
		}
		c, ok := parseAny(clock+noon, forms)
		if !ok {
			return time.Time{}, false
		}
		day = day.Add(c.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC))) // what Parse supplies
	}
	day = day.Add(-offset)
	return day, day.Unix() > 0
}

func parseAny(s string, forms []string) (t time.Time, ok bool) {
	for _, form := range forms {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	return t, false
}

// isName reports whether s is one of the names, in any case: whole or its beginning, of three letters or more.
func isName(s, names string) bool {
	for name := range strings.SplitSeq(names, " ") {
		if len(s) >= 3 && len(s) <= len(name) && strings.EqualFold(s, name[:len(s)]) {
			return true
		}
	}
	return false
}

// zoneHours are the names of zones and their hours from UTC: those of RFC 822, section 5.1, and others that mean one thing
// only. A time in any other zone is taken for UTC, as RFC 5322, section 4.3, advises, also for the letters of the military.
var zoneHours = map[string]time.Duration{
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
	"AKST": -9, "AKDT": -8, "HST": -10, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "JST": 9,
}

// parseZone reads a zone: a name, an offset (+0200, +02:00, +02), or both (GMT+0200).
func parseZone(s string) (offset time.Duration, ok bool) {
	i := 0
	for i < len(s) && isLetter(s[i]) {
		i++
	}
	name, s := strings.ToUpper(s[:i]), s[i:]
	if s == "" {
		return zoneHours[name] * time.Hour, len(name) <= 5
	}
	if name != "" && name != "GMT" && name != "UTC" {
		return 0, false
	}
	t, ok := parseAny(s, []string{"-0700", "-07:00", "-07"})
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second, ok
}
