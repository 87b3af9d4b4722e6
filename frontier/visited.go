package frontier

import (
	"math"
	"sync"
	"sync/atomic"
	"unsafe"

	"amble/frontier/canon"
)

// Visited is the set of all URLs that a crawl has met, each with its shortest path so far. Workers add to it, all at
// the same time; only the loop moves a URL from state to state.
//
// It is a set of fingerprints in many tables (table.go), each under a lock that is held for one look: a URL costs some 40 bytes,
// and the text of a referrer is kept once for all URLs that it was the first to reach. Whoever looks sees a path and a state that
// belong together, and of two paths added at once the lesser one stays.
type Visited struct {
	shards    [shards]shard
	referrers referrers
}

const shards = 256

type shard struct {
	mu sync.Mutex
	t  table
	_  [64 - 8 - unsafe.Sizeof(table{})%64]byte // cache lines of its own
}

// entry is what is known of a URL.
type entry struct {
	depth, redirects int32
	referrer         uint32 // in Visited.referrers
	// record is the number of its row in the store, among those that wait; 0 if it has none there.
	record uint32
	state  state
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

// add enters the URL with the path p unless it is there with a path no greater. referrer is the number of the path's referrer, or
// 0, and is given one when it is first needed. It returns the URL's row, too, which saves whoever has more to do with the URL the search.
func (v *Visited) add(k canon.Key, p Path, referrer *uint32) (outcome, *row) {
	s := v.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.t.find(k)
	if r == nil {
		r = s.t.insert(k)
		r.set(p, v.number(p, referrer))
		return fresh, r
	}
	switch old := r.step(); {
	case p.step().less(old):
		r.set(p, v.number(p, referrer))
		return nearer, r
	case old == p.step() && p.Referrer < v.referrers.text(r.referrer):
		r.set(p, v.number(p, referrer))
		return renamed, r
	}
	return known, r // by far the most frequent answer
}

func (v *Visited) number(p Path, referrer *uint32) uint32 {
	if *referrer == 0 && p.Referrer != "" {
		*referrer = v.referrers.number(p.Referrer)
	}
	return *referrer
}

// set changes the path.
func (r *row) set(p Path, referrer uint32) {
	r.depth, r.redirects, r.referrer = int32(p.Depth), uint16(min(p.Redirects, math.MaxUint16)), referrer
}

func (r *row) step() step { return step{int(r.depth), int(r.redirects)} }

func (r *row) entry() entry {
	return entry{r.depth, int32(r.redirects), r.referrer, r.record, r.state, r.sealed}
}

// load is what is known of a URL, and its row; nil if it was never met.
func (v *Visited) load(k canon.Key) (entry, *row) {
	s := v.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.t.find(k)
	if r == nil {
		return entry{}, nil
	}
	return r.entry(), r
}

// read is load for a row that has been found.
func (v *Visited) read(k canon.Key, r *row) entry {
	s := v.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.entry()
}

// path is the shortest path to a URL that is in the set.
func (v *Visited) path(k canon.Key, r *row) Path { return v.pathOf(v.read(k, r)) }

func (v *Visited) pathOf(e entry) Path {
	return Path{Depth: int(e.depth), Redirects: int(e.redirects), Referrer: v.referrers.text(e.referrer)}
}

// update changes what is known of a URL that is there, and returns what it became.
func (v *Visited) update(k canon.Key, change func(*row)) entry {
	s := v.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.t.find(k)
	if r == nil {
		panic("frontier: a URL in the schedule is not in the visited set")
	}
	change(r)
	return r.entry()
}

// setState moves a URL on. It is for the loop alone, which may read r.state without a lock, as nobody else writes it.
func (v *Visited) setState(k canon.Key, r *row, to state) {
	s := v.shard(k)
	s.mu.Lock()
	r.state = to
	s.mu.Unlock()
}

// Seal returns the path with which the URL's record is to be written. From now on every lesser path that is found for
// it is reported by [Task.Admit] as Improved after the call, so a record that is written where Seal is called, and
// corrected where the improvements arrive, ends up with the least path. It returns the URL's number in the store, too, which
// is void from now on.
func (v *Visited) Seal(k canon.Key) (Path, uint32) {
	var record uint32
	e := v.update(k, func(r *row) {
		r.sealed = true
		record, r.record = r.record, 0
	})
	return v.pathOf(e), record
}

// restore enters what an earlier run knew of a URL, and returns its row. It is for the loop, or for before the crawl begins.
func (v *Visited) restore(k canon.Key, p Path, as row) *row {
	s := v.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.t.find(k)
	if r == nil {
		r = s.t.insert(k)
	}
	r.set(p, v.referrers.restored(p.Referrer))
	r.record, r.state, r.sealed = as.record, as.state, as.sealed
	return r
}

// Await notes the number under which the store has a URL that waits there.
func (v *Visited) Await(n *Known, record uint32) {
	s := v.shard(n.Key)
	s.mu.Lock()
	n.row.record = record
	s.mu.Unlock()
}

// Standing is the least path known to a URL, the number under which the store has it if it waits there (else 0), and whether its record
// has been written.
func (v *Visited) Standing(k canon.Key) (p Path, record uint32, sealed bool) {
	e, _ := v.load(k)
	return v.pathOf(e), e.record, e.sealed
}

// StandingOf is Standing of a URL that Admit gave.
func (v *Visited) StandingOf(n *Known) (p Path, record uint32, sealed bool) {
	e := v.read(n.Key, n.row)
	return v.pathOf(e), e.record, e.sealed
}

// referrers are the URLs of pages whose links were admitted, by number; number 0 is no page. Numbers are given under a lock and
// read without one: who has a number got it from an entry, under the entry's lock, and so sees its text.
type referrers struct {
	mu    sync.Mutex
	n     uint32 // given so far
	pages atomic.Pointer[[]*[perPage]string]
	// numbers are those that restored gave; nil once the crawl has begun.
	numbers map[string]uint32
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

// restored is the number of a referrer of an earlier run, the same for the same text.
func (r *referrers) restored(url string) uint32 {
	if url == "" {
		return 0
	}
	n, ok := r.numbers[url]
	if !ok {
		if r.numbers == nil {
			r.numbers = make(map[string]uint32)
		}
		n = r.number(url)
		r.numbers[url] = n
	}
	return n
}

func (r *referrers) text(n uint32) string {
	if n == 0 {
		return ""
	}
	return (*r.pages.Load())[(n-1)/perPage][(n-1)%perPage]
}

// Sealed reports whether the URL's record has been written.
func (v *Visited) Sealed(k canon.Key) bool {
	e, _ := v.load(k)
	return e.sealed
}
