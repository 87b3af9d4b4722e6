package politeness

import (
	"iter"
	"strings"
	"testing"
	"time"
)

// metas are the names and contents of meta elements, as the crawler passes them.
func metas(pairs ...[2]string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, p := range pairs {
			if !yield(p[0], p[1]) {
				return
			}
		}
	}
}

func on(year int, month time.Month, day, hour, minute int) time.Time {
	return time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
}

var (
	nothing  = Directives{}
	noFollow = Directives{NoFollow: true}
	noIndex  = Directives{NoIndex: true}
	both     = Directives{NoFollow: true, NoIndex: true}
)

func until(t time.Time) Directives { return Directives{UnavailableAfter: t} }

// Sources, named in the cases:
//
//	G    Google, "Robots meta tag, data-nosnippet, and X-Robots-Tag specifications"
//	G07  Google's announcement of unavailable_after, July 2007
//	MDN  MDN Web Docs, "X-Robots-Tag header"
//	H4   HTML 4.01, appendix B.4.1
//	web  what real pages and servers send
//	own  amble's decision where nobody says anything
func TestMetaDirectives(t *testing.T) {
	for _, c := range []struct {
		source string
		metas  [][2]string
		want   Directives
	}{
		{"G: the default", nil, nothing},
		{"G: noindex", [][2]string{{"robots", "noindex"}}, noIndex},
		{"G: nofollow", [][2]string{{"robots", "nofollow"}}, noFollow},
		{"G: none is both", [][2]string{{"robots", "none"}}, both},
		{"G: all has no effect", [][2]string{{"robots", "all"}}, nothing},
		{"H4: index, follow are the default", [][2]string{{"robots", "index, follow"}}, nothing},
		{"G: comma-separated list", [][2]string{{"robots", "noindex, nofollow"}}, both},
		{"G: several elements", [][2]string{{"robots", "noindex"}, {"robots", "nofollow"}}, both},
		{"G: name and content are case-insensitive", [][2]string{{"ROBOTS", "NoIndex,NOFOLLOW"}}, both},
		{"G: the crawler's own name", [][2]string{{"amble", "noindex"}}, noIndex},
		{"G: its name is case-insensitive", [][2]string{{"AMBLE", "nofollow"}}, noFollow},
		{"G: another crawler's name", [][2]string{{"googlebot", "none"}}, nothing},
		{"G: a name that begins with ours is another's", [][2]string{{"amble-news", "none"}}, nothing},
		{"own: so is a verification key", [][2]string{{"amble:verify", "none"}}, nothing},
		{"G: sum of the negative rules, for all and for us", [][2]string{{"robots", "nofollow"}, {"amble", "noindex"}}, both},
		{"G: our own index takes nothing from noindex for all", [][2]string{{"robots", "noindex"}, {"amble", "index, follow, all"}}, noIndex},
		{"G: the more restrictive of a conflict", [][2]string{{"robots", "index, noindex, follow, nofollow"}}, both},
		{"G: rules of no concern", [][2]string{{"robots", "nosnippet, indexifembedded, notranslate, noimageindex, noarchive, nocache"}}, nothing},
		{"G: max-image-preview:none is not none", [][2]string{{"robots", "max-image-preview:none"}}, nothing},
		{"web: nor with a blank", [][2]string{{"robots", "max-image-preview: none, nofollow"}}, noFollow},
		{"G: valued rules", [][2]string{{"robots", "max-snippet:20, max-image-preview:large, max-video-preview:-1, noindex"}}, noIndex},
		{"web: valued rules without commas", [][2]string{{"robots", "noindex max-snippet:20 nofollow"}}, both},
		{"web: blanks for commas", [][2]string{{"robots", " noindex\tnofollow\n"}}, both},
		{"web: semicolons for commas", [][2]string{{"robots", "noindex;nofollow"}}, both},
		{"web: no-break spaces", [][2]string{{"robots", "index,\u00a0nofollow\u00a0"}}, noFollow},
		{"web: empty places", [][2]string{{"robots", ",, ,noindex,,"}}, noIndex},
		{"web: blanks around the name", [][2]string{{" robots ", "noindex"}}, noIndex},
		{"own: words that only begin or end so", [][2]string{{"robots", "noindexx, xnofollow, no-index, no follow, nonexistent"}}, nothing},
		{"own: empty", [][2]string{{"robots", ""}}, nothing},
		{"G: names of crawlers stand in headers only", [][2]string{{"robots", "amble: noindex, nofollow"}}, noFollow},
		{"own: other elements", [][2]string{{"description", "noindex, nofollow"}, {"", "none"}, {"og:robots", "none"}}, nothing},
		{"G: a date", [][2]string{{"robots", "unavailable_after: 2020-09-21"}}, until(on(2020, 9, 21, 0, 0))},
		{"G07: a date for us", [][2]string{{"amble", "unavailable_after: 23-Jul-2007 18:00:00 EST"}}, until(on(2007, 7, 23, 23, 0))},
		{"G: an invalid date is ignored", [][2]string{{"robots", "unavailable_after: soon, noindex"}}, noIndex},
		{"own: the earlier of two dates", [][2]string{{"robots", "unavailable_after: 2031-01-01, unavailable_after: 2030-01-01, unavailable_after: 2032-01-01"}}, until(on(2030, 1, 1, 0, 0))},
	} {
		if got := MetaDirectives("amble", metas(c.metas...)); got != c.want {
			t.Errorf("%s: %q: %+v, want %+v", c.source, c.metas, got, c.want)
		}
	}
	if got := MetaDirectives("amble", nil); got != nothing {
		t.Errorf("without elements: %+v", got)
	}
}

