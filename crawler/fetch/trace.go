package fetch

import (
	"crypto/tls"
	"net/http/httptrace"
	"net/netip"
	"sync"
	"time"
)

// maxRequests is how often the transport may write one Get's request: see newTransport.
const maxRequests = 1

// trace notes when the steps of one request happened. The transport's goroutines call it, even after Get has gone.
type trace struct {
	watch *watch // ends the request

	mu        sync.Mutex
	own       bool // the request goes over a connection of our own: all is done by Get's goroutine
	stale     bool // the first byte of the answer had been there before the request
	refused   bool // the request was ended so that it would not be written once more
	over      bool // Get has taken the result: nothing counts any more
	connected bool
	sent      time.Time // the first time that the request was written
	first     time.Time
	requests  int
	conn      *keptConn // what the request goes over; nil if that does not matter
	addr      netip.Addr
	reads     int64 // of conn, before the request

	call func()        // Request.Sent; nil if there is none, or once it is taken
	done chan struct{} // closed when call has returned; nil if it was not called
}

func (t *trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn: t.gotConn,
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				t.wrote()
			}
		},
		GotFirstResponseByte: t.answered,
	}
}

// gotConn is called before each attempt of the transport, and ends the request where there were enough of them. HTTP/2
// looks at the context before it writes; HTTP/1 does not, so its connection is closed.
func (t *trace) gotConn(info httptrace.GotConnInfo) {
	t.mu.Lock()
	t.connected = true
	t.addr = addrOf(info.Conn)
	if t.conn = keptBehind(info.Conn); t.conn != nil {
		t.reads = t.conn.lend(info.Reused)
	}
	enough := t.requests >= maxRequests
	t.refused = t.refused || enough
	t.mu.Unlock()
	if !enough {
		return
	}
	t.watch.end()
	if c, ok := info.Conn.(*tls.Conn); !ok || c.ConnectionState().NegotiatedProtocol != "h2" {
		_ = info.Conn.Close()
	}
}

// through notes that the request goes over a connection of our own.
func (t *trace) through(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.own, t.connected, t.addr = true, true, c.peer
}

// alone notes that this connection was of no use: whether the host can be reached the next one will tell.
func (t *trace) alone() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.connected, t.addr = false, netip.Addr{}
}

// answered notes when the answer began. One that nothing was read for, or before its request was written, is none: what the server
// sent behind its last answer lies there, and goes with the connection.
func (t *trace) answered() {
	t.mu.Lock()
	t.stale = t.conn != nil && t.conn.surplus(t.reads)
	if !t.stale {
		t.first = time.Now()
	}
	stale, conn := t.stale, t.conn
	t.mu.Unlock()
	if stale {
		t.watch.end()
		_ = conn.Close()
	}
}

// wrote counts a request and calls Request.Sent for the first. The call is made without the lock: it may block.
func (t *trace) wrote() {
	t.mu.Lock()
	// What was refused, or will be, has gone no further than net/http's buffer.
	if t.over || t.refused || t.conn != nil && t.conn.spent() {
		t.mu.Unlock()
		return
	}
	t.requests++
	if t.requests == 1 {
		t.sent = time.Now()
	}
	t.mu.Unlock()
	t.announce()
}

// announce calls Request.Sent, once.
func (t *trace) announce() {
	t.mu.Lock()
	call := t.call
	if call == nil || t.over {
		t.mu.Unlock()
		return
	}
	t.call = nil
	var done chan struct{}
	if !t.own {
		done = make(chan struct{})
		t.done = done
	}
	t.mu.Unlock()
	if done != nil {
		defer close(done)
	}
	call()
}

// finish copies the times into r. When it has returned Request.Sent is not running and will not be called.
func (t *trace) finish(r *Response) {
	t.mu.Lock()
	t.over = true
	r.Sent, r.FirstByte, r.Requests = t.sent, t.first, t.requests
	done := t.done
	t.mu.Unlock()
	if done != nil {
		<-done
	}
}

// leftover reports whether what looks like the answer is the rest of the one before.
func (t *trace) leftover() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stale
}

// heavy reports whether the answer's header was longer than it may be, as keptConn weighs it.
func (t *trace) heavy() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.conn != nil && t.conn.heavy.Load()
}

// peer is the address that the request went to; the zero Addr if that is not known.
func (t *trace) peer() netip.Addr {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.addr
}

// reached tells how far the request came.
func (t *trace) reached() (connected, answered, refused bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.connected, !t.first.IsZero(), t.refused
}
