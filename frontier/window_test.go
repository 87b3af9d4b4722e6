package frontier

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A window of short URLs is little memory; as many of the longest would be a hundred times as much, for every domain that
// a page names.
func TestLongURLsCountMoreInTheWindow(t *testing.T) {
	for length, stored := range map[int]bool{20: false, 3000: true} {
		synctest.Test(t, func(t *testing.T) {
			w := web{seeds: []string{"http://a.test/"}, pages: map[string]answer{}}
			var links []string
			for i := range 40 {
				u := fmt.Sprintf("http://a.test/%s/%d", strings.Repeat("x", length), i)
				links, w.pages[u] = append(links, u), answer{}
			}
			w.pages["http://a.test/"] = answer{links: links}
			cfg := polite
			cfg.Window = 50
			s, _ := crawl(t.Context(), &w, cfg)
			if len(s.records) != 41 || (s.refills > 0) != stored {
				t.Errorf("URLs of %d bytes: %d records, want 41; %d refills, want some: %v", length, len(s.records), s.refills, stored)
			}
			for _, u := range links {
				if s.fetched[u] != 1 {
					t.Errorf("a URL of %d bytes was fetched %d times", length, s.fetched[u])
				}
			}
		})
	}
}

// However few URLs wait in memory, pages are asked for in the order of their depth, so that none is read by a longer path and then met by a shorter.
func TestTheWindowKeepsTheOrder(t *testing.T) {
	for _, window := range []int{1, 4, 30, 1000} {
		synctest.Test(t, func(t *testing.T) {
			w := web{seeds: []string{"http://a.test/"}, pages: map[string]answer{}}
			var grow func(u string, depth int)
			grow = func(u string, depth int) {
				var links []string
				for i := range 5 {
					if child := fmt.Sprintf("%s%d/", u, i); depth < 4 {
						links = append(links, child)
						grow(child, depth+1)
					}
				}
				w.pages[u] = answer{links: links}
			}
			grow("http://a.test/", 0)
			cfg := polite
			cfg.Window, cfg.MaxDepth, cfg.Random = window, -1, func() float64 { return 0.5 }
			f := New(cfg)
			f.Seed(mustParse("http://a.test/"))
			v := &inOrder{surfer: newSurfer(&w)}
			f.Run(t.Context(), v)
			if len(v.pages) != 781 || (v.refills > 0) != (window < 1000) {
				t.Fatalf("%d pages, %d refills", len(v.pages), v.refills)
			}
			last := 0
			for _, u := range v.pages {
				depth := strings.Count(u, "/") - 3
				if depth < last {
					t.Fatalf("window of %d: %s was asked for after a page of depth %d", window, u, last)
				}
				last = depth
			}
			if v.again > 0 {
				t.Errorf("window of %d: %d pages were replayed", window, v.again)
			}
		})
	}
}

// inOrder notes the order of pages.
type inOrder struct {
	*surfer
	pages []string
	again int // Replay tasks
}

func (v *inOrder) Visit(ctx context.Context, t *Task) Outcome {
	v.mu.Lock()
	switch t.Kind {
	case Fetch:
		v.pages = append(v.pages, t.URL.String())
	case Replay:
		v.again++
	}
	v.mu.Unlock()
	return v.surfer.Visit(ctx, t)
}

// Hosts are known for the rest of a crawl, their URLs are not: a page of long URLs, each of another host, must not stay in memory as a whole.
func TestAHostKeepsNoURLInMemory(t *testing.T) {
	const hosts, length = 2000, 8000
	f := New(Config{Limits: Limits{DomainHosts: 10}})
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	for i := range hosts {
		f.loop.origin(mustParse(fmt.Sprintf("http://h%d.test/%s", i, strings.Repeat("x", length))), false)
	}
	if kept := heap() - before; kept > hosts*length/2 {
		t.Errorf("%d hosts keep %d bytes, with their URLs' %d", hosts, kept, hosts*length)
	}
	runtime.KeepAlive(f)
}

// A host that is down and whose URLs fill all room there is for such ones does not keep the other host of its domain waiting.
func TestACrowdOfADeadHostHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const window, pages = 4, 60
		w := web{
			seeds: []string{"http://a.dom.test/"}, pages: map[string]answer{},
			down: map[string]outage{"b.dom.test": {10 * time.Second, time.Hour}}, // once its robots.txt is known
		}
		var links []string
		for i := range 20 * window {
			u := fmt.Sprintf("http://b.dom.test/%d", i)
			links, w.pages[u] = append(links, u), answer{}
		}
		w.pages["http://a.dom.test/"] = answer{links: append([]string{"http://a.dom.test/0"}, links...)}
		for i := range pages {
			w.pages[fmt.Sprintf("http://a.dom.test/%d", i)] = answer{links: []string{fmt.Sprintf("http://a.dom.test/%d", i+1)}}
		}
		w.pages[fmt.Sprintf("http://a.dom.test/%d", pages)] = answer{}
		cfg := polite
		cfg.MaxDepth, cfg.Window, cfg.Random = -1, window, func() float64 { return 0.5 }
		f := New(cfg)
		f.Seed(mustParse(w.seeds[0]))
		s := newSurfer(&w)
		f.Run(t.Context(), s)
		last := fmt.Sprintf("http://a.dom.test/%d", pages)
		if s.fetched[last] != 1 {
			t.Fatalf("%s was fetched %d times", last, s.fetched[last])
		}
		if took := s.when[last].Sub(s.begun); took > 10*time.Minute {
			t.Errorf("the last page of the host that works came after %v", took)
		}
	})
}

// forgetful is a store that knows nothing the first time that it is asked.
type forgetful struct {
	*surfer
	asked int
}

func (v *forgetful) Visit(ctx context.Context, t *Task) Outcome {
	if t.Kind == Refill {
		if v.asked++; v.asked == 1 {
			return Outcome{}
		}
	}
	return v.surfer.Visit(ctx, t)
}

// URLs that the store did not give when it was asked are left to another run; those that it gives after all are this run's again. Every URL is one or
// the other: else the crawl would not know when it is done.
func TestWhatTheStoreLosesIsCounted(t *testing.T) {
	for _, late := range []int{5, 10, 40} {
		t.Run(fmt.Sprint(late), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := web{seeds: []string{"http://a.test/"}, pages: map[string]answer{}}
				var links, more []string
				for i := range 30 {
					u := fmt.Sprintf("http://a.test/%d", i)
					links, w.pages[u] = append(links, u), answer{}
				}
				for i := range late {
					u := fmt.Sprintf("http://a.test/late/%d", i)
					more, w.pages[u] = append(more, u), answer{}
				}
				w.pages["http://a.test/"], w.pages["http://a.test/2"] = answer{links: links}, answer{links: more}
				cfg := polite
				cfg.MaxDepth, cfg.Window, cfg.Random = -1, 4, func() float64 { return 0.5 }
				f := New(cfg)
				f.Seed(mustParse(w.seeds[0]))
				v := &forgetful{surfer: newSurfer(&w)}
				f.Run(t.Context(), v)
				if snap := f.Snapshot(); len(v.records)+snap.Abandoned != 31+late || len(v.records) <= 4+late {
					t.Errorf("%d records, %d URLs abandoned; want %d in all, and some found again", len(v.records), snap.Abandoned, 31+late)
				}
			})
		})
	}
}
