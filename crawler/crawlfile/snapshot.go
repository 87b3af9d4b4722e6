package crawlfile

import (
	"context"
	"database/sql"
)

// Each calls scan for each row that the query answers with. What is sorted or grouped is on disk where it is large. An error of scan ends it.
func (s *Snapshot) Each(ctx context.Context, query string, scan func(*sql.Rows) error, args ...any) error {
	rows, err := s.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return explain(s.path, "reading it", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return explain(s.path, "reading it", err)
		}
	}
	return explain(s.path, "reading it", rows.Err())
}
