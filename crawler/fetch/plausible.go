package fetch

import (
	"math"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// What stands before a byte decides how likely it is. Behind a letter of another script, and behind a sign in the middle of a
// word, no letter is expected.
const (
	afterOther = iota
	afterLower
	afterUpper
	afterSign  // a sign that is no letter, behind a letter
	afterLatin // an ASCII letter, where the language's are others
	contexts
)

// model is a language in an encoding: what each byte is worth, and the context it makes for the next. A byte's worth is
// log2 of how much more likely it is in this language than in noise.
type model struct {
	lang  int // its place among languages
	name  string
	prior float32
	iso   bool // bytes 0x80 to 0x9F are controls, which no page has
	worth [contexts][256]float32
	next  [contexts][256]uint8
}

var models = sync.OnceValue(func() []*model {
	var all []*model
	for i := range languages {
		for name := range strings.FieldsSeq(languages[i].encodings) {
			all = append(all, newModel(i, name))
		}
	}
	return all
})

func newModel(lang int, name string) *model {
	l := &languages[lang]
	_, enc := lookup(name)
	table := singleTable(name, enc)
	m := &model{lang: lang, name: name, prior: priors[name], iso: strings.HasPrefix(name, "iso-")}
	latin := l.words != ""
	rank := make(map[rune]int)
	for _, r := range l.letters {
		rank[r] = len(rank)
	}
	for ctx := range contexts {
		for b := range 256 {
			r := rune(b)
			if b >= utf8.RuneSelf {
				r = table[b-utf8.RuneSelf]
				m.worth[ctx][b] = float32(math.Log2(likelihood(r, rank, ctx) * 128))
			}
			m.next[ctx][b] = follow(r, ctx, latin)
			letter := unicode.IsLetter(r) || unicode.IsMark(r)
			switch {
			case letter && ctx == afterSign:
				m.worth[ctx][b] -= 5
			case letter && !latin && b >= utf8.RuneSelf && ctx == afterLatin:
				m.worth[ctx][b] -= 6
			case isLetter(byte(b)) && b < utf8.RuneSelf && !latin && (ctx == afterLower || ctx == afterUpper):
				m.worth[ctx][b] -= 6
			}
		}
	}
	return m
}

// likelihood is the probability of a character that is not ASCII. Frequencies of letters are by their rank, after
// Gusein-Zade: ln((n+1)/r)/n for the one at rank r of n.
func likelihood(r rune, rank map[rune]int, ctx int) float64 {
	byRank := func(i int) float64 {
		return 0.9 * math.Log(float64(len(rank)+1)/float64(i+1)) / float64(len(rank))
	}
	if i, ok := rank[r]; ok {
		if unicode.IsMark(r) && ctx == afterOther {
			return byRank(i) / 50
		}
		return byRank(i)
	}
	if i, ok := rank[unicode.ToLower(r)]; ok {
		switch ctx {
		case afterLower:
			return byRank(i) / 2000
		case afterUpper:
			return byRank(i) / 15
		}
		return byRank(i) / 15
	}
	switch {
	case r == utf8.RuneError || unicode.IsControl(r):
		return 1e-8
	case strings.ContainsRune("\u00A0«»“”‘’„–—…،", r):
		return 0.01
	case strings.ContainsRune("\u00AD©®™€£§°·•½²³¿¡ªº№‚‹›؟؛\u200C\u200D‐−`´´", r):
		return 0.002
	case unicode.IsLetter(r) && unicode.IsUpper(r) && ctx == afterLower:
		return 2e-5
	case unicode.IsLetter(r):
		return 4e-4
	}
	return 2e-4
}

// follow is the context that a character makes.
func follow(r rune, ctx int, latin bool) uint8 {
	switch {
	case r < utf8.RuneSelf && isLetter(byte(r)) && !latin:
		return afterLatin
	case unicode.IsUpper(r):
		return afterUpper
	case unicode.IsLetter(r) || unicode.IsMark(r):
		return afterLower
	case r == '’' && ctx == afterOther: // no word begins with it
		return afterSign
	case r == '’' || r == '\u00AD' || r == '·' || r == '\u200C' || r == '\u00A0' || r == '—' || r == '–' || r == '…' || r < utf8.RuneSelf:
		return afterOther
	case ctx == afterLower || ctx == afterUpper || ctx == afterLatin:
		return afterSign
	}
	return afterOther
}

// score is the worth of a sample as this language in this encoding.
func (m *model) score(sample []byte) float32 {
	var sum float32
	ctx := uint8(afterOther)
	for _, b := range sample {
		sum += m.worth[ctx][b]
		ctx = m.next[ctx][b]
	}
	return sum - m.prior
}

// wordsOf has for each frequent word the languages, by place, in which it is one.
var wordsOf = sync.OnceValue(func() map[string][]int {
	all := make(map[string][]int)
	for i := range languages {
		for w := range strings.FieldsSeq(languages[i].words) {
			all[w] = append(all[w], i)
		}
	}
	return all
})

// countWords counts the frequent words of each language among the ASCII words of a sample.
func countWords(sample []byte) []int {
	counts := make([]int, len(languages))
	words := wordsOf()
	var word [16]byte
	n := 0
	for i := 0; i <= len(sample); i++ {
		var b byte
		if i < len(sample) {
			b = sample[i]
		}
		if isLetter(b) || b >= utf8.RuneSelf {
			if n < len(word) && b < utf8.RuneSelf {
				word[n] = b | 0x20
				n++
			} else {
				n = len(word) + 1 // too long, or not ASCII
			}
			continue
		}
		if n > 0 && n <= len(word) {
			for _, l := range words[string(word[:n])] {
				counts[l]++
			}
		}
		n = 0
	}
	return counts
}
