package fetch

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"

	"amble/frontier/canon"
)

// Locate is the IP address at which the host of u is reached: the least of them if there are several, so that hosts with
// the same addresses have the same one. It is empty if the name does not resolve, and where the addresses are not the
// Client's to know: behind a proxy, or a Dial or Transport of the caller's. It blocks for the name service, at most for
// Timeout; what that says is remembered for the Get that follows.
func (c *Client) Locate(ctx context.Context, u canon.URL) string {
	if a, ok := literal(u.Host()); ok {
		return a.String()
	}
	if c.own == nil || c.dialer.foreign || c.guard.host(u.Host()) != nil {
		return ""
	}
	if c.proxy != nil {
		if p, err := c.proxy(&url.URL{Scheme: u.Scheme(), Host: u.HostPort()}); err != nil || p != nil {
			return ""
		}
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme()]
	}
	addrs, _ := c.dialer.overrides.lookup(net.JoinHostPort(u.Host(), port))
	if addrs == nil {
		ctx, cancel := context.WithTimeout(ctx, c.timeout)
		defer cancel()
		addrs, _ = c.dialer.locate(ctx, u.Host())
	}
	if len(addrs) == 0 {
		return ""
	}
	return slices.MinFunc(addrs, netip.Addr.Compare).Unmap().String()
}
