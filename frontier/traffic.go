package frontier

import (
	"slices"
	"time"
)

// Reason is why a domain waited.
type Reason uint8

// The reasons. Where several held a domain at once, the one that held it longest is named.
const (
	Rate       Reason = iota // the user's rate
	CrawlDelay               // the interval that robots.txt asks for
	Adaptive                 // a pause in proportion to the time the server took
	Backoff                  // the server failed, or said that it is overloaded
	RetryAfter               // the server named the pause
	Address                  // another host at the same IP address had its turn
	Bandwidth                // the limit of bytes per second
	Server                   // waiting for answers
	Machine                  // due, but no worker was free
	reasons
)

var reasonNames = [reasons]string{
	"rate", "crawl-delay", "adaptive", "backoff", "retry-after", "address", "bandwidth", "server", "machine",
}

// String is the name under which the reason is reported.
func (r Reason) String() string { return reasonNames[r] }

// traffic is what the loop observed of a domain, as the proof of its manners.
type traffic struct {
	requests    int
	first, last time.Time // starts of requests: when they were written
	least       time.Duration
	gaps        []time.Duration // between starts; every stride-th
	stride, n   int
	most        int // in flight at once
	waited      [reasons]time.Duration
}

// gapsKept bounds the gaps that a domain remembers; when there are more, every other one is forgotten.
const gapsKept = 1024

// started notes a request that was written at t.
func (tr *traffic) started(t time.Time) {
	if tr.requests++; tr.requests == 1 {
		tr.first, tr.last = t, t
		return
	}
	gap := t.Sub(tr.last)
	if gap < 0 { // two workers reported out of order
		gap = 0
	}
	tr.last = latest(tr.last, t)
	if tr.requests == 2 || gap < tr.least {
		tr.least = gap
	}
	if tr.n++; tr.n%max(tr.stride, 1) != 0 {
		return
	}
	if tr.gaps = append(tr.gaps, gap); len(tr.gaps) == gapsKept {
		for i := range gapsKept / 2 {
			tr.gaps[i] = tr.gaps[2*i+1]
		}
		tr.gaps, tr.stride = tr.gaps[:gapsKept/2], max(tr.stride, 1)*2
	}
}

// Traffic is what was observed of one domain (or host, where the user limits by host).
type Traffic struct {
	Domain      string
	Requests    int
	Interval    time.Duration   // in force at the end; 0 if there was no limit
	Asked       bool            // robots.txt asked for this interval
	Least       time.Duration   // least gap between the starts of two requests; 0 if there were no two
	Median      time.Duration   // of the gaps
	Gaps        []time.Duration // a sample of the gaps, even over the crawl, at most 1,024
	Most        int             // most requests in flight at once
	Waited      map[string]time.Duration
	First, Last time.Time // starts of the first and the last request
}

// Traffic reports what was observed of every domain that was asked, in byte order. It must be called after Run has returned.
func (f *Frontier) Traffic() []Traffic {
	<-f.quit
	var all []Traffic
	for _, d := range f.loop.domains {
		tr := &d.traffic
		if tr.requests == 0 {
			continue
		}
		t := Traffic{
			Domain: d.name, Requests: tr.requests, Interval: d.pace.Interval, Asked: d.asked, Least: tr.least, Gaps: tr.gaps,
			Most: tr.most, First: tr.first, Last: tr.last, Waited: make(map[string]time.Duration),
		}
		if n := len(tr.gaps); n > 0 {
			t.Median = slices.Sorted(slices.Values(tr.gaps))[n/2]
		}
		for r, w := range tr.waited {
			if w > 0 {
				t.Waited[Reason(r).String()] = w
			}
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Traffic) int {
		if a.Domain < b.Domain {
			return -1
		}
		return 1
	})
	return all
}
