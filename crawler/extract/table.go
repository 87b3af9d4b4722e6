package extract

import "hash/maphash"

// A table finds the elements of a list by the hashes of what they stand for; whether they are the same is for the caller to see. Elements are added in
// the order of their indexes. The zero value is an empty table. Unlike a map it keeps its memory from page to page without touching it.
type table struct {
	slots []slot // a power of two of them, at most half of them taken
	n     int    // elements
	base  uint32 // the numbers of elements are greater; those of earlier lists are not
}

// A slot has the hash of an element and its number: base, its index and 1.
type slot struct{ hash, number uint32 }

// seed is secret: who knew it could write links whose hashes collide.
var seed = maphash.MakeSeed()

func hashOf(b []byte) uint32 { return uint32(maphash.Bytes(seed, b) >> 32) }

// reset takes all elements out.
func (t *table) reset() {
	t.base += uint32(t.n)
	t.n = 0
	if t.base > 1<<31 {
		clear(t.slots)
		t.base = 0
	}
}

// first is the first slot of an element with the hash, and next the one behind at; false if there is no more.
func (t *table) first(hash uint32) (at int, ok bool) {
	if t.n == 0 {
		return 0, false
	}
	return t.next(int(hash)-1, hash)
}

func (t *table) next(at int, hash uint32) (int, bool) {
	mask := len(t.slots) - 1
	for {
		at = (at + 1) & mask
		switch s := t.slots[at]; {
		case s.number <= t.base:
			return 0, false
		case s.hash == hash:
			return at, true
		}
	}
}

// index is that of the element in a slot.
func (t *table) index(at int) int { return int(t.slots[at].number - t.base - 1) }

// add adds the next element.
func (t *table) add(hash uint32) {
	if 2*t.n >= len(t.slots) {
		old := t.slots
		t.slots = make([]slot, max(64, 2*len(old)))
		for _, s := range old {
			if s.number > t.base {
				t.put(s)
			}
		}
	}
	t.n++
	t.put(slot{hash, t.base + uint32(t.n)})
}

func (t *table) put(s slot) {
	at := int(s.hash) & (len(t.slots) - 1)
	for t.slots[at].number > t.base {
		at = (at + 1) & (len(t.slots) - 1)
	}
	t.slots[at] = s
}
