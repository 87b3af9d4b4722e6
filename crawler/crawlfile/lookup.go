package crawlfile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"amble/crawler/page"
)

// Listed is a URL that a sitemap lists. Of several sitemaps that list it, the least URL in byte order is kept, whichever
// came first.
type Listed struct {
	URL     string    // canonical
	Sitemap string    // URL of the sitemap
	LastMod time.Time // its lastmod there, kept to the millisecond; zero if there is none
}

// Page is the record of one URL; ok is false if there is none.
func (f *File) Page(ctx context.Context, url string) (p *page.Page, ok bool, err error) {
	p, err = scanPage(f.db.QueryRowContext(ctx, selectPage+" WHERE p.url = ?", url))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return p, err == nil, explain(f.path, "reading the page "+url, err)
}

// Listed is what sitemaps say of a URL; ok is false if none lists it.
func (f *File) Listed(ctx context.Context, url string) (l Listed, ok bool, err error) {
	l.URL = url
	var lastmod string
	err = f.db.QueryRowContext(ctx, "SELECT sitemap, lastmod FROM sitemap_urls WHERE url = ?", url).Scan(&l.Sitemap, text{&lastmod})
	if errors.Is(err, sql.ErrNoRows) {
		return Listed{}, false, nil
	}
	if err == nil {
		l.LastMod, err = parseTime(lastmod)
	}
	return l, err == nil, explain(f.path, "reading what sitemaps list", err)
}

// Check is the check of one URL, without Turn; ok is false if there is none. Its Page is nil as long as it waits.
func (f *File) Check(ctx context.Context, url string) (c Check, ok bool, err error) {
	p := &page.Page{URL: url}
	var status, attempts sql.NullInt64
	var class, why, at string
	var took sql.NullFloat64
	err = f.db.QueryRowContext(ctx, "SELECT method, status, redirect, error_class, error_text, attempts, checked_at, duration_ms, content_type FROM checks WHERE url = ?", url).
		Scan(text{&c.Method}, &status, text{&p.Redirect}, text{&class}, text{&why}, &attempts, text{&at}, &took, text{&p.ContentType})
	if errors.Is(err, sql.ErrNoRows) {
		return Check{}, false, nil
	}
	if c.URL = url; err == nil && attempts.Valid {
		p.Status, p.Attempts, p.Duration = int(status.Int64), int(attempts.Int64), time.Duration(took.Float64*float64(time.Millisecond))
		if class != "" {
			p.Err = &page.Error{Class: page.Class(class), Text: why}
		}
		p.FetchedAt, err = parseTime(at)
		c.Page = p
	}
	return c, err == nil, explain(f.path, "reading a check", err)
}

// Referring is a page that leads to a URL.
type Referring struct {
	URL         string
	Depth       int
	Redirects   int         // in a row, on the way to it
	Robots      string      // see page.Page
	DuplicateOf string      // see page.Page
	Links       []page.Link // the page's links to the URL; none if it only redirects there, or names it as canonical
	Redirect    bool        // it redirects there
}

// LeadingTo is what leads to a URL: other pages that link there, redirect there or are duplicates of it, by depth, then in
// byte order of URLs, at most limit of them; total is the number of all. It reads the links of all pages, which for a large
// crawl takes seconds.
func (f *File) LeadingTo(ctx context.Context, url string, limit int) (all []Referring, total int, err error) {
	// What is searched for is how the link stands in the JSON; whatever looks alike in an anchor text has its quotes escaped.
	needle := string(appendString([]byte(`{"url":`), url))
	rows, err := f.db.QueryContext(ctx, `SELECT url, depth, redirects, robots, duplicate_of, coalesce(redirect = ?1, 0),
  CASE WHEN instr(links, ?2) > 0 THEN links END, count(*) OVER () FROM pages
WHERE url <> ?1 AND (redirect = ?1 OR duplicate_of = ?1 OR instr(links, ?2) > 0) ORDER BY depth, url LIMIT ?3`, url, needle, limit)
	if err != nil {
		return nil, 0, explain(f.path, "looking for links", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Referring
		var links string
		if err := rows.Scan(&r.URL, &r.Depth, &r.Redirects, text{&r.Robots}, text{&r.DuplicateOf}, &r.Redirect, text{&links}, &total); err != nil {
			return nil, 0, explain(f.path, "looking for links", err)
		}
		var parsed []page.Link
		if err := column("links", links, &parsed); err != nil {
			return nil, 0, explain(f.path, "looking for links", err)
		}
		for _, l := range parsed {
			if l.URL == url {
				r.Links = append(r.Links, l)
			}
		}
		if len(r.Links) == 0 && !r.Redirect && r.DuplicateOf != url {
			total-- // it only looked alike
			continue
		}
		all = append(all, r)
	}
	return all, total, explain(f.path, "looking for links", rows.Err())
}

// RedirectsAtRoot are the redirects, from URL to URL, of the pages at depth 0 which fewer than so many redirects in a row led
// to, in the order in which they follow one another.
func (f *File) RedirectsAtRoot(ctx context.Context, fewer int) (all [][2]string, err error) {
	query := fmt.Sprintf("SELECT url, redirect FROM pages WHERE depth = 0 AND redirects < %d AND redirect IS NOT NULL ORDER BY redirects, url", fewer)
	for r, err := range each(ctx, f.source(), "reading redirects", query, func(rows *sql.Rows) (r [2]string, err error) {
		err = rows.Scan(&r[0], &r[1])
		return r, err
	}) {
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// Knows are those of the URLs that the crawl knows as pages, as pending or from a sitemap, in their order; then at most ten
// pages and pending URLs that differ from the first of the URLs in letter case alone, or in having a query.
func (f *File) Knows(ctx context.Context, urls ...string) (known []string, err error) {
	seen := make(map[string]bool)
	take := func(query string, args ...any) error {
		found, err := texts(ctx, f.db, query, args...)
		for _, u := range found {
			if !seen[u] {
				seen[u] = true
				known = append(known, u)
			}
		}
		return err
	}
	for _, u := range urls {
		err = errors.Join(err, take(`SELECT url FROM pages WHERE url = ?1
UNION SELECT url FROM pending WHERE url = ?1 UNION SELECT url FROM sitemap_urls WHERE url = ?1`, u))
	}
	if len(urls) > 0 {
		// A query begins with "?", and "@" is the next character: a range of the index.
		err = errors.Join(err, take(`SELECT url FROM (SELECT url FROM pages UNION ALL SELECT url FROM pending)
WHERE url <> ?1 AND (url = ?1 COLLATE NOCASE OR url >= ?1 || '?' AND url < ?1 || '@') ORDER BY url LIMIT 10`, urls[0]))
	}
	return known, explain(f.path, "looking for URLs like "+first(urls), err)
}

func first(s []string) string {
	if len(s) == 0 {
		return "none"
	}
	return s[0]
}
