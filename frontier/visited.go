package frontier

import (
	"math"
	"sync"

	"amble/frontier/canon"
)

// Visited is the set of all URLs that a crawl has met, each with its shortest path so far. Workers add to it, all at
// the same time; only the loop moves a URL from state to state.
//
// An entry is immutable and replaced whole by compare-and-swap, so a reader always sees a path and a state that
// belonged together, and of two paths added at once the lesser one stays.
type Visited struct {
	m sync.Map // canon.Key -> *entry
}

type entry struct {
	path  Path
	state state
	// sealed says that the URL's record has been written with this path or a lesser one of later: who improves a sealed
	// entry must see to it that the record is corrected.
	sealed bool
}

// state is where a URL stands in its life. Only the loop changes it, except for met, which Add sets.
type state uint8

const (
	met    state = iota // admitted by a worker; the loop has not heard of it yet
	queued              // waiting in its domain's queue or held by its origin
	taken               // with a worker, or waiting for another attempt
	done                // fetched, denied or restored: its links are on record
)

// unreached is the path of a restored page that nothing has led to yet in this run: greater than every real one.
var unreached = Path{Depth: math.MaxInt, Redirects: math.MaxInt}

// outcome is what Add found.
type outcome uint8

const (
	known   outcome = iota // there already, by a path no greater
	fresh                  // never met before
	nearer                 // there already, by a longer path: its children may come nearer too
	renamed                // there already, by a path as short but with a greater referrer
)

// add enters the URL with the path p unless it is there with a path no greater.
func (v *Visited) add(k canon.Key, p Path) outcome {
	if e, ok := v.load(k); ok && !p.less(e.path) {
		return known // by far the most frequent answer, and it allocates nothing
	}
	next := &entry{path: p}
	for {
		got, loaded := v.m.LoadOrStore(k, next)
		if !loaded {
			return fresh
		}
		old := got.(*entry)
		if !p.less(old.path) {
			return known
		}
		next = &entry{path: p, state: old.state, sealed: old.sealed}
		if v.m.CompareAndSwap(k, old, next) {
			if p.step().less(old.path.step()) {
				return nearer
			}
			return renamed
		}
		next = &entry{path: p}
	}
}

func (v *Visited) load(k canon.Key) (*entry, bool) {
	if e, ok := v.m.Load(k); ok {
		return e.(*entry), true
	}
	return nil, false
}

// path is the shortest path to a URL that is in the set.
func (v *Visited) path(k canon.Key) Path {
	e, ok := v.load(k)
	if !ok {
		panic("frontier: a URL in the schedule is not in the visited set")
	}
	return e.path
}

// update replaces the entry of a URL that is there by what change makes of it, and returns the new one.
func (v *Visited) update(k canon.Key, change func(*entry)) *entry {
	for {
		old, ok := v.load(k)
		if !ok {
			panic("frontier: a URL in the schedule is not in the visited set")
		}
		next := *old
		change(&next)
		if v.m.CompareAndSwap(k, old, &next) {
			return &next
		}
	}
}

// setState moves a URL on and returns its path.
func (v *Visited) setState(k canon.Key, s state) Path {
	return v.update(k, func(e *entry) { e.state = s }).path
}

func (v *Visited) state(k canon.Key) state {
	e, _ := v.load(k)
	return e.state
}

// Seal returns the path with which the URL's record is to be written. From now on every lesser path that is found for
// it is reported by [Task.Admit] as Improved after the call, so a record that is written where Seal is called, and
// corrected where the improvements arrive, ends up with the least path.
func (v *Visited) Seal(k canon.Key) Path {
	return v.update(k, func(e *entry) { e.sealed = true }).path
}

// Sealed reports whether the URL's record has been written.
func (v *Visited) Sealed(k canon.Key) bool {
	e, ok := v.load(k)
	return ok && e.sealed
}

// restore enters a page that an earlier run recorded.
func (v *Visited) restore(k canon.Key) {
	v.m.Store(k, &entry{path: unreached, state: done, sealed: true})
}
