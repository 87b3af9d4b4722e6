package frontier

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/politeness"
)

// cutOff is a surfer whose requests reach nobody at times.
type cutOff struct {
	*surfer
	// lost reports whether a request to a host reaches nobody, so long after the beginning.
	lost    func(host string, at time.Duration) bool
	offline bool          // this machine says so itself
	after   time.Duration // so long a request is under way that reaches nobody

	mu       sync.Mutex
	failed   map[string]int // recorded as failures, by URL
	inVain   []time.Duration
	attempts map[string]int // the greatest number of an attempt that was handed out
}

func newCutOff(w *web, lost func(host string, at time.Duration) bool) *cutOff {
	return &cutOff{surfer: newSurfer(w), lost: lost, failed: map[string]int{}, attempts: map[string]int{}}
}

func (c *cutOff) Visit(ctx context.Context, t *Task) Outcome {
	if t.Kind != Fetch && t.Kind != Robots && t.Kind != Sitemap {
		return c.surfer.Visit(ctx, t)
	}
	at := time.Since(c.begun)
	c.mu.Lock()
	c.attempts[t.URL.String()] = max(c.attempts[t.URL.String()], t.Attempt)
	lost := c.lost(t.URL.Host(), at)
	if lost {
		c.inVain = append(c.inVain, at)
	}
	c.mu.Unlock()
	if !lost {
		return c.surfer.Visit(ctx, t)
	}
	if c.after > 0 {
		time.Sleep(c.after)
	}
	o := Outcome{Down: true, Retry: true, Unreached: true, Offline: c.offline}
	switch {
	case t.Kind == Robots:
		o.RobotsErr, o.Rules = errDown, politeness.RobotsFor(0, "", nil, "amble")
	case t.Kind == Fetch && t.Last():
		c.mu.Lock()
		c.failed[t.URL.String()]++
		c.mu.Unlock()
		return c.read(t, answer{}, o)
	}
	return o
}

func within(from, to time.Duration) func(string, time.Duration) bool {
	return func(_ string, at time.Duration) bool { return at >= from && at < to }
}

func (c *cutOff) crawl(t *testing.T, cfg Config) *Frontier {
	t.Helper()
	f := New(cfg.with())
	for _, u := range c.w.seeds {
		f.Seed(mustParse(u))
	}
	if err := f.Run(t.Context(), c); err != nil {
		t.Error(err)
	}
	return f
}

// TestOutageOfTheNetworkIsNobodysFault: two hours in the middle of a crawl in which nobody can be reached. Every minute one request looks
// whether that is over; then all goes on, and the records are those of a crawl without an outage.
func TestOutageOfTheNetworkIsNobodysFault(t *testing.T) {
	for _, offline := range []bool{false, true} {
		for _, after := range []time.Duration{0, 10 * time.Second} {
			for _, hosts := range []int{3, 40} {
				synctest.Test(t, func(t *testing.T) {
					w := web{robots: map[string]string{"http://h1.test": "User-agent: *\nDisallow: /7\n"}}
					for i := range hosts {
						w.addHost(fmt.Sprintf("h%d.test", i), 100, 0)
					}
					const from, to = 30 * time.Second, 2*time.Hour + 30*time.Second
					c := newCutOff(&w, within(from, to))
					c.offline, c.after = offline, after
					f := c.crawl(t, polite)
					what := fmt.Sprintf("offline %v, after %v, %d hosts", offline, after, hosts)
					if diff := gocmp.Diff(w.breadthFirst(1, 0, w.allowed), c.records); diff != "" || len(c.failed) > 0 {
						t.Errorf("%s: failures %v, records (-want +got):\n%s", what, c.failed, diff)
					}
					burnt := 0
					for _, n := range c.attempts {
						burnt += n
					}
					if burnt >= outageAfter+polite.Workers {
						t.Errorf("%s: %d attempts were burnt", what, burnt)
					}
					probes := 0
					for _, at := range c.inVain {
						if at > from+5*time.Minute {
							probes++
						}
					}
					if probes > 116 || probes < 90 {
						t.Errorf("%s: %d requests in the last 115 minutes of the outage", what, probes)
					}
					if took := time.Since(c.begun); took > to+5*time.Minute {
						t.Errorf("%s: took %v", what, took)
					}
					if snap := f.Snapshot(); snap.Queued != 0 || snap.Network || snap.Abandoned != 0 || snap.Asleep != 0 {
						t.Errorf("%s: ended with %+v", what, snap)
					}
				})
			}
		}
	}
}

