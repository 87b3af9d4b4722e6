//go:build unix

package fetch

import (
	"crypto/tls"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// pendingInput reports whether a connection has input that nobody has read, or was closed by its other end. It does not block, and
// disturbs no Read that is under way. Of a connection that is no socket it knows nothing.
func pendingInput(conn net.Conn) bool {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	s, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	found := false
	_ = raw.Control(func(fd uintptr) { // Read would wait for the Read that net/http has under way
		var one [1]byte
		_, _, err := unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		found = err == nil // a byte, or the end
	})
	return found
}
