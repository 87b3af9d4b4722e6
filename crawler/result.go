package crawler

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"amble/crawler/mirror"
	"amble/crawler/page"
)

// PageData is what a crawl knows of one URL; see package page for its fields.
type PageData = page.Page

// The parts of PageData.
type (
	Link      = page.Link   // a link found on a page
	Image     = page.Image  // an image found on a page
	Meta      = page.Meta   // a meta element
	PageError = page.Error  // why a page failed
	Change    = page.Change // what has become of a page since an earlier crawl
)

// What has become of a page since the earlier crawl: see package page.
const (
	PageNew       = page.New
	PageChanged   = page.Changed
	PageUnchanged = page.Unchanged
	PageGone      = page.Gone
)

// End is how a crawl ended.
type End string

const (
	Running     End = "running"     // it has not
	Complete    End = "complete"    // everything within reach was fetched
	Limited     End = "limited"     // MaxPages or MaxTime was reached
	Interrupted End = "interrupted" // Stop was called, ctx was cancelled, or the caller left the loop
	Failed      End = "failed"      // the crawl could not go on
)

// Stats sums up a crawl: of a resumed one, all runs together, but for the times and the slowest pages.
type Stats struct {
	Pages      int            // records: all URLs fetched, failed or disallowed
	Earlier    int            // of these, by earlier runs
	Failed     int            // of these, failed
	Disallowed int            // of these, not fetched because robots.txt disallows them
	HeldBack   map[string]int // of these, by limit, not fetched because they look like some of endlessly many
	Checked    int            // URLs that were checked and are no pages (Config.Check)
	Duplicates int            // of these pages, duplicates whose links were left alone
	Truncated  int            // of these pages, read in part only: see PageData.Truncated
	Copied     mirror.Summary // files of the copy (Config.Mirror) that are made by now
	// ByChange are the pages by what has become of them since the earlier crawl; empty without Config.Since. NotModified is how many of
	// the unchanged ones did not come again, as the server said 304, and Spared the bytes of their bodies. Unreached is how many pages
	// of the earlier crawl this one did not come to: counted when it is complete, and listed in the crawl file.
	ByChange    map[page.Change]int
	NotModified int
	Spared      int64
	Unreached   int
	// ByField are the fields of Config.Fields, and how many of this run's pages have each: a selector that matches nothing shows here.
	ByField  map[string]int     `json:",omitempty"`
	Requests int                // requests made, those for robots.txt and repeated ones included
	Retries  int                // of these, repetitions
	Bytes    int64              // bytes of the bodies, after content decoding, without Spared
	ByStatus map[int]int        // pages by HTTP status
	ByClass  map[page.Class]int // pages by class of failure, robots included
	Started  time.Time
	Elapsed  time.Duration
	End      End
	Reason   string      // what limited, interrupted or failed the crawl; "" if it is complete
	Slowest  []*PageData // the slowest pages, slowest first, at most five
}

// Result is a whole crawl.
type Result struct {
	Pages   []*PageData // by depth, then in byte order of URLs
	Domains []string    // registrable domains of the pages and of all links found on them, in byte order
	// Unreached are the URLs of pages of the earlier crawl (Config.Since) that this one did not come to, in byte order.
	Unreached []string
	Stats     Stats
}

const slowestKept = 5

// count adds a page that has been recorded.
func (s *Stats) count(p *PageData) {
	s.Pages++
	if p.NotModified {
		s.NotModified++
		s.Spared += p.Bytes
	} else {
		s.Bytes += p.Bytes
	}
	if p.Change != "" {
		s.ByChange[p.Change]++
	}
	if p.Status != 0 {
		s.ByStatus[p.Status]++
	}
	if p.Err != nil {
		s.ByClass[p.Err.Class]++
		switch p.Err.Class {
		case page.Robots:
			s.Disallowed++
		case page.Trap:
			s.HeldBack[p.Err.Text]++
		case page.Private:
		default:
			s.Failed++
		}
	}
	if p.DuplicateOf != "" {
		s.Duplicates++
	}
	if p.Truncated && p.Err == nil {
		s.Truncated++
	}
	for name := range p.Fields {
		if n, asked := s.ByField[name]; asked {
			s.ByField[name] = n + 1
		}
	}
	slower := func(a, b *PageData) int { return cmp.Compare(b.Duration, a.Duration) }
	if at, _ := slices.BinarySearchFunc(s.Slowest, p, slower); at < slowestKept && p.Duration > 0 {
		light := *p
		light.Links, light.Images, light.Meta, light.Fields = nil, nil, nil, nil
		s.Slowest = slices.Insert(s.Slowest, at, &light)
		s.Slowest = s.Slowest[:min(len(s.Slowest), slowestKept)]
	}
}

func (s *Stats) clone() Stats {
	c := *s
	c.ByStatus, c.ByClass, c.HeldBack = maps.Clone(s.ByStatus), maps.Clone(s.ByClass), maps.Clone(s.HeldBack)
	c.ByChange, c.ByField = maps.Clone(s.ByChange), maps.Clone(s.ByField)
	c.Slowest = slices.Clone(s.Slowest)
	return c
}
