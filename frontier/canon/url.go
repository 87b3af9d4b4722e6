// Package canon turns the text of a link into a URL that the whole crawl agrees on, and into the keys under which
// that URL is counted, queued and paced. It is pure: no I/O, no clock, no shared state, and every function may be
// called from many goroutines.
//
// One URL lives like this. A page at URL u holds the text of a link, as it stands in the attribute. [URL.Resolve]
// reads it as a browser does (the WHATWG URL standard): white space goes, the scheme and the host are lowered, IDN
// becomes punycode, dot segments are removed, what may not stand in a URL is percent-encoded. The result then loses
// its fragment and its userinfo, and is brought into the canonical form of RFC 3986 section 6.2.2: escapes of
// unreserved characters are decoded (%7E is ~), the hexadecimal digits of all others are upper case (%2f is %2F).
// Nothing else changes: the query is not sorted, a lone "?" stays, %2F is never a slash. The canonical text is what is
// fetched and what is recorded, so two links become one only where a server cannot tell them apart.
//
// From then on the URL is a small comparable value. Its [URL.Domain] names the token bucket that pays for it, its
// [URL.Origin] the robots.txt that rules it, and its [Key] is all that the visited set keeps of it.
//
// Words: the host is the name or address without port; the origin is scheme://host[:port]; the registrable domain is
// one label more than a public suffix (example.co.uk); canonical means that parsing it again gives the same text.
package canon

import "strings"

// URL is a canonical http or https URL, without fragment and userinfo. The zero value is no URL.
//
// URLs may be compared with == and used as map keys: equal means the same canonical text. The accessors do not
// allocate; what they return shares the memory of the URL. A URL never shares memory with the text that it was
// parsed from, so keeping one does not keep the page that it came from.
type URL struct {
	s       string // the canonical text
	hostEnd uint16 // where the host ends: at ':' if there is a port, else at the path
	path    uint16 // where the path begins, which is never empty
	pathEnd uint16 // where the path ends: at '?' or at the end of s
}

// String is the canonical text; "" for the zero value.
func (u URL) String() string { return u.s }

// IsZero reports whether u is no URL.
func (u URL) IsZero() bool { return u.s == "" }

// Scheme is "http" or "https"; "" for the zero value.
func (u URL) Scheme() string {
	if u.s == "" {
		return ""
	}
	return u.s[:u.host()-len("://")]
}

// Host is the host in lower case: a name (IDN as punycode), an IPv4 address in dotted form, or an IPv6 address
// without brackets. It has no port.
func (u URL) Host() string {
	h := u.s[u.host():u.hostEnd]
	if strings.HasPrefix(h, "[") {
		return h[1 : len(h)-1]
	}
	return h
}

// Port is the port in decimal digits, "" where it is the scheme's default (80 or 443).
func (u URL) Port() string {
	if u.hostEnd == u.path {
		return ""
	}
	return u.s[u.hostEnd+1 : u.path]
}

// HostPort is host[:port] as it stands in the URL: an IPv6 address is in brackets, a default port is left out. It is
// the value of a Host header.
func (u URL) HostPort() string { return u.s[u.host():u.path] }

// Origin is scheme://host[:port], a default port left out.
func (u URL) Origin() string { return u.s[:u.path] }

// RequestTarget is the path and the query, exactly as they stand on a request line (RFC 9112, section 3.2.1). It may
// hold a bare percent sign, which browsers send as it is.
func (u URL) RequestTarget() string { return u.s[u.path:] }

// Path is the path, which begins with "/".
func (u URL) Path() string { return u.s[u.path:u.pathEnd] }

// Query is the query without its "?". It is "" both for a URL without a query and for one that ends in "?"; these
// are different URLs, and String and RequestTarget keep them apart.
func (u URL) Query() string {
	if int(u.pathEnd) == len(u.s) {
		return ""
	}
	return u.s[u.pathEnd+1:]
}

// WithoutQuery is u up to its query, with neither that nor its "?".
func (u URL) WithoutQuery() URL {
	u.s = u.s[:u.pathEnd]
	return u
}

// Domain is the registrable domain of the host, see [Domain].
func (u URL) Domain() string { return Domain(u.Host()) }

// host is where the host begins.
func (u URL) host() int { return hostStart(u.s) }

// hostStart is where the host begins in the canonical text s: after "http://" or "https://".
func hostStart(s string) int {
	if s == "" {
		return 0
	}
	if s[len("http")] == 's' {
		return len("https://")
	}
	return len("http://")
}
