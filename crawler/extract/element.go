package extract

import (
	"bytes"
	"strings"

	"amble/crawler/page"
)

// element takes the start tag of an HTML element that is not within a template.
func (s *scanner) element(e element) {
	switch e {
	case anchorElement:
		s.openAnchor(false)
	case blockElement:
		if s.anchor.open() {
			s.anchor.text.space()
		}
	case areaElement:
		at := s.attributes("href", "rel")
		if at[0] != nil {
			s.links.add(at[0], s.rel(at[1]))
		}
	case iframeElement, frameElement:
		// An empty src frames nothing (HTML, "process the iframe attributes").
		if at := s.attributes("src"); len(trimmed(at[0])) > 0 {
			s.links.add(at[0], "")
		}
	case imageElement:
		s.image()
	case titleElement:
		s.inTitle = !s.titled
		s.titled = true
	case metaElement:
		s.meta()
	case linkElement:
		if s.canonical == nil {
			at := s.attributes("rel", "href")
			if at[1] != nil && hasToken(at[0], "canonical") {
				s.canonical = clone(at[1])
			}
		}
	case baseElement:
		if s.base == nil {
			s.base = clone(s.attributes("href")[0])
		}
	case htmlElement:
		// A second html tag adds the attributes that the first one lacks (HTML, "in body").
		if s.page.Lang == "" {
			at := s.attributes("lang", "xml:lang")
			if s.page.Lang = s.cleaned(at[0], MaxName); s.page.Lang == "" {
				s.page.Lang = s.cleaned(at[1], MaxName)
			}
		}
	}
}

// maxAttributes is the greatest number of attributes asked for at once.
const maxAttributes = 4

// attributes are the values of the named attributes of the tag at the tokenizer, in the order of names; nil for one that
// the tag has not. They are good until the next token.
func (s *scanner) attributes(names ...string) (values [maxAttributes][]byte) {
	s.scratch = s.scratch[:0]
	z := &s.z
	if z.attrs < len(z.first) {
		for i := range z.first[:z.attrs] {
			s.attribute(&z.first[i], names, &values)
		}
		return values
	}
	var a attr
	for p := z.nameEnd; ; {
		if p = a.read(z.body, p); a.none {
			return values
		}
		s.attribute(&a, names, &values)
	}
}

// attribute puts the value of an attribute where one of the names is that of it. Of several with one name the first counts.
func (s *scanner) attribute(a *attr, names []string, values *[maxAttributes][]byte) {
	key := s.z.body[a.key:a.keyEnd]
	for i, n := range names {
		if len(key) == len(n) && values[i] == nil && isToken(key, n) {
			values[i] = s.decoded(inAttributes, s.z.body[a.value:a.valueEnd])
		}
	}
}

// clone is a copy of b, nil for nil.
func clone(b []byte) *string {
	if b == nil {
		return nil
	}
	s := string(b)
	return &s
}

// image takes an img tag. The alternative text counts for an anchor around it even if the image itself is none.
func (s *scanner) image() {
	at := s.attributes("src", "alt")
	alt := s.cleanedBytes(at[1], MaxText)
	if len(alt) > 0 && s.anchor.wanted() {
		s.anchor.alt.space()
		s.anchor.alt.add(alt)
	}
	if len(trimmed(at[0])) > 0 {
		i, n := s.images.add(at[0], "")
		s.images.setText(i, n, alt)
	}
}

// meta takes a meta tag: its name or property, and the URL of a refresh.
func (s *scanner) meta() {
	at := s.attributes("name", "property", "content", "http-equiv")
	content := at[2]
	if content == nil {
		return
	}
	if strings.EqualFold(string(at[3]), "refresh") {
		if to := refreshURL(content); len(to) > 0 {
			s.links.add(to, "")
		}
	}
	name, named := s.cleaned(at[0], MaxName), true
	if name == "" {
		name, named = s.cleaned(at[1], MaxName), false
	}
	if name == "" {
		return
	}
	m := page.Meta{Name: name, Content: s.cleaned(content, MaxContent)}
	if len(s.page.Meta) < MaxMeta {
		s.page.Meta = append(s.page.Meta, m)
	}
	if !named {
		return
	}
	m.Name = lower(name)
	if m.Name == "description" && !s.described {
		s.described = true
		s.page.Description = m.Content
	}
	if len(s.page.Robots) < MaxMeta && (m.Name == "robots" || speaksToRobots(m.Content)) {
		s.page.Robots = append(s.page.Robots, m)
	}
}

// speaksToRobots tells whether a meta element's content holds a directive of robots meta elements that restricts or frees
// something: a value between commas, perhaps with a parameter behind a colon.
func speaksToRobots(content string) bool {
	for v := range strings.SplitSeq(content, ",") {
		v, _, _ = strings.Cut(v, ":")
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "all", "none", "index", "noindex", "follow", "nofollow", "noarchive", "nocache", "nosnippet", "noimageindex",
			"notranslate", "nositelinkssearchbox", "indexifembedded", "max-snippet", "max-image-preview", "max-video-preview",
			"unavailable_after", "noodp", "noydir", "noai", "noimageai":
			return true
		}
	}
	return false
}

// holdsHTML tells whether the content of the annotation-xml tag at the tokenizer is HTML.
func (s *scanner) holdsHTML() bool {
	enc := string(s.attributes("encoding")[0])
	return strings.EqualFold(enc, "text/html") || strings.EqualFold(enc, "application/xhtml+xml")
}

// hasAny tells whether the tag at the tokenizer has one of the named attributes.
func (s *scanner) hasAny(names ...string) bool {
	for _, v := range s.attributes(names...) {
		if v != nil {
			return true
		}
	}
	return false
}

// refreshURL is the URL in the content of a meta refresh as it is written; nil if there is none, or if it is no refresh
// (HTML, "shared declarative refresh steps").
func refreshURL(content []byte) []byte {
	b := bytes.TrimLeft(content, htmlSpace)
	rest := bytes.TrimLeft(b, "0123456789")
	if len(rest) == len(b) && !bytes.HasPrefix(b, []byte(".")) {
		return nil
	}
	b = bytes.TrimLeft(rest, "0123456789.")
	if len(b) == 0 || !strings.ContainsRune(";,"+htmlSpace, rune(b[0])) {
		return nil
	}
	b = bytes.TrimLeft(b, htmlSpace)
	if len(b) > 0 && (b[0] == ';' || b[0] == ',') {
		b = bytes.TrimLeft(b[1:], htmlSpace)
	}
	if len(b) >= 3 && bytes.EqualFold(b[:3], []byte("url")) {
		after := bytes.TrimLeft(b[3:], htmlSpace)
		if len(after) == 0 || after[0] != '=' {
			return b // no "url=" but a reference that begins so
		}
		b = bytes.TrimLeft(after[1:], htmlSpace)
	} else if len(b) > 0 && (b[0] == 'u' || b[0] == 'U') {
		return b
	}
	if len(b) > 0 && (b[0] == '"' || b[0] == '\'') {
		quote := b[0]
		b = b[1:]
		if end := bytes.IndexByte(b, quote); end >= 0 {
			b = b[:end]
		}
	}
	return b
}
