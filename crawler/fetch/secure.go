package fetch

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"time"
)

// secured is the transport's DialTLSContext: it does what net/http would, TLS over a connection of dial, but puts the keptConn around
// it where HTTP/1 is spoken, so that it sees messages rather than records. net/http asks it for connections to hosts, and not for
// those within a proxy's tunnel.
func secured(dial dialFunc, cfg *tls.Config, patience time.Duration) dialFunc {
	cfg = cfg.Clone()
	for _, proto := range []string{"h2", "http/1.1"} {
		if !slices.Contains(cfg.NextProtos, proto) {
			cfg.NextProtos = append(cfg.NextProtos, proto)
		}
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		own := cfg.Clone()
		if own.ServerName == "" {
			own.ServerName, _, _ = net.SplitHostPort(addr)
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		secure := tls.Client(conn, own)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
		if secure.ConnectionState().NegotiatedProtocol == "h2" {
			return secure, nil // net/http looks for this type
		}
		return &keptConn{Conn: secure}, nil
	}
}
