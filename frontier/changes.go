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

// ledger holds those of which something is not noted yet, each once.
type ledger[T interface{ mark() *noted }] struct{ changed []T }

func (d *domain) mark() *noted { return &d.unnoted }
func (g *origin) mark() *noted { return &g.unnoted }

func (b *ledger[T]) enter(x T, n noted) {
	m := x.mark()
	if *m == nothing {
		b.changed = append(b.changed, x)
	}
	*m = max(*m, n)
}

// take hands over and forgets what is urgent, or all.
func (b *ledger[T]) take(all bool, hand func(T)) {
	kept := b.changed[:0]
	for _, x := range b.changed {
		if m := x.mark(); *m == ordinary && !all {
			kept = append(kept, x)
		} else {
			*m = nothing
			hand(x)
		}
	}
	clear(b.changed[len(kept):])
	b.changed = kept
}

// note marks a domain as changed.
func (l *loop) note(d *domain, n noted) {
	if l.changedDomains.enter(d, n); n == urgent {
		l.signal()
	}
}

// noteOrigin marks an origin as changed.
func (l *loop) noteOrigin(g *origin, n noted) {
	if l.changedOrigins.enter(g, n); n == urgent {
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
	l.changedDomains.take(all, func(d *domain) { c.Domains = append(c.Domains, d.report()) })
	l.changedOrigins.take(all, func(g *origin) { c.Origins = append(c.Origins, g.report()) })
	return c
}

func (g *origin) report() Origin {
	o := Origin{g.name, OriginPast{Failures: g.failures, Probes: g.probes, Bytes: g.bytes}}
	if g.asleep || g.gone == silent {
		o.Probe = g.probeAt
	}
	return o
}
