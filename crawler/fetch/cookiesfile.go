package fetch

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"amble/frontier/canon"
)

// What can be wrong with a line of a cookie file. None of these texts quotes the line.
var (
	errCookieFields = errors.New("a cookie has 7 fields with tabs between them: domain, TRUE if subdomains get it too, path, TRUE " +
		"if it is for https only, expiry, name, value")
	errCookieFlag   = errors.New("the fields for subdomains and for https hold TRUE or FALSE")
	errCookieHost   = errors.New("the domain is no host name and no IP address: it has no scheme, no port and no path")
	errCookiePath   = errors.New("the path does not begin with a slash, or holds a control character or a semicolon")
	errCookieExpiry = errors.New("the expiry is no time in seconds since 1970, or 0 for a cookie that ends with the session")
	errCookieText   = errors.New("the name is empty or holds =, or the name or the value holds a control character or a semicolon")
	errCookieLong   = errors.New("the cookie is longer than 4096 bytes")
)

// ReadNetscape adds the cookies of a cookies.txt, the file that curl, wget and the exporters of browsers write and that
// they call the Netscape format: a cookie on each line, in 7 fields with tabs between them. A value may be missing where it is
// empty. Lines that are empty or begin with # are passed over, but for the prefix #HttpOnly_ of a cookie that scripts may not
// read. A dot before the domain does not count: the second field says whether subdomains get the cookie. Cookies
// that have expired are passed over.
//
// An error names the line and quotes nothing of it; the cookies before that line are held then. A cookie that no
// server could set, such as one for all of a public suffix, is an error, and so are more than can be held.
func (k *Cookies) ReadNetscape(r io.Reader) error {
	now := time.Now()
	return secretLines(r, func(line string) error {
		line = strings.TrimPrefix(line, "#HttpOnly_")
		if start := strings.TrimLeft(line, blanks); start == "" || start[0] == '#' {
			return nil
		}
		u, c, err := readCookieLine(line)
		if err != nil {
			return err
		}
		if !c.Expires.IsZero() && !c.Expires.After(now) {
			return nil // must not remove one that is held
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.set(u, c, true, now)
	})
}

// readCookieLine reads one line, and gives the cookie with the URL that could have set it.
func readCookieLine(line string) (canon.URL, *http.Cookie, error) {
	fail := func(err error) (canon.URL, *http.Cookie, error) { return canon.URL{}, nil, err }
	f := strings.SplitN(line, "\t", 7)
	if len(f) == 6 {
		f = append(f, "")
	}
	if len(f) != 7 {
		return fail(errCookieFields)
	}
	domain, path, expiry, name, value := f[0], f[2], f[4], f[5], f[6]
	subdomains, ok1 := readFlag(f[1])
	secure, ok2 := readFlag(f[3])
	if !ok1 || !ok2 {
		return fail(errCookieFlag)
	}
	u, err := cookieURL(domain)
	if err != nil {
		return fail(err)
	}
	if path == "" {
		path = "/"
	}
	seconds, err := strconv.ParseInt(expiry, 10, 64)
	switch {
	case path[0] != '/' || hasControl(path) || strings.Contains(path, ";"):
		return fail(errCookiePath)
	case err != nil || seconds < 0:
		return fail(errCookieExpiry)
	case name == "" || strings.Contains(name, "=") || hasControl(name+value) || strings.Contains(name+value, ";"):
		return fail(errCookieText)
	case len(name)+len(value)+len(domain)+len(path) > maxCookie:
		return fail(errCookieLong)
	}
	c := &http.Cookie{Name: name, Value: value, Path: path, Secure: secure}
	if subdomains {
		c.Domain = cookieHost(u)
		if isPublicSuffix(c.Domain) {
			return fail(errCookieSuffix) // a server could set it for its own host; that is not what the file says
		}
	}
	if seconds > 0 {
		// Beyond this time.Time's comparisons overflow; limitAge brings it down to what it allows.
		c.Expires = time.Unix(min(seconds, 1<<40), 0)
	}
	return u, c, nil
}

// isPublicSuffix reports whether the list knows a host for a suffix. Addresses are none, and neither are single labels that
// the list does not know (localhost, the names of a local network).
func isPublicSuffix(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	suffix, icann := publicsuffix.PublicSuffix(host)
	return suffix == host && (icann || strings.Contains(host, "."))
}

func readFlag(s string) (flag, ok bool) {
	flag = strings.EqualFold(s, "TRUE")
	return flag, flag || strings.EqualFold(s, "FALSE")
}

// cookieURL is the root of the host that a cookie file names. It is https, which may set any cookie.
func cookieURL(domain string) (canon.URL, error) {
	domain = strings.TrimPrefix(domain, ".")
	if strings.Count(domain, ":") > 1 && !strings.HasPrefix(domain, "[") {
		domain = "[" + domain + "]"
	}
	u, err := canon.Parse("https://" + domain + "/")
	if err != nil || u.Port() != "" || u.RequestTarget() != "/" || strings.ContainsAny(domain, "/\\@?# \t") ||
		strings.HasSuffix(domain, ":443") {
		return canon.URL{}, errCookieHost
	}
	return u, nil
}
