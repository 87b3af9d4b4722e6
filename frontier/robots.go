package frontier

import (
	"time"

	"amble/frontier/canon"
)

// find asks what must be known of an origin before its first URL, where it lives or its robots.txt, unless that is being asked.
func (l *loop) find(g *origin, u canon.URL, now time.Time) {
	if g.asked {
		return
	}
	g.asked = true
	if l.f.cfg.ByAddress && !g.located {
		l.pending++
		l.free.push(item{kind: Locate, url: u, o: g})
		return
	}
	if !l.recall(g, u) {
		l.ask(g, robotsURL(u), false, now)
	}
}

// robots takes in what became of a request for robots.txt.
func (l *loop) robots(t *Task, o Outcome, now time.Time) {
	g := t.it.o
	if !o.RobotsRedirect.IsZero() && g.hops < MaxRobotsHops {
		g.hops++
		l.ask(g, o.RobotsRedirect, t.Last() && g.asleep, now)
		return
	}
	g.hops, g.err, g.readAt = 0, o.RobotsErr, now
	switch {
	case o.RobotsErr != nil && g.stale != nil:
		// RFC 9309, section 2.4: what was cached may be used longer if robots.txt cannot be reached.
		g.err, g.readAt = nil, now.Add(staleLife-RobotsLifetime)
		l.heed(g, g.stale)
	case o.RobotsErr != nil && o.Down:
		g.refusal = o.Rules
		if g.asleep {
			g.probes++
		}
		l.sleep(g, now)
		return
	default:
		l.heed(g, o.Rules)
	}
	g.stale = nil
	l.ruled(g, o.Sent, now)
	if g.asleep {
		l.rise(g, now)
	}
}

// ruled goes on with an origin whose rules are known, as of a request that was written at the time given.
func (l *loop) ruled(g *origin, asked, now time.Time) {
	if delay, ok := g.rules.CrawlDelay(); ok {
		if p := g.d.pace.With(min(delay, l.f.cfg.MaxCrawlDelay)); p != g.d.pace {
			g.d.setPace(now, p)
			g.d.asked = true
			g.d.hold(latest(asked, g.d.observed().last).Add(p.Interval), CrawlDelay)
			l.note(g.d, urgent)
			l.place(g.d, now)
		}
	}
	if !g.asleep {
		l.release(g, now)
	}
	if l.f.cfg.Sitemaps { // after what was held, so that an invitation counts though somebody else named the sitemap before
		from := rootOf(g)
		for _, s := range g.rules.Sitemaps() {
			if u, err := canon.Parse(s); err == nil {
				l.addSitemap(u, from, u.Origin() == g.name, 0, now)
			}
		}
	}
}

// expire forgets rules that are too old, and reports whether it did.
func (l *loop) expire(g *origin, now time.Time) bool {
	if l.f.cfg.IgnoreRobots || now.Sub(g.readAt) < RobotsLifetime {
		return false
	}
	g.stale = g.rules
	l.heed(g, nil)
	g.asked = false
	return true
}

// ask puts a request for the robots.txt of g into the schedule, in the domain of the URL where it lies. A probe is not
// made again if it fails.
func (l *loop) ask(g *origin, u canon.URL, probe bool, now time.Time) {
	it := item{kind: Robots, url: u, depth: robotsLevel, o: g, d: l.domain(l.f.cfg.LimitBy(u))}
	if probe {
		it.attempt = int32(l.f.cfg.Backoff.Retries)
		l.probe(g)
	}
	l.pending++
	l.enqueue(it, now)
}

// robotsURL is where the rules for u lie (RFC 9309, section 2.3).
func robotsURL(u canon.URL) canon.URL {
	r, err := u.Resolve("/robots.txt")
	if err != nil {
		panic("frontier: a canonical URL has no origin: " + u.String())
	}
	return r
}