// TestOutageBurnsNoLastAttempt: without retries the first failures are recorded before anybody can know, each once, and then no more.
func TestOutageBurnsNoLastAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		for i := range 6 {
			w.addHost(fmt.Sprintf("h%d.test", i), 50, 0)
		}
		c := newCutOff(&w, within(20*time.Second, time.Hour))
		cfg := polite
		cfg.Backoff.Retries = 0
		c.crawl(t, cfg) // the surfer panics if a page is recorded twice
		if n := len(c.failed); n > outageAfter+cfg.Workers {
			t.Errorf("%d failures", n)
		}
		if len(c.records) != 6*51 {
			t.Errorf("%d records", len(c.records))
		}
	})
}

// TestDeadHostIsNoOutage: others answer, and go on as if nothing were.
func TestDeadHostIsNoOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		for i := range 10 {
			w.addHost(fmt.Sprintf("h%d.test", i), 300, 0)
		}
		c := newCutOff(&w, func(host string, at time.Duration) bool { return host == "h3.test" && at > 20*time.Second })
		f := New(polite.with())
		for _, u := range w.seeds {
			f.Seed(mustParse(u))
		}
		time.AfterFunc(200*time.Second, func() {
			if s := f.Snapshot(); s.Paused != "" {
				t.Errorf("paused: %s", s.Paused)
			}
		})
		f.Run(t.Context(), c)
		for host, starts := range c.starts {
			if got := starts[len(starts)-1].Sub(starts[0]); host != "h3.test" && got != 301*time.Second {
				t.Errorf("%s took %v, want 301s", host, got)
			}
		}
		if s := f.Snapshot(); len(c.records)+s.Abandoned != 3010 || s.Queued != 0 {
			t.Errorf("%d records, %+v", len(c.records), s)
		}
	})
}

// TestDeadHostsDoNotKeepACrawlForEver: hosts that never answered, hosts that died one by one, and hundreds of which some probe is always
// under way. What is left of them when nothing else is to do is waited for no longer than for one.
func TestDeadHostsDoNotKeepACrawlForEver(t *testing.T) {
	for _, c := range []struct {
		what    string
		hosts   int
		dies    func(i int) time.Duration
		offline bool
		robots  bool
		most    time.Duration
	}{
		{"two that never answered", 2, func(int) time.Duration { return 0 }, false, true, 30 * time.Minute},
		{"one that there is no way to", 1, func(int) time.Duration { return 0 }, true, true, 30 * time.Minute},
		{"four that died one by one", 4, func(i int) time.Duration { return time.Duration(10+20*i) * time.Second }, false, false, time.Hour},
		{"four that died one by one, robots.txt read", 4, func(i int) time.Duration { return time.Duration(10+20*i) * time.Second }, false, true, time.Hour},
		{"many that died", 150, func(i int) time.Duration { return time.Duration(10+i) * time.Second }, false, false, 6 * time.Hour},
		{"many that never answered", 300, func(int) time.Duration { return 0 }, false, true, time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			var w web
			for i := range c.hosts {
				w.addHost(fmt.Sprintf("dead%d.test", i), 400, 0)
			}
			w.addHost("well.test", 1000, 0)
			x := newCutOff(&w, func(host string, at time.Duration) bool {
				var i int
				n, _ := fmt.Sscanf(host, "dead%d.test", &i)
				return n == 1 && at >= c.dies(i)
			})
			x.after, x.offline = 30*time.Second, c.offline
			cfg := polite
			cfg.IgnoreRobots, cfg.Workers = !c.robots, 64
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Hour)
			defer cancel()
			f := New(cfg.with())
			for _, u := range w.seeds {
				f.Seed(mustParse(u))
			}
			f.Run(ctx, x)
			s := f.Snapshot()
			if took := time.Since(x.begun); took > c.most || s.Queued != 0 || s.Network {
				t.Errorf("%s: took %v, %d records, %+v", c.what, took, len(x.records), s)
			}
		})
	}
}

