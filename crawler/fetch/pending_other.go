//go:build !unix

package fetch

import "net"

type socket struct{}

// socketOf is nil: there is no looking into a socket here without reading from it.
func socketOf(net.Conn) *socket { return nil }

func (*socket) input() bool { return false }
