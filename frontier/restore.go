package frontier

import (
	"time"

	"amble/frontier/canon"
	"amble/politeness"
)

// Restored is a URL that an earlier run of the crawl met, as the store has it.
type Restored struct {
	URL  canon.URL
	Turn string // what LimitBy says of it; "" if nobody has worked it out
	Path Path
	// Record is the number under which it waits in the store; 0 if it is a page that has its record.
	Record uint32
	// HeldBack says of a page that a limit held it back: it counts under none.
	HeldBack bool
	Chain    int // redirects in a row that led to a URL that waits, those that count as clicks included
	// Root says of a URL that waits that it is a seed, or where one redirects to.
	Root bool
	// Beyond says of a URL that waits that the crawl does not reach it any more, now that its depth or scope is smaller. It is
	// known, and fetched if a path within reach turns up.
	Beyond bool

	key   canon.Key
	shape shape
}

// Look works out what Restore needs and takes time. It may be called by several goroutines at once.
func (f *Frontier) Look(r *Restored) {
	r.key, r.shape = f.cfg.Seed.Key(r.URL), f.cfg.shapeOf(r.URL)
	if r.Turn == "" {
		r.Turn = f.cfg.LimitBy(r.URL)
	}
}

// Restore enters what an earlier run knew of a URL, after Look: a page is not fetched again, nor are its links admitted again
// unless they must be (see RestoreBacklog). It must be called before Run, and before Seed.
func (f *Frontier) Restore(r *Restored) { f.loop.restore(r) }

// A crawl that knows millions of URLs goes on before all of them are back in memory: what waits in the store can be fetched, for what
// waits is in no page's record. But no link can be told from a new one yet. So a page that is read meanwhile reveals nothing, and is
// Outdated: it belongs to the backlog, and is replayed in the end. So is everything else put off that admits URLs.

// Expect says that RestoreMore will be called while Run runs, and then RestoreEnd. Pages says that some of it are pages. It must be
// called before Run and before anything else is restored.
func (f *Frontier) Expect(pages bool) {
	l := &f.loop
	f.restoring.Store(true)
	l.restoring, l.restored = true, l.restored || pages
	l.pending++ // there is no end before RestoreEnd
}

// RestoreMore does what Restore does, after Expect: URLs that wait are best given in the order in which they were met. It waits until Run
// takes them, and reports whether the crawl goes on.
func (f *Frontier) RestoreMore(all []*Restored) (more bool) {
	f.query(func(time.Time) {
		l := &f.loop
		if more = l.restoring && !l.stopping; more {
			for _, r := range all {
				l.restore(r)
			}
		}
	})
	return more
}

// RestoreEnd says that all has been restored; backlog is as for RestoreBacklog, listed as for RestoreListed.
func (f *Frontier) RestoreEnd(backlog bool, listed ...[]canon.URL) {
	f.query(func(now time.Time) {
		if l := &f.loop; l.restoring && !l.stopping {
			l.complete(now)
			if backlog {
				l.bring(0, false)
			}
			for _, urls := range listed {
				l.relist(urls, false)
			}
		}
	})
}

// complete goes on with what was put off until everything was restored.
func (l *loop) complete(now time.Time) {
	l.f.restoring.Store(false)
	l.restoring = false
	l.f.Visited.referrers.numbers = nil
	for it := l.deferred.first(); it != nil; it = l.deferred.first() {
		if it.kind == Sitemap {
			l.route(*it, now)
		} else {
			l.free.push(*it)
		}
		l.deferred.pop()
	}
	l.deferred = fifo{}
	for _, d := range l.domains {
		d.dry = false
		l.refill(d)
	}
	l.pending--
}

// forsake leaves what is not restored yet, and what was put off, to another run.
func (l *loop) forsake() {
	if l.restoring {
		l.restoring, l.forsaken = false, true
		l.pending -= 1 + l.deferred.filter(func(*item) bool { return false })
	}
}

// internal puts a task that asks no server into the schedule, unless it is forsaken. One that admits URLs waits until all are restored.
func (l *loop) internal(it item) {
	if l.forsaken {
		return // the store knows
	}
	if l.pending++; l.restoring {
		l.deferred.push(it)
	} else {
		l.free.push(it)
	}
}

func (l *loop) restore(r *Restored) {
	f := l.f
	as := row{state: done, sealed: true}
	if r.Record != 0 {
		as = row{record: r.Record, state: met}
	}
	at := f.Visited.restore(r.key, r.Path, as)
	o := l.originOf(r.URL, r.Turn, r.Record != 0 && !r.Beyond) // what waits needs a place in the schedule, be its host one too many
	if !r.HeldBack && r.shape.trap == 0 {
		l.census.count(r.shape, o)
	}
	l.restored = l.restored || r.Record == 0
	if r.Record == 0 || r.Beyond {
		return
	}
	it := l.itemOf(r.URL, r.key, at, int32(r.Path.Depth), o)
	it.root, it.chain = r.Root, int32(r.Chain)
	l.pending++
	if it.root {
		l.roots[r.key] = struct{}{}
	}
	if r.shape.trap != 0 && !(it.root && r.Path.Referrer == "") {
		l.trapped(it, r.shape.trap) // it was met, but what became of it is not on record: the run ended before
		return
	}
	if l.f.cfg.Window == 0 || it.root || it.chain > 0 || l.restoring && it.d.loaded < leastWindow {
		l.load(it, time.Now())
		return
	}
	l.store(&it)
}

