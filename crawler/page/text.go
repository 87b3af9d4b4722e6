package page

import (
	"strings"
	"unicode"
)

// OneLine is a text of strangers as one line that a terminal, and whoever reads, can be shown: line ends and tabs become spaces, characters
// that command a terminal or reorder the text around them go (see [Shown]), bytes that are no UTF-8 become U+FFFD.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\t', '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
			return ' '
		}
		return Shown(r)
	}, s)
}

// Shown is r, or -1 where r could command a terminal or reorder the text around it.
func Shown(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return -1
	}
	return r
}
