package crawlfile

import (
	"cmp"
	"errors"
	"fmt"
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
		for _, table := range []string{"meta", "seeds", "pages", "pending", "domains", "robots", "backlog"} {
			all = append(all, query(t, f.Path(), "SELECT '"+table+"', * FROM "+table)...)
		}
		return all
	}
	before := dump()
	bad := Batch{
		Domains:  []string{"d.test"},
		Taken:    []int64{2},
		Revealed: []Pending{{Row: 11, URL: "n1"}, {Row: 12, URL: "n2"}},
		Improved: []Pending{{Row: 1, Depth: 1}},
		Outdated: []string{"p1"},
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
	want := []Pending{{Row: 1, URL: "waiting", Depth: 1}, {Row: 3, URL: "later", Depth: 2}, {Row: 11, URL: "n1"}, {Row: 12, URL: "n2"}}
	if d := diff.Diff(want, pendingOf(t, f)); d != "" {
		t.Errorf("pending (-want +got):\n%s", d)
	}
}

func TestPagesTakeTheRowsWhereTheyWaited(t *testing.T) {
	f := create(t)
	commit(t, f, Batch{Revealed: []Pending{{1, "a", "d", "h", 1, 2, "r", 7}, {2, "b", "", "", 1, 0, "", 0}, {URL: "c"}}})
	commit(t, f, Batch{Pages: []*page.Page{{URL: "b", Depth: 1}}, Taken: []int64{2}})
	if d := diff.Diff([]Pending{{1, "a", "d", "h", 1, 2, "r", 7}, {3, "c", "", "", 0, 0, "", 0}}, pendingOf(t, f)); d != "" {
		t.Errorf("pending (-want +got):\n%s", d)
	}
}

