package crawlfile

import (
	"context"
	"database/sql"
	"time"

	"amble/crawler/page"
)

// Standing is how a crawl stands, all of it at one moment.
type Standing struct {
	End     End
	AliveAt time.Time // when it was last known to be at work; zero if nobody has said

	Pages   int                // recorded
	Fetched int                // of these, asked for at least once
	Bytes   int64              // of the pages, without those that are not modified
	ByClass map[page.Class]int // pages with an error, those that were held back among them
	// FirstAt and LastAt are when the first and the last page were fetched. Recent pages were fetched from RecentFrom until LastAt. All
	// are zero if no page was.
	FirstAt, LastAt, RecentFrom time.Time
	Recent                      int

	Waiting int     // URLs met and not yet recorded
	Unpaced int     // of these, of queues without an interval
	Queues  int     // how many there are
	Longest []Queue // of these, those that take longest at their intervals, the longest first

	Checked   int // URLs that were checked besides the pages
	Unchecked int // that are still to be

	SetAside int      // origins that do not answer
	NextUp   []Origin // of these, those that are asked again first
}

// Queue is what waits for one turn: a registrable domain's, or a host's where the crawl limits by host.
type Queue struct {
	Name      string
	Waiting   int           // URLs, 1 at least
	Interval  time.Duration // between two requests; 0 if there is no limit
	NotBefore time.Time     // when the next request may begin; zero if that was never put off
	Why       string        // why not before, as in Traffic
}

// Left is the least time until the last URL of the queue can be asked for.
func (q *Queue) Left(now time.Time) time.Duration {
	left := time.Duration(q.Waiting-1) * q.Interval
	if !q.NotBefore.IsZero() {
		left += max(0, q.NotBefore.Sub(now))
	}
	return left
}

// Ask is what Standing cannot know from the file.
type Ask struct {
	Now      time.Time
	Interval time.Duration // of domains that were not asked for anything yet
	Since    time.Time     // pages before are not recent; zero if there is no such time
	Most     int           // how many queues and origins are named, 1 at least
}

// Standing reads how the crawl stands. It reads all pages but not their links, and all that waits; how much memory it takes does not
// depend on their number.
func (f *File) Standing(ctx context.Context, ask Ask) (Standing, error) {
	s := Standing{ByClass: make(map[page.Class]int)}
	tx, err := f.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err == nil {
		defer tx.Rollback()
		err = s.read(ctx, tx, ask)
	}
	return s, explain(f.path, "reading how the crawl stands", err)
}

func (s *Standing) read(ctx context.Context, tx *sql.Tx, ask Ask) error {
	for _, step := range []func(context.Context, *sql.Tx, Ask) error{s.meta, s.pages, s.recent, s.queues, s.checks, s.origins} {
		if err := step(ctx, tx, ask); err != nil {
			return err
		}
	}
	return nil
}

