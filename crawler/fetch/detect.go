package fetch

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
)

// hints are what is known of a page besides its bytes, where those do not say their encoding.
type hints struct {
	charset  string // of the Content-Type
	language string // of Content-Language
	host     string // the page's; its top-level domain tells
}

// unlikeUTF8 finds what would pass for UTF-8 and is not meant so: ISO-2022-JP, all of ASCII bytes, and UTF-16 without mark.
func unlikeUTF8(body []byte) (name string, enc encoding.Encoding) {
	if name = nakedUTF16(body); name != "" {
		return lookup(name)
	}
	if escapesJapanese(body) {
		return lookup("iso-2022-jp")
	}
	return "", nil
}

// detect guesses the encoding of a page that is not wholly UTF-8 and declares nothing: UTF-8 if it has few bytes that are not,
// since text of other encodings is hardly ever valid by chance; else the one in which its text reads most like
// one of the languages that are written in it. Its time is linear in the page for finding the text, and bounded for judging it.
func detect(body []byte, h hints) (name string, enc encoding.Encoding) {
	if mostlyUTF8(body) {
		return lookup(utf8Name)
	}
	sample, lang := textSample(body)
	high := float32(countHigh(sample))
	declared := [2]string{primary(lang), primary(h.language)}
	place := h.host[strings.LastIndexByte(h.host, '.')+1:]
	// favour is what the declared language adds. English says nothing: it is what templates declare.
	favour := func(tag, places string) (bits float32) {
		if tag != "en" && (tag == declared[0] || tag == declared[1]) {
			bits += 8 + high
		}
		if place != "" && (place == tag || hasWord(places, place)) {
			bits += 7 + high/2
		}
		return bits
	}
	best := float32(0)
	for _, d := range ideographics {
		sum, four := d.score(sample)
		if sum += favour(d.lang, placesOf[d.name]); sum > best {
			best, name = sum, d.name
			if four && name == "gbk" {
				name = "gb18030"
			}
		}
	}
	words := countWords(sample)
	most := slices.Max(words)
	extra := make([]float32, len(languages))
	for i, l := range languages {
		extra[i] = favour(l.tag, l.places)
		if most > 0 {
			extra[i] += min(10+1.5*high, 3*float32(most)) * float32(words[i]) / float32(most)
		}
	}
	if m, sum := mostPlausible(withoutASCIIRuns(sample), extra, hasC1(body)); sum > best {
		name = m.name
	}
	if name == "" {
		name = lastResort
	}
	return lookup(name)
}

// firstLook is how much of a sample all models judge; the rest is judged by those that were best.
const (
	firstLook = 1 << 10
	finalists = 8
)

// mostPlausible is the model that gives a sample, with what its language gets in extra, the greatest worth.
func mostPlausible(sample []byte, extra []float32, c1 bool) (best *model, worth float32) {
	type entry struct {
		m   *model
		sum float32
	}
	all := models()
	field := make([]entry, 0, len(all))
	head := sample[:min(len(sample), firstLook)]
	for _, m := range all {
		if !m.iso || !c1 {
			field = append(field, entry{m, m.score(head) + extra[m.lang]})
		}
	}
	slices.SortStableFunc(field, func(a, b entry) int { return cmp.Compare(b.sum, a.sum) })
	best, worth = field[0].m, field[0].sum
	if len(head) == len(sample) {
		return best, worth
	}
	for i, e := range field[:finalists] {
		if sum := e.m.score(sample) + extra[e.m.lang]; i == 0 || sum > worth {
			best, worth = e.m, sum
		}
	}
	return best, worth
}

var placesOf = map[string]string{
	"shift_jis": "jp", "euc-jp": "jp", "euc-kr": "kr", "gbk": "cn sg", "big5": "tw hk mo",
}

// primary is the primary subtag of a language tag, in lower case; some are old or narrower names of another.
func primary(tag string) string {
	tag, _, _ = strings.Cut(strings.TrimSpace(tag), "-")
	tag, _, _ = strings.Cut(tag, "_")
	switch tag = strings.ToLower(tag); tag {
	case "iw":
		return "he"
	case "nb", "nn":
		return "no"
	case "bs", "sh":
		return "hr"
	}
	return tag
}

func hasWord(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}

// hasC1 tells whether body has a byte that is a control character in the ISO encodings and text in those of Windows.
func hasC1(body []byte) bool {
	for _, b := range body {
		if b >= 0x80 && b < 0xA0 {
			return true
		}
	}
	return false
}

// mostlyUTF8 tells whether body has ten times as many characters of UTF-8 as bytes that are none, beyond ASCII.
func mostlyUTF8(body []byte) bool {
	good, bad := 0, 0
	for len(body) > 0 {
		body = body[asciiLen(body):]
		for len(body) > 0 && body[0] >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(body)
			if r == utf8.RuneError && n == 1 {
				bad++
			} else {
				good++
			}
			body = body[n:]
		}
	}
	return good >= 10 && good > 10*bad
}
