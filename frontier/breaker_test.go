package frontier

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"amble/politeness"
)

var polite = Config{
	MaxDepth: 1, Workers: 8, PerHost: 1, Pace: politeness.Pace{Interval: time.Second}, Backoff: politeness.Backoff{Retries: 2},
}

// TestOutageLosesNothing: a host that fails for ten minutes is set aside and probed. When it is back, all its pages are
// fetched, and few requests were wasted meanwhile.
func TestOutageLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{down: map[string]outage{"a.test": {20 * time.Second, 10*time.Minute + 20*time.Second}}}
		w.addHost("a.test", 200, 0)
		cfg := polite
		cfg.IgnoreRobots = true
		f := New(cfg.with())
		s := newSurfer(&w)
		f.Seed(mustParse(w.seeds[0]))
		start := time.Now()
		f.Run(t.Context(), s)
		if len(s.records) != 201 || f.Snapshot().Abandoned != 0 {
			t.Errorf("%d records, want 201; %+v", len(s.records), f.Snapshot())
		}
		wasted := len(s.starts["a.test"]) - len(s.records)
		if wasted > breakAfter+2*maxProbes {
			t.Errorf("%d requests were wasted on a host that was down", wasted)
		}
		if took := time.Since(start); took < 13*time.Minute || took > 20*time.Minute {
			t.Errorf("took %v for 200 pages and an outage of 10m", took)
		}
	})
}

// TestHostThatNeverComesBackIsGivenUp, with its URLs left for another run, once there is nothing else to do; until then it is
// probed.
func TestHostThatNeverComesBackIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{down: map[string]outage{"dead.test": {10 * time.Second, 1000 * time.Hour}}}
		w.addHost("dead.test", 100, 0)
		w.addHost("busy.test", 7200, 0)
		cfg := polite
		cfg.IgnoreRobots = true
		f := New(cfg.with())
		s := newSurfer(&w)
		for _, u := range w.seeds {
			f.Seed(mustParse(u))
		}
		start := time.Now()
		f.Run(t.Context(), s)
		snap := f.Snapshot()
		if snap.Abandoned < 80 || len(s.records)+snap.Abandoned != 101+7201 || snap.Queued != 0 {
			t.Errorf("%d records, %+v", len(s.records), snap)
		}
		if took := time.Since(start); took > 2*time.Hour+2*lastProbe {
			t.Errorf("took %v: the other host needs 2h", took)
		}
	})
}

// with fills in what every test needs.
func (c Config) with() Config {
	if c.Random == nil {
		c.Random = func() float64 { return 0.5 }
	}
	return c
}

// TestRobotsThatComesLateIsWaitedFor while there is other work; what was held back is fetched then.
func TestRobotsThatComesLateIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{
			down:   map[string]outage{"late.test": {0, 5 * time.Minute}},
			robots: map[string]string{"http://late.test": "User-agent: *\nDisallow: /1\n"},
		}
		w.addHost("late.test", 10, 0)
		w.addHost("other.test", 1000, 0)
		s, _ := crawl(t.Context(), &w, polite)
		var late, denied int
		for u := range s.records {
			if strings.Contains(u, "late.test") {
				late++
				if s.fetched[u] == 0 {
					denied++
				}
			}
		}
		if late != 11 || denied != 1 {
			t.Errorf("%d pages of the late host on record, %d of them denied; want 11 and 1", late, denied)
		}
		if n := s.asked["http://late.test"]; n > 12 {
			t.Errorf("its robots.txt was asked for %d times in 5m", n)
		}
	})
}

// TestRobotsThatNeverComesDisallowsAll (RFC 9309, section 2.3.1.4), as soon as there is no other work.
func TestRobotsThatNeverComesDisallowsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{down: map[string]outage{"dead.test": {0, 1000 * time.Hour}}}
		w.addHost("dead.test", 3, 0)
		w.addHost("other.test", 60, 0)
		start := time.Now()
		s, _ := crawl(t.Context(), &w, polite)
		if _, ok := s.records["http://dead.test/"]; !ok || s.fetched["http://dead.test/"] != 0 {
			t.Errorf("the seed of the dead host: recorded %v, fetched %d times", ok, s.fetched["http://dead.test/"])
		}
		if took := time.Since(start); took != 61*time.Second {
			t.Errorf("took %v, want 61s: nothing is waited for but the other host", took)
		}
	})
}

