package report

import (
	"cmp"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/report/look"
)

// query is the SQL of one of crawlfile.Queries.
func query(name string) string {
	for _, q := range crawlfile.Queries {
		if q.Name == name {
			return q.SQL
		}
	}
	panic("report: there is no query " + name)
}

// read is the condition for HTML pages that were read.
const read = "error_class IS NULL AND status BETWEEN 200 AND 299 AND content_type IN ('text/html', 'application/xhtml+xml')"

// How many characters of a title and of a description search engines show, about.
const (
	titleMost       = 60
	descriptionMost = 160
)

func (r *report) slow() error {
	const shown = 25
	row := func(scan func(...any) error) ([]look.Cell, error) {
		var url, kind string
		var ms sql.NullFloat64
		var bytes int64
		err := scan(&url, &ms, &bytes, null{&kind})
		return []look.Cell{look.URL(url), look.Text(look.Duration(time.Duration(ms.Float64 * float64(time.Millisecond)))), look.Text(look.Bytes(bytes)), look.Text(kind)}, err
	}
	head := []look.Head{{Text: "Page"}, {Text: "Time", Number: true}, {Text: "Size", Number: true}, {Text: "Type"}}
	was := r.o.Most
	r.o.Most = min(was, shown)
	defer func() { r.o.Most = was }()
	slow, err := r.list(look.Table{ID: "slow-list", Caption: "The slowest answers", Head: head, Empty: "Nothing answered.",
		Rest: r.sql("SELECT duration_ms, url FROM pages ORDER BY duration_ms DESC")},
		"SELECT count(*) OVER (), url, duration_ms, bytes, content_type FROM pages WHERE duration_ms IS NOT NULL AND status IS NOT NULL ORDER BY duration_ms DESC, url LIMIT ?", row)
	if err != nil {
		return err
	}
	heavy, err := r.list(look.Table{ID: "heavy-list", Caption: "The largest", Head: head, Empty: "Nothing was read.",
		Rest: r.sql("SELECT bytes, url FROM pages ORDER BY bytes DESC")},
		"SELECT count(*) OVER (), url, duration_ms, bytes, content_type FROM pages WHERE bytes > 0 ORDER BY bytes DESC, url LIMIT ?", row)
	r.Parts = append(r.Parts, part{ID: "slow", Title: "Slow and heavy", Tables: []look.Table{slow, heavy},
		Intro: "Times are those of one request from its beginning to the last byte, as the crawl saw them. Sizes are those after decompression; of files that are no pages, as declared."})
	return err
}

