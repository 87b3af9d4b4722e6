package politeness

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

// A rule is an Allow or Disallow in the form in which it is tried on URLs. Pattern and text are parts of reason
// wherever they can be, so that a host's rules take little memory.
type rule struct {
	pattern string // normal form without the final `$`; its stars are wildcards, never two in a row, never the last octet
	reason  string // see Verdict.Reason
	text    string // see Verdict.Rule
	octets  int32  // the length that counts for precedence: of the normal form with every `*` and the final `$`
	line    int32
	allow   bool
	end     bool // the pattern ended with `$`: it must match the whole target
	wild    bool // the pattern holds a star
}

// compile makes rules of lines, in order of precedence: the longest first, of equally long ones Allow first (RFC 9309,
// section 2.2.2), then the earlier line. Wild is how many of them hold a wildcard.
func (p *parser) compile(lines []ruleLine, group string) (rules []rule, wild int) {
	wildcards := 0
	rules = make([]rule, 0, len(lines))
	for _, l := range lines {
		if c := l.value[0]; c != '/' && c != '*' {
			// Such a rule matches nothing if taken literally. Who wrote "Disallow: private" meant /private; an Allow that is
			// not understood opens nothing.
			if l.allow {
				p.warn(int(l.line), "%q does not begin with / or *: ignored", printable(l.written, maxQuoted))
				continue
			}
			p.warn(int(l.line), "%q does not begin with / or *: a slash is supplied", printable(l.written, maxQuoted))
			l.value = "/" + l.value
		}
		whole := normal(l.value, true)
		variants := []string{whole, ""}[:1]
		// Google's parser: who allows a directory's index page allows the directory. The page is written
		// index.html, index.htm or either with something behind it.
		if i := strings.LastIndexByte(whole, '/'); l.allow && i >= 0 && strings.HasPrefix(whole[i:], "/index.htm") {
			variants = append(variants, whole[:i+1]+"$")
		}
		for _, pattern := range variants {
			ru := newRule(pattern, l)
			if ru.wild {
				if wildcards++; wildcards > MaxWildcards {
					if wildcards == MaxWildcards+1 {
						p.warn(int(l.line), "rule number %d with a wildcard: from here on a Disallow counts up to its "+
							"first *, an Allow not at all", wildcards)
					}
					if l.allow {
						continue
					}
					ru.pattern, _, _ = strings.Cut(ru.pattern, "*")
					ru.wild, ru.end = false, false
				}
			}
			ru.explain(l, group)
			if ru.wild {
				wild++
			}
			rules = append(rules, ru)
		}
	}
	slices.SortFunc(rules, func(a, b rule) int {
		if a.octets == b.octets && a.allow != b.allow {
			if a.allow {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.octets, a.octets), cmp.Compare(a.line, b.line))
	})
	return rules, wild
}

// measure is about how many bytes r takes.
func (r *Robots) measure() int {
	n := int(unsafe.Sizeof(*r)) + cap(r.heads)*int(unsafe.Sizeof(head{})) + cap(r.rules)*int(unsafe.Sizeof(rule{}))
	for i := range r.rules {
		n += len(r.rules[i].reason) + len(r.rules[i].pattern)
	}
	for _, texts := range [][]string{r.sitemaps, r.warnings} {
		for _, s := range texts {
			n += int(unsafe.Sizeof(s)) + len(s)
		}
	}
	return n
}

// A head is the beginning of a pattern, up to its first star and at most eight octets, as one number. Nearly all
// rules of a large file fail on it, and comparing numbers that lie side by side in memory makes Test several times
// faster.
type head struct{ bits, mask uint64 }

func headsOf(rules []rule) []head {
	heads := make([]head, len(rules))
	for i := range rules {
		start, _, _ := strings.Cut(rules[i].pattern, "*")
		heads[i].bits = firstOctets(start)
		heads[i].mask = 1<<(8*min(len(start), 8)) - 1 // all ones for eight octets
	}
	return heads
}

// firstOctets are the first eight octets of s as a number, zero where s is shorter; normal form has no zero octets.
func firstOctets(s string) (n uint64) {
	for i := range min(len(s), 8) {
		n |= uint64(s[i]) << (8 * i)
	}
	return n
}

