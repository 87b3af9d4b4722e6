package fetch

import (
	"bytes"
	"slices"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/traditionalchinese"
)

// multi is an encoding whose characters are ASCII, one high byte, or a lead byte with more behind it. Its tables
// are asked of x/text once, when the first page needs them, and then never change.
type multi struct {
	single [128]rune // of a byte from 0x80; 0 for a lead byte, U+FFFD for none
	pair   pairTable
	// longer reads from src, whose first two bytes are no pair, a character of another length; n is how many bytes it took,
	// 0 if that is not what they are.
	longer func(src []byte) (text string, n int)
}

// pairTable has the character of a lead byte (less 0x80) and the byte behind it; 0 where there is none.
type pairTable [128 << 8]rune

func (t *pairTable) at(lead, trail byte) rune { return t[int(lead&0x7F)<<8|int(trail)] }

// multiByte has the multi-byte encodings, each built when it is first needed.
var multiByte = map[string]func() *multi{
	"gbk":       gb18030, // the standard's GBK and gb18030 differ only in how they encode
	"gb18030":   gb18030,
	"big5":      sync.OnceValue(newBig5),
	"euc-kr":    sync.OnceValue(newEUCKR),
	"euc-jp":    eucJP,
	"shift_jis": sync.OnceValue(newShiftJIS),
}

var (
	gb18030 = sync.OnceValue(newGB18030)
	eucJP   = sync.OnceValue(newEUCJP)
)

func (m *multi) append(dst, src []byte) []byte {
	dst = slices.Grow(dst, len(src)+countHigh(src)/2)
	for {
		n := asciiLen(src)
		dst = append(dst, src[:n]...)
		src = src[n:]
		for len(src) > 0 && src[0] >= utf8.RuneSelf {
			r, text, n := m.next(src)
			if text != "" {
				dst = append(dst, text...)
			} else {
				dst = utf8.AppendRune(dst, r)
			}
			src = src[n:]
		}
		if len(src) == 0 {
			return dst
		}
	}
}

// next reads one character, which begins with a high byte, from src: r, or text where that is not empty. Bytes that are
// none give U+FFFD; an ASCII byte behind a broken lead byte is not part of them.
func (m *multi) next(src []byte) (r rune, text string, n int) {
	if r = m.single[src[0]&0x7F]; r != 0 {
		return r, "", 1
	}
	if len(src) == 1 {
		return utf8.RuneError, "", 1
	}
	if r = m.pair.at(src[0], src[1]); r != 0 {
		return r, "", 2
	}
	if m.longer != nil {
		if text, n = m.longer(src); n > 0 {
			return 0, text, n
		}
	}
	if src[1] < utf8.RuneSelf {
		return utf8.RuneError, "", 1
	}
	return utf8.RuneError, "", 2
}

// leads marks all bytes but those from first to last as no lead bytes.
func (m *multi) leads(first, last byte) {
	for i := range m.single {
		if b := byte(0x80 + i); b < first || b > last {
			m.single[i] = utf8.RuneError
		}
	}
}

// probe fills the table with what enc makes of prefix, lead and trail byte.
func (t *pairTable) probe(enc encoding.Encoding, prefix string, leads, trails [2]byte) {
	var in bytes.Buffer
	for lead := int(leads[0]); lead <= int(leads[1]); lead++ {
		for trail := int(trails[0]); trail <= int(trails[1]); trail++ {
			in.WriteString(prefix)
			in.Write([]byte{byte(lead), byte(trail), '\n'})
		}
	}
	out, _ := enc.NewDecoder().Bytes(in.Bytes())
	for lead := int(leads[0]); lead <= int(leads[1]); lead++ {
		for trail := int(trails[0]); trail <= int(trails[1]); trail++ {
			var char []byte
			char, out, _ = bytes.Cut(out, []byte("\n"))
			if r, n := utf8.DecodeRune(char); n == len(char) && r != utf8.RuneError {
				t[(lead&0x7F)<<8|trail] = r
			}
		}
	}
}

func newEUCKR() *multi {
	m := new(multi)
	m.leads(0x81, 0xFE)
	m.pair.probe(korean.EUCKR, "", [2]byte{0x81, 0xFE}, [2]byte{0x41, 0xFE})
	return m
}

func newBig5() *multi {
	m := new(multi)
	m.leads(0x81, 0xFE)
	m.pair.probe(traditionalchinese.Big5, "", [2]byte{0x81, 0xFE}, [2]byte{0x40, 0xFE})
	m.longer = func(src []byte) (string, int) {
		if src[0] == 0x88 { // four letters that Unicode has only as two characters
			switch src[1] {
			case 0x62:
				return "\u00CA\u0304", 2
			case 0x64:
				return "\u00CA\u030C", 2
			case 0xA3:
				return "\u00EA\u0304", 2
			case 0xA5:
				return "\u00EA\u030C", 2
			}
		}
		return "", 0
	}
	return m
}

func newShiftJIS() *multi {
	m := new(multi)
	m.leads(0x81, 0xFC)
	m.single[0], m.single[0x20] = 0x80, utf8.RuneError
	for b := 0xA1; b <= 0xDF; b++ {
		m.single[b&0x7F] = rune(0xFF61 + b - 0xA1) // halfwidth katakana
	}
	m.pair.probe(japanese.ShiftJIS, "", [2]byte{0x81, 0xFC}, [2]byte{0x40, 0xFC})
	for lead := 0xF0; lead <= 0xF9; lead++ { // for private use: 188 characters to a lead byte
		for trail := 0x40; trail <= 0xFC; trail++ {
			n := trail - 0x40
			if trail == 0x7F {
				continue
			}
			if trail > 0x7F {
				n--
			}
			m.pair[(lead&0x7F)<<8|trail] = rune(0xE000 + (lead-0xF0)*188 + n)
		}
	}
	return m
}

func newEUCJP() *multi {
	m := new(multi)
	m.leads(0xA1, 0xFE)
	m.single[0x0E], m.single[0x0F] = 0, 0
	m.pair.probe(japanese.EUCJP, "", [2]byte{0xA1, 0xFE}, [2]byte{0xA1, 0xFE})
	for b := 0xA1; b <= 0xDF; b++ {
		m.pair[0x0E<<8|b] = rune(0xFF61 + b - 0xA1) // halfwidth katakana
	}
	third := new(pairTable) // JIS X 0212, behind 0x8F
	third.probe(japanese.EUCJP, "\x8F", [2]byte{0xA1, 0xFE}, [2]byte{0xA1, 0xFE})
	m.longer = func(src []byte) (string, int) {
		switch {
		case src[0] != 0x8F || src[1] < 0xA1 || src[1] > 0xFE:
			return "", 0
		case len(src) == 2 || src[2] < utf8.RuneSelf:
			return "\uFFFD", 2
		}
		if r := third.at(src[1], src[2]); r != 0 {
			return string(r), 3
		}
		return "\uFFFD", 3
	}
	return m
}
