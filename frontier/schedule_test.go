package frontier

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"amble/politeness"
)

// chain is a host with n pages under its front page, which links to all of them.
func (w *web) addHost(host string, n int, delay time.Duration) {
	if w.pages == nil {
		w.pages = make(map[string]answer)
	}
	front := answer{delay: delay}
	for i := range n {
		u := fmt.Sprintf("http://%s/%d", host, i)
		front.links = append(front.links, u)
		w.pages[u] = answer{delay: delay}
	}
	w.pages["http://"+host+"/"] = front
	w.seeds = append(w.seeds, "http://"+host+"/")
}

// TestGapsAreTheInterval: with one connection, requests to a domain start exactly one interval apart, robots.txt included, however
// many workers there are; and a crawl of several domains takes as long as its largest.
func TestGapsAreTheInterval(t *testing.T) {
	for _, workers := range []int{1, 3, 64} {
		synctest.Test(t, func(t *testing.T) {
			var w web
			w.addHost("a.test", 20, 0)
			w.addHost("b.test", 10, 0)
			w.addHost("c.test", 5, 0)
			start := time.Now()
			s, _ := crawl(t.Context(), &w, Config{
				MaxDepth: 1, Workers: workers, PerHost: 1, Pace: politeness.Pace{Interval: time.Second},
			})
			for d, starts := range s.starts {
				for i := 1; i < len(starts); i++ {
					if gap := starts[i].Sub(starts[i-1]); gap != time.Second {
						t.Errorf("%d workers: requests %d and %d to %s are %v apart, want 1s", workers, i-1, i, d, gap)
					}
				}
			}
			// robots.txt, the front page and 20 pages: 21 intervals between 22 requests.
			if took := time.Since(start); took != 21*time.Second {
				t.Errorf("%d workers: took %v, want 21s", workers, took)
			}
		})
	}
}

// TestSlowHostHoldsNoWorker: a host that takes 5 s for each answer, and a thousand hosts besides, with two workers.
func TestSlowHostHoldsNoWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		w.addHost("slow.test", 10, 5*time.Second)
		for i := range 1000 {
			w.addHost(fmt.Sprintf("h%d.test", i), 3, 0)
		}
		start := time.Now()
		s, _ := crawl(t.Context(), &w, Config{
			MaxDepth: 1, Workers: 2, PerHost: 1, Pace: politeness.Pace{Interval: time.Second},
		})
		if took, want := time.Since(start), 11*5*time.Second+time.Second; took != want {
			t.Errorf("took %v, want %v: robots.txt, then 11 answers of 5s one after the other", took, want)
		}
		for d, starts := range s.starts {
			if d == "slow.test" {
				continue
			}
			if last := starts[len(starts)-1].Sub(start); last != 4*time.Second {
				t.Errorf("%s got its last request after %v, want 4s", d, last)
			}
		}
	})
}

// TestPerHostNeverRaisesTheRate: more connections keep more requests in flight, but they start no closer together.
func TestPerHostNeverRaisesTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		w.addHost("a.test", 12, 3500*time.Millisecond)
		start := time.Now()
		s, _ := crawl(t.Context(), &w, Config{
			MaxDepth: 1, Workers: 16, PerHost: 4, Pace: politeness.Pace{Interval: time.Second},
		})
		if s.most["a.test"] != 4 {
			t.Errorf("%d requests at once, want 4", s.most["a.test"])
		}
		starts := s.starts["a.test"]
		for i := 3; i < len(starts); i++ {
			if gap := starts[i].Sub(starts[i-1]); gap != time.Second {
				t.Errorf("requests %d and %d are %v apart, want 1s", i-1, i, gap)
			}
		}
		if took := time.Since(start); took > 21*time.Second {
			t.Errorf("took %v: the connections were not used", took)
		}
	})
}

// TestBurst: after a quiet time so many requests go at once, then one per interval.
func TestBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		w.addHost("a.test", 8, 0)
		start := time.Now()
		s, _ := crawl(t.Context(), &w, Config{
			MaxDepth: 1, Workers: 4, PerHost: 1, Pace: politeness.Pace{Interval: time.Second, Burst: 4},
		})
		for i, at := range s.starts["a.test"] {
			if got, want := at.Sub(start).Round(time.Microsecond), time.Duration(max(0, i-3))*time.Second; got != want {
				t.Errorf("request %d went out after %v, want %v", i, got, want)
			}
		}
	})
}

