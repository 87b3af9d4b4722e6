package crawlfile

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// Known is what a crawl that goes on must know of a URL that it met.
type Known struct {
	Row       int64 // where it waits; 0 for a page
	URL       string
	Domain    string // registrable domain, or the host whose turn it waits for; "" if that is not on record
	Depth     int
	Redirects int
	Referrer  string
	Trap      bool // a page that a limit held back
	Chain     int  // as in Pending
}

const (
	knownPages = `SELECT url, domain, depth, redirects, referrer, coalesce(error_class = 'trap', 0), 0, 0
FROM pages WHERE id BETWEEN ? AND ?`
	knownPending = `SELECT url, coalesce(host, domain), depth, redirects, referrer, 0, id, chain FROM pending WHERE id BETWEEN ? AND ?`
)

// KnownSpan is which rows of a crawl file are of earlier runs.
type KnownSpan struct{ pages, pending span }

type span struct{ first, last int64 } // none if last is less

// Pages reports whether there are pages among them.
func (k KnownSpan) Pages() bool { return k.pages.last >= k.pages.first }

// Any reports whether there is anything.
func (k KnownSpan) Any() bool { return k.Pages() || k.pending.last >= k.pending.first }

// KnownSpan is what is known now.
func (f *File) KnownSpan(ctx context.Context) (k KnownSpan, err error) {
	const query = "SELECT coalesce((SELECT min(id) FROM pages), 1), coalesce((SELECT max(id) FROM pages), 0), coalesce((SELECT min(id) FROM pending), 1), coalesce((SELECT max(id) FROM pending), 0)"
	err = f.db.QueryRowContext(ctx, query).Scan(&k.pages.first, &k.pages.last, &k.pending.first, &k.pending.last)
	return k, explain(f.path, "reading what is known", err)
}

// KnownPages hands over what prepare makes of each page of the span, KnownPending of each URL of it that still waits, some thousand at a time,
// roughly in the order of recording. prepare is called on two goroutines at once, take on the caller's; where take returns false, nothing more is
// handed over. An error of prepare ends them, and is returned. They read as fast as SQLite can over two processors, and the file may be written meanwhile.
func KnownPages[T any](ctx context.Context, f *File, k KnownSpan, prepare func(Known) (T, error), take func([]T) bool) error {
	return known(ctx, f, k.pages, knownPages, prepare, take)
}

// KnownPending is described with KnownPages.
func KnownPending[T any](ctx context.Context, f *File, k KnownSpan, prepare func(Known) (T, error), take func([]T) bool) error {
	return known(ctx, f, k.pending, knownPending, prepare, take)
}

// knownAtOnce is how many are handed over at a time; knownReaders read at the same time, knownRows rows in turn.
const (
	knownAtOnce  = 1024
	knownReaders = 2
	knownRows    = 1 << 12
)

func known[T any](ctx context.Context, f *File, s span, query string, prepare func(Known) (T, error), take func([]T) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches, errs := make(chan []T, knownReaders), make(chan error, knownReaders)
	var readers sync.WaitGroup
	var next atomic.Int64
	next.Store(s.first)
	parts := func() (from, to int64, ok bool) {
		from = next.Add(knownRows) - knownRows
		return from, min(from+knownRows-1, s.last), from <= s.last && ctx.Err() == nil
	}
	for range knownReaders {
		readers.Go(func() { errs <- readKnown(ctx, f, query, parts, prepare, batches) })
	}
	go func() {
		readers.Wait()
		close(batches)
	}()
	left := false
	for batch := range batches {
		if !left && !take(batch) {
			left = true
			cancel()
		}
	}
	close(errs)
	var err error
	for e := range errs {
		if err == nil && !left {
			err = explain(f.path, "reading what is known", e)
		}
	}
	return err
}

// readKnown reads ranges of rows over a connection of its own, through the driver: database/sql takes half as long again.
func readKnown[T any](ctx context.Context, f *File, query string, parts func() (from, to int64, ok bool), prepare func(Known) (T, error), batches chan<- []T) (err error) {
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
	for {
		from, to, ok := parts()
		if !ok {
			return ctx.Err()
		}
		if err := readPart(ctx, s, from, to, prepare, batches); err != nil {
			return err
		}
	}
}

func readPart[T any](ctx context.Context, s *stmt, from, to int64, prepare func(Known) (T, error), batches chan<- []T) (err error) {
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
				URL: str(0), Domain: str(1), Depth: int(num(2)), Redirects: int(num(3)), Referrer: str(4), Trap: num(5) != 0, Row: num(6), Chain: int(num(7)),
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

// RedirectOf is where a page redirects to; "" if it does not, or is not on record.
func (f *File) RedirectOf(ctx context.Context, url string) (to string, err error) {
	err = f.db.QueryRowContext(ctx, "SELECT coalesce(redirect, '') FROM pages WHERE url = ?", url).Scan(&to)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return to, explain(f.path, "looking for a redirect", err)
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
