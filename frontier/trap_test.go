package frontier

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"amble/frontier/canon"
)

// starOf is a web of one page at a.test that links to all the URLs.
func starOf(links ...string) *web {
	return &web{seeds: []string{"http://a.test/"}, pages: map[string]answer{"http://a.test/": {links: links}}}
}

// urls are n URLs made by a format with a number.
func urls(n int, format string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return all
}

func TestURLsThatLookEndlessAreHeldBack(t *testing.T) {
	sid := strings.Repeat("0a1b2c3d", 3)
	for _, c := range []struct {
		name   string
		limits Limits
		links  []string
		held   []string // all of these
		flag   string
	}{
		{"long URLs", Limits{URLLength: 30},
			[]string{"http://a.test/" + strings.Repeat("x", 16), "http://a.test/" + strings.Repeat("x", 17)},
			[]string{"http://a.test/" + strings.Repeat("x", 17)}, "--max-url-length"},
		{"deep paths", Limits{PathDepth: 3}, []string{"http://a.test/1/2/3", "http://a.test/1/2/3/", "http://a.test/1/2/3/4"},
			[]string{"http://a.test/1/2/3/4"}, "--max-path-depth"},
		{"repeating paths", Limits{PathRepeats: 2}, []string{"http://a.test/b/c/b/c/x", "http://a.test/b/c/b/c/b/c", "http://a.test/b/b/b"},
			[]string{"http://a.test/b/b/b", "http://a.test/b/c/b/c/b/c"}, "--max-path-repeats"},
		{"calendars", Limits{YearsAhead: 10}, []string{"http://a.test/cal/2036/12/", "http://a.test/cal/2037/01/"},
			[]string{"http://a.test/cal/2037/01/"}, "--max-years-ahead"},
		{"large hosts", Limits{HostPages: 4}, urls(5, "http://a.test/%d"), urls(5, "http://a.test/%d")[3:], "--max-host-pages"},
		{"queries", Limits{PathQueries: 2}, append(urls(3, "http://a.test/p?q=%d"), urls(2, "http://a.test/r?q=%d")...),
			[]string{"http://a.test/p?q=2"}, "--max-path-queries"},
		{"orders", Limits{QueryOrders: 2}, []string{"http://a.test/?a=1&b=2&c=3", "http://a.test/?b=2&a=1&c=3", "http://a.test/?c=3&b=2&a=1", "http://a.test/?c=3&b=2&a=2"},
			[]string{"http://a.test/?c=3&b=2&a=1"}, "--max-query-orders"},
		{"session ids", Limits{SessionIDs: 1}, append(urls(2, "http://a.test/p?PHPSESSID="+sid+"%d"), urls(2, "http://a.test/p?id="+sid+"%d")...),
			[]string{"http://a.test/p?PHPSESSID=" + sid + "1"}, "--max-session-ids"},
		{"hosts", Limits{DomainHosts: 3}, urls(3, "http://h%d.a.test/"), []string{"http://h2.a.test/"}, "--max-domain-hosts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := crawl(t.Context(), starOf(c.links...), Config{MaxDepth: 1, Workers: 1, PerHost: 1, Limits: c.limits, Year: 2026})
				if held := slices.Sorted(maps.Keys(s.held)); !slices.Equal(held, c.held) {
					t.Fatalf("held back: %q, want %q", held, c.held)
				}
				for u, why := range s.held {
					if !strings.Contains(why, c.flag) {
						t.Errorf("%s is held back because %q, which does not name %s", u, why, c.flag)
					}
					if s.fetched[u] > 0 {
						t.Errorf("%s is held back and was asked for", u)
					}
				}
				for _, u := range c.links {
					if _, ok := s.records[u]; !ok {
						t.Errorf("%s has no record", u)
					}
				}
			})
		})
	}
}

func TestNoLimitsHoldNothingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		links := append(urls(50, "http://a.test/b/b/b/b/b/b?x=%d&y=1"), "http://a.test/9999/12/"+strings.Repeat("x/", 300))
		s, _ := crawl(t.Context(), starOf(links...), Config{MaxDepth: 1, Workers: 4, PerHost: 1, Year: 2026})
		if len(s.held) > 0 || len(s.fetched) != 1+len(links) {
			t.Errorf("held back: %q; fetched %d of %d", slices.Collect(maps.Keys(s.held)), len(s.fetched), 1+len(links))
		}
	})
}

func TestSeedsAreNeverHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{seeds: []string{"http://a.test/b/b/b/b", "http://b.a.test/?q=1", "http://c.a.test/?q=2"}}
		s, _ := crawl(t.Context(), &w, Config{Workers: 1, PerHost: 1, Limits: Limits{PathRepeats: 1, DomainHosts: 1, HostPages: 1, URLLength: 5}})
		if len(s.held) > 0 || len(s.fetched) != 3 {
			t.Errorf("held back: %v; fetched %v", s.held, s.fetched)
		}
	})
}

// TestHeldBackHostsAreNotAskedForRobots: nothing at all goes to them.
func TestHeldBackHostsAreNotAskedForRobots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := crawl(t.Context(), starOf(urls(9, "http://h%d.a.test/")...), Config{MaxDepth: 1, Workers: 2, PerHost: 1, Limits: Limits{DomainHosts: 4}})
		if len(s.asked) != 4 || len(s.held) != 6 {
			t.Errorf("%d origins were asked, %d URLs held back; want 4 and 6", len(s.asked), len(s.held))
		}
	})
}

// TestHeldBackHostsTakeNoMemory: however many hosts a page names, the schedule knows those alone that it may ask.
func TestHeldBackHostsTakeNoMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, by := range []func(canon.URL) string{canon.URL.Domain, canon.URL.Host} {
			_, f := crawl(t.Context(), starOf(urls(1000, "http://h%d.a.test/")...), Config{
				MaxDepth: 1, Workers: 2, PerHost: 1, LimitBy: by, Limits: Limits{DomainHosts: 4},
			})
			if o, d := len(f.loop.origins), len(f.loop.domains); o != 4 || d > 4 {
				t.Errorf("%d origins and %d domains are in memory, want 4 at most", o, d)
			}
		}
	})
}

// TestStoppedCrawlKeepsNothingForLater: what the last pages lead to is on record for another run, and waits nowhere else.
func TestStoppedCrawlKeepsNothingForLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(Config{MaxDepth: 2, Workers: 1, PerHost: 1, Limits: Limits{DomainHosts: 4}})
		f.Seed(mustParse("http://a.test/"))
		s := newSurfer(starOf(urls(1000, "http://h%d.a.test/")...))
		f.Run(t.Context(), stopping{s, f})
		if n := len(f.loop.origins) + len(f.loop.free.items); n != 1 {
			t.Errorf("%d origins and tasks are in memory, want the seed's origin", n)
		}
		if q := f.Snapshot().Queued; q != 1000 {
			t.Errorf("%d URLs are said to wait, want 1000", q)
		}
	})
}

// stopping stops the crawl at the first page.
type stopping struct {
	Visitor
	f *Frontier
}

func (s stopping) Visit(ctx context.Context, t *Task) Outcome {
	if t.Kind == Fetch {
		s.f.Stop()
		time.Sleep(time.Second)
	}
	return s.Visitor.Visit(ctx, t)
}

// TestLimitsOfTheURLAloneKeepACrawlExact: which URLs are held back, and the depths of all others, are the same however the
// timing falls.
func TestLimitsOfTheURLAloneKeepACrawlExact(t *testing.T) {
	paths := []string{"/", "/a", "/a/a", "/a/a/a", "/a/b", "/a/b/a/b", "/b/a", "/b/b/b", "/c", "/c/c", "/2026/01/", "/2050/01/"}
	for seed := range uint64(200) {
		web := func(delays *rand.Rand) *web {
			rnd := rand.New(rand.NewPCG(seed, 0))
			w := web{seeds: []string{"http://a.test/"}, pages: make(map[string]answer)}
			for _, p := range paths {
				var a answer
				for range 3 {
					a.links = append(a.links, "http://a.test"+paths[rnd.IntN(len(paths))])
				}
				a.delay = time.Duration(delays.IntN(50)) * time.Millisecond
				w.pages["http://a.test"+p] = a
			}
			return &w
		}
		var first map[string]Path
		for timing := range uint64(3) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := crawl(t.Context(), web(rand.New(rand.NewPCG(seed, 1+timing))), Config{
					MaxDepth: 6, Workers: 1 + int(timing)*3, PerHost: 1 + int(timing)*3, Year: 2026,
					Limits: Limits{PathDepth: 3, PathRepeats: 2, YearsAhead: 10},
				})
				if first == nil {
					first = s.records
				} else if !maps.Equal(first, s.records) {
					t.Fatalf("web %d, timing %d: %v, want %v", seed, timing, s.records, first)
				}
			})
		}
	}
}

