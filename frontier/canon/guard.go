package canon

import (
	neturl "net/url"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// trim strips controls and spaces from both ends.
func trim(s string) string {
	for s != "" && s[0] <= ' ' {
		s = s[1:]
	}
	for s != "" && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	return s
}

// clean does what a browser does first: it trims, and removes tabs and newlines.
func clean(s string) string {
	s = trim(s)
	if !strings.ContainsAny(s, "\t\n\r") {
		return s
	}
	out := make([]byte, 0, len(s))
	for _, c := range []byte(s) {
		if c != '\t' && c != '\n' && c != '\r' {
			out = append(out, c)
		}
	}
	return string(out)
}

// foreign reports whether s begins with a scheme that is not for us.
func foreign(s string) bool {
	c := scheme(s)
	return c != "" && c != "http" && c != "https"
}

// scheme is the scheme that the cleaned text begins with, in lower case; "" if it is relative.
func scheme(s string) string {
	for i, c := range []byte(s) {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return strings.ToLower(s[:i])
		default:
			return ""
		}
	}
	return ""
}

// guard refuses what the library would take too long over: text is the cleaned reference, before is what precedes its
// query and its fragment. It returns the host as written, "" for a reference without one.
func guard(before, text string) (host string, err error) {
	authority := authority(before)
	if len(text) > MaxLen || len(authority) > MaxAuthority || strings.Count(before, "/")+strings.Count(before, `\`) > MaxSlashes {
		return "", errTooLong(text)
	}
	host = authority[strings.LastIndexByte(authority, '@')+1:]
	if host == "" || host[0] == '[' {
		return host, nil
	}
	host, _, _ = strings.Cut(host, ":")
	return host, nil
}

// authority is what stands between the slashes and the path of a cleaned reference. For http:path, which is relative
// where the base has the same scheme, it is the first segment.
func authority(s string) string {
	c := scheme(s)
	if c != "" {
		s = s[len(c)+1:]
	}
	if rest := strings.TrimLeft(s, `/\`); c == "http" || c == "https" || len(s)-len(rest) >= 2 {
		s = rest
	} else {
		return ""
	}
	if i := strings.IndexAny(s, `/\`); i >= 0 {
		return s[:i]
	}
	return s
}

// signed reports whether a host has a plus or a minus in it, however it is spelt. The library reads "-1" as a number
// and so 1.2.3.-4 as the address 1.2.2.252.
func signed(host string) bool {
	if h, err := neturl.PathUnescape(host); err == nil {
		host = h
	}
	return strings.ContainsAny(norm.NFKC.String(host), "+-")
}
