// Package export writes what was crawled in forms that other programs read: tables (JSON Lines, CSV, Parquet), lists (plain text,
// URLs), sitemaps, and graphs of links (DOT, GraphML, GEXF).
//
// One page goes out like this. It comes from a crawl file ([Options.Write] and [Output], by depth and then by URL, where it is
// chosen by a condition in SQL, see [Where]) or straight from a running crawl (an [Encoder], in the order of fetching). Its columns
// are looked up in one table ([Columns]), stripped of what could do harm where the output is opened, such as terminal escapes and
// spreadsheet formulas, and written as one line, one record or one paragraph. JSON Lines and Parquet are for programs and keep
// everything. No format holds more than a few pages in memory; a graph holds a fingerprint of each URL besides.
package export

import (
	"context"
	"fmt"
	"io"

	"amble/crawler/crawlfile"
)

// Options say which pages of a crawl file are written, what of them, and how.
type Options struct {
	Format Format
	// Columns are the columns of tables and texts, or what the nodes of a graph have besides their URL, in this order; the usual ones
	// if there are none. Sitemaps and lists of URLs have no columns.
	Columns []string
	// Where is a condition as in [Where]; all pages if it is blank.
	Where string
	// Base is the URL of the folder where a sitemap will lie, which may list what lies below it and nothing else (sitemaps.org, "Sitemap
	// file location"). If it is empty it is the root of the first page's origin.
	Base string
}

// Summary is what was written.
type Summary struct {
	Pages   int64    // pages written: records, nodes, URLs
	Links   int64    // edges of a graph
	LeftOut int64    // pages that a sitemap would list if they lay below its folder
	Files   []string // by an Output: the files, that with its name last
}

// Check reports what is wrong with the options: the error is ErrFormat, a *[ColumnError], a *[WhereError] or another.
func (o Options) Check() error {
	_, err := o.parse()
	return err
}

// parsed are options that have been read.
type parsed struct {
	Options
	where   *Where
	columns []*Column
	base    string
	limits  limits // of a sitemap's file; those of sitemaps.org if it is zero
}

func (o Options) parse() (p parsed, err error) {
	p.Options = o
	if _, err = ParseFormat(string(o.Format)); err != nil {
		return p, err
	}
	if p.where, err = ParseWhere(o.Where); err != nil {
		return p, err
	}
	if len(o.Columns) > 0 && !o.Format.Tabular() {
		return p, fmt.Errorf("%s has no columns to choose", o.Format)
	}
	usual := (*Column).Chosen
	if o.Format.graph() {
		usual = nodeColumn
	}
	if p.columns, err = chosen(o.Columns, usual); err != nil {
		return p, err
	}
	if o.Base != "" {
		if o.Format != Sitemap {
			return p, fmt.Errorf("a base URL is for sitemaps, not for %s", o.Format)
		}
		p.base, err = folder(o.Base)
	}
	return p, err
}

// Write writes the pages of a crawl file to w, by depth and then by URL in byte order. It may run while the crawl goes on: it then
// shows the file as it was at the beginning. A sitemap of no page is ErrEmpty, one that is too large for one file ErrTooLarge, before
// anything is written: an
// [Output] can write it.
func (o Options) Write(ctx context.Context, w io.Writer, f *crawlfile.File) (Summary, error) {
	p, err := o.parse()
	if err != nil {
		return Summary{}, err
	}
	s, err := f.Snapshot(ctx)
	if err != nil {
		return Summary{}, fmt.Errorf("export: %w", err)
	}
	defer s.Close()
	return p.withFields(f.Info().Fields).write(ctx, w, s)
}

// Write writes all pages of a crawl file in a format. See [Options.Write].
func Write(ctx context.Context, w io.Writer, f *crawlfile.File, format Format) error {
	_, err := Options{Format: format}.Write(ctx, w, f)
	return err
}

func (p *parsed) write(ctx context.Context, w io.Writer, s *crawlfile.Snapshot) (Summary, error) {
	switch {
	case p.Format == Sitemap:
		return p.writeSitemap(ctx, w, s)
	case p.Format.graph():
		return p.writeGraph(ctx, w, s)
	}
	return p.writeTable(ctx, w, s)
}

// writeTable writes formats that have one page after the other.
func (p *parsed) writeTable(ctx context.Context, w io.Writer, s *crawlfile.Snapshot) (sum Summary, err error) {
	e, err := newEncoder(w, p)
	if err != nil {
		return sum, err
	}
	short := p.Format == URLs || len(p.Columns) > 0 && brief(p.columns)
	for page, err := range s.Select(ctx, p.where.and("", short)) {
		if err != nil {
			return sum, fmt.Errorf("export: %w", err)
		}
		if err := e.Encode(page); err != nil {
			return sum, err
		}
		sum.Pages++
	}
	return sum, e.Close()
}
