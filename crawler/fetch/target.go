package fetch

import (
	"net/url"
	"strings"

	"amble/frontier/canon"
)

// requestURL is u in the form that makes net/http put u.RequestTarget() on the request line, byte for byte.
//
// net/http sends what url.URL.RequestURI says: the escaped path and the query. For most targets RawPath keeps the path
// as it is. A path that package url holds for badly escaped (a bare %, a |) would be escaped anew, and the
// server would be asked for something else than the link said; for such a target the path goes into Opaque, which is sent
// unseen. Through a proxy Opaque must then be in absolute form, as net/http adds the origin to hierarchical URLs only.
func (c *Client) requestURL(u canon.URL) *url.URL {
	path, query, hasQuery := strings.Cut(u.RequestTarget(), "?")
	r := &url.URL{
		Scheme: u.Scheme(), Host: u.HostPort(), Path: path, RawPath: path,
		RawQuery: query, ForceQuery: hasQuery,
	}
	if strings.IndexByte(path, '%') >= 0 {
		if p, err := url.PathUnescape(path); err == nil {
			r.Path = p
		}
	}
	if r.EscapedPath() == path {
		return r
	}
	proxied := r.Scheme == "http" && c.usesProxy(r)
	r.Path, r.RawPath, r.Opaque = "", "", path
	// A leading "//" would be read as a host. The absolute form says the same, and RFC 9112 section 3.2.2 bids
	// every server accept it; over HTTP/2 net/http cuts it down to the path again.
	if proxied || strings.HasPrefix(path, "//") {
		r.Opaque = "//" + r.Host + path
	}
	return r
}

func (c *Client) usesProxy(u *url.URL) bool {
	if c.proxy == nil {
		return false
	}
	p, err := c.proxy(u)
	return err == nil && p != nil && (p.Scheme == "http" || p.Scheme == "https")
}
