package extract

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding"

	"amble/crawler/page"
	"amble/frontier/canon"
)

// The bounds on what Parts keeps of a page.
const (
	// MaxIDs is how many names of places are kept, and as many fragments and assets; MaxPlace is the greatest length of each in bytes.
	MaxIDs   = 100_000
	MaxPlace = 1 << 10
)

// Parts are what a page is made of, and the places in it: what a check of its links and images needs to know. They are read in a run of
// their own, for most crawls do not ask for them.
type Parts struct {
	// Assets are images (img, picture, input type=image, image within svg, posters of videos), scripts, style sheets, icons, preloads
	// and manifests, media and their tracks, objects and embeds, in page order, each URL once. Frames are links.
	Assets []page.Asset
	// IDs are the places that a fragment can name (HTML, "find a potential indicated element"): the id attributes of all elements, and
	// the name attributes of anchors. It is nil if there are too many of them, and not nil otherwise.
	IDs []string
	// Fragments are the places that links name. Left out are those that are always there (the empty one and "top"), text
	// directives (":~:"), and those that begin with "/" or "!", which scripts take for addresses.
	Fragments []page.Fragment
}

// ReadParts reads them from a page as HTML does. Links have their URLs changed by o.Rewrite, assets have not.
func (o Options) ReadParts(body []byte, base canon.URL, enc encoding.Encoding) Parts {
	s := partScanner{ids: make(map[string]struct{}), xml: o.XML}
	s.run(body)
	if s.base != nil {
		if u, err := resolveOne(*s.base, base, enc); err == nil {
			base = u
		}
	}
	room := min(MaxResolved, minResolved+resolvedShare*len(body))
	resolve := func(raw string) (canon.URL, bool) {
		if room -= len(base.String()) + len(raw); room < 0 || otherScheme([]byte(raw)) {
			return canon.URL{}, false
		}
		u, err := resolveOne(raw, base, enc)
		return u, err == nil
	}
	p := Parts{IDs: s.list}
	if p.IDs == nil {
		p.IDs = []string{}
	}
	if s.crowded {
		p.IDs = nil
	}
	met := make(map[string]struct{})
	for _, a := range s.assets {
		u, ok := resolve(a.URL)
		if _, again := met[u.String()]; ok && !again {
			met[u.String()] = struct{}{}
			p.Assets = append(p.Assets, page.Asset{URL: u.String(), Kind: a.Kind})
		}
	}
	named := make(map[page.Fragment]struct{})
	for _, f := range s.fragments {
		u, ok := resolve(f.URL)
		if !ok {
			continue
		}
		if o.Rewrite != nil {
			u = o.Rewrite(u)
		}
		f.URL = u.String()
		if _, again := named[f]; !again {
			named[f] = struct{}{}
			p.Fragments = append(p.Fragments, f)
		}
	}
	return p
}

// heavyTag is the length in bytes from which a tag makes the scanner start afresh behind it. x/net's tokenizer keeps the set
// of attribute names as large as the largest tag made it, and clears it for every tag: after one tag of some hundred
// thousand attributes each later tag would cost some fifty times as much.
const heavyTag = 4 << 10

// partScanner takes one run through one page. URLs are as they are written until it is over.
type partScanner struct {
	z         *html.Tokenizer
	xml       bool
	templates int // open ones: what is in them is not in the document
	svgs      int // open ones
	pictures  int
	base      *string
	assets    []page.Asset
	fragments []page.Fragment
	list      []string
	ids       map[string]struct{}
	crowded   bool
}

func (s *partScanner) run(body []byte) {
	body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	s.z = html.NewTokenizer(bytes.NewReader(body))
	off, heavy, raw := 0, false, false
	for {
		token := s.z.Next()
		n := len(s.z.Raw())
		off += n
		switch token {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			heavy = heavy || n > heavyTag
			raw = s.tag(token == html.SelfClosingTagToken)
		case html.EndTagToken:
			raw = false
			name, _ := s.z.TagName()
			s.close(string(name))
		}
		if heavy && !raw { // see heavyTag
			s.z, heavy = html.NewTokenizer(bytes.NewReader(body[off:])), false
		}
	}
}

func (s *partScanner) close(name string) {
	for _, n := range []struct {
		name string
		open *int
	}{{"template", &s.templates}, {"svg", &s.svgs}, {"picture", &s.pictures}} {
		if name == n.name && *n.open > 0 {
			*n.open--
		}
	}
}

// tag takes a start tag, and reports whether what follows is raw text.
func (s *partScanner) tag(selfClosing bool) (raw bool) {
	b, more := s.z.TagName()
	name := string(b)
	whole := s.xml && selfClosing
	switch name {
	case "template":
		if !whole {
			s.templates++
		}
	case "picture":
		if !whole {
			s.pictures++
		}
	case "svg":
		if !selfClosing {
			s.svgs++
		}
	case "noscript":
		s.z.NextIsNotRawText()
	case "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext":
		if raw = s.svgs == 0 && !whole; !raw {
			s.z.NextIsNotRawText()
		}
	}
	at := make(map[string]string)
	for more {
		var k, v []byte
		k, v, more = s.z.TagAttr()
		if len(at) < maxPartAttributes && wantedAttribute(string(k)) {
			if _, twice := at[string(k)]; !twice {
				at[string(k)] = string(v)
			}
		}
	}
	if s.templates == 0 {
		s.element(name, at)
	}
	return raw
}

