package frontier

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// Domains come, move and go at random; the first in the heap is always one that no other is due before, and each knows where it is.
func TestDueHeapGivesTheFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	begun := time.Unix(1e9, 0)
	for range 200 {
		h := dueHeap{begun: begun}
		var in, out []*domain
		for range 60 {
			out = append(out, &domain{index: -1})
		}
		for range 400 {
			switch n := r.IntN(4); {
			case n == 0 && len(in) > 0:
				i := r.IntN(len(in))
				h.remove(in[i])
				out, in = append(out, in[i]), slices.Delete(in, i, i+1)
			case n == 1 && len(in) > 0:
				d := in[r.IntN(len(in))]
				d.due = begun.Add(time.Duration(r.IntN(30)-5) * time.Second)
				h.place(d)
			case len(out) > 0:
				i := r.IntN(len(out))
				d := out[i]
				if d.due = begun.Add(time.Duration(r.IntN(30)-5) * time.Second); r.IntN(5) == 0 {
					d.due = time.Time{} // one that has never been asked
				}
				h.place(d)
				in, out = append(in, d), slices.Delete(out, i, i+1)
			}
			if h.len() != len(in) {
				t.Fatalf("%d domains in the heap, want %d", h.len(), len(in))
			}
			for i, e := range h.entries {
				if e.d.index != i || e.at != e.d.due.Sub(begun) {
					t.Fatalf("entry %d: its domain thinks that it is at %d; at %v, want %v", i, e.d.index, e.at, e.d.due.Sub(begun))
				}
				if e.d.due.Before(h.first().due) {
					t.Fatal("the first is not the first")
				}
			}
		}
		for _, d := range out {
			if d.index != -1 {
				t.Fatal("a domain that is not in the heap has a place there")
			}
		}
		last := time.Duration(-1 << 63)
		for h.len() > 0 {
			at := h.entries[0].at
			if at < last {
				t.Fatal("out of order")
			}
			last = at
			h.remove(h.first())
		}
	}
}
