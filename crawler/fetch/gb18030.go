package fetch

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func newGB18030() *multi {
	m := new(multi)
	m.leads(0x81, 0xFE)
	m.single[0] = '€'
	m.pair.probe(simplifiedchinese.GB18030, "", [2]byte{0x81, 0xFE}, [2]byte{0x40, 0xFE})
	for _, r := range gbRuns {
		lead, trail, c := r[0]>>8, r[0]&0xFF, r[1]
		for n := r[2]; n > 0; trail++ {
			if trail == 0x7F {
				continue
			}
			if i := (lead&0x7F)<<8 | trail; m.pair[i] == 0 {
				m.pair[i] = rune(c)
			}
			c, n = c+1, n-1
		}
	}
	four := gbFour()
	m.longer = func(src []byte) (string, int) { return gbLonger(four, src) }
	return m
}

// gbLonger reads a character of four bytes, the second of which is a digit.
func gbLonger(four []rune, src []byte) (string, int) {
	if !isDigit(src[1]) {
		return "", 0
	}
	switch {
	case len(src) == 2:
		return "\uFFFD", 2
	case src[2] < 0x81 || src[2] > 0xFE:
		return "\uFFFD", 1
	case len(src) == 3:
		return "\uFFFD", 3
	case !isDigit(src[3]):
		return "\uFFFD", 1
	}
	i := gbPointer(src)
	switch {
	case i < len(four):
		return string(four[i]), 4
	case i >= gbAstral && i-gbAstral <= utf8.MaxRune-0x10000:
		return string(rune(0x10000 + i - gbAstral)), 4
	}
	return "\uFFFD", 4
}

const (
	gbBMP    = 39420  // pointers below are in the Basic Multilingual Plane
	gbAstral = 189000 // the pointer of U+10000
	gbMoved  = 7457   // has been for private use since its character got two bytes
)

func gbPointer(src []byte) int {
	return ((int(src[0]-0x81)*10+int(src[1]-'0'))*126+int(src[2]-0x81))*10 + int(src[3]-'0')
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// gbFour has the characters of the four-byte pointers below gbBMP.
func gbFour() []rune {
	var in bytes.Buffer
	for i := range gbBMP {
		in.Write([]byte{byte(0x81 + i/12600), byte('0' + i/1260%10), byte(0x81 + i/10%126), byte('0' + i%10)})
	}
	out, _ := simplifiedchinese.GB18030.NewDecoder().Bytes(in.Bytes())
	four := bytes.Runes(out)
	if len(four) > gbMoved {
		four[gbMoved] = 0xE7C7
	}
	return four
}

// gbRuns are characters that the standard's index has and x/text's has not: a pair of bytes, its character, and how many
// follow each other from there. They are for private use (fonts of old pages have signs there), but for a few that Unicode
// named since, as 0xA6D9 to 0xA6F3 of vertical punctuation.
var gbRuns = [][3]int{
	{0xA140, 0xE4C6, 96}, {0xA240, 0xE526, 96}, {0xA340, 0xE586, 95}, {0xA440, 0xE5E6, 96}, {0xA540, 0xE646, 96},
	{0xA640, 0xE6A6, 96}, {0xA740, 0xE706, 96},
	{0xAAA1, 0xE000, 94}, {0xABA1, 0xE05E, 94}, {0xACA1, 0xE0BC, 94}, {0xADA1, 0xE11A, 94}, {0xAEA1, 0xE178, 94},
	{0xAFA1, 0xE1D6, 94}, {0xF8A1, 0xE234, 94}, {0xF9A1, 0xE292, 94}, {0xFAA1, 0xE2F0, 94}, {0xFBA1, 0xE34E, 94},
	{0xFCA1, 0xE3AC, 94}, {0xFDA1, 0xE40A, 94}, {0xFEA1, 0xE468, 94},
	{0xA2AB, 0xE766, 6}, {0xA2E4, 0xE76D, 1}, {0xA2EF, 0xE76E, 2}, {0xA2FD, 0xE770, 2}, {0xA4F4, 0xE772, 11},
	{0xA5F7, 0xE77D, 8}, {0xA6B9, 0xE785, 8}, {0xA6F6, 0xE797, 9}, {0xA7C2, 0xE7A0, 15}, {0xA7F2, 0xE7AF, 13},
	{0xA896, 0xE7BC, 11}, {0xA8C1, 0xE7C9, 4}, {0xA8EA, 0xE7CD, 21}, {0xA958, 0xE7E2, 1}, {0xA95B, 0xE7E3, 1},
	{0xA95D, 0xE7E4, 3}, {0xA997, 0xE7F4, 13}, {0xA9F0, 0xE801, 15}, {0xD7FA, 0xE810, 5}, {0xFE51, 0xE816, 3},
	{0xFE6C, 0xE831, 1}, {0xFE76, 0xE83B, 1}, {0xFE91, 0xE855, 1},
	{0xA6D9, 0xFE10, 1}, {0xA6DA, 0xFE12, 1}, {0xA6DB, 0xFE11, 1}, {0xA6DC, 0xFE13, 4}, {0xA6EC, 0xFE17, 2},
	{0xA6F3, 0xFE19, 1}, {0xA8BC, 0x1E3F, 1}, {0xFE59, 0x9FB4, 1}, {0xFE61, 0x9FB5, 1}, {0xFE66, 0x9FB6, 2},
	{0xFE6D, 0x9FB8, 1}, {0xFE7E, 0x9FB9, 1}, {0xFE90, 0x9FBA, 1}, {0xFEA0, 0x9FBB, 1},
}
