package crawlfile

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"amble/crawler/page"
)

// selectPage selects what scanPage reads, in its order. What sitemaps say of a page is looked up as it is read, so that it
// does not matter which came first.
const (
	selectPage  = selectShort + "meta, images, links, assets, ids, fragments, fields" + fromPages
	selectBrief = selectShort + "NULL, NULL, NULL, NULL, NULL, NULL, NULL" + fromPages

	selectShort = `SELECT p.url, depth, redirects, referrer, status, redirect, error_class, error_text, attempts,
  fetched_at, duration_ms, bytes, sha256, simhash, content_type, charset, title, description, canonical, lang, robots, duplicate_of, truncated,
  etag, last_modified, change, not_modified, s.sitemap, s.lastmod, `
	fromPages = ` FROM pages AS p LEFT JOIN sitemap_urls AS s ON s.url = p.url`
)

// Selection says which pages are wanted, and how much of each.
type Selection struct {
	// Where is a condition of SQL over the columns of the tables pages, as p, and sitemap_urls, as s; empty for all pages. It is
	// code, as the rest of the query is: what comes from outside belongs into Args, which stand for its question marks.
	Where string
	Args  []any
	// Brief leaves out Links, Images, Meta, Fields and their like, which make up most of a record and of the time that reading it takes.
	Brief bool
}

// Pages yields all pages by depth, then by URL in byte order: one state of the file, whatever is committed meanwhile. An
// error ends it, with a nil page. Memory does not grow with the number of pages; SQLite sorts on disk what is too large.
func (f *File) Pages(ctx context.Context) iter.Seq2[*page.Page, error] {
	return func(yield func(*page.Page, error) bool) {
		s, err := f.Snapshot(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		defer s.Close()
		for p, err := range s.Select(ctx, Selection{}) {
			if !yield(p, err) {
				return
			}
		}
	}
}

// Select yields the pages of a selection as [File.Pages] yields all.
func (s *Snapshot) Select(ctx context.Context, which Selection) iter.Seq2[*page.Page, error] {
	return func(yield func(*page.Page, error) bool) {
		err := s.pages(ctx, which, func(p *page.Page) bool { return yield(p, nil) })
		if err != nil {
			yield(nil, explain(s.path, "reading pages", err))
		}
	}
}

func (s *Snapshot) pages(ctx context.Context, which Selection, yield func(*page.Page) bool) error {
	// Only ids are sorted: rows with their links would be written out and read back once more.
	query := "SELECT p.id FROM pages AS p"
	if which.Where != "" {
		query += " LEFT JOIN sitemap_urls AS s ON s.url = p.url WHERE " + which.Where
	}
	order, err := s.tx.QueryContext(ctx, query+" ORDER BY p.depth, p.url", which.Args...)
	if err != nil {
		return err
	}
	defer order.Close()
	record := selectPage
	if which.Brief {
		record = selectBrief
	}
	one, err := s.tx.PrepareContext(ctx, record+" WHERE p.id = ?")
	if err != nil {
		return err
	}
	defer one.Close()
	for order.Next() {
		var id int64
		if err := order.Scan(&id); err != nil {
			return err
		}
		p, err := scanPage(one.QueryRowContext(ctx, id))
		if err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		if !yield(p) {
			return nil
		}
	}
	return order.Err()
}

// text is a column where NULL stands for the empty string.
type text struct{ s *string }

func (t text) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*t.s = ""
	case string:
		*t.s = v
	default:
		return fmt.Errorf("%T where text is due", v)
	}
	return nil
}

func scanPage(row *sql.Row) (*page.Page, error) {
	var p page.Page
	var status sql.NullInt64
	var class sql.NullString
	var ms sql.NullFloat64
	var truncated, notModified sql.NullBool
	var change, errText, fetched, lastmod, meta, images, links, assets, ids, fragments, fields string
	err := row.Scan(&p.URL, &p.Depth, &p.Redirects, text{&p.Referrer}, &status, text{&p.Redirect}, &class, text{&errText},
		&p.Attempts, text{&fetched}, &ms, &p.Bytes, text{&p.SHA256}, text{&p.SimHash}, text{&p.ContentType}, text{&p.Charset},
		text{&p.Title}, text{&p.Description}, text{&p.Canonical}, text{&p.Lang}, text{&p.Robots}, text{&p.DuplicateOf}, &truncated,
		text{&p.ETag}, text{&p.LastModified}, text{&change}, &notModified, text{&p.Sitemap}, text{&lastmod}, text{&meta}, text{&images}, text{&links},
		text{&assets}, text{&ids}, text{&fragments}, text{&fields})
	if err != nil {
		return nil, err
	}
	p.Status, p.Truncated = int(status.Int64), truncated.Bool
	p.Change, p.NotModified = page.Change(change), notModified.Bool
	if class.Valid {
		p.Err = &page.Error{Class: page.Class(class.String), Text: errText}
	}
	if p.FetchedAt, err = parseTime(fetched); err != nil {
		return nil, fmt.Errorf("fetched_at: %w", err)
	}
	if p.LastMod, err = parseTime(lastmod); err != nil {
		return nil, fmt.Errorf("lastmod: %w", err)
	}
	p.Duration = duration(ms.Float64)
	return &p, errors.Join(column("meta", meta, &p.Meta), column("images", images, &p.Images), column("links", links, &p.Links),
		column("assets", assets, &p.Assets), column("ids", ids, &p.IDs), column("fragments", fragments, &p.Fragments),
		column("fields", fields, &p.Fields))
}

