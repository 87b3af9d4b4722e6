package fetch

// headTag reports whether a tag, given from behind its "<", may stand in the head of a document.
func headTag(tag []byte) bool {
	if len(tag) > 0 && tag[0] == '/' {
		tag = tag[1:]
	}
	n := 0
	for n < len(tag) && (isLetter(tag[n]) || tag[n] >= '0' && tag[n] <= '9') {
		n++
	}
	for _, name := range [...]string{
		"meta", "link", "script", "style", "title", "base", "noscript", "template", "object", "head", "html",
	} {
		if equalFold(tag[:n], name) {
			return true
		}
	}
	return false
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'
}

func isLetter(c byte) bool {
	c |= 0x20
	return c >= 'a' && c <= 'z'
}

// equalFold compares b with s, which is lower-case ASCII, without regard to the case of ASCII letters.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != s[i] {
			return false
		}
	}
	return true
}

// indexFold is the first place in b where equalFold finds s; -1 if there is none.
func indexFold(b []byte, s string) int {
	for i := 0; i+len(s) <= len(b); i++ {
		if equalFold(b[i:i+len(s)], s) {
			return i
		}
	}
	return -1
}