// TestCrawlDelayHoldsFromRobotsOn: the interval that robots.txt asks for counts from the request for robots.txt itself.
func TestCrawlDelayHoldsFromRobotsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{robots: map[string]string{"http://a.test": "User-agent: *\nCrawl-delay: 7\n"}}
		w.addHost("a.test", 3, 0)
		s, _ := crawl(t.Context(), &w, Config{MaxDepth: 1, Workers: 4, PerHost: 4, Pace: politeness.Pace{Interval: time.Second}})
		starts := s.starts["a.test"]
		for i := 1; i < len(starts); i++ {
			if gap := starts[i].Sub(starts[i-1]); gap != 7*time.Second {
				t.Errorf("requests %d and %d are %v apart, want 7s", i-1, i, gap)
			}
		}
	})
}

// TestDeniedURLsCostNoTime: a crawl does not wait for the turn of URLs that are not going to be fetched.
func TestDeniedURLsCostNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{robots: map[string]string{"http://a.test": "User-agent: *\nDisallow: /\nAllow: /$\n"}}
		w.addHost("a.test", 100, 0)
		start := time.Now()
		s, _ := crawl(t.Context(), &w, Config{MaxDepth: 1, Workers: 2, PerHost: 1, Pace: politeness.Pace{Interval: time.Second}})
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v, want 1s: robots.txt and one page", took)
		}
		if len(s.records) != 101 || len(s.fetched) != 1 {
			t.Errorf("%d records and %d fetches, want 101 and 1", len(s.records), len(s.fetched))
		}
	})
}

// TestMaxPagesIsExact: so many URLs are fetched and not one more, whatever is in flight.
func TestMaxPagesIsExact(t *testing.T) {
	for _, workers := range []int{1, 64} {
		synctest.Test(t, func(t *testing.T) {
			var w web
			for i := range 10 {
				w.addHost(fmt.Sprintf("h%d.test", i), 20, time.Duration(i)*time.Second)
			}
			u := w.pages["http://h0.test/"].links[0]
			w.pages[u] = answer{failures: 1}
			s, f := crawl(t.Context(), &w, Config{MaxDepth: 1, MaxPages: 37, Workers: workers, PerHost: 8, Backoff: politeness.Backoff{Retries: 2}})
			if len(s.records) != 37 || len(s.fetched) != 37 {
				t.Errorf("%d workers: %d records, %d fetches, want 37", workers, len(s.records), len(s.fetched))
			}
			if f.Snapshot().Limited != "pages" {
				t.Errorf("%d workers: the end does not tell that the limit was reached", workers)
			}
		})
	}
}

// TestStopFinishesWhatIsInFlight: after Stop nothing is begun, and what was begun is recorded.
func TestStopFinishesWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		w.addHost("a.test", 50, 10*time.Second)
		f := New(Config{MaxDepth: 1, Workers: 4, PerHost: 4, Random: func() float64 { return 0 }})
		s := newSurfer(&w)
		f.Seed(mustParse(w.seeds[0]))
		time.AfterFunc(15*time.Second, func() { f.Stop(); f.Stop() })
		start := time.Now()
		if err := f.Run(t.Context(), s); err != nil {
			t.Errorf("Run returned %v after Stop", err)
		}
		// The front page until 10s, then four pages at once until 20s.
		if took := time.Since(start); took != 20*time.Second || len(s.records) != 5 {
			t.Errorf("took %v with %d records, want 20s and 5", took, len(s.records))
		}
	})
}

// TestCancelEndsRun: when ctx is cancelled, Run returns its error as soon as the visits have.
func TestCancelEndsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		w.addHost("a.test", 50, time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		f := New(Config{MaxDepth: 1, Workers: 4, PerHost: 1, Random: func() float64 { return 0 }})
		f.Seed(mustParse(w.seeds[0]))
		start := time.Now()
		if err := f.Run(ctx, newSurfer(&w)); err != context.DeadlineExceeded {
			t.Errorf("Run returned %v", err)
		}
		if took := time.Since(start); took > 6*time.Second {
			t.Errorf("Run took %v after its context ended at 5s", took)
		}
	})
}

