package canon

import "strings"

// sessionNames are names of parameters, in lower case, that hold nothing but the id of a session, in the software that
// is most in use. A value must look random as well: conferences have a session_id too.
var sessionNames = map[string]bool{
	"phpsessid": true, "jsessionid": true, "sessionid": true, "session_id": true, "sessid": true, "oscsid": true, "zenid": true,
}

// SessionFree is u without the ids of sessions in it, and whether there were any. A server that does not
// see its cookies come back writes such an id into every link, a new one for each visitor, so that the same pages return
// without end. What is returned serves to recognise them; whether the server likes to be asked for it is unknown.
//
// An id is a parameter of the query or of a path segment that has an unmistakable name and a value that looks random, the
// pair of CFID and CFTOKEN, a sid of 26 or 32 characters as PHP and phpBB make it, and the segment that ASP.NET writes,
// /(S(24 characters))/. What is left is canonical, and free of sessions.
func (u URL) SessionFree() (URL, bool) {
	path, q := u.Path(), u.Query()
	free := u
	if strings.IndexByte(path, ';') >= 0 {
		free = free.withPath(pathWithout(path, func(name, value string) bool { return isSession(name, value) }))
	}
	if strings.Contains(path, "/(") {
		free = free.withPath(withoutASPSession(free.Path()))
	}
	if q != "" {
		if rest := queryWithoutSession(q); rest != q {
			if rest != "" {
				rest = "?" + rest
			}
			free.s = free.s[:free.pathEnd] + rest
		}
	}
	return free, free != u
}

// isSession reports whether a parameter is the id of a session.
func isSession(name, value string) bool {
	if len(value) < 16 || len(name) > 40 {
		return false
	}
	name = lowerASCII(name)
	switch {
	case name == "sid":
		return (len(value) == 26 || len(value) == 32) && value == lowerASCII(value) && strings.IndexByte(value, '-') < 0 && random(value)
	case name == "jsessionid":
		if i := strings.IndexAny(value, ".!:~"); i >= 16 {
			value = value[:i] // what follows names the server of a cluster
		}
		return random(value)
	default:
		return (sessionNames[name] || strings.HasPrefix(name, "aspsessionid")) && random(value)
	}
}

// random reports whether s looks made by chance: 16 characters or more of base64url, in which letters and digits stand
// side by side three times or more. In words, dates and numbers joined by hyphens they do not.
func random(s string) bool {
	const digit, letter, other = 1, 2, 3
	changes, before := 0, other
	for _, c := range []byte(s) {
		now := other
		switch {
		case '0' <= c && c <= '9':
			now = digit
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			now = letter
		case c != '-' && c != '_':
			return false
		}
		if now+before == digit+letter {
			changes++
		}
		before = now
	}
	return len(s) >= 16 && changes >= 3
}

// queryWithoutSession is q without the ids of sessions. If there are any, empty pieces go too.
func queryWithoutSession(q string) string {
	var cfid, cftoken, found bool
	for piece := range strings.SplitSeq(q, "&") {
		name, value, _ := strings.Cut(piece, "=")
		found = found || isSession(unescape(name), value)
		cfid = cfid || isColdFusion(name, value, "cfid")
		cftoken = cftoken || isColdFusion(name, value, "cftoken")
	}
	if !found && !(cfid && cftoken) {
		return q
	}
	out := make([]byte, 0, len(q))
	for piece := range strings.SplitSeq(q, "&") {
		name, value, _ := strings.Cut(piece, "=")
		pair := cfid && cftoken && (isColdFusion(name, value, "cfid") || isColdFusion(name, value, "cftoken"))
		if piece == "" || pair || isSession(unescape(name), value) {
			continue
		}
		if len(out) > 0 {
			out = append(out, '&')
		}
		out = append(out, piece...)
	}
	return string(out)
}

// isColdFusion reports whether a parameter is that of the two that ColdFusion writes; either is a number, or random.
func isColdFusion(name, value, want string) bool {
	return len(value) >= 4 && strings.EqualFold(name, want) && (strings.Trim(value, "0123456789") == "" || random(value))
}

// withoutASPSession is path without the segments in which ASP.NET keeps the id of a session.
func withoutASPSession(path string) string {
	out := make([]byte, 0, len(path))
	for segment := range strings.SplitSeq(path[1:], "/") {
		if !isASPSession(segment) {
			out = append(append(out, '/'), segment...)
		}
	}
	if len(out) == 0 {
		return "/"
	}
	return string(out)
}

// isASPSession reports whether a segment is ASP.NET's: in parentheses, letters that each have a value in parentheses, that
// of S being 24 characters of a to z and 0 to 5, as in (S(abcdefghijklmnopqrstuvwx)) or (X(1)S(...)).
func isASPSession(segment string) bool {
	s, ok := strings.CutPrefix(segment, "(")
	if !ok || !strings.HasSuffix(s, "))") {
		return false
	}
	s = s[:len(s)-1]
	found := false
	for s != "" {
		if len(s) < 3 || s[0] < 'A' || s[0] > 'Z' || s[1] != '(' {
			return false
		}
		end := strings.IndexByte(s, ')')
		if end < 0 {
			return false
		}
		if s[0] == 'S' {
			id := s[2:end]
			found = len(id) == 24 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz012345") == ""
		}
		s = s[end+1:]
	}
	return found
}
