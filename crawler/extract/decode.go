package extract

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/charmap"
)

// decoding is what has to be done to a part of the page before it says what it means, besides making newlines of carriage returns.
type decoding uint8

const (
	entities decoding = 1 << iota // character references are read
	nulls                         // NUL becomes U+FFFD
	fewer                         // ... fewer of them, as in attributes (HTML, "named character reference state")

	inAttributes = entities | nulls | fewer
)

// decodingOf is the decoding of the text of a raw text element.
func decodingOf(t *tag) decoding {
	if t.element == titleElement || t.name == "textarea" {
		return entities | nulls
	}
	return nulls
}

// needs tells whether d makes a difference to b.
func (d decoding) needs(b []byte) bool {
	return d&entities != 0 && bytes.IndexByte(b, '&') >= 0 || bytes.IndexByte(b, '\r') >= 0 || d&nulls != 0 && bytes.IndexByte(b, 0) >= 0
}

// append appends to dst what src says.
func (d decoding) append(dst, src []byte) []byte {
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '\r':
			dst = append(dst, '\n')
			if i++; i < len(src) && src[i] == '\n' {
				i++
			}
		case c == 0 && d&nulls != 0:
			dst = append(dst, "\uFFFD"...)
			i++
		case c == '&' && d&entities != 0:
			var n int
			dst, n = appendEntity(dst, src[i:], d&fewer != 0)
			i += n
		default:
			from := i
			for i++; i < len(src) && src[i] != '&' && src[i] != '\r' && src[i] != 0; {
				i++
			}
			dst = append(dst, src[from:i]...)
		}
	}
	return dst
}

// appendEntity appends what the character reference says that s begins with, and returns its length. Where there is none, that is the
// ampersand itself (HTML, "character reference state").
func appendEntity(dst, s []byte, inAttribute bool) ([]byte, int) {
	if len(s) > 2 && s[1] == '#' {
		if r, n := numericEntity(s); n > 0 {
			return utf8.AppendRune(dst, r), n
		}
		return append(dst, '&'), 1
	}
	n := 1
	for n < len(s) && n <= longestEntity && isAlphanumeric(s[n]) {
		n++
	}
	if n < len(s) && s[n] == ';' {
		n++
	}
	switch string(s[:n]) {
	case "&":
		return append(dst, '&'), 1
	case "&amp;":
		return append(dst, '&'), n
	case "&lt;":
		return append(dst, '<'), n
	case "&gt;":
		return append(dst, '>'), n
	case "&quot;":
		return append(dst, '"'), n
	case "&nbsp;":
		return append(dst, "\u00A0"...), n
	}
	if inAttribute && s[n-1] != ';' && n < len(s) && s[n] == '=' {
		return append(dst, '&'), 1
	}
	written := string(s[:n])
	said := html.UnescapeString(written) // of x/net: Go's own package lacks &nGt; and &nLt;
	if said == written || inAttribute && !wholeEntity(said) {
		return append(dst, '&'), 1
	}
	return append(dst, said...), n
}

// longestEntity is the length of the longest name, CounterClockwiseContourIntegral. One without a semicolon has at most six letters, so that
// it is found at the beginning of whatever longer one.
const longestEntity = 31

// wholeEntity tells whether what was read of a name with its ampersand is of all of it: otherwise letters, digits or a semicolon are left
// behind the character of its beginning.
func wholeEntity(said string) bool {
	_, n := utf8.DecodeRuneInString(said)
	rest := said[n:]
	return rest == "" || rest[0] >= utf8.RuneSelf || said == "fj"
}

func isAlphanumeric(c byte) bool {
	return (c|0x20)-'a' < 26 || c-'0' < 10
}

// numericEntity is the character that the numeric reference at the beginning of s stands for, and the length of that; 0 for none.
func numericEntity(s []byte) (r rune, n int) {
	i, base := len("&#"), rune(10)
	if s[i]|0x20 == 'x' {
		i++
		base = 16
	}
	digits := i
	for ; i < len(s); i++ {
		d := rune(strings.IndexByte("0123456789abcdef", s[i]|0x20)) // a control with that bit set is no digit
		if d < 0 || d >= base || s[i] < '0' {
			break
		}
		if r <= utf8.MaxRune {
			r = base*r + d
		}
	}
	if i == digits {
		return 0, 0
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	switch {
	case 0x80 <= r && r <= 0x9F:
		if meant := charmap.Windows1252.DecodeByte(byte(r)); meant != utf8.RuneError { // as old pages mean it
			r = meant
		}
	case r == 0 || r > utf8.MaxRune || 0xD800 <= r && r <= 0xDFFF:
		return utf8.RuneError, i
	}
	return r, i
}
