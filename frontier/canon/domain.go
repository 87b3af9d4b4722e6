package canon

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Domain is the registrable domain of a host: its public suffix and one label more, as the public suffix list knows
// it ("www.example.co.uk" belongs to "example.co.uk"). The host is in lower case, IDN as punycode, and without port.
//
// A host that has no registrable domain is its own: an IP address (with or without brackets), a single label
// (localhost), a public suffix. The dot that may end a name does not count: "example.com." is example.com, on the same
// servers, and must not get a second allowance of requests.
func Domain(host string) string {
	host = strings.TrimSuffix(host, ".")
	if strings.IndexByte(host, '.') < 0 || host[len(host)-1] == '.' || strings.IndexByte(host, ':') >= 0 {
		return host
	}
	suffix, _ := publicsuffix.PublicSuffix(host)
	end := len(host) - len(suffix) - 1
	if end <= 0 || host[end] != '.' {
		return host
	}
	label := strings.LastIndexByte(host[:end], '.') + 1
	if label == end {
		return host // an empty label: no name that could be registered
	}
	return host[label:]
}
