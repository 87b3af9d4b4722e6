package similar

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// What a text hashes to depends on these: they must never change.
const (
	// gram is how many words in a row make a feature. With fewer, lists of like words come to be alike; the more there
	// are, the more features one changed word takes along.
	gram = 3
	// MinFeatures is how many features a text needs to have a hash. With fewer, one changed word in two thirds of all
	// cases moves the hash beyond Near, and below 30 texts come near each other by chance.
	MinFeatures = 50
	// maxWord is the length in bytes at which a word is cut, and goes on as another.
	maxWord = 64
)

// A Builder makes the hash of one text. The zero value is ready for use, with an empty text. It takes about a kilobyte and
// allocates nothing. It is not safe for concurrent use.
type Builder struct {
	word  [maxWord + 8]byte // what stands behind n is of no meaning
	n     int               // length of word
	last  [2]uint64         // the hashes of the two words before
	words int               // how many there were, until there are enough for a feature
	chars *[tabled]char
	votes votes
}

// Add adds the next piece of the text in UTF-8; what is not valid ends a word. A word ends where the piece ends,
// and a feature may span pieces.
func (b *Builder) Add(piece []byte) {
	for len(piece) > 0 {
		lower, n, gap := leading(eightOf(piece))
		if b.n+n > maxWord {
			b.endWord()
		}
		binary.LittleEndian.PutUint64(b.word[b.n:], lower)
		b.n += n
		switch {
		case gap > 0:
			b.endWord()
			if n += gap; n >= len(piece) {
				return
			}
			piece = piece[n:]
		case n > 0:
			piece = piece[n:]
		default:
			r, size := utf8.DecodeRune(piece)
			b.rune(r)
			piece = piece[size:]
		}
	}
	b.endWord()
}

// rune adds a character that is not ASCII.
func (b *Builder) rune(r rune) {
	if b.chars == nil {
		b.chars = chars()
	}
	var c char
	if r < tabled {
		c = b.chars[r]
	} else {
		c = classify(r)
	}
	if c.kind == invisible {
		return
	}
	if c.kind != letter || b.n > maxWord-utf8.UTFMax {
		b.endWord()
	}
	if c.kind == separator {
		return
	}
	b.n += utf8.EncodeRune(b.word[b.n:], c.lower)
	if c.kind == single {
		b.endWord()
	}
}

// endWord ends the word, if there is one, and counts the feature that ends with it. The hashes of a feature's words are
// turned before they are added, for the order of words matters.
func (b *Builder) endWord() {
	if b.n == 0 {
		return
	}
	h := hashWord(&b.word, b.n)
	b.n = 0
	if b.words++; b.words >= gram {
		b.words = gram
		b.votes.add(h + bits.RotateLeft64(b.last[1], 21) + bits.RotateLeft64(b.last[0], 42))
	}
	b.last[0], b.last[1] = b.last[1], h
}

// Hash is the hash of the text so far; zero if it has fewer than MinFeatures features. More may be added afterwards.
func (b *Builder) Hash() Hash {
	if b.votes.n < MinFeatures {
		return 0
	}
	return max(1, Hash(b.votes.majority()))
}
