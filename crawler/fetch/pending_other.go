//go:build !unix

package fetch

import "net"

// pendingInput cannot look into a socket here: what waits there goes unseen.
func pendingInput(net.Conn) bool { return false }
