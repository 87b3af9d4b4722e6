package extract

import (
	"bytes"
	"slices"
	"strings"
)

// htmlSpace is the white space of HTML's attribute values.
const htmlSpace = " \t\n\f\r"

// maxRels is how many different rel attributes are remembered. Pages use a handful.
const maxRels = 100

// rel is a rel attribute in lower case, white space collapsed. Pages use few different ones, so each is made once.
func (s *scanner) rel(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if r, ok := s.rels[string(b)]; ok {
		return r
	}
	r := lower(s.cleaned(b, MaxName))
	if s.rels == nil {
		s.rels = make(map[string]string)
	}
	if len(s.rels) < maxRels {
		s.rels[string(b)] = r
	}
	return r
}

// mergeRel is the rel of a link that occurs with first and later on with later: one occurrence that may be followed is
// enough.
func mergeRel(first, later string) string {
	const nofollow = "nofollow"
	if first == later || !strings.Contains(first, nofollow) {
		return first
	}
	if slices.Contains(strings.Fields(later), nofollow) {
		return first
	}
	return strings.Join(slices.DeleteFunc(strings.Fields(first), func(t string) bool { return t == nofollow }), " ")
}

// lower is s with the letters of ASCII in lower case, which never makes it longer.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// hasToken tells whether the space-separated tokens in b include t, in any letter case.
func hasToken(b []byte, t string) bool {
	for f := range bytes.FieldsSeq(b) {
		if isToken(f, t) {
			return true
		}
	}
	return false
}

// isToken tells whether b is t, which is in lower case, but for the case of ASCII letters.
func isToken(b []byte, t string) bool {
	if len(b) != len(t) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != t[i] {
			return false
		}
	}
	return true
}
