package crawlfile

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amble/crawler/page"
)

// TestSitemapsInAnyOrder: what is kept of a URL that several sitemaps list does not depend on which came first, nor on whether the
// page did.
func TestSitemapsInAnyOrder(t *testing.T) {
	lists := []Listed{
		{URL: "u", Sitemap: "b", LastMod: created.Add(time.Hour)}, {URL: "u", Sitemap: "a"}, {URL: "u", Sitemap: "a", LastMod: created},
		{URL: "u", Sitemap: "a", LastMod: created.Add(-time.Hour)}, {URL: "u", Sitemap: "c"},
	}
	want := Listed{URL: "u", Sitemap: "a", LastMod: created}
	for seed := range uint64(10) {
		f := create(t)
		r := rand.New(rand.NewPCG(seed, 1))
		recorded := r.IntN(len(lists))
		for i, n := range r.Perm(len(lists)) {
			if i == recorded {
				commit(t, f, Batch{Pages: []*page.Page{{URL: "u"}}})
			}
			commit(t, f, Batch{Listed: lists[n : n+1]})
		}
		if got, ok, err := f.Listed(t.Context(), "u"); got != want || !ok || err != nil {
			t.Fatalf("seed %d: Listed = %+v, %v, %v; want %+v", seed, got, ok, err, want)
		}
		p, ok, err := f.Page(t.Context(), "u")
		if err != nil || !ok || p.Sitemap != "a" || !p.LastMod.Equal(created) {
			t.Fatalf("seed %d: page %+v, %v, %v", seed, p, ok, err)
		}
	}
	f := create(t)
	if got, ok, err := f.Listed(t.Context(), "u"); ok || err != nil {
		t.Errorf("Listed of nothing = %+v, %v, %v", got, ok, err)
	}
	if p, ok, err := f.Page(t.Context(), "u"); ok || p != nil || err != nil {
		t.Errorf("Page of nothing = %+v, %v, %v", p, ok, err)
	}
}

func TestLeadingTo(t *testing.T) {
	const u = `http://a.test/?q=a\b` // a backslash is escaped in JSON
	f := create(t)
	to := page.Link{URL: u, Rel: "nofollow", Text: "T"}
	commit(t, f, Batch{Pages: []*page.Page{
		{URL: "text", Links: []page.Link{{URL: "x", Text: `{"url":"` + u + `"`}}},
		{URL: "longer", Links: []page.Link{{URL: u + "c"}}},
		{URL: "z", Depth: 1, Robots: "nofollow", Links: []page.Link{{URL: "x"}, to, {URL: "y"}, {URL: u}}},
		{URL: "b", Depth: 2, Redirects: 3, Redirect: u},
		{URL: "a", Depth: 2, DuplicateOf: u},
		{URL: u, Links: []page.Link{to}},
	}})
	want := []Referring{
		{URL: "z", Depth: 1, Robots: "nofollow", Links: []page.Link{to, {URL: u}}},
		{URL: "a", Depth: 2, DuplicateOf: u},
		{URL: "b", Depth: 2, Redirects: 3, Redirect: true},
	}
	for _, limit := range []int{3, 2} {
		got, total, err := f.LeadingTo(t.Context(), u, limit)
		if diff := cmp.Diff(want[:limit], got); diff != "" || total != 3 || err != nil {
			t.Errorf("limit %d: %d in all, %v (-want +got):\n%s", limit, total, err, diff)
		}
	}
	if got, total, err := f.LeadingTo(t.Context(), "nowhere", 9); len(got) != 0 || total != 0 || err != nil {
		t.Errorf("leading nowhere: %v, %d, %v", got, total, err)
	}
}

func TestKnows(t *testing.T) {
	f := create(t)
	commit(t, f, Batch{
		Pages:    []*page.Page{{URL: "http://a.test/P"}, {URL: "http://a.test/p/"}, {URL: "http://a.test/p?x=1"}, {URL: "http://a.test/pq"}, {URL: "http://a.test/p@"}},
		Revealed: []Pending{{URL: "http://a.test/p?y=2"}},
		Listed:   []Listed{{URL: "https://a.test/p", Sitemap: "s"}},
	})
	got, err := f.Knows(t.Context(), "http://a.test/p", "https://a.test/p", "http://a.test/p/", "http://b.test/")
	want := []string{"https://a.test/p", "http://a.test/p/", "http://a.test/P", "http://a.test/p?x=1", "http://a.test/p?y=2"}
	if !slices.Equal(got, want) || err != nil {
		t.Errorf("Knows = %q, %v; want %q", got, err, want)
	}
	if got, err := f.Knows(t.Context()); len(got) != 0 || err != nil {
		t.Errorf("Knows of nothing = %q, %v", got, err)
	}
}

func TestRedirectsAtRoot(t *testing.T) {
	f := create(t)
	commit(t, f, Batch{Pages: []*page.Page{
		{URL: "b", Redirects: 1, Redirect: "c"}, {URL: "z", Redirect: "b"}, {URL: "c", Redirects: 2}, {URL: "d", Depth: 1, Redirect: "e"},
	}})
	want := [][2]string{{"z", "b"}, {"b", "c"}}
	for fewer := range 4 {
		got, err := f.RedirectsAtRoot(t.Context(), fewer)
		if n := min(fewer, 2); !slices.Equal(got, want[:n]) || err != nil {
			t.Errorf("RedirectsAtRoot(%d) = %v, %v; want %v", fewer, got, err, want[:n])
		}
	}
}
