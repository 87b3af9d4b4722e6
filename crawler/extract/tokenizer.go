package extract

import "bytes"

// A tokenKind is a kind of token of HTML.
type tokenKind uint8

const (
	endToken tokenKind = iota // the end of the page, or a tag that it cuts off
	textToken
	startTagToken
	endTagToken
	skipToken // comments, doctypes and whatever else is not seen
)

// A tokenizer takes a page apart. It gives, byte for byte, the tokens that golang.org/x/net/html gives, which the tests hold it to (but for where
// some scripts end: see escapedScriptEnd), in a fraction of the time: it jumps from mark to mark in a page that is in memory anyway, and copies nothing.
//
// The tokens are parts of body that follow each other. What stands in them is worked out where it is asked for.
type tokenizer struct {
	body       []byte
	start, end int  // the token
	tag        *tag // what its name says, if the token is a tag
	nameEnd    int  // where that name ends
	attrs      int  // how many attributes it has; they follow, unless they leave no room for another
	first      [8]attr
	raw        *tag // the raw text element that begins behind the token; nil for none
	from, to   int  // what a text says, between its token's ends
	decoding   decoding
	allowCDATA bool // CDATA sections are texts, else bogus comments
	over       bool // nothing follows the token
}

// next goes on to the next token.
func (z *tokenizer) next() tokenKind {
	z.start = z.end
	if z.over {
		return endToken
	}
	if raw := z.raw; raw != nil {
		z.raw = nil
		if z.end = rawTextEnd(z.body, z.start, raw.name); z.end > z.start {
			z.from, z.to, z.decoding = z.start, z.end, decodingOf(raw)
			z.over = z.end == len(z.body)
			return textToken
		}
	}
	body, p := z.body, z.start
	for {
		if p < len(body) && body[p] != '<' {
			if p+1 < len(body) && body[p+1] == '<' { // behind a line's end
				p++
			} else if i := bytes.IndexByte(body[p:], '<'); i >= 0 {
				p += i
			} else {
				p = len(body)
			}
		}
		if p+1 >= len(body) {
			return z.last(len(body))
		}
		c := body[p+1]
		if letter := (c | 0x20) - 'a'; letter >= 26 && c != '/' && c != '!' && c != '?' {
			p++ // no markup
			continue
		}
		if p > z.start {
			return z.text(p)
		}
		switch c {
		case '/':
			return z.endTag()
		case '!', '?':
			z.end = z.declarationEnd(c)
			z.over = z.end < 0
			if z.over {
				z.end = len(body)
			}
			if z.from >= 0 {
				return textToken // a CDATA section
			}
			return skipToken
		}
		if z.readTag(p + 1) {
			return startTagToken
		}
		return endToken
	}
}

// text is the token of text that ends at end.
func (z *tokenizer) text(end int) tokenKind {
	z.end = end
	z.from, z.to, z.decoding = z.start, end, entities
	return textToken
}

// last is the token that reaches to the page's end: a text, or nothing.
func (z *tokenizer) last(end int) tokenKind {
	z.over = true
	if z.start == end {
		return endToken
	}
	return z.text(end)
}

// endTag takes the token that begins with </.
func (z *tokenizer) endTag() tokenKind {
	p := z.start + len("</")
	if p == len(z.body) {
		return z.last(p)
	}
	if letter := (z.body[p] | 0x20) - 'a'; letter < 26 {
		if z.readTag(p) {
			return endTagToken
		}
		return endToken
	}
	z.end = p + 1 // of </>
	if z.body[p] != '>' {
		z.skipTo(p)
	}
	return skipToken
}

// skipTo ends the token behind the first > from p on.
func (z *tokenizer) skipTo(p int) {
	if i := bytes.IndexByte(z.body[p:], '>'); i >= 0 {
		z.end = p + i + 1
		return
	}
	z.end, z.over = len(z.body), true
}

// declarationEnd is where the token ends that begins with <! or <?; negative if the page ends first. It is a text if it sets z.from.
func (z *tokenizer) declarationEnd(c byte) (end int) {
	const cdata = "<![CDATA["
	b := z.body
	z.from = -1
	switch {
	case c == '?':
	case bytes.HasPrefix(b[z.start:], []byte("<!--")):
		return commentEnd(b, z.start+len("<!--"))
	case z.allowCDATA && bytes.HasPrefix(b[z.start:], []byte(cdata)):
		z.from, z.decoding = z.start+len(cdata), entities|nulls
		for p := z.from; ; {
			i := bytes.IndexByte(b[p:], '>')
			if i < 0 {
				z.to = len(b)
				return -1
			}
			p += i + 1
			if said := b[z.from : p-1]; bytes.HasSuffix(said, []byte("]]")) {
				z.to = z.from + len(said) - len("]]")
				return p
			}
		}
	}
	p := z.start + len("<!")
	if c == '!' && p+2 > len(b) {
		return -1 // what is too short to tell is a comment to the end
	}
	i := bytes.IndexByte(b[p:], '>')
	if i < 0 {
		return -1
	}
	return p + i + 1
}

// commentEnd is where a comment ends whose content begins at start; negative if the page ends first.
func commentEnd(b []byte, start int) int {
	for p := start; ; {
		i := bytes.IndexByte(b[p:], '>')
		if i < 0 {
			return -1
		}
		p += i + 1
		said := b[start : p-1]
		if len(said) == 0 || len(said) == 1 && said[0] == '-' ||
			bytes.HasSuffix(said, []byte("--")) || bytes.HasSuffix(said, []byte("--!")) {
			return p
		}
	}
}
