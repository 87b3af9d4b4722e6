package frontier

import (
	"cmp"
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

	gocmp "github.com/google/go-cmp/cmp"

	"amble/frontier/canon"
	"amble/politeness"
)

// breadthFirst is what a crawl of the web must hold: a sequential breadth-first search. Within a depth, what redirects lead
// to comes after what links lead to. Visiting the URLs of a level in byte order makes the first parent the least one.
func (w *web) breadthFirst(maxDepth, maxRedirects int, allowed func(string) bool) map[string]Path {
	paths := make(map[string]Path)
	reach := func(next []string, p Path, urls ...string) []string {
		for _, u := range urls {
			if _, ok := paths[u]; !ok {
				paths[u] = p
				next = append(next, u)
			}
		}
		return next
	}
	for level, depth := reach(nil, Path{}, w.seeds...), 0; len(level) > 0; depth++ {
		whole := slices.Clone(level)
		for hop := 1; hop <= maxRedirects; hop++ {
			var next []string
			for _, u := range slices.Sorted(slices.Values(level)) {
				if to := w.pages[u].redirect; to != "" && allowed(u) {
					next = reach(next, Path{depth, hop, u}, to)
				}
			}
			whole, level = append(whole, next...), next
		}
		last := level // their redirects count as clicks
		level = nil
		if maxDepth < 0 || depth < maxDepth {
			for _, u := range slices.Sorted(slices.Values(whole)) {
				a := w.pages[u]
				if slices.Contains(last, u) && a.redirect != "" {
					a.links = append(slices.Clone(a.links), a.redirect)
				}
				if allowed(u) {
					level = reach(level, Path{depth + 1, 0, u}, a.links...)
				}
			}
		}
	}
	return paths
}

// crawl runs a frontier over the web.
func crawl(ctx context.Context, w *web, cfg Config) (*surfer, *Frontier) {
	if cfg.Random == nil {
		cfg.Random = func() float64 { return 0.5 }
	}
	f := New(cfg)
	s := newSurfer(w)
	for _, u := range w.seeds {
		f.Seed(mustParse(u))
	}
	f.Run(ctx, s)
	return s, f
}

// randomWeb has several hosts, some of them of one domain; links, redirects and loops at random; slow pages and pages that fail at
// first; and a robots.txt here and there.
func randomWeb(r *rand.Rand) *web {
	hosts := []string{"http://a.test", "http://b.test", "http://www.b.test", "http://c.test:8080"}[:1+r.IntN(4)]
	n := 2 + r.IntN(30)
	long := r.IntN(4) == 0
	url := func(i int) string {
		u := fmt.Sprintf("%s/%d", hosts[i%len(hosts)], i)
		if long { // so that it weighs more in the window
			u += "?" + strings.Repeat("x", i%4*usualURL)
		}
		return u
	}
	w := &web{
		pages: make(map[string]answer), robots: make(map[string]string),
		down: make(map[string]outage), lives: make(map[string]string),
	}
	for i := range n {
		var a answer
		for range r.IntN(5) {
			a.links = append(a.links, url(r.IntN(n)))
		}
		if r.IntN(6) == 0 {
			a.redirect, a.links = url(r.IntN(n)), nil
		}
		if r.IntN(2) == 0 {
			a.delay = time.Duration(r.IntN(3000)) * time.Millisecond
		}
		if r.IntN(8) == 0 {
			a.failures = 1 + r.IntN(3)
		}
		w.pages[url(i)] = a
	}
	for _, h := range hosts {
		if r.IntN(3) == 0 {
			w.robots[h] = fmt.Sprintf("User-agent: *\nDisallow: /%d\nCrawl-delay: %d\n", r.IntN(10), r.IntN(3))
		}
		host := mustParse(h).Host()
		if w.lives[host] = fmt.Sprintf("192.0.2.%d", r.IntN(2)); r.IntN(4) == 0 {
			// It may be set aside, but comes back before it is given up.
			w.down[host] = outage{0, time.Duration(r.IntN(400)) * time.Second}
		}
		if r.IntN(3) == 0 {
			w.pages[h+"/robots.txt"] = answer{delay: time.Duration(r.IntN(5000)) * time.Millisecond}
		}
	}
	for range 1 + r.IntN(2) {
		w.seeds = append(w.seeds, url(r.IntN(n)))
	}
	return w
}

func (w *web) allowed(u string) bool {
	c := mustParse(u)
	return politeness.ParseRobots([]byte(w.robots[c.Origin()]), "amble").Test(c.RequestTarget()).Allowed
}