func (r *report) texts() error {
	p := part{ID: "titles", Title: "Titles and descriptions", Kind: look.Warn,
		Intro: fmt.Sprintf("HTML pages that were read. Search engines show about %d characters of a title and %d of a description.", titleMost, descriptionMost)}
	for _, c := range []struct{ column, name, one string }{{"title", "titles", "Title"}, {"description", "descriptions", "Description"}} {
		long := titleMost
		if c.column == "description" {
			long = descriptionMost
		}
		missing, err := r.list(look.Table{ID: "no-" + c.column, Caption: "Pages without a " + c.column, Closed: true, Head: []look.Head{{Text: "Page"}, {Text: "Clicks", Number: true}},
			Rest: r.export(read + " AND " + c.column + " IS NULL")},
			"SELECT count(*) OVER (), url, depth FROM pages WHERE "+read+" AND "+c.column+" IS NULL ORDER BY depth, url LIMIT ?", func(scan func(...any) error) ([]look.Cell, error) {
				var url string
				var depth int64
				err := scan(&url, &depth)
				return []look.Cell{look.URL(url), look.Number(depth)}, err
			})
		if err != nil {
			return err
		}
		same, err := r.groups(look.Table{ID: "same-" + c.column, Caption: "Equal " + c.name, Closed: true, Head: []look.Head{{Text: c.one}, {Text: "Pages", Number: true}, {Text: "Among them"}},
			Rest: r.sql("SELECT " + c.column + ", url FROM pages WHERE " + read + " ORDER BY " + c.column)}, c.column, read+" AND "+c.column+" IS NOT NULL")
		if err != nil {
			return err
		}
		tooLong, err := r.list(look.Table{ID: "long-" + c.column, Caption: "Long " + c.name, Closed: true, Head: []look.Head{{Text: "Page"}, {Text: "Characters", Number: true}, {Text: c.one}},
			Rest: r.export(fmt.Sprintf("%s AND length(%s) > %d", read, c.column, long))},
			fmt.Sprintf("SELECT count(*) OVER (), url, length(%[1]s) AS n, %[1]s FROM pages WHERE %[2]s AND length(%[1]s) > %[3]d ORDER BY n DESC, url LIMIT ?", c.column, read, long), func(scan func(...any) error) ([]look.Cell, error) {
				var url, text string
				var n int64
				err := scan(&url, &n, &text)
				return []look.Cell{look.URL(url), look.Number(n), look.Text(look.Clean(text))}, err
			})
		if err != nil {
			return err
		}
		for _, t := range []look.Table{missing, same, tooLong} {
			p.Count += t.Count()
			p.Tables = append(p.Tables, t)
		}
	}
	if p.Count == 0 {
		p.Tables = []look.Table{{ID: "titles-none", Empty: "Each page has a title and a description of its own, and none is too long."}}
	}
	r.Parts = append(r.Parts, p)
	return nil
}

// inGroup is how many pages of a group are named.
const inGroup = 5

// groups lists the values of a column that several pages share. A column named sha256 is not shown.
func (r *report) groups(t look.Table, column, where string) (look.Table, error) {
	type group struct {
		value string
		pages int64
	}
	var all []group
	err := r.each("SELECT count(*) OVER (), "+column+", count(*) AS n FROM pages WHERE "+where+" GROUP BY "+column+" HAVING n > 1 ORDER BY n DESC, "+column+" LIMIT ?", func(rows *sql.Rows) error {
		var g group
		err := rows.Scan(&t.Total, &g.value, &g.pages)
		all = append(all, g)
		return err
	}, r.o.Most)
	if err != nil || len(all) == 0 {
		return t, err
	}
	// The pages of all groups are found in one reading.
	at := make(map[string]int, len(all))
	named := make([][]string, len(all))
	for i, g := range all {
		at[g.value] = i
	}
	if err := r.each("SELECT "+column+", url FROM pages WHERE "+where+" ORDER BY url", func(rows *sql.Rows) error {
		var value, url sql.RawBytes
		if err := rows.Scan(&value, &url); err != nil {
			return err
		}
		if i, ok := at[string(value)]; ok && len(named[i]) < inGroup {
			named[i] = append(named[i], string(url))
		}
		return nil
	}); err != nil {
		return t, err
	}
	for i, g := range all {
		var c look.Cell
		for _, u := range named[i] {
			c.More = append(c.More, look.URL(u))
		}
		if more := g.pages - int64(len(named[i])); more > 0 {
			c.More = append(c.More, look.Text("and "+look.Count(more)+" more"))
		}
		cells := []look.Cell{look.Text(look.Clean(g.value)), look.Number(g.pages), c}
		if column == "sha256" {
			cells = cells[1:]
		}
		t.Rows = append(t.Rows, cells)
	}
	return t, nil
}

