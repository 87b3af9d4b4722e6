package extract

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding"

	"amble/crawler/page"
	"amble/frontier/canon"
)

// referenceScanner is a scanner that reads by golang.org/x/net/html's tokenizer and keeps to it in everything: slow, and what the scanner is held to.
// It shares with the scanner what comes behind the tokens: nesting, references, texts.
type referenceScanner struct {
	scanner // but for its tokenizer
	x       *html.Tokenizer
}

// referenceHTML is HTML by the reference.
func referenceHTML(body []byte, base canon.URL, enc encoding.Encoding) *Page {
	s := &referenceScanner{scanner: *newScanner(body, false)}
	s.x = html.NewTokenizer(bytes.NewReader(s.z.body))
	s.run()
	return s.finish(len(body), Options{}, base, enc)
}

func (s *referenceScanner) run() {
	for {
		switch token := s.x.Next(); token {
		case html.ErrorToken:
			s.closeAnchor()
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			s.startTag(token == html.SelfClosingTagToken)
		case html.EndTagToken:
			s.endTag()
		case html.TextToken:
			s.text()
		}
	}
}

// text takes a text token.
func (s *referenceScanner) text() {
	switch {
	case s.inTitle:
		s.page.Title = s.cleaned(s.x.Text(), MaxTitle)
	case s.raw, s.nest.unseen():
	case s.anchor.wanted():
		t := s.x.Text()
		s.anchor.text.add(t)
		s.see(t)
	default:
		s.see(s.x.Text())
	}
}

