package report

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"

	"amble/crawler/page"
	"amble/crawler/report/look"
)

// brokenPage is a URL that failed.
type brokenPage struct {
	url, class, text, referrer string
	status                     sql.NullInt64
	t                          target
}

// why says how it failed.
func (b *brokenPage) why() look.Cell {
	c := look.Cell{Text: b.class, Kind: look.Bad, Note: b.text}
	if b.status.Valid {
		c.Text = fmt.Sprint(b.status.Int64)
	}
	return c
}

func (r *report) broken() error {
	found := top[brokenPage]{most: r.o.Most, compare: func(a, b brokenPage) int {
		return cmp.Or(cmp.Compare(b.t.links, a.t.links), cmp.Compare(a.url, b.url))
	}}
	err := r.each("SELECT url, status, error_class, error_text, referrer FROM pages WHERE "+failed, func(rows *sql.Rows) error {
		var b brokenPage
		err := rows.Scan(&b.url, &b.status, &b.class, null{&b.text}, null{&b.referrer})
		if t := r.links.of(b.url); t != nil {
			b.t = *t
		}
		found.add(b)
		return err
	})
	if err != nil {
		return err
	}
	t := look.Table{ID: "broken-list", Caption: "Broken targets, those with most links first", Total: found.total,
		Head:  []look.Head{{Text: "Target"}, {Text: "Answer"}, {Text: "Links", Number: true}, {Text: "On the pages, with the text of the link"}},
		Empty: "No link is broken: every URL that was asked for answered.", Rest: r.sql(query("broken-links"))}
	for _, b := range found.cut() {
		holders, err := r.holders(&b)
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, []look.Cell{look.URL(b.url), b.why(), look.Number(int64(b.t.links)), holders})
	}
	p := part{ID: "broken", Title: "Broken links", Count: found.total, Kind: look.Bad, Tables: []look.Table{t},
		Intro: "URLs that did not answer, or answered with an error, and the pages to mend. Links that lead out of the crawl were not asked for."}
	r.Parts = append(r.Parts, p)
	return nil
}

// holders are the pages that link to a URL, each with the text of its link.
func (r *report) holders(b *brokenPage) (look.Cell, error) {
	var c look.Cell
	for _, id := range b.t.holders[:min(b.t.links, holdersMost)] {
		var url string
		var js []byte
		if err := r.each("SELECT url, links FROM pages WHERE id = ?", func(rows *sql.Rows) error { return rows.Scan(&url, &js) }, id); err != nil {
			return c, err
		}
		var links []page.Link
		if err := json.Unmarshal(js, &links); err != nil {
			return c, err
		}
		note := "without text"
		for _, l := range links {
			if l.URL == b.url && l.Text != "" {
				note = "“" + look.Clean(l.Text) + "”"
				break
			}
		}
		c.More = append(c.More, look.Cell{URL: url, Note: note})
	}
	switch more := int64(b.t.links) - int64(len(c.More)); {
	case more > 0:
		c.More = append(c.More, look.Text("and "+look.Count(more)+" more"))
	case len(c.More) > 0:
	case b.referrer != "":
		c.More = []look.Cell{{URL: b.referrer, Note: "redirects there, or did not want to be followed"}}
	default:
		c.Text = "no page: the crawl began here, or a sitemap lists it"
	}
	return c, nil
}

// hop is one step of a chain of redirects.
type hop struct {
	redirect, class string
	status          sql.NullInt64
	known           bool
}

// hopsMost is how far a chain is followed.
const hopsMost = 12

// chain follows the redirects from a URL: what was met on the way, and how it ends.
func (r *report) chain(url string) (way []string, end look.Cell, err error) {
	seen := map[string]bool{}
	for {
		if seen[url] {
			return way, look.Tell("goes round in a circle", look.Bad), nil
		}
		if len(way) > hopsMost {
			return way, look.Tell("goes on", look.Bad), nil
		}
		seen[url] = true
		var h hop
		err := r.each("SELECT redirect, error_class, status FROM pages WHERE url = ?", func(rows *sql.Rows) error {
			h.known = true
			return rows.Scan(null{&h.redirect}, null{&h.class}, &h.status)
		}, url)
		switch {
		case err != nil:
			return nil, end, err
		case !h.known:
			return way, look.Text("out of the crawl"), nil
		case h.redirect == "" || h.class != "":
			end = look.Tell(cmp.Or(classNames[h.class], h.class), look.Bad)
			if h.status.Valid {
				end.Text = fmt.Sprint(h.status.Int64)
			}
			if h.class == "" {
				end.Kind = look.Good
			}
			return way, end, nil
		}
		url = h.redirect
		way = append(way, url)
	}
}

func (r *report) redirects() error {
	type moved struct {
		url    string
		status sql.NullInt64
		links  uint32
		weight int // the worse, the heavier
	}
	found := top[moved]{most: r.o.Most, compare: func(a, b moved) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(b.links, a.links), cmp.Compare(a.url, b.url))
	}}
	var long, dead int64
	err := r.each(`SELECT a.url, a.status, a.redirect = a.url OR b.redirect IS NOT NULL, b.error_class IS NOT NULL FROM pages AS a LEFT JOIN pages AS b ON b.url = a.redirect
WHERE a.redirect IS NOT NULL AND a.error_class IS NULL`, func(rows *sql.Rows) error {
		var m moved
		var chain, bad sql.NullBool
		err := rows.Scan(&m.url, &m.status, &chain, &bad)
		if t := r.links.of(m.url); t != nil {
			m.links = t.links
		}
		if chain.Bool {
			long++
			m.weight = 1
		}
		if bad.Bool {
			dead++
			m.weight = 2
		}
		found.add(m)
		return err
	})
	if err != nil {
		return err
	}
	t := look.Table{ID: "redirect-list", Caption: "Redirects; those that end badly and chains come first", Total: found.total, Empty: "Nothing redirects.",
		Head: []look.Head{{Text: "URL"}, {Text: "Status"}, {Text: "Leads to"}, {Text: "Ends as"}, {Text: "Links to it", Number: true}},
		Rest: r.sql(query("redirects"))}
	for _, m := range found.cut() {
		way, end, err := r.chain(m.url)
		if err != nil {
			return err
		}
		var to look.Cell
		for _, u := range way {
			to.More = append(to.More, look.URL(u))
		}
		if len(way) == 1 {
			to = to.More[0]
		}
		t.Rows = append(t.Rows, []look.Cell{look.URL(m.url), look.Text(fmt.Sprint(m.status.Int64)), to, end, look.Number(int64(m.links))})
	}
	p := part{ID: "redirects", Title: "Redirects", Count: found.total, Tables: []look.Table{t}}
	p.Intro = fmt.Sprintf("%s to redirects: each costs its reader a request more. %s of these URLs lead to another redirect, %s to a page that failed.",
		counted(r.links.toRedirect, "link leads", "links lead"), look.Count(long), look.Count(dead))
	r.Parts = append(r.Parts, p)
	return nil
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return look.Count(n) + " " + many
}
