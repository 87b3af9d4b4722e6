// Package similar tells pages that say nearly the same from pages that do not, by one number for each.
//
// One text lives like this. A [Builder] is fed with it piece by piece, as the page is read. It takes the words out, in lower
// case, and hashes every three in a row: these are the text's features. Each of the 64 bits of the [Hash] is what
// that bit is in most of the features' hashes. Texts that differ in few features have hashes that differ in few
// bits, so two of them are compared by [Distance] alone, and an [Index] finds the nearest of all seen so far without
// looking at each.
//
// The hash is that of Charikar, "Similarity estimation techniques from rounding algorithms" (STOC 2002), its use that of
// Manku, Jain and Das Sarma, "Detecting near-duplicates for web crawling" (WWW 2007).
//
// Everything in a text counts alike, what all pages of a site have in common too: where menus and footers make up four
// fifths of the words, pages are near-duplicates by this measure although what they are about differs.
//
// Hashes are stored and compared from crawl to crawl: what a text hashes to must never change.
package similar

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strconv"
)

// Near is the distance up to which two texts are near-duplicates. Of 1,197 pages of manuals with 300 words or more, 96 % at
// least stay within it when a date, a number or an identifier changes, and 95 % when a hundredth of the words, all
// in one place, is shuffled; of the 812,000 pairs of different pages one comes as near. At 3, which Manku and others
// take among billions of pages, none does, but under another date only 84 % would be known again.
const Near = 5

// A Hash stands for a text: texts that are nearly the same have hashes that differ in few bits. Zero is none: the text is
// too short to be judged. No text hashes to zero.
type Hash uint64

// Distance is the number of bits in which a and b differ, 0 to 64. It means nothing if either is none.
func Distance(a, b Hash) int { return bits.OnesCount64(uint64(a ^ b)) }

// digits is the length of a hash as a text.
const digits = 16

// String is h as 16 lower-case hexadecimal digits; empty for none.
func (h Hash) String() string {
	if h == 0 {
		return ""
	}
	var octets [digits / 2]byte
	binary.BigEndian.PutUint64(octets[:], uint64(h))
	var text [digits]byte
	hex.Encode(text[:], octets[:])
	return string(text[:])
}

// Parse reads what String writes. Its error says what is wrong with s.
func Parse(s string) (Hash, error) {
	if s == "" {
		return 0, nil
	}
	h, err := strconv.ParseUint(s, 16, 64)
	if err != nil || len(s) != digits {
		return 0, fmt.Errorf("similarity hash %.40q is not %d hexadecimal digits", s, digits)
	}
	return Hash(h), nil
}
