package extract

import (
	"bytes"
	"encoding/binary"
)

// The classes of bytes in tags.
const (
	tagSpace = 1 << iota
	endsKey  // ends the name of an attribute, in any place but its first
)

var tagBytes = func() (t [256]uint8) {
	for _, c := range []byte(htmlSpace) {
		t[c] = tagSpace | endsKey
	}
	t['='], t['/'], t['>'] = endsKey, endsKey, endsKey
	return t
}()

// readTag reads the tag whose name begins at p, and reports whether it is whole.
func (z *tokenizer) readTag(p int) bool {
	z.tag, z.nameEnd = tags.read(z.body, p)
	z.attrs = 0
	for p = z.nameEnd; p >= len(z.body) || z.body[p] != '>'; z.attrs++ {
		a := &z.first[z.attrs%len(z.first)]
		if p = a.read(z.body, p); p < 0 {
			z.end, z.over = len(z.body), true
			return false
		}
		if a.none {
			z.end = p
			return true
		}
	}
	z.end = p + 1
	return true
}

// An attr is one attribute of a tag: parts of the page.
type attr struct {
	key, keyEnd     int
	value, valueEnd int
	none            bool // there is none but the end of the tag
}

// read reads the next attribute of a tag from p on, and returns where it ends; negative if the page ends first. What is no attribute has
// an empty key (HTML, "before attribute name state" to "after attribute value (quoted) state").
func (a *attr) read(b []byte, p int) int {
	if p+8 < len(b) && b[p] == ' ' { // most are written so: key="value"
		n := lettersAt(binary.LittleEndian.Uint64(b[p+1:]))
		if from := p + 1 + n + len(`="`); n > 0 && from < len(b) && b[from-2] == '=' && b[from-1] == '"' {
			i := bytes.IndexByte(b[from:], '"')
			if i < 0 {
				return -1
			}
			*a = attr{key: p + 1, keyEnd: p + 1 + n, value: from, valueEnd: from + i}
			return from + i + 1
		}
	}
	return a.readSlowly(b, p)
}

// readSlowly is read, byte by byte.
func (a *attr) readSlowly(b []byte, p int) int {
	p = skipSpace(b, p)
	if p >= len(b) {
		return -1
	}
	a.key, a.none = p, b[p] == '>'
	if a.none {
		return p + 1
	}
	if b[p] == '=' {
		p++
	}
	for p < len(b) && tagBytes[b[p]]&endsKey == 0 {
		p++
	}
	a.keyEnd, a.value, a.valueEnd = p, p, p
	if p = skipSpace(b, p); p >= len(b) {
		return -1
	}
	switch b[p] {
	case '/':
		return p + 1
	case '=':
	default:
		return p
	}
	if p = skipSpace(b, p+1); p >= len(b) {
		return -1
	}
	switch c := b[p]; c {
	case '>':
		return p
	case '"', '\'':
		p++
		i := bytes.IndexByte(b[p:], c)
		if i < 0 {
			return -1
		}
		a.value, a.valueEnd = p, p+i
		return p + i + 1
	}
	a.value = p
	for p < len(b) && b[p] != '>' && tagBytes[b[p]]&tagSpace == 0 {
		p++
	}
	a.valueEnd = p
	return p
}

// skipSpace is the first place from p on where no white space stands.
func skipSpace(b []byte, p int) int {
	for p < len(b) && tagBytes[b[p]]&tagSpace != 0 {
		p++
	}
	return p
}

// selfClosing tells whether a solidus ends the start tag at the tokenizer, rather than the value of an attribute.
func (z *tokenizer) selfClosing() bool {
	end := z.end - len("/>")
	if z.body[end] != '/' {
		return false
	}
	var a, last attr
	for p := z.nameEnd; ; {
		if p = a.read(z.body, p); a.none {
			break
		}
		if a.keyEnd > a.key {
			last = a
		}
	}
	return last.valueEnd-1 != end || last.keyEnd == last.key || z.repeats(last)
}

// repeats tells whether the tag has an attribute of the same name before a.
func (z *tokenizer) repeats(a attr) bool {
	var b attr
	for p := z.nameEnd; ; {
		p = b.read(z.body, p)
		if b.none || b.key == a.key {
			return false
		}
		if equalFold(z.body[b.key:b.keyEnd], z.body[a.key:a.keyEnd]) {
			return true
		}
	}
}

// equalFold tells whether a and b are the same but for the case of ASCII letters.
func equalFold(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		if c != b[i] && (c^b[i] != 0x20 || (c|0x20)-'a' >= 26) {
			return false
		}
	}
	return true
}
