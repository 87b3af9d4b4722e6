//go:build unix

package fetch

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// socket is that of a connection, with what it takes to look into it. Not for use by more than one goroutine at a time.
type socket struct {
	raw   syscall.RawConn
	poll  func(fd uintptr) // made once, as is what it needs: a look must not allocate
	fds   [1]unix.PollFd
	ready bool
}

// socketOf is the socket of a connection; nil if it has none.
func socketOf(conn net.Conn) *socket {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	s := &socket{raw: raw}
	s.poll = func(fd uintptr) {
		s.fds[0] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
		n, err := unix.Poll(s.fds[:], 0)
		for err == unix.EINTR {
			n, err = unix.Poll(s.fds[:], 0)
		}
		s.ready = n != 0 || err != nil // a byte, the end, or a failure that the next Read would tell of
	}
	return s
}

// input reports whether there is input at the socket, or its end.
func (s *socket) input() bool {
	closed := s.raw.Control(s.poll) // Read would wait for a Read that is under way
	return closed != nil || s.ready
}
