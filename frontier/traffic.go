package frontier

import (
	"slices"
	"strings"
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
	Pause                    // outside the crawl's hours, or while it was held
	Network                  // the network was down
	Server                   // waiting for answers
	Machine                  // due, but no worker was free
	reasons
)

var reasonNames = [reasons]string{
	"rate", "crawl-delay", "adaptive", "backoff", "retry-after", "address", "bandwidth", "pause", "network", "server", "machine",
}

// String is the name under which the reason is reported.
func (r Reason) String() string { return reasonNames[r] }

func reasonOf(name string) Reason {
	return Reason(max(0, slices.Index(reasonNames[:], name)))
}

// traffic is what the loop observed of a domain, as the proof of its manners.
type traffic struct {
	requests    int
	bytes       int64
	first, last time.Time // starts of requests: when they were written; last may be that of an earlier run
	least       time.Duration
	n           int             // gaps
	classes     []uint32        // numbers of gaps by class
	sample      []time.Duration // of the gaps: every stride-th
	stride      int
	most        int // in flight at once
	waited      [reasons]time.Duration
}

// gapsKept bounds the sample of gaps; when there are more, every other one is forgotten.
const gapsKept = 64

// started notes a request that was written at t.
func (tr *traffic) started(t time.Time, bounds []time.Duration) {
	tr.requests++
	if tr.first.IsZero() {
		tr.first = t
	}
	if tr.last.IsZero() {
		tr.last = t
		return
	}
	gap := max(0, t.Sub(tr.last)) // negative if two workers reported out of order
	tr.last = latest(tr.last, t)
	if tr.n == 0 || gap < tr.least {
		tr.least = gap
	}
	class, found := slices.BinarySearch(bounds, gap)
	if found {
		class++
	}
	if class >= len(tr.classes) {
		tr.classes = append(tr.classes, make([]uint32, class+1-len(tr.classes))...)
	}
	tr.classes[class]++
	if tr.n++; tr.n%max(tr.stride, 1) != 0 {
		return
	}
	if tr.sample = append(tr.sample, gap); len(tr.sample) == gapsKept {
		for i := range gapsKept / 2 {
			tr.sample[i] = tr.sample[2*i+1]
		}
		tr.sample, tr.stride = tr.sample[:gapsKept/2], max(tr.stride, 1)*2
	}
}

// Traffic is what was observed of one domain (or host, where the user limits by host), and what holds for its next request.
type Traffic struct {
	Domain      string
	Requests    int
	Bytes       int64         // that came
	Interval    time.Duration // in force; 0 if there is no limit
	Asked       bool          // robots.txt asked for this interval
	Least       time.Duration // least gap between the starts of two requests; 0 if there were no two
	Median      time.Duration // of the gaps, or of an even sample of them
	Gaps        []int         // how many gaps were in each class, see Config.GapBounds; classes at the end may be missing
	Most        int           // most requests in flight at once
	Waited      map[string]time.Duration
	First, Last time.Time // starts of the first and the last request

	NotBefore time.Time // no request before this time
	Reason    Reason    // why not
	Busy      int       // how often the server has said lately that it is overloaded
}

// Traffic reports what was observed of every domain that was asked, in byte order. It must be called after Run has returned.
func (f *Frontier) Traffic() []Traffic {
	<-f.quit
	var all []Traffic
	for _, d := range f.loop.domains {
		if d.traffic != nil && d.traffic.requests > 0 || d.unnoted != nothing {
			all = append(all, d.report())
		}
	}
	slices.SortFunc(all, func(a, b Traffic) int { return strings.Compare(a.Domain, b.Domain) })
	return all
}

// Origins reports how the origins answered of which there is something to say. It must be called after Run has returned.
func (f *Frontier) Origins() []Origin {
	<-f.quit
	var all []Origin
	for _, g := range f.loop.origins {
		if o := g.report(); o.OriginPast != (OriginPast{}) || g.unnoted != nothing {
			all = append(all, o)
		}
	}
	return all
}

func (d *domain) report() Traffic {
	tr := d.observed()
	t := Traffic{
		Domain: d.name, Requests: tr.requests, Bytes: tr.bytes, Interval: d.pace.Interval, Asked: d.asked, Least: tr.least, Most: tr.most,
		First: tr.first, Last: tr.last, Waited: make(map[string]time.Duration), NotBefore: d.notBefore, Reason: d.reason, Busy: d.busy,
	}
	for _, n := range tr.classes {
		t.Gaps = append(t.Gaps, int(n))
	}
	if n := len(tr.sample); n > 0 {
		t.Median = slices.Sorted(slices.Values(tr.sample))[n/2]
	}
	for r, w := range tr.waited {
		if w > 0 {
			t.Waited[Reason(r).String()] = w
		}
	}
	return t
}
