package similar

import (
	"encoding/binary"
	"math/bits"
	"sync"
	"unicode"
)

// each is a word of eight equal bytes.
func each(b byte) uint64 { return uint64(b) * 0x0101010101010101 }

// eightOf is the first eight bytes of b, which is not empty, with the first of them lowest, and zeros for those it lacks.
func eightOf(b []byte) uint64 {
	switch n := len(b); {
	case n >= 8:
		return binary.LittleEndian.Uint64(b)
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*(n-4))
	case n >= 2:
		return uint64(binary.LittleEndian.Uint16(b)) | uint64(b[n-1])<<(8*(n-1))
	}
	return uint64(b[0])
}

// leading tells, of eight characters of which the first is in the lowest byte, how many letters and digits of ASCII they begin
// with, and how many other characters of ASCII follow at once; and it gives all eight in lower case. It looks
// at all of them together: a loop over single bytes costs more than all else that is done to a word.
func leading(eight uint64) (lower uint64, letters, others int) {
	in := lettersOf(eight)
	letters = bits.TrailingZeros64(in^high) / 8
	not := ^(in | eight) & high >> (8 * letters)
	return eight | each(' '), letters, bits.TrailingZeros64(not^high) / 8
}

const high = 0x8080808080808080

// lettersOf has the highest bit of each byte of eight set that is a letter or a digit of ASCII.
func lettersOf(eight uint64) uint64 {
	// The highest bit of a byte tells whether it lies in the range. No sum of two bytes below 0x80 spills into the next.
	digit := eight &^ high
	lower := digit | each(' ')
	return ((lower+each(0x80-'a'))&^(lower+each(0x7F-'z')) | (digit+each(0x80-'0'))&^(digit+each(0x7F-'9'))) &^ eight & high
}

// hashWord hashes the first n bytes of word, of which none is zero. For the short keys that words are it does what
// xxh3 does for them, the folding of a product of 128 bits, without asking for their length first.
//
// Its constants are digits of pi, made odd.
func hashWord(word *[maxWord + 8]byte, n int) uint64 {
	h := uint64(k0)
	for i := 0; i < n; i += 8 {
		c := binary.LittleEndian.Uint64(word[i:])
		if left := n - i; left < 8 {
			c &= 1<<(8*left) - 1
		}
		hi, lo := bits.Mul64(c^k1, h)
		h = hi ^ lo ^ k0
	}
	hi, lo := bits.Mul64(h^k1, k0)
	return hi ^ lo
}

const k0, k1 = 0x243F6A8885A308D3, 0x13198A2E03707345

// hashASCII is hashWord for the first n characters of b in lower case, letters and digits of ASCII. It reads 7 bytes more than that, at most.
func hashASCII(b []byte, n int) uint64 {
	h := uint64(k0)
	for ; n > 8; n -= 8 {
		hi, lo := bits.Mul64((binary.LittleEndian.Uint64(b)|each(' '))^k1, h)
		h = hi ^ lo ^ k0
		b = b[8:]
	}
	c := (binary.LittleEndian.Uint64(b) | each(' ')) & (^uint64(0) >> (-8 * n & 63))
	hi, lo := bits.Mul64(c^k1, h)
	hi, lo = bits.Mul64(hi^lo^k0^k1, k0)
	return hi ^ lo
}

// A kind is what a character is to the words of a text.
type kind uint8

const (
	separator kind = iota // it ends a word
	letter                // it is part of a word
	single                // it is a word by itself: the script puts no spaces between words
	invisible             // it is as if it were not there
)

// A char is a character's kind and, if it is part of a word, its lower case.
type char struct {
	lower rune
	kind  kind
}

// classify finds a character by Unicode's tables. They grow with Go's releases: that changes the hash of a text only if
// it holds characters that were not assigned when it was hashed first.
func classify(r rune) char {
	switch {
	case '一' <= r && r <= '鿿': // most of Han, which below would give the same
		return char{r, single}
	case '가' <= r && r <= '힣': // most of Hangul
		return char{r, letter}
	case unicode.IsLetter(r):
		if unicode.In(r, unspaced...) {
			return char{r, single}
		}
		return char{unicode.ToLower(r), letter}
	case unicode.IsNumber(r), unicode.IsMark(r):
		return char{r, letter}
	case unicode.Is(unicode.Cf, r) && r != zeroWidthSpace: // soft hyphens, joiners, marks of direction
		return char{r, invisible}
	}
	return char{r, separator}
}

const zeroWidthSpace = 0x200B

// unspaced are the scripts that put no spaces between words.
var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Myanmar, unicode.Khmer}

// tabled is where the table of characters ends: behind it are few scripts but those of East Asia.
const tabled = 0x3100

// chars spares most look-ups of a character, each of which is several searches.
var chars = sync.OnceValue(func() *[tabled]char {
	t := new([tabled]char)
	for r := range t {
		t[r] = classify(rune(r))
	}
	return t
})
