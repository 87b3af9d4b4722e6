package canon

import "strings"

// fastLen bounds what the fast path reads and makes. It must not exceed MaxAuthority or MaxSlashes, so that no result
// of the fast path can break a limit that only the slow path checks.
const fastLen = 1024

// The classes of octets that need no work in a part of a URL: neither the WHATWG parser nor the canonical form changes
// them, and they end nothing. Whatever is not listed (upper-case hosts, userinfo, spaces, controls, quotes,
// backslashes, non-ASCII) sends the reference to the slow path.
const (
	plainHost = 1 << iota
	plainPath
	plainQuery
)

var class = func() (t [256]uint8) {
	set := func(chars string, classes uint8) {
		for _, c := range []byte(chars) {
			t[c] |= classes
		}
	}
	set("abcdefghijklmnopqrstuvwxyz0123456789-._", plainHost|plainPath|plainQuery)
	set("ABCDEFGHIJKLMNOPQRSTUVWXYZ~!$&()*+,;=:@/[]", plainPath|plainQuery)
	set("'", plainPath) // the query of an http URL has it escaped
	set("?", plainQuery)
	return t
}()

// resolveFast resolves a reference that a scan proves plain, and reports false for any other. It is bound to give what
// resolveSlow gives.
func (u URL) resolveFast(ref string) (URL, bool) {
	if len(ref) > fastLen {
		return URL{}, false
	}
	if strings.HasPrefix(ref, "http://") || strings.HasPrefix(ref, "https://") {
		return u.fastAbsolute(ref)
	}
	if u.s == "" {
		return URL{}, false
	}
	if ref == "" {
		return u, true
	}
	switch ref[0] {
	case '#':
		return u, true
	case '?':
		end, ok := scanQuery(ref, 0)
		if !ok {
			return URL{}, false
		}
		return u.join(int(u.pathEnd), ref[:end], 0)
	case '/':
		if len(ref) > 1 && ref[1] == '/' {
			return URL{}, false
		}
	}
	return u.fastPath(ref)
}

// fastAbsolute resolves ref, which begins with http:// or https://.
func (u URL) fastAbsolute(ref string) (URL, bool) {
	var hostEnd, path int
	if o := u.Origin(); o != "" && strings.HasPrefix(ref, o) && (len(ref) == len(o) || strings.IndexByte("/?#", ref[len(o)]) >= 0) {
		// Most absolute links stay on their site, whose origin has been read before, with whatever port or address.
		hostEnd, path = int(u.hostEnd), int(u.path)
	} else {
		start := hostStart(ref)
		path = start
		for path < len(ref) && class[ref[path]]&plainHost != 0 {
			path++
		}
		if host := ref[start:path]; !plainName(host) && !plainIPv4(host) {
			return URL{}, false
		}
		hostEnd = path
		path += plainPort(ref[:start], ref[path:])
		if path < len(ref) && strings.IndexByte("/?#", ref[path]) < 0 {
			return URL{}, false
		}
	}
	pathEnd, end, ok := scan(ref, path)
	if !ok || hasDotSegment(ref[path:pathEnd]) {
		return URL{}, false
	}
	ref = ref[:end]
	if ref == u.s {
		return u, true
	}
	v := URL{hostEnd: uint16(hostEnd), path: uint16(path), pathEnd: uint16(pathEnd)}
	if path == pathEnd {
		v.s = ref[:path] + "/" + ref[path:]
		v.pathEnd++
	} else {
		v.s = strings.Clone(ref)
	}
	return v, len(v.s) <= fastLen
}

// plainName reports whether a host of plain octets is a name that stays as it is: no empty label, and a last label that
// begins with a letter and so cannot be part of an IPv4 address.
func plainName(host string) bool {
	if host == "" || host[0] == '.' || strings.Contains(host, "..") {
		return false
	}
	last := strings.LastIndexByte(host, '.') + 1
	return last < len(host) && 'a' <= host[last] && host[last] <= 'z'
}

// plainIPv4 reports whether a host of plain octets is an IPv4 address in dotted form, as it stays.
func plainIPv4(host string) bool {
	for i := range 4 {
		part, rest, dot := strings.Cut(host, ".")
		if dot != (i < 3) || !plainNumber(part, 255) {
			return false
		}
		host = rest
	}
	return true
}

