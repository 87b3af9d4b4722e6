package canon

import (
	"fmt"
	"strings"
)

// Canonical is the URL whose canonical text s is: what String returned earlier, perhaps in another run. It checks no more than
// that s has the parts of a URL, which is some fifty times faster than to parse it. The URL shares the memory of s.
func Canonical(s string) (URL, error) {
	u := URL{s: s}
	rest, ok := strings.CutPrefix(s, "http")
	rest = strings.TrimPrefix(rest, "s")
	host, found := strings.CutPrefix(rest, "://")
	slash := strings.IndexByte(host, '/')
	if !ok || !found || slash <= 0 || len(s) > MaxLen {
		return URL{}, fmt.Errorf("%q is no canonical URL", s)
	}
	start := len(s) - len(host)
	path := start + slash
	hostEnd := path
	if colon := strings.LastIndexByte(host[:slash], ':'); colon > strings.LastIndexByte(host[:slash], ']') {
		hostEnd = start + colon
	}
	pathEnd := len(s)
	if q := strings.IndexByte(s[path:], '?'); q >= 0 {
		pathEnd = path + q
	}
	u.hostEnd, u.path, u.pathEnd = uint16(hostEnd), uint16(path), uint16(pathEnd)
	return u, nil
}
