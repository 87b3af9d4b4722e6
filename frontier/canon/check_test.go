package canon

import (
	"strings"
	"testing"
	"unsafe"
)

// unsafeString is b as a string that shares its memory.
func unsafeString(b []byte) string { return unsafe.String(&b[0], len(b)) }

// checkURL holds what is true of every URL: its canonical text is a fixed point on both paths, its parts make up the
// whole, and nothing is in it that must not be sent.
func checkURL(t *testing.T, u URL) {
	t.Helper()
	if v, err := Parse(u.String()); err != nil || v != u {
		t.Errorf("%.300q parsed again gives %.300q, %v", u, v, err)
	}
	if v, err := (URL{}).resolveSlow(u.String(), nil); err != nil || v != u {
		t.Errorf("%.300q parsed again slowly gives %.300q, %v", u, v, err)
	}
	for _, same := range []string{"", "#x", u.RequestTarget()} {
		if strings.HasPrefix(same, "//") {
			continue // a path that would be read as a host
		}
		if v, err := u.Resolve(same); err != nil || v != u {
			t.Errorf("%.300q under itself as %.300q gives %.300q, %v", u, same, v, err)
		}
	}
	if u.Scheme() != "http" && u.Scheme() != "https" || u.Host() == "" || !strings.HasPrefix(u.Path(), "/") {
		t.Errorf("%.300q: scheme %q, host %q, path %.100q", u, u.Scheme(), u.Host(), u.Path())
	}
	if u.Scheme()+"://"+u.HostPort() != u.Origin() || u.Origin()+u.RequestTarget() != u.String() {
		t.Errorf("%.300q is not the sum of its parts", u)
	}
	if strings.Contains(u.String(), "#") || strings.Contains(u.HostPort(), "@") {
		t.Errorf("%.300q has a fragment or a userinfo", u)
	}
	for _, c := range []byte(u.String()) {
		if c <= ' ' || c >= 0x7f {
			t.Errorf("%.300q holds the octet %#x", u, c)
			break
		}
	}
	if d := u.Domain(); !strings.HasSuffix(strings.TrimSuffix(u.Host(), "."), d) {
		t.Errorf("%.300q: domain %q", u, d)
	}
}

// byLibrary resolves ref under u by the library, in all but the host.
func byLibrary(u URL, ref string) (string, error) {
	href, err := Href(u.s, ref)
	if err != nil {
		return "", err
	}
	href, _, _ = strings.Cut(href, "#")
	path := hostStart(href) + strings.IndexAny(href[hostStart(href):], "/")
	origin := href[:hostStart(href)] + href[strings.LastIndexByte(href[:path], '@')+1:path]
	if strings.IndexByte(href[:path], '@') < 0 {
		origin = href[:path]
	}
	before, query, ok := strings.Cut(href[path:], "?")
	s := origin + normalize(before)
	if ok {
		s += "?" + normalize(query)
	}
	return s, nil
}
