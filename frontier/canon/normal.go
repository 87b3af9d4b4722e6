package canon

import "strings"

const upperHex = "0123456789ABCDEF"

// normalize applies RFC 3986 sections 6.2.2.1 and 6.2.2.2 to a path or a query that the WHATWG parser has written:
// escaped unreserved octets are decoded, other escapes get upper-case digits, bare percent signs stay.
//
// The result must read the same when it is normalized again. Decoding cannot make a dot segment, because the parser
// has taken every spelling of those away. But it could complete an escape out of a bare percent sign and what
// follows it: %%34%31 must not become %41, which is A. So an octet that decodes to a hexadecimal digit stays escaped
// where a bare percent sign stands one octet before it, or two with a digit between.
func normalize(s string) string {
	i := strings.IndexByte(s, '%')
	for i >= 0 && i < len(s) && canonicalEscape(s[i:]) {
		next := strings.IndexByte(s[i+3:], '%')
		if next < 0 {
			return s
		}
		i += 3 + next
	}
	if i < 0 {
		return s
	}
	out := make([]byte, i, len(s))
	copy(out, s[:i])
	bare := -3 // where in out the latest bare percent sign stands
	for i < len(s) {
		c := s[i]
		if c != '%' {
			out = append(out, c)
			i++
			continue
		}
		d, ok := escape(s[i:])
		switch {
		case !ok:
			bare = len(out)
			out = append(out, '%')
			i++
			continue
		case !unreserved(d), isHex(d) && completes(out, bare):
			out = append(out, '%', upperHex[d>>4], upperHex[d&15])
		default:
			out = append(out, d)
		}
		i += 3
	}
	return string(out)
}

// completes reports whether a hexadecimal digit after out would be part of an escape that begins at bare.
func completes(out []byte, bare int) bool {
	n := len(out)
	return bare == n-1 || bare == n-2 && isHex(out[n-1])
}

// escape is the octet that the escape at the beginning of s stands for; false if there is none.
func escape(s string) (octet byte, ok bool) {
	if len(s) < 3 || s[0] != '%' || !isHex(s[1]) || !isHex(s[2]) {
		return 0, false
	}
	return hexValue(s[1])<<4 | hexValue(s[2]), true
}

// canonicalEscape reports whether s, which begins with a percent sign, begins with an escape that stays as it is.
func canonicalEscape(s string) bool {
	d, ok := escape(s)
	return ok && !unreserved(d) && s[1] < 'a' && s[2] < 'a'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// hexValue is the value of a hexadecimal digit.
func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

// unreserved reports whether c is unreserved in RFC 3986, section 2.3.
func unreserved(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-' || c == '.' || c == '_' || c == '~'
}
