package frontier

import "time"

// What must outlive a run that is killed is noted where it changes, and asked for by Changes: nothing is written in the loop.

// Changes are what the loop knows of domains and origins now, of those of which it has changed since Changes was asked last.
type Changes struct {
	Domains []Traffic
	Origins []Origin
}

// Origin is how an origin answers.
type Origin struct {
	Name string
	OriginPast
}

// Changed receives a value after a change that should be noted soon: a pause that a server asked for, a host that is set aside
// or comes back. It is never closed.
func (f *Frontier) Changed() <-chan struct{} { return f.changed }

// Changes asks the loop what has changed. Without ordinary it leaves out domains of which only requests and their gaps are
// new. It blocks for as long as the loop takes to answer; after Run has returned there are none. It must not be called before Run.
func (f *Frontier) Changes(ordinary bool) (c Changes) {
	f.query(func(now time.Time) { c = f.loop.changes(ordinary) })
	return c
}

// query has the loop run a function, unless it has ended. It reports whether it did.
func (f *Frontier) query(ask func(now time.Time)) bool {
	answered := make(chan struct{})
	select {
	case f.queries <- func() { ask(time.Now()); close(answered) }:
		<-answered
		return true
	case <-f.quit:
		return false
	}
}

// noted is what of a domain or an origin is not noted yet.
type noted uint8

const (
	nothing noted = iota
	ordinary
	urgent
)

// note marks a domain as changed.
func (l *loop) note(d *domain, n noted) {
	if d.unnoted == nothing {
		l.changedDomains = append(l.changedDomains, d)
	}
	d.unnoted = max(d.unnoted, n)
	if n == urgent {
		l.signal()
	}
}

// noteOrigin marks an origin as changed.
func (l *loop) noteOrigin(g *origin, n noted) {
	if g.unnoted == nothing {
		l.changedOrigins = append(l.changedOrigins, g)
	}
	g.unnoted = max(g.unnoted, n)
	if n == urgent {
		l.signal()
	}
}

func (l *loop) signal() {
	select {
	case l.f.changed <- struct{}{}:
	default: // whoever listens has yet to take the last one
	}
}

func (l *loop) changes(all bool) (c Changes) {
	domains := l.changedDomains[:0]
	for _, d := range l.changedDomains {
		if d.unnoted == ordinary && !all {
			domains = append(domains, d)
			continue
		}
		d.unnoted = nothing
		c.Domains = append(c.Domains, d.report())
	}
	clear(l.changedDomains[len(domains):])
	l.changedDomains = domains
	origins := l.changedOrigins[:0]
	for _, g := range l.changedOrigins {
		if g.unnoted == ordinary && !all {
			origins = append(origins, g)
			continue
		}
		g.unnoted = nothing
		c.Origins = append(c.Origins, g.report())
	}
	clear(l.changedOrigins[len(origins):])
	l.changedOrigins = origins
	return c
}

func (g *origin) report() Origin {
	o := Origin{g.name, OriginPast{Failures: g.failures, Probes: g.probes, Bytes: g.bytes}}
	if g.asleep || g.gone == silent {
		o.Probe = g.probeAt
	}
	return o
}
