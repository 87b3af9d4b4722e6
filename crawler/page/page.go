// Package page holds the record of one page: what a crawl knows of a URL once it has been asked for.
//
// One record lives like this. A worker fills in what the server answered (status, redirect, type, size) or why
// there is no answer (Err), then, for HTML, what the document says of itself (title, links, images, meta). The
// collector adds what only the whole crawl knows (depth and referrer), stores the record in the crawl file and hands it
// to the caller. Nobody changes it after that.
//
// The JSON form of a Page is one line of amble's JSON Lines output. Its field names are part of amble's public
// interface; a missing value is left out.
package page

import (
	"bytes"
	"encoding/json"
	"math"
	"time"
)

// Page is what a crawl knows of one URL. Every URL that a crawl asks for, or would have asked for had robots.txt
// allowed it, has exactly one Page.
type Page struct {
	// URL is the canonical URL: absolute, without fragment (see package canon).
	URL string
	// Depth is the least number of clicks from a seed to this page; a seed has depth 0. A redirect is no click: its
	// target has the depth of the page that redirected (up to a limit of redirects in a row).
	Depth int
	// Redirects is the number of redirects in a row that led here on the shortest path; 0 if a link or a seed did.
	Redirects int
	// Referrer is the page whose link or redirect led here: among the shortest paths, the least in byte order of
	// canonical URLs. Empty for a seed.
	Referrer string
	// Status is the HTTP status code of the last attempt; 0 if there was no answer.
	Status int
	// Redirect is the canonical URL that a 3xx answer pointed to; empty if there was none.
	Redirect string
	// Err tells why the page failed, or why it was not fetched; nil for a page that was read.
	Err *Error
	// Attempts is the number of requests made for this URL; 0 if it was held back (see Error.HeldBack).
	Attempts int

	// Title is the text of the first title element, white space collapsed.
	Title string
	// Description is the content of the first meta element named "description".
	Description string
	// Canonical is the absolute URL in link rel=canonical.
	Canonical string
	// DuplicateOf is the page that the crawl takes this one for a duplicate of, leaving its links alone: the one that it names as
	// canonical, or one with the same text that was met before. It is empty unless the crawl was asked to do so.
	DuplicateOf string
	// Robots is what the page asks of robots, as far as amble heeds it: "noindex", "nofollow" or "noindex, nofollow".
	Robots string
	// Sitemap is the sitemap that lists the page, and LastMod its lastmod there; empty and zero if none does.
	Sitemap string
	LastMod time.Time
	// Lang is the lang attribute of the html element, or else the first Content-Language.
	Lang string
	// Links are the page's links to http and https URLs: canonical, in page order, without repeats.
	Links []Link
	// Images are the page's images, in page order, without repeats of the same source.
	Images []Image
	// Assets are what the page is made of besides its text: images, scripts, style sheets and the like, in page order, without repeats of a
	// URL. They are noted where the crawl was asked to check them.
	Assets []Asset
	// IDs are the names of places in the page, in page order: id attributes, and the name attributes of anchors. Where the crawl was asked to check
	// fragments they are noted for every page that was read whole, be there none; otherwise they are nil. Fragments are the places
	// that the page's links name, in page order. Neither is part of the JSON form.
	IDs       []string
	Fragments []Fragment
	// Meta are the name or property attributes of the meta elements with their contents, in page order.
	Meta []Meta
	// Fields are what the crawl was asked to take out of its pages, by name, each with its values in page order (see package fields); nil if
	// there is nothing. The name "@note" says what was left out, and why.
	Fields map[string][]string

	// ContentType is the media type that the server declared or, where it declared none, the sniffed one; lower case,
	// without parameters.
	ContentType string
	// Charset is the encoding that the text was decoded from, as the WHATWG Encoding standard names it.
	Charset string
	// Bytes is the size of the body after content decoding. For a body that was not read it is the declared length, and
	// 0 where none was declared.
	Bytes int64
	// Truncated tells that the body is longer than what was read of it, or has more links: Bytes, SHA256 and Links are those
	// of the beginning.
	Truncated bool
	// SHA256 is the hash of the body after content decoding, in lower-case hexadecimal; empty if it was not read.
	SHA256 string
	// SimHash is a fingerprint of the visible text, 16 hexadecimal digits: those of near-duplicates differ in few bits
	// (see package similar). It is empty where there is too little text.
	SimHash string
	// ETag and LastModified are the validators of a 2xx answer (RFC 9110, section 8.8), as received; empty where it had none. A later
	// crawl asks by them whether the page has changed. They are left out where the page says from when on it asks not to be
	// indexed (unavailable_after): what it asks for will change although it does not.
	ETag, LastModified string
	// Change is what has become of the page since an earlier crawl; empty without one, or where that cannot be told.
	Change Change
	// NotModified tells that the server said so itself (304, RFC 9110, section 15.4.5). No body came: everything here that follows
	// from one, Status and Bytes included, is that of the earlier crawl.
	NotModified bool
	// FetchedAt is when the last attempt began.
	FetchedAt time.Time
	// Duration is the time of the last attempt, from its beginning to the last byte read.
	Duration time.Duration
}

