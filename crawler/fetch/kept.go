package fetch

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
)

// keptConn counts the reads of a connection, so that an answer can be told from what was left of the one before.
//
// A server that sends more than the body it declared leaves the rest in net/http's buffer. Mostly net/http notices, and
// closes the connection. But where the next request is quicker, it takes the rest for the answer to that: a page could
// put words into the mouth of another. The trace asks here whether anything was read since the request got the
// connection; if the first byte of an answer is there nevertheless, it was there before.
type keptConn struct {
	net.Conn
	reads atomic.Int64
}

func (c *keptConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.reads.Add(1)
	}
	return n, err
}

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

// keptBehind finds the keptConn that an HTTP/1 connection goes over; nil if there is none. HTTP/2 tells answers apart.
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
