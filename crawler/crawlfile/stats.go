package crawlfile

import (
	"context"
	"database/sql"

	"amble/crawler/page"
)

// DomainCount is a registrable domain and what the crawl has of it. One that was only linked to has neither pages nor
// pending URLs.
type DomainCount struct {
	Domain  string
	Pages   int // recorded
	Pending int // met, not yet recorded
}

// Domains are the registrable domains of all pages and of all links found, in byte order.
func (f *File) Domains(ctx context.Context) (all []DomainCount, err error) {
	const query = `
WITH p AS (SELECT domain, count(*) AS n FROM pages WHERE domain IS NOT NULL GROUP BY domain),
     w AS (SELECT domain, count(*) AS n FROM pending WHERE domain IS NOT NULL GROUP BY domain),
     d AS (SELECT domain FROM domains UNION SELECT domain FROM p UNION SELECT domain FROM w)
SELECT d.domain, coalesce(p.n, 0), coalesce(w.n, 0)
FROM d LEFT JOIN p ON p.domain = d.domain LEFT JOIN w ON w.domain = d.domain ORDER BY d.domain`
	for d, err := range each(ctx, f.source(), "counting domains", query, func(rows *sql.Rows) (d DomainCount, err error) {
		err = rows.Scan(&d.Domain, &d.Pages, &d.Pending)
		return d, err
	}) {
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// DomainNames are the registrable domains of all pages and of all links found, as they were recorded.
func (f *File) DomainNames(ctx context.Context) ([]string, error) {
	names, err := texts(ctx, f.db, "SELECT domain FROM domains")
	return names, explain(f.path, "reading domains", err)
}

// Stats are totals over the file, counted anew from its rows.
type Stats struct {
	Pages    int
	Fetched  int   // of these, asked for at least once
	Requests int   // made for these pages, those for robots.txt and whatever has no record left out
	Retries  int   // of these, repetitions
	Failed   int   // pages with an error, those that were held back among them
	Pending  int   // URLs met and not yet recorded
	Bytes    int64 // sum of the pages' sizes, without those that are not modified
	ByStatus map[int]int
	ByClass  map[page.Class]int // failures
	// Duplicates are pages whose links were left alone because they are duplicates; HeldBack, by reason, are URLs in traps.
	// Truncated are pages without an error that were read in part only.
	Duplicates int
	HeldBack   map[string]int
	Truncated  int
	// ByChange are pages by what has become of them since an earlier crawl. NotModified are those that the server said are not
	// modified, Spared is the sum of their sizes, Unreached the number of the pages that were not come to.
	ByChange    map[page.Change]int
	NotModified int
	Spared      int64
	Unreached   int
}

// Stats counts. It reads all pages but not their links.
func (f *File) Stats(ctx context.Context) (Stats, error) {
	s := Stats{ByStatus: make(map[int]int), ByClass: make(map[page.Class]int), HeldBack: make(map[string]int),
		ByChange: make(map[page.Change]int)}
	type group struct {
		status  int
		class   sql.NullString
		pages   int
		fetched int
		bytes   int64
		waiting bool
		same    int
		trap    string
		change  string
		spared  int64
		kept    int
		missed  int
		asked   int
		again   int
		cut     int
	}
	// One statement, so that all figures belong to one state of the file.
	const query = `
SELECT coalesce(status, 0), error_class, count(*), sum(bytes), 0, sum(attempts > 0), sum(duplicate_of IS NOT NULL),
  CASE error_class WHEN 'trap' THEN error_text END AS trap, change, sum(iif(not_modified, bytes, 0)), count(not_modified), 0,
  sum(attempts), sum(max(attempts - 1, 0)), count(truncated)
FROM pages GROUP BY 1, 2, trap, change
UNION ALL SELECT 0, NULL, count(*), 0, 1, 0, 0, NULL, NULL, 0, 0, (SELECT count(*) FROM unreached), 0, 0, 0 FROM pending`
	for g, err := range each(ctx, f.source(), "counting pages", query, func(rows *sql.Rows) (g group, err error) {
		err = rows.Scan(&g.status, &g.class, &g.pages, &g.bytes, &g.waiting, &g.fetched, &g.same, text{&g.trap},
			text{&g.change}, &g.spared, &g.kept, &g.missed, &g.asked, &g.again, &g.cut)
		return g, err
	}) {
		switch {
		case err != nil:
			return Stats{}, err
		case g.waiting:
			s.Pending, s.Unreached = g.pages, g.missed
			continue
		}
		s.Pages += g.pages
		s.Fetched += g.fetched
		s.Requests += g.asked
		s.Retries += g.again
		s.Bytes += g.bytes - g.spared
		s.Spared += g.spared
		s.NotModified += g.kept
		if g.change != "" {
			s.ByChange[page.Change(g.change)] += g.pages
		}
		s.Duplicates += g.same
		if g.trap != "" {
			s.HeldBack[g.trap] += g.pages
		}
		if g.status != 0 {
			s.ByStatus[g.status] += g.pages
		}
		if g.class.Valid {
			s.Failed += g.pages
			s.ByClass[page.Class(g.class.String)] += g.pages
		} else {
			s.Truncated += g.cut
		}
	}
	return s, nil
}
