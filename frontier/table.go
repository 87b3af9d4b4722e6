package frontier

import (
	"math/bits"

	"amble/frontier/canon"
)

// table is a set of URLs by fingerprint, each with what is known of it: open addressing over an index of four bytes a slot, which
// points into rows that never move. A URL costs 28 bytes and its part of the index, 36 to 45 bytes in all; a map of the same
// took 50 to 80. Of a fingerprint 104 bits are kept, the shard's included: among ten million URLs the chance that any two are taken
// for one is below 10⁻¹⁷.
//
// An index of N slots may point to 2²⁴ rows, so 256 tables hold four thousand million URLs.
type table struct {
	index []uint32 // 1 + the row's number in the low bits, a part of the fingerprint in the high ones; 0 is free
	rows  [][]row  // in chunks, see chunkOf
	n     int
}

const (
	rowsPerChunk = 256
	firstRows    = 16 // rows of the first chunk
	smallChunks  = 5  // that hold the first rowsPerChunk rows together
	rowBits      = 24
	rowMask      = 1<<rowBits - 1
)

// row is an entry with the fingerprint that it is found by.
type row struct {
	key       [3]uint32
	depth     int32
	referrer  uint32
	record    uint32
	redirects uint16
	state     state
	sealed    bool
}

func rowKey(k canon.Key) [3]uint32 { return [3]uint32{uint32(k[0]), uint32(k[1] >> 32), uint32(k[1])} }

// find is the row of a key; nil if there is none. It stays where it is.
func (t *table) find(k canon.Key) *row {
	if len(t.index) == 0 {
		return nil
	}
	key := rowKey(k)
	for i := t.slot(key); ; i = (i + 1) & (len(t.index) - 1) {
		switch x := t.index[i]; {
		case x == 0:
			return nil
		case x&^rowMask == tag(key):
			if r := t.row(x&rowMask - 1); r.key == key {
				return r
			}
		}
	}
}

// insert adds a row for a key that is not there.
func (t *table) insert(k canon.Key) *row {
	if 4*(t.n+1) > 3*len(t.index) {
		t.grow()
	}
	if t.n == rowMask {
		panic("frontier: more URLs than a visited set can hold")
	}
	if chunk, _ := chunkOf(uint32(t.n)); chunk == len(t.rows) {
		t.rows = append(t.rows, make([]row, min(max(t.n, firstRows), rowsPerChunk)))
	}
	t.n++
	r := t.row(uint32(t.n - 1))
	r.key = rowKey(k)
	t.enter(uint32(t.n), r.key)
	return r
}

// grow doubles the index. The rows stay.
func (t *table) grow() {
	t.index = make([]uint32, max(16, 2*len(t.index)))
	for n := range uint32(t.n) {
		t.enter(n+1, t.row(n).key)
	}
}

func (t *table) enter(x uint32, key [3]uint32) {
	i := t.slot(key)
	for t.index[i] != 0 {
		i = (i + 1) & (len(t.index) - 1)
	}
	t.index[i] = tag(key) | x
}

func (t *table) row(n uint32) *row {
	chunk, at := chunkOf(n)
	return &t.rows[chunk][at]
}

// chunkOf is where a row is: the first chunks hold 16, 16, 32, 64 and 128 rows, so that 256 tables of a small crawl take little, all others rowsPerChunk.
func chunkOf(n uint32) (chunk int, at uint32) {
	switch {
	case n >= rowsPerChunk:
		return smallChunks - 1 + int(n/rowsPerChunk), n % rowsPerChunk
	case n < firstRows:
		return 0, n
	}
	chunk = bits.Len32(n / firstRows)
	return chunk, n - firstRows/2<<chunk
}

func (t *table) slot(key [3]uint32) int { return int(key[0]) & (len(t.index) - 1) }

// tag is what the index keeps of a fingerprint, so that most other rows on the way need not be looked at.
func tag(key [3]uint32) uint32 { return key[1] &^ rowMask }
