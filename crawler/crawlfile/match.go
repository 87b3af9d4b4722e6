package crawlfile

import (
	"context"
	"database/sql"
	"iter"
	"strings"
)

// Match is a URL in one or both of two crawl files. Pages whose records agree in all but times and paths have none.
type Match struct {
	URL      string // as the new crawl has it
	Old, New int64  // numbers of the records; 0 if there is none
	From     int64  // if its content was at another URL: the number of the old record there
	Left     bool   // its content is at another URL now, whose Match has this record as From
}

// The conditions on a record, as package page has them: there are compare.go's there and missing.
const (
	isThere   = `(%.error_class IS NULL AND %.status IS NOT NULL)`
	isMissing = `(%.status IN (404, 410))`
	isRead    = `(%.error_class IS NULL AND %.status BETWEEN 200 AND 299 AND %.sha256 IS NOT NULL AND %.bytes > 0 AND %.truncated IS NULL)`
)

func of(table, condition string) string { return strings.ReplaceAll(condition, "%", table) }

// FindMoved finds contents that are at another URL now: read whole before, and now missing there, redirected, or not reached
// by a crawl that is whole; read whole under a URL that was not there before. Where several have the same content, the target of
// the redirect comes first, then the order of URLs decides. It must come before Matches, which is otherwise without them.
func (p *Pair) FindMoved(ctx context.Context) error {
	left, came := "o.id IS NOT NULL", "n.id IS NOT NULL"
	if !p.New.Whole() {
		left = "n.id IS NOT NULL"
	}
	if !p.Old.Whole() {
		came = "o.id IS NOT NULL"
	}
	match := "o.url = n.url"
	if len(p.maps) > 0 {
		match = "o.id = (SELECT id FROM mapped WHERE url = n.url)"
	}
	for _, s := range []string{
		`CREATE TEMP TABLE lefts AS SELECT o.id, o.as_url AS url, o.sha256, n.redirect FROM was AS o LEFT JOIN new.pages AS n ON n.url = o.as_url
WHERE ` + of("o", isRead) + ` AND (n.id IS NULL OR n.redirect IS NOT NULL OR ` + of("n", isMissing) + `) AND ` + left,
		`CREATE TEMP TABLE comes AS SELECT n.id, n.url, n.sha256 FROM new.pages AS n LEFT JOIN old.pages AS o ON ` + match + `
WHERE ` + of("n", isRead) + ` AND (o.id IS NULL OR ` + of("o", isMissing) + `) AND ` + came,
		`CREATE INDEX temp.comes_url ON comes(url)`,
		`INSERT OR IGNORE INTO moved SELECT l.id, c.id, l.url, c.url FROM lefts AS l JOIN comes AS c ON c.url = l.redirect AND c.sha256 = l.sha256 ORDER BY l.url`,
		`INSERT OR IGNORE INTO moved SELECT l.id, c.id, l.url, c.url FROM
  (SELECT *, row_number() OVER (PARTITION BY sha256 ORDER BY url) AS nth FROM lefts WHERE id NOT IN (SELECT old FROM moved)) AS l JOIN
  (SELECT *, row_number() OVER (PARTITION BY sha256 ORDER BY url) AS nth FROM comes WHERE id NOT IN (SELECT new FROM moved)) AS c USING (sha256, nth)`,
		`DROP TABLE lefts`,
		`DROP TABLE comes`,
	} {
		if _, err := p.tx.ExecContext(ctx, s); err != nil {
			return explain(p.paths[1], "looking for pages that moved", err)
		}
	}
	return nil
}

// compared are the columns in which records may differ to anyone's interest.
var compared = []string{
	"status", "redirect", "error_class", "bytes", "truncated", "sha256", "simhash", "content_type", "charset", "title", "description", "canonical", "lang",
	"robots", "duplicate_of", "etag", "last_modified", "links",
}

// oldMatches walks the old URLs in order, newMatches those that only the new crawl has: each reads an index in its order.
func (p *Pair) oldMatches() string {
	row := func(t string) string { return "(" + t + "." + strings.Join(compared, ", "+t+".") + ")" }
	from := "old.pages AS o"
	url := "o.url"
	if len(p.maps) > 0 {
		from, url = "mapped AS m CROSS JOIN old.pages AS o ON o.id = m.id", "m.url"
	}
	return `SELECT ` + url + `, o.id, coalesce(n.id, 0), coalesce((SELECT old FROM moved WHERE new = n.id), 0), EXISTS (SELECT 1 FROM moved WHERE old = o.id)
FROM ` + from + ` LEFT JOIN new.pages AS n ON n.url = ` + url + ` WHERE n.id IS NULL OR ` + row("o") + ` IS NOT ` + row("n") + ` ORDER BY ` + url
}

func (p *Pair) newMatches() string {
	there := "SELECT 1 FROM old.pages AS o WHERE o.url = n.url"
	if len(p.maps) > 0 {
		there = "SELECT 1 FROM mapped AS m WHERE m.url = n.url"
	}
	return `SELECT n.url, 0, n.id, coalesce((SELECT old FROM moved WHERE new = n.id), 0), 0 FROM new.pages AS n WHERE NOT EXISTS (` + there + `) ORDER BY n.url`
}

// Matches yields, in byte order of URLs as the new crawl has them, what is not the same in both. An error ends it, with the zero
// value. Pages may be read meanwhile.
func (p *Pair) Matches(ctx context.Context) iter.Seq2[Match, error] {
	scan := func(rows *sql.Rows) (m Match, err error) {
		err = rows.Scan(&m.URL, &m.Old, &m.New, &m.From, &m.Left)
		return m, err
	}
	return func(yield func(Match, error) bool) {
		older, stopOld := iter.Pull2(pairRows(ctx, p, p.oldMatches(), scan))
		defer stopOld()
		newer, stopNew := iter.Pull2(pairRows(ctx, p, p.newMatches(), scan))
		defer stopNew()
		o, errO, moreOld := older()
		n, errN, moreNew := newer()
		for moreOld || moreNew {
			var more bool
			if !moreNew || moreOld && (errO != nil || errN == nil && o.URL < n.URL) {
				more = yield(o, errO) && errO == nil
				o, errO, moreOld = older()
			} else {
				more = yield(n, errN) && errN == nil
				n, errN, moreNew = newer()
			}
			if !more {
				return
			}
		}
	}
}

// pairRows yields the rows of a query on both files.
func pairRows[T any](ctx context.Context, p *Pair, query string, scan func(*sql.Rows) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, err := p.tx.QueryContext(ctx, query)
		if err != nil {
			yield(none, explain(p.paths[0]+" and "+p.paths[1], "comparing them", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				yield(none, explain(p.paths[0]+" and "+p.paths[1], "comparing them", err))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, explain(p.paths[0]+" and "+p.paths[1], "comparing them", err))
		}
	}
}
