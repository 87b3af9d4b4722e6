package report

import (
	"cmp"
	"database/sql"
	"fmt"
	"strings"

	"amble/crawler/crawlfile"
	"amble/crawler/report/look"
)

// brokenTarget is what broken links lead to: a URL, or a place in a page.
type brokenTarget struct {
	first   crawlfile.Broken // of its links
	links   int64
	pages   int64       // that hold them
	holders []look.Cell // the first of these
}

// holdersMost is how many pages are named for each broken target.
const holdersMost = 4

// take takes in a link to the target. They come by page.
func (t *brokenTarget) take(b *crawlfile.Broken, last string) {
	t.links++
	if t.links > 1 && b.From == last {
		return
	}
	if t.pages++; len(t.holders) == holdersMost {
		return
	}
	c := look.Cell{URL: b.From, Note: "without text"}
	switch {
	case b.Kind == "seed":
		c = look.Text("the crawl began here")
	case b.Kind == "sitemap":
		c.Note = "a sitemap, which lists it"
	case b.Text != "":
		c.Note = "“" + look.Clean(b.Text) + "”"
	case b.Kind == "fragment": // of which the text is not on record
		c.Note = ""
	case b.Kind != "link":
		c.Note = "as " + b.Kind
	}
	t.holders = append(t.holders, c)
}

// row is the target's row of a list.
func (t *brokenTarget) row() []look.Cell {
	b := &t.first
	why := look.Cell{Text: "no such place", Kind: look.Bad}
	if b.Err != nil {
		why.Text, why.Note = cmp.Or(classNames[string(b.Err.Class)], string(b.Err.Class)), b.Err.Text
	}
	if b.Status != 0 && b.Err != nil {
		why.Text = fmt.Sprint(b.Status)
		why.Note = strings.TrimPrefix(why.Note, why.Text+" ")
	}
	if b.Final != b.URL {
		why.More = []look.Cell{{URL: b.Final, Note: "to which it redirects"}}
	}
	holders := look.Cell{More: t.holders}
	if more := t.pages - int64(len(t.holders)); more > 0 {
		holders.More = append(holders.More, look.Text("and "+look.Count(more)+" more"))
	}
	return []look.Cell{look.URL(b.Name()), why, look.Number(t.links), holders}
}

// broken tells of broken links as crawlfile has them, by what they lead to.
func (r *report) broken() error {
	most := func() top[brokenTarget] {
		return top[brokenTarget]{most: r.o.Most, compare: func(a, b brokenTarget) int {
			return cmp.Or(cmp.Compare(b.links, a.links), cmp.Compare(a.first.Name(), b.first.Name()))
		}}
	}
	urls, places := most(), most()
	var t *brokenTarget
	var last string
	put := func() {
		switch {
		case t == nil:
		case t.first.Kind == "fragment":
			places.add(*t)
			r.missing.links += t.links
		default:
			urls.add(*t)
			r.dead.links += t.links
		}
	}
	for b, err := range r.snap.Broken(r.ctx) {
		if err != nil {
			return err
		}
		if t == nil || t.first.Name() != b.Name() || t.first.ID != b.ID {
			put()
			t = &brokenTarget{first: b}
		}
		t.take(&b, last)
		last = b.From
	}
	put()
	r.dead.targets, r.missing.targets = urls.total, places.total
	list := func(t look.Table, found *top[brokenTarget]) look.Table {
		t.Total, t.Rest = found.total, "amble links "+shell(r.o.File)
		t.Head = []look.Head{{Text: "Target"}, {Text: "Answer"}, {Text: "Links", Number: true}, {Text: "On the pages, with the text of the link"}}
		for _, target := range found.cut() {
			t.Rows = append(t.Rows, target.row())
		}
		return t
	}
	p := part{ID: "broken", Title: "Broken links", Count: urls.total + places.total, Kind: look.Bad}
	p.Tables = []look.Table{list(look.Table{ID: "broken-list", Caption: "Broken targets, those with most links first",
		Empty: "No link is broken: every URL that was asked for answered."}, &urls)}
	if r.checked.fragments {
		p.Tables = append(p.Tables, list(look.Table{ID: "places-list", Caption: "Links to places that pages do not have",
			Empty: "Every place in a page that a link names is there."}, &places))
	}
	p.Intro = r.brokenIntro()
	r.Parts = append(r.Parts, p)
	return nil
}

// brokenIntro says what the crawl asked for, and what not.
func (r *report) brokenIntro() string {
	s := "What did not answer, or answered with an error, and the pages to mend."
	switch c := r.checked; {
	case c.stats.Checks > 0:
		s += fmt.Sprintf(" Besides its pages the crawl asked for %s that they link to or are made of.", counted(int64(c.stats.Checks), "URL", "URLs"))
	case c.assets:
	default:
		s += " Links that lead out of the crawl, images and the like were not asked for: --check-external and --check-assets do."
	}
	if !r.checked.fragments {
		s += " Places in pages (#…) were not looked for: --check-fragments does."
	}
	if n := r.checked.stats.Waiting; n > 0 {
		s += fmt.Sprintf(" %s left for another run.", counted(int64(n), "check is", "checks are"))
	}
	if n := r.checked.stats.Undecided; n > 0 {
		s += fmt.Sprintf(" Of %s it cannot be told: not asked for, by robots.txt and the like, or the server asks for a login or for patience, or refuses strangers.", counted(int64(n), "URL", "URLs"))
	}
	return s
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
