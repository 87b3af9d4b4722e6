package fetch

import (
	"container/list"
	"context"
	"net"
	"slices"
	"sync"
	"time"
)

// conns are the connections to hosts that requests without TLS and without a proxy go over, one request at a time. It bounds how many
// are open to a host, and keeps those that may serve again. It is safe for use by several goroutines.
//
// A connection lives like this. A Get waits until fewer than perHost others have one to its host (FIFO), takes the one kept last, looks
// whether the server has left it quiet, and dials where there is none. When the answer has been read to its end the connection is kept
// for idleConnTimeout; in any other case it is closed.
type conns struct {
	dial    dialFunc
	perHost int
	idle    int // how many are kept, over all hosts

	mu    sync.Mutex
	hosts map[string]*hostConns // those with a connection, or a Get that waits for one
	kept  list.List             // of *conn, the one kept longest first
	timer *time.Timer           // for the first of kept; nil if there is none
}

// hostConns are the connections to one host and port.
type hostConns struct {
	taken   int // Gets that have a connection or make one
	kept    []*conn
	waiting []chan struct{} // closed when it is that Get's turn
}

func newConns(dial dialFunc, perHost int) *conns {
	return &conns{dial: dial, perHost: perHost, idle: max(maxIdleConns, perHost), hosts: make(map[string]*hostConns)}
}

// get takes a connection to addr, host:port, which put or drop gives back. It blocks at most as long as ctx lives.
func (p *conns) get(ctx context.Context, addr string) (*conn, error) {
	if err := p.enter(ctx, addr); err != nil {
		return nil, err
	}
	if ctx.Err() != nil { // no dial would tell, where a connection is kept
		p.leave(addr, nil)
		return nil, context.Cause(ctx)
	}
	for {
		c := p.take(addr)
		if c == nil {
			break
		}
		if c.quiet() {
			return c, nil
		}
		_ = c.Close()
	}
	raw, err := p.dial(ctx, "tcp", addr)
	if err != nil {
		p.leave(addr, nil)
		return nil, err
	}
	return newConn(raw, addr), nil
}

// enter waits for one of the host's places.
func (p *conns) enter(ctx context.Context, addr string) error {
	p.mu.Lock()
	h := p.hosts[addr]
	if h == nil {
		h = new(hostConns)
		p.hosts[addr] = h
	}
	if h.taken < p.perHost {
		h.taken++
		p.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	h.waiting = append(h.waiting, turn)
	p.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	i := slices.Index(h.waiting, turn)
	if i >= 0 {
		h.waiting = slices.Delete(h.waiting, i, i+1)
	}
	p.mu.Unlock()
	if i < 0 { // the turn came at the same moment
		p.leave(addr, nil)
	}
	return context.Cause(ctx)
}

// take is the connection of the host that was kept last; nil if there is none.
func (p *conns) take(addr string) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.hosts[addr]
	n := len(h.kept)
	if n == 0 {
		return nil
	}
	c := h.kept[n-1]
	p.forget(c)
	return c
}

// put keeps a connection for the next request to its host.
func (p *conns) put(c *conn) { p.leave(c.addr, c) }

// drop closes a connection.
func (p *conns) drop(c *conn) {
	_ = c.Close()
	p.leave(c.addr, nil)
}

// leave gives a place of the host to the next in line. c, if it is not nil, is kept.
func (p *conns) leave(addr string, c *conn) {
	p.mu.Lock()
	h := p.hosts[addr]
	if c != nil {
		c.used, c.since = true, time.Now()
		h.kept = append(h.kept, c)
		c.place = p.kept.PushBack(c)
		if p.timer == nil {
			p.timer = time.AfterFunc(idleConnTimeout, p.expire)
		}
	}
	if len(h.waiting) > 0 {
		close(h.waiting[0])
		h.waiting = slices.Delete(h.waiting, 0, 1)
	} else {
		h.taken--
	}
	p.tidy(addr, h)
	var surplus *conn
	if p.kept.Len() > p.idle {
		surplus = p.oldest()
		p.forget(surplus)
	}
	p.mu.Unlock()
	if surplus != nil {
		_ = surplus.Close()
	}
}

func (p *conns) oldest() *conn {
	first := p.kept.Front()
	if first == nil {
		return nil
	}
	return first.Value.(*conn)
}

// forget takes a kept connection out.
func (p *conns) forget(c *conn) {
	p.kept.Remove(c.place)
	h := p.hosts[c.addr]
	i := slices.Index(h.kept, c)
	h.kept = slices.Delete(h.kept, i, i+1)
	p.tidy(c.addr, h)
}

// tidy leaves nothing behind of a host that has no connection any more. A Get that has a place counts as one.
func (p *conns) tidy(addr string, h *hostConns) {
	if h.taken == 0 && len(h.kept) == 0 && len(h.waiting) == 0 {
		delete(p.hosts, addr)
	}
}

// expire closes the connections that have been kept for long enough.
func (p *conns) expire() { p.closeKept(time.Now().Add(-idleConnTimeout)) }

// closeKept closes the connections that have been kept since then or longer.
func (p *conns) closeKept(then time.Time) {
	var old []net.Conn
	p.mu.Lock()
	for c := p.oldest(); c != nil && !c.since.After(then); c = p.oldest() {
		p.forget(c)
		old = append(old, c)
	}
	switch c := p.oldest(); {
	case c != nil && p.timer != nil:
		p.timer.Reset(c.since.Sub(then))
	case c == nil && p.timer != nil:
		p.timer.Stop()
		p.timer = nil
	}
	p.mu.Unlock()
	for _, c := range old {
		_ = c.Close()
	}
}

// close closes the connections that no Get is using.
func (p *conns) close() { p.closeKept(time.Now()) }
