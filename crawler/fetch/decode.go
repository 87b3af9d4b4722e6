package fetch

import (
	"encoding/binary"
	"slices"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The decoders here do what the WHATWG Encoding standard says of bytes that are no text: which of them become one U+FFFD
// and which are read again. x/text knows the same characters and differs there: it swallows an ASCII letter behind a broken
// lead byte, for one, and so could let a page hide markup from a crawler that a browser sees.

// appendText appends to dst what src says in the named encoding. Whatever src is, that is valid UTF-8, at most three bytes
// for each of src, in time linear in src.
func appendText(dst, src []byte, name string, enc encoding.Encoding) []byte {
	switch name {
	case utf8Name:
		dst = slices.Grow(dst, len(src))
		dst, _, _ = transform.Append(unicode.UTF8.NewDecoder().Transformer, dst, src) // never fails: bad bytes are U+FFFD
		return dst
	case "utf-16le":
		return appendUTF16(dst, src, binary.LittleEndian)
	case "utf-16be":
		return appendUTF16(dst, src, binary.BigEndian)
	case "replacement":
		if len(src) > 0 {
			dst = append(dst, "\uFFFD"...)
		}
		return dst
	case "iso-2022-jp":
		return appendISO2022JP(dst, src)
	}
	if build := multiByte[name]; build != nil {
		return build().append(dst, src)
	}
	return appendSingle(dst, src, singleTable(name, enc))
}

// singleByte says which characters the bytes 0x80 to 0xFF are in an encoding of one byte per character.
type singleByte [128]rune

var singleTables sync.Map // name to *singleByte

func singleTable(name string, enc encoding.Encoding) *singleByte {
	if t, ok := singleTables.Load(name); ok {
		return t.(*singleByte)
	}
	t := new(singleByte)
	for i := range t {
		t[i] = utf8.RuneError
		b := byte(0x80 + i)
		if m, ok := enc.(interface{ DecodeByte(byte) rune }); ok {
			t[i] = m.DecodeByte(b)
		} else if out, err := enc.NewDecoder().Bytes([]byte{b}); err == nil {
			t[i], _ = utf8.DecodeRune(out)
		}
		// The standard's indexes leave no byte below 0xA0 without a character, x/text's vendor tables do.
		if t[i] == utf8.RuneError && b < 0xA0 {
			t[i] = rune(b)
		}
	}
	singleTables.Store(name, t)
	return t
}

var _ interface{ DecodeByte(byte) rune } = (*charmap.Charmap)(nil)

func appendSingle(dst, src []byte, t *singleByte) []byte {
	dst = slices.Grow(dst, len(src)+countHigh(src))
	for len(src) > 0 {
		n := asciiLen(src)
		dst = append(dst, src[:n]...)
		for src = src[n:]; len(src) > 0 && src[0] >= utf8.RuneSelf; src = src[1:] {
			if r := t[src[0]&0x7F]; r < 0x800 {
				dst = append(dst, byte(0xC0|r>>6), byte(0x80|r&0x3F)) // no letter of these tables is ASCII
			} else {
				dst = utf8.AppendRune(dst, r)
			}
		}
	}
	return dst
}

// appendUTF16 decodes UTF-16; half a pair is one U+FFFD, and so is all that is left over at the end.
func appendUTF16(dst, src []byte, order binary.ByteOrder) []byte {
	dst = slices.Grow(dst, len(src))
	for len(src) >= 2 {
		u := rune(order.Uint16(src))
		src = src[2:]
		if u >= 0xD800 && u <= 0xDBFF {
			if len(src) < 2 {
				return append(dst, "\uFFFD"...)
			}
			if low := rune(order.Uint16(src)); low >= 0xDC00 && low <= 0xDFFF {
				u = 0x10000 + (u-0xD800)<<10 + low - 0xDC00
				src = src[2:]
			}
		}
		dst = utf8.AppendRune(dst, u) // a surrogate becomes U+FFFD
	}
	if len(src) > 0 {
		dst = append(dst, "\uFFFD"...)
	}
	return dst
}

const highBits = 0x8080808080808080

// asciiLen is how many bytes b begins with that are ASCII.
func asciiLen(b []byte) int {
	n := 0
	for len(b)-n >= 8 && binary.LittleEndian.Uint64(b[n:])&highBits == 0 {
		n += 8
	}
	for n < len(b) && b[n] < utf8.RuneSelf {
		n++
	}
	return n
}

// countHigh is how many bytes of b are not ASCII.
func countHigh(b []byte) int {
	n := 0
	for _, c := range b {
		n += int(c >> 7)
	}
	return n
}