// TestBusyServerSlowsItsDomain: a server that asks for a pause gets it for all its URLs, while another domain goes on.
func TestBusyServerSlowsItsDomain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w web
		w.addHost("busy.test", 5, 0)
		w.addHost("free.test", 15, 0)
		f := New(Config{
			MaxDepth: 1, Workers: 4, PerHost: 1, Pace: politeness.Pace{Interval: time.Second},
			Backoff: politeness.Backoff{Retries: 2}, Random: func() float64 { return 0 },
		})
		s := newSurfer(&w)
		for _, u := range w.seeds {
			f.Seed(mustParse(u))
		}
		f.Run(t.Context(), busyOnce{s, "http://busy.test/2"})
		starts := s.starts["busy.test"]
		var longest time.Duration
		for i := 1; i < len(starts); i++ {
			longest = max(longest, starts[i].Sub(starts[i-1]))
		}
		if longest != 20*time.Second {
			t.Errorf("the longest gap at the busy domain is %v, want 20s", longest)
		}
		free := s.starts["free.test"]
		for i := 1; i < len(free); i++ {
			if gap := free[i].Sub(free[i-1]); gap != time.Second {
				t.Errorf("the free domain waited %v", gap)
			}
		}
		if len(s.records) != 22 {
			t.Errorf("%d records, want 22", len(s.records))
		}
	})
}

// busyOnce has one URL answer 429 with Retry-After: 20 the first time.
type busyOnce struct {
	*surfer
	url string
}

func (b busyOnce) Visit(ctx context.Context, t *Task) Outcome {
	if t.URL.String() == b.url && t.Attempt == 0 && t.Kind == Fetch {
		b.request(t.URL, +1)
		b.request(t.URL, -1)
		return Outcome{Retry: true, Busy: true, RetryAfter: 20 * time.Second, Sent: time.Now()}
	}
	return b.surfer.Visit(ctx, t)
}

func TestQueueIsLowestDepthFirstThenFirstInFirstOut(t *testing.T) {
	var q queue
	for i, depth := range []int32{3, 1, 2, 1, 3, robotsLevel, 1} {
		q.push(item{depth: depth, attempt: int32(i)})
	}
	var got []int32
	for it := q.peek(); it != nil; it = q.peek() {
		got = append(got, it.attempt)
		q.pop()
	}
	if want := []int32{5, 1, 3, 6, 2, 0, 4}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

// TestQueueForgetsWhatIsGone: a queue that is filled and emptied for long does not keep growing.
func TestQueueForgetsWhatIsGone(t *testing.T) {
	var q queue
	for range 100 {
		q.push(item{depth: 1})
	}
	for range 100_000 {
		q.push(item{depth: 1})
		q.pop()
	}
	if n := cap(q.levels[0].chunks); n > 10 {
		t.Errorf("a queue of 100 items holds room for %d chunks", n)
	}
}

// again is a worker that must ask for one page in another way at first, and then fails with it for good.
type again struct {
	*surfer
	asked   []time.Time
	retries []int
}

func (v *again) Visit(ctx context.Context, t *Task) Outcome {
	if t.Kind != Fetch || t.URL.String() != "http://a.test/x" {
		return v.surfer.Visit(ctx, t)
	}
	now := time.Now()
	v.asked, v.retries = append(v.asked, now), append(v.retries, t.Retries())
	o := Outcome{Sent: now, Answered: now, Ended: now}
	switch {
	case len(v.asked) == 1:
		o.Again = true
	case !t.Last():
		o.Retry = true
	default:
		return v.surfer.Visit(ctx, t)
	}
	return o
}

// What was asked for in a way that was no use comes back in its turn, and has its retries still.
func TestAgainIsNoRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{seeds: []string{"http://a.test/"}, pages: map[string]answer{"http://a.test/": {links: []string{"http://a.test/x"}}, "http://a.test/x": {}}}
		cfg := polite
		cfg.Pace.Interval, cfg.Backoff.Retries, cfg.Random = 100*time.Millisecond, 2, func() float64 { return 1 }
		f := New(cfg)
		f.Seed(mustParse(w.seeds[0]))
		v := &again{surfer: newSurfer(&w)}
		f.Run(t.Context(), v)
		if !slices.Equal(v.retries, []int{0, 0, 1, 2}) {
			t.Fatalf("retries before each attempt: %v, want 0 0 1 2", v.retries)
		}
		interval := cfg.Pace.Interval
		if gap := v.asked[1].Sub(v.asked[0]); gap < interval || gap > interval+interval/10 {
			t.Errorf("the second attempt came after %s, want the interval of %s", gap, interval)
		}
		if gap := v.asked[2].Sub(v.asked[1]); gap <= interval {
			t.Errorf("a retry came after %s, without a backoff", gap)
		}
	})
}
