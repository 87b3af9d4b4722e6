package diff_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/diff"
	"amble/crawler/page"
)

var began = time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)

// crawl is what a crawl file of a test holds. The first page is the seed.
type crawl struct {
	pages   []*page.Page
	state   string // complete, if it is empty
	pending []string
	checks  []*page.Page
	listed  []crawlfile.Listed
	reach   string // what there is of the object of JSON
	host    string // in place of a.test
	later   time.Duration
}

func of(pages ...*page.Page) crawl { return crawl{pages: pages} }

// file makes a crawl file and returns its name.
func (c crawl) file(t testing.TB) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "crawl.db")
	info := crawlfile.Info{Version: "0", Created: began.Add(c.later), Reach: []byte("{" + c.reach + "}"), Reading: []byte("{}")}
	var b crawlfile.Batch
	host := func(s *string) {
		if c.host != "" {
			*s = strings.Replace(*s, "a.test", c.host, 1)
		}
	}
	for i, p := range c.pages {
		q := *p
		if i == 0 {
			q.Referrer = ""
		}
		q.Links = append([]page.Link(nil), q.Links...)
		for i := range q.Links {
			host(&q.Links[i].URL)
		}
		for _, s := range []*string{&q.URL, &q.Referrer, &q.Redirect, &q.Canonical} {
			host(s)
		}
		if i == 0 {
			info.Seeds = []string{q.URL}
		}
		b.Pages = append(b.Pages, &q)
	}
	for _, u := range c.pending {
		b.Revealed = append(b.Revealed, crawlfile.Pending{URL: at(u)})
	}
	b.Listed = c.listed
	var asked crawlfile.Batch
	for _, p := range c.checks {
		b.Checks = append(b.Checks, crawlfile.Check{URL: p.URL, Turn: "x"})
		asked.Checks = append(asked.Checks, crawlfile.Check{URL: p.URL, Turn: "x", Method: "HEAD", Page: p})
	}
	state := c.state
	if state == "" {
		state = crawlfile.Complete
	}
	f, err := crawlfile.Create(t.Context(), name, info)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Commit(t.Context(), &b), f.Commit(t.Context(), &asked), f.SetEnd(t.Context(), crawlfile.End{State: state}), f.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

// ok is a page that was read, with a text of its own; paths are of a.test.
func ok(path, text string, links ...string) *page.Page {
	p := &page.Page{URL: at(path), Status: 200, Attempts: 1, Title: "T " + text, SHA256: "sha " + text, Bytes: 9, ContentType: "text/html", Referrer: at("/")}
	for _, l := range links {
		p.Links = append(p.Links, page.Link{URL: at(l), Text: "to " + l})
	}
	return p
}

// fails is a page that failed with a status, or without an answer; to one that redirects.
func fails(path string, status int, class page.Class) *page.Page {
	return &page.Page{URL: at(path), Status: status, Attempts: 1, Referrer: at("/"), Err: &page.Error{Class: class, Text: "failed"}}
}

func to(path, redirect string) *page.Page {
	return &page.Page{URL: at(path), Status: 301, Attempts: 1, Referrer: at("/"), Redirect: at(redirect)}
}

// with is a page that was changed.
func with(p *page.Page, change func(*page.Page)) *page.Page {
	change(p)
	return p
}

// at is a path of a.test as a URL.
func at(path string) string {
	if strings.Contains(path, "://") || path == "" {
		return path
	}
	return "http://a.test" + path
}

// open opens a comparison that ends with the test.
func open(t testing.TB, old, new string, o diff.Options) *diff.Comparison {
	t.Helper()
	c, err := diff.Open(t.Context(), old, new, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// told is what a comparison tells, a line for each difference.
func told(t testing.TB, c *diff.Comparison) (lines []string, sum diff.Summary) {
	t.Helper()
	lines = []string{}
	for d, err := range c.Differences(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		line := string(d.Kind) + " " + d.URL
		if d.OldURL != "" {
			line += " was " + d.OldURL
		}
		if d.Why != "" {
			line += ": " + strings.TrimSpace(d.Why+" "+d.Via)
		}
		for _, f := range d.Fields {
			switch f.Field {
			case diff.Links:
				line += fmt.Sprintf(" links+%v-%v", f.Added, f.Removed)
			case diff.Content:
				line += fmt.Sprintf(" content(%d)", f.Distance)
			default:
				line += fmt.Sprintf(" %s(%s|%s)", f.Field, f.Old, f.New)
			}
		}
		if l := d.Link; l != nil {
			line += fmt.Sprintf(" on %s: %s", l.From, l.Other)
		}
		lines = append(lines, strings.ReplaceAll(line, "http://a.test", ""))
	}
	sum, err := c.Summary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if sum.All() != len(lines) {
		t.Errorf("the summary counts %d differences, there are %d", sum.All(), len(lines))
	}
	return lines, sum
}
