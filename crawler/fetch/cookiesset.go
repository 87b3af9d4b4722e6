package fetch

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"amble/frontier/canon"
)

// Why a cookie is not taken. None of these texts quotes the cookie.
var (
	errCookieDomain = errors.New("the cookie's domain is not that of the host")
	errCookieSuffix = errors.New("the cookie is for all hosts of a public suffix (such as com or co.uk), which no cookie may be")
	errCookieSecure = errors.New("a secure cookie can be set over https only, and not be replaced otherwise")
	errCookiePrefix = errors.New("a cookie named __Secure-... must be secure, one named __Host-... also for one host alone and for the path /")
	errCookieRoom   = errors.New("there are more cookies than can be held")
)

// readSetCookie reads a Set-Cookie line; nil if it is malformed or too long. Name and value stay as they are, quotes too, to be
// sent back so (RFC 6265, section 5.2): net/http would drop values that browsers take.
func readSetCookie(line string) *http.Cookie {
	if len(line) > maxCookie {
		return nil
	}
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, ok := strings.Cut(pair, "=")
	name, value = strings.Trim(name, blanks), strings.Trim(value, blanks)
	if !ok || name == "" || hasControl(pair) {
		return nil
	}
	c, err := http.ParseSetCookie("a=;" + attributes)
	if err != nil {
		return nil
	}
	// Copies, so that a short cookie does not keep the whole answer's header.
	return &http.Cookie{
		Name: strings.Clone(name), Value: strings.Clone(value), Domain: strings.Clone(c.Domain), Path: strings.Clone(c.Path),
		Expires: c.Expires, MaxAge: c.MaxAge, Secure: c.Secure,
	}
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// set adds, replaces or removes a cookie, as RFC 6265bis, section 5.7, says of one that comes from u. The caller holds k.mu.
func (k *Cookies) set(u canon.URL, c *http.Cookie, own bool, now time.Time) error {
	host := cookieHost(u)
	domain, err := cookieDomain(host, c.Domain)
	if err != nil {
		return err
	}
	safe := u.Scheme() == "https" || isLoopback(host)
	if c.Secure && !safe {
		return errCookieSecure
	}
	if !prefixHolds(c) {
		return errCookiePrefix
	}
	c.Path = cookiePath(u, c.Path)
	remove := limitAge(c, now)
	id := cookieID{domain: domain, path: c.Path, name: c.Name}
	s := k.sites[u.Domain()]
	if !safe && s != nil && s.guards(id, now) {
		return errCookieSecure
	}
	if remove {
		if s != nil {
			if _, ok := s.held[id]; ok {
				k.drop(s, id)
			}
		}
		return nil
	}
	memory := cookieMemory + 2*(len(id.name)+len(id.domain)+len(id.path)) + len(c.Value)
	s = k.open(u.Domain(), own)
	if !k.room(s, id, memory, now) {
		if len(s.held) == 0 {
			k.close(s)
		}
		return errCookieRoom
	}
	s.jar.SetCookies(jarURL(u), []*http.Cookie{c})
	k.turn++
	old := s.held[id]
	k.memory += memory - old.memory
	s.held[id] = heldCookie{memory: memory, turn: k.turn, expires: c.Expires, secure: c.Secure, own: own || old.own}
	return nil
}

// cookieDomain is the domain that the jar files a cookie of host under (RFC 6265, section 5.3, steps 4 to 6), or why it
// refuses it. What is refused here never reaches the jar, so the jar can only be the stricter of the two.
func cookieDomain(host, attribute string) (string, error) {
	if attribute == "" {
		return host, nil
	}
	if _, err := netip.ParseAddr(host); err == nil {
		if attribute != host {
			return "", errCookieDomain
		}
		return host, nil
	}
	domain := strings.ToLower(strings.TrimPrefix(attribute, "."))
	switch {
	case domain == "" || domain[0] == '.':
		return "", errCookieDomain
	case domain == host:
		return host, nil // the host's own, even where that is a public suffix
	case !strings.HasSuffix(host, "."+domain):
		return "", errCookieDomain
	}
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain {
		return "", errCookieSuffix
	}
	return domain, nil
}

// prefixHolds reports whether a cookie is what its name promises (RFC 6265bis, section 4.1.3). c.Path is the attribute.
func prefixHolds(c *http.Cookie) bool {
	has := func(prefix string) bool {
		return len(c.Name) >= len(prefix) && strings.EqualFold(c.Name[:len(prefix)], prefix)
	}
	switch {
	case has("__Host-"):
		return c.Secure && c.Domain == "" && c.Path == "/"
	case has("__Secure-"):
		return c.Secure
	}
	return true
}

// cookiePath is the path that a cookie is for: the attribute, escaped as canonical URLs are; without one, the folder of u.
func cookiePath(u canon.URL, attribute string) string {
	if attribute == "" || attribute[0] != '/' {
		path := u.Path()
		return path[:max(strings.LastIndexByte(path, '/'), 1)]
	}
	if strings.Contains(attribute, "%") && !strings.ContainsAny(attribute, `?#\`) {
		if to, err := canon.Parse(u.Origin() + attribute); err == nil {
			return to.Path()
		}
	}
	return attribute
}

// limitAge brings the two ways to say how long a cookie lasts into one, Expires, and bounds it: net/http's jar takes a very large
// Max-Age for one in the past. It reports whether the cookie has expired, which is how a server removes it.
func limitAge(c *http.Cookie, now time.Time) (expired bool) {
	latest := now.Add(maxCookieAge)
	switch {
	case c.MaxAge < 0:
		return true
	case c.MaxAge > int(maxCookieAge/time.Second):
		c.Expires = latest
	case c.MaxAge > 0:
		c.Expires = now.Add(time.Duration(c.MaxAge) * time.Second)
	case c.Expires.After(latest):
		c.Expires = latest
	}
	c.MaxAge = 0
	return !c.Expires.IsZero() && !c.Expires.After(now)
}

// guards reports whether a secure cookie stands where one of an answer over http would go, or would hide it (RFC
// 6265bis, section 5.7).
func (s *site) guards(id cookieID, now time.Time) bool {
	for h, held := range s.held {
		if held.secure && !held.expired(now) && h.name == id.name && pathWithin(id.path, h.path) &&
			(h.domain == id.domain || strings.HasSuffix(h.domain, "."+id.domain) || strings.HasSuffix(id.domain, "."+h.domain)) {
			return true
		}
	}
	return false
}

// pathWithin is the path-match of RFC 6265, section 5.1.4.
func pathWithin(path, folder string) bool {
	rest, ok := strings.CutPrefix(path, folder)
	return ok && (rest == "" || strings.HasSuffix(folder, "/") || rest[0] == '/')
}

func isLoopback(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