// plainPort is the length of the port, with its colon, that s begins with, if it stays as it is; else 0. scheme may have more behind it.
func plainPort(scheme, s string) int {
	if s == "" || s[0] != ':' {
		return 0
	}
	n := 1
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	port := s[1:n]
	if !plainNumber(port, 65535) || port == "80" && strings.HasPrefix(scheme, "http:") || port == "443" && strings.HasPrefix(scheme, "https:") {
		return 0
	}
	return n
}

// plainNumber reports whether s is a number up to most, in decimal digits without a zero in front.
func plainNumber(s string, most int) bool {
	if s == "" || len(s) > 5 || s[0] == '0' && len(s) > 1 {
		return false
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
		n = 10*n + int(c-'0')
	}
	return n <= most
}

// fastPath resolves a reference that begins with a path, of at least one octet.
func (u URL) fastPath(ref string) (URL, bool) {
	pathEnd, end, ok := scan(ref, 0)
	if !ok {
		return URL{}, false
	}
	path, base := ref[:pathEnd], int(u.path)
	if path[0] != '/' {
		if i := strings.IndexByte(path, ':'); i >= 0 && strings.IndexByte(path[:i], '/') < 0 {
			return URL{}, false // perhaps a scheme
		}
		base += strings.LastIndexByte(u.Path(), '/') + 1
		path, base = u.climb(path, base)
	}
	if hasDotSegment(path) {
		return URL{}, false
	}
	return u.join(base, ref[pathEnd-len(path):end], len(path))
}

// climb takes the leading dot segments off a relative path and returns the rest of it, and where the directory ends, in
// the text of u, that the rest stands in. dir is where the directory of u ends, after its slash.
func (u URL) climb(path string, dir int) (rest string, end int) {
	for path != "" && path[0] == '.' {
		switch {
		case path == ".":
			path = ""
		case strings.HasPrefix(path, "./"):
			path = path[2:]
		case path == ".." || strings.HasPrefix(path, "../"):
			path = path[min(3, len(path)):]
			if up := u.s[u.path : dir-1]; up != "" {
				dir = int(u.path) + strings.LastIndexByte(up, '/') + 1
			}
		default:
			return path, dir // a name that begins with a dot
		}
	}
	return path, dir
}

// join is the first n octets of u, which end within or after its path, followed by tail. The first pathLen octets of
// tail belong to the path; a query may follow them.
func (u URL) join(n int, tail string, pathLen int) (URL, bool) {
	if n+len(tail) > fastLen {
		return URL{}, false
	}
	if u.s[n:] == tail {
		return u, true
	}
	v := u
	v.pathEnd = uint16(n + pathLen)
	if tail == "" {
		v.s = u.s[:n]
	} else {
		v.s = u.s[:n] + tail
	}
	return v, true
}

// hasDotSegment reports whether a segment of path that follows a slash is "." or "..".
func hasDotSegment(path string) bool {
	for {
		i := strings.Index(path, "/.")
		if i < 0 {
			return false
		}
		path = path[i+2:]
		after := strings.TrimPrefix(path, ".")
		if after == "" || after[0] == '/' {
			return true
		}
	}
}

// scan finds the ends of the path, from i on, and of the query that may follow it. It fails on an octet that is not
// plain. The fragment is not looked at: any octet may stand there.
func scan(s string, i int) (pathEnd, end int, ok bool) {
	i = scanPlain(s, i, plainPath)
	if i == len(s) || s[i] == '#' {
		return i, i, true
	}
	if s[i] != '?' {
		return 0, 0, false
	}
	end, ok = scanQuery(s, i)
	return i, end, ok
}

// scanQuery finds the end of the query whose "?" is at i.
func scanQuery(s string, i int) (end int, ok bool) {
	i = scanPlain(s, i, plainQuery)
	return i, i == len(s) || s[i] == '#'
}

// scanPlain is the first index from i on, or len(s), where neither an octet of the class stands nor an escape in
// canonical form.
func scanPlain(s string, i int, cls uint8) int {
	for i < len(s) {
		if class[s[i]]&cls != 0 {
			i++
			continue
		}
		if s[i] != '%' || !canonicalEscape(s[i:]) {
			break
		}
		i += 3
	}
	return i
}
