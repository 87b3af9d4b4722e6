package crawler

import (
	"slices"
	"strings"
	"time"

	"amble/crawler/page"
	"amble/frontier/canon"
	"amble/politeness"
)

// The values of page.Page.Robots.
const (
	asksNoindex  = "noindex"
	asksNofollow = "nofollow"
)

// directives notes in p what the page asks of robots, by its meta elements and its X-Robots-Tag headers. A page that will ask for
// something else without being changed loses its validators: nobody may ask whether it has changed instead of reading it.
func (r *run) directives(p *page.Page, metas []page.Meta, headers []string) {
	now := time.Now()
	d := politeness.PageDirectives(r.token, func(yield func(name, content string) bool) {
		for _, m := range metas {
			if !yield(m.Name, m.Content) {
				return
			}
		}
	}, headers).At(now)
	if d.UnavailableAfter.After(now) {
		p.ETag, p.LastModified = "", ""
	}
	var asked []string
	if d.NoIndex {
		asked = append(asked, asksNoindex)
	}
	if d.NoFollow {
		asked = append(asked, asksNofollow)
	}
	p.Robots = strings.Join(asked, ", ")
}

// forget takes out of p what a page that asks not to be indexed says. Its links stay, without their texts: the crawl needs
// them to go on, and to find depths.
func forget(p *page.Page) {
	p.Title, p.Description, p.SHA256, p.SimHash = "", "", "", ""
	p.Images, p.Meta, p.Fields = nil, nil, nil
	p.Assets, p.IDs, p.Fragments = nil, nil, nil
	p.Links = slices.Clone(p.Links)
	for i := range p.Links {
		p.Links[i].Text = ""
	}
}

// edges are what a recorded page leads to. They are the same when the page is read and when its record is read back later,
// so they follow from the record alone. parsed are the URLs of p.Links, in the same order, where they are at hand; nil otherwise.
func edges(p *page.Page, parsed []canon.URL) storedLinks {
	var s storedLinks
	if to := forwards(p); to != "" {
		s.redirect, _ = canon.Parse(to) // canonical when it was recorded, so it still parses
	}
	if p.DuplicateOf != "" {
		return s
	}
	if strings.Contains(p.Robots, asksNofollow) {
		return s
	}
	if parsed != nil && !slices.ContainsFunc(p.Links, func(l page.Link) bool { return nofollow(l.Rel) }) {
		s.targets = parsed
		return s
	}
	s.targets = make([]canon.URL, 0, len(p.Links))
	for i, l := range p.Links {
		if nofollow(l.Rel) {
			continue
		}
		if parsed != nil {
			s.targets = append(s.targets, parsed[i])
		} else if u, err := canon.Parse(l.URL); err == nil {
			s.targets = append(s.targets, u)
		}
	}
	return s
}

// forwards is where a page redirects to, or what it is a duplicate of; "" if neither.
func forwards(p *page.Page) string {
	switch {
	case p.DuplicateOf != "":
		return p.DuplicateOf
	case p.Err != nil && p.Err.Class == page.Redirects:
		return ""
	}
	return p.Redirect
}

func nofollow(rel string) bool { return rel != "" && politeness.NoFollowLink(rel) }
