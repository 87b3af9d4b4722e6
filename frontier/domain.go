package frontier

import (
	"slices"
	"time"

	"golang.org/x/time/rate"

	"amble/frontier/canon"
	"amble/politeness"
)

// item is a URL that waits. A crawl may hold millions of them.
type item struct {
	url     canon.URL
	key     canon.Key
	row     *row               // of url in Visited; nil for what is no page
	o       *origin            // of url; for Robots, the one whose robots.txt is asked for
	d       *domain            // whose bucket pays; nil for a task that asks no server
	rules   *politeness.Robots // by which it is denied, or to be judged
	listed  *[]canon.URL       // of a Relist
	after   int64              // of a Backlog
	depth   int32              // its level in the queue; robotsLevel for robots.txt
	attempt int32
	chain   int32 // of a Fetch or Replay: see Known
	reading int32 // of the rules by which it was last allowed; see origin
	failed  int32 // which run of failures of its origin it first failed in, from 1; 0 if it has not
	hops    int8  // of a Sitemap: how deep in indexes, or how far redirected
	kind    Kind
	trap    trap // of a Skip: why it is held back, if not by robots.txt
	root    bool // see Known
	grown   bool // of a Replay or Relist: because the scope has grown
	begun   bool // it has been with a worker before, though that was no attempt
	judge   bool // a worker is to find out whether its rules allow it
	probe   bool // it goes out to see whether its origin answers again
	again   bool // one of its attempts was of no use: see Outcome.Again
	invited bool // a sitemap that robots.txt names at its own origin: it may be fetched whatever the rules
}

// fresh reports whether the item has never been with a worker.
func (it *item) fresh() bool { return it.attempt == 0 && !it.begun }

// The levels of tasks that go before every page.
const (
	robotsLevel  int32 = -2
	sitemapLevel int32 = -1
)

// domain is what the loop knows of one limiter key: the registrable domain, or the host where the user says so. Its
// requests share one token bucket and one queue.
//
// A domain is in the heap exactly if it could send a request once the time has come: something waits in its queue, fewer
// requests than allowed are in flight, and the last one handed out is known to have been written. So "one connection at
// a time" needs no check anywhere else.
type domain struct {
	name      string
	pace      politeness.Pace // the user's, lengthened by the crawl-delays of its origins
	asked     bool            // a crawl-delay has lengthened it
	bucket    *rate.Limiter   // nil without bursts
	queue     queue
	busy      int // how often the server has said lately that it is overloaded; successes count it down
	inFlight  int
	unsent    *Task     // the request that was handed out and not yet written, as far as the loop knows
	notBefore time.Time // no request before this time
	reason    Reason    // why not
	due       time.Time // when the next request may go out; valid while in the heap
	index     int       // in the heap; -1 if not there
	parked    bool      // waits for its address instead
	readyAt   time.Time // when it came into the heap
	traffic   *traffic  // nil if it has not been asked
	answered  int       // how many outages of the network were over when it last answered, and one more; 0 if it never has
	unnoted   noted

	// Of its URLs that are not done:
	loaded    int     // are in memory, by their weight
	asleep    int     // of these, with origins that are set aside, by their weight
	stored    int     // wait in the store
	shallow   int32   // of these, none has a lower depth
	left      int     // are left for another run, by weight
	unheard   int     // on record, by weight, but not heard of yet: so many more are asked for
	refilling bool    // a Refill task is under way
	dry       bool    // the store had nothing that is restored already
	passed    int     // of those in the store, so much weight is passed over for their hosts are set aside
	barren    bool    // there are no others
	by        *origin // that it was first known by
}

func newDomain(name string, p politeness.Pace) *domain {
	d := &domain{name: name, index: -1}
	d.setPace(time.Time{}, p)
	return d
}

// observed is what has been observed of the domain, now that there is something.
func (d *domain) observed() *traffic {
	if d.traffic == nil {
		d.traffic = new(traffic)
	}
	return d.traffic
}

// setPace changes the interval from now on.
func (d *domain) setPace(now time.Time, p politeness.Pace) {
	d.pace = p
	switch {
	case !d.bursts():
	case d.bucket == nil:
		d.bucket = rate.NewLimiter(rate.Every(p.Interval), p.Burst)
	default:
		d.bucket.SetLimitAt(now, rate.Every(p.Interval))
		d.bucket.SetBurstAt(now, p.Burst)
	}
}

// bursts reports whether several requests may go out together after a quiet time.
func (d *domain) bursts() bool { return d.pace.Interval > 0 && d.pace.Burst > 1 }

// ready reports whether the domain belongs into the heap.
func (d *domain) ready(perHost int) bool {
	return d.queue.live > 0 && d.inFlight < perHost && d.unsent == nil
}

// earliest is when the next request may go out: when the bucket has a token, and not before the interval since the last
// request or a pause has passed. It takes no token.
func (d *domain) earliest(now time.Time) time.Time {
	// With a burst of 1 notBefore is exact, and the bucket's floating point must not add a nanosecond to it.
	if !d.bursts() {
		return d.notBefore
	}
	if t := d.bucket.TokensAt(now); t < 1 {
		d.hold(now.Add(time.Duration((1-t)*float64(d.pace.Interval))), Rate)
	}
	return d.notBefore
}