// Sources as for TestMetaDirectives.
func TestHeaderDirectives(t *testing.T) {
	then := on(2010, 6, 25, 23, 0)
	for _, c := range []struct {
		source string
		values []string
		want   Directives
	}{
		{"G: no header", nil, nothing},
		{"G: noindex", []string{"noindex"}, noIndex},
		{"G: a list", []string{"NOINDEX, NoFollow"}, both},
		{"G: several headers", []string{"noindex", "nofollow"}, both},
		{"G: noimageindex and a date", []string{"noimageindex", "unavailable_after: 25 Jun 2010 15:00:00 PST"}, until(then)},
		{"G: another crawler", []string{"googlebot: nofollow", "otherbot: noindex, nofollow"}, nothing},
		{"G: our name", []string{"otherbot: noindex, nofollow", "amble: nofollow"}, noFollow},
		{"G: our name in another case", []string{"Amble: NOINDEX"}, noIndex},
		{"G: a name holds for the list behind it", []string{"amble: noindex, nofollow"}, both},
		{"G: and not for the next header", []string{"otherbot: noindex", "nofollow"}, noFollow},
		{"MDN: sum of the negative rules", []string{"nofollow", "amble: noindex"}, both},
		{"MDN: two crawlers in one header", []string{"BadBot: noindex, nofollow, amble: nofollow"}, noFollow},
		{"MDN: the other way round", []string{"amble: nofollow, BadBot: noindex, nofollow"}, noFollow},
		{"MDN: a rule for all, then a name", []string{"noindex, BadBot: nofollow"}, noIndex},
		{"own: * and robots are all", []string{"BadBot: nofollow, *: noindex", "robots: nofollow"}, both},
		{"own: a name with a version", []string{"amble/2.0: noindex", "BadBot/1.0: nofollow"}, noIndex},
		{"own: a name of two words", []string{"Bad Bot: noindex, nofollow"}, nothing},
		{"own: a name that begins with ours", []string{"amble-news: none"}, nothing},
		{"own: a name with nothing behind it", []string{"otherbot:", "otherbot: , nofollow", "otherbot:; noindex"}, nothing},
		{"own: a name right after a name", []string{"amble: otherbot: noindex", "otherbot:amble:nofollow"}, noFollow},
		{"own: no blank after the colon", []string{"otherbot:none,amble:noindex"}, noIndex},
		{"own: no name before the colon", []string{": noindex, nofollow"}, noFollow},
		{"G: valued rules are no names", []string{"max-snippet:20, noindex", "max-image-preview:none, nofollow"}, both},
		{"own: nor are valued rules that nobody knows yet", []string{"max-words: 20, noindex"}, noIndex},
		{"G: a date is no name", []string{"unavailable_after: 25 Jun 2010 15:00:00 PST, nofollow"}, Directives{NoFollow: true, UnavailableAfter: then}},
		{"G: a date for another", []string{"otherbot: unavailable_after: 25 Jun 2010 15:00:00 PST, noindex"}, nothing},
		{"G: a date for us", []string{"amble: unavailable_after: 25 Jun 2010 15:00:00 PST, noindex"}, Directives{NoIndex: true, UnavailableAfter: then}},
		{"G: a date behind a rule", []string{"noindex, Unavailable_After : 2010-06-25T15:00:00-08:00"}, Directives{NoIndex: true, UnavailableAfter: then}},
		{"G: RFC 850 in a list", []string{"nofollow, unavailable_after: Friday, 25-Jun-10 15:00:00 PST, noindex"}, Directives{NoFollow: true, NoIndex: true, UnavailableAfter: then}},
		{"MDN: RFC 1123", []string{"unavailable_after: Wed, 03 Dec 2025 13:09:00 GMT"}, until(on(2025, 12, 3, 13, 9))},
		{"G: a name after a date with a comma", []string{"unavailable_after: Friday, 25-Jun-10 15:00:00 PST, otherbot: noindex"}, until(then)},
		{"web: English with two commas", []string{"unavailable_after: Friday, June 25, 2010, nofollow"}, Directives{NoFollow: true, UnavailableAfter: on(2010, 6, 25, 0, 0)}},
		{"own: a semicolon ends a date", []string{"unavailable_after: Friday; noindex"}, noIndex},
		{"own: a bad date hides nothing", []string{"unavailable_after: Freitag, 25-Juni-10 15:00:00 PST, nofollow"}, noFollow},
		{"own: a bad date with its month in words", []string{"unavailable_after: 32 Jun 2010 15:00:00, noindex"}, noIndex},
		{"own: no date", []string{"unavailable_after:, noindex", "unavailable_after"}, noIndex},
		{"own: a rule before the name of a valued one", []string{"nofollow unavailable_after: 2010-06-25"}, Directives{NoFollow: true, UnavailableAfter: on(2010, 6, 25, 0, 0)}},
	} {
		if got := HeaderDirectives("amble", c.values); got != c.want {
			t.Errorf("%s: %q: %+v, want %+v", c.source, c.values, got, c.want)
		}
	}
}