// TestDepthIsExact holds the frontier against a breadth-first search on thousands of webs: the same URLs, each with the same
// depth and referrer, none fetched twice, and manners kept, for any number of workers, any rate and any response times.
func TestDepthIsExact(t *testing.T) {
	cases := 4000
	if testing.Short() {
		cases = 400
	}
	for i := range cases {
		seed := uint64(i)
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			w := randomWeb(r)
			cfg := Config{
				MaxDepth: r.IntN(6) - 1, MaxRedirects: r.IntN(4), Workers: 1 + r.IntN(8), PerHost: 1 + r.IntN(3),
				Pace: politeness.Pace{
					Interval: time.Duration(r.IntN(3)) * 500 * time.Millisecond, Burst: 1,
				},
				Backoff: politeness.Backoff{Retries: r.IntN(3)}, Seed: canon.Seed(seed),
				Adaptive: float64(r.IntN(2)), ByAddress: r.IntN(3) == 0, Window: r.IntN(5),
			}
			if len(w.down) > 0 {
				cfg.IgnoreRobots = true // robots.txt that does not answer has tests of its own
				clear(w.robots)
			}
			s, f := crawl(t.Context(), w, cfg)
			want := w.breadthFirst(cfg.MaxDepth, cfg.MaxRedirects, w.allowed)
			if diff := gocmp.Diff(want, s.records); diff != "" {
				t.Fatalf("case %d: crawl differs from breadth-first search (-want +got):\n%s\nconfig %+v\nweb %+v", seed, diff, cfg, w)
			}
			for u, n := range s.fetched {
				if len(w.down) > 0 {
					break // probes are no attempts
				}
				if most := min(w.pages[u].failures, cfg.Backoff.Retries) + 1; n != most {
					t.Errorf("case %d: %s was fetched %d times, want %d", seed, u, n, most)
				}
			}
			for o, n := range s.asked {
				if n != 1 {
					t.Errorf("case %d: robots.txt of %s was asked for %d times", seed, o, n)
				}
			}
			s.checkManners(t, cfg)
			if snap := f.Snapshot(); snap.Queued != 0 || snap.InFlight != 0 {
				t.Errorf("case %d: the crawl ended with %+v", seed, snap)
			}
		})
		if t.Failed() {
			return
		}
	}
}

// checkManners holds gaps and connections of each domain against the configuration.
func (s *surfer) checkManners(t *testing.T, cfg Config) {
	t.Helper()
	for d, starts := range s.starts {
		slices.SortFunc(starts, func(a, b time.Time) int { return cmp.Compare(a.UnixNano(), b.UnixNano()) })
		for i := 1; i < len(starts); i++ {
			if gap := starts[i].Sub(starts[i-1]); gap < cfg.Pace.Interval {
				t.Errorf("requests %d and %d to %s are %v apart, want %v at least", i-1, i, d, gap, cfg.Pace.Interval)
			}
		}
		if s.most[d] > cfg.PerHost {
			t.Errorf("%d requests to %s at once, want %d at most", s.most[d], d, cfg.PerHost)
		}
	}
}

// TestShortPathIsTheSlowOne: the page at depth 1 that leads straight to the target is slow, while a quick way round takes
// three clicks. The target and what it links to must end up with the short path's depth, and the page that is in
// range only by it must be fetched.
func TestShortPathIsTheSlowOne(t *testing.T) {
	w := &web{
		seeds: []string{"http://fast.test/"},
		pages: map[string]answer{
			"http://fast.test/":       {links: []string{"http://slow.test/door", "http://fast.test/1"}},
			"http://slow.test/door":   {links: []string{"http://fast.test/target"}, delay: time.Minute},
			"http://fast.test/1":      {links: []string{"http://fast.test/2"}},
			"http://fast.test/2":      {links: []string{"http://fast.test/target"}},
			"http://fast.test/target": {links: []string{"http://fast.test/beyond"}},
			"http://fast.test/beyond": {},
		},
	}
	for _, workers := range []int{1, 64} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := crawl(t.Context(), w, Config{MaxDepth: 3, Workers: workers, PerHost: 1})
			want := w.breadthFirst(3, 0, func(string) bool { return true })
			if diff := gocmp.Diff(want, s.records); diff != "" {
				t.Errorf("%d workers (-want +got):\n%s", workers, diff)
			}
			if p := s.records["http://fast.test/beyond"]; p.Depth != 3 {
				t.Errorf("%d workers: the page beyond the target has path %+v, want depth 3", workers, p)
			}
		})
	}
}