const maxPartAttributes = 32

func wantedAttribute(name string) bool {
	switch name {
	case "id", "name", "href", "xlink:href", "src", "srcset", "poster", "data", "rel", "type", "imagesrcset":
		return true
	}
	return false
}

func (s *partScanner) element(name string, at map[string]string) {
	s.place(at["id"])
	href := at["href"]
	switch name {
	case "a", "area":
		if name == "a" {
			s.place(at["name"])
		}
		if s.svgs > 0 && href == "" {
			href = at["xlink:href"]
		}
		s.fragment(href)
	case "base":
		if h, ok := at["href"]; ok && s.base == nil {
			s.base = &h
		}
	case "img":
		s.asset("image", at["src"])
		s.set(at["srcset"])
	case "image":
		if href == "" {
			href = at["xlink:href"]
		}
		if s.svgs == 0 {
			href = at["src"]
		}
		s.asset("image", href)
	case "input":
		if strings.EqualFold(at["type"], "image") {
			s.asset("image", at["src"])
		}
	case "script":
		s.asset("script", at["src"])
	case "video", "audio":
		s.asset("media", at["src"])
		s.asset("image", at["poster"])
	case "source":
		if s.pictures > 0 {
			s.set(at["srcset"])
		} else {
			s.asset("media", at["src"])
		}
	case "track":
		s.asset("track", at["src"])
	case "embed":
		s.asset("object", at["src"])
	case "object":
		s.asset("object", at["data"])
	case "link":
		s.link(at)
	}
}

func (s *partScanner) link(at map[string]string) {
	for _, k := range []struct{ rel, kind string }{
		{"stylesheet", "style"}, {"icon", "icon"}, {"apple-touch-icon", "icon"}, {"mask-icon", "icon"},
		{"modulepreload", "script"}, {"preload", "preload"}, {"manifest", "manifest"},
	} {
		if hasToken([]byte(at["rel"]), k.rel) {
			s.asset(k.kind, at["href"])
			s.set(at["imagesrcset"])
			return
		}
	}
	if rel := []byte(at["rel"]); !hasToken(rel, "preconnect") && !hasToken(rel, "dns-prefetch") { // which name hosts
		s.asset(page.Relation, at["href"])
	}
}

// place notes the name of a place.
func (s *partScanner) place(id string) {
	if id == "" || s.crowded {
		return
	}
	if _, again := s.ids[id]; again {
		return
	}
	if len(id) > MaxPlace || len(s.list) == MaxIDs {
		s.crowded = true
		return
	}
	s.ids[id] = struct{}{}
	s.list = append(s.list, id)
}

func (s *partScanner) asset(kind, raw string) {
	if raw = withoutPlace(raw); raw != "" && len(raw) <= MaxURL && len(s.assets) < MaxIDs {
		s.assets = append(s.assets, page.Asset{URL: raw, Kind: kind})
	}
}

func withoutPlace(raw string) string {
	raw, _, _ = strings.Cut(string(trimmed([]byte(raw))), "#")
	return raw
}

// set notes the images of a srcset attribute (HTML, "parse a srcset attribute"): URLs end at white space, and commas at their ends belong to
// the list; what describes them ends at a comma outside of parentheses.
func (s *partScanner) set(raw string) {
	for raw = strings.TrimLeft(raw, htmlSpace+","); raw != ""; raw = strings.TrimLeft(raw, htmlSpace+",") {
		end := strings.IndexAny(raw, htmlSpace)
		if end < 0 {
			end = len(raw)
		}
		url := raw[:end]
		raw = raw[end:]
		if alone := strings.TrimRight(url, ","); alone != url {
			s.asset("image", alone)
			continue
		}
		s.asset("image", url)
		depth, i := 0, 0
		for ; i < len(raw) && (raw[i] != ',' || depth > 0); i++ {
			switch raw[i] {
			case '(':
				depth++
			case ')':
				depth--
			}
		}
		raw = raw[i:]
	}
}

// fragment notes the place that a link names.
func (s *partScanner) fragment(raw string) {
	url, id, ok := strings.Cut(string(trimmed([]byte(raw))), "#")
	if !ok || len(s.fragments) == MaxIDs || len(url) > MaxURL {
		return
	}
	id, _, _ = strings.Cut(id, ":~:")
	id = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(id) // as the URL standard does
	if id == "" || strings.EqualFold(id, "top") || id[0] == '/' || id[0] == '!' || len(id) > MaxPlace {
		return
	}
	s.fragments = append(s.fragments, page.Fragment{URL: url, ID: id})
}