// TestRobotsIsReadAgainAfterADay (RFC 9309, section 2.4), and the old rules hold if it does not answer then.
func TestRobotsIsReadAgainAfterADay(t *testing.T) {
	for name, down := range map[string]outage{"answers": {}, "does not answer": {23 * time.Hour, 1000 * time.Hour}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := web{
					robots: map[string]string{"http://a.test": "User-agent: *\nDisallow: /24\n"},
					later:  map[string]string{"http://a.test": "User-agent: *\nDisallow: /99\n"}, change: 23 * time.Hour,
					down: map[string]outage{"robots": down},
				}
				w.addHost("a.test", 1000, 0)
				cfg := polite
				cfg.Pace.Interval = 5 * time.Minute
				f := New(cfg.with())
				s := newSurfer(&w)
				f.Seed(mustParse(w.seeds[0]))
				f.Run(t.Context(), s)
				// 1,001 pages at 288 a day: about 3.5 days.
				if n := s.asked["http://a.test"]; down.to == 0 && n != 4 {
					t.Errorf("robots.txt was read %d times, want 4", n)
				}
				early, late := s.fetched["http://a.test/99"], s.fetched["http://a.test/990"]
				if wantLate := map[bool]int{true: 0, false: 1}[down.to == 0]; early != 1 || late != wantLate {
					t.Errorf("/99 fetched %d times, /990 %d times; want 1 and %d", early, late, wantLate)
				}
				if len(s.records) != 1001 {
					t.Errorf("%d records", len(s.records))
				}
			})
		})
	}
}

// TestAddressIsAServerToo: hosts at one IP address share its interval and its connection; hosts elsewhere do not wait for them.
func TestAddressIsAServerToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{lives: map[string]string{}}
		const n = 50
		for i := range n {
			host := fmt.Sprintf("h%d.test", i)
			w.addHost(host, 1, 100*time.Millisecond)
			w.lives[host] = "192.0.2.1"
		}
		w.addHost("elsewhere.test", 20, 0)
		w.lives["elsewhere.test"] = "192.0.2.2"
		cfg := polite
		cfg.ByAddress = true
		start := time.Now()
		s, f := crawl(t.Context(), &w, cfg)
		var times []time.Time
		for d, starts := range s.starts {
			if d != "elsewhere.test" {
				times = append(times, starts...)
			}
		}
		if len(times) != 3*n {
			t.Fatalf("%d requests, want %d", len(times), 3*n)
		}
		for i, gap := range gaps(times) {
			if gap < time.Second {
				t.Errorf("gap %d at the address is %v", i, gap)
			}
		}
		// Robots.txt is answered with delay, too: each request counts from 10 ms after it was written.
		if took := time.Since(start); took > 3*n*1011*time.Millisecond {
			t.Errorf("took %v for %d requests", took, 3*n)
		}
		if last := s.starts["elsewhere.test"][21].Sub(start); last != 21*time.Second {
			t.Errorf("the other address got its last request after %v, want 21s", last)
		}
		for _, tr := range f.Traffic() {
			if tr.Domain == "h7.test" && tr.Waited["address"] == 0 {
				t.Errorf("h7.test waited for its address, but says %v", tr.Waited)
			}
		}
	})
}

