package diff_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/crawlfile"
	"amble/crawler/diff"
	"amble/crawler/page"
)

// TestAnUnchangedSiteDiffersInNothing: two crawls of each bundled site, with one worker and with many.
func TestAnUnchangedSiteDiffersInNothing(t *testing.T) {
	for _, site := range crawlertest.Sites() {
		if slices.Contains([]string{"bombs", "drip", "hugepage"}, site.Name) {
			continue // these are about bodies, and take long
		}
		t.Run(site.Name, func(t *testing.T) {
			depth := 3
			if site.Name == "maze" {
				depth = 1
			}
			old, new := filepath.Join(t.TempDir(), "old.db"), filepath.Join(t.TempDir(), "new.db")
			for name, workers := range map[string]int{old: 1, new: 64} {
				synctest.Test(t, func(t *testing.T) {
					c, err := crawler.New(crawler.Config{MaxDepth: depth, Rate: crawler.Unlimited, File: name, Workers: workers, PerHost: workers, Timeout: 2 * time.Second,
						Check: crawler.Checks{External: true, Assets: true, Fragments: true}, Transport: crawlertest.NewTransport(site)})
					if err != nil {
						t.Fatal(err)
					}
					if _, err := c.Run(context.Background(), site.Seeds...); err != nil {
						t.Fatal(err)
					}
				})
			}
			got, sum := told(t, open(t, old, new, diff.Options{}))
			if len(got) > 0 || sum.Same == 0 || sum.UnknownBroken+sum.UnknownMended > 0 {
				t.Errorf("%d are the same, and there are differences: %s\n%+v", sum.Same, strings.Join(got, "\n"), sum)
			}
		})
	}
}

// TestTheOtherWayRound: what is new from one crawl to the other is gone from the other to the one, and so on, of random crawls.
func TestTheOtherWayRound(t *testing.T) {
	opposite := map[diff.Kind]diff.Kind{
		diff.New: diff.Gone, diff.Gone: diff.New, diff.Changed: diff.Changed, diff.Broken: diff.Mended, diff.Mended: diff.Broken, diff.Unreached: diff.Unseen, diff.Unseen: diff.Unreached,
	}
	found := make(map[string]int)
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		a, b := randomCrawl(r).file(t), randomCrawl(r).file(t)
		there, back := make(map[string]bool), make(map[string]bool)
		for which, set := range []map[string]bool{there, back} {
			old, new := a, b
			if which == 1 {
				old, new = b, a
			}
			for d, err := range open(t, old, new, diff.Options{}).Differences(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				kind := d.Kind
				if which == 1 {
					kind = opposite[kind]
				}
				line := fmt.Sprintf("%s %s %d", kind, d.URL, len(d.Fields))
				if d.Link != nil {
					line += d.Link.From + string(d.Link.Other)
				}
				if d.Kind == diff.Unreached || d.Kind == diff.Unseen {
					line += d.Why + d.Via
				}
				found[string(kind)+d.Why]++
				set[line] = true
			}
		}
		if d := cmp.Diff(there, back); d != "" {
			t.Fatalf("seed %d (-there +back)\n%s", seed, d)
		}
	}
	for _, k := range []string{"new", "changed", "broken", "mended", "gonemissing", "goneunlinked", "unreachedcut", "unreachedlinked", "unseenlinked", "unseencut", "unreachedfailed", "unseenfailed"} {
		if found[k] == 0 {
			t.Errorf("no random crawl shows %q: %v", k, found)
		}
	}
}

// randomCrawl has pages with a content each of its own, so that none moves.
func randomCrawl(r *rand.Rand) crawl {
	c := of(ok("/", "home"))
	if r.IntN(4) == 0 {
		c.state = crawlfile.Limited
	}
	path := func() string { return fmt.Sprintf("/%d", r.IntN(12)) }
	for i := range 12 {
		p := fmt.Sprintf("/%d", i)
		var made *page.Page
		switch r.IntN(8) {
		case 0, 1:
			continue
		case 2:
			made = fails(p, 404, page.Client)
		case 3:
			made = fails(p, 503, page.Server)
		case 4:
			made = fails(p, 0, page.Robots)
		default:
			made = ok(p, fmt.Sprintf("%s %d", p, r.IntN(3)))
			for range r.IntN(4) {
				made.Links = append(made.Links, page.Link{URL: at(path())})
			}
			made.SHA256 += fmt.Sprint(made.Links)
		}
		if r.IntN(2) == 0 {
			made.Referrer = at(path())
		}
		c.pages = append(c.pages, made)
	}
	return c
}

// TestAGivenUpIteratorLetsGo: it may be left in the middle, and begun again.
func TestAGivenUpIteratorLetsGo(t *testing.T) {
	old, new := everyKind("x")
	c := open(t, old.file(t), new.file(t), diff.Options{})
	for range 3 {
		for _, err := range c.Differences(t.Context(), diff.Changed, diff.Mended) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	all, _ := told(t, c)
	if len(all) != 12 {
		t.Errorf("%d differences: %q", len(all), all)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Summary(ctx); err == nil {
		t.Error("a cancelled comparison says nothing")
	}
}

// TestARunningCrawl can be compared while it is written, as it was when it was opened.
func TestARunningCrawl(t *testing.T) {
	old := of(ok("/", "home", "/a"), ok("/a", "a")).file(t)
	name := filepath.Join(t.TempDir(), "new.db")
	f, err := crawlfile.Create(t.Context(), name, crawlfile.Info{Seeds: []string{at("/")}, Created: began, Reading: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	commit := func(pages ...*page.Page) {
		t.Helper()
		if err := f.Commit(t.Context(), &crawlfile.Batch{Pages: pages}); err != nil {
			t.Fatal(err)
		}
	}
	commit(with(ok("/", "home", "/a"), func(p *page.Page) { p.Referrer = "" }))
	c := open(t, old, name, diff.Options{})
	commit(ok("/a", "another"))
	got, _ := told(t, c)
	if d := cmp.Diff([]string{"unreached /a: cut"}, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if n := c.Notes(); len(n) != 1 || !strings.Contains(n[0], "is being written") {
		t.Errorf("notes %q", n)
	}
}
