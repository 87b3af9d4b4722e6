package frontier

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"amble/frontier/canon"
)

// agree does with a table and with a map what the bytes say, and compares them. Keys are few and alike, so that slots and tags collide.
func agree(t *testing.T, ops []byte) {
	t.Helper()
	var tab table
	want := make(map[[3]uint32]uint32)
	rows := make(map[[3]uint32]*row)
	for n := uint32(1); len(ops) >= 4; n++ {
		x := binary.LittleEndian.Uint32(ops)
		ops = ops[4:]
		// A key in which what chooses the slot, what is the tag and what is neither vary apart.
		k := canon.Key{uint64(x & 0xff), uint64(x>>8&0xff)<<56 | uint64(x>>16&0xf)<<32 | uint64(x>>20&0x3)}
		r := tab.find(k)
		if _, there := want[rowKey(k)]; there != (r != nil) {
			t.Fatalf("operation %d: key %x is there: %v, want %v", n, k, r != nil, there)
		}
		if r == nil {
			r = tab.insert(k)
			rows[rowKey(k)] = r
		}
		if r != rows[rowKey(k)] || r.record != want[rowKey(k)] || r.key != rowKey(k) {
			t.Fatalf("operation %d: key %x has row %+v, want record %d", n, k, *r, want[rowKey(k)])
		}
		r.record, want[rowKey(k)] = n, n
	}
	if tab.n != len(want) {
		t.Fatalf("%d rows, want %d", tab.n, len(want))
	}
	for k, record := range want {
		r := tab.find(canon.Key{uint64(k[0]), uint64(k[1])<<32 | uint64(k[2])})
		if r == nil || r != rows[k] || r.record != record {
			t.Fatalf("key %x has row %v, want record %d", k, r, record)
		}
	}
	if len(tab.index)&(len(tab.index)-1) != 0 || len(want) > 0 && 4*tab.n > 3*len(tab.index) {
		t.Fatalf("%d rows in an index of %d", tab.n, len(tab.index))
	}
}

// TestTableIsAMap of what was entered, however often it grew.
func TestTableIsAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 31))
	for _, n := range []int{0, 1, 11, 12, 13, 100, 1000, 5000} {
		ops := make([]byte, 4*n)
		for i := range ops {
			ops[i] = byte(r.Uint32())
		}
		agree(t, ops)
	}
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("0000111122220000"))
	f.Add(make([]byte, 400))
	f.Fuzz(agree)
}

// Each row has a place of its own, in order, and the chunks are as large as insert makes them.
func TestRowsFillTheirChunks(t *testing.T) {
	chunk, next := 0, uint32(0)
	sizes := []uint32{16, 16, 32, 64, 128, 256, 256, 256}
	for n := range uint32(1024) {
		if next == sizes[chunk] {
			chunk, next = chunk+1, 0
		}
		if c, at := chunkOf(n); c != chunk || at != next {
			t.Fatalf("row %d is row %d of chunk %d, want %d of %d", n, at, c, next, chunk)
		}
		next++
	}
}
