package politeness

import "strings"

// DefaultToken is amble's own product token, used where the User-Agent holds none.
const DefaultToken = "amble"

// ProductToken is the product token of a User-Agent: the name by which robots.txt speaks of the crawler. It is a part
// of the User-Agent, as written there (RFC 9309, section 2.2.1):
//
//   - what follows "compatible;", where crawlers that pass for browsers put their name:
//     "Mozilla/5.0 (compatible; amble/1.0; +https://example.com/bot)" is amble;
//   - else the last product outside of comments if the first is Mozilla:
//     "Mozilla/5.0 (X11; Linux) Gecko/20100101 mybot/1.0" is mybot;
//   - else the first name: "mybot/1.0 (+https://example.com/bot)" is mybot;
//   - else [DefaultToken].
//
// A name is made of letters, underscores and hyphens, as the RFC has it, and also of digits if there is a letter among
// them: real crawlers are called MJ12bot and 360Spider, and site owners write just that.
func ProductToken(userAgent string) string {
	const marker = "compatible;"
	for i := 0; i+len(marker) <= len(userAgent); i++ {
		if strings.EqualFold(userAgent[i:i+len(marker)], marker) {
			if t := leadingName(strings.TrimLeft(userAgent[i+len(marker):], blank)); t != "" {
				return t
			}
		}
	}
	first := firstName(userAgent)
	switch {
	case first == "":
		return DefaultToken
	case strings.EqualFold(first, "Mozilla"):
		return lastProduct(userAgent)
	}
	return first
}

// names reports whether the value of a User-agent line names the token. A token as the RFC wants it is compared up to
// the value's first character that cannot be in one, as in Google's parser: "amble/2.0" and "amble2" name amble. A
// token with digits is compared with the whole name, or "bot2" would heed what is said to bot and bot3.
func names(value, token string) bool {
	if leadingToken(token) == token {
		return strings.EqualFold(leadingToken(value), token)
	}
	return strings.EqualFold(leadingName(value), token)
}

// leadingToken is the longest beginning of s that is a product token in the sense of the RFC.
func leadingToken(s string) string {
	for i := 0; i < len(s); i++ {
		if !inToken(s[i]) {
			return s[:i]
		}
	}
	return s
}

// leadingName is the longest beginning of s that is made of token characters and digits; empty if it has no letter.
func leadingName(s string) string {
	n, letter := 0, false
	for n < len(s) && (inToken(s[n]) || isDigit(s[n])) {
		letter = letter || inToken(s[n]) && s[n] != '-' && s[n] != '_'
		n++
	}
	if !letter {
		return ""
	}
	return s[:n]
}

func inToken(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '-'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func firstName(s string) string {
	for i, start := 0, true; i < len(s); i++ {
		in := inToken(s[i]) || isDigit(s[i])
		if start && in {
			if name := leadingName(s[i:]); name != "" {
				return name
			}
		}
		start = !in
	}
	return ""
}

// lastProduct is the name of the last product in a User-Agent that begins with one; comments, in parentheses, do not
// count.
func lastProduct(userAgent string) string {
	last, depth, start := "", 0, true
	for i := 0; i < len(userAgent); i++ {
		switch c := userAgent[i]; {
		case c == '(':
			depth++
		case c == ')':
			depth = max(0, depth-1)
		case depth == 0 && start:
			if name := leadingName(userAgent[i:]); name != "" {
				last = name
			}
		}
		start = strings.IndexByte(blank+"()", userAgent[i]) >= 0
	}
	return last
}
