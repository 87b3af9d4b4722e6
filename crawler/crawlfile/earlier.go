package crawlfile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"amble/crawler/page"
)

// Earlier is the crawl file of an earlier crawl, open for look-ups by many goroutines at once while a new crawl runs. It is only
// read: it may lie on read-only media, its crawl may be unfinished, or be written by another process.
type Earlier struct {
	f         *File
	find, get *sql.Stmt
}

// earlierReaders and earlierCache bound the connections and the cache of each, in KiB, however many goroutines ask.
const (
	earlierReaders = 4
	earlierCache   = 4 << 10
)

// OpenEarlier opens a crawl file for look-ups. The errors are those of OpenReadOnly.
func OpenEarlier(ctx context.Context, path string) (_ *Earlier, err error) {
	f, err := OpenReadOnly(ctx, path)
	if err != nil {
		return nil, err
	}
	e := &Earlier{f: f}
	defer func() {
		if err != nil {
			err = errors.Join(explain(path, "opening it", err), e.Close())
		}
	}()
	// The system's own cache has the file, too: more than the upper levels of the index would be kept here to little avail.
	db, err := cachingReaders(f.path, earlierCache)
	if err != nil {
		return nil, err
	}
	db, f.db = f.db, db
	if err = db.Close(); err != nil {
		return nil, err
	}
	f.db.SetMaxOpenConns(earlierReaders)
	f.db.SetMaxIdleConns(earlierReaders)
	if e.find, err = f.db.PrepareContext(ctx, findEarlier); err == nil {
		e.get, err = f.db.PrepareContext(ctx, selectPage+" WHERE p.id = ?")
	}
	return e, err
}

// findEarlier leaves the long columns alone: they are wanted of those pages only that have not changed.
const findEarlier = `SELECT id, status, redirect, error_class, attempts, fetched_at, bytes, truncated, sha256, robots, etag, last_modified
FROM pages WHERE url = ?`

// Find is what is known of a URL in short, and the number by which Page gives all of it: its URL, Status, Redirect, the class of
// Err, Attempts, FetchedAt, Bytes, Truncated, SHA256, Robots, ETag and LastModified. The page is nil if there is none.
func (e *Earlier) Find(ctx context.Context, url string) (p *page.Page, id int64, err error) {
	var status sql.NullInt64
	var class, fetched string
	var truncated sql.NullBool
	p = &page.Page{URL: url}
	err = e.find.QueryRowContext(ctx, url).Scan(&id, &status, text{&p.Redirect}, text{&class}, &p.Attempts, text{&fetched}, &p.Bytes,
		&truncated, text{&p.SHA256}, text{&p.Robots}, text{&p.ETag}, text{&p.LastModified})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	p.Status, p.Truncated = int(status.Int64), truncated.Bool
	if class != "" {
		p.Err = &page.Error{Class: page.Class(class)}
	}
	if err == nil {
		p.FetchedAt, err = parseTime(fetched)
	}
	return p, id, explain(e.f.path, "looking for "+url, err)
}

// Page is the whole record that Find gave the number of.
func (e *Earlier) Page(ctx context.Context, id int64) (*page.Page, error) {
	p, err := scanPage(e.get.QueryRowContext(ctx, id))
	return p, explain(e.f.path, fmt.Sprintf("reading page %d", id), err)
}

// Read yields the pages that were read (2xx), in no particular order, as what Unreached has of them. An error ends it, with the
// zero value.
func (e *Earlier) Read(ctx context.Context) iter.Seq2[Unreached, error] {
	const query = "SELECT url, depth, referrer, title FROM pages WHERE error_class IS NULL AND status BETWEEN 200 AND 299"
	return each(ctx, e.f.source(), "reading pages", query, scanUnreached)
}

// Info is what the crawl began with.
func (e *Earlier) Info() Info { return e.f.Info() }

// End is how the crawl ended.
func (e *Earlier) End(ctx context.Context) (End, error) { return e.f.End(ctx) }

// Close ends the use of the file.
func (e *Earlier) Close() error {
	var errs []error
	for _, s := range []*sql.Stmt{e.find, e.get} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(append(errs, e.f.Close())...)
}

// Unreached is a page of an earlier crawl that the crawl did not come to, and what the earlier one knew of it.
type Unreached struct {
	URL      string
	Depth    int
	Referrer string // empty for a seed
	Title    string
}

// Unreached yields those pages, in byte order of URLs. An error ends it, with the zero value.
func (f *File) Unreached(ctx context.Context) iter.Seq2[Unreached, error] {
	return each(ctx, f.source(), "reading what was not reached", "SELECT url, depth, referrer, title FROM unreached ORDER BY url", scanUnreached)
}

// ForgetUnreached empties the list of those pages: the crawl goes on, and may come to them.
func (f *File) ForgetUnreached(ctx context.Context) error {
	return f.write(ctx, "forgetting what was not reached", func(w *writer) error { return w.c.exec("DELETE FROM unreached") })
}

func scanUnreached(rows *sql.Rows) (u Unreached, err error) {
	err = rows.Scan(&u.URL, &u.Depth, text{&u.Referrer}, text{&u.Title})
	return u, err
}
