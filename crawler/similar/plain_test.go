package similar

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// plainWords are the words of a piece of text, taken out one character at a time.
func plainWords(text []byte) (words []string) {
	word, row := "", 0 // row is how many letters of ASCII have come in a row
	end := func() {
		if word != "" {
			words = append(words, word)
		}
		word, row = "", 0
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		c := classify(r)
		switch {
		case r < utf8.RuneSelf && c.kind != letter:
			end()
		case r < utf8.RuneSelf:
			// They are weighed eight by eight.
			if row%8 == 0 {
				next := 1
				for next < 8 && i+next < len(text) && text[i+next] < utf8.RuneSelf && classify(rune(text[i+next])).kind == letter {
					next++
				}
				if len(word)+next > maxWord {
					end()
				}
			}
			word += string(c.lower)
			row++
		case c.kind == invisible:
			row = 0
		case c.kind == letter:
			if len(word) > maxWord-utf8.UTFMax {
				end()
			}
			word += string(c.lower)
			row = 0
		default:
			end()
			if c.kind == single {
				words = append(words, string(c.lower))
			}
		}
		i += size
	}
	end()
	return words
}

func plainHashOfWord(word string) uint64 {
	h := uint64(k0)
	for chunk := range slices.Chunk([]byte(word), 8) {
		hi, lo := bits.Mul64(binary.LittleEndian.Uint64(append(slices.Clip(chunk), make([]byte, 8)...))^k1, h)
		h = hi ^ lo ^ k0
	}
	hi, lo := bits.Mul64(h^k1, k0)
	return hi ^ lo
}

// plainHash is the hash of a text that comes in pieces, as the package's comment has it: with a counter for each bit.
func plainHash(pieces ...[]byte) Hash {
	var hashes []uint64
	for _, p := range pieces {
		for _, w := range plainWords(p) {
			hashes = append(hashes, plainHashOfWord(w))
		}
	}
	var counts [64]int
	n := 0
	for i := gram - 1; i < len(hashes); i++ {
		f := hashes[i] + bits.RotateLeft64(hashes[i-1], 21) + bits.RotateLeft64(hashes[i-2], 42)
		for bit := range counts {
			counts[bit] += int(f >> bit & 1)
		}
		n++
	}
	if n < MinFeatures {
		return 0
	}
	hash := Hash(0)
	for bit, c := range counts {
		if 2*c > n {
			hash |= 1 << bit
		}
	}
	return max(hash, 1)
}

// checkPlain holds what a Builder makes of pieces, each with something behind it, to what is made plainly.
func checkPlain(t *testing.T, pieces ...[]byte) {
	t.Helper()
	var once, part Builder
	for _, p := range pieces {
		once.Add(p)
		part.AddPart(slices.Concat([]byte("é."), p, []byte(strings.Repeat("xé", blockRoom))), 3, 3+len(p))
	}
	want := plainHash(pieces...)
	if got := once.Hash(); got != want {
		t.Fatalf("%.500q: %v, want %v", pieces, got, want)
	}
	if got := part.Hash(); got != want {
		t.Fatalf("%.500q as parts: %v, want %v", pieces, got, want)
	}
}

func TestHashesAreThoseMadePlainly(t *testing.T) {
	for _, text := range []string{english, german, russian, chinese, japanes, thai, arabic, hindi} {
		checkPlain(t, []byte(text))
		for n := range min(len(text), 300) { // each length of the last block, cut within characters too
			checkPlain(t, []byte(text), []byte(text[:n]))
		}
	}
	r := rand.New(rand.NewPCG(11, 12))
	parts := []string{
		"a", "z", "A", "Z", "0", "9", "mQ5", "/", ":", "@", "[", "`", "{", "\x00", "\x10", "\x19", "\x7f", " ", " ", " ", ", ", "é", "É", "中", "ä", "\u00ad", "·",
		"\u200b", "\xff", "\xc3", "\xe4\xb8", "\U0001F600", "\U00010400", "word", "Longer", "eight888", "and ", strings.Repeat("-", 70),
	}
	for len(parts) < 60 {
		parts = append(parts, strings.Repeat("xYz", 30)[:1+r.IntN(80)], strings.Repeat("Long", 1+r.IntN(40)))
	}
	for range 2_000 {
		var pieces [][]byte
		some := parts[r.IntN(len(parts)):]
		for range 1 + r.IntN(4) {
			var p []byte
			for range r.IntN(60) {
				p = append(p, some[r.IntN(len(some))]...)
				if r.IntN(3) == 0 {
					p = append(p, ' ')
				}
			}
			pieces = append(pieces, p)
		}
		checkPlain(t, pieces...)
	}
}

// Pages of manuals, marks included, as far as they are there.
func TestHashesOfRealPagesAreThoseMadePlainly(t *testing.T) {
	n := 0
	for _, pattern := range []string{"python3.11/html/library/*.html", "postgresql-doc-15/html/*.html", "rust-doc/html/book/*.html"} {
		files, _ := filepath.Glob("/usr/share/doc/" + pattern)
		for _, f := range files[:min(len(files), 12)] {
			page, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			checkPlain(t, page)
			checkPlain(t, slices.Collect(func(yield func([]byte) bool) {
				for len(page) > 0 {
					k := min(len(page), 1+len(page)%97)
					if !yield(page[:k]) {
						return
					}
					page = page[k:]
				}
			})...)
			n++
		}
	}
	if n == 0 {
		t.Skip("no manuals here")
	}
}
