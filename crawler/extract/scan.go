package extract

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/net/html"

	"amble/crawler/similar"
)

// heavyTag is the length in bytes from which a tag makes the scanner start afresh behind it. The tokenizer keeps the set
// of attribute names as large as the largest tag made it, and clears it for every tag: after one tag of some hundred
// thousand attributes each later tag would cost some fifty times as much.
const heavyTag = 4 << 10

// A scanner takes one run through one page. It must not be used again.
type scanner struct {
	body []byte // valid UTF-8
	off  int    // where in body the next token begins
	z    *html.Tokenizer
	// heavy is set from a heavy tag until z has been replaced.
	heavy bool

	nest    nesting
	raw     bool // within a raw text element, such as script: until its end tag there is nothing but one text
	inTitle bool // ... which is the document's title
	titled  bool // the first title element has been met
	// noscript is set within a noscript element. Its text is not what a reader sees.
	noscript bool
	named    [longestName]byte

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

func newScanner(body []byte) *scanner {
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	s := &scanner{body: body, z: html.NewTokenizer(bytes.NewReader(body))}
	s.anchor.ref = none
	s.links.limit, s.images.limit = MaxLinks, MaxLinks
	return s
}

// run reads all tokens. No limit is set on the tokenizer's buffer: it holds the longest token, which is part of the
// body, and a limit would end the page at the first large script.
func (s *scanner) run() {
	for {
		token := s.z.Next()
		n := len(s.z.Raw())
		switch token {
		case html.ErrorToken:
			s.closeAnchor()
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			s.startTag(token == html.SelfClosingTagToken)
			s.heavy = s.heavy || n > heavyTag
		case html.EndTagToken:
			s.endTag()
		case html.TextToken:
			s.text()
		}
		s.off += n
		// Raw text is a state of the tokenizer which a new one could not be given: leave that to the old one.
		if s.heavy && !s.raw {
			s.z = html.NewTokenizer(bytes.NewReader(s.body[s.off:]))
			s.z.AllowCDATA(s.nest.cdata())
			s.heavy = false
		}
	}
}

// text takes a text token: that of the title, or one that is seen on the page, which may belong to an anchor. It is
// decoded only where that makes a difference.
func (s *scanner) text() {
	switch {
	case s.inTitle:
		s.page.Title = s.cleaned(s.z.Text(), MaxTitle)
	case s.raw, s.nest.unseen():
	case s.anchor.wanted():
		t := s.z.Text()
		s.anchor.text.add(t)
		s.see(t)
	default:
		t := s.z.Raw()
		if len(t) == 1 && t[0] <= ' ' { // between most tags
			return
		}
		if bytes.IndexByte(t, '&') >= 0 || s.nest.cdata() {
			t = s.z.Text()
		}
		s.see(t)
	}
}

// see adds t to the text that the page shows.
func (s *scanner) see(t []byte) {
	if !s.noscript {
		s.visible.Add(t)
	}
}

// cleaned is b as a text of at most limit bytes.
func (s *scanner) cleaned(b []byte, limit int) string {
	if len(b) == 0 {
		return ""
	}
	s.clean.reset(limit)
	s.clean.add(b)
	return s.clean.String()
}

// startTag takes the start tag at the tokenizer.
func (s *scanner) startTag(selfClosing bool) {
	name := tagName(s.z.Raw()[len("<"):], &s.named)
	if s.nest.foreign() {
		if !breaksOut(name) && !s.breaksOutFont(name) {
			s.foreignTag(name, selfClosing)
			return
		}
		s.nest.leaveForeign()
		s.nested()
	}
	e := elementOf(name)
	switch e {
	case other:
		return
	case svgElement, mathElement:
		if !selfClosing {
			s.nest.open(scopes[e])
			s.nested()
		}
		return
	case templateElement: // a solidus at its end means nothing in HTML
		s.nest.open(templateScope)
		s.nested()
		return
	case noscriptElement:
		s.z.NextIsNotRawText()
		s.noscript = s.noscript || !s.nest.unseen()
		return
	case rawElement, iframeElement, titleElement:
		s.raw = true
	}
	if !s.nest.unseen() {
		s.element(e)
	}
}

// foreignTag takes a start tag within svg or math, where the names of HTML mean nothing and every element is
// tokenized alike.
func (s *scanner) foreignTag(name []byte, selfClosing bool) {
	s.z.NextIsNotRawText()
	if string(name) == "a" {
		if s.nest.unseen() {
			s.anchor.within = false // the next end tag is this one's
			return
		}
		s.openAnchor(true)
		if selfClosing {
			s.closeAnchor()
		}
		return
	}
	if selfClosing {
		return
	}
	if string(name) == "annotation-xml" && !s.holdsHTML() {
		return
	}
	if sc := s.nest.foreignScope(name); sc != noScope {
		s.nest.open(sc)
		s.nested()
	}
}

// endTag takes the end tag at the tokenizer.
func (s *scanner) endTag() {
	if s.raw {
		s.raw, s.inTitle = false, false
		return
	}
	name := tagName(s.z.Raw()[len("</"):], &s.named)
	if s.nest.foreign() {
		switch {
		case string(name) == "a" && s.anchor.within:
			s.nest.leaveTo(s.anchor.depth) // an svg that was left open within an anchor ends with it
			s.nested()
		case breaksOut(name):
			// Strictly only p and br break out, and others if such an element is open outside, which it is unless the
			// page is broken twice.
			s.nest.leaveForeign()
			s.nested()
		}
	}
	if s.nest.depth() > 0 {
		if sc := closes(name); sc != noScope {
			s.nest.close(sc)
			s.nested()
		}
	}
	switch {
	case s.nest.unseen():
	case string(name) == "a":
		s.closeAnchor()
	case s.noscript && string(name) == "noscript":
		s.noscript = false
	case s.anchor.open() && elementOf(name) == blockElement:
		s.anchor.text.space()
	}
}

// nested tells the tokenizer of a change in nesting.
func (s *scanner) nested() {
	s.z.AllowCDATA(s.nest.cdata())
}
