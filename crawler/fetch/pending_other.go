//go:build !unix

package fetch

import (
	"net"
	"syscall"
)

// socketOf is nil: there is no looking into a socket here without reading from it.
func socketOf(net.Conn) syscall.RawConn { return nil }

func inputAt(syscall.RawConn) bool { return false }
