package fetch

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"time"
)

// fallbackDelay is the head start of the first address family over the other (RFC 8305, section 8, and package net).
const fallbackDelay = 300 * time.Millisecond

// minDialTime is the least time that an address gets while others wait behind it.
const minDialTime = 2 * time.Second

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// dialer makes the connections of a Client: it finds the addresses of a host, has the guard judge them, and dials those very
// addresses.
type dialer struct {
	guard     *guard
	overrides resolver
	names     *names
	connect   dialFunc // makes one connection to address:port
	foreign   bool     // connect is the caller's, who resolves names himself
	patience  time.Duration
	tls       *tls.Config // for a proxy with TLS
}

// dial is the transport's DialContext.
func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if p := routeOf(ctx).proxy; p != nil {
		return d.toProxy(ctx, network, addr, p)
	}
	return d.reach(ctx, network, addr, d.guard)
}

// reach connects to host:port as far as g permits. A name that is left to the caller's Dial goes unjudged.
func (d *dialer) reach(ctx context.Context, network, addr string, g *guard) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if e := g.host(host); e != nil {
		return nil, e
	}
	if !d.foreign {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.patience)
		defer cancel()
	}
	if addrs, _ := d.overrides.lookup(addr); len(addrs) > 0 {
		if addrs, err = g.permitted(host, addrs, true); err != nil {
			return nil, err
		}
		return inOrder(ctx, d.connect, network, addrs, port)
	}
	if _, ok := literal(host); ok || d.foreign {
		return d.connect(ctx, network, addr)
	}
	addrs, err := d.locate(ctx, host)
	if err == nil {
		addrs, err = g.permitted(host, addrs, false)
	}
	if err != nil {
		return nil, err
	}
	return race(ctx, d.connect, network, addrs, port)
}

// locate asks the name service, and lets the guard know.
func (d *dialer) locate(ctx context.Context, host string) ([]netip.Addr, error) {
	addrs, err := d.names.lookup(ctx, host)
	if err == nil {
		d.guard.resolved(host, addrs)
	}
	return addrs, err
}

// inOrder tries addresses one after the other. The first failure is reported, as it tells of the address that the user
// put first.
func inOrder(ctx context.Context, connect dialFunc, network string, addrs []netip.Addr, port string) (net.Conn, error) {
	var first error
	for i, a := range addrs {
		inner, cancel := share(ctx, len(addrs)-i)
		conn, err := connect(inner, network, net.JoinHostPort(a.String(), port))
		cancel()
		if err == nil {
			return conn, nil
		}
		if first == nil {
			first = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, first
}

// share gives one of n addresses its part of the time that is left, so that a dead address does not use up the time of
// those behind it.
func share(ctx context.Context, n int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || n == 1 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, max(time.Until(deadline)/time.Duration(n), minDialTime))
}

// race connects as RFC 8305 bids, in the simple form of package net: the family of the first address begins; if it has no
// connection after fallbackDelay, or fails before, the other family sets out too. Within a family addresses are tried in order, so
// that a host sees at most two attempts at a time.
func race(ctx context.Context, connect dialFunc, network string, addrs []netip.Addr, port string) (net.Conn, error) {
	var families [2][]netip.Addr
	for _, a := range addrs {
		i := 0
		if a.Is4() != addrs[0].Is4() {
			i = 1
		}
		families[i] = append(families[i], a)
	}
	if len(families[1]) == 0 {
		return inOrder(ctx, connect, network, addrs, port)
	}
	type result struct {
		conn  net.Conn
		err   error
		first bool
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results, left := make(chan result), make(chan struct{})
	defer close(left)
	run := func(i int) {
		conn, err := inOrder(ctx, connect, network, families[i], port)
		select {
		case results <- result{conn, err, i == 0}:
		case <-left:
			if conn != nil {
				_ = conn.Close()
			}
		}
	}
	go run(0)
	head := time.NewTimer(fallbackDelay)
	defer head.Stop()
	var failure error
	started := false
	for running := 1; running > 0; {
		select {
		case <-head.C:
		case r := <-results:
			if r.err == nil {
				return r.conn, nil
			}
			running--
			if r.first || failure == nil {
				failure = r.err
			}
		}
		if !started {
			started = true
			running++
			go run(1)
		}
	}
	return nil, failure
}
