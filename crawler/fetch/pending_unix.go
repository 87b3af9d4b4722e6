//go:build unix

package fetch

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// socketOf is the socket of a connection; nil if it has none.
func socketOf(conn net.Conn) syscall.RawConn {
	s, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// inputAt reports whether there is input at a socket, or its end.
func inputAt(raw syscall.RawConn) (found bool) {
	closed := raw.Control(func(fd uintptr) { // Read would wait for a Read that is under way
		var one [1]byte
		for {
			_, _, err := unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
			if err != unix.EINTR {
				found = err != unix.EAGAIN // a byte, the end, or a failure that the next Read would tell of
				return
			}
		}
	})
	return found || closed != nil
}
