package extract

import (
	"unicode"
	"unicode/utf8"
)

// text gathers one text from its pieces: white space collapsed, controls removed, cut at a limit. What is added
// after reset may end within white space, which is kept back until more follows.
type text struct {
	b     []byte
	limit int
	gap   bool // white space has been met since the last character
	full  bool
}

// reset makes t the empty text of at most limit bytes, and keeps its memory.
func (t *text) reset(limit int) { *t = text{b: t.b[:0], limit: limit} }

func (t *text) String() string { return string(t.b) }

// space adds white space.
func (t *text) space() { t.gap = len(t.b) > 0 }

// add adds p, which is valid UTF-8.
func (t *text) add(p []byte) {
	for i := 0; i < len(p) && !t.full; {
		if n := plainLen(p[i:]); n > 0 {
			t.put(p[i : i+n])
			i += n
			continue
		}
		r, n := utf8.DecodeRune(p[i:])
		switch {
		case unicode.IsSpace(r):
			t.space()
		case unicode.IsControl(r), reorders(r):
		default:
			t.put(p[i : i+n])
		}
		i += n
	}
}

// reorders tells whether r is a bidirectional embedding, override or isolate, or the end of one (UAX #9, section 2).
func reorders(r rune) bool {
	return 0x202A <= r && r <= 0x202E || 0x2066 <= r && r <= 0x2069
}

// plainLen is how many characters of ASCII p begins with that are neither white space nor controls.
func plainLen(p []byte) int {
	for i, c := range p {
		if c <= ' ' || c >= 0x7F {
			return i
		}
	}
	return len(p)
}

// put adds the bytes of one character, or characters of ASCII, of which those beyond the limit are left out.
func (t *text) put(c []byte) {
	left := t.limit - len(t.b)
	if t.gap {
		left--
	}
	if len(c) > left {
		t.full = true
		if c[0] >= utf8.RuneSelf || left <= 0 {
			return
		}
		c = c[:left]
	}
	if t.gap {
		t.b = append(t.b, ' ')
		t.gap = false
	}
	t.b = append(t.b, c...)
}
