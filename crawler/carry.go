package crawler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"amble/crawler/crawlfile"
	"amble/crawler/fetch"
	"amble/crawler/page"
	"amble/frontier"
	"amble/frontier/canon"
)

// carry makes the record of a page that has not changed, by the answer of the server, of the earlier crawl's, and returns the
// URLs of its links. It leaves rec.page nil if the page must be asked for once more, without condition. The error is one of reading
// the earlier crawl.
func (r *run) carry(ctx context.Context, t *frontier.Task, e *earlier, resp *fetch.Response, rec *record) ([]canon.URL, error) {
	if resp.Status == http.StatusPreconditionFailed {
		r.since.mistrust(t, "412 Precondition Failed") // which a GET cannot have for an answer (RFC 9110, section 13.1)
		return nil, nil
	}
	if r.since.doubts(t, e, resp) {
		return nil, nil
	}
	rec.leave = append(rec.leave, r.room.take(ctx, minRead+e.page.Bytes))
	old, err := r.since.old.Page(ctx, e.id)
	if err != nil {
		return nil, err
	}
	p := &page.Page{
		URL: old.URL, Status: old.Status, Attempts: t.Attempt + 1, FetchedAt: resp.Start, Duration: resp.Duration, NotModified: true,
		Title: old.Title, Description: old.Description, Canonical: old.Canonical, Robots: old.Robots, Lang: old.Lang,
		Links: old.Links, Images: old.Images, Meta: old.Meta,
		Assets: old.Assets, IDs: old.IDs, Fragments: old.Fragments, Fields: old.Fields,
		ContentType: old.ContentType, Charset: old.Charset, Bytes: old.Bytes, SHA256: old.SHA256, SimHash: old.SimHash,
		ETag: old.ETag, LastModified: old.LastModified,
	}
	// What the 304 says anew holds from now on (RFC 9111, section 3.2). A tag that stands for the same stays as it is: it is what an
	// answer with a body has, and has just served.
	if resp.ETag != "" && !fetch.SameTag(resp.ETag, old.ETag) {
		p.ETag = resp.ETag
	}
	if resp.LastModified != "" {
		p.LastModified = resp.LastModified
	}
	if p.Charset != "" { // it is HTML
		if headers := resp.Header.Values("X-Robots-Tag"); len(headers) > 0 {
			// Of the old answer's, nothing is on record but what came of them and the page's own rules together.
			if r.directives(p, p.Meta, headers); p.Robots != old.Robots {
				r.since.plain.Store(t.URL.String(), true)
				return nil, nil
			}
		}
		r.judge(p)
	}
	targets := make([]canon.URL, 0, len(p.Links))
	p.Links = slices.DeleteFunc(p.Links, func(l page.Link) bool {
		u, err := canon.Parse(l.URL) // canonical when it was recorded, so it still parses
		if err == nil {
			targets = append(targets, u)
		}
		return err != nil
	})
	p.Change = p.Since(e.page)
	rec.page = p
	return targets, nil
}

// reading is how records are made of pages: what an earlier crawl must agree in, so that its records are what this one would make.
type reading struct {
	Version        string  `json:"amble"`
	Token          string  `json:"token"`     // by which directives may address the crawl
	MaxBody        int64   `json:"max_body"`  // a page that was not cut would not be by a greater limit
	MaxLinks       int     `json:"max_links"` // likewise
	RespectNoindex bool    `json:"respect_noindex"`
	Rewrite        Rewrite `json:"rewrite"`
	Assets         bool    `json:"assets,omitempty"`    // whether they were noted
	Fragments      bool    `json:"fragments,omitempty"` // likewise
	taken
}

// reading is how this crawl makes them.
func (c *Config) reading() reading {
	rewrite := c.Rewrite
	rewrite.DropParams = slices.Compact(slices.Sorted(slices.Values(rewrite.DropParams)))
	return reading{
		Version: Version, Token: ProductToken(*c), MaxBody: c.MaxBody, MaxLinks: c.MaxLinks, RespectNoindex: c.RespectNoindex, Rewrite: rewrite,
		Assets: c.Check.Assets, Fragments: c.Check.Fragments, taken: c.taken(),
	}
}

// taken is what is taken out of pages.
type taken struct {
	Fields     []FieldRule `json:"fields,omitempty"`
	Structured bool        `json:"structured,omitempty"`
}

func (c *Config) taken() taken { return taken{c.Fields, c.Structured} }

// same reports whether t and o take the same. An empty list is none.
func (t taken) same(o taken) bool {
	a, err := json.Marshal(t)
	b, err2 := json.Marshal(o)
	if err != nil || err2 != nil {
		panic(errors.Join(err, err2)) // of strings and booleans
	}
	return bytes.Equal(a, b)
}

// names are those of the fields, each once, as the crawl file keeps them.
func (t taken) names() (names []string) {
	for _, r := range t.Fields {
		if !slices.Contains(names, r.Name) {
			names = append(names, r.Name)
		}
	}
	if t.Structured {
		names = append(names, crawlfile.AllFields)
	}
	return names
}

// readingOf is what a crawl file says, or why nothing follows from it.
func readingOf(js []byte) (d reading, why string) {
	if js == nil || json.Unmarshal(js, &d) != nil {
		return d, "it does not say how its pages were read, or they were read in several ways"
	}
	return d, ""
}

func (d reading) json() []byte {
	js, err := json.Marshal(d)
	if err != nil {
		panic(err) // of strings, numbers and booleans
	}
	return js
}

// differs says in what the records of a crawl with d differ from those of one with now, as far as one record does not tell; "" if in
// nothing.
func (d reading) differs(now reading) string {
	switch {
	case d.Version != now.Version:
		return fmt.Sprintf("amble %s read its pages, and this is %s", d.Version, now.Version)
	case d.Token != now.Token:
		return fmt.Sprintf("it asked as %q, and not as %q (--user-agent)", d.Token, now.Token)
	case d.Assets != now.Assets:
		return "what pages are made of was noted in one of the two alone (--check-assets)"
	case d.Fragments != now.Fragments:
		return "places in pages were noted in one of the two alone (--check-fragments)"
	case !d.taken.same(now.taken):
		return "other fields were taken out of its pages (--extract, --extract-rules, --structured)"
	case d.MaxBody > now.MaxBody:
		return "it read more of each page (--max-body)"
	case d.MaxLinks > now.MaxLinks:
		return "it read more links of each page (--max-links)"
	case d.Rewrite.StripQuery != now.Rewrite.StripQuery, d.Rewrite.SortQuery != now.Rewrite.SortQuery,
		!slices.Equal(d.Rewrite.DropParams, now.Rewrite.DropParams):
		return "it changed the URLs of links otherwise (--drop-param, --sort-query, --strip-query)"
	}
	return ""
}
