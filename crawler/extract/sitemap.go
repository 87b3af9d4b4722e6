package extract

import (
	"errors"
	"fmt"
	"io"
	"time"

	"amble/frontier/canon"
)

// The bounds on one sitemap: those of the sitemaps.org protocol. What is over is left out, and Sitemap.Cut says so.
const (
	// MaxSitemapURLs is the greatest number of URLs taken from one sitemap, pages and child sitemaps together.
	MaxSitemapURLs = 50_000
	// MaxSitemap is how much of a sitemap is read, in bytes, uncompressed.
	MaxSitemap = 50 << 20
	// maxEntries is how many URLs are resolved at all, with those that turn out to be repeats or broken. Some millions of them
	// find room in MaxSitemap, and would take seconds.
	maxEntries = 4 * MaxSitemapURLs
	// minListed is how many bytes of URLs any sitemap may list, and listedShare how many beyond that for each byte of it as it was
	// fetched, up to MaxSitemap. Sitemaps of machines shrink by gzip to a twentieth; what shrinks to less and still lists more than this
	// was made to.
	minListed   = 1 << 20
	listedShare = 32
)

// ErrNotSitemap means that a document is a sitemap in none of the known forms.
var ErrNotSitemap = errors.New("not a sitemap")

// Form is the form that a sitemap is written in.
type Form string

// The forms of sitemaps.
const (
	URLSet       Form = "urlset"       // sitemaps.org protocol: pages
	SitemapIndex Form = "sitemapindex" // sitemaps.org protocol: child sitemaps
	PlainText    Form = "text"         // sitemaps.org protocol: one URL a line
	RSS          Form = "rss"          // RSS 2.0 and its forerunners 0.91 and 0.92
	RDF          Form = "rdf"          // RSS 1.0 and 0.90
	Atom         Form = "atom"         // RFC 4287, and Atom 0.3
)

// Sitemap is what one sitemap document lists. Pages and Sitemaps are in document order, each URL once, as it was first met.
type Sitemap struct {
	// Form is the form that the document is in.
	Form Form
	// Pages are the pages listed.
	Pages []SitemapURL
	// Sitemaps are the child sitemaps that an index lists. The index itself may be among them: who follows them must
	// remember where it has been. (The protocol forbids an index in an index, which is met all the same.)
	Sitemaps []SitemapURL
	// Dropped counts the entries and lines that are no http or https URL, or are one longer than MaxURL.
	Dropped int
	// Cut says, in one line, why there may be more in the sitemap than is told here: it is larger than a limit, it ends too early, or its compression is broken. "" if all of it was read.
	Cut string
}

// SitemapURL is one URL of a sitemap.
type SitemapURL struct {
	URL canon.URL
	// LastMod is when the page was last changed, as the sitemap has it, in UTC: its lastmod, or the latest of the dates of an entry
	// in a feed. Zero if it has none that can be read. A date without time is its midnight, and a time without zone is taken as UTC.
	LastMod time.Time
}

// ReadSitemap reads one sitemap: a urlset, an index of sitemaps, a text with one URL a line, or an RSS or Atom feed
// (sitemaps.org protocol 0.9; RSS 2.0 and 1.0; RFC 4287). The form is told by the content alone. body is the content as it
// was fetched, not brought into another charset; it may be compressed by gzip, as the files of many sites are, whatever
// their name. It is not changed and not kept. Relative URLs, which the protocol does not allow, are resolved against
// base, where the sitemap was found (its URL after redirects).
//
// The web's sitemaps are read as they are: without or with a wrong namespace, in any letter case, in any encoding, with unknown elements,
// unescaped ampersands and missing end tags. A URL of which the end is missing is not taken. Entities that a document
// declares itself are not expanded.
//
// The error wraps ErrNotSitemap: the document is empty, or something else, such as an HTML page. Of a sitemap that breaks
// off, what came before is returned without an error, and Cut is set. A body that was cut off before it came here looks like one
// that breaks off; but for plain text, where only the caller knows that the last line may not be whole.
//
// By the protocol a sitemap speaks only for URLs of its own host, and below its own folder, unless the robots.txt of the other
// host names it. That is a matter of scope, and not judged here.
//
// Memory is bounded by what is returned and some hundred kilobytes, not by the size of the document; time by
// MaxSitemap. It may be called from several goroutines at once.
func ReadSitemap(body []byte, base canon.URL) (*Sitemap, error) {
	in, err := openSitemap(body)
	if err != nil {
		return nil, err
	}
	l := listing{base: base, room: min(MaxSitemap, minListed+listedShare*len(body))}
	if in.markup {
		err = readFeed(in.r, &l)
	} else {
		err = readLines(in.r, &l)
	}
	if err != nil {
		return nil, err
	}
	return &l.Sitemap, nil
}

// A listing gathers the URLs of one sitemap.
type listing struct {
	Sitemap
	base     canon.URL
	pages    map[string]struct{} // the URLs in Pages
	children map[string]struct{} // the URLs in Sitemaps
	// room is how many more bytes of URLs are resolved: each counts with its own length and, if it is relative,
	// with that of the base. Only a sitemap of short references under a long base, or one made to inflate, ever uses it up.
	room    int
	entries int
	full    bool // a limit has been met: nothing more is taken
}

// add takes the URL that is written as raw, in UTF-8, into Pages or, for a child, Sitemaps.
func (l *listing) add(raw []byte, base canon.URL, child bool) {
	raw = trimmedURL(raw)
	switch {
	case len(raw) == 0 || l.full:
		return
	case len(raw) > MaxURL:
		l.Dropped++
		return
	case l.entries == maxEntries:
		l.stop("more than %d entries, most of them repeated or broken", maxEntries)
		return
	}
	l.entries++
	l.room -= len(raw)
	if !isWeb(raw) {
		l.room -= len(base.String())
	}
	if l.room < 0 {
		l.stop("the URLs, resolved, are too large for a sitemap of its size")
		return
	}
	u, err := base.Resolve(string(raw))
	if err != nil || len(u.String()) > MaxURL {
		l.Dropped++
		return
	}
	list, seen := &l.Pages, &l.pages
	if child {
		list, seen = &l.Sitemaps, &l.children
	}
	if _, ok := (*seen)[u.String()]; ok {
		return
	}
	if len(l.Pages)+len(l.Sitemaps) == MaxSitemapURLs {
		l.stop("more than %d URLs", MaxSitemapURLs)
		return
	}
	if *seen == nil {
		*seen = make(map[string]struct{})
	}
	(*seen)[u.String()] = struct{}{}
	*list = append(*list, SitemapURL{URL: u})
}

// stop ends the reading at a limit.
func (l *listing) stop(format string, args ...any) {
	l.full = true
	l.Cut = fmt.Sprintf(format, args...) + ": the rest was left out"
}

// brokenOff notes that the document ended too early: at a read error or, if err is io.EOF, before what is wanted.
func (l *listing) brokenOff(err error, wanted string) {
	switch {
	case l.full:
	case errors.Is(err, errLargeSitemap):
		l.stop("%v", err)
	case errors.Is(err, io.EOF):
		l.Cut = "the document ends before " + wanted
	default:
		l.Cut = fmt.Sprintf("the document breaks off: %v", err)
	}
}
