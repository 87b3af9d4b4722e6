package crawlfile

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"sync"
)

// Known is what a crawl that goes on must know of a URL that it met.
type Known struct {
	Row       int64 // where it waits; 0 for a page
	URL       string
	Domain    string // registrable domain, or the host whose turn it waits for; "" if that is not on record
	Depth     int
	Redirects int
	Referrer  string
	Redirect  string // where a page of depth 0 redirects to
	Trap      bool   // a page that a limit held back
	Chain     int    // as in Pending
}

const (
	knownPages = `SELECT url, domain, depth, redirects, referrer, CASE WHEN depth = 0 THEN redirect END, coalesce(error_class = 'trap', 0), 0, 0
FROM pages WHERE id BETWEEN ? AND ?`
	knownPending = `SELECT url, coalesce(host, domain), depth, redirects, referrer, NULL, 0, id, chain FROM pending WHERE id BETWEEN ? AND ?`
)

// KnownPages hands over what prepare makes of each page, KnownPending of each URL that waits, some thousand at a time and in no
// order. prepare is called on two goroutines at once, take on the caller's. An error of either ends them, and is returned. They read as fast as
// SQLite can over two processors.
func KnownPages[T any](ctx context.Context, f *File, prepare func(Known) (T, error), take func([]T)) error {
	return known(ctx, f, "pages", knownPages, prepare, take)
}

// KnownPending is described with KnownPages.
func KnownPending[T any](ctx context.Context, f *File, prepare func(Known) (T, error), take func([]T)) error {
	return known(ctx, f, "pending", knownPending, prepare, take)
}

// knownAtOnce is how many are handed over at a time; knownReaders read at the same time.
const (
	knownAtOnce  = 4096
	knownReaders = 2
)

func known[T any](ctx context.Context, f *File, table, query string, prepare func(Known) (T, error), take func([]T)) error {
	var first, last sql.NullInt64
	if err := f.db.QueryRowContext(ctx, "SELECT min(id), max(id) FROM "+table).Scan(&first, &last); err != nil || !last.Valid {
		return explain(f.path, "reading what is known", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches, errs := make(chan []T, knownReaders), make(chan error, knownReaders)
	var readers sync.WaitGroup
	part := (last.Int64-first.Int64)/knownReaders + 1
	for from := first.Int64; from <= last.Int64; from += part {
		readers.Go(func() { errs <- readKnown(ctx, f, query, from, min(from+part-1, last.Int64), prepare, batches) })
	}
	go func() {
		readers.Wait()
		close(batches)
	}()
	for batch := range batches {
		take(batch)
	}
	close(errs)
	var err error
	for e := range errs {
		if err == nil {
			err = explain(f.path, "reading what is known", e)
		}
	}
	return err
}

// readKnown reads a range of rows over a connection of its own, through the driver: database/sql takes half as long again.
func readKnown[T any](ctx context.Context, f *File, query string, from, to int64, prepare func(Known) (T, error), batches chan<- []T) (err error) {
	c, err := openDriver(f.path, "ro", "query_only(1)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	rows, err := s.s.(driver.StmtQueryContext).QueryContext(ctx, s.bind([]driver.Value{from, to}))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := make([]driver.Value, len(rows.Columns()))
	str := func(i int) string { s, _ := row[i].(string); return s }
	num := func(i int) int64 { n, _ := row[i].(int64); return n }
	for more := true; more; {
		batch := make([]T, 0, knownAtOnce)
		for more && len(batch) < knownAtOnce {
			switch err := rows.Next(row); {
			case errors.Is(err, io.EOF):
				more = false
				continue
			case err != nil:
				return err
			}
			v, err := prepare(Known{
				URL: str(0), Domain: str(1), Depth: int(num(2)), Redirects: int(num(3)), Referrer: str(4), Redirect: str(5), Trap: num(6) != 0, Row: num(7), Chain: int(num(8)),
			})
			if err != nil {
				return err
			}
			batch = append(batch, v)
		}
		select {
		case batches <- batch:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// NextRow is where the next URL is to wait, at least.
func (f *File) NextRow() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.w == nil {
		return 0
	}
	return f.w.next
}
