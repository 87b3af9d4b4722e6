//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"amble/crawler/crawlertest"
)

// jitter is by how much a gap may seem shorter to the server than it was: its own goroutines do not run the moment that a request
// arrives, and this machine has more to do than to run tests.
const jitter = 40 * time.Millisecond

// paced checks that no two requests to a domain followed each other sooner than the interval, whatever died in between.
func (o *ordeal) paced(interval time.Duration) {
	o.t.Helper()
	for host, gaps := range o.server.Log().Gaps(nil) {
		for i, gap := range gaps {
			if gap < interval-jitter {
				o.t.Errorf("%s: %v between requests %d and %d, want at least %v", host, gap, i+1, i+2, interval)
			}
		}
	}
}

// TestTorturePaceSurvivesDeath: that a crawl died is no reason to ask a server sooner.
func TestTorturePaceSurvivesDeath(t *testing.T) {
	seed := needTorture(t)
	const interval = 800 * time.Millisecond
	site := maze(t, 16, 4, "--rate", "1.25")
	peace := maze(t, 16, 4)
	peace.Name = site.Name
	want := undisturbedCrawl(t, peace) // the rate changes nothing but the time
	for i := range uint64(max(1, *torture/20)) {
		t.Run(fmt.Sprint(seed+i), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed+i, 1))
			o := newOrdeal(t, site)
			o.repeat = fmt.Sprintf("-run '^TestTorturePaceSurvivesDeath$' -torture 1 -torture-seed %d", seed+i)
			c := o.crawl()
			for range 2 {
				o.await(c, 0, moment{2 + r.IntN(want.total/2), time.Duration(r.Int64N(int64(interval / 4)))})
				c.kill()
				dir, at := o.remains()
				c = o.resume() // at once: nothing but the command itself keeps the interval
				o.examine(dir, at)
			}
			o.ended(c)
			o.same(want)
			o.frugal(want, 64)
			o.paced(interval)
		})
	}
}

// limited is a site that asks for time: one host by Crawl-delay, one by Retry-After.
const limited = `A host that asks for a second between requests, and one that asks for three after the first.
seed: http://delay.test/
seed: http://busy.test/
args: --depth 2 --rate 0 --scope any

-- delay.test/robots.txt --
User-agent: *
Crawl-delay: 1
-- delay.test/index.html --
<a href="/1">1</a> <a href="/2">2</a> <a href="/3">3</a>
-- delay.test/1 --
-- delay.test/2 --
-- delay.test/3 --
-- busy.test/index.html --
!flaky 1 429 Retry-After: 3
<a href="/next">Next</a>
-- busy.test/next --
`

// TestTortureServersWishesSurviveDeath: what a server asked for, by Crawl-delay or Retry-After, holds for the next run too.
func TestTortureServersWishesSurviveDeath(t *testing.T) {
	needTorture(t)
	site, err := crawlertest.ParseSite("limited.txtar", []byte(limited))
	if err != nil {
		t.Fatal(err)
	}
	o := newOrdeal(t, site)
	c := o.crawl()
	// robots.txt twice, and busy.test answers 429, are three requests; the fourth is the seed of delay.test, a second later.
	o.await(c, 0, moment{4, 200 * time.Millisecond})
	c.kill()
	dir, at := o.remains()
	c = o.resume()
	o.examine(dir, at)
	o.ended(c)
	var busy, delay time.Time
	for _, r := range o.server.Log().Requests() {
		switch {
		case r.Host == "delay.test":
			if gap := r.Start.Sub(delay); gap < time.Second-jitter {
				t.Errorf("%s came %v after the request before, and a Crawl-delay of 1 s holds", r.URL(), gap)
			}
			delay = r.Start
		case r.Status == 429:
			busy = r.End
		case r.Host == "busy.test" && !busy.IsZero():
			if gap := r.Start.Sub(busy); gap < 3*time.Second-jitter {
				t.Errorf("%s came %v after a 429 with a Retry-After of 3 s", r.URL(), gap)
			}
			busy = time.Time{}
		}
	}
	if got := strings.Count(o.export(), "\n"); got != 6 {
		t.Errorf("%d pages, want 6", got)
	}
}

// TestTortureStopAndContinue: a run that stood still, as by Ctrl-Z or on a machine that slept, does not make up for it, and loses nothing; not
// even where the requests under way have timed out meanwhile.
func TestTortureStopAndContinue(t *testing.T) {
	seed := needTorture(t)
	const interval = 100 * time.Millisecond
	want := undisturbedCrawl(t, maze(t, 60, 5))
	for name, timeout := range map[string]string{"patient": "30s", "timed-out": "700ms"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 2))
			o := newOrdeal(t, maze(t, 60, 5, "--rate", "10", "--timeout", timeout))
			c := o.crawl()
			o.await(c, 0, moment{5 + r.IntN(want.total/2), time.Duration(r.Int64N(int64(interval)))})
			if err := c.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			time.Sleep(1500 * time.Millisecond)
			if err := c.cmd.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			o.ended(c)
			o.same(want)
			o.paced(interval)
		})
	}
}
