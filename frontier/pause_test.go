package frontier

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/politeness"
)

// cutOff is a surfer whose network is down from one time to another, counted from the beginning; for all hosts, or for some.
type cutOff struct {
	*surfer
	from, to time.Duration
	offline  bool
	only     []string
	tried    []time.Time // requests meanwhile
}

func (c *cutOff) Visit(ctx context.Context, t *Task) Outcome {
	at := time.Since(c.begun)
	if t.Kind != Fetch && t.Kind != Robots || at < c.from || at >= c.to || len(c.only) > 0 && !slices.Contains(c.only, t.URL.Host()) {
		return c.surfer.Visit(ctx, t)
	}
	now := time.Now()
	c.mu.Lock()
	c.tried = append(c.tried, now)
	c.mu.Unlock()
	time.Sleep(100 * time.Millisecond)
	o := Outcome{Sent: now, Down: true, Unreached: true, Offline: c.offline, Retry: true}
	if t.Kind == Robots {
		o.RobotsErr, o.Rules = errDown, politeness.RobotsFor(0, "", nil, "amble")
	} else if t.Last() {
		o.Retry = false
		c.read(t, answer{}, o)
	}
	return o
}

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

func (c *cutOff) run(t *testing.T, cfg Config) *Frontier {
	t.Helper()
	f := New(cfg.with())
	for _, u := range c.w.seeds {
		f.Seed(mustParse(u))
	}
	f.Run(t.Context(), c)
	return f
}

// TestNetworkThatIsDownIsWaitedFor: hosts that had answered reach nobody any more, all at once. No attempt is used up, few requests
// are made, and all is fetched when the network is back.
func TestNetworkThatIsDownIsWaitedFor(t *testing.T) {
	for _, retries := range []int{0, 2} {
		synctest.Test(t, func(t *testing.T) {
			w := hostsOf(8, 200)
			c := &cutOff{surfer: newSurfer(w), from: 30 * time.Second, to: 2*time.Hour + 30*time.Second}
			cfg := polite
			cfg.Backoff.Retries = retries
			start := time.Now()
			f := c.run(t, cfg)
			want := w.breadthFirst(1, 0, func(string) bool { return true })
			if retries > 0 { // without any, what was on its way when the network went is lost
				if diff := gocmp.Diff(want, c.records); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
			if snap := f.Snapshot(); snap.Abandoned != 0 || snap.Queued != 0 || snap.Network {
				t.Errorf("%+v", snap)
			}
			if n := len(c.tried); n > 8+8+2*60+12 {
				t.Errorf("%d requests were made in 2 h without a network", n)
			}
			if took := time.Since(start); took > 2*time.Hour+6*time.Minute {
				t.Errorf("took %v for 200 s of work and an outage of 2 h", took)
			}
			c.checkManners(t, cfg)
		})
	}
}

// TestMachineThatIsOfflineIsWaitedFor, with one host too, where nothing else could tell.
func TestMachineThatIsOfflineIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hostsOf(1, 100)
		c := &cutOff{surfer: newSurfer(w), from: 20 * time.Second, to: 90 * time.Minute, offline: true}
		f := c.run(t, polite)
		if diff := gocmp.Diff(w.breadthFirst(1, 0, func(string) bool { return true }), c.records); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if snap := f.Snapshot(); snap.Abandoned != 0 {
			t.Errorf("%+v", snap)
		}
	})
}

// TestDeadHostsAreNoOutage: a host that falls silent among many that answer, and hosts that never answered, are set aside as ever; the
// crawl goes on meanwhile and ends.
func TestDeadHostsAreNoOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hostsOf(4, 300, "dead-1.test", "dead-2.test")
		c := &cutOff{surfer: newSurfer(w), to: 1000 * time.Hour, only: []string{"dead-1.test", "dead-2.test"}}
		start := time.Now()
		c.run(t, polite)
		for _, host := range []string{"ha.test", "hd.test"} {
			if n := len(c.starts[host]); n < 301 {
				t.Errorf("%d requests to %s, want 301 at least", n, host)
			}
		}
		if took := time.Since(start); took > time.Hour {
			t.Errorf("took %v", took)
		}
	})
}

// TestNetworkThatNeverComesBackEndsTheCrawl, and what was not fetched stays for another run.
func TestNetworkThatNeverComesBackEndsTheCrawl(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hostsOf(5, 100)
		c := &cutOff{surfer: newSurfer(w), from: 20 * time.Second, to: 10_000 * time.Hour}
		start := time.Now()
		f := c.run(t, polite)
		if snap := f.Snapshot(); !snap.Network || len(c.records)+snap.Queued < 5*101-5 {
			t.Errorf("%d records, %+v", len(c.records), snap)
		}
		if took := time.Since(start); took < maxOutage || took > maxOutage+time.Hour {
			t.Errorf("took %v", took)
		}
	})
}

// TestHoldAndRelease: no request begins between the two; Stop ends a crawl that is held at once.
func TestHoldAndRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hostsOf(3, 60)
		c := &cutOff{surfer: newSurfer(w)}
		f := New(polite.with())
		for _, u := range w.seeds {
			f.Seed(mustParse(u))
		}
		done := make(chan struct{})
		go func() { defer close(done); f.Run(t.Context(), c) }()
		time.Sleep(10500 * time.Millisecond)
		f.Hold("the disk is nearly full")
		held := time.Now()
		time.Sleep(time.Hour)
		if snap := f.Snapshot(); snap.Paused != "the disk is nearly full" || !snap.PausedUntil.IsZero() {
			t.Errorf("held: %+v", snap)
		}
		f.Release()
		released := time.Now()
		time.Sleep(10 * time.Second)
		f.Hold("again")
		f.Stop()
		<-done
		for host, starts := range c.starts {
			for _, s := range starts {
				if s.After(held) && s.Before(released) {
					t.Errorf("a request to %s %v after the crawl was held", host, s.Sub(held))
				}
			}
			if last := starts[len(starts)-1]; !last.After(released.Add(5 * time.Second)) {
				t.Errorf("%s was asked last %v after the release", host, last.Sub(released))
			}
		}
		if w := f.Traffic()[0].Waited[Pause.String()]; w < 59*time.Minute {
			t.Errorf("%v are booked to the pause", w)
		}
	})
}

// TestHoursAreKept to the moment.
func TestHoursAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hostsOf(3, 3000)
		c := &cutOff{surfer: newSurfer(w)}
		begun := time.Now()
		cfg := polite
		cfg.Hours = func(now time.Time) time.Time { // the first quarter of each hour
			at := now.Sub(begun)
			if at%time.Hour < 15*time.Minute {
				return now
			}
			return begun.Add(at.Truncate(time.Hour) + time.Hour)
		}
		c.run(t, cfg)
		if len(c.records) != 3*3001 {
			t.Errorf("%d records", len(c.records))
		}
		first := false
		for host, starts := range c.starts {
			for _, s := range starts {
				at := s.Sub(begun)
				if at%time.Hour >= 15*time.Minute {
					t.Errorf("a request to %s at %v", host, at)
				}
				first = first || at == time.Hour
			}
		}
		if !first {
			t.Error("nobody was asked at the very beginning of an hour")
		}
		// 900 requests in a quarter: 3002 take three whole ones and 302 s.
		if took, want := time.Since(begun), 3*time.Hour+301*time.Second; took < want || took > want+time.Minute {
			t.Errorf("took %v, want %v", took, want)
		}
	})
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
