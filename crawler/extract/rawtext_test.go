package extract

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// scriptEndByStates is scriptEnd as the standard has it, character by character (HTML, "script data state" and the sixteen behind it). It knows the
// states alone, and nothing of the shortcuts.
func scriptEndByStates(s string) int {
	const (
		data = iota
		escapeStart
		escapeStartDash
		escaped
		escapedDash
		escapedDashDash
		double
		doubleDash
		doubleDashDash
	)
	// tag is the length of prefix+"script" at i with the character that ends its name; 0 if it is not there.
	tag := func(i int, prefix string) int {
		n := len(prefix) + len(script)
		if i+n < len(s) && strings.HasPrefix(s[i:], prefix) && strings.EqualFold(s[i+len(prefix):i+n], script) && !strings.Contains(s[i:i+n], "ſ") &&
			strings.IndexByte("\t\n\f\r />", s[i+n]) >= 0 {
			return n + 1
		}
		return 0
	}
	state := data
	for i := 0; i < len(s); {
		c := s[i]
		if state != double && state != doubleDash && state != doubleDashDash && tag(i, "</") > 0 {
			return i // an appropriate end tag, in every state that knows any
		}
		next := state
		switch state {
		case data:
			if strings.HasPrefix(s[i:], "<!") {
				state, i = escapeStart, i+2
				continue
			}
		case escapeStart, escapeStartDash:
			if c != '-' {
				state = data
				continue // the same character in the script data state
			}
			next = escapeStartDash
			if state == escapeStartDash {
				next = escapedDashDash
			}
		case escaped, escapedDash, escapedDashDash:
			next = escaped
			switch {
			case c == '-' && state == escaped:
				next = escapedDash
			case c == '-':
				next = escapedDashDash
			case c == '>' && state == escapedDashDash:
				next = data
			case c == '<':
				if n := tag(i, "<"); n > 0 {
					state, i = double, i+n
					continue
				}
			}
		case double, doubleDash, doubleDashDash:
			next = double
			switch {
			case c == '-' && state == double:
				next = doubleDash
			case c == '-':
				next = doubleDashDash
			case c == '>' && state == doubleDashDash:
				next = data
			case c == '<':
				if n := tag(i, "</"); n > 0 {
					state, i = escaped, i+n
					continue
				}
			}
		}
		state = next
		i++
	}
	return len(s)
}

func TestScriptsEndByTheStandard(t *testing.T) {
	parts := strings.Split("<,</,<!,<!-,<!--,-->,-,--,>,!,script,<script,<script>,</script,</script>,<SCRIPT/,</sCript ,</script\t,a,b, ,=,/,\x00,ſcript>,</scrip,<scripts>,<!-->,<!--->", ",")
	r := rand.New(rand.NewPCG(5, 6))
	inside := 0
	for range 300_000 {
		var b strings.Builder
		for range 1 + r.IntN(14) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		s := b.String()
		got, want := scriptEnd([]byte(s), 0), scriptEndByStates(s)
		if got != want {
			t.Fatalf("the script %q ends at %d, want %d", s, got, want)
		}
		if takesLiberty([]byte(s)) {
			inside++
		}
	}
	if inside < 1000 {
		t.Errorf("in %d scripts x/net would differ: too few to show anything", inside)
	}
}

// takesLiberty tells whether x/net may have a script of the page end elsewhere than the standard does: behind <!-- it takes a < that begins no tag for the
// end of what <!-- began, so that the next </script> ends the script, though a <script may have come before it.
func takesLiberty(body []byte) bool {
	for p := 0; ; {
		i := bytes.Index(body[p:], []byte("<!--"))
		if i < 0 {
			return false
		}
		p += i + len("<!--")
		rest := body[p:]
		if end, _ := escapedScriptEnd(body, p); end > p {
			rest = body[p:end]
		}
		for j := range rest {
			if rest[j] != '<' || j+1 == len(rest) {
				continue
			}
			if c := rest[j+1]; c != '/' && (c|0x20)-'a' >= 26 {
				return true
			}
		}
	}
}