func TestUnavailableAfterDates(t *testing.T) {
	zone := on(2010, 6, 25, 15, 0)
	for _, c := range []struct {
		source, date string
		want         time.Time // zero: not a date
	}{
		{"RFC 822, section 5", "25 Jun 10 15:00 GMT", zone},
		{"RFC 822 with a weekday and seconds", "Fri, 25 Jun 10 15:00:00 UT", zone},
		{"RFC 822, section 3.4.3: comments", "Fri, 25 Jun 2010 15:00:00 +0000 (Greenwich)", zone},
		{"RFC 850", "Friday, 25-Jun-10 15:00:00 GMT", zone},
		{"RFC 1123", "Fri, 25 Jun 2010 15:00:00 GMT", zone},
		{"RFC 5322: an offset", "Fri, 25 Jun 2010 17:00:00 +0200", zone},
		{"RFC 5322, section 4.3: a zone nobody knows", "25 Jun 2010 15:00:00 XYZT", zone},
		{"RFC 5322, section 4.3: a military letter", "25 Jun 2010 15:00:00 N", zone},
		{"ISO 8601: a date", "2010-06-25", on(2010, 6, 25, 0, 0)},
		{"ISO 8601: Z", "2010-06-25T15:00:00Z", zone},
		{"ISO 8601: no zone", "2010-06-25T15:00", zone},
		{"ISO 8601: an offset", "2010-06-25T15:00:00+02:00", on(2010, 6, 25, 13, 0)},
		{"ISO 8601: hours only", "2010-06-25T15:00:00-08", on(2010, 6, 25, 23, 0)},
		{"ISO 8601: an offset without colon", "2010-06-25T08:00:00-0700", zone},
		{"RFC 3339: small letters, a blank, a fraction", "2010-06-25t15:00:00.000z", zone},
		{"SQL", "2010-06-25 15:00:00", zone},
		{"SQL with an offset", "2010-06-25 15:00:00 +00:00", zone},
		{"G07", "7 Jul 2007 16:30:00 GMT", on(2007, 7, 7, 16, 30)},
		{"asctime", "Fri Jun 25 15:00:00 2010", zone},
		{"date(1)", "Fri Jun 25 15:00:00 PDT 2010", on(2010, 6, 25, 22, 0)},
		{"JavaScript", "Fri Jun 25 2010 17:00:00 GMT+0200 (Central European Summer Time)", zone},
		{"English", "June 25, 2010 3:00 PM", zone},
		{"English, glued", "Fri 25 June 2010 3:00pm GMT", zone},
		{"noon is 12 pm", "25 Jun 2010 12:00 PM", on(2010, 6, 25, 12, 0)},
		{"midnight is 12 am", "25 Jun 2010 12:00 AM", on(2010, 6, 25, 0, 0)},
		{"Sept", "21 Sept 2020", on(2020, 9, 21, 0, 0)},
		{"EST", "25 Jun 2010 10:00:00 EST", zone},
		{"EDT", "25 Jun 2010 11:00:00 edt", zone},
		{"CST", "25 Jun 2010 09:00:00 CST", zone},
		{"CDT", "25 Jun 2010 10:00:00 CDT", zone},
		{"MST", "25 Jun 2010 08:00:00 MST", zone},
		{"MDT", "25 Jun 2010 09:00:00 MDT", zone},
		{"PST", "25 Jun 2010 07:00:00PST", zone},
		{"PDT", "25 Jun 2010 08:00:00 PDT", zone},
		{"CEST", "25 Jun 2010 17:00:00 CEST", zone},
		{"a leap day", "29 Feb 2028", on(2028, 2, 29, 0, 0)},
		{"far away", "31 Dec 9999 23:59 PST", on(10000, 1, 1, 7, 59)},
		{"a weekday that is wrong", "Mon, 25 Jun 2010 15:00:00 GMT", zone},

		{"no leap day", "29 Feb 2027", time.Time{}},
		{"day or month first", "06/07/2010", time.Time{}},
		{"a date never set, as .NET has it", "0001-01-01T00:00:00", time.Time{}},
		{"a date never set, as Unix has it", "Thu, 01 Jan 1970 00:00:00 GMT", time.Time{}},
		{"no year", "25 Jun", time.Time{}},
		{"a time only", "15:00:00 PST", time.Time{}},
		{"a weekday only", "Friday", time.Time{}},
		{"25 o'clock", "25 Jun 2010 25:00", time.Time{}},
		{"13 pm", "25 Jun 2010 13:00 PM", time.Time{}},
		{"pm without a time", "25 Jun 2010 PM", time.Time{}},
		{"two times", "25 Jun 2010 15:00 16:00", time.Time{}},
		{"two zones", "25 Jun 2010 15:00 PST EST", time.Time{}},
		{"a zone without a time", "25 Jun 2010 PST", time.Time{}},
		{"an offset that is none", "25 Jun 2010 15:00 +99999", time.Time{}},
		{"another language", "25 juillet 2010", time.Time{}},
		{"a word", "never", time.Time{}},
		{"empty", "", time.Time{}},
		{"too long", "25 Jun 2010" + strings.Repeat(" ", 80), time.Time{}},
	} {
		for _, list := range []string{c.date, c.date + ", max-snippet:5"} {
			list = "unavailable_after:" + list
			if got := HeaderDirectives("amble", []string{list}); got != until(c.want) {
				t.Errorf("%s: header %q: %+v, want %v", c.source, list, got, c.want)
			}
			if got := MetaDirectives("amble", metas([2]string{"robots", list})); got != until(c.want) {
				t.Errorf("%s: meta %q: %+v, want %v", c.source, list, got, c.want)
			}
		}
	}
}