// RestoreBacklog says that the store knows of pages whose links must be admitted once more: Backlog tasks bring them. It must
// be called before Run.
func (f *Frontier) RestoreBacklog() { f.loop.bring(0, false) }

// RestoreSitemap says that an earlier run has read a sitemap: it is not fetched again. It must be called before Run.
func (f *Frontier) RestoreSitemap(u canon.URL) {
	f.loop.sitemaps[f.cfg.Seed.Key(u)] = nil
}

// RestoreListed has what sitemaps list admitted once more, by a Relist task. It must be called before Run.
func (f *Frontier) RestoreListed(urls []canon.URL) { f.loop.relist(urls, false) }

// begin is called when all that is known of earlier runs has been entered.
func (l *loop) begin() {
	if l.restoring {
		return
	}
	l.f.Visited.referrers.numbers = nil
	for _, d := range l.domains {
		l.refill(d)
	}
}

// bring has a Backlog task ask for the pages that come after a number; because the scope has grown, or not.
func (l *loop) bring(after int64, grown bool) {
	if grown {
		l.growth.replays++
	}
	l.internal(item{kind: Backlog, after: after, grown: grown})
}

// backlog takes in the pages that a Backlog task brought.
func (l *loop) backlog(t *Task, o Outcome) {
	for _, u := range o.Pages {
		k := l.f.cfg.Seed.Key(u)
		if e, r := l.f.Visited.load(k); r != nil && e.state == done {
			l.replay(u, k, r, e.redirects, t.it.grown)
		}
	}
	if o.More != 0 {
		l.bring(o.More, t.it.grown)
	}
}

// Past is what a crawl that goes on must know of the manners of its earlier runs.
type Past struct {
	// Until is when the last of them may have made its last request, at the latest.
	Until time.Time
	// Domains and Origins are what they noted, by name. What is not there was not asked, as far as is known.
	Domains map[string]DomainPast
	Origins map[string]OriginPast
}

// DomainPast is how a domain was dealt with.
type DomainPast struct {
	Interval  time.Duration // between two requests, if robots.txt asked for it; else 0
	NotBefore time.Time     // no request before this time
	Reason    string        // why not, as Reason.String has it
	Busy      int           // how often the server said lately that it is overloaded
	Last      time.Time     // start of the last request
}

// OriginPast is how an origin answered.
type OriginPast struct {
	Failures int       // in a row
	Probe    time.Time // when it was to be asked again; zero if it was not set aside
	Probes   int       // how often it was asked in vain since it was set aside
	Bytes    int64     // that came from it
}

// recallDomain has a domain go on where an earlier run left it. Times that lie too far ahead are those of a clock that was set
// back since, and are not waited for.
func (l *loop) recallDomain(d *domain) {
	past := l.f.cfg.Past
	if past == nil {
		return
	}
	now := time.Now()
	was := past.Domains[d.name]
	if was.Interval > 0 {
		if p := d.pace.With(min(was.Interval, l.f.cfg.MaxCrawlDelay)); p != d.pace {
			d.setPace(now, p)
			d.asked = true
		}
	}
	d.busy = was.Busy
	if !was.Last.IsZero() {
		d.observed().last = earlier(was.Last, now)
		d.answered = 1 // as far as anybody knows
	}
	if d.pace.Interval > 0 {
		d.hold(now.Add(earlier(past.Until, now).Sub(now)+d.pace.Interval), d.paceReason())
	}
	longest := max(l.f.cfg.Backoff.Max, d.pace.Interval)
	if longest == 0 {
		longest = politeness.MaxBackoff
	}
	why := reasonOf(was.Reason)
	if why == Rate || why == CrawlDelay {
		longest = d.pace.Interval // such a pause was never longer
	}
	d.hold(now.Add(min(was.NotBefore.Sub(now), longest)), why)
}

// recallOrigin does so for an origin.
func (l *loop) recallOrigin(g *origin) {
	past := l.f.cfg.Past
	if past == nil {
		return
	}
	was := past.Origins[g.name]
	g.failures, g.bytes = was.Failures, was.Bytes
	if !was.Probe.IsZero() {
		g.asleep, g.probes = true, was.Probes
		l.wakeAt(g, earlier(was.Probe, time.Now().Add(lastProbe)))
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Recall tasks: robots.txt that an earlier run has read is not asked for again before it expires.

// recall asks the store for the robots.txt of an origin, once each time that it can have something.
func (l *loop) recall(g *origin, u canon.URL) bool {
	if !g.away && l.f.cfg.Past == nil || g.recalled {
		return false
	}
	g.recalled = true
	l.pending++
	l.free.push(item{kind: Recall, url: u, o: g})
	return true
}

// recalled takes in what the store had.
func (l *loop) recalled(t *Task, o Outcome, now time.Time) {
	g := t.it.o
	back := g.away
	g.away = false
	switch {
	case l.limited != "":
	case o.Rules != nil:
		if back { // they are what they were, and so is all that followed from them
			g.rules = o.Rules
			if l.shelve(g); !g.asleep {
				l.release(g, now)
			}
		} else {
			l.heed(g, o.Rules)
			g.readAt = earlier(o.ReadAt, now)
			l.ruled(g, l.f.cfg.Past.Until, now)
		}
		if g.asleep {
			l.wakeAt(g, g.probeAt)
		}
	case g.asleep:
		l.wake(g, now)
	default:
		l.ask(g, robotsURL(t.URL), false, now)
	}
}