func (r *report) duplicates() error {
	const whole = "bytes > 0 AND error_class IS NULL AND status BETWEEN 200 AND 299 AND sha256 IS NOT NULL"
	same, err := r.groups(look.Table{ID: "same-content", Caption: "Pages with the same bytes", Head: []look.Head{{Text: "Pages", Number: true}, {Text: "Among them"}},
		Empty: "No two pages have the same content.", Rest: r.sql(query("duplicate-pages"))}, "sha256", whole)
	if err != nil {
		return err
	}
	pair := func(scan func(...any) error) ([]look.Cell, error) {
		var url, canonical, state string
		err := scan(&url, &canonical, null{&state})
		return []look.Cell{look.URL(url), look.URL(canonical), look.Text(state)}, err
	}
	head := []look.Head{{Text: "Page"}, {Text: "Names as canonical"}, {Text: "Which is"}}
	canonical, err := r.list(look.Table{ID: "canonical-list", Caption: "Pages that name another as canonical", Closed: true, Head: head,
		Rest: r.export("canonical IS NOT NULL AND canonical <> url")},
		`SELECT count(*) OVER (), p.url, p.canonical, CASE WHEN c.url IS NULL THEN 'not in the crawl' WHEN c.error_class IS NOT NULL THEN 'failed: ' || c.error_class
WHEN c.redirect IS NOT NULL THEN 'a redirect' WHEN c.canonical <> c.url THEN 'not canonical itself' ELSE 'a page' END AS state
FROM pages AS p LEFT JOIN pages AS c ON c.url = p.canonical WHERE p.canonical IS NOT NULL AND p.canonical <> p.url ORDER BY state = 'a page', p.url LIMIT ?`, pair)
	if err != nil {
		return err
	}
	left, err := r.list(look.Table{ID: "left-list", Caption: "Pages whose links the crawl left alone as duplicates", Closed: true, Head: []look.Head{{Text: "Page"}, {Text: "Duplicate of"}, {}},
		Rest: r.export("duplicate_of IS NOT NULL")},
		"SELECT count(*) OVER (), url, duplicate_of, NULL FROM pages WHERE duplicate_of IS NOT NULL ORDER BY url LIMIT ?", pair)
	for i := range left.Rows {
		left.Rows[i] = left.Rows[i][:2]
	}
	left.Head = left.Head[:2]
	r.Parts = append(r.Parts, part{ID: "duplicates", Title: "Duplicates", Count: same.Count(), Kind: look.Warn, Tables: []look.Table{same, canonical, left},
		Intro: "Pages that are the same to the byte, by group, and what pages say themselves by rel=canonical."})
	return err
}

func (r *report) sitemaps() error {
	orphans := look.Table{ID: "orphan-list", Caption: "URLs in sitemaps that no page links to", Head: []look.Head{{Text: "URL"}, {Text: "Sitemap"}, {Text: "Answer"}},
		Rest: r.sql(query("unlinked-pages"))}
	bad := look.Table{ID: "listed-bad", Caption: "URLs in sitemaps that fail or redirect", Head: orphans.Head,
		Rest: r.sql("SELECT s.url, p.status FROM sitemap_urls AS s JOIN pages AS p ON p.url = s.url WHERE p.error_class IS NOT NULL OR p.redirect IS NOT NULL")}
	var listed int64
	err := r.each(`SELECT s.url, s.sitemap, p.status, p.error_class, p.redirect IS NOT NULL, p.url IS NOT NULL FROM sitemap_urls AS s LEFT JOIN pages AS p ON p.url = s.url ORDER BY s.url`, func(rows *sql.Rows) error {
		var url, sitemap, class string
		var status sql.NullInt64
		var moved, known bool
		if err := rows.Scan(&url, &sitemap, &status, null{&class}, &moved, &known); err != nil {
			return err
		}
		listed++
		answer := look.Tell(cmp.Or(classNames[class], class), look.Warn)
		switch {
		case status.Valid:
			answer = look.Text(fmt.Sprint(status.Int64))
			if class != "" {
				answer.Kind = look.Bad
			}
		case !known:
			answer = look.Text("not asked for")
		}
		cells := []look.Cell{look.URL(url), look.URL(sitemap), answer}
		if t := r.links.of(url); t == nil || t.links == 0 {
			take(&orphans, cells, r.o.Most)
		}
		if class != "" || moved {
			take(&bad, cells, r.o.Most)
		}
		return nil
	})
	p := part{ID: "sitemaps", Title: "Sitemaps", Count: orphans.Total + bad.Total, Kind: look.Warn, Tables: []look.Table{orphans, bad},
		Intro: fmt.Sprintf("%s in sitemaps. A page that is listed there should be linked to from somewhere, too, and should answer by itself.", counted(listed, "URL", "URLs"))}
	if listed == 0 {
		p.Intro, p.Tables = "", []look.Table{{ID: "sitemaps-none", Empty: "No sitemap was read. --sitemaps reads those that robots.txt names, --sitemap URL any other."}}
	} else if p.Count == 0 {
		p.Tables = []look.Table{{ID: "sitemaps-none", Empty: "All of them are linked to, and none fails or redirects."}}
	}
	r.Parts = append(r.Parts, p)
	return err
}

