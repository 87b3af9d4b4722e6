package crawler

import (
	"slices"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/fetch"
	"amble/crawler/page"
	"amble/crawler/warc"
	"amble/frontier"
	"amble/frontier/canon"
)

// record is what a worker hands to the collector: any of a page, what its links revealed, a robots.txt, or a question for what
// was recorded earlier.
type record struct {
	page     *page.Page
	key      canon.Key         // of page
	own      frontier.Admitted // what became of the links of page, or of the one that was replayed
	replayed string            // the URL of a page whose links were admitted once more; key is its own
	domains  []string          // registrable domains of page and of its links; see domainsOf
	admitted []frontier.Admitted
	checks   []crawlfile.Check // to be made, or that have been
	robots   *crawlfile.RobotsRecord
	listed   []crawlfile.Listed // by a sitemap
	sitemap  string             // that has been read
	settled  bool               // all pages on record have been judged by the scope as it is
	changes  *frontier.Changes  // what is to outlive this run
	alive    time.Time
	capture  *warc.Encoded     // for the archive
	body     []byte            // for the copy
	leave    []func()          // to be called when the record is done with
	handed   bool              // the collector has it
	ask      func(store) error // a question to the store; the asker waits until it has been called
}

// storedLinks are the links of a recorded page that may be followed.
type storedLinks struct {
	targets  []canon.URL
	redirect canon.URL
}

// admit notes what the frontier made of the links of a page or of what a sitemap lists.
func (r *record) admit(a frontier.Admitted) {
	r.own = a
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
	n := len(r.body)
	if r.capture != nil {
		n += int(r.capture.Size())
	}
	if r.page != nil {
		for i := range r.page.Links {
			n += linkWeight + len(r.page.Links[i].URL)
		}
		for i := range r.page.Images {
			n += linkWeight + len(r.page.Images[i].Src)
		}
		for name, values := range r.page.Fields {
			n += linkWeight + len(name)
			for _, v := range values {
				n += len(v)
			}
		}
	}
	for i := range r.listed {
		n += linkWeight + len(r.listed[i].URL)
	}
	return n
}

// domainsBack is how many of a record's domains a further one is compared to: a page may link to a hundred thousand, and the collector
// knows them all.
const domainsBack = 16

// domainsOf notes the registrable domains of a page and of the targets of its links, not each only once.
func (r *record) domainsOf(u canon.URL, targets []canon.URL) {
	r.domains = append(r.domains, u.Domain())
	last := u.Host()
	for _, t := range targets {
		if t.Host() == last {
			continue // most links stay on a host
		}
		last = t.Host()
		if d := t.Domain(); !slices.Contains(r.domains[max(0, len(r.domains)-domainsBack):], d) {
			r.domains = append(r.domains, d)
		}
	}
}

func robotsRecord(t *frontier.Task, resp *fetch.Response) *crawlfile.RobotsRecord {
	rec := &crawlfile.RobotsRecord{
		Origin: t.Origin, Status: resp.Status, Body: slices.Clone(resp.Body), FetchedAt: time.Now(), ContentType: resp.ContentType,
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
