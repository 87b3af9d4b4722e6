package similar

import "math/bits"

// MaxDistance is the greatest distance at which an Index finds.
const MaxDistance = 7

const (
	bands    = 4
	bandBits = 16
	// fewEntries are looked at one by one faster than by way of the bands.
	fewEntries = 1000
	// chased is what following a chain to an entry costs, in entries looked at in a row.
	chased = 8
)

// An Index finds the text nearest to another among all that were added. The zero value is empty and ready for use. It is
// not safe for concurrent use.
//
// A hash is cut into 4 bands of 16 bits. Two hashes within 3 bits agree in at least one band, and within 7 bits differ
// in at least one band by one bit at most: only entries with such a band are looked at. In a million entries that are
// not alike this is 60 entries, or 1,000 beyond a distance of 3. Where most are alike, as in a site of one template,
// all entries are looked at in a row: Find never takes longer than some two nanoseconds for each.
//
// An entry takes 40 bytes and its id, once for each different hash, and the index itself 1 MiB.
type Index struct {
	hashes []Hash
	ids    []string
	// first and next chain the entries with the same band, as positions counted from 1; 0 ends a chain.
	first *[bands][1 << bandBits]uint32
	next  [][bands]uint32
}

// Add adds the text with hash h, to be known as id. A text whose hash is there already changes nothing, nor does one without a hash.
func (x *Index) Add(h Hash, id string) {
	if h == 0 || x.nearest(h, 0) >= 0 {
		return
	}
	if x.first == nil {
		x.first = new([bands][1 << bandBits]uint32)
	}
	var next [bands]uint32
	for b := range bands {
		head := &x.first[b][h.band(b)]
		next[b], *head = *head, uint32(len(x.hashes)+1)
	}
	x.hashes, x.ids, x.next = append(x.hashes, h), append(x.ids, id), append(x.next, next)
}

// Find gives the id of the text nearest to one with hash h, of several as near the one that was added first, and whether
// there is one at a distance of at most limit. A limit beyond MaxDistance counts as MaxDistance. To none, nothing is near.
func (x *Index) Find(h Hash, limit int) (id string, found bool) {
	if h == 0 {
		return "", false
	}
	i := x.nearest(h, min(limit, MaxDistance))
	if i < 0 {
		return "", false
	}
	return x.ids[i], true
}

// Len is the number of different hashes that were added.
func (x *Index) Len() int { return len(x.hashes) }

// nearest is the position of the entry nearest to h within limit, -1 if there is none.
func (x *Index) nearest(h Hash, limit int) int {
	if len(x.hashes) <= fewEntries {
		return x.scan(h, limit)
	}
	best, at := limit+1, -1
	left := len(x.hashes) / chased
	for b := range bands {
		band := h.band(b)
		// The band itself, then with each of its bits turned.
		for flip := uint32(1) << bandBits; flip > 0; flip >>= 1 {
			key := (band ^ flip) & (1<<bandBits - 1)
			for i := x.first[b][key]; i != 0; i = x.next[i-1][b] {
				if left--; left < 0 {
					return x.scan(h, limit)
				}
				e := int(i - 1)
				if d := Distance(h, x.hashes[e]); d < best || d == best && at > e {
					best, at = d, e
				}
			}
			if limit < bands {
				break
			}
		}
		if best == 0 {
			break
		}
	}
	return at
}

// scan is nearest, by looking at every entry.
func (x *Index) scan(h Hash, limit int) int {
	best, at := limit+1, -1
	for i, e := range x.hashes {
		if d := bits.OnesCount64(uint64(h ^ e)); d < best {
			best, at = d, i
		}
	}
	return at
}

func (h Hash) band(b int) uint32 { return uint32(h>>(b*bandBits)) & (1<<bandBits - 1) }
