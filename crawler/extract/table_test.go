package extract

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// A table must find what a map finds, on one list after the other, with hashes that collide.
func TestTableFindsWhatAMapFinds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var tab table
	for round := range 300 {
		list, want := []int(nil), make(map[int]int)
		spread := 1 + r.IntN(1000)
		for range r.IntN(2000) {
			v := r.IntN(3000)
			hash := uint32(v % spread * 0x9E3779B1) // many values to a hash
			got := none
			for at, ok := tab.first(hash); ok; at, ok = tab.next(at, hash) {
				if i := tab.index(at); list[i] == v {
					got = i
					break
				}
			}
			if i, ok := want[v]; ok != (got != none) || ok && i != got {
				t.Fatalf("round %d: %d is at %d, want %d (%v)", round, v, got, i, ok)
			}
			if got == none {
				want[v] = len(list)
				list = append(list, v)
				tab.add(hash)
			}
		}
		tab.reset()
		if round == 150 {
			tab.base = 1<<31 - 5 // the numbers are soon used up
		}
	}
}

// The references of a page are those of any page before it, however the memory was used.
func TestReferencesAreKeptApartFromPageToPage(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	base := mustParse(t, here)
	refs := references{limit: MaxLinks}
	for page := range 100 {
		type kept struct{ url, rel, text string }
		var want []kept
		at := make(map[string]int)
		for range r.IntN(5000) {
			raw, text := fmt.Sprintf("/%d", r.IntN(3000)), ""
			if r.IntN(2) == 0 {
				text = fmt.Sprint("text of ", page, r.IntN(5))
			}
			if r.IntN(4) == 0 {
				raw = site + raw // another way to write it, perhaps
			}
			rel := []string{"", "nofollow"}[r.IntN(2)]
			i, n := refs.add([]byte(raw), rel)
			refs.setText(i, n, []byte(text))
			u, err := base.Resolve(raw)
			if err != nil {
				t.Fatal(err)
			}
			if i, ok := at[u.String()]; ok {
				want[i].rel = mergeRel(want[i].rel, rel)
				if want[i].text == "" {
					want[i].text = text
				}
				continue
			}
			at[u.String()] = len(want)
			want = append(want, kept{u.String(), rel, text})
		}
		list, targets := refs.resolve(base, nil, MaxResolved)
		if len(list) != len(want) || len(targets) != len(want) {
			t.Fatalf("page %d: %d references, want %d", page, len(list), len(want))
		}
		for i, k := range list {
			got := kept{targets[i].String(), k.rel, string(refs.texts[k.text.from:k.text.to])}
			if got != want[i] {
				t.Fatalf("page %d: %+v, want %+v", page, got, want[i])
			}
		}
		refs.empty()
		refs.limit = MaxLinks
	}
}