// take pays for the request t, which goes out now.
func (d *domain) take(t *Task, now time.Time) {
	tr := d.observed()
	tr.waited[d.reason] += max(0, d.due.Sub(d.readyAt))
	tr.waited[Machine] += max(0, now.Sub(latest(d.due, d.readyAt)))
	if d.bursts() {
		d.bucket.ReserveN(now, 1)
	}
	if d.pace.Interval > 0 {
		d.unsent = t
	}
	if d.pace.Burst <= 1 {
		d.hold(now.Add(d.pace.Interval), d.paceReason()) // without an interval: behind the other domains that are due
	}
	d.inFlight++
	tr.most = max(tr.most, d.inFlight)
}

// written notes that the request t is on its way, or over.
func (d *domain) written(t *Task) {
	if d.unsent == t {
		d.unsent = nil
	}
}

// paced counts the interval from when a request really was written and answered. A server that was overloaded lately gets
// twice the interval for each time it said so, and is eased back by its successes.
func (d *domain) paced(sent, answered time.Time) {
	if d.pace.Interval > 0 && d.pace.Burst <= 1 {
		d.hold(d.pace.Next(sent, answered), d.paceReason())
	}
	if d.busy > 0 && d.pace.Interval > 0 {
		d.hold(sent.Add(min(d.pace.Interval<<min(d.busy, 10), politeness.MaxBackoff)), Backoff)
	}
}

// paceReason is what the interval is due to.
func (d *domain) paceReason() Reason {
	if d.asked {
		return CrawlDelay
	}
	return Rate
}

// hold allows no request before t, for the reason given.
func (d *domain) hold(t time.Time, why Reason) {
	if t.After(d.notBefore) {
		d.notBefore, d.reason = t, why
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// queue holds the waiting items of one domain by level, lower depth first, first in first out within a level.
type queue struct {
	levels []level // by depth, ascending; few at any time
	live   int     // items that count; a URL that moved forward leaves a phantom behind, which does not
}

type level struct {
	depth  int32
	chunks [][]item // none is empty
	head   int      // items of the first chunk before it are gone
}

// chunkLen is how many items a chunk holds: a long queue is neither copied as it grows nor kept once it is worked off.
const chunkLen = 256

func (q *queue) push(it item) {
	i := len(q.levels)
	for i > 0 && q.levels[i-1].depth > it.depth {
		i--
	}
	if i == 0 || q.levels[i-1].depth != it.depth {
		q.levels = slices.Insert(q.levels, i, level{depth: it.depth})
		i++
	}
	l := &q.levels[i-1]
	if n := len(l.chunks); n == 0 || len(l.chunks[n-1]) == chunkLen {
		l.chunks = append(l.chunks, nil)
	}
	last := &l.chunks[len(l.chunks)-1]
	*last = append(*last, it)
}

// peek returns the first item, or nil. It is valid until the next push or pop.
func (q *queue) peek() *item {
	if len(q.levels) == 0 {
		return nil
	}
	l := &q.levels[0]
	return &l.chunks[0][l.head]
}

// pop drops the first item.
func (q *queue) pop() {
	l := &q.levels[0]
	l.chunks[0][l.head] = item{}
	if l.head++; l.head < len(l.chunks[0]) {
		return
	}
	l.chunks[0], l.chunks, l.head = nil, l.chunks[1:], 0
	if len(l.chunks) == 0 {
		q.levels = slices.Delete(q.levels, 0, 1)
	}
}

// filter keeps the items that keep wants and drops phantoms.
func (q *queue) filter(keep func(item) bool, phantom func(*item) bool) {
	old := *q
	*q = queue{}
	seen := make(map[canon.Key]bool)
	for it := old.peek(); it != nil; it = old.peek() {
		if again := it.kind == Fetch && seen[it.key]; !again && !phantom(it) {
			if it.kind == Fetch {
				seen[it.key] = true
			}
			if keep(*it) {
				q.push(*it)
				q.live++
			}
		}
		old.pop()
	}
}

// fifo is a queue of items, first in first out.
type fifo struct {
	items []item
	head  int
}

func (q *fifo) push(it item) { q.items = append(q.items, it) }

// first is the first item; nil if there is none. It is valid until the next push or pop.
func (q *fifo) first() *item {
	if q.head == len(q.items) {
		return nil
	}
	return &q.items[q.head]
}

func (q *fifo) pop() {
	q.items[q.head] = item{}
	if q.head++; q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
}

// filter keeps the items that keep wants, and returns how many it dropped.
func (q *fifo) filter(keep func(*item) bool) (dropped int) {
	old := q.items[q.head:]
	q.items, q.head = nil, 0
	for i := range old {
		if keep(&old[i]) {
			q.push(old[i])
		}
	}
	return len(old) - len(q.items)
}
