package canon

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// readOrigin is scheme://host[:port] in canonical form, and where in it the host ends. authority is what a cleaned
// reference has between the slashes and the path; a userinfo in it is passed over. text is for errors.
func readOrigin(scheme, authority, text string) (origin string, hostEnd int, err error) {
	if len(authority) > MaxAuthority {
		return "", 0, errTooLong(text)
	}
	raw, rawPort := cutPort(authority[strings.LastIndexByte(authority, '@')+1:])
	if raw == "" {
		return "", 0, errAbout(ErrNoHost, text, "")
	}
	host, err := readHost(raw, text)
	if err != nil {
		return "", 0, err
	}
	port, err := readPort(scheme, rawPort, text)
	if err != nil {
		return "", 0, err
	}
	origin = scheme + "://" + host
	return origin + port, len(origin), nil
}

// cutPort splits a host from the colon and the port that may follow it. A colon between brackets belongs to the host.
func cutPort(s string) (host, port string) {
	inside := false
	for i, c := range []byte(s) {
		switch c {
		case '[':
			inside = true
		case ']':
			inside = false
		case ':':
			if !inside {
				return s[:i], s[i:]
			}
		}
	}
	return s, ""
}

// readPort is ":" and the port in its shortest form, or "" for no port and for the default one. s begins with the colon,
// if there is one.
func readPort(scheme, s, text string) (string, error) {
	s = strings.TrimPrefix(s, ":")
	if s == "" {
		return "", nil
	}
	if strings.Trim(s, "0123456789") != "" {
		return "", errAbout(ErrInvalid, text, "its port is no number")
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return "", errAbout(ErrInvalid, text, "its port is greater than 65535")
	}
	if n == 80 && scheme == "http" || n == 443 && scheme == "https" {
		return "", nil
	}
	return ":" + strconv.FormatUint(n, 10), nil
}

// readHost reads a host, which is not empty, as the standard's host parser does (WHATWG URL, section 3.5).
func readHost(raw, text string) (string, error) {
	if raw[0] == '[' {
		if strings.LastIndexByte(raw, '[') > 0 || strings.IndexByte(raw, ']') != len(raw)-1 {
			return "", errNoAddress(text)
		}
		return readAddress(raw, text)
	}
	host := unescape(raw)
	if isASCII(host) {
		// Lowered and nothing else, also where it holds punycode that means nothing: no resolver looks into it, and
		// browsers go there. The standard and its tests say so since 2026.
		host = strings.ToLower(host)
	} else {
		m := mapped(host)
		if utf8.RuneCountInString(m) > maxName {
			return "", errTooLong(text)
		}
		ok := false
		if host, ok = domainToASCII(host, m); !ok || host == "" {
			return "", errAbout(ErrInvalid, text, "its host is no domain name")
		}
	}
	for _, c := range []byte(host) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("#%/:<>?@[\\]^|", c) >= 0 {
			return "", errAbout(ErrInvalid, text, "the host contains a forbidden domain code point")
		}
	}
	if endsInNumber(host) {
		return readAddress(host, text)
	}
	return host, nil
}

// readAddress has the library read an IP address. It would take "-1" for a number.
func readAddress(s, text string) (string, error) {
	if strings.ContainsAny(s, "+-_") {
		return "", errNoAddress(text)
	}
	v, err := parser.Parse("http://" + s + "/")
	if err != nil || !v.IsIPv4() && !v.IsIPv6() {
		return "", errNoAddress(text)
	}
	return v.Hostname(), nil
}

func errNoAddress(text string) error { return errAbout(ErrInvalid, text, "its host is no IP address") }

// endsInNumber reports whether the last label of host makes it an IPv4 address or nothing (WHATWG URL, section 3.5).
func endsInNumber(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" {
		return false
	}
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	hex, ok := strings.CutPrefix(last, "0x")
	return ok && strings.Trim(hex, "0123456789abcdef") == ""
}

// profile is UTS #46 as the standard uses it: non-transitional, without the rules on ASCII characters, on hyphens and
// on lengths.
var profile = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.ValidateLabels(true), idna.CheckJoiners(true),
	idna.CheckHyphens(false), idna.StrictDomainName(false), idna.VerifyDNSLength(false), idna.Transitional(false))

// maxName is how many characters a name that is not ASCII may have, mapped. DNS has room for less, and the time that
// punycode takes is quadratic in it: one character may be mapped to 18.
const maxName = 255

// domainToASCII is the "domain to ASCII" of the standard, not strict, of a name that is not ASCII; m is that name mapped.
func domainToASCII(domain, m string) (ascii string, ok bool) {
	if !utf8.ValidString(domain) || strings.Contains(m, "xn--") && !soundPunycode(m) {
		return "", false
	}
	ascii, err := profile.ToASCII(strings.Map(lowerNew, domain))
	return ascii, err == nil
}

// lowerNew lowers what UTS #46 maps to its lower case only since Unicode 15.1 (ẞ, which became ss before) and 16.0
// (others, which were disallowed). Toolchains before Go 1.27 have the older tables.
func lowerNew(r rune) rune {
	if r == 'ẞ' || r == 0x04c0 || 0x10a0 <= r && r <= 0x10c5 || r == 0x2132 || r == 0x2183 {
		return unicode.ToLower(r)
	}
	return r
}

// soundPunycode reports whether each label of a mapped name that is punycode is the very punycode of a valid label. The
// idna package lets pass what UTS #46 does not since revision 33: a label that decodes to nothing, to ASCII, or to another
// ACE label, and non-ASCII characters before the delimiter.
func soundPunycode(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		if !strings.HasPrefix(label, "xn--") {
			continue
		}
		u, err := profile.ToUnicode(label)
		if !isASCII(label) || err != nil || isASCII(u) || strings.HasPrefix(u, "xn--") {
			return false
		}
		if again, err := profile.ToASCII(u); err != nil || again != label {
			return false
		}
	}
	return true
}

// mapped is domain with each character mapped by itself as UTS #46 has it: enough to see where its labels are and which
// of them are ASCII.
func mapped(domain string) string {
	var b strings.Builder
	for _, r := range domain {
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r |= 0x20
			}
			b.WriteRune(r)
			continue
		}
		m, err := profile.ToUnicode(string(lowerNew(r)))
		if err != nil {
			m = string(r) // such as a combining mark, which is no label by itself
		}
		b.WriteString(m)
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// unescape decodes each escape of s once.
func unescape(s string) string {
	i := strings.IndexByte(s, '%')
	if i < 0 {
		return s
	}
	out := append(make([]byte, 0, len(s)), s[:i]...)
	for i < len(s) {
		if d, ok := escape(s[i:]); ok {
			out = append(out, d)
			i += 3
		} else {
			out = append(out, s[i])
			i++
		}
	}
	return string(out)
}
