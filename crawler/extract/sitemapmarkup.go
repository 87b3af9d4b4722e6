package extract

import (
	"bufio"
	"bytes"
)

// A token is what markup.next stands at.
type token int

const (
	endOfInput token = iota
	startTag
	endTag
	doctype
)

// maxTag is how much of one tag is kept, in bytes; the rest is passed over.
const maxTag = 64 << 10

// markup reads XML, or what is meant to be XML, as a stream of tags, in constant memory and with no more than one look at each byte.
// encoding/xml would end a document at its first control character or invalid byte, and holds every open element and each
// attribute in memory: two bytes of a hostile sitemap cost a hundred. The HTML tokenizer holds attributes in a map, and reads
// the title of a feed's entry and DTDs as HTML has them.
//
// It never fails but at the end of its input. Entities declared by the document are not known to it, so that there are none to
// expand.
type markup struct {
	r *bufio.Reader
	// text is given the text between tags, in pieces that are valid only during the call. A literal is from a CDATA section: its
	// ampersands are no references.
	text func(p []byte, literal bool)
	// tag is the inside of the tag that next stands at: "a href='x'", "a/", "/a". Valid until the next call.
	tag []byte
	err error // why the input ended: io.EOF, or what was wrong with it
}

// next goes to the next tag, and gives the text before it away.
func (m *markup) next() token {
	for {
		p, err := m.r.ReadSlice('<')
		if err != nil {
			m.text(p, false)
			if err == bufio.ErrBufferFull {
				continue
			}
			return m.end(err)
		}
		m.text(p[:len(p)-1], false)
		c, err := m.r.ReadByte()
		switch {
		case err != nil:
			return m.end(err)
		case c == '!':
			if doc, err := m.declaration(); err != nil {
				return m.end(err)
			} else if doc {
				return doctype
			}
		case c == '?': // XML has "?>", but its question mark is often missing
			if err := m.skip('>'); err != nil {
				return m.end(err)
			}
		case c == '/' || isNameStart(c):
			if err := m.readTag(c); err != nil {
				return m.end(err)
			}
			if c == '/' {
				return endTag
			}
			return startTag
		default: // a bare "<" in the text
			m.text(lessThan, true)
			if err := m.r.UnreadByte(); err != nil {
				return m.end(err)
			}
		}
	}
}

func (m *markup) end(err error) token {
	m.tag, m.err = m.tag[:0], err
	return endOfInput
}

// readTag reads a tag from its first byte to its end, a ">" outside of the values of attributes.
func (m *markup) readTag(c byte) error {
	m.tag = m.tag[:0]
	var quote byte
	last := c // the last byte that is not white space
	for {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '>':
			return nil
		case (c == '"' || c == '\'') && last == '=':
			quote = c
		}
		if c > ' ' {
			last = c
		}
		if len(m.tag) < maxTag {
			m.tag = append(m.tag, c)
		}
		var err error
		if c, err = m.r.ReadByte(); err != nil {
			return err
		}
	}
}

// declaration passes over what begins with "<!": a comment, a CDATA section, whose text it gives away, or a document type
// declaration, which it reports.
func (m *markup) declaration() (doc bool, err error) {
	switch ahead, _ := m.r.Peek(len("[CDATA[")); { // as long as "DOCTYPE"
	case isToken(ahead, "doctype"):
		return true, m.documentType()
	case bytes.HasPrefix(ahead, []byte("--")):
		_, _ = m.r.Discard(len("--")) // peeked at
		return false, m.section(dashes, nil)
	case string(ahead) == "[CDATA[":
		_, _ = m.r.Discard(len(ahead))
		return false, m.section(brackets, m.text)
	}
	return false, m.skip('>')
}

// What sections end in before their ">", and the text that is no tag. They are shared by all readers and never changed.
var (
	dashes   = []byte("--")
	brackets = []byte("]]")
	lessThan = []byte("<")
)

// section reads to the end of a section that ends in the two equal bytes of end and ">". Its text is given to text, which may be
// nil.
func (m *markup) section(end []byte, text func([]byte, bool)) error {
	if text == nil {
		text = func([]byte, bool) {}
	}
	c := end[0]
	for {
		p, err := m.r.ReadSlice(c)
		if err == bufio.ErrBufferFull {
			text(p, true)
			continue
		}
		if err != nil {
			return err
		}
		text(p[:len(p)-1], true)
		for n := 1; ; n++ {
			next, err := m.r.ReadByte()
			if err != nil {
				return err
			}
			if next == c {
				if n >= 2 {
					text(end[:1], true)
				}
				continue
			}
			if next == '>' && n >= 2 {
				return nil
			}
			text(end[:min(n, 2)], true)
			if err := m.r.UnreadByte(); err != nil {
				return err
			}
			break
		}
	}
}

// documentType reads a declaration with its internal subset, whose entities may hold markup in quotes, and whose comments
// apostrophes. The tag is its beginning.
func (m *markup) documentType() error {
	m.tag = m.tag[:0]
	var quote byte
	subset := false
	var recent [4]byte
	for {
		c, err := m.r.ReadByte()
		if err != nil {
			return err
		}
		copy(recent[:], recent[1:])
		recent[3] = c
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case string(recent[:]) == "<!--":
			if err := m.section(dashes, nil); err != nil {
				return err
			}
		case c == '[':
			subset = true
		case c == ']':
			subset = false
		case c == '>' && !subset:
			return nil
		}
		if len(m.tag) < maxTag {
			m.tag = append(m.tag, c)
		}
	}
}

// skip discards everything up to c.
func (m *markup) skip(c byte) error {
	for {
		if _, err := m.r.ReadSlice(c); err != bufio.ErrBufferFull {
			return err
		}
	}
}

// isNameStart tells whether a tag may begin with c.
func isNameStart(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == ':' || c >= 0x80
}
