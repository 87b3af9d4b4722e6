package canon

import (
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/width"
)

// The encoders of x/text write other octets than those of the WHATWG Encoding standard for some characters: they choose among two places
// that a character has in Big5 and Shift_JIS, write characters of supplements that browsers only read (Hong Kong's in Big5, JIS X 0212 in
// EUC-JP), and do not know the controls by which text of windows-1250 passes through a page that says it is in iso-8859-2. What
// follows puts that right, so that a link of such a page leads where it leads in a browser. Left as x/text has them are characters for
// private use in GBK and gb18030.

// standard gives the octets that the standard's encoder of enc writes for r, where x/text's writes said; both are empty for none.
func standard(enc encoding.Encoding, r rune, said string) string {
	switch enc {
	case traditionalchinese.Big5:
		return big5()[r]
	case japanese.EUCJP, japanese.ShiftJIS:
		switch {
		case r == '¥':
			return `\`
		case r == '‾':
			return "~"
		case enc == japanese.EUCJP && strings.HasPrefix(said, "\x8F"): // JIS X 0212
			return ""
		case enc == japanese.ShiftJIS && r == 0x80:
			return "\x80"
		case enc == japanese.ShiftJIS && len(said) == 2 && (said[0] == 0xED || said[0] == 0xEE):
			return ibm()[r]
		}
	case japanese.ISO2022JP:
		switch r {
		case '¥':
			return "\x1B(J\\\x1B(B"
		case '‾':
			return "\x1B(J~\x1B(B"
		}
	case simplifiedchinese.GBK, simplifiedchinese.GB18030:
		if octets := gbNamed[r]; octets != "" {
			return octets
		}
	default:
		if said == "" && 0x80 <= r && r < 0xA0 && lacking(enc)[r-0x80] {
			return string([]byte{byte(r)})
		}
	}
	return said
}

// jisMapped is r as the Japanese encoders of the standard read it before they look it up.
func jisMapped(enc encoding.Encoding, r rune) rune {
	switch {
	case r == '−' && (enc == japanese.EUCJP || enc == japanese.ShiftJIS || enc == japanese.ISO2022JP):
		return '－'
	case enc != japanese.ISO2022JP || r < 0xFF61 || r > 0xFF9F:
	case r >= 0xFF9E: // the sound marks, which do not combine
		return r - 0xFF9E + '\u309B'
	default:
		return width.LookupRune(r).Wide()
	}
	return r
}

// lacking tells which octets from 0x80 to 0x9F x/text has no character for in an encoding of one octet for each character.
func lacking(enc encoding.Encoding) *[32]bool {
	if !reflect.TypeOf(enc).Comparable() {
		return new([32]bool)
	}
	if t, ok := lackings.Load(enc); ok {
		return t.(*[32]bool)
	}
	t := new([32]bool)
	d := enc.NewDecoder()
	if two, err := d.Bytes([]byte{0xB0, 0xB0}); err == nil && utf8.RuneCount(two) == 2 { // a character of two octets in all encodings that have such
		for i := range t {
			out, err := d.Bytes([]byte{byte(0x80 + i)})
			t[i] = err == nil && string(out) == "\uFFFD"
		}
	}
	lackings.Store(enc, t)
	return t
}

var lackings sync.Map // of encodings

// big5 is the standard's "index Big5 pointer".
var big5 = sync.OnceValue(func() map[rune]string {
	t := make(map[rune]string)
	pairs(t, traditionalchinese.Big5, 0xA1, 0xFE, func(r rune) bool {
		return strings.ContainsRune("═╞╡╪十卅", r) // of which the last place counts
	})
	return t
})

// ibm has the places in Shift_JIS of characters that are also among those that NEC selected.
var ibm = sync.OnceValue(func() map[rune]string {
	t := make(map[rune]string)
	pairs(t, japanese.ShiftJIS, 0xFA, 0xFC, func(rune) bool { return false })
	return t
})

// pairs adds to t the characters of two octets that enc has behind the leads from first to last, the first place of each unless last says
// otherwise.
func pairs(t map[rune]string, enc encoding.Encoding, first, last int, lastCounts func(rune) bool) {
	d := enc.NewDecoder()
	for lead := first; lead <= last; lead++ {
		for trail := 0x40; trail <= 0xFE; trail++ {
			pair := []byte{byte(lead), byte(trail)}
			out, err := d.Bytes(pair)
			r := []rune(string(out))
			if err != nil || len(r) != 1 || r[0] == '\uFFFD' {
				continue
			}
			if _, ok := t[r[0]]; !ok || lastCounts(r[0]) {
				t[r[0]] = string(pair)
			}
		}
	}
}

// gbNamed are characters that had places for private use in GBK before Unicode named them.
var gbNamed = map[rune]string{
	0x1E3F: "\xA8\xBC",
	0x9FB4: "\xFE\x59", 0x9FB5: "\xFE\x61", 0x9FB6: "\xFE\x66", 0x9FB7: "\xFE\x67", 0x9FB8: "\xFE\x6D", 0x9FB9: "\xFE\x7E", 0x9FBA: "\xFE\x90", 0x9FBB: "\xFE\xA0",
	0xFE10: "\xA6\xD9", 0xFE11: "\xA6\xDB", 0xFE12: "\xA6\xDA", 0xFE13: "\xA6\xDC", 0xFE14: "\xA6\xDD", 0xFE15: "\xA6\xDE", 0xFE16: "\xA6\xDF",
	0xFE17: "\xA6\xEC", 0xFE18: "\xA6\xED", 0xFE19: "\xA6\xF3",
}
