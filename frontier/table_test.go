package frontier

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"amble/frontier/canon"
)

// TestTableAgainstMap: whatever is inserted is found, and nothing else, through many growths, and rows stay where they are. Half of
// the keys agree in what the index goes by.
func TestTableAgainstMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var tab table
	want := make(map[canon.Key]int32)
	rows := make(map[canon.Key]*row)
	key := func() canon.Key {
		k := canon.Key{r.Uint64(), r.Uint64()}
		if r.IntN(2) == 0 {
			k[0] = k[0]&^0xffffffff | uint64(r.IntN(8))
		}
		return k
	}
	for i := range int32(20_000) {
		k := key()
		if _, ok := want[k]; ok {
			continue
		}
		if tab.find(k) != nil {
			t.Fatalf("%x is found before it was inserted", k)
		}
		rows[k] = tab.insert(k)
		rows[k].depth = i
		want[k] = i
	}
	for k, depth := range want {
		if x := tab.find(k); x == nil || x != rows[k] || x.depth != depth {
			t.Fatalf("%x: row %v, want the one of depth %d", k, x, depth)
		}
	}
	for range 20_000 {
		if k := key(); tab.find(k) != nil {
			if _, ok := want[k]; !ok {
				t.Fatalf("%x is found and was never inserted", k)
			}
		}
	}
	if perURL := float64(len(tab.index)*4+len(tab.rows)*rowsPerChunk*28) / float64(tab.n); perURL > 46 {
		t.Errorf("%.1f bytes a URL", perURL)
	}
}

// FuzzTable inserts and looks up keys made of the input, few enough to come again and to collide.
func FuzzTable(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8})
	f.Add(make([]byte, 300))
	f.Fuzz(func(t *testing.T, data []byte) {
		var tab table
		want := make(map[[3]uint32]bool)
		for ; len(data) >= 2; data = data[2:] {
			n := binary.LittleEndian.Uint16(data)
			k := canon.Key{uint64(n & 7), uint64(n) << 32}
			if found := tab.find(k) != nil; found != want[rowKey(k)] {
				t.Fatalf("%x: found %v", k, found)
			} else if !found {
				tab.insert(k)
				want[rowKey(k)] = true
			}
		}
		if tab.n != len(want) {
			t.Errorf("%d rows, want %d", tab.n, len(want))
		}
	})
}