// take adds a row to a list that is cut.
func take(t *look.Table, cells []look.Cell, most int) {
	if t.Total++; t.Total <= int64(most) {
		t.Rows = append(t.Rows, cells)
	}
}

func (r *report) directives() error {
	row := func(scan func(...any) error) ([]look.Cell, error) {
		var url, says, from string
		err := scan(&url, null{&says}, null{&from})
		return []look.Cell{look.URL(url), look.Text(cmp.Or(classNames[says], says)), look.URL(from)}, err
	}
	head := func(says string) []look.Head {
		return []look.Head{{Text: "Page"}, {Text: says}, {Text: "Found on"}}
	}
	asks, err := r.list(look.Table{ID: "noindex-list", Caption: "Pages that ask for noindex or nofollow", Closed: true, Head: head("Asks for"), Rest: r.export("robots IS NOT NULL")},
		"SELECT count(*) OVER (), url, robots, referrer FROM pages WHERE robots IS NOT NULL ORDER BY url LIMIT ?", row)
	if err != nil {
		return err
	}
	held, err := r.list(look.Table{ID: "held-list", Caption: "URLs that were not asked for", Closed: true, Head: head("Because"), Rest: r.export("error_class IN ('robots', 'private', 'trap')")},
		"SELECT count(*) OVER (), url, error_class, referrer FROM pages WHERE error_class IN ('robots', 'private', 'trap') ORDER BY error_class, url LIMIT ?", row)
	p := part{ID: "directives", Title: "noindex, nofollow, robots.txt", Count: asks.Count() + held.Count(), Tables: []look.Table{asks, held},
		Intro: fmt.Sprintf("What is kept from search engines: see that it is meant. %s rel=nofollow, and were not followed.", counted(r.links.nofollow, "link has", "links have"))}
	if p.Count == 0 {
		p.Tables = []look.Table{{ID: "directives-none", Empty: "No page asks not to be indexed or followed, and nothing was held back."}}
	}
	r.Parts = append(r.Parts, p)
	return err
}

func (r *report) domains() error {
	crawled := make(map[string]bool)
	if err := r.each("SELECT DISTINCT domain FROM pages WHERE domain IS NOT NULL LIMIT ?", func(rows *sql.Rows) error {
		var d string
		err := rows.Scan(&d)
		crawled[d] = true
		return err
	}, domainsMost); err != nil {
		return err
	}
	found := top[*linkedDomain]{most: r.o.Most, compare: func(a, b *linkedDomain) int {
		return cmp.Or(cmp.Compare(b.links, a.links), cmp.Compare(a.name, b.name))
	}}
	for _, d := range r.links.domains {
		found.add(d)
	}
	t := look.Table{ID: "domain-list", Caption: "Domains linked to", Total: found.total, Empty: "No page has a link.",
		Head: []look.Head{{Text: "Domain"}, {Text: "Links", Number: true}, {Text: "On pages", Number: true}, {Text: "Crawled"}, {Text: "For example"}},
		Rest: r.sql(query("links-out"))}
	out := int64(0)
	for _, d := range r.links.domains {
		if !crawled[d.name] {
			out++
		}
	}
	for _, d := range found.cut() {
		in := "no"
		if crawled[d.name] {
			in = "yes"
		}
		t.Rows = append(t.Rows, []look.Cell{look.Text(d.name), look.Number(d.links), look.Number(d.pages), look.Text(in), look.URL(d.example)})
	}
	intro := fmt.Sprintf("Registrable domains. %s outside of the crawl.", counted(out, "of them is", "of them are"))
	if r.links.uncounted > 0 {
		intro += fmt.Sprintf(" %s to still more domains were not counted by domain.", counted(r.links.uncounted, "link", "links"))
	}
	r.Parts = append(r.Parts, part{ID: "domains", Title: "Domains linked to", Count: found.total, Tables: []look.Table{t}, Intro: intro})
	return nil
}

