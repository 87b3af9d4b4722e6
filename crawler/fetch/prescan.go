package fetch

import (
	"bytes"

	"golang.org/x/text/encoding"
)

const (
	// prescanLeast is where the standard's prescan ends. A browser whose parser meets a meta element behind that starts over with what it
	// says; looking through the head, as far as prescanLen, comes to the same.
	prescanLeast = 1 << 10
	prescanLen   = 64 << 10
)

// prescan finds the encoding that a document declares for itself, as in WHATWG HTML, "prescan a byte stream to determine
// its encoding". It works on bytes and allocates next to nothing, as each page that says nothing in its header passes here.
func prescan(body []byte) (name string, enc encoding.Encoding) {
	switch {
	case bytes.HasPrefix(body, []byte("<\x00?\x00x\x00")):
		return lookup("utf-16le")
	case bytes.HasPrefix(body, []byte("\x00<\x00?\x00x")):
		return lookup("utf-16be")
	}
	s := scan{b: body[:min(len(body), prescanLeast)]}
	if name, enc = s.declared(); enc != nil {
		return name, enc
	}
	s = scan{b: body[:min(len(body), prescanLen)], parse: true}
	if name, enc = s.declared(); enc != nil {
		return name, enc
	}
	return xmlDeclared(body)
}

// declared is the encoding that the first meta element to declare one does; enc is nil if there is none.
func (s *scan) declared() (name string, enc encoding.Encoding) {
	for {
		i := bytes.IndexByte(s.rest(), '<')
		if i < 0 {
			return "", nil
		}
		s.i += i
		rest := s.rest()
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			n := s.comment()
			if n < 0 {
				return "", nil
			}
			s.i += n
		case len(rest) > 5 && equalFold(rest[1:5], "meta") && (isSpace(rest[5]) || rest[5] == '/'):
			s.i += 6
			if name, enc = s.meta(); enc != nil {
				return name, enc
			}
		case len(rest) > 2 && (isLetter(rest[1]) || rest[1] == '/' && isLetter(rest[2])):
			if s.i >= prescanLeast && !headTag(rest[1:]) {
				return "", nil
			}
			s.skipTag()
			if s.parse && !s.skipRaw(rest[1:]) {
				return "", nil
			}
		case len(rest) > 1 && (rest[1] == '!' || rest[1] == '/' || rest[1] == '?'):
			end := bytes.IndexByte(rest, '>')
			if end < 0 {
				return "", nil
			}
			s.i += end + 1
		default:
			s.i++
		}
	}
}

// scan is a place in the bytes of a document.
type scan struct {
	b []byte
	i int
	// parse says that comments and texts end where the parser has them end. The prescan knows but one end of a comment, and finds meta elements in
	// the texts of scripts.
	parse bool
}

func (s *scan) rest() []byte { return s.b[s.i:] }

// comment is the length of the comment at s; negative if it has no end.
func (s *scan) comment() int {
	rest := s.rest()
	for n := len("<!-"); ; {
		i := bytes.IndexByte(rest[n:], '>')
		if i < 0 {
			return -1
		}
		n += i + 1
		// "<!-->" is a whole comment.
		if said := rest[len("<!"):n]; bytes.HasSuffix(said, []byte("-->")) || s.parse && len(said) > len("--!>")+1 && bytes.HasSuffix(said, []byte("--!>")) {
			return n
		}
	}
}

// skipRaw goes to the end tag of a raw text element, given from behind its "<", whose start tag s has passed; false if there is none.
func (s *scan) skipRaw(tag []byte) bool {
	for _, name := range [...]string{"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"} {
		if !tagNamed(tag, name) {
			continue
		}
		for {
			i := bytes.Index(s.rest(), []byte("</"))
			if i < 0 {
				return false
			}
			s.i += i
			if tagNamed(s.rest()[len("</"):], name) {
				return true
			}
			s.i += len("</")
		}
	}
	return true
}

// tagNamed tells whether a tag, given from behind its "<" or "</", has the name.
func tagNamed(tag []byte, name string) bool {
	n := len(name)
	return len(tag) > n && equalFold(tag[:n], name) && (isSpace(tag[n]) || tag[n] == '/' || tag[n] == '>')
}

