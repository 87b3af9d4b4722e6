package frontier

import (
	"math"
	"sync"
	"sync/atomic"

	"amble/frontier/canon"
)

// Visited is the set of all URLs that a crawl has met, each with its shortest path so far. Workers add to it, all at
// the same time; only the loop moves a URL from state to state.
//
// It is a set of fingerprints in many small maps, each under a lock that is held for one look: a URL costs some 50 bytes
// and its referrer's text is kept once for all URLs of that page. Whoever looks sees a path and a state that belong together, and
// of two paths added at once the lesser one stays.
type Visited struct {
	shards    [shards]shard
	referrers referrers
}

const shards = 256

type shard struct {
	mu sync.Mutex
	m  map[canon.Key]entry
	_  [48]byte // a cache line each
}

// entry is what is known of a URL.
type entry struct {
	depth, redirects int32
	referrer         uint32 // in Visited.referrers
	state            state
	// sealed says that the URL's record has been written with this path or a lesser one of later: who improves a sealed
	// entry must see to it that the record is corrected.
	sealed bool
}

// state is where a URL stands in its life. Only the loop changes it, except for met, which add sets.
type state uint8

const (
	met    state = iota // admitted by a worker; the loop has not heard of it yet
	queued              // waiting in its domain's queue or held by its origin
	stored              // waiting in the store
	taken               // with a worker, or waiting for another attempt
	done                // fetched, denied or restored: its links are on record
)

// unreached is the depth and the redirects of a restored page that nothing has led to yet in this run: greater than every real
// path.
const unreached = math.MaxInt32

func (e entry) step() step { return step{int(e.depth), int(e.redirects)} }

// outcome is what add found.
type outcome uint8

const (
	known   outcome = iota // there already, by a path no greater
	fresh                  // never met before
	nearer                 // there already, by a longer path: its children may come nearer too
	renamed                // there already, by a path as short but with a greater referrer
)

func (v *Visited) shard(k canon.Key) *shard { return &v.shards[k[0]>>(64-8)] }

// add enters the URL with the path p unless it is there with a path no greater. referrer is where the path's referrer is kept.
func (v *Visited) add(k canon.Key, p Path, referrer uint32) outcome {
	s := v.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.m[k]
	next := entry{depth: int32(p.Depth), redirects: int32(p.Redirects), referrer: referrer, state: e.state, sealed: e.sealed}
	found := fresh
	switch old := e.step(); {
	case !ok:
		if s.m == nil {
			s.m = make(map[canon.Key]entry)
		}
	case p.step().less(old):
		found = nearer
	case old == p.step() && e.referrer != referrer && p.Referrer < v.referrers.text(e.referrer):
		found = renamed
	default:
		return known // by far the most frequent answer
	}
	s.m[k] = next
	return found
}

func (v *Visited) load(k canon.Key) (entry, bool) {
	s := v.shard(k)
	s.mu.Lock()
	e, ok := s.m[k]
	s.mu.Unlock()
	return e, ok
}

// path is the shortest path to a URL that is in the set.
func (v *Visited) path(k canon.Key) Path {
	e, ok := v.load(k)
	if !ok {
		panic("frontier: a URL in the schedule is not in the visited set")
	}
	return v.pathOf(e)
}

func (v *Visited) pathOf(e entry) Path {
	return Path{Depth: int(e.depth), Redirects: int(e.redirects), Referrer: v.referrers.text(e.referrer)}
}

// update changes the entry of a URL that is there, and returns what it became.
func (v *Visited) update(k canon.Key, change func(*entry)) entry {
	s := v.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.m[k]
	if !ok {
		panic("frontier: a URL in the schedule is not in the visited set")
	}
	change(&e)
	s.m[k] = e
	return e
}

// setState moves a URL on.
func (v *Visited) setState(k canon.Key, to state) { v.update(k, func(e *entry) { e.state = to }) }

func (v *Visited) state(k canon.Key) state {
	e, _ := v.load(k)
	return e.state
}

// Seal returns the path with which the URL's record is to be written. From now on every lesser path that is found for
// it is reported by [Task.Admit] as Improved after the call, so a record that is written where Seal is called, and
// corrected where the improvements arrive, ends up with the least path.
func (v *Visited) Seal(k canon.Key) Path {
	return v.pathOf(v.update(k, func(e *entry) { e.sealed = true }))
}

// Sealed reports whether the URL's record has been written.
func (v *Visited) Sealed(k canon.Key) bool {
	e, ok := v.load(k)
	return ok && e.sealed
}

// restore enters a page that an earlier run recorded.
func (v *Visited) restore(k canon.Key) {
	s := v.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = make(map[canon.Key]entry)
	}
	s.m[k] = entry{depth: unreached, redirects: unreached, state: done, sealed: true}
}

// referrers are the URLs of pages whose links were admitted, by number; number 0 is no page. Numbers are given under a lock and
// read without one: who has a number got it from an entry, under the entry's lock, and so sees its text.
type referrers struct {
	mu    sync.Mutex
	n     uint32 // given so far
	pages atomic.Pointer[[]*[perPage]string]
}

const perPage = 1024

// number gives a referrer a number.
func (r *referrers) number(url string) uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
	at := r.n - 1
	var pages []*[perPage]string
	if p := r.pages.Load(); p != nil {
		pages = *p
	}
	if int(at/perPage) == len(pages) {
		pages = append(pages, new([perPage]string))
		r.pages.Store(&pages)
	}
	pages[at/perPage][at%perPage] = url
	return r.n
}

func (r *referrers) text(n uint32) string {
	if n == 0 {
		return ""
	}
	return (*r.pages.Load())[(n-1)/perPage][(n-1)%perPage]
}
