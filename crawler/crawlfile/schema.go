package crawlfile

// Both numbers are in the file's header, where file(1) and SQLite itself find them.
const (
	applicationID = 0x616D626C // "ambl"
	schemaVersion = 5
)

// schema makes an empty crawl file. SQLite keeps the text of each statement, comments included, so that ".schema" in the
// sqlite3 shell shows what is written here.
var schema = []string{
	`CREATE TABLE meta ( -- what holds for the whole crawl
  key   TEXT PRIMARY KEY, -- amble_version, created_at, config (JSON), archive (JSON: how far the WARC files are part of the crawl), mirror (JSON: how far the copy's bodies are), reading (JSON: how records were made of pages), reach (JSON: what belongs to the crawl), grown_to (pages.id: up to there links were judged by a smaller scope), alive_at, key_seed, fields (JSON: names of the fields that the crawl was asked for), state, reason, finished_at, statistics (JSON)
  value TEXT NOT NULL     -- state is running, complete, limited, interrupted or failed; times are ISO 8601, UTC
) WITHOUT ROWID`,

	`CREATE TABLE seeds ( -- where the crawl began
  position INTEGER PRIMARY KEY, -- from 0, in the order given
  url      TEXT NOT NULL
)`,

	`CREATE TABLE pages ( -- every URL that was asked for, or that robots.txt forbids; NULL is "none" or "unknown"
  id           INTEGER PRIMARY KEY,  -- in the order of recording
  url          TEXT NOT NULL UNIQUE, -- canonical: absolute, without fragment
  depth        INTEGER NOT NULL,     -- least number of clicks from a seed; a redirect is no click
  redirects    INTEGER NOT NULL,     -- redirects in a row that led here; 0 if a link or a seed did
  referrer     TEXT,                 -- the page whose link or redirect led here; NULL for a seed
  domain       TEXT,                 -- registrable domain of url
  status       INTEGER,              -- HTTP status of the last attempt; NULL if there was no answer
  redirect     TEXT,                 -- where a 3xx answer pointed to
  error_class  TEXT,                 -- NULL if the page was read; else dns, refused, timeout, 4xx, 5xx, robots, ...
  error_text   TEXT,                 -- one line for a person
  attempts     INTEGER NOT NULL,     -- requests made; 0 if robots.txt forbids the URL
  fetched_at   TEXT,                 -- when the last attempt began: ISO 8601, UTC, milliseconds
  duration_ms  REAL,                 -- time of the last attempt, in milliseconds
  bytes        INTEGER NOT NULL,     -- size of the body after content decoding
  truncated    INTEGER,              -- 1 if the body is longer than what was read of it
  sha256       TEXT,                 -- of the body after content decoding, lower-case hexadecimal
  simhash      TEXT,                 -- of the visible text, 16 hexadecimal digits: near-duplicates differ in at most 5 bits
  content_type TEXT,                 -- lower case, without parameters
  charset      TEXT,                 -- the encoding the text was decoded from
  title        TEXT,
  description  TEXT,
  canonical    TEXT,                 -- link rel=canonical
  lang         TEXT,
  robots       TEXT,                 -- what the page asks of robots: noindex, nofollow or both, with a comma and a space between
  duplicate_of TEXT,                 -- the page that the crawl took this one for a duplicate of, leaving its links alone
  etag          TEXT,                -- the ETag of a 2xx answer, as received
  last_modified TEXT,                -- its Last-Modified, as received
  change       TEXT,                 -- since the crawl that this one was told to compare with: new, changed, unchanged or gone; NULL if that cannot be told
  not_modified INTEGER,              -- 1 if the server said so (304) and sent no body: all that follows from one, status and bytes too, is of the crawl before
  meta         TEXT,                 -- JSON: [{"name","content"}], see the view page_meta
  images       TEXT,                 -- JSON: [{"src","alt"}], see the view images
  links        TEXT,                 -- JSON: [{"url","rel","text"}], see the view links
  assets       TEXT,                 -- JSON: [{"url","kind"}], what the page is made of, if that is to be checked
  ids          TEXT,                 -- JSON: ["id"], names of places in the page, if fragments are to be checked; NULL if they are not known
  fragments    TEXT,                 -- JSON: [{"url","id"}], places that its links name
  fields       TEXT                  -- JSON: {"name": ["value"]}, what the crawl was asked to take out of its pages, see the view fields
)`,

	// No index on url: with one, each page's twenty new URLs would dirty twenty random leaves, which cost more than all else in a
	// commit together. The crawl knows where each URL waits, and rows are appended at one end and taken near the other.
	`CREATE TABLE pending ( -- URLs met and not yet recorded in pages: what a resumed crawl goes on with
  id        INTEGER PRIMARY KEY, -- in the order of discovery
  url       TEXT NOT NULL,       -- no URL is here twice
  domain    TEXT,                -- registrable domain of url
  host      TEXT,                -- where the crawl limits by host: whose turn it waits for
  depth     INTEGER NOT NULL,
  redirects INTEGER NOT NULL,
  chain     INTEGER NOT NULL,    -- redirects in a row that led here, those that counted as clicks included
  referrer  TEXT
)`,

	`CREATE TABLE backlog ( -- pages to which a shorter path was found, or whose links were judged by a smaller scope: links to be taken in again
  page INTEGER PRIMARY KEY -- pages.id
)`,

	`CREATE TABLE domains ( -- registrable domains of all pages and of all links found
  domain TEXT PRIMARY KEY
) WITHOUT ROWID`,

	`CREATE TABLE robots ( -- robots.txt of each origin, as it was last fetched
  origin     TEXT PRIMARY KEY, -- scheme://host:port
  status     INTEGER,          -- HTTP status; NULL if there was no answer
  body       BLOB,
  fetched_at TEXT,             -- ISO 8601, UTC, milliseconds
  expires_at TEXT,             -- when it must be asked for anew
  error      TEXT,             -- why there was no answer
  content_type TEXT,           -- as in pages
  redirected_to TEXT           -- the URL that answered in the end; NULL if it is /robots.txt at the origin
)`,

	// A table of its own: what sitemaps list may come before or after the page, and need never become one.
	`CREATE TABLE sitemap_urls ( -- URLs that sitemaps list, whether or not they were fetched
  url     TEXT PRIMARY KEY, -- canonical
  sitemap TEXT NOT NULL,    -- the sitemap that lists it; of several the least in byte order
  lastmod TEXT              -- its lastmod there: ISO 8601, UTC, milliseconds
) WITHOUT ROWID`,

	`CREATE TABLE sitemaps ( -- sitemaps that have been read
  url TEXT PRIMARY KEY
) WITHOUT ROWID`,

	// A table of its own: these URLs are no pages, and nothing that speaks of pages is to see them.
	`CREATE TABLE checks ( -- URLs that the crawl does not read, but asks for to see whether they are there
  id           INTEGER PRIMARY KEY,
  url          TEXT NOT NULL UNIQUE, -- canonical
  turn         TEXT NOT NULL,        -- registrable domain, or host where the crawl limits by host
  method       TEXT,                 -- HEAD or GET, of the last attempt; as long as it waits, GET where the body is wanted
  status       INTEGER,              -- this and what follows as in pages
  redirect     TEXT,                 -- a page, or another row here
  error_class  TEXT,
  error_text   TEXT,
  attempts     INTEGER,              -- requests made; 0 if robots.txt forbids the URL, NULL as long as it waits
  checked_at   TEXT,
  duration_ms  REAL,
  content_type TEXT
)`,

	// Written at the end of a complete crawl. Whether these pages are still there nobody knows: they were not asked for.
	`CREATE TABLE unreached ( -- pages (2xx) of the crawl that this one was told to compare with which it did not come to
  url      TEXT PRIMARY KEY,
  depth    INTEGER NOT NULL, -- there, as are the others
  referrer TEXT,
  title    TEXT
) WITHOUT ROWID`,

	`CREATE TABLE traffic ( -- how the crawl dealt with each domain; see the views waits and gaps
  domain         TEXT PRIMARY KEY, -- or host, where the crawl limits by host
  requests       INTEGER NOT NULL, -- made, those for robots.txt and repeated ones included
  interval_ms    REAL,             -- between two requests, in force at the end; NULL if there was no limit
  crawl_delay_ms REAL,             -- of this, what robots.txt asked for
  least_gap_ms   REAL,             -- observed between the starts of two requests in a row
  median_gap_ms  REAL,
  gaps           TEXT,             -- JSON: [count, ...], numbers of gaps by class, see the view gaps
  most_in_flight INTEGER NOT NULL, -- requests in flight at once
  waited         TEXT,             -- JSON: {"reason": milliseconds}, see the view waits
  first_at       TEXT,             -- when the first request began: ISO 8601, UTC, milliseconds
  last_at        TEXT,             -- when the last one began
  bytes          INTEGER NOT NULL, -- received
  not_before     TEXT,             -- no request before this time: ISO 8601, UTC, milliseconds
  why            TEXT,             -- why not, as in the view waits
  busy           INTEGER NOT NULL  -- how often the server has said lately that it is overloaded
) WITHOUT ROWID`,

	`CREATE TABLE origins ( -- origins that fail, and, where the crawl has a budget for each, what came from them
  origin   TEXT PRIMARY KEY, -- scheme://host:port
  failures INTEGER NOT NULL, -- requests that failed in a row
  probe_at TEXT,             -- when it is asked again: ISO 8601, UTC, milliseconds; NULL if it is not set aside
  probes   INTEGER NOT NULL, -- how often it was asked in vain since it was set aside
  bytes    INTEGER NOT NULL  -- received
) WITHOUT ROWID`,

	`CREATE TABLE payloads ( -- what the archive holds: the first response with each payload
  digest TEXT PRIMARY KEY, -- as in WARC-Payload-Digest
  record BLOB NOT NULL,    -- the UUID of WARC-Record-ID
  url    TEXT NOT NULL,
  date   TEXT NOT NULL     -- ISO 8601, UTC, milliseconds
) WITHOUT ROWID`,

	`CREATE VIEW links AS -- one row for each link of each page
SELECT p.url AS from_url, l.key AS position,
  json_extract(l.value, '$.url') AS to_url, json_extract(l.value, '$.rel') AS rel, json_extract(l.value, '$.text') AS text
FROM pages AS p, json_each(p.links) AS l`,

	`CREATE VIEW images AS -- one row for each image of each page
SELECT p.url AS page_url, i.key AS position,
  json_extract(i.value, '$.src') AS src, json_extract(i.value, '$.alt') AS alt
FROM pages AS p, json_each(p.images) AS i`,

	`CREATE VIEW page_meta AS -- one row for each meta element of each page
SELECT p.url AS page_url, m.key AS position,
  json_extract(m.value, '$.name') AS name, json_extract(m.value, '$.content') AS content
FROM pages AS p, json_each(p.meta) AS m`,

	`CREATE VIEW fields AS -- one row for each value of each field of each page
SELECT p.url AS page_url, f.key AS name, v.key AS position, v.value AS value
FROM pages AS p, json_each(p.fields) AS f, json_each(f.value) AS v`,

	`CREATE VIEW waits AS -- where the time of each domain went: one row for each reason, shares in percent
SELECT t.domain, w.key AS reason, w.value AS waited_ms,
  round(100.0 * w.value / sum(w.value) OVER (PARTITION BY t.domain), 1) AS share
FROM traffic AS t, json_each(t.waited) AS w WHERE w.value > 0`,

	`CREATE VIEW gaps AS -- gaps between requests to each domain: how many were in each class that has any
SELECT t.domain, CASE g.key WHEN 0 THEN 0 ELSE json_extract(b.bounds, '$[' || (g.key - 1) || ']') END AS from_ms,
  json_extract(b.bounds, '$[' || g.key || ']') AS below_ms, g.value AS gaps
FROM traffic AS t, json_each(t.gaps) AS g,
  (SELECT '` + gapBoundsJSON() + `' AS bounds) AS b WHERE g.value > 0`,

	`CREATE VIEW failures AS -- pages that failed or were not allowed, and who led to them
SELECT url, status, error_class, error_text, attempts, depth, referrer FROM pages WHERE error_class IS NOT NULL`,
}

