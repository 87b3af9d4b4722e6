package export

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"amble/crawler/crawlfile"
)

// hindrances keep a page out of a sitemap, whatever folder it lies in. Where several do, the first is told.
var hindrances = []struct{ sql, name string }{
	{"p.status IS NOT 200 OR p.error_class IS NOT NULL", "not answered with 200"},
	{"p.content_type IS NULL OR p.content_type NOT IN ('text/html', 'application/xhtml+xml')", "not HTML"},
	{"instr(coalesce(p.robots, ''), 'noindex') > 0", "noindex"},
	{"coalesce(p.canonical, p.url) <> p.url", "with another page as canonical"},
	{"p.duplicate_of IS NOT NULL", "duplicates"},
}

// indexable is the condition for a page to be listed: that nothing hinders it.
var indexable = func() string {
	var all []string
	for _, h := range hindrances {
		all = append(all, "NOT ("+h.sql+")")
	}
	return strings.Join(all, " AND ")
}()

// ErrEmpty says that a sitemap would list nothing, which the protocol's schema does not allow.
var ErrEmpty = errors.New("a sitemap lists one page at least, and there is none to list")

// empty is ErrEmpty with what has become of the pages.
func (p *parsed) empty(ctx context.Context, s *crawlfile.Snapshot, l plan) error {
	chosen := p.where.and("", true)
	reason := "CASE"
	for i, h := range hindrances {
		reason += fmt.Sprintf(" WHEN %s THEN %d", h.sql, i)
	}
	query := "SELECT " + reason + fmt.Sprintf(" ELSE %d END, count(*)", len(hindrances)) + " FROM pages AS p LEFT JOIN sitemap_urls AS s ON s.url = p.url"
	if chosen.Where != "" {
		query += " WHERE " + chosen.Where
	}
	var pages int64
	var each []string
	err := s.Each(ctx, query+" GROUP BY 1 ORDER BY 1", func(rows *sql.Rows) error {
		var i, n int64
		err := rows.Scan(&i, &n)
		name := "not below " + l.base
		if i < int64(len(hindrances)) {
			name = hindrances[i].name
		}
		pages += n
		each = append(each, fmt.Sprintf("%d %s", n, name))
		return err
	}, chosen.Args...)
	of := "of the pages crawled"
	if p.where.text != "" {
		of = "of the pages that the condition chooses"
	}
	switch {
	case err != nil:
		return fmt.Errorf("export: %w", err)
	case pages > 0:
		return fmt.Errorf("%w: %s, %s", ErrEmpty, of, strings.Join(each, ", "))
	case p.where.text != "":
		return fmt.Errorf("%w: the condition is true of no page", ErrEmpty)
	}
	return fmt.Errorf("%w: the crawl file has no pages", ErrEmpty)
}