// TestBandwidth: no request begins while more bytes have come than the limit allows.
func TestBandwidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		for i := range 10 {
			w.addHost(fmt.Sprintf("h%d.test", i), 9, 0)
		}
		cfg := polite
		cfg.Pace, cfg.Bandwidth = politeness.Pace{}, 50_000
		start := time.Now()
		f := New(cfg.with())
		s := newSurfer(&w)
		for _, u := range w.seeds {
			f.Seed(mustParse(u))
		}
		f.Run(t.Context(), heavy{s, 10_000})
		// 110 answers of 10,000 bytes at 50,000 a second. The last is not waited for, nor are those in flight at the beginning.
		if took := time.Since(start); took < 20*time.Second || took > 22*time.Second {
			t.Errorf("took %v for 1.1 MB at 50 kB/s", took)
		}
	})
}

// TestAdaptivePause: after an answer the server is left alone for as long as it took.
func TestAdaptivePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		w.addHost("slow.test", 3, 4*time.Second)
		w.addHost("dead-slow.test", 2, 50*time.Second)
		cfg := polite
		cfg.Adaptive, cfg.IgnoreRobots = 1, true
		s, _ := crawl(t.Context(), &w, cfg)
		for i, gap := range gaps(s.starts["slow.test"]) {
			if gap != 8*time.Second {
				t.Errorf("slow.test: gap %d is %v, want 8s", i, gap)
			}
		}
		for i, gap := range gaps(s.starts["dead-slow.test"]) {
			if gap != 80*time.Second {
				t.Errorf("dead-slow.test: gap %d is %v, want 80s: the pause is at most 30s", i, gap)
			}
		}
	})
}

// TestBackoffEasesBack: a server that said three times that it is overloaded gets longer and longer pauses, and then a
// doubled interval that shrinks with each success.
func TestBackoffEasesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		w.addHost("a.test", 12, 0)
		cfg := polite
		cfg.IgnoreRobots = true
		cfg.Backoff = politeness.Backoff{Retries: 5, Base: 2 * time.Second}
		cfg.Random = func() float64 { return 0 }
		f := New(cfg)
		s := newSurfer(&w)
		f.Seed(mustParse(w.seeds[0]))
		f.Run(t.Context(), &busyFor{surfer: s, from: 3, to: 6})
		var got []string
		for _, gap := range gaps(s.starts["a.test"]) {
			got = append(got, fmt.Sprint(gap.Seconds()))
		}
		// Three refusals: 2, 4, 8 s of pause. Then 4, 2, 1 s while the successes count down.
		if want := "1 1 1 2 4 8 4 2 1 1 1 1 1 1 1"; strings.Join(got, " ") != want {
			t.Errorf("gaps %s\nwant %s", strings.Join(got, " "), want)
		}
	})
}

// TestSitemaps: what robots.txt names is fetched once, indexes included, and its pages enter at the depth asked for; the least
// depth counts. A sitemap out of the rules' reach is fetched only if robots.txt names it.
func TestSitemaps(t *testing.T) {
	for depth, want := range map[int]string{
		0: "0 http://a.test/\n1 http://a.test/linked\n0 http://a.test/listed\n2 http://a.test/far\n1 http://a.test/from-listed\n",
		1: "0 http://a.test/\n1 http://a.test/linked\n1 http://a.test/listed\n2 http://a.test/far\n2 http://a.test/from-listed\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			w := web{
				seeds: []string{"http://a.test/"},
				robots: map[string]string{
					"http://a.test": "User-agent: *\nDisallow: /maps/\nSitemap: http://a.test/maps/index.xml\nSitemap: http://a.test/maps/index.xml\n",
				},
				pages: map[string]answer{
					"http://a.test/":               {links: []string{"http://a.test/linked"}},
					"http://a.test/linked":         {links: []string{"http://a.test/listed", "http://a.test/far"}},
					"http://a.test/listed":         {links: []string{"http://a.test/from-listed"}},
					"http://a.test/maps/index.xml": {links: []string{"http://a.test/maps/1.xml", "http://a.test/maps/index.xml"}},
					"http://a.test/maps/1.xml":     {sitemap: []string{"http://a.test/listed", "http://b.test/out-of-scope"}},
				},
			}
			cfg := polite
			cfg.MaxDepth, cfg.Sitemaps, cfg.SitemapDepth, cfg.Scope = 2, true, depth, onHost("a.test")
			f := New(cfg.with())
			s := newSurfer(&w)
			f.Seed(mustParse(w.seeds[0]))
			f.SeedSitemap(mustParse("http://a.test/maps/denied.xml"))
			f.Run(t.Context(), s)
			for line := range strings.Lines(want) {
				var d int
				var u string
				fmt.Sscan(line, &d, &u)
				if p, ok := s.records[u]; !ok || p.Depth != d {
					t.Errorf("sitemaps at depth %d: %s has path %+v (on record: %v), want depth %d", depth, u, p, ok, d)
				}
			}
			if len(s.records) != 5 {
				t.Errorf("records %v", s.records)
			}
			if n := s.fetched["http://a.test/maps/index.xml"]; n != 1 || s.fetched["http://a.test/maps/denied.xml"] != 0 {
				t.Errorf("the index was fetched %d times, the denied sitemap %d times; want 1 and 0", n, s.fetched["http://a.test/maps/denied.xml"])
			}
		})
	}
}