// column decodes a JSON column; an empty one leaves v as it is.
func column(name, s string, v any) error {
	if s == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Links are the links of a recorded page and the target of its redirect. ok is false if there is no such page.
func (f *File) Links(ctx context.Context, url string) (links []page.Link, redirect string, ok bool, err error) {
	var js string
	err = f.db.QueryRowContext(ctx, "SELECT redirect, links FROM pages WHERE url = ?", url).Scan(text{&redirect}, text{&js})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", false, nil
	}
	if err == nil {
		err = column("links", js, &links)
	}
	return links, redirect, err == nil, explain(f.path, "reading the links of "+url, err)
}

// PageURLs yields the URLs of all pages, in the order of recording. An error ends it, with an empty URL.
func (f *File) PageURLs(ctx context.Context) iter.Seq2[string, error] {
	return each(ctx, f.source(), "reading pages", "SELECT url FROM pages ORDER BY id", func(rows *sql.Rows) (s string, err error) {
		err = rows.Scan(&s)
		return s, err
	})
}

// Pending yields the URLs that were met and are not recorded as pages, in the order of discovery. An error ends it, with
// the zero value.
func (f *File) Pending(ctx context.Context) iter.Seq2[Pending, error] {
	const query = "SELECT id, url, domain, host, depth, redirects, referrer, chain FROM pending ORDER BY id"
	return each(ctx, f.source(), "reading what is pending", query, func(rows *sql.Rows) (p Pending, err error) {
		err = rows.Scan(&p.Row, &p.URL, text{&p.Domain}, text{&p.Host}, &p.Depth, &p.Redirects, text{&p.Referrer}, &p.Chain)
		return p, err
	})
}

// Robots yields the robots.txt files by origin. An error ends it, with the zero value.
func (f *File) Robots(ctx context.Context) iter.Seq2[RobotsRecord, error] {
	const query = "SELECT origin, status, body, fetched_at, expires_at, error, content_type, redirected_to FROM robots ORDER BY origin"
	return each(ctx, f.source(), "reading robots.txt files", query, func(rows *sql.Rows) (RobotsRecord, error) { return scanRobots(rows) })
}

// RobotsOf is the robots.txt of one origin; ok is false if there is none on record.
func (f *File) RobotsOf(ctx context.Context, origin string) (r RobotsRecord, ok bool, err error) {
	const query = "SELECT origin, status, body, fetched_at, expires_at, error, content_type, redirected_to FROM robots WHERE origin = ?"
	r, err = scanRobots(f.db.QueryRowContext(ctx, query, origin))
	if errors.Is(err, sql.ErrNoRows) {
		return RobotsRecord{}, false, nil
	}
	return r, err == nil, explain(f.path, "reading a robots.txt", err)
}

func scanRobots(row interface{ Scan(...any) error }) (r RobotsRecord, err error) {
	var status sql.NullInt64
	var fetched, expires string
	if err = row.Scan(&r.Origin, &status, &r.Body, text{&fetched}, text{&expires}, text{&r.Error}, text{&r.ContentType}, text{&r.RedirectedTo}); err == nil {
		r.Status = int(status.Int64)
		if r.FetchedAt, err = parseTime(fetched); err == nil {
			r.ExpiresAt, err = parseTime(expires)
		}
	}
	return r, err
}

func each[T any](ctx context.Context, f source, doing, query string, scan func(*sql.Rows) (T, error), args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, err := f.QueryContext(ctx, query, args...)
		if err != nil {
			yield(none, explain(f.path, doing, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				yield(none, explain(f.path, doing, err))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, explain(f.path, doing, err))
		}
	}
}

// Text is how the content of a page is recognised.
type Text struct {
	URL, Title, SHA256, SimHash string // as in page.Page
}

// Texts yields those of the pages that were read whole and are no duplicates, in the order of recording. An error ends it, with
// the zero value.
func (f *File) Texts(ctx context.Context) iter.Seq2[Text, error] {
	const query = `SELECT url, title, sha256, simhash FROM pages
WHERE sha256 IS NOT NULL AND bytes > 0 AND error_class IS NULL AND duplicate_of IS NULL AND truncated IS NULL ORDER BY id`
	return each(ctx, f.source(), "reading the pages' texts", query, func(rows *sql.Rows) (t Text, err error) {
		err = rows.Scan(&t.URL, text{&t.Title}, &t.SHA256, text{&t.SimHash})
		return t, err
	})
}
