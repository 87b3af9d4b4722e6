package frontier

import (
	"container/heap"
	"time"
)

// limit ends the crawl after the pages that have begun, for the reason given: whatever has not is dropped.
func (l *loop) limit(reason string, now time.Time) {
	if l.limited != "" {
		return
	}
	l.limited = reason
	l.forsake()
	for _, d := range l.domains {
		l.pending -= d.queue.live + d.stored
		d.stored = 0
		d.queue.filter(func(it item) bool { return it.kind == Fetch && !it.fresh() }, l.phantom)
		l.pending += d.queue.live
		l.place(d, now)
	}
	for _, o := range l.origins {
		l.pending -= len(o.held)
		o.held, o.asleep, o.probing = nil, false, false
	}
	l.asleep, l.probing = 0, 0
	l.pending -= l.judges.filter(func(it *item) bool { return it.kind == Fetch && !it.fresh() })
	later := l.later
	l.later = nil
	for _, x := range later {
		switch {
		case x.wake != nil:
		case x.it.kind == Fetch:
			heap.Push(&l.later, x)
		default:
			l.pending--
		}
	}
}

// received counts the bytes of an answer towards the budgets of the crawl and of the origin.
func (l *loop) received(t *Task, o Outcome, now time.Time) {
	l.bytes += o.Bytes
	t.it.d.observed().bytes += o.Bytes
	if m := l.f.cfg.MaxBytes; m > 0 && l.bytes >= m {
		l.limit("bytes", now)
	}
	g := t.it.o
	if g == nil || o.Bytes == 0 {
		return
	}
	if g.bytes += o.Bytes; l.f.cfg.HostBytes > 0 {
		l.noteOrigin(g, ordinary)
		l.spend(g)
	}
}

// spend leaves what is to be fetched from an origin that has had its bytes to another run.
func (l *loop) spend(g *origin) {
	if m := l.f.cfg.HostBytes; m == 0 || g.bytes < m || g.gone != here {
		return
	}
	l.rise(g, time.Now())
	l.sweep(g)
	l.leave(g, spent)
}

// gone is why nothing more is fetched from an origin in this run.
type gone uint8

const (
	here   gone = iota
	silent      // it never came back
	spent       // it has had its budget of bytes
)

// leave leaves the URLs that an origin holds on record as pending, for another run, and likewise all that come.
func (l *loop) leave(g *origin, why gone) {
	g.gone = why
	held := g.held
	g.held = nil
	for i := range held {
		l.leaveItem(&held[i])
	}
}

// leaveItem does so with one, which is counted already.
func (l *loop) leaveItem(it *item) {
	l.pending--
	if it.kind != Fetch {
		return
	}
	it.d.loaded -= it.weight()
	it.d.left += it.weight()
	if it.o.gone == spent {
		l.overspent++
	} else {
		l.abandoned++
	}
	l.refill(it.d) // what waits in the store may be of another origin, or is to be left as well
}