// TestLimitsCountWhatEarlierRunsFetched.
func TestLimitsCountWhatEarlierRunsFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := starOf(urls(10, "http://a.test/p?q=%d")...)
		s := newSurfer(w)
		f := New(Config{MaxDepth: 1, Workers: 1, PerHost: 1, Limits: Limits{PathQueries: 4}})
		restorePage(f, "http://a.test/p?q=7")
		restorePage(f, "http://a.test/p?q=8")
		f.Seed(mustParse("http://a.test/"))
		if err := f.Run(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if want := 1 + 2; len(s.fetched) != want || len(s.held) != 6 {
			t.Errorf("fetched %v, held back %v; want %d and 6", s.fetched, s.held, want)
		}
	})
}

// TestAChainIsCountedAcrossClicks: redirects that count as clicks count in the chain as well.
func TestAChainIsCountedAcrossClicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{seeds: []string{"http://a.test/0"}, pages: make(map[string]answer)}
		for i := range 30 {
			w.pages[fmt.Sprintf("http://a.test/%d", i)] = answer{redirect: fmt.Sprintf("http://a.test/%d", i+1)}
		}
		w.pages["http://a.test/30"] = answer{links: []string{"http://a.test/end"}}
		s := newSurfer(&w)
		chains := make(map[string]int)
		f := New(Config{MaxDepth: -1, MaxRedirects: 5, Workers: 1, PerHost: 1})
		f.Seed(mustParse("http://a.test/0"))
		if err := f.Run(t.Context(), chainNoter{s, chains}); err != nil {
			t.Fatal(err)
		}
		if chains["http://a.test/0"] != 0 || chains["http://a.test/29"] != 29 || chains["http://a.test/end"] != 0 {
			t.Errorf("chains: %v", chains)
		}
	})
}

// chainNoter notes the chain of each page.
type chainNoter struct {
	*surfer
	chains map[string]int
}

func (c chainNoter) Visit(ctx context.Context, t *Task) Outcome {
	if t.Kind == Fetch {
		c.chains[t.URL.String()] = t.Chain()
	}
	return c.surfer.Visit(ctx, t)
}

// TestEndlessURLsThatWaitedAreHeldBack: a run may end after it has met a URL and before it has judged it.
func TestEndlessURLsThatWaitedAreHeldBack(t *testing.T) {
	for _, late := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			cfg := Config{MaxDepth: 1, Workers: 2, PerHost: 1, Limits: Limits{PathRepeats: 2}}
			f := New(cfg.with())
			w := web{pages: map[string]answer{"http://a.test/x": {}, "http://a.test/x/x/x/x": {}, "http://a.test/y/y/y/y": {}}}
			s := newSurfer(&w)
			all := []*Restored{
				{URL: mustParse("http://a.test/"), Path: Path{}},
				{URL: mustParse("http://a.test/x"), Path: Path{Depth: 1, Referrer: "http://a.test/"}, Record: 1},
				{URL: mustParse("http://a.test/x/x/x/x"), Path: Path{Depth: 1, Referrer: "http://a.test/"}, Record: 2},
				{URL: mustParse("http://a.test/y/y/y/y"), Record: 3, Root: true}, // the user's own
			}
			for _, r := range all {
				f.Look(r)
			}
			var g sync.WaitGroup
			if late {
				f.Expect(true)
				g.Go(func() {
					f.RestoreMore(all)
					f.RestoreEnd(false)
				})
			} else {
				for _, r := range all {
					f.Restore(r)
				}
			}
			f.Run(t.Context(), s)
			g.Wait()
			if s.fetched["http://a.test/x"] != 1 || s.fetched["http://a.test/x/x/x/x"] != 0 || s.fetched["http://a.test/y/y/y/y"] != 1 || len(s.records) != 3 {
				t.Errorf("late %v: fetched %v, %d records", late, s.fetched, len(s.records))
			}
		})
	}
}

func restorePage(f *Frontier, url string) {
	r := Restored{URL: mustParse(url)}
	f.Look(&r)
	f.Restore(&r)
}
