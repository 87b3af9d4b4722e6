package crawlfile

// Both numbers are in the file's header, where file(1) and SQLite itself find them.
const (
	applicationID = 0x616D626C // "ambl"
	schemaVersion = 1
)

// schema makes an empty crawl file. SQLite keeps the text of each statement, comments included, so that ".schema" in the
// sqlite3 shell shows what is written here.
var schema = []string{
	`CREATE TABLE meta ( -- what holds for the whole crawl
  key   TEXT PRIMARY KEY, -- amble_version, created_at, config (JSON), key_seed, state, reason, finished_at, statistics (JSON)
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
  sha256       TEXT,                 -- of the body after content decoding, lower-case hexadecimal
  content_type TEXT,                 -- lower case, without parameters
  charset      TEXT,                 -- the encoding the text was decoded from
  title        TEXT,
  description  TEXT,
  canonical    TEXT,                 -- link rel=canonical
  lang         TEXT,
  meta         TEXT,                 -- JSON: [{"name","content"}], see the view page_meta
  images       TEXT,                 -- JSON: [{"src","alt"}], see the view images
  links        TEXT                  -- JSON: [{"url","rel","text"}], see the view links
)`,

	// No index on url: a File knows the rows by their id (see queue).
	`CREATE TABLE pending ( -- URLs met and not yet recorded in pages: what a resumed crawl goes on with
  id        INTEGER PRIMARY KEY, -- in the order of discovery
  url       TEXT NOT NULL,       -- no URL is here twice
  domain    TEXT,
  depth     INTEGER NOT NULL,
  redirects INTEGER NOT NULL,
  referrer  TEXT
)`,

	`CREATE TABLE domains ( -- registrable domains of all pages and of all links found
  domain TEXT PRIMARY KEY
) WITHOUT ROWID`,

	`CREATE TABLE robots ( -- robots.txt of each origin, as it was last fetched
  origin     TEXT PRIMARY KEY, -- scheme://host:port
  status     INTEGER,          -- HTTP status; NULL if there was no answer
  body       BLOB,
  fetched_at TEXT,             -- ISO 8601, UTC, milliseconds
  error      TEXT              -- why there was no answer
)`,

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

	`CREATE VIEW failures AS -- pages that failed or were not allowed, and who led to them
SELECT url, status, error_class, error_text, attempts, depth, referrer FROM pages WHERE error_class IS NOT NULL`,
}

// Statements of the writer.
const (
	insertPage = `INSERT INTO pages(url, depth, redirects, referrer, domain, status, redirect, error_class, error_text, attempts,
  fetched_at, duration_ms, bytes, sha256, content_type, charset, title, description, canonical, lang, meta, images, links)
VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`
	insertPending = `INSERT INTO pending(id, url, domain, depth, redirects, referrer) VALUES(?,?,?,?,?,?)`
	morePending   = `,(?,?,?,?,?,?)`
	takePending   = `DELETE FROM pending WHERE id = ? AND url = ? RETURNING depth, redirects, coalesce(referrer, '')`
	urlOfPending  = `SELECT url FROM pending WHERE id = ?`
	nearerPending = `UPDATE pending SET depth = ?1, redirects = ?2, referrer = ?3
WHERE id = ?4 AND (depth, redirects, coalesce(referrer, '')) > (?1, ?2, coalesce(?3, ''))`
	nearerPage = `UPDATE pages SET depth = ?1, redirects = ?2, referrer = ?3
WHERE url = ?4 AND (depth, redirects, coalesce(referrer, '')) > (?1, ?2, coalesce(?3, ''))`
	isPage       = `SELECT 1 FROM pages WHERE url = ?`
	insertDomain = `INSERT OR IGNORE INTO domains(domain) VALUES(?)`
	insertRobots = `INSERT OR REPLACE INTO robots(origin, status, body, fetched_at, error) VALUES(?,?,?,?,?)`
	insertSeed   = `INSERT INTO seeds(position, url) VALUES(?,?)`
	setMeta      = `INSERT OR REPLACE INTO meta(key, value) VALUES(?,?)`
)