func (r *report) politeness() error {
	found := top[crawlfile.Traffic]{most: r.o.Most, compare: func(a, b crawlfile.Traffic) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), strings.Compare(a.Domain, b.Domain))
	}}
	for t, err := range r.file.Traffic(r.ctx) {
		if err != nil {
			return err
		}
		found.add(t)
	}
	t := look.Table{ID: "traffic-list", Caption: "Requests to each domain", Total: found.total, Empty: "No traffic is on record.",
		Head: []look.Head{{Text: "Domain"}, {Text: "Requests", Number: true}, {Text: "Interval", Number: true}, {Text: "Least gap", Number: true}, {Text: "Median gap", Number: true},
			{Text: "At once", Number: true}, {Text: "Kept"}, {Text: "What was waited for"}},
		Rest: r.sql("SELECT domain, requests, interval_ms, least_gap_ms, median_gap_ms, most_in_flight, waited FROM traffic ORDER BY requests DESC")}
	for _, d := range found.cut() {
		t.Rows = append(t.Rows, trafficRow(&d))
	}
	r.Parts = append(r.Parts, part{ID: "politeness", Title: "Politeness", Tables: []look.Table{t},
		Intro: "How the crawl dealt with each domain: the interval between two requests that was in force at the end, and the gaps that were observed between the beginnings of requests. The crawl file has all of it, in the table traffic and its views."})
	return nil
}

func trafficRow(d *crawlfile.Traffic) []look.Cell {
	gap := func(v time.Duration) look.Cell {
		if d.Requests < 2 {
			return look.Cell{}
		}
		return look.Text(look.Duration(v))
	}
	interval := look.Text("no limit")
	if d.Interval > 0 {
		interval = look.Text(look.Duration(d.Interval))
	}
	if d.CrawlDelay > 0 {
		interval.Note = "robots.txt asks for " + look.Duration(d.CrawlDelay)
	}
	kept := look.Cell{Text: "yes", Kind: look.Good}
	switch {
	case d.Interval == 0:
		kept = look.Text("no limit was set")
	case d.Requests > 1 && d.Least < d.Interval:
		// The file does not say when an interval became longer: robots.txt is asked first, and overload lengthens it.
		kept = look.Cell{Text: "not throughout", Kind: look.Warn, Note: "it may have become longer on the way, as by a crawl delay or an overload, or bursts were allowed"}
	}
	var waits []string
	var sum time.Duration
	for _, w := range d.Waited {
		sum += w
	}
	type wait struct {
		reason string
		time   time.Duration
	}
	var all []wait
	for reason, w := range d.Waited {
		all = append(all, wait{reason, w})
	}
	slices.SortFunc(all, func(a, b wait) int { return cmp.Or(cmp.Compare(b.time, a.time), cmp.Compare(a.reason, b.reason)) })
	for _, w := range all {
		if w.time*200 >= sum && w.time > 0 {
			waits = append(waits, fmt.Sprintf("%s %.0f %%", w.reason, 100*float64(w.time)/float64(sum)))
		}
	}
	return []look.Cell{look.Text(d.Domain), look.Number(int64(d.Requests)), interval, gap(d.Least), gap(d.Median), look.Number(int64(d.Most)), kept, look.Text(strings.Join(waits, ", "))}
}