// startTag takes the start tag at the tokenizer.
func (s *referenceScanner) startTag(selfClosing bool) {
	name := s.tagName()
	if s.nest.foreign() {
		if !refBreaksOut(name) && !s.breaksOutFont(name) {
			s.foreignTag(name, selfClosing)
			return
		}
		s.nest.leaveForeign()
		s.nested()
	}
	e := refElementOf(name)
	switch e {
	case other:
		return
	case svgElement, mathElement:
		if !selfClosing {
			s.nest.open(map[element]scope{svgElement: svgScope, mathElement: mathScope}[e])
			s.nested()
		}
		return
	case templateElement: // a solidus at its end means nothing in HTML
		s.nest.open(templateScope)
		s.nested()
		return
	case noscriptElement:
		s.x.NextIsNotRawText()
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
func (s *referenceScanner) foreignTag(name []byte, selfClosing bool) {
	s.x.NextIsNotRawText()
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
	if sc := s.foreignScope(name); sc != noScope {
		s.nest.open(sc)
		s.nested()
	}
}

// endTag takes the end tag at the tokenizer.
func (s *referenceScanner) endTag() {
	if s.raw {
		s.raw, s.inTitle = false, false
		return
	}
	name := s.tagName()
	if s.nest.foreign() {
		switch {
		case string(name) == "a" && s.anchor.within:
			s.nest.leaveTo(s.anchor.depth) // an svg that was left open within an anchor ends with it
			s.nested()
		case refBreaksOut(name):
			// Strictly only p and br break out, and others if such an element is open outside, which it is unless the
			// page is broken twice.
			s.nest.leaveForeign()
			s.nested()
		}
	}
	if s.nest.depth() > 0 {
		if sc := refCloses(name); sc != noScope {
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
	case s.anchor.open() && refElementOf(name) == blockElement:
		s.anchor.text.space()
	}
}

// nested tells the tokenizer of a change in nesting.
func (s *referenceScanner) nested() {
	s.x.AllowCDATA(s.nest.cdata())
}

func (s *referenceScanner) tagName() []byte {
	name, _ := s.x.TagName()
	return name
}

// element takes the start tag of an HTML element that is not within a template.
func (s *referenceScanner) element(e element) {
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

// attributes are the values of the named attributes of the tag at the tokenizer, in the order of names; nil for one that
// the tag has not. They can be asked for once, and are good until the next token.
func (s *referenceScanner) attributes(names ...string) (values [maxAttributes][]byte) {
	for more := true; more; {
		var key, value []byte
		if key, value, more = s.x.TagAttr(); key == nil {
			break
		}
		for i, n := range names {
			if string(key) == n {
				if value == nil {
					value = []byte{}
				}
				values[i] = value
			}
		}
	}
	return values
}

// image takes an img tag. The alternative text counts for an anchor around it even if the image itself is none.
func (s *referenceScanner) image() {
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
func (s *referenceScanner) meta() {
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

// holdsHTML tells whether the content of the annotation-xml tag at the tokenizer is HTML.
func (s *referenceScanner) holdsHTML() bool {
	enc := string(s.attributes("encoding")[0])
	return strings.EqualFold(enc, "text/html") || strings.EqualFold(enc, "application/xhtml+xml")
}

// breaksOutFont tells whether the tag at the tokenizer is a font element of HTML rather than of svg.
func (s *referenceScanner) breaksOutFont(name []byte) bool {
	if string(name) != "font" {
		return false
	}
	at := s.attributes("color", "face", "size")
	return at[0] != nil || at[1] != nil || at[2] != nil
}

// openAnchor takes the start tag of an a element. In svg the link may be in xlink:href, and href wins (SVG 2, "legacy
// reference").
func (s *referenceScanner) openAnchor(svg bool) {
	s.closeAnchor()
	at := s.attributes("href", "rel", "xlink:href")
	href := at[0]
	if href == nil && svg {
		href = at[2]
	}
	a := &s.anchor
	a.within, a.depth = true, s.nest.depth()
	if href == nil {
		return
	}
	a.ref, a.nth = s.links.add(href, s.rel(at[1]))
	a.named = a.ref != none && !s.links.list[a.ref].text.empty()
	a.text.reset(MaxText)
	a.alt.reset(MaxText)
}

func refElementOf(name []byte) element {
	switch string(name) {
	case "a":
		return anchorElement
	case "area":
		return areaElement
	case "frame":
		return frameElement
	case "iframe":
		return iframeElement
	case "img", "image": // HTML, "in body": image is to be read as img
		return imageElement
	case "meta":
		return metaElement
	case "link":
		return linkElement
	case "base":
		return baseElement
	case "html":
		return htmlElement
	case "title":
		return titleElement
	case "template":
		return templateElement
	case "noscript":
		return noscriptElement
	case "svg":
		return svgElement
	case "math":
		return mathElement
	case "script", "style", "textarea", "xmp", "noembed", "noframes", "plaintext":
		return rawElement
	case "address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset",
		"figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "legend", "li", "listing",
		"main", "menu", "nav", "ol", "optgroup", "option", "p", "pre", "search", "section", "summary", "table", "td", "th", "tr", "ul":
		return blockElement
	}
	return other
}

// refBreaksOut tells whether a start tag ends the svg or math that it stands in, for it must be HTML (HTML, "the rules for
// parsing tokens in foreign content"); a font element does only with some attributes.
func refBreaksOut(name []byte) bool {
	switch string(name) {
	case "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2",
		"h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre", "ruby",
		"s", "small", "span", "strike", "strong", "sub", "sup", "table", "tt", "u", "ul", "var":
		return true
	}
	return false
}

// foreignScope is the scope that the start tag name opens within foreign content.
func (s *referenceScanner) foreignScope(name []byte) scope {
	sc := refCloses(name)
	switch sc {
	case templateScope: // in svg an element like any other
		return noScope
	case mathTextScope, annotationScope:
		if s.nest.top() != mathScope {
			return noScope
		}
	case foreignObjectScope, descScope, svgTitleScope:
		if s.nest.top() == mathScope {
			return noScope
		}
	}
	return sc
}

// refCloses is the scope that the end tag name closes.
func refCloses(name []byte) scope {
	switch string(name) {
	case "template":
		return templateScope
	case "svg":
		return svgScope
	case "math":
		return mathScope
	case "script":
		return svgScriptScope
	case "style":
		return svgStyleScope
	case "foreignobject":
		return foreignObjectScope
	case "desc":
		return descScope
	case "title":
		return svgTitleScope
	case "mi", "mo", "mn", "ms", "mtext":
		return mathTextScope
	case "annotation-xml":
		return annotationScope
	}
	return noScope
}