// TestLeastPathStays: of the paths that come to be known of a page or of a URL that waits the least one is kept, in whatever order
// they come.
func TestLeastPathStays(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		f := create(t)
		first := Pending{URL: "waiting", Depth: 3}
		commit(t, f, Batch{Revealed: []Pending{first}, Pages: []*page.Page{{URL: "page", Depth: 3}}})
		least := first
		for range 12 {
			p := Pending{URL: "page", Depth: rnd.IntN(4), Redirects: rnd.IntN(2), Referrer: string(rune('a' + rnd.IntN(3)))}
			if cmp.Or(cmp.Compare(p.Depth, least.Depth), cmp.Compare(p.Redirects, least.Redirects), cmp.Compare(p.Referrer, least.Referrer)) < 0 {
				least = p
			}
			waiting := p
			waiting.Row = 1
			commit(t, f, Batch{Improved: []Pending{p, waiting}})
		}
		p, w := pagesOf(t, f)[0], pendingOf(t, f)[0]
		if p.Depth != least.Depth || p.Redirects != least.Redirects || p.Referrer != least.Referrer {
			t.Errorf("seed %d: page %+v, want the path of %+v", seed, p, least)
		}
		if w.Depth != least.Depth || w.Redirects != least.Redirects || w.Referrer != least.Referrer {
			t.Errorf("seed %d: pending %+v, want the path of %+v", seed, w, least)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReopenedFileKnowsWhereTheNextURLWaits(t *testing.T) {
	f := create(t)
	commit(t, f, Batch{Revealed: []Pending{{Row: 70, URL: "a"}}})
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	g, err := Open(t.Context(), f.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if n := g.NextRow(); n != 71 {
		t.Errorf("NextRow %d, want 71", n)
	}
}

// TestBacklogIsWhatIsLeftToBeTakenInAgain: pages become outdated one by one, by depth, or all that were recorded before the scope
// grew; and are replayed.
func TestBacklogIsWhatIsLeftToBeTakenInAgain(t *testing.T) {
	f := create(t)
	backlog := func() string {
		var all []string
		for after := int64(0); ; {
			urls, last, err := f.Backlog(t.Context(), after, 2)
			if err != nil {
				t.Fatal(err)
			}
			if all = append(all, urls...); last == 0 {
				return strings.Join(all, " ")
			}
			after = last
		}
	}
	reach := func(from int, want bool) {
		t.Helper()
		if got, err := f.SetReach(t.Context(), []byte("{}"), nil, from); err != nil || got != want {
			t.Errorf("SetReach(%d) = %v, %v; want %v", from, got, err, want)
		}
	}
	reach(-1, false)
	commit(t, f, Batch{Pages: []*page.Page{{URL: "a"}, {URL: "b", Depth: 1}, {URL: "c", Depth: 2}}, Outdated: []string{"b"}})
	if got := backlog(); got != "b" {
		t.Errorf("outdated: backlog %q, want b", got)
	}
	commit(t, f, Batch{Replayed: []string{"b", "c"}})
	reach(-1, false)
	reach(1, true)
	if got := backlog(); got != "b c" {
		t.Errorf("from depth 1: backlog %q, want b c", got)
	}
	commit(t, f, Batch{Replayed: []string{"b", "c"}})
	commit(t, f, Batch{Grown: true, Pages: []*page.Page{{URL: "d", Depth: 1}}})
	if got := backlog(); got != "" {
		t.Errorf("grown, but not taken up: backlog %q", got)
	}
	reach(-1, true)
	if got := backlog(); got != "a b c" {
		t.Errorf("grown before d: backlog %q, want a b c", got)
	}
	commit(t, f, Batch{Replayed: []string{"a", "b", "c"}})
	commit(t, f, Batch{Grown: true})
	commit(t, f, Batch{Settled: true})
	reach(-1, false)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	g, err := Open(t.Context(), f.Path())
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); string(g.Info().Reach) != "{}" || err != nil {
		t.Errorf("Reach %q, %v", g.Info().Reach, err)
	}
}

// TestKnownIsAll: what is handed over in parts, by several readers, is every page and every URL that waits, once.
func TestKnownIsAll(t *testing.T) {
	f := create(t)
	b := Batch{Domains: []string{"a.test"}}
	for i := range 3 * knownRows {
		u := fmt.Sprintf("http://a.test/%d", i)
		if i%3 == 0 {
			p := &page.Page{URL: u, Depth: i % 2, Redirect: "http://a.test/r", Referrer: "http://a.test/"}
			if i%2 == 0 {
				p.Err = &page.Error{Class: page.Trap}
			}
			b.Pages = append(b.Pages, p)
		} else {
			b.Revealed = append(b.Revealed, Pending{URL: u, Domain: "a.test", Depth: i % 5, Redirects: 1})
		}
	}
	commit(t, f, b)
	seen := make(map[string]Known)
	take := func(all []Known) bool {
		for _, k := range all {
			if _, twice := seen[k.URL]; twice {
				t.Errorf("%s twice", k.URL)
			}
			seen[k.URL] = k
		}
		return true
	}
	same := func(k Known) (Known, error) { return k, nil }
	span, err := f.KnownSpan(t.Context())
	if err != nil || !span.Pages() {
		t.Fatalf("there are pages: %t, %v", span.Pages(), err)
	}
	commit(t, f, Batch{Revealed: []Pending{{URL: "http://a.test/later", Domain: "a.test"}}}) // is none of the span
	if err := errors.Join(KnownPages(t.Context(), f, span, same, take), KnownPending(t.Context(), f, span, same, take)); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 3*knownRows {
		t.Errorf("%d known, want %d", len(seen), 3*knownRows)
	}
	for url, want := range map[string]Known{
		"http://a.test/0": {URL: "http://a.test/0", Domain: "a.test", Referrer: "http://a.test/", Trap: true},
		"http://a.test/3": {URL: "http://a.test/3", Domain: "a.test", Depth: 1, Referrer: "http://a.test/"},
		"http://a.test/4": {URL: "http://a.test/4", Domain: "a.test", Row: 3, Depth: 4, Redirects: 1},
	} {
		if d := diff.Diff(want, seen[url]); d != "" {
			t.Errorf("%s (-want +got):\n%s", url, d)
		}
	}
	for url, want := range map[string]string{"http://a.test/0": "http://a.test/r", "http://a.test/3": "http://a.test/r", "http://a.test/4": "", "http://b.test/": ""} {
		if to, err := f.RedirectOf(t.Context(), url); err != nil || to != want {
			t.Errorf("%s redirects to %q (%v), want %q", url, to, err, want)
		}
	}
	batches := 0
	if err := KnownPages(t.Context(), f, span, same, func([]Known) bool { batches++; return false }); err != nil || batches != 1 {
		t.Errorf("%d batches after no more was wanted, %v", batches-1, err)
	}
	broken := errors.New("broken")
	if err := KnownPages(t.Context(), f, span, func(Known) (Known, error) { return Known{}, broken }, take); !errors.Is(err, broken) {
		t.Errorf("the error is %v, want %v", err, broken)
	}
}
