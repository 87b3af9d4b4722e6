package crawlfile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"amble/crawler/page"
)

// Pair is two crawl files open together, to be compared: each in one state, whatever is committed meanwhile. Both are only read;
// what must be remembered lies in temporary tables, on disk where it is large. It is for one goroutine at a time.
type Pair struct {
	Old, New Side

	paths [2]string
	db    *sql.DB
	tx    *sql.Tx
	get   [2]*sql.Stmt // a page by its number
	maps  [][2]string
}

// Side is one of the two files, and how far its crawl is.
type Side struct {
	Info    Info
	End     End
	Running bool // it is being written
	Pages   int
	Pending int
}

// Whole reports whether the crawl came to all that belongs to it: only then is a page that it does not have none of its pages.
func (s *Side) Whole() bool { return s.End.State == Complete && s.Pending == 0 }

// OpenPair opens two crawl files. maps are prefixes of URLs of the old one that stand for others in the new one: from, to. The
// errors are those of OpenReadOnly.
func OpenPair(ctx context.Context, older, newer string, maps [][2]string) (_ *Pair, err error) {
	p := &Pair{paths: [2]string{older, newer}, maps: maps}
	if p.db, err = sql.Open("sqlite", ":memory:"); err != nil {
		return nil, err
	}
	p.db.SetMaxOpenConns(1)
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if _, err := p.db.ExecContext(ctx, "PRAGMA temp_store = 1; PRAGMA trusted_schema = 0; PRAGMA busy_timeout = 10000"); err != nil {
		return nil, err
	}
	for i, side := range []*Side{&p.Old, &p.New} {
		if err := p.attach(ctx, i, side); err != nil {
			return nil, err
		}
	}
	if p.tx, err = p.db.BeginTx(ctx, nil); err != nil {
		return nil, err
	}
	for i, side := range []*Side{&p.Old, &p.New} {
		query := fmt.Sprintf("SELECT (SELECT count(*) FROM %[1]s.pages), (SELECT count(*) FROM %[1]s.pending)", sides[i])
		if err := p.tx.QueryRowContext(ctx, query).Scan(&side.Pages, &side.Pending); err != nil {
			return nil, explain(p.paths[i], "counting pages", err)
		}
		query = strings.NewReplacer("FROM pages", "FROM "+sides[i]+".pages", "JOIN sitemap_urls", "JOIN "+sides[i]+".sitemap_urls").Replace(selectPage)
		if p.get[i], err = p.tx.PrepareContext(ctx, query+" WHERE p.id = ?"); err != nil {
			return nil, explain(p.paths[i], "reading it", err)
		}
	}
	return p, p.prepare(ctx)
}

// sides are the names by which the two files are known to SQLite.
var sides = [2]string{"old", "new"}

// attach opens a file for a look at what it says of itself, then for all that follows.
func (p *Pair) attach(ctx context.Context, i int, side *Side) (err error) {
	f, err := OpenReadOnly(ctx, p.paths[i])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	side.Info = f.Info()
	if side.End, err = f.End(ctx); err != nil {
		return err
	}
	if _, side.Running, err = Writer(p.paths[i]); err != nil {
		return err
	}
	name, err := dsn(f.path, "ro")
	if err != nil {
		return err
	}
	name, _, _ = strings.Cut(name, "&_pragma")
	_, err = p.db.ExecContext(ctx, "ATTACH ? AS "+sides[i], name)
	return explain(p.paths[i], "opening it", err)
}

// prepare makes the temporary tables.
func (p *Pair) prepare(ctx context.Context) error {
	for _, s := range []string{
		`CREATE TEMP TABLE moved(old INTEGER PRIMARY KEY, new INTEGER UNIQUE, old_url TEXT, new_url TEXT UNIQUE)`,
		`CREATE TEMP TABLE mapped(url TEXT PRIMARY KEY, id INTEGER) WITHOUT ROWID`,
		`CREATE TEMP VIEW was AS SELECT o.*, ` + p.mapped("o.url") + ` AS as_url FROM old.pages AS o`,
	} {
		if _, err := p.tx.ExecContext(ctx, s); err != nil {
			return explain(p.paths[0], "comparing it", err)
		}
	}
	if len(p.maps) == 0 {
		return nil
	}
	// Two URLs of one form are the exception: the first in the order of recording stands for both.
	_, err := p.tx.ExecContext(ctx, "INSERT OR IGNORE INTO mapped SELECT as_url, id FROM was ORDER BY id")
	return explain(p.paths[0], "mapping its URLs", err)
}

// Close ends the use of both files.
func (p *Pair) Close() error {
	if p.tx != nil {
		p.tx.Rollback() // nothing was written but what is temporary
	}
	return p.db.Close()
}

// mapped is an SQL expression for a URL of the old crawl as the new one would have it.
func (p *Pair) mapped(column string) string {
	if len(p.maps) == 0 {
		return column
	}
	var b strings.Builder
	b.WriteString("CASE")
	for _, m := range p.maps {
		from, to := literal(m[0]), literal(m[1])
		fmt.Fprintf(&b, " WHEN substr(%[1]s, 1, length(%[2]s)) = %[2]s THEN %[3]s || substr(%[1]s, length(%[2]s) + 1)", column, from, to)
	}
	return b.String() + " ELSE " + column + " END"
}

// literal writes s as a text of SQL.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Map is a URL of the old crawl as the new one would have it.
func (p *Pair) Map(url string) string {
	for _, m := range p.maps {
		if rest, ok := strings.CutPrefix(url, m[0]); ok {
			return m[1] + rest
		}
	}
	return url
}

// OldPage and NewPage are the records of a Match; the old one has its own URLs.
func (p *Pair) OldPage(ctx context.Context, id int64) (*page.Page, error) { return p.page(ctx, 0, id) }

// NewPage is described with OldPage.
func (p *Pair) NewPage(ctx context.Context, id int64) (*page.Page, error) { return p.page(ctx, 1, id) }

func (p *Pair) page(ctx context.Context, side int, id int64) (*page.Page, error) {
	pg, err := scanPage(p.get[side].QueryRowContext(ctx, id))
	return pg, explain(p.paths[side], fmt.Sprintf("reading page %d", id), err)
}