// TestOthersCannotInvite: a robots.txt that names a sitemap of another host, or an index that leads there, does not override
// that host's rules, nor does it keep that host from inviting.
func TestOthersCannotInvite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{
			seeds: []string{"http://a.test/", "http://b.test/"},
			robots: map[string]string{
				"http://a.test": "User-agent: *\nDisallow: /maps/\nSitemap: http://a.test/maps/index.xml\nSitemap: http://b.test/maps/1.xml\nSitemap: http://b.test/maps/own.xml\n",
				"http://b.test": "User-agent: *\nCrawl-delay: 20\nDisallow: /maps/\nSitemap: http://b.test/maps/own.xml\n",
			},
			pages: map[string]answer{
				"http://a.test/":               {},
				"http://b.test/":               {},
				"http://a.test/maps/index.xml": {links: []string{"http://b.test/maps/2.xml", "http://a.test/maps/3.xml"}},
				"http://a.test/maps/3.xml":     {sitemap: []string{"http://a.test/listed"}},
				"http://b.test/maps/own.xml":   {sitemap: []string{"http://b.test/listed"}},
				"http://a.test/listed":         {},
				"http://b.test/listed":         {},
			},
		}
		cfg := polite
		cfg.MaxDepth, cfg.Sitemaps = 1, true
		f := New(cfg.with())
		s := newSurfer(&w)
		for _, seed := range w.seeds {
			f.Seed(mustParse(seed))
		}
		f.Run(t.Context(), s)
		for url, want := range map[string]int{
			"http://a.test/maps/index.xml": 1, "http://a.test/maps/3.xml": 1, "http://b.test/maps/own.xml": 1,
			"http://b.test/maps/1.xml": 0, "http://b.test/maps/2.xml": 0, "http://a.test/listed": 1, "http://b.test/listed": 1,
		} {
			if n := s.fetched[url]; n != want {
				t.Errorf("%s was fetched %d times, want %d", url, n, want)
			}
		}
	})
}

// TestTrafficTellsWhereTheTimeWent.
func TestTrafficTellsWhereTheTimeWent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{robots: map[string]string{"http://delay.test": "User-agent: *\nCrawl-delay: 5\n"}}
		w.addHost("plain.test", 9, 0)
		w.addHost("delay.test", 3, 0)
		w.addHost("slow.test", 3, 3*time.Second)
		_, f := crawl(t.Context(), &w, polite)
		var got []string
		for _, tr := range f.Traffic() {
			got = append(got, fmt.Sprintf("%s %d least %v median %v most %d asked %v waited %v", tr.Domain, tr.Requests, tr.Least, tr.Median, tr.Most, tr.Asked, tr.Waited))
		}
		want := []string{
			"delay.test 5 least 5s median 5s most 1 asked true waited map[crawl-delay:20s]",
			"plain.test 11 least 1s median 1s most 1 asked false waited map[rate:10s]",
			"slow.test 5 least 1s median 3s most 1 asked false waited map[rate:1s server:12s]",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}