// newRule is the rule of a pattern in normal form.
func newRule(pattern string, l ruleLine) rule {
	ru := rule{octets: int32(len(pattern)), line: l.line, allow: l.allow}
	pattern, ru.end = strings.CutSuffix(pattern, "$")
	for strings.Contains(pattern, "**") {
		pattern = strings.ReplaceAll(pattern, "**", "*")
	}
	if strings.HasSuffix(pattern, "*") {
		pattern, ru.end = pattern[:len(pattern)-1], false // a star at the end, even before `$`, is what a prefix is
	}
	ru.pattern, ru.wild = pattern, strings.Contains(pattern, "*")
	return ru
}

// explain writes the rule's reason and lays its strings into it.
func (ru *rule) explain(l ruleLine, group string) {
	text := printable(l.written, maxQuoted)
	b := make([]byte, 0, len(text)+len(group)+32)
	b = append(b, "line "...)
	b = strconv.AppendInt(b, int64(ru.line), 10)
	b = append(b, ` "`...)
	start := len(b)
	b = append(b, text...)
	stop := len(b)
	b = append(b, `" (group `...)
	b = append(b, group...)
	b = append(b, ')')
	ru.reason = string(b)
	ru.text = ru.reason[start:stop]
	if strings.HasSuffix(ru.text, ru.pattern) {
		ru.pattern = ru.text[len(ru.text)-len(ru.pattern):]
	} else {
		ru.pattern = strings.Clone(ru.pattern) // or it would keep the whole file in memory
	}
}

// match reports whether the rule applies to a path and query in normal form.
//
// The pieces between stars are looked for from left to right, each as early as it can stand: if any placing
// matches, this one does. So one rule goes through the path once, whatever the pattern.
func (ru *rule) match(path string) bool {
	if !ru.wild {
		return strings.HasPrefix(path, ru.pattern) && (!ru.end || len(path) == len(ru.pattern))
	}
	piece, rest, _ := strings.Cut(ru.pattern, "*")
	path, ok := strings.CutPrefix(path, piece)
	for ok {
		var more bool
		if piece, rest, more = strings.Cut(rest, "*"); !more {
			if ru.end {
				return strings.HasSuffix(path, piece)
			}
			return strings.Contains(path, piece)
		}
		_, path, ok = strings.Cut(path, piece)
	}
	return false
}

// plain are the octets that stand for themselves in normal form: RFC 3986's unreserved and reserved characters, without
// `*` and `$`, which robots.txt gives a meaning, and `#`, which cannot be in either side.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = unreserved(byte(c)) || strings.IndexByte(":/?[]@!&'()+,;=", byte(c)) >= 0
	}
	return t
}()

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// normal is the form in which targets and patterns are compared (RFC 9309, section 2.2.2): unreserved characters
// stand for themselves, all other escapes are in upper case, and whatever cannot stand in a URL is escaped; so is a
// `*` or `$` that is meant literally (2.2.3): all of them in a target, and in a pattern a `$` that is not its last
// octet. A reserved character and its escape stay two things: %2F is not a slash.
//
// A stray percent sign becomes %25, as it must be sent. But in a pattern, which is the beginning of something, it may
// be the beginning of an escape: "/*%" means every URL that holds one.
func normal(s string, pattern bool) string {
	i := 0
	for i < len(s) && (plain[s[i]] || pattern && s[i] == '*') {
		i++
	}
	if i == len(s) {
		return s
	}
	b := append(make([]byte, 0, len(s)+24), s[:i]...)
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case plain[c], pattern && (c == '*' || c == '$' && i == len(s)-1):
			b = append(b, c)
		case c != '%':
			b = appendEscape(b, c)
		case i+2 < len(s) && unhex(s[i+1]) < 16 && unhex(s[i+2]) < 16:
			if c = unhex(s[i+1])<<4 | unhex(s[i+2]); unreserved(c) {
				b = append(b, c)
			} else {
				b = appendEscape(b, c)
			}
			i += 2
		case pattern && ends(s[i+1:]):
			b = append(b, '%')
		case pattern && unhex(s[i+1]) < 16 && ends(s[i+2:]):
			b = append(b, '%', upperHex[unhex(s[i+1])])
			i++
		default:
			b = append(b, "%25"...)
		}
	}
	return string(b)
}

// ends reports whether a piece of a pattern ends before rest, and anything may follow.
func ends(rest string) bool { return rest == "" || rest[0] == '*' }

const upperHex = "0123456789ABCDEF"

func appendEscape(b []byte, c byte) []byte { return append(b, '%', upperHex[c>>4], upperHex[c&15]) }

// unhex is the value of a hexadecimal digit, 16 for anything else.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}
