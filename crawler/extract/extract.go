// Package extract reads one HTML page: its title, links, images and meta elements, and what it tells robots.
//
// One page lives like this. Package fetch has decoded the body to UTF-8. HTML runs through it once, token by token,
// without building a tree: it notes each reference as it is written, gathers the texts that are wanted and skips the rest
// without copying it. At the end, when the base URL is known for certain, every distinct reference is resolved once,
// references that turn out to be the same URL are merged, and the Page is handed over. Nothing of the body is
// kept alive by it.
//
// A link is what a reader can click on or sees framed: a and area elements, iframes and frames, and the URL of a
// refresh, be it of a meta element or of the answer's header. What a page is merely made of (images, style sheets, scripts) and forms are not links.
//
// The page is read as by a browser without scripting: the content of noscript counts. Left out, as such a browser shows
// none of it, is what stands in comments, template, script, style, textarea, title, xmp, iframe, noembed and noframes (the
// standard takes the content of noframes as mere text, and the frames themselves are links).
//
// References are to the WHATWG HTML standard, as "HTML" with the name of the section.
package extract

import (
	"golang.org/x/text/encoding"

	"amble/crawler/page"
	"amble/crawler/similar"
	"amble/frontier/canon"
)

// The bounds on what is kept of a page, so that a hostile one costs little. Texts are cut at a rune boundary.
const (
	// MaxTitle is the greatest length of a title, in bytes of UTF-8.
	MaxTitle = 4 << 10
	// MaxContent is the greatest length of a meta element's content, and so of the description, in bytes.
	MaxContent = 4 << 10
	// MaxText is the greatest length of an anchor text or an alternative text, in bytes.
	MaxText = 1000
	// MaxName is the greatest length of a meta element's name, a language or a rel attribute, in bytes.
	MaxName = 200
	// MaxURL is the greatest length of a URL, as it is written in the page and in its canonical form, in bytes. A
	// longer one is left out. RFC 9110, section 4.1, asks for 8,000.
	MaxURL = 8 << 10
	// MaxLinks is how many different references are kept of a page's links, and as many of its images, unless
	// [Options] say otherwise. The plainest list of links takes some 40 bytes of HTML for each: this is a page of
	// 10 MB. Each takes 80 to 140 bytes in the Page, and 240 to 270 while the page is read.
	MaxLinks = 250_000
	// MaxHosts is how many different hosts, ports told apart, the links of a page may name, and its images; those to further ones are left out.
	// What a crawl knows of a host it knows to its end, and a name costs nothing: a page can make up a hundred thousand. Few pages name a hundred.
	MaxHosts = 10_000
	// MaxMeta is how many meta elements are kept, and as many of those that speak to robots.
	MaxMeta = 1000
	// MaxResolved is how many bytes of URLs are resolved for a page's links, and as many for its images: each different
	// reference counts with its own length and that of the base URL. It matters where a long base URL makes
	// every short reference long. A short page has less room: what it makes is in proportion to what it took to send it.
	MaxResolved = 32 << 20
	// minResolved is what any page may resolve to, and resolvedShare what it may beyond that for each of its bytes. A list of the
	// plainest links, 25 bytes each, under a base URL of 200 bytes takes 8.
	minResolved   = 256 << 10
	resolvedShare = 8
)

// Page is what one HTML document says of itself. All texts are valid UTF-8, with each run of white space (that of
// Unicode, line separators and the no-break space included) become one space, and with none at either end. They are
// free of what would act on a terminal or on the line around them: control characters (C0, C1 and DEL), and the bidirectional
// embeddings, overrides and isolates, which reach beyond the text if they are not ended. Marks of direction and joiners
// stay, for words need them.
type Page struct {
	// Title is the text of the document's first title element; a title within svg is no title of the document.
	Title string
	// Description is the content of the first meta element named "description", in any letter case.
	Description string
	// Canonical is the URL of the first link element whose rel holds "canonical"; empty if that is no http or https URL.
	Canonical string
	// Lang is the lang attribute of the html element or, where it has none, xml:lang.
	Lang string

	// Links are the links to http and https URLs in page order, each canonical URL once. A link that is repeated has the
	// rel of its first occurrence, without nofollow if any occurrence is free of it, and the first anchor text that
	// is not empty. Where an anchor holds no text, the alternative texts of its images stand in. A reference without a path,
	// such as "#top", is a link to the page itself. Their texts share memory, as do those of Images.
	Links []page.Link
	// Targets are the URLs of Links, in the same order.
	Targets []canon.URL
	// Images are the img elements' sources in page order, each URL once, with the first alternative text that is not
	// empty. Left out are data: URLs, srcset and picture (they name other sizes of the same image), and
	// image buttons, which are form controls.
	Images []page.Image
	// Meta are the meta elements that have a name or a property and a content, in page order, the first MaxMeta of them.
	Meta []page.Meta
	// Robots are the meta elements that speak to robots, in page order: those named "robots", and those whose content holds a
	// directive known from robots meta elements, for their name may be that of a robot. Names are in lower case. Whether one
	// is meant for this crawler, and what it asks for, is not judged here.
	Robots []page.Meta

	// SimHash stands for the text that the page shows, that of its links included. Pages that say nearly the same have
	// hashes at a distance of at most [similar.Near]. The title, alternative texts, and what stands in noscript do not
	// count. Zero if there is too little text.
	SimHash similar.Hash

	// Cut is set when links or images were left out because of MaxLinks, MaxHosts or MaxResolved.
	Cut bool
}

