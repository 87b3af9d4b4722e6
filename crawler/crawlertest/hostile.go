package crawlertest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// HostileServer is a web that means harm, for tests that run for long. Every path of every host is an attack: the one
// that its first segment names, or else one that a hash of host and path chooses, so that the same request meets the
// same attack always. The page at [HostileServer.URL] links to each of them, and what can hold links leads on to more,
// on this host and on others, without end: only the limits of a crawl end it.
//
// robots.txt is an attack chosen by the host: "robots-NAME.test" has the attack of that name, most hosts have none. So
// is what port 443 does: "tls-NAME.test".
//
// It holds no more memory than a few bombs, ready made, and writes as fast as a client reads.
type HostileServer struct {
	web, tls net.Listener
	done     chan struct{} // closed by Close
	running  sync.WaitGroup
	requests atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]bool // nil once closed
}

// hostileHost is where the seed lies.
const hostileHost = "hostile.test"

// ServeHostile starts to serve on free ports of 127.0.0.1. It does not block. The caller must Close the server.
func ServeHostile() (*HostileServer, error) {
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the hostile web: %w", err)
	}
	secure, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		web.Close()
		return nil, fmt.Errorf("serve the hostile web: %w", err)
	}
	h := &HostileServer{web: web, tls: secure, done: make(chan struct{}), conns: make(map[net.Conn]bool)}
	h.running.Go(func() { h.accept(web, h.serve) })
	h.running.Go(func() { h.accept(secure, h.serveTLS) })
	return h, nil
}

// URL is the seed, a page with a link to every attack. Its host is reached by Dial, or with Addr as an HTTP proxy.
func (h *HostileServer) URL() string { return "http://" + hostileHost + "/" }

// Addr is the address of the plain port, as host:port.
func (h *HostileServer) Addr() string { return h.web.Addr().String() }

// Requests is the number of requests that were read so far.
func (h *HostileServer) Requests() int64 { return h.requests.Load() }

// Attacks are the names of the attacks that a path can choose, sorted.
func (h *HostileServer) Attacks() []string { return slices.Clone(attackNames) }

// Dial connects to the server for ports 80 and 443 of any host that ends in .test. Any other port refuses, any other
// name does not exist: nothing leaves the machine. Its signature is that of net.Dialer.DialContext.
func (h *HostileServer) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	name, port, err := net.SplitHostPort(addr)
	to := h.Addr()
	switch {
	case err != nil:
	case checkHost(strings.TrimSuffix(strings.ToLower(name), ".")) != nil:
		err = &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	case port == "443":
		to = h.tls.Addr().String()
	case port != "80":
		err = os.NewSyscallError("connect", syscall.ECONNREFUSED)
	}
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", to)
}

// Close breaks off every attack and every connection and returns when nothing of the server runs any more. It may be
// called more than once, and by several goroutines.
func (h *HostileServer) Close() error {
	h.mu.Lock()
	conns := h.conns
	h.conns = nil
	h.mu.Unlock()
	var err error
	if conns != nil {
		close(h.done)
		err = errors.Join(h.web.Close(), h.tls.Close())
		for conn := range conns {
			conn.Close()
		}
	}
	h.running.Wait()
	return err
}

func (h *HostileServer) accept(ln net.Listener, serve func(net.Conn)) {
	for {
		conn, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			sleepUntil(h.done, 10*time.Millisecond) // no descriptors, perhaps: there will be some again
			continue
		}
		h.mu.Lock()
		open := h.conns != nil
		if open {
			h.conns[conn] = true
			h.running.Add(1) // before Close can wait, for it has not taken the connections yet
		}
		h.mu.Unlock()
		if !open {
			conn.Close()
			continue
		}
		go func() {
			defer h.running.Done()
			serve(conn)
			conn.Close()
			h.mu.Lock()
			delete(h.conns, conn)
			h.mu.Unlock()
		}()
	}
}

// serve answers the requests of one connection.
func (h *HostileServer) serve(conn net.Conn) {
	r := bufio.NewReader(conn)
	for {
		conn.SetReadDeadline(time.Now().Add(time.Minute))
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		conn.SetReadDeadline(time.Time{})
		io.Copy(io.Discard, req.Body)
		h.requests.Add(1)
		if req.Method == http.MethodConnect {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
			h.serveTLS(conn)
			return
		}
		a := &assault{conn: conn, done: h.done, host: hostOf(req), path: req.URL.EscapedPath(), query: req.URL.RawQuery}
		a.attack()(a)
		if !a.keep || req.Close {
			return
		}
	}
}
