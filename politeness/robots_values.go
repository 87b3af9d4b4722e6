package politeness

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/temoto/robotstxt"
)

// This file is where temoto/robotstxt works: it reads values, from a file that holds nothing else and was written here.
// What made it fail on real files (order, keys, groups, broken lines) is gone by then.

// maxDelays is how many Crawl-delay lines of one group are read.
const maxDelays = 32

// delayValue reads the value of a Crawl-delay: seconds, decimals allowed; what follows a blank ("5 seconds") does not
// count.
func delayValue(v string) (d time.Duration, ok bool) {
	if i := strings.IndexAny(v, blank); i >= 0 {
		v = v[:i]
	}
	data, err := robotstxt.FromString("User-agent: *\nCrawl-delay: " + v + "\n")
	if v == "" || err != nil {
		return 0, false // no number, negative, infinite, or NaN
	}
	d = data.FindGroup("*").CrawlDelay
	// The library multiplies before it converts: a number too great for a Duration comes out negative or as the
	// greatest Duration there is, depending on the machine.
	if d < 0 || d > MaxCrawlDelay {
		return 0, false
	}
	return d, true
}

// readSitemaps reads the values of the Sitemap lines.
func (p *parser) readSitemaps() []string {
	var clean strings.Builder
	seen := make(map[string]bool)
	for _, v := range p.sitemaps {
		v = escapeBroken(v)
		if v == "" || seen[v] {
			continue
		}
		if len(seen) == MaxSitemaps {
			p.warn(0, "more than %d sitemaps: the rest is ignored", MaxSitemaps)
			break
		}
		seen[v] = true
		clean.WriteString("Sitemap: ")
		clean.WriteString(v)
		clean.WriteByte('\n')
	}
	if clean.Len() == 0 {
		return nil
	}
	data, err := robotstxt.FromString(clean.String())
	if err != nil {
		p.warn(0, "the sitemaps cannot be read: %v", err)
		return nil
	}
	return data.Sitemaps
}

// escapeBroken percent-encodes what cannot stand in a URL and would break a line or a terminal: blanks, control
// characters, invisible ones, and octets that are not UTF-8.
func escapeBroken(s string) string {
	if isPlainText(s) && !strings.Contains(s, " ") {
		return s
	}
	b := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || r == ' ' || !unicode.IsPrint(r) {
			for _, c := range []byte(s[i : i+n]) {
				b = appendEscape(b, c)
			}
		} else {
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return string(b)
}

// isPlainText reports whether s is printable ASCII.
func isPlainText(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// printable is s as it may be shown to a person: at most limit bytes and an ellipsis, on one line, without anything
// that a terminal obeys.
func printable(s string, limit int) string {
	cut := len(s) > limit
	if cut {
		s = s[:limit]
		for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		if r, n := utf8.DecodeLastRuneInString(s); r == utf8.RuneError && n == 1 {
			s = s[:len(s)-1]
		}
	}
	if !isPlainText(s) {
		s = strings.Map(func(r rune) rune {
			switch {
			case r == '\t':
				return ' '
			case !unicode.IsPrint(r):
				return unicode.ReplacementChar
			}
			return r
		}, s)
	}
	if cut {
		s += "…"
	}
	return s
}
