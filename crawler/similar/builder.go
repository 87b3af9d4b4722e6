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

// A Builder makes the hash of one text. The zero value is ready for use, with an empty text. It takes less than a kilobyte and
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
func (b *Builder) Add(piece []byte) { b.AddPart(piece, 0, len(piece)) }

// AddPart adds text[from:to] as Add does. It is faster where text goes on behind to, which makes no difference to the hash.
func (b *Builder) AddPart(text []byte, from, to int) {
	for from < to {
		if len(text)-from >= blockRoom {
			if from = b.block(text, from, to); from == to {
				return
			}
		}
		from = b.slowly(text, from, to)
	}
}

const (
	// block is how many characters are told apart at once, a bit for each.
	block = 64
	// blockRoom is how many bytes are read from the beginning of a block on, what is not looked at included.
	blockRoom = block + 8
)

// block adds the words that begin in the block at from, and returns where it stopped: at the end, or at the beginning of a word that
// is not of ASCII alone or is longer than a block.
func (b *Builder) block(text []byte, from, to int) int {
	for {
		t := text[from : from+blockRoom : from+blockRoom]
		n := min(to-from, block)
		letters, whole := uint64(0), n == to-from
		for i := 0; i < n; i += 8 {
			eight := binary.LittleEndian.Uint64(t[i:])
			letters |= lettersOf(eight) >> 7 * 0x0102040810204080 >> 56 << i
			if foreign := eight & high; foreign != 0 {
				if at := i + bits.TrailingZeros64(foreign)/8; at < n {
					n, whole = at, false
				}
				break
			}
		}
		letters &= ^uint64(0) >> (block - n)
		for letters != 0 {
			// Added to the first of a row of bits, a bit comes out behind the last.
			sum := letters + letters&-letters
			start, end := bits.TrailingZeros64(letters), bits.TrailingZeros64(sum&^letters)
			if end == n && !whole {
				n = start
				break
			}
			b.feature(hashASCII(t[start:], end-start))
			letters &= sum
		}
		if from += n; from == to || n == 0 || text[from] >= utf8.RuneSelf || len(text)-from < blockRoom {
			return from
		}
	}
}

// slowly adds characters one by one, up to 8 of ASCII at once, as far as to the end of a word that others of ASCII follow, or to the end.
func (b *Builder) slowly(text []byte, from, to int) int {
	for from < to {
		if text[from] >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(text[from:to])
			b.rune(r)
			from += size
			continue
		}
		lower, n, gap := leading(eightOf(text[from:to]))
		if b.n+n > maxWord {
			b.endWord()
		}
		binary.LittleEndian.PutUint64(b.word[b.n:], lower)
		b.n += n
		if from += n; gap == 0 {
			continue
		}
		b.endWord()
		if from += gap; from >= to {
			return to
		}
		if len(text)-from >= blockRoom && (binary.LittleEndian.Uint64(text[from:])|binary.LittleEndian.Uint64(text[from+8:]))&high == 0 {
			return from
		}
	}
	b.endWord()
	return to
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

// endWord ends the word, if there is one.
func (b *Builder) endWord() {
	if b.n == 0 {
		return
	}
	h := hashWord(&b.word, b.n)
	b.n = 0
	b.feature(h)
}

// feature counts the feature that ends with the word that hashes to h. The hashes of a feature's words are
// turned before they are added, for the order of words matters.
func (b *Builder) feature(h uint64) {
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