func TestPageDirectivesJoinMetaAndHeaders(t *testing.T) {
	early, late := on(2030, 1, 1, 0, 0), on(2031, 1, 1, 0, 0)
	for _, c := range []struct {
		meta, header string
		want         Directives
	}{
		{"", "", nothing},
		{"noindex", "nofollow", both},
		{"nofollow", "all", noFollow},
		{"follow", "none", both},
		{"unavailable_after: 2030-01-01", "unavailable_after: 2031-01-01", until(early)},
		{"unavailable_after: 2031-01-01", "unavailable_after: 2030-01-01", until(early)},
		{"noindex", "unavailable_after: 2031-01-01", Directives{NoIndex: true, UnavailableAfter: late}},
		{"unavailable_after: 2031-01-01", "nofollow", Directives{NoFollow: true, UnavailableAfter: late}},
	} {
		got := PageDirectives("amble/1.0 (+https://example.com/bot)", metas([2]string{"robots", c.meta}), []string{c.header})
		if got != c.want {
			t.Errorf("meta %q, header %q: %+v, want %+v", c.meta, c.header, got, c.want)
		}
	}
	// A whole User-Agent is as good as its token.
	got := PageDirectives("mybot2/1.0 (+https://example.com/bot)", metas([2]string{"mybot2", "noindex"}), []string{"mybot2: nofollow", "mybot: none"})
	if got != both {
		t.Errorf("by User-Agent: %+v", got)
	}
}

