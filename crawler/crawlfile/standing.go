package crawlfile

import (
	"context"
	"database/sql"
	"time"
)

// Queue is what waits for one turn: a registrable domain's, or a host's where the crawl limits by host.
type Queue struct {
	Name    string
	Waiting int // URLs
}

// Queues yields what waits for each turn, in no order. It reads all that waits, some millions a second. An error ends it, with the
// zero value.
func (f *File) Queues(ctx context.Context) (all []Queue, err error) {
	const query = "SELECT coalesce(host, domain, ''), count(*) FROM pending GROUP BY 1"
	for q, err := range each(ctx, f, "counting what waits", query, func(rows *sql.Rows) (q Queue, err error) {
		err = rows.Scan(&q.Name, &q.Waiting)
		return q, err
	}) {
		if err != nil {
			return nil, err
		}
		all = append(all, q)
	}
	return all, nil
}

// Lately is how many pages were fetched in the time before the last one was, and when that was; zero if there is none. It reads the newest
// pages alone.
func (f *File) Lately(ctx context.Context, within time.Duration) (pages int, last time.Time, err error) {
	var s string
	if err := f.db.QueryRowContext(ctx, "SELECT max(fetched_at) FROM (SELECT fetched_at FROM pages ORDER BY id DESC LIMIT 1000)").Scan(text{&s}); err != nil {
		return 0, last, explain(f.path, "reading the last pages", err)
	}
	if last, err = parseTime(s); err != nil || last.IsZero() {
		return 0, last, err
	}
	// Pages are recorded about in the order in which they were fetched.
	const query = "SELECT count(*) FROM (SELECT fetched_at FROM pages ORDER BY id DESC LIMIT 100000) WHERE fetched_at > ?"
	err = f.db.QueryRowContext(ctx, query, timeText(last.Add(-within))).Scan(&pages)
	return pages, last, explain(f.path, "reading the last pages", err)
}
