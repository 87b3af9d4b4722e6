package fetch

import (
	"maps"
	"net/http"

	"amble/frontier/canon"
)

// headerFor is the header of a request for u. Requests share it: nobody may write to it. What Auth and Cookies add is
// bound to u; allowed tells whether the credentials among the caller's own headers may go there too.
func (c *Client) headerFor(u canon.URL, allowed bool) http.Header {
	header := c.bare
	if allowed {
		header = c.header
	}
	auth, cookie := c.auths.value(u, allowed), ""
	if c.cookies != nil {
		cookie = c.cookies.line(u, header.Get("Cookie"))
	}
	if auth == "" && cookie == "" {
		return header
	}
	header = maps.Clone(header)
	if auth != "" {
		header["Authorization"] = []string{auth}
	}
	if cookie != "" {
		header["Cookie"] = []string{cookie}
	}
	return header
}
