// Package report makes of a crawl file one HTML page for the owner of the site: what was crawled, what is broken, and where; with everything in one file
// that asks nothing of the network (see package look).
//
// A report is made like this. All figures are read from one state of the file, so it may be made while the crawl runs. SQLite counts and sorts, on disk what
// is large; the links of all pages are read once, one page at a time (links.go); so are the paths, in the order of their names, from which the tree of the
// site is made (tree.go). Lists are cut, and then say how many there are and which command gives the rest. So neither the page nor the
// memory that it takes grows with the site, but for some 40 bytes for each URL that redirects or that a sitemap lists, and for each domain linked to
// a little more.
package report

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"amble/crawler/crawlfile"
	"amble/crawler/report/look"
)

// Options are what a report can be told. The zero value is good.
type Options struct {
	// Title heads the report; empty means "Crawl of" and the host of the first seed.
	Title string
	// File is the name of the crawl file in the commands that the report shows; empty means the name of the file without its folder.
	File string
	// Most is how many rows a list has; 0 means 100.
	Most int
}

// most is Options.Most where it is not set.
const most = 100

// Write writes the report of a crawl file to w. It returns when all is written: seconds to minutes for a million pages. The error is one of w, of ctx, or of
// reading the file.
func Write(ctx context.Context, w io.Writer, f *crawlfile.File, o Options) (err error) {
	snap, err := f.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer snap.Close()
	o.File = cmp.Or(o.File, filepath.Base(f.Path()))
	if o.Most <= 0 {
		o.Most = most
	}
	r := &report{ctx: ctx, file: f, snap: snap, o: o}
	for _, part := range []func() error{
		r.readEnd, r.readLinks, r.charts, r.broken, r.redirects, r.slow, r.texts, r.fields, r.duplicates, r.sitemaps, r.directives, r.domains, r.structure,
		r.politeness, r.summary,
	} {
		if err := part(); err != nil {
			return err
		}
	}
	p := look.Page{Title: r.title(), Lead: r.lead(), Sections: r.sections(),
		Note: fmt.Sprintf("Made by amble of the crawl file %s. The file is an SQLite database: each list here can be had whole from it.", r.o.File)}
	return p.Write(w, func(w io.Writer) error { return body().Execute(w, r) })
}

// report is what the template shows, and what it is made with.
type report struct {
	ctx  context.Context
	file *crawlfile.File
	snap *crawlfile.Snapshot
	o    Options

	end     crawlfile.End
	links   linkScan
	checked checked
	// dead are links to URLs that failed, missing those to places that there are not.
	dead, missing tally
	unmet         int64 // fields that were asked for, and that no page has

	Tiles, Findings []look.Tile
	Charts          []look.Bars
	Parts           []part
	Tree            *folder
	Map             siteMap
	TreeNote        string
}

// checked is what the crawl checked besides its pages.
type checked struct {
	stats             crawlfile.CheckStats
	assets, fragments bool
}

// tally counts links, and what they lead to.
type tally struct{ links, targets int64 }

// part is a section of lists.
type part struct {
	ID, Title, Intro string
	Count            int64 // of what was found; shown in the contents
	Kind             string
	Tables           []look.Table
}

func (r *report) readEnd() (err error) {
	if r.end, err = r.file.End(r.ctx); err != nil {
		return err
	}
	if r.checked.stats, err = r.snap.CheckStats(r.ctx); err != nil {
		return err
	}
	return r.one("SELECT EXISTS (SELECT 1 FROM pages WHERE assets IS NOT NULL), EXISTS (SELECT 1 FROM pages WHERE ids IS NOT NULL)", &r.checked.assets, &r.checked.fragments)
}

func (r *report) title() string {
	if r.o.Title != "" {
		return r.o.Title
	}
	info := r.file.Info()
	if len(info.Seeds) == 0 {
		return "Crawl report"
	}
	u, err := url.Parse(info.Seeds[0])
	if err != nil || u.Host == "" {
		return "Crawl report"
	}
	title := "Crawl of " + u.Host
	if n := len(info.Seeds); n > 1 {
		title += fmt.Sprintf(" and %s more", look.Count(int64(n-1)))
	}
	return title
}

func (r *report) lead() string {
	info := r.file.Info()
	var b strings.Builder
	if len(info.Seeds) > 0 {
		b.WriteString("Begun at " + info.Seeds[0])
	} else {
		b.WriteString("Begun")
	}
	fmt.Fprintf(&b, " on %s UTC. ", info.Created.UTC().Format("2 January 2006, 15:04"))
	switch r.end.State {
	case crawlfile.Complete:
		b.WriteString("The crawl is complete.")
	case crawlfile.Running:
		b.WriteString("The crawl has not ended: these are its figures so far.")
	default:
		b.WriteString("The crawl is not complete: " + r.end.State)
		if r.end.Reason != "" {
			b.WriteString(", " + strings.TrimSuffix(r.end.Reason, "."))
		}
		b.WriteString(".")
	}
	return b.String()
}

// sections are the contents.
func (r *report) sections() (all []look.Section) {
	all = append(all, look.Section{ID: "summary", Title: "In numbers"}, look.Section{ID: "charts", Title: "Charts"})
	for _, p := range r.Parts {
		s := look.Section{ID: p.ID, Title: p.Title, Kind: p.Kind}
		if p.Count > 0 {
			s.Note = look.Count(p.Count)
		}
		all = append(all, s)
		if p.ID == "domains" && r.Tree != nil {
			all = append(all, look.Section{ID: "structure", Title: "Structure"})
		}
	}
	return all
}

// each asks the snapshot.
func (r *report) each(query string, scan func(*sql.Rows) error, args ...any) error {
	return r.snap.Each(r.ctx, query, scan, args...)
}

// one asks for one row.
func (r *report) one(query string, into ...any) error {
	return r.each(query, func(rows *sql.Rows) error { return rows.Scan(into...) })
}

// list fills a table with the rows of a query. Its first column is the number of all rows, and it ends with "LIMIT ?".
func (r *report) list(t look.Table, query string, row func(scan func(...any) error) ([]look.Cell, error)) (look.Table, error) {
	err := r.each(query, func(rows *sql.Rows) error {
		cells, err := row(func(into ...any) error { return rows.Scan(append([]any{&t.Total}, into...)...) })
		t.Rows = append(t.Rows, cells)
		return err
	}, r.o.Most)
	return t, err
}

// export is the command that lists the pages of which a condition is true.
func (r *report) export(where string) string {
	return fmt.Sprintf(`amble export %s --format csv --where "%s"`, shell(r.o.File), where)
}

// sql is the command that answers a query.
func (r *report) sql(query string) string {
	return fmt.Sprintf(`sqlite3 %s "%s"`, shell(r.o.File), strings.Join(strings.Fields(query), " "))
}

// shell quotes a file's name for a shell.
func shell(name string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-._/+:@%", c)
	}
	if strings.IndexFunc(name, func(c rune) bool { return !plain(c) }) < 0 && !strings.HasPrefix(name, "-") {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// null is a column's text where NULL is "".
type null struct{ s *string }

func (n null) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*n.s = ""
	case string:
		*n.s = v
	case []byte:
		*n.s = string(v)
	default:
		*n.s = fmt.Sprint(v)
	}
	return nil
}