// TestScopeGrowsExactly: a link out of scope is met before a slow seed's redirect brings its host into scope; it must be
// followed all the same.
func TestScopeGrowsExactly(t *testing.T) {
	w := &web{
		seeds: []string{"http://a.test/", "http://b.test/"},
		pages: map[string]answer{
			"http://a.test/":      {links: []string{"http://www.b.test/early", "http://c.test/never"}},
			"http://b.test/":      {redirect: "http://www.b.test/", delay: time.Minute},
			"http://www.b.test/":  {},
			"http://c.test/never": {},
		},
	}
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		hosts := map[string]bool{"a.test": true, "b.test": true}
		s, _ := crawl(t.Context(), w, Config{
			MaxDepth: 2, MaxRedirects: 5, Workers: 4, PerHost: 1,
			Scope: func(u canon.URL) bool { mu.Lock(); defer mu.Unlock(); return hosts[u.Host()] },
			Extend: func(u canon.URL) bool {
				mu.Lock()
				defer mu.Unlock()
				grew := !hosts[u.Host()]
				hosts[u.Host()] = true
				return grew
			},
		})
		got := strings.Join(slices.Sorted(maps.Keys(s.records)), " ")
		if want := "http://a.test/ http://b.test/ http://www.b.test/ http://www.b.test/early"; got != want {
			t.Errorf("fetched %s\nwant    %s", got, want)
		}
	})
}

// TestDeathAtAnyMoment: what a store holds at any moment of a crawl is enough to go on: the same pages in the end, all paths exact,
// and nothing that was recorded is fetched again. Twice in a row, too.
func TestDeathAtAnyMoment(t *testing.T) {
	for i := range 2000 {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(i), 2))
			w := randomWeb(r)
			clear(w.down)
			cfg := Config{
				MaxDepth: r.IntN(5), MaxRedirects: 3, Workers: 1 + r.IntN(4), PerHost: 1, Random: r.Float64, Window: r.IntN(3),
				Pace: politeness.Pace{Interval: time.Duration(r.IntN(2)) * time.Second},
			}
			want := w.breadthFirst(cfg.MaxDepth, cfg.MaxRedirects, w.allowed)
			kept := newSurfer(w)
			for _, u := range w.seeds {
				kept.pending[u] = Path{}
			}
			for deaths := r.IntN(3); ; deaths-- {
				s := newSurfer(w)
				s.records, s.pending, s.backlog = maps.Clone(kept.records), maps.Clone(kept.pending), maps.Clone(kept.backlog)
				if len(kept.records) > 0 {
					cfg.Past = &Past{}
				}
				f := New(cfg)
				wait := func() {}
				if r.IntN(3) == 0 {
					s.restore(f)
				} else {
					wait = s.restoreLate(f, rand.New(rand.NewPCG(uint64(i), 4)))
				}
				before := kept.records
				if lags := rand.New(rand.NewPCG(uint64(i), 5)); i%2 == 0 {
					var mu sync.Mutex
					s.lag = func() time.Duration {
						mu.Lock()
						defer mu.Unlock()
						return time.Duration(lags.IntN(2000)) * time.Millisecond
					}
				}
				ctx, cancel := context.WithCancel(t.Context())
				if deaths > 0 {
					s.commits, s.dies = 1+r.IntN(30), func() {
						kept.records, kept.pending, kept.backlog = maps.Clone(s.records), maps.Clone(s.pending), maps.Clone(s.backlog)
						cancel()
					}
				}
				f.Run(ctx, s)
				wait()
				for u := range s.fetched {
					if _, again := before[u]; again && deaths == 0 {
						t.Errorf("case %d: %s was fetched again", i, u)
					}
				}
				if deaths <= 0 {
					cancel()
					if diff := gocmp.Diff(want, s.records); diff != "" {
						t.Fatalf("case %d (-want +got):\n%s", i, diff)
					}
					if len(s.pending) > 0 || len(s.backlog) > 0 {
						t.Errorf("case %d: pending %v, backlog %v", i, s.pending, s.backlog)
					}
					return
				}
				cancel()
				if s.commits > 0 { // it came to its end before
					kept.records, kept.pending, kept.backlog = s.records, s.pending, s.backlog
				}
			}
		})
		if t.Failed() {
			return
		}
	}
}
