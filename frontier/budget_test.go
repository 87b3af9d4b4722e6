package frontier

import (
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/frontier/canon"
	"amble/politeness"
)

// TestMaxBytesEndsTheCrawl after what is in flight.
func TestMaxBytesEndsTheCrawl(t *testing.T) {
	for _, window := range []int{0, 3} {
		synctest.Test(t, func(t *testing.T) {
			var w web
			for _, h := range []string{"a.test", "b.test", "c.test"} {
				w.addHost(h, 100, time.Second)
			}
			cfg := polite
			cfg.MaxBytes, cfg.Window = 100_500, window
			f := New(cfg.with())
			s := newSurfer(&w)
			for _, u := range w.seeds {
				f.Seed(mustParse(u))
			}
			f.Run(t.Context(), heavy{s, 1000})
			snap := f.Snapshot()
			if snap.Limited != "bytes" || snap.Received < 100_500 || snap.Received > 103_500 || snap.Queued != 0 {
				t.Errorf("window %d: %+v", window, snap)
			}
			if len(s.records)+len(s.pending) != 303 {
				t.Errorf("window %d: %d records, %d pending", window, len(s.records), len(s.pending))
			}
		})
	}
}

// TestBudgetsLoseNothing: on random webs, with windows, retries, outages and budgets, a crawl ends, counts nothing that is left as queued, and
// what it has recorded and what it leaves pending are what a breadth-first search over what was read would have met.
func TestBudgetsLoseNothing(t *testing.T) {
	cases := 1500
	if testing.Short() {
		cases = 300
	}
	spent, dead := 0, 0
	for i := range cases {
		synctest.Test(t, func(t *testing.T) {
			r := newRand(uint64(i), 41)
			w := randomWeb(r)
			clear(w.robots)
			hosts := []string{"a.test", "b.test", "www.b.test", "c.test"}
			if r.IntN(3) == 0 { // one dies for good, while others still find links to it
				from := time.Duration(r.IntN(20)) * time.Second
				w.down[hosts[r.IntN(len(hosts))]] = outage{from, 10_000 * time.Hour}
			}
			cfg := Config{
				MaxDepth: r.IntN(6) - 1, MaxRedirects: r.IntN(4), Workers: 1 + r.IntN(8), PerHost: 1 + r.IntN(3), Random: r.Float64,
				Pace:    politeness.Pace{Interval: time.Duration(r.IntN(3)) * 500 * time.Millisecond, Burst: 1 + r.IntN(2)},
				Backoff: politeness.Backoff{Retries: r.IntN(3)}, Seed: canon.Seed(i), ByAddress: r.IntN(3) == 0, Window: r.IntN(5),
				IgnoreRobots: true,
			}
			switch r.IntN(4) {
			case 0:
				cfg.MaxBytes = int64(1000 * r.IntN(30))
			case 1:
				cfg.MaxBytes, cfg.HostBytes = int64(1000*r.IntN(30)), int64(1000*(1+r.IntN(8)))
			default:
				cfg.HostBytes = int64(1000 * (1 + r.IntN(8)))
			}
			f := New(cfg)
			s := newSurfer(w)
			for _, u := range w.seeds {
				f.Seed(mustParse(u))
				s.pending[u] = Path{}
			}
			f.Run(t.Context(), heavy{s, 1000})
			snap := f.Snapshot()
			if snap.Queued != 0 || snap.InFlight != 0 || snap.Asleep != 0 {
				t.Fatalf("case %d: ended with %+v\nconfig %+v\nweb %+v", i, snap, cfg, w)
			}
			if snap.Limited == "" && snap.Overspent+snap.Abandoned != len(s.pending) {
				t.Errorf("case %d: %d URLs are pending, and %+v\nconfig %+v", i, len(s.pending), snap, cfg)
			}
			spent, dead = spent+snap.Overspent, dead+snap.Abandoned
			// What was recorded leads to what is known, and to nothing else.
			read := func(u string) bool { _, ok := s.records[u]; return ok }
			all := w.breadthFirst(cfg.MaxDepth, cfg.MaxRedirects, read)
			for u := range s.records {
				if _, ok := all[u]; !ok {
					t.Errorf("case %d: %s is recorded, and nothing leads there", i, u)
				}
			}
			if len(w.down) > 0 || snap.Limited != "" {
				return // failures on record have no links; a limit leaves links of nearer paths unread
			}
			got := make(map[string]Path)
			for u, p := range s.records {
				got[u] = p
			}
			for u, p := range s.pending {
				got[u] = p
			}
			if diff := gocmp.Diff(all, got); diff != "" {
				t.Errorf("case %d: recorded and left differ from what was reached (-want +got):\n%s\nconfig %+v", i, diff, cfg)
			}
		})
		if t.Failed() {
			return
		}
	}
	if spent == 0 || dead == 0 {
		t.Errorf("%d URLs were left with hosts that had their bytes, %d with hosts that died", spent, dead)
	}
}

// TestAbandonedHostIsNoTrap: a host that was given up is linked to again and again by another that goes on; and one that had its bytes.
func TestAbandonedHostIsNoTrap(t *testing.T) {
	for _, window := range []int{0, 1, 4} {
		synctest.Test(t, func(t *testing.T) {
			w := web{down: map[string]outage{"dead.test": {30 * time.Second, 10_000 * time.Hour}}, pages: map[string]answer{}}
			w.addHost("dead.test", 40, 0)
			w.addHost("slow.test", 3, time.Hour)
			for i, l := range w.pages["http://slow.test/"].links {
				a := w.pages[l]
				a.links = []string{"http://dead.test/new" + string(rune('a'+i)), "http://dead.test/3", "http://dead.test/39"}
				w.pages[l] = a
			}
			cfg := polite
			cfg.MaxDepth, cfg.IgnoreRobots, cfg.Window = 3, true, window
			f := New(cfg.with())
			s := newSurfer(&w)
			for _, u := range w.seeds {
				f.Seed(mustParse(u))
			}
			f.Run(t.Context(), heavy{s, 1000})
			if n := len(s.starts["dead.test"]); n > 200 {
				t.Errorf("window %d: %d requests to a dead host, the last gaps %v", window, n, gaps(s.starts["dead.test"])[n-8:])
			}
			if snap := f.Snapshot(); snap.Queued != 0 || snap.Abandoned == 0 || len(s.records)+snap.Abandoned != 41+4+3 {
				t.Errorf("window %d: %d records, %+v", window, len(s.records), snap)
			}
		})
	}
}
