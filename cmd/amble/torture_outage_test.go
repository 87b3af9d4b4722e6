//go:build unix

package main

import (
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"amble/crawler/crawlertest"
)

// relay stands in front of a server, and can vanish and come back.
type relay struct {
	t    *testing.T
	addr string

	mu    sync.Mutex // guards what follows
	to    string
	deaf  bool         // it takes connections and resets them
	ln    net.Listener // nil while it is away
	conns map[net.Conn]bool
	all   sync.WaitGroup
}

func newRelay(t *testing.T) *relay {
	r := &relay{t: t, addr: "127.0.0.1:0", conns: make(map[net.Conn]bool)}
	r.appear()
	t.Cleanup(func() {
		r.vanish(false)
		r.all.Wait()
	})
	return r
}

func (r *relay) port() string {
	_, port, _ := net.SplitHostPort(r.addr)
	return port
}

// lead makes the relay lead to a server.
func (r *relay) lead(to string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to = to
}

// appear listens, always at the same port.
func (r *relay) appear() {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.deaf = false; r.ln != nil {
		return
	}
	ln, err := net.Listen("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.ln, r.addr = ln, ln.Addr().String()
	r.all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			r.all.Go(func() { r.serve(ln, c) })
		}
	})
}

// vanish resets all connections, and from now on refuses new ones, or, if it is to be deaf, resets them too.
func (r *relay) vanish(deaf bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deaf = deaf
	if r.ln != nil && !deaf {
		r.ln.Close()
		r.ln = nil
	}
	for c := range r.conns {
		reset(c)
	}
}

func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.Close()
}

// serve copies both ways until one side has had enough.
func (r *relay) serve(ln net.Listener, c net.Conn) {
	r.mu.Lock()
	here, to := r.ln == ln && !r.deaf, r.to
	r.conns[c] = true
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.conns, c)
		c.Close()
	}()
	if !here {
		reset(c)
		return
	}
	s, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer s.Close()
	var back sync.WaitGroup
	back.Go(func() {
		io.Copy(c, s)
		c.Close()
	})
	io.Copy(s, c)
	s.Close()
	back.Wait()
}

// through has the crawl of a maze on one host go through the relay, by a port in its URLs instead of a proxy: so it sees what a
// server does that is not there.
func (o *ordeal) through(r *relay) {
	r.lead(o.server.Addr())
	site := *o.site
	site.Seeds = []string{"http://maze.test:" + r.port() + "/"}
	o.site = &site
	o.flags = []string{"--quiet", "--proxy", "none", "--resolve", "maze.test:" + r.port() + ":127.0.0.1"}
}

// TestTortureServerVanishes: a server that is away for a while costs time and no pages, whether it refuses connections, as one does that is
// being restarted, or resets them, as a gateway may whose server is away; and whether it is back before its host is asked for the first time again,
// or after that.
func TestTortureServerVanishes(t *testing.T) {
	needTorture(t)
	if *torture < 100 {
		t.Skip("a host that fails is left alone for half a minute and more: make torture")
	}
	for _, c := range []struct {
		name string
		deaf bool
		away time.Duration
	}{
		{"refused", false, 150 * time.Millisecond}, {"reset", true, 150 * time.Millisecond}, {"reset for long", true, 35 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRelay(t)
			site := maze(t, 300, 1, "--timeout", "2s")
			crawl := func(disturb func(*ordeal, *child)) *ordeal {
				o := newOrdeal(t, site)
				o.through(r)
				run := o.crawl()
				disturb(o, run)
				o.ended(run)
				return o
			}
			peace := crawl(func(*ordeal, *child) {})
			want := &undisturbed{state: "complete", export: peace.export(), requests: peace.requests(), total: peace.server.Log().Len()}
			o := crawl(func(o *ordeal, run *child) {
				o.await(run, 0, moment{50, 0})
				r.vanish(c.deaf)
				time.Sleep(c.away)
				r.appear()
			})
			o.same(want)
			// One had come to the server when its connection was reset.
			if lost := o.server.Log().Len() - want.total; lost > 1 {
				t.Errorf("%d requests were made more often than by an undisturbed crawl", lost)
			}
		})
	}
}

// TestTortureRelayVanishes: the instrument of the test above is a good one.
func TestTortureRelayVanishes(t *testing.T) {
	srv, err := crawlertest.Serve(maze(t, 1, 1), "")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	r := newRelay(t)
	r.lead(srv.Addr())
	addr := r.addr
	kept, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	if _, err := io.WriteString(kept, "GET / HTTP/1.1\r\nHost: maze.test\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 12)
	if _, err := io.ReadFull(kept, answer); err != nil || string(answer) != "HTTP/1.1 200" {
		t.Fatalf("%q, %v", answer, err)
	}
	r.vanish(false)
	if _, err := io.Copy(io.Discard, kept); err == nil {
		t.Error("the connection was not reset")
	}
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("the relay was away and took a connection")
	}
	r.appear()
	if r.addr != addr {
		t.Errorf("it came back at %s and was at %s", r.addr, addr)
	}
	if n, err := strconv.Atoi(r.port()); err != nil || n == 0 {
		t.Errorf("port %q", r.port())
	}
}