// Link is a link found on a page.
type Link struct {
	URL  string `json:"url"`            // canonical URL of the target
	Rel  string `json:"rel,omitempty"`  // the rel attribute, lower case, white space collapsed
	Text string `json:"text,omitempty"` // the anchor text, white space collapsed
}

// Image is an image found on a page.
type Image struct {
	Src string `json:"src"`           // absolute URL; a data: URL is left out
	Alt string `json:"alt,omitempty"` // the alternative text, white space collapsed
}

// Asset is something that a page is made of.
type Asset struct {
	URL  string `json:"url"`  // absolute, without fragment
	Kind string `json:"kind"` // image, script, style, icon, preload, manifest, media, track or object; css: what a copy needs besides; or Relation
}

// Relation is the kind of what a link element names and a page is shown without: the same page in another language, the next one, a feed, its canonical URL.
const Relation = "relation"

// Fragment is a place in a page that a link names.
type Fragment struct {
	URL string `json:"url"` // canonical URL of the link's target
	ID  string `json:"id"`  // the fragment as it is written, without what stands in it for the browser alone
}

// Meta is a meta element that has a name or a property.
type Meta struct {
	Name    string `json:"name"` // the name attribute or, where there is none, property
	Content string `json:"content"`
}

// jsonPage is the order and the names of the fields on a line of JSON Lines.
type jsonPage struct {
	URL         string  `json:"url"`
	Depth       int     `json:"depth"`
	Referrer    string  `json:"referrer,omitempty"`
	Status      int     `json:"status,omitempty"`
	Redirect    string  `json:"redirect,omitempty"`
	Err         *Error  `json:"error,omitempty"`
	Title       string  `json:"title,omitempty"`
	Description string  `json:"description,omitempty"`
	Canonical   string  `json:"canonical,omitempty"`
	DuplicateOf string  `json:"duplicate_of,omitempty"`
	Robots      string  `json:"robots,omitempty"`
	Sitemap     string  `json:"sitemap,omitempty"`
	LastMod     string  `json:"lastmod,omitempty"`
	Lang        string  `json:"lang,omitempty"`
	Links       []Link  `json:"links,omitempty"`
	Images      []Image `json:"images,omitempty"`
	Assets      []Asset `json:"assets,omitempty"`
	Meta        []Meta  `json:"meta,omitempty"`

	Fields       map[string][]string `json:"fields,omitempty"`
	ContentType  string              `json:"content_type,omitempty"`
	Charset      string              `json:"charset,omitempty"`
	Bytes        int64               `json:"bytes,omitempty"`
	Truncated    bool                `json:"truncated,omitempty"`
	SHA256       string              `json:"sha256,omitempty"`
	SimHash      string              `json:"simhash,omitempty"`
	ETag         string              `json:"etag,omitempty"`
	LastModified string              `json:"last_modified,omitempty"`
	Change       Change              `json:"change,omitempty"`
	FetchedAt    string              `json:"fetched_at,omitempty"`
	DurationMS   float64             `json:"duration_ms,omitempty"`
}

// timeForm is RFC 3339 in UTC with milliseconds always, so that the order of the texts is that of the times.
const timeForm = "2006-01-02T15:04:05.000Z"

// AppendJSON appends the page as one line of JSON, without the newline, to b. HTML characters are not escaped.
func (p *Page) AppendJSON(b []byte) ([]byte, error) {
	j := jsonPage{
		URL: p.URL, Depth: p.Depth, Referrer: p.Referrer, Status: p.Status, Redirect: p.Redirect, Err: p.Err,
		Title: p.Title, Description: p.Description, Canonical: p.Canonical, Lang: p.Lang,
		DuplicateOf: p.DuplicateOf, Robots: p.Robots, Sitemap: p.Sitemap,
		Links: p.Links, Images: p.Images, Assets: p.Assets, Meta: p.Meta, Fields: p.Fields,
		ContentType: p.ContentType, Charset: p.Charset, Bytes: p.Bytes, Truncated: p.Truncated, SHA256: p.SHA256, SimHash: p.SimHash,
		ETag: p.ETag, LastModified: p.LastModified, Change: p.Change,
		DurationMS: Milliseconds(p.Duration),
	}
	if !p.LastMod.IsZero() {
		j.LastMod = p.LastMod.UTC().Format(timeForm)
	}
	if !p.FetchedAt.IsZero() {
		j.FetchedAt = p.FetchedAt.UTC().Format(timeForm)
	}
	return appendJSON(b, j)
}

// MarshalJSON implements [json.Marshaler] with the same form as AppendJSON.
func (p *Page) MarshalJSON() ([]byte, error) { return p.AppendJSON(nil) }

// Milliseconds is d in milliseconds, to the microsecond.
func Milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}

func appendJSON(b []byte, v any) ([]byte, error) {
	buf := bytes.NewBuffer(b)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return b, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
