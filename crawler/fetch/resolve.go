package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"amble/frontier/canon"
)

// resolver maps host:port, in lower case, to the addresses to connect to. The host "*" stands for any other.
type resolver map[string][]netip.Addr

// parseResolve reads entries of Config.Resolve. A later entry replaces an earlier one for the same host and port.
func parseResolve(entries []string) (resolver, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	m := make(resolver, len(entries))
	for _, e := range entries {
		bad := func(why string) error {
			return fmt.Errorf("fetch: resolve entry %q: %s; write host:port:address, as in example.com:80:127.0.0.1", e, why)
		}
		host, rest, ok := cutHost(e)
		if !ok || host == "" {
			return nil, bad("no host and port")
		}
		port, list, ok := strings.Cut(rest, ":")
		if !ok || list == "" {
			return nil, bad("no address")
		}
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return nil, bad(fmt.Sprintf("%q is no port", port))
		}
		var addrs []netip.Addr
		for s := range strings.SplitSeq(list, ",") {
			a, ok := parseAddr(strings.TrimSpace(s))
			if !ok {
				return nil, bad(fmt.Sprintf("%q is neither an IPv4 address nor an IPv6 address in brackets", s))
			}
			addrs = append(addrs, a)
		}
		m[net.JoinHostPort(canonicalHost(host), strconv.FormatUint(n, 10))] = addrs
	}
	return m, nil
}

// canonicalHost is a host as URLs have it that are asked for: "bücher.example" is xn--bcher-kva.example there, and 127.1 is 127.0.0.1. Names are left
// alone that no URL can have, such as "*".
func canonicalHost(host string) string {
	if u, err := canon.Parse("http://" + host + "/"); err == nil && !strings.ContainsAny(host, `:/\?#@`) {
		return u.Host()
	}
	return strings.ToLower(host)
}

// cutHost splits "host:rest" or "[v6]:rest".
func cutHost(s string) (host, rest string, ok bool) {
	if strings.HasPrefix(s, "[") {
		return strings.Cut(s[1:], "]:")
	}
	return strings.Cut(s, ":")
}

func parseAddr(s string) (netip.Addr, bool) {
	inner, bracketed := strings.CutPrefix(s, "[")
	if bracketed {
		inner, bracketed = strings.CutSuffix(inner, "]")
		if !bracketed {
			return netip.Addr{}, false
		}
	}
	a, err := netip.ParseAddr(inner)
	if err != nil || a.Is4() == bracketed {
		return netip.Addr{}, false
	}
	return a, true
}

// lookup gives the addresses for addr, a host:port; nil where the name service has to say.
func (m resolver) lookup(addr string) (addrs []netip.Addr, port string) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, ""
	}
	if a, ok := m[net.JoinHostPort(strings.ToLower(host), port)]; ok {
		return a, port
	}
	return m[net.JoinHostPort("*", port)], port
}