func TestUnavailableAfterActsAsNoIndexOnceItIsPast(t *testing.T) {
	then := on(2030, 1, 1, 12, 0)
	d := Directives{NoFollow: true, UnavailableAfter: then}
	for _, c := range []struct {
		d       Directives
		now     time.Time
		noIndex bool
	}{
		{d, then.Add(-time.Nanosecond), false},
		{d, then, false},
		{d, then.Add(time.Nanosecond), true},
		{nothing, then, false},
		{noIndex, then, true},
		{Directives{NoIndex: true, UnavailableAfter: then}, then.Add(-time.Hour), true},
	} {
		want := c.d
		want.NoIndex = c.noIndex
		if got := c.d.At(c.now); got != want {
			t.Errorf("%+v at %v: %+v, want %+v", c.d, c.now, got, want)
		}
	}
}

// Sources: HTML, section 4.6.7 (space-separated, case-insensitive), and Google, "Qualify your outbound links".
func TestNoFollowLink(t *testing.T) {
	for rel, want := range map[string]bool{
		"":                             false,
		"nofollow":                     true,
		"NoFollow":                     true,
		"noopener nofollow noreferrer": true,
		"\tnofollow\n":                 true,
		"ugc nofollow":                 true, // Google
		"ugc,nofollow":                 true, // Google
		"ugc":                          false,
		"sponsored":                    false,
		"noopener noreferrer":          false,
		"follow":                       false,
		"nofollows no-follow":          false,
		"external":                     false,
	} {
		if got := NoFollowLink(rel); got != want {
			t.Errorf("%q: %v, want %v", rel, got, want)
		}
	}
}

func TestDirectivesAreBounded(t *testing.T) {
	filler := strings.Repeat("x, ", MaxDirective/3-3)
	if got := HeaderDirectives("amble", []string{filler + "none,"}); got != both {
		t.Errorf("within MaxDirective: %+v", got)
	}
	if got := HeaderDirectives("amble", []string{"nofollow," + filler + "noindex"}); got != noFollow {
		t.Errorf("beyond MaxDirective: %+v", got)
	}
	// A word at the edge is not read by halves.
	edge := strings.Repeat(" ", MaxDirective-len(",noindex")) + ",noindexed"
	if got := HeaderDirectives("amble", []string{edge}); got != nothing {
		t.Errorf("a torn word: %+v", got)
	}
	if got := HeaderDirectives("amble", []string{strings.Repeat("none ", MaxDirective)}); got != nothing {
		t.Errorf("no comma in %d bytes: %+v", 5*MaxDirective, got)
	}

	values := make([]string, MaxDirectives, MaxDirectives+1)
	values[MaxDirectives-1] = "noindex"
	if got := HeaderDirectives("amble", append(values, "nofollow")); got != noIndex {
		t.Errorf("%d headers: %+v", MaxDirectives+1, got)
	}
	pulled := 0
	got := MetaDirectives("amble", func(yield func(string, string) bool) {
		for yield("description", "") && yield("robots", "noindex") {
			pulled++ // without end: only the bound stops it
		}
	})
	if got != noIndex || pulled != MaxDirectives {
		t.Errorf("%d meta elements: %+v", pulled, got)
	}
}

