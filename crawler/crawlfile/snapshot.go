package crawlfile

import (
	"context"
	"database/sql"
	"strings"
)

// Snapshot is one state of a crawl file. Whoever reads it several times reads the same, whatever is committed meanwhile. It is for
// one goroutine, and must be closed before its File is.
type Snapshot struct {
	path string
	tx   *sql.Tx
}

// Snapshot is the state of the file at the first reading of it. It ends with ctx, too.
func (f *File) Snapshot(ctx context.Context) (*Snapshot, error) {
	tx, err := f.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, explain(f.path, "reading pages", err)
	}
	return &Snapshot{path: f.path, tx: tx}, nil
}

// Close lets go of the snapshot. Calling it again does nothing.
func (s *Snapshot) Close() { _ = s.tx.Rollback() } // it has changed nothing

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

// source is what can be asked: a file, or one state of it, or one of two that are open together.
type source struct {
	path string
	name string // by which SQLite knows it
	queryer
}

// queryer is what *sql.DB and *sql.Tx have in common.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// lone is what SQLite calls a file that is open by itself.
const lone = "main"

func (f *File) source() source     { return source{f.path, lone, f.db} }
func (s *Snapshot) source() source { return source{s.path, lone, s.tx} }

// tables makes a query one of the source's tables, which stand behind an @ in it.
func (s source) tables(query string) string { return within(s.name, query) }

func within(name, query string) string { return strings.ReplaceAll(query, "@", name+".") }
