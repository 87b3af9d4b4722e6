package fetch

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"amble/crawler/page"
)

// guard keeps connections out of private networks. It judges twice: the host of a URL before anything else is done, where
// that is an address already, and the addresses of a name where they are dialled, so that a name cannot change its meaning
// in between.
type guard struct {
	open  bool // everything may be reached
	names bool // localhost means this machine: names are not a matter of the caller's Dial
	own   map[string]*seat
}

// seat is where a host that the user named was when its name was first resolved.
type seat struct {
	mu       sync.Mutex
	known    bool
	networks []network // the kinds of network that it had an address in
}

func newGuard(cfg Config) *guard {
	g := &guard{open: cfg.AllowPrivate, names: cfg.Dial == nil, own: make(map[string]*seat, len(cfg.OwnHosts))}
	for _, host := range cfg.OwnHosts {
		g.own[hostKey(host)] = &seat{}
	}
	return g
}

// hostKey is one spelling for each host.
func hostKey(host string) string {
	if strings.HasPrefix(host, "[") {
		host = strings.Trim(host, "[]")
	}
	if a, ok := literal(host); ok {
		return a.String()
	}
	return strings.ToLower(host)
}

// owns reports whether the user named the host himself.
func (g *guard) owns(host string) bool {
	_, ok := g.own[hostKey(host)]
	return ok
}

// literal is the address that a host is, if it is one and not a name. It costs nothing for a name.
func literal(host string) (netip.Addr, bool) {
	if host == "" {
		return netip.Addr{}, false
	}
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	if !(digit(host[0]) && digit(host[len(host)-1])) && strings.IndexByte(host, ':') < 0 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(host)
	return a, err == nil
}

// isLocalhost reports whether a name means this machine whatever the name service says (RFC 6761, section 6.3).
func isLocalhost(host string) bool {
	name := strings.TrimSuffix(strings.ToLower(host), ".")
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// host judges the host of a URL as far as its text tells where it is; nil means that it may be asked.
func (g *guard) host(host string) *page.Error {
	where := public
	if a, ok := literal(host); ok {
		where = networkOf(a)
	} else if g.names && isLocalhost(host) {
		where = thisMachine
	}
	if where == public || g.open || g.owns(host) {
		return nil
	}
	return held(fmt.Sprintf("%s lies %s", shorten(host, 255), where))
}

// permitted gives those of a host's addresses that may be dialled, in their order, or the reason why none may. Addresses are
// configured where they come from Config.Resolve: for a host of the user's own they are his word too.
func (g *guard) permitted(host string, addrs []netip.Addr, configured bool) ([]netip.Addr, error) {
	if g.open {
		return addrs, nil
	}
	s := g.own[strings.ToLower(host)]
	if s != nil && configured {
		return addrs, nil
	}
	allowed := func(a netip.Addr) bool {
		where := networkOf(a)
		return where == public || s != nil && s.has(where)
	}
	first := slices.IndexFunc(addrs, func(a netip.Addr) bool { return !allowed(a) })
	if first < 0 {
		return addrs, nil
	}
	var good []netip.Addr
	for _, a := range addrs {
		if allowed(a) {
			good = append(good, a)
		}
	}
	if len(good) > 0 {
		return good, nil
	}
	text := fmt.Sprintf("%s has the address %s, %s", shorten(host, 255), addrs[first], networkOf(addrs[first]))
	if s != nil {
		text += ", where it was not when it was first asked"
	}
	return nil, held(text)
}

// resolved notes what the name service said of a host, and counts only the first time: a seed that lay in the public
// internet then cannot move into the user's network, nor one in his network onto his machine.
func (g *guard) resolved(host string, addrs []netip.Addr) {
	s := g.own[strings.ToLower(host)]
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known || len(addrs) == 0 {
		return
	}
	s.known = true
	for _, a := range addrs {
		if n := networkOf(a); !slices.Contains(s.networks, n) {
			s.networks = append(s.networks, n)
		}
	}
}

func (s *seat) has(n network) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.networks, n)
}

func held(text string) *page.Error {
	return &page.Error{Class: page.Private, Text: text + ": --allow-private lets the crawl go there"}
}
