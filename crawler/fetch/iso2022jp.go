package fetch

import (
	"slices"
	"unicode/utf8"
)

// The character sets between which escape sequences switch.
const (
	jisASCII = iota
	jisRoman
	jisKatakana
	jisKanji
)

// appendISO2022JP is the standard's ISO-2022-JP decoder. An escape sequence that follows another with no character between
// is an error there, lest it hide that what follows is other text than it seems.
func appendISO2022JP(dst, src []byte) []byte {
	dst = slices.Grow(dst, len(src))
	set, fresh := jisASCII, false // fresh: nothing came since the last escape sequence
	kanji := &eucJP().pair
	for i := 0; i < len(src); {
		if src[i] == 0x1B {
			to := escape(src[i+1:])
			switch {
			case to < 0:
				dst = append(dst, "\uFFFD"...)
				i++
				fresh = false
				continue
			case fresh:
				dst = append(dst, "\uFFFD"...)
			}
			i += 3
			set, fresh = to, true
			continue
		}
		fresh = false
		r, n := jisNext(set, src[i:], kanji)
		dst = utf8.AppendRune(dst, r)
		i += n
	}
	return dst
}

// escape tells to which set the sequence leads that follows an escape byte; -1 if there is none.
func escape(s []byte) int {
	if len(s) < 2 {
		return -1
	}
	switch string(s[:2]) {
	case "(B":
		return jisASCII
	case "(J":
		return jisRoman
	case "(I":
		return jisKatakana
	case "$@", "$B":
		return jisKanji
	}
	return -1
}

// jisNext reads one character of a set from src, which does not begin with an escape byte.
func jisNext(set int, src []byte, kanji *pairTable) (r rune, n int) {
	b := src[0]
	switch set {
	case jisKatakana:
		if b >= 0x21 && b <= 0x5F {
			return rune(0xFF61) + rune(b-0x21), 1
		}
		return utf8.RuneError, 1
	case jisKanji:
		if b < 0x21 || b > 0x7E {
			return utf8.RuneError, 1
		}
		if len(src) == 1 || src[1] == 0x1B {
			return utf8.RuneError, 1
		}
		if r = kanji.at(b, src[1]|0x80); r != 0 && src[1] < utf8.RuneSelf {
			return r, 2
		}
		return utf8.RuneError, 2
	}
	switch {
	case b >= utf8.RuneSelf || b == 0x0E || b == 0x0F:
		return utf8.RuneError, 1
	case set == jisRoman && b == '\\':
		return '¥', 1
	case set == jisRoman && b == '~':
		return '‾', 1
	}
	return rune(b), 1
}
