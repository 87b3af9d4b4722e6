package crawlfile

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"amble/crawler/page"
)

func TestBatchIsAllOrNothing(t *testing.T) {
	f := create(t)
	commit(t, f, Batch{
		Pages:    []*page.Page{{URL: "twice"}},
		Revealed: []Pending{{URL: "waiting", Depth: 5}, {URL: "p1", Depth: 2}, {URL: "later", Depth: 2}},
	})
	dump := func() (all []string) {
		for _, table := range []string{"meta", "seeds", "pages", "pending", "domains", "robots"} {
			all = append(all, query(t, f.Path(), "SELECT '"+table+"', * FROM "+table)...)
		}
		return all
	}
	before := dump()
	bad := Batch{
		Domains:  []string{"d.test"},
		Revealed: []Pending{{URL: "n1"}, {URL: "n2"}, {URL: "n1", Depth: -1}},
		Improved: []Pending{{URL: "waiting", Depth: 1}, {URL: "new"}},
		Robots:   []RobotsRecord{{Origin: "o"}},
		Pages:    []*page.Page{{URL: "p1"}, {URL: "new"}, {URL: "twice"}, {URL: "p2"}},
	}
	for range 2 {
		err := f.Commit(t.Context(), &bad)
		if !errors.Is(err, ErrRecorded) || !strings.Contains(err.Error(), "twice") {
			t.Fatalf("Commit of a page recorded already = %v, want ErrRecorded that names it", err)
		}
		if d := diff.Diff(before, dump()); d != "" {
			t.Fatalf("the failed batch left something (-before +after):\n%s", d)
		}
	}
	// What the failed batch would have taken or entered is as it was, in memory too.
	bad.Pages = slices.DeleteFunc(bad.Pages, func(p *page.Page) bool { return p.URL == "twice" })
	commit(t, f, bad)
	want := []Pending{{URL: "waiting", Depth: 1}, {URL: "later", Depth: 2}, {URL: "n1", Depth: -1}, {URL: "n2"}}
	if d := diff.Diff(want, pendingOf(t, f)); d != "" {
		t.Errorf("pending (-want +got):\n%s", d)
	}
}

func TestPageTakesItsPendingRow(t *testing.T) {
	f := create(t)
	commit(t, f, Batch{Revealed: []Pending{{"a", "d", 1, 2, "r"}, {"b", "", 1, 0, ""}, {"c", "", 0, 0, ""}}})
	commit(t, f, Batch{Pages: []*page.Page{{URL: "b", Depth: 1}}})
	if d := diff.Diff([]Pending{{"a", "d", 1, 2, "r"}, {"c", "", 0, 0, ""}}, pendingOf(t, f)); d != "" {
		t.Errorf("pending (-want +got):\n%s", d)
	}
}

// event is one of the things that a collector learns of a URL.
type event struct {
	kind int // 0 revealed, 1 improved, 2 recorded
	Pending
}

// TestLeastPathStaysInAnyOrder commits the same events in many orders, cut into batches anywhere, reopening now and
// then, with hashes that are sound and with hashes that collide most of the time.
func TestLeastPathStaysInAnyOrder(t *testing.T) {
	hashes := map[string]func(string) uint64{
		"sound": nil,
		"weak":  func(s string) uint64 { return uint64(s[len(s)-1]) % 3 },
		"one":   func(string) uint64 { return 7 },
	}
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(25) {
				rnd := rand.New(rand.NewPCG(seed, 1))
				var events []event
				least, recorded := make(map[string]path), make(map[string]bool)
				add := func(kind int, url string) {
					e := event{kind, Pending{url, "", rnd.IntN(3), rnd.IntN(2), string(rune('a' + rnd.IntN(3)))}}
					p := path{int64(e.Depth), int64(e.Redirects), e.Referrer}
					if old, ok := least[url]; !ok || p.compare(old) < 0 {
						least[url] = p
					}
					events = append(events, e)
				}
				for i := range 12 {
					url := fmt.Sprintf("http://%d.test/%c", i, 'a'+i)
					add(0, url)
					for range rnd.IntN(4) {
						add(1, url)
					}
					if rnd.IntN(2) == 0 {
						recorded[url] = true
						add(2, url)
					}
				}
				rnd.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })

				f := create(t)
				if hash != nil {
					f.w.q.hash = hash
				}
				for len(events) > 0 {
					n := min(1+rnd.IntN(8), len(events))
					var b Batch
					for _, e := range events[:n] {
						switch e.kind {
						case 0:
							b.Revealed = append(b.Revealed, e.Pending)
						case 1:
							b.Improved = append(b.Improved, e.Pending)
						case 2:
							b.Pages = append(b.Pages, &page.Page{URL: e.URL, Depth: e.Depth, Redirects: e.Redirects, Referrer: e.Referrer})
						}
					}
					commit(t, f, b)
					events = events[n:]
				}
				got := make(map[string]path)
				for _, p := range pagesOf(t, f) {
					if !recorded[p.URL] {
						t.Errorf("seed %d: %s is a page", seed, p.URL)
					}
					got[p.URL] = path{int64(p.Depth), int64(p.Redirects), p.Referrer}
				}
				for _, p := range pendingOf(t, f) {
					if _, ok := got[p.URL]; ok || recorded[p.URL] {
						t.Errorf("seed %d: %s is pending, and a page or twice", seed, p.URL)
					}
					got[p.URL] = path{int64(p.Depth), int64(p.Redirects), p.Referrer}
				}
				if !maps.Equal(got, least) {
					t.Fatalf("seed %d: paths\n got %v\nwant %v", seed, got, least)
				}
				pages, waiting := len(recorded), len(least)-len(recorded)
				if n := len(f.w.q.ids) + len(f.w.q.second); n != waiting {
					t.Errorf("seed %d: the queue knows %d rows, want %d (with %d pages)", seed, n, waiting, pages)
				}
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestReopenedFileKnowsWhatIsPending(t *testing.T) {
	f := create(t)
	var b Batch
	for i := range 100 {
		b.Revealed = append(b.Revealed, Pending{URL: fmt.Sprint("u", i), Depth: 3, Referrer: "r"})
	}
	commit(t, f, b)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	g, err := Open(t.Context(), f.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	// The crawl begins again at its seeds, and reveals once more what is pending.
	b.Revealed = append(b.Revealed, Pending{URL: "new", Depth: 3})
	b.Revealed[7].Depth = 2
	b.Pages = []*page.Page{{URL: "u50", Depth: 3, Referrer: "r"}}
	commit(t, g, b)
	got := pendingOf(t, g)
	if len(got) != 100 || got[7].Depth != 2 {
		t.Errorf("%d pending, want 100; the eighth has depth %d, want 2", len(got), got[7].Depth)
	}
	if !slices.IsSortedFunc(got[:99], func(a, b Pending) int {
		return cmp.Or(cmp.Compare(len(a.URL), len(b.URL)), cmp.Compare(a.URL, b.URL))
	}) {
		t.Error("the order of discovery is lost")
	}
}