// TestProbeInAnOutageIsNotTheLast: while the network is down, a host that was set aside before is due for a probe. It is probed again when
// the network is back.
func TestProbeInAnOutageIsNotTheLast(t *testing.T) {
	for _, busy := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var w web
			for i := range 5 {
				w.addHost(fmt.Sprintf("h%d.test", i), 60, 0)
			}
			c := newCutOff(&w, func(host string, at time.Duration) bool {
				return host == "h0.test" && at > 10*time.Second && at < 2*time.Hour || !busy && at > 30*time.Second && at < time.Hour
			})
			cfg := polite
			cfg.IgnoreRobots = true
			f := New(cfg.with())
			for _, u := range w.seeds {
				f.Seed(mustParse(u))
			}
			var v Visitor = c
			if busy { // it comes back with 429 to the probe
				v = busyProbe{c}
			}
			f.Run(t.Context(), v)
			if s := f.Snapshot(); len(c.records)+s.Abandoned != 5*61 || s.Queued != 0 {
				t.Errorf("busy %v: %d records, %+v", busy, len(c.records), s)
			}
		})
	}
}

// busyProbe has probes answered 429.
type busyProbe struct{ *cutOff }

func (b busyProbe) Visit(ctx context.Context, t *Task) Outcome {
	if t.Probe() && t.Attempt < 2 {
		return Outcome{Retry: true, Busy: true, Sent: time.Now(), Answered: time.Now()}
	}
	return b.cutOff.Visit(ctx, t)
}

// TestOfflineWithOneHost: this machine says itself that it has no way to the network.
func TestOfflineWithOneHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		w.addHost("a.test", 100, 0)
		c := newCutOff(&w, within(20*time.Second, 5*time.Hour))
		c.offline = true
		c.crawl(t, polite)
		if diff := gocmp.Diff(w.breadthFirst(1, 0, w.allowed), c.records); diff != "" || len(c.failed) > 0 {
			t.Errorf("failures %v, records (-want +got):\n%s", c.failed, diff)
		}
		if n := len(c.inVain); n > 5*60+20 {
			t.Errorf("%d requests in vain", n)
		}
	})
}

// TestNetworkThatNeverComesBackEndsTheCrawl, and all that was met waits for another run.
func TestNetworkThatNeverComesBackEndsTheCrawl(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		for i := range 5 {
			w.addHost(fmt.Sprintf("h%d.test", i), 100, 0)
		}
		c := newCutOff(&w, within(30*time.Second, 1000*time.Hour))
		var said []string
		cfg := polite
		cfg.Log = func(text string) { said = append(said, text) }
		f := c.crawl(t, cfg)
		s := f.Snapshot()
		if took := time.Since(c.begun); !s.Network || took < maxOutage || took > maxOutage+5*time.Minute {
			t.Errorf("took %v, %+v", took, s)
		}
		if len(c.failed) > 0 || len(c.records)+len(c.pending) != 5*101 || s.Queued < len(c.pending) || s.Queued > len(c.pending)+5 { // robots.txt is to be read again by then
			t.Errorf("failures %v, %d records, %d pending, %+v", c.failed, len(c.records), len(c.pending), s)
		}
		if len(said) != 2 {
			t.Errorf("said %q", said)
		}
	})
}

// TestHold: nothing begins until Release, what was in flight is finished, and Stop does not wait.
func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		w.addHost("a.test", 30, 1500*time.Millisecond)
		w.addHost("b.test", 30, 0)
		f := New(polite.with())
		s := newSurfer(&w)
		for _, u := range w.seeds {
			f.Seed(mustParse(u))
		}
		const from, to = 10*time.Second + 100*time.Millisecond, time.Hour
		time.AfterFunc(from, func() { f.Hold("a test") })
		time.AfterFunc(from+time.Minute, func() {
			if x := f.Snapshot(); x.Paused != "a test" || !x.PausedUntil.IsZero() || x.InFlight != 0 {
				t.Errorf("during the pause: %+v", x)
			}
		})
		time.AfterFunc(to, f.Release)
		f.Run(t.Context(), s)
		first := map[string]bool{}
		for host, starts := range s.starts {
			for _, at := range starts {
				if d := at.Sub(s.begun); d > from && d < to {
					t.Errorf("%s was asked after %v", host, d)
				} else if d == to {
					first[host] = true
				}
			}
		}
		if len(s.records) != 62 || len(first) != 2 {
			t.Errorf("%d records; went on at once: %v", len(s.records), first)
		}
		for _, tr := range f.Traffic() {
			var sum time.Duration
			for _, d := range tr.Waited {
				sum += d
			}
			if took := time.Since(s.begun); sum > took || tr.Waited["pause"] < to-from-2*time.Second {
				t.Errorf("%s: waited %v, %v in all, in %v", tr.Domain, tr.Waited, sum, took)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		var w web
		w.addHost("a.test", 30, 0)
		cfg := polite
		cfg.Held = "from the beginning"
		f := New(cfg.with())
		s := newSurfer(&w)
		f.Seed(mustParse(w.seeds[0]))
		time.AfterFunc(time.Hour, f.Stop)
		f.Run(t.Context(), s)
		if took := time.Since(s.begun); took != time.Hour || len(s.starts) != 0 {
			t.Errorf("took %v, asked %v", took, s.starts)
		}
	})
}

