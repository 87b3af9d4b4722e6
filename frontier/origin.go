package frontier

import (
	"container/heap"
	"slices"
	"time"

	"amble/politeness"
)

// origin is what the loop knows of one scheme://host:port, the unit to which one robots.txt applies (RFC 9309, section
// 2.3), and whose server answers or does not.
//
// Its URLs are held here, and not in their domain's queue, in two cases: until its robots.txt is known, and while it is set
// aside because it fails (the circuit is open). So the other origins of the domain can go on.
type origin struct {
	name    string
	d       *domain
	addr    *address           // where it lives; nil if that does not matter
	located bool               // addr is known
	rules   *politeness.Robots // nil until known, and while they are away
	reading int32              // counts the rules: those of now, and each that was before
	away    bool               // the rules are known to the store alone; see shelf
	used    bool               // the rules were asked lately
	weight  int                // what the shelf counts the rules as; 0 if nothing
	shelved bool               // it is on the shelf
	stale   *politeness.Robots // rules that have expired, in case they cannot be read again
	refusal *politeness.Robots // what robots.txt that does not answer amounts to
	err     error              // why robots.txt could not be read
	readAt  time.Time          // when robots.txt answered
	asked   bool               // its robots.txt, or its address, is being asked for
	hops    int                // redirects followed so far to find its robots.txt
	held    []item             // URLs that wait

	urls     int          // that were admitted
	surplus  bool         // one host more than its domain may have
	sitemaps int          // that were entered
	mapped   *sitemapRoot // where the first of them came from

	failures int       // requests that failed in a row, but for those of URLs that had failed before the last answer
	runs     int32     // such rows that an answer has ended
	frank    bool      // its errors speak of single URLs, even in a row; see failed
	asleep   bool      // set aside
	probes   int       // how often it was asked since, in vain
	probeAt  time.Time // when it is asked again
	probing  bool      // a probe is out, and not the first
	bytes    int64     // that came from it
	gone     gone      // why nothing more is fetched from it
	recalled bool      // the store was asked for its robots.txt
	unnoted  noted
}

const (
	// MaxRobotsHops is how many redirects of a robots.txt are followed; RFC 9309, section 2.3.1.2, asks for at least five.
	MaxRobotsHops = 5
	// RobotsLifetime is how long rules hold before robots.txt is asked for again (RFC 9309, section 2.4).
	RobotsLifetime = 24 * time.Hour
	// staleLife is how much longer they hold each time it does not answer.
	staleLife = time.Hour
	// breakAfter is how many failures in a row set an origin aside.
	breakAfter = 5
	// firstProbe is how long it is left alone before it is asked again; each time in vain doubles it up to lastProbe.
	firstProbe = 30 * time.Second
	lastProbe  = 10 * time.Minute
	// maxProbes is how many times in vain end its part of the crawl, unless there is other work: 25 minutes.
	maxProbes = 6
	// frankProbes is how many of them are enough where the server does answer, if only that it cannot: 3 minutes.
	frankProbes = 3
)

// sleep sets the origin aside until a probe.
func (l *loop) sleep(g *origin, now time.Time) {
	if !g.asleep {
		g.asleep, g.probes = true, 0
		l.sweep(g)
		l.slumber(g, +1, g.held...)
	}
	pause := min(firstProbe<<min(g.probes, 10), lastProbe)
	pause -= time.Duration(l.f.cfg.Random() * float64(pause) / 4)
	l.wakeAt(g, now.Add(pause))
	l.noteOrigin(g, urgent)
}

func (l *loop) wakeAt(g *origin, t time.Time) {
	g.probeAt = t
	heap.Push(&l.later, delayedItem{at: t, wake: g})
}

// wake sends a probe to an origin that was set aside: for its robots.txt if that is what is missing, else a page.
func (l *loop) wake(g *origin, now time.Time) {
	switch {
	case !g.asleep:
	case len(g.held) == 0:
		g.asleep, g.d.barren = false, false
		l.refill(g.d)
	case g.rules == nil && l.recall(g, g.held[0].url):
	case g.rules == nil:
		l.ask(g, robotsURL(g.held[0].url), true, now)
	default:
		it := l.scout(g)
		l.slumber(g, -1, it)
		it.probe, it.reading = true, g.reading
		l.probe(g)
		l.enqueue(it, now)
	}
}

// scout takes the URL that is to be the probe from what an origin holds: one that has not failed yet, if there is one, and not always the next in
// line, for a part of a site may be broken alone.
func (l *loop) scout(g *origin) item {
	from := int(l.f.cfg.Random() * float64(len(g.held)))
	at := from
	for i := range g.held {
		if n := (from + i) % len(g.held); g.held[n].failed == 0 {
			at = n
			break
		}
	}
	it := g.held[at]
	g.held = slices.Delete(g.held, at, at+1)
	return it
}

// probe notes that a probe goes out. One that follows others in vain is no reason for hosts to wait for one another: where hundreds are
// down, some probe is always out.
func (l *loop) probe(g *origin) {
	if !g.probing && g.probes > 0 {
		g.probing = true
		l.probing++
	}
}

