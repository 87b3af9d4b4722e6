package fetch

import (
	"container/list"
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

// How long the answers of the name service count. The lower bound keeps a name with a TTL of 0 from costing a lookup per
// request, the upper one lets a crawl of days see that a site has moved.
const (
	minNameTTL     = 30 * time.Second
	maxNameTTL     = time.Hour
	unknownNameTTL = time.Minute // for answers whose TTL is not to be seen: /etc/hosts, the system's resolver
	minNoNameTTL   = time.Minute
	maxNoNameTTL   = 15 * time.Minute
	brokenNameTTL  = 5 * time.Second // after a failure that may be gone at the next try
	maxNames       = 10_000
)

// resolution is what the name service said of one name.
type resolution struct {
	addrs []netip.Addr // in the order in which they are to be tried (RFC 6724); none if err is set
	err   error
	ttl   time.Duration
	known bool // ttl comes from the answer itself
}

// names remembers what the name service said. Of several lookups of one name at a time only one is made, and what it says goes to
// all who wait. An answer that has expired is never served, not even when the name service is down: to go where
// a host was is to ask someone else, perhaps.
type names struct {
	ask      func(ctx context.Context, host string) resolution // it heeds ctx
	patience time.Duration                                     // bounds one lookup
	most     int

	mu      sync.Mutex // never held while a lookup runs
	known   map[string]*list.Element
	recent  list.List // of *entry, the least recently used last
	flights map[string]*flight
}

type entry struct {
	host    string
	addrs   []netip.Addr
	err     error
	expires time.Time
}

// flight is a lookup under way.
type flight struct {
	waiting int // callers; guarded by names.mu
	cancel  context.CancelFunc
	done    chan struct{} // closed when said is set
	said    resolution
}

func newNames(ask func(context.Context, string) resolution, patience time.Duration) *names {
	return &names{
		ask: ask, patience: patience, most: maxNames,
		known: make(map[string]*list.Element), flights: make(map[string]*flight),
	}
}

// lookup gives the addresses of a name, which the caller must not change. A caller that gives up leaves the lookup to those who still
// wait; the last to go ends it.
func (n *names) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	if e, ok := n.find(host); ok {
		n.mu.Unlock()
		return e.addrs, e.err
	}
	f := n.flights[host]
	if f == nil {
		// Of no caller's context: others may come to wait for it.
		inner, cancel := context.WithTimeout(context.Background(), n.patience)
		f = &flight{cancel: cancel, done: make(chan struct{})}
		n.flights[host] = f
		go n.fly(inner, host, f)
	}
	f.waiting++
	n.mu.Unlock()
	select {
	case <-f.done:
		return f.said.addrs, f.said.err
	case <-ctx.Done():
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	f.waiting--
	if f.waiting == 0 && n.flights[host] == f {
		delete(n.flights, host)
		f.cancel()
	}
	return nil, ctx.Err()
}

// find gives what is known of a host and has not expired.
func (n *names) find(host string) (*entry, bool) {
	el := n.known[host]
	if el == nil {
		return nil, false
	}
	e := el.Value.(*entry)
	if !time.Now().Before(e.expires) {
		n.forget(el)
		return nil, false
	}
	n.recent.MoveToFront(el)
	return e, true
}

func (n *names) fly(ctx context.Context, host string, f *flight) {
	defer f.cancel()
	f.said = n.ask(ctx, host)
	n.mu.Lock()
	if n.flights[host] == f { // else nobody waits, and the answer is that it was cancelled
		delete(n.flights, host)
		n.keep(host, f.said)
	}
	n.mu.Unlock()
	close(f.done)
}

func (n *names) keep(host string, a resolution) {
	if el := n.known[host]; el != nil {
		n.forget(el)
	}
	e := &entry{host: host, addrs: a.addrs, err: a.err, expires: time.Now().Add(a.lifetime())}
	n.known[host] = n.recent.PushFront(e)
	if n.recent.Len() > n.most {
		n.forget(n.recent.Back())
	}
}

func (n *names) forget(el *list.Element) {
	n.recent.Remove(el)
	delete(n.known, el.Value.(*entry).host)
}

// lifetime is how long an answer counts.
func (a resolution) lifetime() time.Duration {
	if a.err == nil {
		if !a.known {
			return unknownNameTTL
		}
		return min(max(a.ttl, minNameTTL), maxNameTTL)
	}
	if dns, ok := a.err.(*net.DNSError); !ok || !dns.IsNotFound {
		return brokenNameTTL
	}
	return min(max(a.ttl, minNoNameTTL), maxNoNameTTL)
}
