package frontier

import (
	"time"

	"amble/frontier/canon"
)

// A domain with more URLs than Config.Window keeps the first of them in memory; the others wait in the store, where all that was
// met is on record anyway. They come back in portions, lower depth first, when half of the window is free. Nothing of
// this shows outside: a stored URL counts as pending, and may come nearer like any other. Nor does it change the order: while URLs wait
// in the store, one that would be fetched after the first of them goes there too, whatever room there is in the window. Else a crawl
// would run ahead into the depth, and each page that it read there would be met by a shorter path later, and replayed.

// usualURL is the length up to which a URL counts once in the window. A longer one counts more often, as the window is there to
// bound memory.
const usualURL = 256

// Weight is how often a URL counts in the window.
func Weight(url string) int { return 1 + len(url)/usualURL }

func (it *item) weight() int { return Weight(it.url.String()) }

// full reports whether an item is to wait in the store: others are there that would be fetched before it, or the window is full and nothing
// in it would be fetched after it.
func (l *loop) full(it *item) bool {
	w, d := l.window(), it.d
	switch {
	case w == 0 || it.root || it.chain > 0:
		return false // of roots and chains more must be known than the store keeps
	case d.stored > 0 && it.depth >= d.shallow:
		return true
	case d.loaded-d.asleep < w:
		return false
	}
	levels := d.queue.levels
	return len(levels) == 0 || it.depth >= levels[len(levels)-1].depth
}

// store leaves an item, which is counted already, in the store.
func (l *loop) store(it *item) {
	d := it.d
	l.f.Visited.setState(it.key, it.row, stored)
	if d.stored == 0 || it.depth < d.shallow {
		d.shallow = it.depth
	}
	d.stored++
	d.barren = d.barren && it.o.asleep
}

// load takes an item, which is counted already, into memory.
func (l *loop) load(it item, now time.Time) {
	l.f.Visited.setState(it.key, it.row, queued)
	it.d.loaded += it.weight()
	l.route(it, now)
}

// refill asks the store for more URLs of a domain, if half of its window is free.
func (l *loop) refill(d *domain) {
	w := l.window()
	if d.stored == 0 || d.refilling || d.dry || d.loaded-d.asleep > w/2 || d.barren || l.stopping || l.limited != "" {
		return
	}
	d.refilling = true
	l.pending++
	root, _ := canon.Parse(d.by.name + "/")
	l.refills.push(item{kind: Refill, url: root, o: d.by})
}

// crowded reports whether a domain has as many URLs of hosts that are set aside in memory as it may.
func (l *loop) crowded(d *domain) bool { return d.asleep > asleepWindows*l.window() }

// most is the weight of URLs that a Refill task must ask for so that a window's worth of stored ones is among them: those in
// memory are on record as well.
func (l *loop) most(d *domain) int {
	if d.traffic == nil || d.traffic.requests == 0 {
		return min(l.window(), leastWindow) + d.loaded + d.left + d.unheard + d.passed // soon is better than much
	}
	return l.window() + d.loaded + d.left + d.unheard + d.passed
}

// window is how many URLs of a domain wait in memory: fewer where there are many domains.
func (l *loop) window() int {
	return max(min(l.f.cfg.Window, leastWindow), min(l.f.cfg.Window, allWindows/max(len(l.domains), 1)))
}

const (
	// allWindows is how many URLs wait in memory over all domains, as long as each may have leastWindow.
	allWindows  = 1 << 18
	leastWindow = 16
	// asleepWindows is how many windows full of URLs of hosts that are set aside a domain may hold. Beyond that they stay in the store, and
	// are passed over for those of its other hosts.
	asleepWindows = 4
)

// refilled takes in what the store gave.
func (l *loop) refilled(t *Task, o Outcome, now time.Time) {
	d := t.it.o.d
	defer func() {
		d.refilling = false
		l.refill(d)
	}()
	if l.limited != "" {
		return
	}
	before, weight, deepest, passed := d.stored, 0, int32(0), 0
	for _, u := range o.Waiting {
		weight += Weight(u.String())
		k := l.f.cfg.Seed.Key(u)
		e, r := l.f.Visited.load(k)
		if r == nil {
			continue
		}
		deepest = max(deepest, e.depth)
		if e.state != stored {
			continue
		}
		it := l.item(u, k, r, e.depth, false)
		if it.o.asleep && l.crowded(d) {
			passed += it.weight()
			continue
		}
		if d.stored == 0 { // one of those that the store had lost
			d.stored, l.pending, l.abandoned = 1, l.pending+1, l.abandoned-1
		}
		d.stored--
		l.load(it, now)
	}
	further := passed > d.passed
	d.passed = passed
	d.shallow = max(d.shallow, deepest) // they came in the order of their depths
	switch {
	case l.restoring:
		d.dry = d.stored == before
	case d.stored < before:
		d.unheard = 0
	case weight >= t.Most && further:
	case weight >= t.Most:
		d.unheard += t.Most // others have met what came; who did so first has not reported yet
	case passed > 0:
		d.barren = true
	default:
		// The store has lost them, or has failed. They are left to another run, rather than asked for in vain for ever.
		l.pending -= d.stored
		l.abandoned += d.stored
		d.stored = 0
	}
}