// probed notes that it is over.
func (l *loop) probed(g *origin) {
	if g.probing {
		g.probing = false
		l.probing--
	}
}

// rise ends an origin's sleep: it has answered, or there is nothing left to wait for.
func (l *loop) rise(g *origin, now time.Time) {
	if g.failures > 0 || g.asleep {
		l.noteOrigin(g, urgent)
	}
	if g.failures > 0 {
		g.runs++
	}
	g.failures, g.probes = 0, 0
	l.probed(g)
	if g.asleep {
		g.asleep, g.d.barren = false, false
		l.slumber(g, -1, g.held...)
		l.release(g, now)
	}
}

// holdBack keeps an item, which is counted already, with its origin.
func (l *loop) holdBack(it item) {
	it.probe = false
	if it.o.held = append(it.o.held, it); it.o.asleep {
		l.slumber(it.o, +1, it)
	}
}

// slumber counts URLs that an origin which is set aside holds (sign +1), or lets go (-1).
func (l *loop) slumber(g *origin, sign int, items ...item) {
	l.asleep += sign * len(items)
	for i := range items {
		g.d.asleep += sign * items[i].weight()
	}
	l.refill(g.d)
}

// release lets go what an origin held.
func (l *loop) release(g *origin, now time.Time) {
	held := g.held
	g.held = nil
	for _, it := range held {
		if it.kind == Fetch && it.fresh() {
			it.depth = int32(l.f.Visited.path(it.key, it.row).Depth) // it may have come nearer meanwhile
		}
		l.route(it, now)
	}
}

// sweep takes what waits in the queue of an origin's domain to the origin. From now on until it rises, none of its URLs
// is in the queue, but for a probe.
func (l *loop) sweep(g *origin) {
	g.d.queue.filter(func(it item) bool {
		if it.o != g || it.kind != Fetch {
			return true
		}
		if !l.phantom(&it) {
			g.held = append(g.held, it)
		}
		return false
	}, l.phantom)
}

// failed counts a request that told that the origin is down, and sets it aside if it was one too many. It reports
// whether it took the item: as a probe, which is no attempt.
//
// That a page fails which has failed before, with an answer to another in between, tells nothing of the origin: a site may have many pages that are
// broken for good, and at the end of a crawl nothing but their last attempts is left. Nor do many broken pages in a row tell anything where the server answers
// of each that it cannot, and there is nothing else to wait for: that is on record then.
func (l *loop) failed(t *Task, o Outcome, again bool, now time.Time) bool {
	g := t.it.o
	if g.gone != here {
		return false
	}
	row := g.runs + 1
	if t.it.failed == 0 {
		t.it.failed = row
	}
	if !g.asleep {
		if t.it.failed != row || g.frank && o.Erred {
			return false
		}
		if g.failures++; g.failures < breakAfter {
			return false
		}
		l.sleep(g, now)
		if again {
			it := t.it
			it.attempt++
			l.pending++
			l.holdBack(it)
		}
		return again
	}
	if !t.it.probe {
		return false // it was on its way when the origin was set aside
	}
	g.probes++
	it := t.it
	it.begun = true
	l.pending++
	l.holdBack(it)
	switch alone := l.onlySleepers(1); {
	case o.Erred && alone && g.probes >= frankProbes:
		g.frank = true
		l.rise(g, now)
	case alone && g.probes >= maxProbes:
		l.abandon(g)
	default:
		l.sleep(g, now)
	}
	return true
}

// onlySleepers reports whether nothing is left, besides so many tasks, but what origins that are set aside hold, and what stays in the
// store because they hold enough.
func (l *loop) onlySleepers(besides int) bool {
	n := l.asleep + l.probing + besides
	if l.pending == n {
		return true
	}
	for _, d := range l.domains {
		if d.barren {
			n += d.stored
		}
	}
	return l.pending == n
}

// abandon ends the part of an origin that never answered: its URLs stay on record as pending, for another run.
func (l *loop) abandon(g *origin) {
	l.slumber(g, -1, g.held...)
	g.asleep, g.d.barren = false, false
	l.leave(g, silent)
	l.refill(g.d)
}

// conclude is called when nothing is left but what sleeping origins hold. Where it is robots.txt that does not answer, it
// has had its chances: everything there is disallowed.
func (l *loop) conclude(now time.Time) {
	for _, g := range l.origins {
		if g.asleep && g.rules == nil && !g.away && !g.probing {
			l.heed(g, g.refusal)
			l.rise(g, now)
		}
	}
}

// delayed holds what waits for a time: tasks for another attempt, and origins for a probe.
type delayed []delayedItem

type delayedItem struct {
	at   time.Time
	it   item
	wake *origin // if not nil, instead of it
}

func (h delayed) Len() int           { return len(h) }
func (h delayed) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h delayed) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *delayed) Push(x any)        { *h = append(*h, x.(delayedItem)) }
func (h *delayed) Pop() any {
	old := *h
	x := old[len(old)-1]
	old[len(old)-1] = delayedItem{}
	*h = old[:len(old)-1]
	return x
}
