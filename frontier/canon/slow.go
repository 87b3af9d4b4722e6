package canon

import (
	"strings"

	"golang.org/x/text/encoding"
)

// reference is what precedes the query of a cleaned reference, taken apart as the standard's parser does it for http.
type reference struct {
	scheme    string // its own or its base's, in lower case
	absolute  bool   // whether it has an authority of its own
	authority string // what stands between the slashes and the path
	path      string // what follows; in it "\" is "/"
}

// split takes apart before, in the light of the scheme of the base, which is empty if there is no base. One that has the
// scheme of its base and less than two slashes is relative: http:path.
func split(before, base string) reference {
	r := reference{scheme: scheme(before)}
	rest := before
	if r.scheme != "" {
		rest = rest[len(r.scheme)+1:]
	}
	after := strings.TrimLeft(rest, `/\`)
	r.absolute = r.scheme != "" && r.scheme != base || len(rest)-len(after) >= 2
	if r.scheme == "" {
		r.scheme = base
	}
	if !r.absolute {
		r.path = rest
		return r
	}
	if i := strings.IndexAny(after, `/\`); i >= 0 {
		r.authority, r.path = after[:i], after[i:]
	} else {
		r.authority = after
	}
	return r
}

func (r reference) slashes() int {
	return strings.Count(r.path, "/") + strings.Count(r.path, `\`)
}

// resolveSlow resolves any reference.
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
	r := split(before, u.Scheme())
	switch {
	case r.scheme == "":
		return URL{}, errAbout(ErrInvalid, text, "it has no scheme: write http:// or https:// before it")
	case r.slashes() > MaxSlashes:
		return URL{}, errTooLong(text)
	case r.absolute:
		origin, hostEnd, err := readOrigin(r.scheme, r.authority, text)
		if err != nil {
			return URL{}, err
		}
		path := resolvePath("", r.path[min(1, len(r.path)):]) // without its slash
		return newURL(origin+path+query, hostEnd, len(origin), len(origin)+len(path))
	case r.path == "" && !hasQuery:
		return u, nil
	case r.path == "":
		return newURL(u.s[:u.pathEnd]+query, int(u.hostEnd), int(u.path), int(u.pathEnd))
	}
	dir, rest := u.Path()[:strings.LastIndexByte(u.Path(), '/')], r.path
	if rest[0] == '/' || rest[0] == '\\' {
		dir, rest = "", rest[1:]
	}
	path := resolvePath(dir, rest)
	return newURL(u.Origin()+path+query, int(u.hostEnd), int(u.path), int(u.path)+len(path))
}

// newURL puts a canonical text and its offsets together, if the text keeps within the limits.
func newURL(s string, hostEnd, path, pathEnd int) (URL, error) {
	if len(s) > MaxLen || path-hostStart(s) > MaxAuthority || strings.Count(s[:pathEnd], "/") > MaxSlashes {
		return URL{}, errTooLong(s)
	}
	return URL{s: s, hostEnd: uint16(hostEnd), path: uint16(path), pathEnd: uint16(pathEnd)}, nil
}