// meta reads the attributes of a meta element and gives the encoding that it declares, if it does.
func (s *scan) meta() (name string, enc encoding.Encoding) {
	var pragma, needPragma, sawEquiv, sawContent, sawCharset bool
	var label []byte
	for {
		key, value, ok := s.attr()
		if !ok {
			break
		}
		switch {
		case !sawEquiv && equalFold(key, "http-equiv"):
			sawEquiv = true
			pragma = equalFold(value, "content-type")
		case !sawContent && equalFold(key, "content"):
			sawContent = true
			if c := contentCharset(value); c != nil && label == nil {
				label, needPragma = c, true
			}
		case !sawCharset && equalFold(key, "charset"):
			sawCharset = true
			label, needPragma = value, false
		}
	}
	if label == nil || needPragma && !pragma {
		return "", nil
	}
	name, enc = asciiBased(lookup(string(label)))
	if name == "x-user-defined" { // which stands for another in meta elements alone
		return lookup(lastResort)
	}
	return name, enc
}

// asciiBased corrects a declaration that was readable as ASCII and so cannot be true.
func asciiBased(name string, enc encoding.Encoding) (string, encoding.Encoding) {
	if name == "utf-16le" || name == "utf-16be" {
		return lookup(utf8Name)
	}
	return name, enc
}

// attr is the standard's "get an attribute"; ok is false at the end of the tag.
func (s *scan) attr() (key, value []byte, ok bool) {
	for s.i < len(s.b) && (isSpace(s.b[s.i]) || s.b[s.i] == '/') {
		s.i++
	}
	if s.i >= len(s.b) || s.b[s.i] == '>' {
		return nil, nil, false
	}
	start := s.i
	for s.i < len(s.b) && !isSpace(s.b[s.i]) && s.b[s.i] != '/' && s.b[s.i] != '>' && (s.b[s.i] != '=' || s.i == start) {
		s.i++
	}
	key = s.b[start:s.i]
	s.skipSpace()
	if s.i >= len(s.b) || s.b[s.i] != '=' {
		return key, nil, true
	}
	s.i++
	s.skipSpace()
	if s.i >= len(s.b) {
		return key, nil, true
	}
	if q := s.b[s.i]; q == '"' || q == '\'' {
		s.i++
		end := bytes.IndexByte(s.rest(), q)
		if end < 0 {
			s.i = len(s.b)
			return nil, nil, false
		}
		value = s.b[s.i : s.i+end]
		s.i += end + 1
		return key, value, true
	}
	start = s.i
	for s.i < len(s.b) && !isSpace(s.b[s.i]) && s.b[s.i] != '>' {
		s.i++
	}
	return key, s.b[start:s.i], true
}

func (s *scan) skipSpace() {
	for s.i < len(s.b) && isSpace(s.b[s.i]) {
		s.i++
	}
}

// skipTag goes to the end of the tag that begins here: a ">" within a quoted attribute does not end it.
func (s *scan) skipTag() {
	for s.i < len(s.b) && !isSpace(s.b[s.i]) && s.b[s.i] != '>' {
		s.i++
	}
	for {
		if _, _, ok := s.attr(); !ok {
			return
		}
	}
}

// contentCharset is the label within the content attribute of a pragma: WHATWG HTML, "extracting a character encoding
// from a meta element".
func contentCharset(v []byte) []byte {
	for {
		i := indexFold(v, "charset")
		if i < 0 {
			return nil
		}
		v = bytes.TrimLeft(v[i+len("charset"):], "\t\n\f\r ")
		if len(v) == 0 || v[0] != '=' {
			continue
		}
		v = bytes.TrimLeft(v[1:], "\t\n\f\r ")
		if len(v) == 0 {
			return nil
		}
		if q := v[0]; q == '"' || q == '\'' {
			end := bytes.IndexByte(v[1:], q)
			if end < 0 {
				return nil
			}
			return v[1 : 1+end]
		}
		if end := bytes.IndexAny(v, "\t\n\f\r ;"); end >= 0 {
			v = v[:end]
		}
		return v
	}
}

// xmlDeclared is the encoding in an XML declaration at the very beginning.
func xmlDeclared(body []byte) (name string, enc encoding.Encoding) {
	if !bytes.HasPrefix(body, []byte("<?xml")) {
		return "", nil
	}
	decl := body[:min(len(body), prescanLeast)]
	end := bytes.IndexByte(decl, '>')
	if end < 0 {
		return "", nil
	}
	_, v, ok := bytes.Cut(decl[:end], []byte("encoding"))
	if !ok {
		return "", nil
	}
	v = bytes.TrimLeft(v, "\t\n\r ")
	v, ok = bytes.CutPrefix(v, []byte("="))
	v = bytes.TrimLeft(v, "\t\n\r ")
	if !ok || len(v) == 0 || v[0] != '"' && v[0] != '\'' {
		return "", nil
	}
	label, _, ok := bytes.Cut(v[1:], v[:1])
	if !ok {
		return "", nil
	}
	return asciiBased(lookup(string(label)))
}