// TestHours: no request begins outside the hours, one that has begun is finished, and the first goes out when they begin; a crawl-delay
// is kept across the pause as at any other time.
func TestHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{robots: map[string]string{"http://b.test": "User-agent: *\nCrawl-delay: 1800\n"}}
		w.addHost("a.test", 1200, 7*time.Second)
		w.addHost("b.test", 12, 0)
		hours := politeness.Hours{From: 22 * 60, To: 2*60 + 15, Zone: time.UTC}
		cfg := polite
		cfg.Hours, cfg.MaxCrawlDelay = hours.Next, time.Hour
		s, f := crawl(t.Context(), &w, cfg)
		if len(s.records) != 1214 {
			t.Errorf("%d records", len(s.records))
		}
		openings := map[string]bool{}
		for host, starts := range s.starts {
			for i, at := range starts {
				if !hours.Next(at).Equal(at) {
					t.Errorf("%s was asked at %v", host, at)
				}
				if at.Format("15:04:05.000") == "22:00:00.000" {
					openings[at.Format("02 ")+host] = true
				}
				if i > 1 && host == "b.test" && at.Sub(starts[i-1]) < 30*time.Minute {
					t.Errorf("b.test: request %d came %v after the one before", i, at.Sub(starts[i-1]))
				}
			}
		}
		if len(openings) < 2 {
			t.Errorf("openings %v", openings)
		}
		if snap := f.Snapshot(); snap.Queued != 0 {
			t.Errorf("%+v", snap)
		}
		for _, tr := range f.Traffic() {
			var sum time.Duration
			for _, d := range tr.Waited {
				sum += d
			}
			if took := time.Since(s.begun); sum > took {
				t.Errorf("%s: waited %v, %v in all, in %v", tr.Domain, tr.Waited, sum, took)
			}
		}
	})
}

// TestOutagesAtRandom: whatever fails when, and is set aside or not, a crawl ends, records nothing twice and loses nothing.
func TestOutagesAtRandom(t *testing.T) {
	for i := range 300 {
		synctest.Test(t, func(t *testing.T) {
			r := newRand(uint64(i), 11)
			w := randomWeb(r)
			clear(w.down)
			from := time.Duration(r.IntN(60)) * time.Second
			net := within(from, from+time.Duration(r.IntN(4000))*time.Second)
			var b func(string, time.Duration) bool
			if r.IntN(2) == 0 {
				from := time.Duration(r.IntN(60)) * time.Second
				b = within(from, from+time.Duration(r.IntN(300))*time.Second)
			}
			c := newCutOff(w, func(host string, at time.Duration) bool {
				return net(host, at) || b != nil && strings.HasPrefix(host, "b.") && b(host, at)
			})
			c.offline, c.after = r.IntN(2) == 0, time.Duration(r.IntN(5))*time.Second
			cfg := Config{
				MaxDepth: r.IntN(6) - 1, MaxRedirects: r.IntN(4), Workers: 1 + r.IntN(8), PerHost: 1 + r.IntN(3),
				Pace: politeness.Pace{Interval: time.Duration(r.IntN(3)) * 500 * time.Millisecond}, Random: r.Float64,
				Backoff: politeness.Backoff{Retries: r.IntN(3)}, Window: r.IntN(5), ByAddress: r.IntN(3) == 0, IgnoreRobots: true,
			}
			clear(w.robots)
			f := c.crawl(t, cfg)
			s := f.Snapshot()
			if s.Queued != 0 || s.InFlight != 0 || s.Asleep != 0 || len(c.records)+s.Abandoned != len(c.records)+len(c.pending) {
				t.Errorf("case %d: %d records, %d pending, %+v", i, len(c.records), len(c.pending), s)
			}
			if len(c.failed) == 0 && s.Abandoned == 0 {
				if diff := gocmp.Diff(w.breadthFirst(cfg.MaxDepth, cfg.MaxRedirects, w.allowed), c.records); diff != "" {
					t.Errorf("case %d (-want +got):\n%s", i, diff)
				}
			}
		})
		if t.Failed() {
			return
		}
	}
}
