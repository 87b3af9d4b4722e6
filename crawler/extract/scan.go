package extract

import (
	"bytes"
	"sync"
	"unicode/utf8"

	"amble/crawler/similar"
)

// A scanner takes one run through one page, and another after it has been given back.
type scanner struct {
	z       tokenizer // of a body that is valid UTF-8
	scratch []byte    // what the token says, where that is not as it is written
	xml     bool      // see Options
	literal bool      // nothing but character references in the body says anything else than is written: it has neither CR nor NUL

	nest    nesting
	raw     bool // within a raw text element, such as script: until its end tag there is nothing but one text
	inTitle bool // ... which is the document's title
	titled  bool // the first title element has been met
	// noscript is set within a noscript element. Its text is not what a reader sees.
	noscript bool

	anchor anchor
	links  references
	images references
	rels   map[string]string // rel attributes as written -> cleaned, so that each is cleaned and stored once

	base, canonical *string // as written; nil if there is none
	described       bool
	clean           text
	visible         similar.Builder
	page            Page
}

var scanners = sync.Pool{New: func() any { return new(scanner) }}

// newScanner is a scanner of a page, which may be known to be valid UTF-8.
func newScanner(body []byte, valid bool) *scanner {
	if !valid && !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	s := scanners.Get().(*scanner)
	s.z.body = body[:len(body):len(body)] // what is behind it is not ours to look at
	s.literal = bytes.IndexByte(body, '\r') < 0 && bytes.IndexByte(body, 0) < 0
	s.anchor.ref = none
	s.links.limit, s.images.limit = MaxLinks, MaxLinks
	return s
}

// release gives the scanner back, with as much memory as pages of ordinary size need.
func (s *scanner) release() {
	s.links.empty()
	s.images.empty()
	links, images := s.links, s.images
	a := anchor{text: text{b: s.anchor.text.b[:0]}, alt: text{b: s.anchor.alt.b[:0]}}
	*s = scanner{scratch: kept(s.scratch, maxScratch), anchor: a, links: links, images: images, clean: text{b: s.clean.b[:0]}}
	scanners.Put(s)
}

// maxScratch is the size of the scratch memory that is kept from page to page, in bytes.
const maxScratch = 64 << 10

// run reads all tokens.
func (s *scanner) run() {
	for {
		switch s.z.next() {
		case endToken:
			s.closeAnchor()
			return
		case textToken:
			s.text()
		case startTagToken:
			if s.z.tag != tags.unknown || s.nest.n > 0 { // else it changes nothing
				s.startTag()
			}
		case endTagToken:
			if s.z.tag != tags.unknown || s.raw {
				s.endTag()
			}
		}
	}
}

// text takes a text token: that of the title, or one that is seen on the page, which may belong to an anchor. It is
// decoded only where that makes a difference.
func (s *scanner) text() {
	switch {
	case s.inTitle:
		s.page.Title = s.cleaned(s.said(), MaxTitle)
	case s.raw, s.nest.unseen():
	case s.anchor.wanted():
		t := s.said()
		s.anchor.text.add(t)
		s.see(t)
	case s.z.to-s.z.from == 1 && s.z.body[s.z.from] <= ' ': // between most tags
	default:
		s.see(s.said())
	}
}

// said is what the text at the tokenizer says. It is good until the next token.
func (s *scanner) said() []byte {
	s.scratch = s.scratch[:0]
	return s.decoded(s.z.decoding, s.z.body[s.z.from:s.z.to])
}

// decoded is what b, a part of the page, says: b itself where that is as it is written.
func (s *scanner) decoded(d decoding, b []byte) []byte {
	if s.literal {
		if d&entities == 0 || bytes.IndexByte(b, '&') < 0 {
			return b
		}
	} else if !d.needs(b) {
		return b
	}
	n := len(s.scratch)
	s.scratch = d.append(s.scratch, b)
	return s.scratch[n:]
}

// see adds t, a part of the page or of the scratch memory, to the text that the page shows.
func (s *scanner) see(t []byte) {
	if !s.noscript {
		s.visible.AddPart(t[:cap(t)], 0, len(t))
	}
}

// cleaned is b as a text of at most limit bytes.
func (s *scanner) cleaned(b []byte, limit int) string {
	return string(s.cleanedBytes(b, limit))
}

// cleanedBytes is cleaned, good until the next call of either.
func (s *scanner) cleanedBytes(b []byte, limit int) []byte {
	s.clean.reset(limit)
	s.clean.add(b)
	return s.clean.b
}

// startTag takes the start tag at the tokenizer.
func (s *scanner) startTag() {
	t := s.z.tag
	if s.nest.foreign() {
		if !t.breaksOut && !(t.font && s.hasAny("color", "face", "size")) {
			s.foreignTag(t)
			return
		}
		s.nest.leaveForeign()
		s.nested()
	}
	switch t.element {
	case other:
		return
	case svgElement, mathElement:
		if !s.z.selfClosing() {
			s.nest.open(t.scope)
			s.nested()
		}
		return
	case templateElement: // a solidus at its end means nothing in HTML
		if !s.whole() {
			s.nest.open(templateScope)
			s.nested()
		}
		return
	case noscriptElement:
		if s.whole() {
			return
		}
		s.noscript = s.noscript || !s.nest.unseen()
		return
	case rawElement, iframeElement, titleElement:
		if !s.whole() {
			s.z.raw, s.raw = t, true
		}
	}
	if s.nest.unseen() {
		return
	}
	s.element(t.element)
	switch {
	case t.element != anchorElement && t.element != titleElement || !s.whole():
	case t.element == anchorElement:
		s.closeAnchor()
	default:
		s.inTitle = false
	}
}

// whole tells whether the start tag at the tokenizer is an element without content and an end tag.
func (s *scanner) whole() bool { return s.xml && s.z.selfClosing() }

// foreignTag takes a start tag within svg or math, where the names of HTML mean nothing and every element is
// tokenized alike.
func (s *scanner) foreignTag(t *tag) {
	if t.element == anchorElement {
		if s.nest.unseen() {
			s.anchor.within = false // the next end tag is this one's
			return
		}
		s.openAnchor(true)
		if s.z.selfClosing() {
			s.closeAnchor()
		}
		return
	}
	sc := s.nest.foreignScope(t)
	if sc == noScope || s.z.selfClosing() || sc == annotationScope && !s.holdsHTML() {
		return
	}
	s.nest.open(sc)
	s.nested()
}

// endTag takes the end tag at the tokenizer.
func (s *scanner) endTag() {
	if s.raw {
		s.raw, s.inTitle = false, false
		return
	}
	t := s.z.tag
	if s.nest.foreign() {
		switch {
		case t.element == anchorElement && s.anchor.within:
			s.nest.leaveTo(s.anchor.depth) // an svg that was left open within an anchor ends with it
			s.nested()
		case t.breaksOut:
			// Strictly only p and br break out, and others if such an element is open outside, which it is unless the
			// page is broken twice.
			s.nest.leaveForeign()
			s.nested()
		}
	}
	if t.scope != noScope && s.nest.depth() > 0 {
		s.nest.close(t.scope)
		s.nested()
	}
	switch {
	case s.nest.unseen():
	case t.element == anchorElement:
		s.closeAnchor()
	case t.element == noscriptElement:
		s.noscript = false
	case t.element == blockElement && s.anchor.open():
		s.anchor.text.space()
	}
}

// nested tells the tokenizer of a change in nesting.
func (s *scanner) nested() {
	s.z.allowCDATA = s.xml || s.nest.cdata()
}
