package frontier

import (
	"testing"
	"testing/synctest"
)

func hostsOf(n, pages int, names ...string) *web {
	w := &web{}
	for i := range n {
		names = append(names, "h"+string(rune('a'+i))+".test")
	}
	for _, name := range names {
		w.addHost(name, pages, 0)
	}
	return w
}

// TestBudgets: bytes of all together end the crawl; those of one origin leave the rest of it to another run, and the others go on.
func TestBudgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := heavy{newSurfer(hostsOf(4, 100)), 1000}
		cfg := polite
		cfg.MaxBytes = 50_000
		f := New(cfg.with())
		for _, u := range s.w.seeds {
			f.Seed(mustParse(u))
		}
		f.Run(t.Context(), s)
		if snap := f.Snapshot(); snap.Limited != "bytes" || snap.Received < 50_000 || snap.Received > 54_000 {
			t.Errorf("%+v", snap)
		}
	})
	for _, window := range []int{0, 1, 7} {
		synctest.Test(t, func(t *testing.T) {
			w := hostsOf(2, 20)
			w.addHost("large.test", 300, 0)
			s := heavy{newSurfer(w), 1000}
			cfg := polite
			cfg.HostBytes, cfg.Window, cfg.PerHost = 100_000, window, 3
			f := New(cfg.with())
			for _, u := range w.seeds {
				f.Seed(mustParse(u))
			}
			f.Run(t.Context(), s)
			snap := f.Snapshot()
			if len(s.records)+snap.Overspent != 2*21+301 || snap.Overspent < 195 || snap.Queued != 0 || snap.Limited != "" {
				t.Errorf("window %d: %d records, %+v", window, len(s.records), snap)
			}
		})
	}
}