// rowsOf hands over each row of a query.
func rowsOf(ctx context.Context, tx *sql.Tx, query string, scan func(*sql.Rows) (more bool, err error), args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if more, err := scan(rows); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

func (s *Standing) meta(ctx context.Context, tx *sql.Tx, _ Ask) error {
	meta := make(map[string]string)
	err := rowsOf(ctx, tx, "SELECT key, value FROM meta WHERE key IN ('state', 'reason', 'finished_at', 'alive_at', 'statistics')", func(rows *sql.Rows) (bool, error) {
		var k, v string
		err := rows.Scan(&k, &v)
		meta[k] = v
		return true, err
	})
	if err != nil {
		return err
	}
	s.End = End{State: meta["state"], Reason: meta["reason"], Statistics: bytesOf(meta, "statistics")}
	if s.End.FinishedAt, err = parseTime(meta["finished_at"]); err == nil {
		s.AliveAt, err = parseTime(meta["alive_at"])
	}
	return err
}

func (s *Standing) pages(ctx context.Context, tx *sql.Tx, _ Ask) error {
	const query = `SELECT error_class, count(*), sum(attempts > 0), sum(iif(not_modified, 0, bytes)), min(fetched_at), max(fetched_at)
FROM pages GROUP BY error_class`
	return rowsOf(ctx, tx, query, func(rows *sql.Rows) (bool, error) {
		var class, first, last string
		var pages, fetched int
		var bytes int64
		if err := rows.Scan(text{&class}, &pages, &fetched, &bytes, text{&first}, text{&last}); err != nil {
			return false, err
		}
		s.Pages, s.Fetched, s.Bytes = s.Pages+pages, s.Fetched+fetched, s.Bytes+bytes
		if class != "" {
			s.ByClass[page.Class(class)] = pages
		}
		from, err := parseTime(first)
		if err != nil || from.IsZero() {
			return true, err
		}
		to, err := parseTime(last)
		if s.FirstAt.IsZero() || from.Before(s.FirstAt) {
			s.FirstAt = from
		}
		if to.After(s.LastAt) {
			s.LastAt = to
		}
		return true, err
	})
}

func (s *Standing) checks(ctx context.Context, tx *sql.Tx, _ Ask) error {
	return tx.QueryRowContext(ctx, "SELECT count(attempts), count(*) - count(attempts) FROM checks").Scan(&s.Checked, &s.Unchecked)
}

// What is recent: the last minute in which pages were fetched, but no more than so many pages. Pages are recorded about in the order
// in which they were fetched: so many older ones in a row say that there are no more.
const (
	recently   = time.Minute
	recentMost = 50_000
	olderMost  = 500
)

func (s *Standing) recent(ctx context.Context, tx *sql.Tx, ask Ask) error {
	if s.LastAt.IsZero() {
		return nil
	}
	from := s.LastAt.Add(-recently)
	if ask.Since.After(from) && ask.Since.Before(s.LastAt) {
		from = ask.Since
	}
	if s.FirstAt.After(from) {
		from = s.FirstAt
	}
	s.RecentFrom = from
	older := 0
	return rowsOf(ctx, tx, "SELECT fetched_at, fetched_at >= ? FROM pages WHERE fetched_at IS NOT NULL ORDER BY id DESC", func(rows *sql.Rows) (bool, error) {
		var at string
		var recent bool
		if err := rows.Scan(&at, &recent); err != nil {
			return false, err
		}
		if !recent {
			older++
			return older < olderMost, nil
		}
		older = 0
		if s.Recent++; s.Recent < recentMost {
			return true, nil
		}
		// Whatever came before is not counted, and its time is not either.
		var err error
		s.RecentFrom, err = parseTime(at)
		return false, err
	}, timeText(from))
}

func (s *Standing) queues(ctx context.Context, tx *sql.Tx, ask Ask) error {
	// SQLite groups and sorts, on disk what is too large; by the index of what waits in turn, if there is one.
	const query = `
WITH w AS MATERIALIZED (SELECT coalesce(host, domain) AS turn, count(*) AS n FROM pending GROUP BY coalesce(host, domain)),
  q AS (SELECT w.turn, w.n, iif(t.domain IS NULL, ?1, coalesce(t.interval_ms, 0)) AS interval, t.not_before, t.why
    FROM w LEFT JOIN traffic AS t ON t.domain = w.turn)
SELECT turn, n, interval, not_before, why, count(*) OVER (), sum(n) OVER (), sum(iif(interval > 0, 0, n)) OVER () FROM q
ORDER BY (n - 1) * interval + max(0, coalesce((julianday(not_before) - julianday(?2)) * 86400000, 0)) DESC, n DESC, turn LIMIT ?3`
	return rowsOf(ctx, tx, query, func(rows *sql.Rows) (bool, error) {
		var q Queue
		var interval float64
		var before string
		if err := rows.Scan(text{&q.Name}, &q.Waiting, &interval, text{&before}, text{&q.Why}, &s.Queues, &s.Waiting, &s.Unpaced); err != nil {
			return false, err
		}
		q.Interval = duration(interval)
		var err error
		q.NotBefore, err = parseTime(before)
		s.Longest = append(s.Longest, q)
		return true, err
	}, page.Milliseconds(ask.Interval), timeText(ask.Now), ask.Most)
}

func (s *Standing) origins(ctx context.Context, tx *sql.Tx, ask Ask) error {
	const query = `SELECT origin, failures, probe_at, probes, bytes, count(*) OVER () FROM origins WHERE probe_at IS NOT NULL ORDER BY probe_at, origin LIMIT ?`
	return rowsOf(ctx, tx, query, func(rows *sql.Rows) (bool, error) {
		var o Origin
		var probe string
		if err := rows.Scan(&o.Name, &o.Failures, &probe, &o.Probes, &o.Bytes, &s.SetAside); err != nil {
			return false, err
		}
		var err error
		o.Probe, err = parseTime(probe)
		s.NextUp = append(s.NextUp, o)
		return true, err
	}, ask.Most)
}
