package crawler

import (
	"slices"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/fetch"
	"amble/crawler/page"
	"amble/frontier"
	"amble/frontier/canon"
)

// record is what a worker hands to the collector: any of a page, what its links revealed, a robots.txt, or a question for what
// was recorded earlier.
type record struct {
	page     *page.Page
	key      canon.Key // of page
	domains  []string  // registrable domains of page and of its links
	admitted []frontier.Admitted
	robots   *crawlfile.RobotsRecord
	listed   []crawlfile.Listed // by a sitemap
	leave    []func()           // to be called when the record is done with
	ask      func(store) error  // a question to the store; the asker waits until it has been called
}

// storedLinks are the links of a recorded page that may be followed.
type storedLinks struct {
	targets  []canon.URL
	redirect canon.URL
}

// admit notes what the frontier made of the page's links.
func (r *record) admit(a frontier.Admitted) {
	if a.Len() > 0 {
		r.admitted = append(r.admitted, a)
	}
}

// done gives back what the record had to take.
func (r *record) done() {
	for _, f := range r.leave {
		f()
	}
}

// weight is about what the record's URLs take in memory, in bytes.
func (r *record) weight() int {
	n := 0
	if r.page != nil {
		for i := range r.page.Links {
			n += linkWeight + len(r.page.Links[i].URL)
		}
		for i := range r.page.Images {
			n += linkWeight + len(r.page.Images[i].Src)
		}
	}
	for i := range r.listed {
		n += linkWeight + len(r.listed[i].URL)
	}
	return n
}

// domainsOf notes the registrable domains of a page and of the targets of its links.
func (r *record) domainsOf(u canon.URL, targets []canon.URL) {
	r.domains = append(r.domains, u.Domain())
	last := u.Host()
	for _, t := range targets {
		if t.Host() == last {
			continue // most links stay on a host
		}
		last = t.Host()
		if d := t.Domain(); !slices.Contains(r.domains, d) {
			r.domains = append(r.domains, d)
		}
	}
}

func pending(k *frontier.Known) crawlfile.Pending {
	return crawlfile.Pending{
		URL: k.URL.String(), Domain: k.URL.Domain(),
		Depth: k.Path.Depth, Redirects: k.Path.Redirects, Referrer: k.Path.Referrer,
	}
}

func robotsRecord(t *frontier.Task, resp *fetch.Response) *crawlfile.RobotsRecord {
	rec := &crawlfile.RobotsRecord{
		Origin: t.Origin, Status: resp.Status, Body: slices.Clone(resp.Body), FetchedAt: time.Now(),
	}
	rec.ExpiresAt = rec.FetchedAt.Add(RobotsLifetime)
	if at := t.URL.String(); at != t.Origin+"/robots.txt" {
		rec.RedirectedTo = at
	}
	if resp.Err != nil {
		rec.Error = resp.Err.Error()
	}
	return rec
}
