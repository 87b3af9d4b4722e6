package extract

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/charmap"
)

// elementName is the name in a tag, in lower case (which is made in the tag itself), and its prefix with the colon.
func elementName(tag []byte) (name, prefix []byte) {
	tag = bytes.TrimPrefix(tag, []byte("/"))
	n := 0
	for n < len(tag) && tag[n] > ' ' && tag[n] != '/' {
		if c := tag[n]; 'A' <= c && c <= 'Z' {
			tag[n] = c | 0x20
		}
		n++
	}
	name = tag[:n]
	return name, name[:bytes.IndexByte(name, ':')+1]
}

// isEmptyTag tells whether a start tag is its own end. The solidus that ends a value without quotes is not meant so in
// HTML, but in XML there are no such values.
func isEmptyTag(tag []byte) bool { return bytes.HasSuffix(tag, []byte("/")) }

// attribute is the value of an attribute, with references resolved. The name must be in lower case; any case is found.
func attribute(tag []byte, name string) (value []byte, ok bool) {
	i := bytes.IndexFunc(tag, unicode.IsSpace)
	if i < 0 {
		return nil, false
	}
	for {
		tag = bytes.TrimLeft(tag[i:], " \t\r\n/\"'=")
		if len(tag) == 0 {
			return nil, false
		}
		n := bytes.IndexAny(tag, " \t\r\n/=")
		if n < 0 {
			return nil, false
		}
		found := isToken(tag[:n], name)
		after := bytes.TrimLeft(tag[n:], " \t\r\n")
		if len(after) == 0 || after[0] != '=' {
			i = n // no value
			continue
		}
		tag = bytes.TrimLeft(after[1:], " \t\r\n")
		switch {
		case len(tag) == 0:
			return nil, false
		case tag[0] == '"' || tag[0] == '\'':
			i = bytes.IndexByte(tag[1:], tag[0])
			if i < 0 {
				return nil, false // cut off at maxTag
			}
			value, i = tag[1:1+i], i+2
		default:
			i = bytes.IndexAny(tag, " \t\r\n")
			if i < 0 {
				i = len(tag)
			}
			value = tag[:i]
		}
		if found {
			return unescaped(value), true
		}
	}
}

// longestReference bounds a character reference between its ampersand and its semicolon: no name is longer.
const longestReference = 32

// unescaped is b with its character references resolved: those of XML and, for feeds are written by people who know HTML, all
// named ones of HTML. They must have their semicolon, so that an ampersand that should have been escaped, as in
// "?a=1&copy=2", is nothing but itself.
func unescaped(b []byte) []byte {
	i := bytes.IndexByte(b, '&')
	if i < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for ; i >= 0; i = bytes.IndexByte(b, '&') {
		out, b = append(out, b[:i]...), b[i:]
		n := referenceLen(b)
		if n > 0 {
			// A name that is only the beginning of what stands here ("&notit;") leaves the semicolon over.
			if s := html.UnescapeString(string(b[:n])); s[len(s)-1] != ';' || string(b[:n]) == "&semi;" || b[1] == '#' {
				out, b = append(out, s...), b[n:]
				continue
			}
		}
		out, b = append(out, '&'), b[1:]
	}
	return append(out, b...)
}

// referenceLen is the length of the character reference that b, whose first byte is an ampersand, begins with; 0 if there is none.
func referenceLen(b []byte) int {
	for i := 1; i < len(b) && i <= longestReference; i++ {
		switch c := b[i]; {
		case c == ';':
			if i == 1 {
				return 0
			}
			return i + 1
		case '0' <= c && c <= '9', 'a' <= c|0x20 && c|0x20 <= 'z', c == '#' && i == 1:
		default:
			return 0
		}
	}
	return 0
}

// trimmedURL is raw without what is blank at its ends, to a reader's eye. Text that is no UTF-8 is taken as windows-1252, which is what
// an undeclared encoding mostly is.
func trimmedURL(raw []byte) []byte {
	if !utf8.Valid(raw) {
		if b, err := charmap.Windows1252.NewDecoder().Bytes(raw); err == nil {
			raw = b
		}
	}
	return bytes.TrimFunc(raw, func(r rune) bool {
		return r <= ' ' || unicode.IsSpace(r) || r == '\uFEFF' || r == '\u200B'
	})
}

// isWeb tells whether raw begins like an absolute http or https URL.
func isWeb(raw []byte) bool {
	i := bytes.IndexByte(raw, ':')
	return i > 0 && (isToken(raw[:i], "http") || isToken(raw[:i], "https"))
}
