package canon

import (
	"strings"

	whatwgerrors "github.com/nlnwa/whatwg-url/errors"
	whatwg "github.com/nlnwa/whatwg-url/url"
	"golang.org/x/text/encoding"
)

// parser is the library's parser without any of its own ideas of canonical. The caret joined the path percent-encode
// set of the standard in 2025, after the library's release.
var parser = whatwg.NewParser(whatwg.WithPathPercentEncodeSet(whatwg.PathPercentEncodeSet.Set('^')))

// Href is the URL that a browser makes of ref under base, exactly as WHATWG serialises it: with fragment and userinfo,
// and before anything that is peculiar to this package. The scheme may be any. An empty base means that there is none.
// It serves tests and explanations; it does not have the limits on what comes out, only those on what goes in.
func Href(base, ref string) (string, error) {
	var b *whatwg.Url
	if base != "" {
		var err error
		if b, err = parseWith(nil, base); err != nil {
			return "", err
		}
	}
	v, err := parseWith(b, ref)
	if err != nil {
		return "", err
	}
	return v.Href(false), nil
}

// parseWith is the library's parser, guarded. A nil base means that there is none.
func parseWith(base *whatwg.Url, ref string) (*whatwg.Url, error) {
	text := clean(ref)
	before, _, _ := strings.Cut(text, "#")
	before, _, _ = strings.Cut(before, "?")
	host, err := guard(before, text)
	if err != nil {
		return nil, err
	}
	v, err := parser.BasicParser(text, base, nil, whatwg.NoState)
	if err != nil {
		if t := whatwgerrors.Type(err); t == whatwgerrors.HostMissing || t == whatwgerrors.InvalidCredentials {
			return nil, errAbout(ErrNoHost, text, "")
		}
		if base == nil && scheme(text) == "" {
			return nil, errAbout(ErrInvalid, text, "it has no scheme: write http:// or https:// before it")
		}
		return nil, errAbout(ErrInvalid, text, libraryReason(err))
	}
	if v.IsIPv4() && signed(host) || v.IsIPv6() && (strings.Count(host, "[") > 1 || strings.Count(host, "]") > 1) {
		return nil, errAbout(ErrInvalid, text, "its host is no IP address")
	}
	return v, nil
}

// libraryReason is the kind of the library's error in words; its own text repeats the whole URL.
func libraryReason(err error) string {
	switch t := whatwgerrors.Type(err); t {
	case whatwgerrors.DomainToASCII:
		return "its host is no domain name"
	case whatwgerrors.PortOutOfRange:
		return "its port is greater than 65535"
	default:
		return strings.ToLower(string(t))
	}
}

// resolveSlow resolves any reference. The library reads scheme, authority and path; the query is encoded here, because
// the library knows single-byte encodings only, and the fragment is never read.
func (u URL) resolveSlow(ref string, enc encoding.Encoding) (URL, error) {
	text := trim(ref)
	if foreign(text) { // before the rest is looked at: a data: URL may be a megabyte
		return URL{}, errAbout(ErrNotHTTP, text, "")
	}
	text = clean(text)
	if foreign(text) {
		return URL{}, errAbout(ErrNotHTTP, text, "")
	}
	if len(text) > MaxLen {
		return URL{}, errTooLong(text)
	}
	before, _, _ := strings.Cut(text, "#")
	before, query, hasQuery := strings.Cut(before, "?")
	if hasQuery {
		query = "?" + normalize(encodeQuery(query, enc))
	}
	if u.s != "" && (before == "" || len(before) == len(u.Scheme())+1 && scheme(before) == u.Scheme()) {
		if !hasQuery {
			return u, nil
		}
		return newURL(u.s[:u.pathEnd]+query, int(u.hostEnd), int(u.path), int(u.pathEnd))
	}
	base, err := u.asBase(before)
	if err != nil {
		return URL{}, err
	}
	// With the "?" or "#" that ends it: the library would strip a space from an open end.
	v, err := parseWith(base, text[:min(len(before)+1, len(text))])
	if err != nil {
		return URL{}, err
	}
	origin := v.Scheme() + "://" + v.Hostname()
	hostEnd := len(origin)
	if base == nil || v.Hostname() != base.Hostname() {
		if err := stable(origin, text); err != nil {
			return URL{}, err
		}
	}
	if p := v.Port(); p != "" {
		origin += ":" + p
	}
	path := normalize(v.Pathname())
	return newURL(origin+path+query, hostEnd, len(origin), len(origin)+len(path))
}

// asBase is what the library needs of u to resolve ref, which is not empty: no query, no path if ref has its own, and
// nil if ref is absolute or u is zero. Reading the base costs as much as reading the reference.
func (u URL) asBase(ref string) (*whatwg.Url, error) {
	end := int(u.pathEnd)
	switch c := scheme(ref); {
	case u.s == "", c != "" && strings.HasPrefix(ref[len(c):], "://"):
		return nil, nil
	case ref[0] == '/' || ref[0] == '\\':
		end = int(u.path) + 1
	}
	base, err := parser.Parse(u.s[:end])
	if err != nil {
		return nil, errAbout(ErrInvalid, u.s, "as a base")
	}
	return base, nil
}

// newURL puts a canonical text and its offsets together, if the text keeps within the limits.
func newURL(s string, hostEnd, path, pathEnd int) (URL, error) {
	if len(s) > MaxLen || path-hostStart(s) > MaxAuthority || strings.Count(s[:pathEnd], "/") > MaxSlashes {
		return URL{}, errTooLong(s)
	}
	return URL{s: s, hostEnd: uint16(hostEnd), path: uint16(path), pathEnd: uint16(pathEnd)}, nil
}

// stable refuses a host that the parser would change, or not take, if it read its own result again. A name that
// resolvers and browsers know is never one of these; without the check a few malformed IDNs would get a canonical URL
// that is not canonical.
func stable(origin, text string) error {
	host := origin[hostStart(origin):]
	if plainName(host) && scanPlain(host, 0, plainHost) == len(host) {
		return nil
	}
	v, err := parser.Parse(origin + "/")
	if err != nil || v.Hostname() != host {
		return errAbout(ErrInvalid, text, "its host has no stable ASCII form")
	}
	return nil
}
