package frontier

import (
	"fmt"
	"time"
)

// A crawl pauses outside its hours, when its disk is nearly full, and when the network is down. No request begins meanwhile; what
// is in flight is finished.

// Hold pauses the crawl until Release, for the reason given in a few words. Neither waits for what is in flight. They must not be
// called before Run.
func (f *Frontier) Hold(reason string) { f.query(func(time.Time) { f.loop.held = reason }) }

// Release ends what Hold began.
func (f *Frontier) Release() {
	f.query(func(now time.Time) {
		if f.loop.held != "" {
			f.loop.held = ""
			f.loop.shut(now, Pause)
		}
	})
}

// shut lets no request begin before t, for the reason given.
func (l *loop) shut(t time.Time, why Reason) {
	if t.After(l.openAt) {
		l.openAt, l.shutBy = t, why
	}
}

// closed reports whether no request may begin now, and until when (zero if only a report, or Release, can tell).
func (l *loop) closed(now time.Time) (bool, time.Time) {
	if l.held != "" {
		return true, time.Time{}
	}
	if hours := l.f.cfg.Hours; hours != nil && !l.openAt.After(now) {
		if t := hours(now); t.After(now) {
			l.shut(t, Pause)
		}
	}
	if l.network.down {
		if l.inFlight > 0 {
			return true, time.Time{} // the probe
		}
		l.shut(l.network.probeAt, Network)
	}
	return l.openAt.After(now), l.openAt
}

// paused says why, in a few words; "" if the crawl does not pause.
func (l *loop) paused(now time.Time) (why string, until time.Time) {
	switch {
	case l.held != "":
		return l.held, time.Time{}
	case l.network.down:
		return "the network is down", l.network.probeAt
	case l.shutBy == Pause && l.openAt.After(now):
		return "outside its hours", l.openAt
	}
	return "", time.Time{}
}

// network is the suspicion that it is not hosts that fail, but the network between them and this machine.
type network struct {
	failures int                  // that reached nobody, in a row over all domains
	domains  map[*domain]struct{} // that they were of
	known    int                  // of these, those that had answered before, since the last outage
	offline  int                  // failures that this machine is to blame for
	down     bool
	since    time.Time // when the first of them was
	probeAt  time.Time // when the next request may find out
	probes   int
}

const (
	// outageAfter is how many failures in a row, of as many as outageDomains domains that have answered since the last outage, mean that the
	// network is down; outageOffline is enough where this machine itself has no way to the network, unless they are all of one domain that never
	// answered: it may live where there is no way from here, as hosts with an IPv6 address alone do.
	outageAfter   = 5
	outageDomains = 3
	outageOffline = 3
	firstCheck    = 5 * time.Second
	lastCheck     = time.Minute
	// maxOutage is how long a network that is down is waited for.
	maxOutage = 24 * time.Hour
)

// reached notes whether a request reached anybody, and reports whether the failure is that of a network which is down, and
// not the host's.
func (l *loop) reached(t *Task, o Outcome, now time.Time) (down bool) {
	x := &l.network
	d := t.it.d
	if !o.Unreached {
		if o.Sent.IsZero() && o.Answered.IsZero() {
			return false // no request was made
		}
		if x.failures > 0 {
			if x.down {
				l.shut(now, Network)
				l.outages++
			}
			l.f.offline.Store(false)
			*x = network{}
		}
		d.answered = l.outages + 1
		return false
	}
	if g := t.it.o; !x.down && g != nil && g.asleep {
		return false // set aside while others answered: it tells nothing new
	}
	if x.failures++; x.failures == 1 {
		x.since, x.domains = now, make(map[*domain]struct{})
	}
	if _, counted := x.domains[d]; !counted {
		if x.domains[d] = struct{}{}; d.answered == l.outages+1 {
			x.known++
		}
	}
	if o.Offline {
		x.offline++
	}
	offline := x.offline >= outageOffline && (x.known > 0 || len(x.domains) >= outageDomains)
	if !offline && (x.known < outageDomains || x.failures < outageAfter) {
		return false
	}
	if !x.down {
		x.down = true
		l.f.offline.Store(true)
		l.log(fmt.Sprintf("the network seems to be down: %d requests in a row reached nobody; the crawl pauses and looks now and then", x.failures))
	} else if now.Sub(x.since) > maxOutage {
		l.log("the network did not come back: the crawl ends, and can be resumed")
		l.stopping = true
	}
	if !x.probeAt.After(now) { // else it was on its way before
		x.probeAt = now.Add(min(firstCheck<<min(x.probes, 10), lastCheck))
		x.probes++
	}
	return true
}

// foremost is the domain that is asked first: the first in the heap, but while the network seems to be down rather one that is due and has not
// failed since. If it answers, it was the others after all. The heap must not be empty.
func (l *loop) foremost(now time.Time) *domain {
	first := l.due.first()
	if _, failed := l.network.domains[first]; !failed || !l.network.down {
		return first
	}
	for _, e := range l.due.entries {
		d := e.d
		if _, failed := l.network.domains[d]; !failed && !d.due.After(now) {
			return d
		}
	}
	return first
}

func (l *loop) log(text string) {
	if l.f.cfg.Log != nil {
		l.f.cfg.Log(text)
	}
}
