package canon

import "strings"

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
	return c != "" && !isHTTP(c)
}

func isHTTP(scheme string) bool { return scheme == "http" || scheme == "https" }

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
