package fetch

import (
	"bytes"
	"net/http"
	"strings"
)

// sniffLen is how many bytes of a body are looked at to tell what it is. WHATWG MIME Sniffing, section 5.2, has up to 1445;
// no signature lies behind the first 512.
const sniffLen = 512

// sniff is what a browser takes an undeclared body for: WHATWG MIME Sniffing, section 7.1. With "X-Content-Type-Options:
// nosniff" the types that could hold a script are left out.
func sniff(head []byte, h http.Header) string {
	if len(head) == 0 {
		return ""
	}
	t := signature(head)
	if noSniff(h) {
		switch t {
		case "text/html", "text/xml", "application/pdf":
			if control(head) == 0 {
				return "text/plain"
			}
			return "application/octet-stream"
		}
	}
	return t
}

// signature is the type that net/http finds: the standard's tables, and fonts beyond them.
func signature(head []byte) string {
	t, _, _ := strings.Cut(http.DetectContentType(head), ";")
	return t
}

// noSniff is Fetch, "determine nosniff": the first of the values in all headers of the name counts.
func noSniff(h http.Header) bool {
	first, _, _ := strings.Cut(h.Get("X-Content-Type-Options"), ",")
	return strings.EqualFold(strings.Trim(first, " \t"), "nosniff")
}

// binaryType is the type of what is said to be HTML and cannot be; empty if it may be. Browsers show such a body as the text
// that it is not; links in it are accidents.
//
// A signature alone proves nothing, as a page may begin with "BM" or, in windows-1251, with the three bytes of a JPEG. Behind
// the signature of a picture, an archive or a font control characters follow soon, which no text has; only PDF and PostScript
// begin with a line of text that nothing else begins with. What has no signature is binary if more of it is control
// characters than of any text, and it is no UTF-16 or UTF-32.
func binaryType(head []byte, declared string) string {
	t := signature(head)
	switch {
	case t == "application/pdf", t == "application/postscript":
		return t
	case strings.HasPrefix(t, "text/"):
		return ""
	case t != "application/octet-stream":
		if control(head[:min(len(head), 32)]) >= 2 {
			return t
		}
		return ""
	}
	if n := control(head); n >= 4 && n >= len(head)/16 && !wide(head, declared) {
		return t
	}
	return ""
}

// control counts the standard's "binary data bytes", those that no text has.
func control(b []byte) (n int) {
	for _, c := range b {
		if c <= 0x08 || c == 0x0b || c >= 0x0e && c <= 0x1a || c >= 0x1c && c <= 0x1f {
			n++
		}
	}
	return n
}

// wide reports whether something says that characters are of two or four bytes: the header, a byte order mark, or a "<"
// with the beginning of a tag behind it.
func wide(head []byte, declared string) bool {
	declared = strings.ToLower(declared)
	for _, label := range [...]string{"utf-16", "utf-32", "ucs-2", "ucs-4", "iso-10646", "unicode"} {
		if strings.Contains(declared, label) && declared != "unicode-1-1-utf-8" {
			return true
		}
	}
	for _, mark := range [...]string{"\xff\xfe", "\xfe\xff", "\x00\x00\xfe\xff"} {
		if bytes.HasPrefix(head, []byte(mark)) {
			return true
		}
	}
	for _, lt := range [...]string{"<\x00", "\x00<", "<\x00\x00\x00", "\x00\x00\x00<"} {
		for rest := head; ; {
			i := bytes.Index(rest, []byte(lt))
			if i < 0 {
				break
			}
			rest = rest[i+len(lt):]
			if len(rest) >= len(lt) && tagBegins(rest[:len(lt)], lt) {
				return true
			}
		}
	}
	return false
}

// tagBegins reports whether unit is a character that may follow "<" in a tag, of the same width and byte order as lt.
func tagBegins(unit []byte, lt string) bool {
	for i, c := range unit {
		if lt[i] != '<' && c != 0 || lt[i] == '<' && !isLetter(c) && c != '!' && c != '/' && c != '?' {
			return false
		}
	}
	return true
}
