package fetch

import (
	"crypto/tls"
	"net"
	"time"
)

// pendingInput reports whether a connection has input that nobody has read, or was closed by its other end. It does not block, and
// disturbs no Read that is under way. Of a connection that is no socket it knows nothing.
func pendingInput(conn net.Conn) bool {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	s := socketOf(conn)
	return s != nil && s.input()
}

// peek looks what waits at a connection that nobody reads from.
type peek struct {
	conn   net.Conn
	socket *socket // nil where there is none to look into
}

// peekTime is how long a read must wait for input to show where there is no other way to look.
const peekTime = time.Millisecond

func newPeek(conn net.Conn) peek { return peek{conn, socketOf(conn)} }

// pending is pendingInput for this connection, of whatever kind it is. If there is input, some of it may be lost.
func (p peek) pending() bool {
	if p.socket != nil {
		return p.socket.input()
	}
	if p.conn.SetReadDeadline(time.Now().Add(peekTime)) != nil {
		return true
	}
	var one [1]byte
	n, err := p.conn.Read(one[:])
	return n > 0 || !isTimeout(err) || p.conn.SetReadDeadline(time.Time{}) != nil
}
