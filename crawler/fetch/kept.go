package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
)

// keptConn watches what a connection carries between two answers, so that an answer can be told from what a server sent behind
// the one before, and how much an answer's header weighs.
//
// A server may send more than it was asked for: a longer body than declared, or a whole second answer, in the same packet or
// in one that follows. Mostly net/http notices, and closes the connection. But where the next request is quicker, it takes the
// surplus for the answer to that: a page could put words into the mouth of another, of any host behind the same proxy. Three
// things show here what net/http does not see:
//
//   - what it has read but not looked at yet: the trace asks whether anything was read since the request got the connection
//     (trace.answered);
//   - what came since the request got the connection and before it was written;
//   - what waits in the socket when it is about to be written, unread as yet.
//
// In the last two cases nothing is written, and net/http sends the request over another connection. What arrives after the request has
// been written nobody can tell from an answer to it, over HTTP/1.
type keptConn struct {
	net.Conn
	reads atomic.Int64
	// unwritten tells that a request has got the connection, which had served others, and is not written; early that something came meanwhile.
	unwritten, early atomic.Bool
	// lent tells that a request has got the connection, asked that its answer is the next to come, and not by TLS.
	lent, asked atomic.Bool
	header      headMeter // the reader's own
	heavy       atomic.Bool
}

var errSurplus = errors.New("the server has sent more than its last answer")

func (c *keptConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		if c.unwritten.Load() {
			c.early.Store(true)
		}
		c.reads.Add(1)
		if c.asked.Load() && c.asked.CompareAndSwap(true, false) {
			c.header.begin()
		}
		if c.header.add(p[:n]) {
			c.heavy.Store(true) // net/http may give another reason, the line that broke off
			_ = c.Conn.Close()
			return 0, net.ErrClosed
		}
	}
	return n, err
}

func (c *keptConn) Write(p []byte) (int, error) {
	if c.spent() {
		_ = c.Conn.Close()
		return 0, errSurplus
	}
	c.unwritten.Store(false)
	if c.lent.Load() && len(p) > 0 {
		c.lent.Store(false)
		c.asked.Store(p[0] >= 'A' && p[0] <= 'Z') // a method; records of TLS begin with 20 to 24
	}
	return c.Conn.Write(p)
}

// lend is told that a request gets the connection, and returns how many reads there were before.
func (c *keptConn) lend(reused bool) int64 {
	reads := c.reads.Load()
	c.lent.Store(true)
	if reused {
		c.early.Store(false)
		c.unwritten.Store(true)
	}
	return reads
}

// spent reports whether input came before the request that has the connection is written, which then never is.
func (c *keptConn) spent() bool {
	if !c.unwritten.Load() {
		return false
	}
	if !c.early.Load() && pendingInput(c.Conn) {
		c.early.Store(true)
	}
	return c.early.Load()
}

// surplus reports whether what looks like the beginning of an answer was there before its request.
func (c *keptConn) surplus(reads int64) bool { return c.early.Load() || c.reads.Load() == reads }

// kept makes each connection of dial a keptConn.
func kept(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &keptConn{Conn: conn}, nil
	}
}

// keptBehind finds the keptConn that an HTTP/1 connection goes over; nil if there is none. HTTP/2 tells answers apart. Within a proxy's
// tunnel TLS lies around the keptConn, which then does not see the messages.
func keptBehind(conn net.Conn) *keptConn {
	if t, ok := conn.(*tls.Conn); ok {
		if t.ConnectionState().NegotiatedProtocol == "h2" {
			return nil
		}
		conn = t.NetConn()
	}
	k, _ := conn.(*keptConn)
	return k
}
