package similar

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// turned is h with n different bits turned.
func turned(r *rand.Rand, h Hash, n int) Hash {
	for _, i := range r.Perm(64)[:n] {
		h ^= 1 << i
	}
	return h
}

// The reference looks at every text: the least distance counts, then the first added.
func TestTheNearestIsFound(t *testing.T) {
	for name, alike := range map[string]int{"unlike": 0, "clustered": 3, "all alike": 30} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			var x Index
			var hashes []Hash
			centre := Hash(r.Uint64())
			for i := range 3 * fewEntries {
				h := Hash(r.Uint64())
				switch {
				case alike == 30:
					h = turned(r, centre, r.IntN(12))
				case alike > 0 && i > 0:
					h = turned(r, hashes[r.IntN(i)], r.IntN(10))
				}
				hashes = append(hashes, h)
				x.Add(h, fmt.Sprint(i))
				if i%7 != 0 && i > 50 {
					continue
				}
				q := turned(r, hashes[r.IntN(len(hashes))], r.IntN(10))
				for _, limit := range []int{-1, 0, 3, 4, MaxDistance, 64} {
					best, want := min(limit, MaxDistance)+1, ""
					for j, o := range hashes {
						if d := Distance(q, o); d < best {
							best, want = d, fmt.Sprint(j)
						}
					}
					if got, found := x.Find(q, limit); got != want || found != (want != "") {
						t.Fatalf("of %d texts within %d: %q, %v, want %q", len(hashes), limit, got, found, want)
					}
				}
			}
		})
	}
}

func TestNoneIsNearNothing(t *testing.T) {
	var x Index
	if id, found := x.Find(7, MaxDistance); found {
		t.Errorf("the empty index finds %q", id)
	}
	x.Add(0, "none")
	if x.Len() != 0 {
		t.Error("a text without a hash was added")
	}
	x.Add(1, "one")
	if id, found := x.Find(0, MaxDistance); found {
		t.Errorf("%q is near a text without a hash", id)
	}
}

func TestTheFirstOfTheSameHashStays(t *testing.T) {
	var x Index
	for _, id := range []string{"first", "second"} {
		x.Add(5, id)
	}
	if id, _ := x.Find(5, 0); id != "first" || x.Len() != 1 {
		t.Errorf("found %q of %d", id, x.Len())
	}
}

func BenchmarkIndexFind(b *testing.B) {
	for _, kind := range []string{"unlike", "alike"} {
		r := rand.New(rand.NewPCG(1, 2))
		var x Index
		n := 1_000_000
		if kind == "alike" {
			n = 20_000
		}
		for range n {
			h := Hash(r.Uint64())
			if kind == "alike" {
				h &= 0x00FF_00FF_000F_000F // as the pages of one template: few bits differ
			}
			x.Add(h, "")
		}
		for _, limit := range []int{3, Near} {
			b.Run(fmt.Sprintf("%s within %d", kind, limit), func(b *testing.B) {
				for b.Loop() {
					x.Find(Hash(r.Uint64()), limit) // which is hardly ever there
				}
			})
		}
	}
}
