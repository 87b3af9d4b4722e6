package fetch

import (
	"context"
	"net"
	"net/netip"
	"slices"

	"amble/frontier/canon"
)

// Locate is the IP address at which the host of u is reached: the least of them if there are several, so that hosts with
// the same addresses have the same one. It is empty if the name does not resolve, and where the addresses are not the
// Client's to know: behind a proxy, or a Dial or Transport of the caller's. It blocks for the name service, at most for Timeout.
func (c *Client) Locate(ctx context.Context, u canon.URL) string {
	if a, err := netip.ParseAddr(u.Host()); err == nil {
		return a.String()
	}
	if c.own == nil || c.dialed {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme()]
	}
	addrs, _ := c.overrides.lookup(net.JoinHostPort(u.Host(), port))
	if addrs == nil {
		ctx, cancel := context.WithTimeout(ctx, c.timeout)
		defer cancel()
		addrs, _ = net.DefaultResolver.LookupNetIP(ctx, "ip", u.Host())
	}
	if len(addrs) == 0 {
		return ""
	}
	return slices.MinFunc(addrs, netip.Addr.Compare).Unmap().String()
}
