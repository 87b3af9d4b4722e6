package crawlfile

import (
	"context"
	"database/sql"
)

// Snapshot is one state of a crawl file, to be asked in SQL: all answers belong together, whatever is committed meanwhile.
type Snapshot struct {
	path string
	tx   *sql.Tx
}

// Snapshot is the state of the file now. It must be closed. A writer is not held up, but what SQLite keeps beside the file grows as long as
// the snapshot is open.
func (f *File) Snapshot(ctx context.Context) (*Snapshot, error) {
	tx, err := f.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, explain(f.path, "reading it", err)
	}
	return &Snapshot{f.path, tx}, nil
}

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

// Close lets go of the state.
func (s *Snapshot) Close() error { return s.tx.Rollback() }
