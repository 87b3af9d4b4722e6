package frontier

import "time"

// address is one IP address, where the user limits by that as well: a thousand hosts on one machine are one server. Which
// one a host lives at is known before anything is asked of it.
type address struct {
	notBefore time.Time
	inFlight  int
	waiting   []*domain // that were due while it was busy; none of them is in the heap
}

// addressOf is the address that a request for the item goes to; nil if it does not matter, or is not known because
// robots.txt was redirected to another host.
func addressOf(it *item) *address {
	if it.o == nil || it.kind == Robots && it.url.Origin() != it.o.name {
		return nil
	}
	return it.o.addr
}

// addressFree reports whether the address of a domain's first item may be asked now. If not, the domain comes back into
// the heap when it may.
func (l *loop) addressFree(d *domain, it *item, now time.Time) bool {
	a := addressOf(it)
	switch {
	case a == nil:
		return true
	case a.inFlight >= l.f.cfg.PerHost:
		l.due.remove(d)
		d.parked = true
		a.waiting = append(a.waiting, d)
		return false
	case a.notBefore.After(now):
		d.hold(a.notBefore, Address)
		l.place(d, now)
		return false
	}
	return true
}

// take notes a request to the address that goes out now.
func (a *address) take(interval time.Duration, now time.Time) {
	if a != nil {
		a.inFlight++
		a.notBefore = latest(a.notBefore, now.Add(interval))
	}
}

// addressDone notes the end of a request to an address, and lets those that waited for it compete again.
func (l *loop) addressDone(a *address, o Outcome, now time.Time) {
	if a == nil {
		return
	}
	a.inFlight--
	if !o.Sent.IsZero() && l.f.cfg.Pace.Interval > 0 {
		a.notBefore = latest(a.notBefore, l.f.cfg.Pace.Next(o.Sent, o.Answered))
	}
	waiting := a.waiting
	a.waiting = nil
	for _, d := range waiting {
		d.parked = false
		l.place(d, now)
	}
}

// located takes in where an origin lives. A host whose name does not resolve is an address of its own: to ask it will
// tell why.
func (l *loop) located(t *Task, o Outcome, now time.Time) {
	g := t.it.o
	name := o.Address
	if name == "" {
		name = g.name
	}
	a := l.addresses[name]
	if a == nil {
		a = new(address)
		l.addresses[name] = a
	}
	g.addr, g.located, g.asked = a, true, false
	l.release(g, now)
}
