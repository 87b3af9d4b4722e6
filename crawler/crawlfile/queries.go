package crawlfile

// Query is a question to a crawl file, for the sqlite3 shell or any other reader of SQLite.
type Query struct {
	Name string // one word or two, joined by hyphens
	What string // what the rows say
	SQL  string // one statement without parameters, for SQLite 3.38 and later
}

// Queries are the questions that people ask most often. They are also examples of how the tables and views go together.
var Queries = []Query{
	{"broken-links", "links whose target failed, with the page that has the link", `
SELECT l.to_url, p.status, p.error_class, l.from_url, l.text
FROM links AS l JOIN pages AS p ON p.url = l.to_url
WHERE p.error_class NOT IN ('robots', 'private', 'trap')
ORDER BY l.to_url, l.from_url, l.position`},

	{"slowest-pages", "the twenty pages that took longest", `
SELECT duration_ms, bytes, status, url
FROM pages WHERE duration_ms IS NOT NULL
ORDER BY duration_ms DESC, url LIMIT 20`},

	{"untitled-pages", "HTML pages without a title or a description", `
SELECT url, title IS NULL AS no_title, description IS NULL AS no_description
FROM pages
WHERE error_class IS NULL AND status = 200 AND content_type IN ('text/html', 'application/xhtml+xml')
  AND (title IS NULL OR description IS NULL)
ORDER BY url`},

	{"duplicate-pages", "pages with the same content, by its hash", `
SELECT sha256, count(*) OVER (PARTITION BY sha256) AS copies, url
FROM pages
WHERE bytes > 0 AND error_class IS NULL
  AND sha256 IN (SELECT sha256 FROM pages WHERE error_class IS NULL GROUP BY sha256 HAVING count(*) > 1)
ORDER BY copies DESC, sha256, url`},

	{"links-out", "links that leave the crawl: targets that were neither fetched nor left to be", `
SELECT to_url, count(DISTINCT from_url) AS from_pages, min(from_url) AS first_page
FROM links
WHERE to_url NOT IN (SELECT url FROM pages) AND to_url NOT IN (SELECT url FROM pending)
GROUP BY to_url ORDER BY from_pages DESC, to_url`},

	{"orphans", "pages that no other page links to: seeds, and targets of redirects alone", `
SELECT url, depth, referrer
FROM pages
WHERE url NOT IN (SELECT to_url FROM links WHERE to_url <> from_url)
ORDER BY depth, url`},

	{"slowest-domains", "the twenty domains that took longest, and what most of the time was waited for", `
SELECT t.domain, t.requests, t.interval_ms, round((julianday(t.last_at) - julianday(t.first_at)) * 86400, 3) AS seconds,
  w.reason, max(w.share) AS share
FROM traffic AS t LEFT JOIN waits AS w ON w.domain = t.domain
GROUP BY t.domain ORDER BY seconds DESC, t.domain LIMIT 20`},

	{"unlinked-pages", "URLs that sitemaps list and no page links to", `
SELECT s.url, s.sitemap, p.status
FROM sitemap_urls AS s LEFT JOIN pages AS p ON p.url = s.url
WHERE s.url NOT IN (SELECT to_url FROM links WHERE to_url <> from_url)
ORDER BY s.url`},

	{"changes", "what is not as it was in the crawl that this one was told to compare with", `
SELECT change, url, title FROM pages WHERE change <> 'unchanged'
UNION ALL SELECT 'unreached', url, title FROM unreached
ORDER BY change, url`},

	{"redirects", "pages that redirect, and what came of it", `
SELECT a.url, a.status, a.redirect, b.status AS then_status, b.error_class AS then_error
FROM pages AS a LEFT JOIN pages AS b ON b.url = a.redirect
WHERE a.redirect IS NOT NULL ORDER BY a.url`},
}