// HTML reads the page in body, which is UTF-8 (an invalid sequence counts as U+FFFD), and was found at base. It changes
// neither body nor keeps it. Queries of references are encoded in enc, the encoding the page was decoded from; nil means UTF-8.
// References are resolved against the document's base URL: the first base element with an href decides it for the whole
// document, for what stands before it too, as it does in a browser when a link is clicked (HTML, "document
// base URL"). A base that is no http or https URL is ignored. A zero base leaves only absolute references.
//
// HTML never fails: of what is not HTML it reads what looks like it. Time and memory are proportional to the
// length of body. It may be called from several goroutines at once.
func HTML(body []byte, base canon.URL, enc encoding.Encoding) *Page {
	return Options{}.HTML(body, base, enc)
}

// Options are how much of a page is kept. The zero value keeps what the constants of this package say.
type Options struct {
	// MaxLinks stands for the constant of that name; 0 means that.
	MaxLinks int
	// Rewrite changes the URLs of links once they are resolved, those of links alone; nil changes none.
	Rewrite func(canon.URL) canon.URL
	// Valid says that the page is known to be valid UTF-8. It must be.
	Valid bool
	// XML says that the page is XHTML that was sent as such (application/xhtml+xml). It is read as HTML all the same, but for what would lose
	// the rest of it: a tag that ends in a solidus is a whole element, be it a script, and CDATA sections are text.
	XML bool
	// Refresh is the content of the answer's Refresh header. Browsers heed it as they do a meta refresh (HTML, "shared declarative refresh
	// steps"), before there is any base element: its URL is a link, the first.
	Refresh string
}

// HTML is the function HTML under these options.
func (o Options) HTML(body []byte, base canon.URL, enc encoding.Encoding) *Page {
	s := newScanner(body, o.Valid)
	s.xml, s.z.allowCDATA = o.XML, o.XML
	if o.MaxLinks > 0 {
		s.links.limit, s.images.limit = o.MaxLinks, o.MaxLinks
	}
	if to := refreshURL([]byte(o.Refresh)); len(to) > 0 {
		if u, err := base.Resolve(string(to)); err == nil {
			s.links.add([]byte(u.String()), "")
		}
	}
	s.run()
	p := s.finish(len(body), o, base, enc)
	s.release()
	return p
}

// finish resolves what the page of so many bytes refers to, and hands it over.
func (s *scanner) finish(size int, o Options, base canon.URL, enc encoding.Encoding) *Page {
	s.links.rewrite = o.Rewrite
	if s.base != nil {
		if u, err := resolveOne(*s.base, base, enc); err == nil {
			base = u
		}
	}
	p := &s.page

	room := min(MaxResolved, minResolved+resolvedShare*size)
	kept, targets := s.links.resolve(base, enc, room)
	p.Targets = targets
	if len(kept) > 0 {
		p.Links = make([]page.Link, len(kept))
	}
	texts := string(s.links.texts)
	for i, k := range kept {
		p.Links[i] = page.Link{URL: targets[i].String(), Rel: k.rel, Text: texts[k.text.from:k.text.to]}
	}

	kept, targets = s.images.resolve(base, enc, room)
	if len(kept) > 0 {
		p.Images = make([]page.Image, len(kept))
	}
	texts = string(s.images.texts)
	for i, k := range kept {
		p.Images[i] = page.Image{Src: targets[i].String(), Alt: texts[k.text.from:k.text.to]}
	}

	if s.canonical != nil {
		if u, err := resolveOne(*s.canonical, base, enc); err == nil {
			p.Canonical = u.String()
		}
	}
	p.SimHash = s.visible.Hash()
	p.Cut = s.links.cut || s.images.cut
	out := *p // a copy, so that the page does not hold on to the scanner
	return &out
}
