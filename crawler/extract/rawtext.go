package extract

import "bytes"

const script = "script"

// rawTextEnd is where the text of a raw text element ends that begins at p: at its end tag, or at the end of the page.
func rawTextEnd(b []byte, p int, name string) int {
	switch name {
	case "plaintext":
		return len(b)
	case script:
		return scriptEnd(b, p)
	}
	for {
		i := bytes.IndexByte(b[p:], '<')
		if i < 0 {
			return len(b)
		}
		if p += i; endsRaw(b[p:], name) {
			return p
		}
		p++
	}
}

// endsRaw tells whether b begins with the end tag of the raw text element name.
func endsRaw(b []byte, name string) bool {
	n := len("</") + len(name)
	return len(b) > n && b[1] == '/' && b[0] == '<' && endsName(b[n]) && isToken(b[len("</"):n], name)
}

// endsName tells whether a tag's name ends before c.
func endsName(c byte) bool { return nameBytes[c] == 0 }

// scriptEnd is rawTextEnd for a script: what looks like a comment in it may hide an end tag (HTML, "script data state").
func scriptEnd(b []byte, p int) int {
	for {
		i := bytes.IndexByte(b[p:], '<')
		if i < 0 {
			return len(b)
		}
		p += i
		switch {
		case endsRaw(b[p:], script):
			return p
		case !bytes.HasPrefix(b[p:], []byte("<!--")):
			p++
			continue
		}
		var ended bool
		if p, ended = escapedScriptEnd(b, p+len("<!--")); ended {
			return p
		}
	}
}

// escapedScriptEnd goes on behind the <!-- in a script: to where the script ends, or to where what <!-- began does (HTML, "script data escaped
// state"). x/net lets a < that begins no tag end it, too, and so reads what a script like document.write("<script></script><a href=...>") writes.
func escapedScriptEnd(b []byte, p int) (end int, ended bool) {
	double := false // within a script tag: the next end tag ends that one
	dashes := 2
	for p < len(b) {
		c := b[p]
		p++
		switch {
		case c == '-':
			dashes++
			continue
		case c == '>' && dashes >= 2:
			return p, false
		case c == '<' && p == len(b):
			return p, true
		case c != '<':
		case double:
			if endsRaw(b[p-1:], script) {
				p += len("/script>")
				double = false
			}
		case b[p] == '/':
			if endsRaw(b[p-1:], script) {
				return p - 1, true
			}
		case (b[p]|0x20)-'a' < 26:
			if n := len(script); len(b)-p > n && endsName(b[p+n]) && isToken(b[p:p+n], script) {
				p += n + 1
				double = true
			}
		}
		dashes = 0
	}
	return len(b), true
}