// columnsPending is how many values a row of pending has.
const columnsPending = 8

// Statements of the writer.
const (
	insertPage = `INSERT INTO pages(url, depth, redirects, referrer, domain, status, redirect, error_class, error_text, attempts,
  fetched_at, duration_ms, bytes, sha256, simhash, content_type, charset, title, description, canonical, lang, robots, duplicate_of, truncated,
  etag, last_modified, change, not_modified, meta, images, links, assets, ids, fragments, fields)
VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`
	insertPending = `INSERT INTO pending(id, url, domain, host, depth, redirects, chain, referrer) VALUES(?,?,?,?,?,?,?,?)`
	morePending   = `,(?,?,?,?,?,?,?,?)`
	takePending   = `DELETE FROM pending WHERE id = ?`
	nearerPending = `UPDATE pending SET depth = ?1, redirects = ?2, referrer = ?3, chain = ?5
WHERE id = ?4 AND (depth, redirects, coalesce(referrer, '')) > (?1, ?2, coalesce(?3, ''))`
	nearerPage = `UPDATE pages SET depth = ?1, redirects = ?2, referrer = ?3
WHERE url = ?4 AND (depth, redirects, coalesce(referrer, '')) > (?1, ?2, coalesce(?3, ''))`
	insertBacklog = `INSERT OR IGNORE INTO backlog SELECT id FROM pages WHERE url = ?`
	takeBacklog   = `DELETE FROM backlog WHERE page = (SELECT id FROM pages WHERE url = ?)`
	setGrown      = `INSERT OR REPLACE INTO meta SELECT 'grown_to', max(id) FROM pages HAVING max(id) > 0`
	insertGrown   = `INSERT OR IGNORE INTO backlog SELECT id FROM pages WHERE id <= (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'grown_to')`
	insertSitemap = `INSERT OR IGNORE INTO sitemaps(url) VALUES(?)`
	insertOrigin  = `INSERT OR REPLACE INTO origins(origin, failures, probe_at, probes, bytes) VALUES(?,?,?,?,?)`
	insertCheck   = `INSERT INTO checks(url, turn, method) VALUES(?,?,?) ON CONFLICT(url) DO UPDATE SET method = 'GET', attempts = NULL WHERE excluded.method = 'GET' AND method IS NOT 'GET'`
	settleCheck   = `UPDATE checks SET method = ?, status = ?, redirect = ?, error_class = ?, error_text = ?, attempts = ?, checked_at = ?, duration_ms = ?, content_type = ? WHERE url = ?`
	insertDomain  = `INSERT OR IGNORE INTO domains(domain) VALUES(?)`
	insertRobots  = `INSERT OR REPLACE INTO robots(origin, status, body, fetched_at, expires_at, error, content_type, redirected_to) VALUES(?,?,?,?,?,?,?,?)`
	insertListed  = `INSERT INTO sitemap_urls(url, sitemap, lastmod) VALUES(?,?,?)
ON CONFLICT(url) DO UPDATE SET sitemap = excluded.sitemap, lastmod = excluded.lastmod
WHERE excluded.sitemap < sitemap OR excluded.sitemap = sitemap AND excluded.lastmod > coalesce(lastmod, '')`
	insertUnreached = `INSERT OR REPLACE INTO unreached(url, depth, referrer, title) VALUES(?,?,?,?)`
	insertTraffic   = `INSERT OR REPLACE INTO traffic(domain, requests, interval_ms, crawl_delay_ms, least_gap_ms, median_gap_ms, gaps,
  most_in_flight, waited, first_at, last_at, bytes, not_before, why, busy) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`
	insertPayload = `INSERT OR IGNORE INTO payloads(digest, record, url, date) VALUES(?,?,?,?)`
	insertSeed    = `INSERT INTO seeds(position, url) VALUES(?,?)`
	setMeta       = `INSERT OR REPLACE INTO meta(key, value) VALUES(?,?)`
)
