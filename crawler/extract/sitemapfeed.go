package extract

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"amble/frontier/canon"
)

const (
	// maxPrelude is how many tags of something else may stand before a sitemap's first: the messages of a program.
	maxPrelude = 16
	// maxField is how much text is kept of one element, in bytes: a URL may be written with a reference for each letter.
	maxField = 6 * MaxURL
)

// A field is an element of an entry that is read.
type field int

const (
	noField  field = iota
	urlField       // its text is a URL
	linkField
	guidField
	dateField
	deafField // its text says nothing here; but it is known, so that the next field ends it if its end tag is missing
)

var (
	sitemapFields = map[string]field{"loc": urlField, "lastmod": dateField,
		"changefreq": deafField, "priority": deafField}
	feedFields = map[string]field{"link": linkField, "guid": guidField, "pubdate": dateField, "dc:date": dateField,
		"updated": dateField, "published": dateField, "modified": dateField, "issued": dateField}
)

// A feed is a sitemap in XML while it is read. What counts is an entry's element and its immediate children with the same
// prefix: the loc of an image within a url is not the page's. No tree and no stack is kept: an element that does not count is skipped
// to its own end tag or, should that be missing, to the end of its entry.
type feed struct {
	*listing
	in     markup
	tags   int    // tags before the root's
	first  string // the name of the first
	failed error  // the document is no sitemap

	root   []byte // name of the root element, with prefix; empty until it has been met
	prefix []byte // that of the entries
	ended  bool   // the root's end tag has been met

	entry []byte // name of the open entry, with prefix; empty if there is none
	child bool   // it is that of a child sitemap
	from  int    // length of its list when it began
	date  time.Time
	guid  []byte    // a URL that stands in if there is no link
	links int       // how many there are
	under canon.URL // the base URL of the entry
	field field     // the element of the entry that is being read
	named []byte    // its name
	value []byte    // its text; from raw on, references are not resolved yet
	raw   int
	long  bool // its text is longer than maxField

	skip  []byte // name of the element that is being skipped; empty if none is
	depth int    // how many of that name are open
}

func readFeed(r *bufio.Reader, l *listing) error {
	f := feed{listing: l}
	f.in = markup{r: r, text: f.text}
	for !f.ended && !l.full && f.failed == nil {
		switch f.in.next() {
		case startTag:
			f.startTag()
		case endTag:
			f.endTag()
		case doctype:
			if words := bytes.Fields(f.in.tag); len(words) > 1 && isToken(words[1], "html") && len(f.root) == 0 {
				f.failed = fmt.Errorf("%w: this is an HTML page", ErrNotSitemap)
			}
		case endOfInput:
			f.field = noField // who knows how it would have gone on
			f.closeEntry()
			if len(f.root) == 0 {
				return f.rootless()
			}
			l.brokenOff(f.in.err, "</"+shown(f.root)+">")
			return nil
		}
	}
	f.closeEntry()
	return f.failed
}

// rootless is the error for a document in which no root element of a sitemap was found.
func (f *feed) rootless() error {
	switch err := f.in.err; {
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the document breaks off before it begins: %w", ErrNotSitemap, err)
	case f.first == "":
		return fmt.Errorf("%w: there is no element in it", ErrNotSitemap)
	}
	return fmt.Errorf("%w: the document is <%s>, expected urlset, sitemapindex, rss, rdf:RDF or feed", ErrNotSitemap, f.first)
}

// shown is a name as it may stand in a message.
func shown(name []byte) string {
	return fmt.Sprintf("%.40s", bytes.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7F {
			return '?'
		}
		return r
	}, name))
}

func (f *feed) startTag() {
	name, prefix := elementName(f.in.tag)
	empty := isEmptyTag(f.in.tag)
	if len(f.root) == 0 {
		f.openRoot(name, prefix, empty)
		return
	}
	if len(f.skip) > 0 {
		if !empty && bytes.Equal(name, f.skip) {
			f.depth++
		}
		return
	}
	if child, ok := f.isEntry(name, prefix); ok {
		f.closeEntry()
		if !empty {
			f.openEntry(name, child)
		}
		return
	}
	if len(f.entry) == 0 {
		return
	}
	what := f.fieldOf(name, prefix)
	if what == noField {
		if !empty {
			f.skip, f.depth = append(f.skip[:0], name...), 1
		}
		return
	}
	f.closeField() // its end tag is missing
	switch what {
	case linkField:
		if href, ok := attribute(f.in.tag, "href"); ok {
			if f.isPage() {
				f.links++
				f.add(href, f.baseOf(f.under), false)
			}
			what = noField // whatever its text is
		}
	case guidField:
		if v, _ := attribute(f.in.tag, "ispermalink"); isToken(trimmed(v), "false") {
			what = noField
		}
	}
	if !empty {
		f.field, f.named = what, append(f.named[:0], name...)
		f.value, f.raw, f.long = f.value[:0], 0, false
	}
}

// openRoot takes a start tag before the root element: it is the root's, or one of something else that gets in the way.
func (f *feed) openRoot(name, prefix []byte, empty bool) {
	switch string(name[len(prefix):]) {
	case "urlset":
		f.Form = URLSet
	case "sitemapindex":
		f.Form = SitemapIndex
	case "rss":
		f.Form = RSS
	case "rdf":
		f.Form = RDF
	case "feed":
		f.Form = Atom
	case "html", "head", "body":
		f.failed = fmt.Errorf("%w: this is an HTML page", ErrNotSitemap)
		return
	default:
		if f.first == "" {
			f.first = shown(name)
		}
		if f.tags++; f.tags > maxPrelude {
			f.failed = f.rootless()
		}
		return
	}
	f.root, f.prefix = bytes.Clone(name), bytes.Clone(prefix)
	if f.Form == Atom {
		f.base = f.baseOf(f.base)
	}
	f.ended = empty
}

func (f *feed) endTag() {
	name, _ := elementName(f.in.tag)
	switch {
	case len(f.root) == 0:
	case bytes.Equal(name, f.root):
		f.closeEntry()
		f.ended = true
	case len(f.entry) > 0 && bytes.Equal(name, f.entry):
		f.closeEntry()
	case len(f.skip) > 0:
		if bytes.Equal(name, f.skip) {
			if f.depth--; f.depth == 0 {
				f.skip = f.skip[:0]
			}
		}
	case bytes.Equal(name, f.named):
		f.closeField()
	}
}