// FuzzHeaderDirectives holds what must be true of any bytes: they are read in time, a crawler that is not named gets
// nothing that the one that is named does not, what comes first is not undone by what follows, and without a colon
// headers and meta elements mean the same.
func FuzzHeaderDirectives(f *testing.F) {
	for _, s := range []string{
		"noindex, nofollow", "googlebot: nofollow", "amble: none, otherbot: all", "max-image-preview:none",
		"unavailable_after: 25 Jun 2010 15:00:00 PST", "unavailable_after: Friday, 25-Jun-10 15:00:00 PST, nofollow",
		"unavailable_after: 2010-06-25T15:00:00+02:00", "unavailable_after: June 25, 2010 3:00 PM GMT+0200 (x)",
		"unavailable_after:,,,;unavailable_after", "\u00a0none\u00a0unavailable_after\u00a0:\u00a0", "*: \xff\x00: :",
	} {
		f.Add(s, "nofollow")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		begin := time.Now()
		d := HeaderDirectives("amble", []string{a, b})
		if took := time.Since(begin); took > time.Second {
			t.Fatalf("took %v", took)
		}
		first, second := HeaderDirectives("amble", []string{a}), HeaderDirectives("amble", []string{b})
		if d != first.Or(second) || d != second.Or(first) || d != d.Or(d) {
			t.Errorf("%q is %+v, %q is %+v, together %+v", a, first, b, second, d)
		}
		if u := d.UnavailableAfter; !u.IsZero() && (u.Unix() <= 0 || u.Year() > 10000 || u.Location() != time.UTC) {
			t.Errorf("%q, %q: unavailable after %v", a, b, u)
		}
		if len(a) < MaxDirective-10 {
			if to := HeaderDirectives("amble", []string{"otherbot:x," + a}); first.Or(to) != first {
				t.Errorf("%q is %+v, and more, %+v, for another crawler", a, first, to)
			}
			if !strings.Contains(a, ":") {
				if m := MetaDirectives("amble", metas([2]string{"robots", a})); m != first {
					t.Errorf("%q in a meta element is %+v, in a header %+v", a, m, first)
				}
				if to := HeaderDirectives("amble", []string{"otherbot:" + a}); a != "" && isLetter(a[0]) && to != nothing {
					t.Errorf("%q for another crawler is %+v for us", a, to)
				}
				if to := HeaderDirectives("amble", []string{"amble:x," + a}); to != first {
					t.Errorf("%q for all is %+v, for us %+v", a, first, to)
				}
			}
		}
		words := strings.FieldsFunc(strings.ToLower(a), isBreak)
		for _, w := range words {
			if len(a) <= MaxDirective && !strings.Contains(a, ":") && w == "none" && !(first.NoFollow && first.NoIndex) {
				t.Errorf("%q: %+v", a, first)
			}
		}
	})
}

func BenchmarkPageDirectives(b *testing.B) {
	elements := metas([2]string{"viewport", "width=device-width"}, [2]string{"description", "A page"}, [2]string{"og:title", "A"},
		[2]string{"robots", "index, follow, max-snippet:-1, max-image-preview:large, max-video-preview:-1"})
	b.ReportAllocs()
	for b.Loop() {
		PageDirectives("amble", elements, nil)
	}
}

// BenchmarkHostileDirectives is the most that one page can make amble do here.
func BenchmarkHostileDirectives(b *testing.B) {
	value := strings.Repeat("unavailable_after:1 1,", MaxDirective/22)
	values := make([]string, MaxDirectives)
	for i := range values {
		values[i] = value
	}
	for b.Loop() {
		HeaderDirectives("amble", values)
	}
}
