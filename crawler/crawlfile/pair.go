package crawlfile

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"amble/crawler/page"
)

// Pair is two crawl files open together, to be compared: each in one state, whatever is committed meanwhile. Both are only read;
// what must be remembered lies in temporary tables, on disk where they are large. It is for one goroutine at a time.
//
// A comparison goes like this. Compare finds what became of each URL, and FatesOf tells of it by kind; CompareLinks finds which links
// fail, and Broken and Mended tell of those that do in one crawl only. URLs are everywhere as the new crawl has them, but in the
// records of the old one.
type Pair struct {
	Old, New Side

	db   *sql.DB
	tx   *sql.Tx
	get  [2]*sql.Stmt // a page by its number
	maps []Prefix
}

// Side is one of the two files, and how far its crawl is.
type Side struct {
	Path    string
	Info    Info
	End     End
	Running bool // it is being written
	Pages   int
	Pending int

	notes reachNotes
}

// Whole reports whether the crawl came to all that belongs to it: only then is a page that it does not have none of its pages.
func (s *Side) Whole() bool { return s.End.State == Complete && s.Pending == 0 }

// reachNotes is what Info.Reach says of what was noted of pages.
type reachNotes struct {
	Assets, Fragments bool
}

// Prefix maps URLs: those of the old crawl that begin with Old stand for those of the new one that begin with New instead.
type Prefix struct{ Old, New string }

// The names by which the two files are known to SQLite.
const (
	older = 0
	newer = 1
)

var sides = [2]string{"old", "new"}

// pairCache bounds the cache of each file, and of the temporary tables, in KiB.
const pairCache = 16 << 10

// OpenPair opens two crawl files. Of several prefixes that fit a URL the first maps it. The errors are those of OpenReadOnly.
func OpenPair(ctx context.Context, old, new string, maps ...Prefix) (_ *Pair, err error) {
	p := &Pair{Old: Side{Path: old}, New: Side{Path: new}, maps: maps}
	if p.db, err = sql.Open("sqlite", ":memory:"); err != nil {
		return nil, err
	}
	p.db.SetMaxOpenConns(1)
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if _, err := p.db.ExecContext(ctx, fmt.Sprintf("PRAGMA temp_store = 1; PRAGMA trusted_schema = 0; PRAGMA busy_timeout = 10000; PRAGMA temp.cache_size = -%d", pairCache)); err != nil {
		return nil, err
	}
	for i := range sides {
		if err := p.attach(ctx, i); err != nil {
			return nil, err
		}
	}
	if p.tx, err = p.db.BeginTx(ctx, nil); err != nil {
		return nil, err
	}
	for i := range sides {
		if err := p.read(ctx, i); err != nil {
			return nil, err
		}
	}
	return p, p.prepare(ctx)
}

// side is one of the two.
func (p *Pair) side(i int) *Side {
	if i == older {
		return &p.Old
	}
	return &p.New
}

// attach opens a file: first by itself, for that tells best what is wrong with it, and takes back what a writer left half done.
func (p *Pair) attach(ctx context.Context, i int) error {
	s := p.side(i)
	f, err := OpenReadOnly(ctx, s.Path)
	if err != nil {
		return err
	}
	s.Info = f.Info()
	real := f.path
	if err := f.Close(); err != nil {
		return err
	}
	if s.Info.Reach != nil {
		if err := json.Unmarshal(s.Info.Reach, &s.notes); err != nil {
			return fmt.Errorf("crawl file %s: what belongs to the crawl cannot be read: %w", s.Path, err)
		}
	}
	if _, s.Running, err = Writer(s.Path); err != nil {
		return err
	}
	name, err := dsn(real, "ro")
	if err != nil {
		return err
	}
	if _, err = p.db.ExecContext(ctx, "ATTACH ? AS "+sides[i], name); err == nil {
		_, err = p.db.ExecContext(ctx, fmt.Sprintf("PRAGMA %s.cache_size = -%d", sides[i], pairCache))
	}
	return explain(s.Path, "opening it", err)
}

// read fixes the state that is looked at, and reads what the file says of its crawl.
func (p *Pair) read(ctx context.Context, i int) error {
	s := p.side(i)
	rows := each(ctx, source{s.Path, sides[i], p.tx}, "reading how the crawl ended", within(sides[i], "SELECT key, value FROM @meta"), func(rows *sql.Rows) (kv [2]string, err error) {
		err = rows.Scan(&kv[0], &kv[1])
		return kv, err
	})
	meta := make(map[string]string)
	for kv, err := range rows {
		if err != nil {
			return err
		}
		meta[kv[0]] = kv[1]
	}
	var err error
	if s.End, err = endOf(meta); err != nil {
		return explain(s.Path, "reading how the crawl ended", err)
	}
	query := within(sides[i], "SELECT (SELECT count(*) FROM @pages), (SELECT count(*) FROM @pending)")
	if err := p.tx.QueryRowContext(ctx, query).Scan(&s.Pages, &s.Pending); err != nil {
		return explain(s.Path, "counting pages", err)
	}
	query = strings.NewReplacer("FROM pages", "FROM "+sides[i]+".pages", "JOIN sitemap_urls", "JOIN "+sides[i]+".sitemap_urls").Replace(
		selectShort + "NULL, NULL, links, NULL, NULL, NULL, fields" + fromPages + " WHERE p.id = ?")
	p.get[i], err = p.tx.PrepareContext(ctx, query)
	return explain(s.Path, "reading it", err)
}

// prepare makes the table "was" of the old crawl's URLs as the new one has them. Where two URLs of the old one become the same, the
// first in the order of recording stands for both.
func (p *Pair) prepare(ctx context.Context) error {
	if len(p.maps) == 0 {
		return p.exec(ctx, older, "reading it", "CREATE TEMP VIEW was AS SELECT url, id FROM old.pages")
	}
	return p.exec(ctx, older, "mapping its URLs",
		"CREATE TEMP TABLE was(url TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID",
		"INSERT OR IGNORE INTO was SELECT "+p.as(older, "url")+", id FROM old.pages ORDER BY id")
}

// exec runs statements for the sake of one of the files.
func (p *Pair) exec(ctx context.Context, i int, doing string, statements ...string) error {
	for _, s := range statements {
		if _, err := p.tx.ExecContext(ctx, s); err != nil {
			return explain(p.side(i).Path, doing, err)
		}
	}
	return nil
}

// Close ends the use of both files.
func (p *Pair) Close() error {
	if p.tx != nil {
		_ = p.tx.Rollback() // nothing was written but what is temporary
	}
	return p.db.Close()
}

// Common is the number of URLs of which both crawls have a record.
func (p *Pair) Common(ctx context.Context) (n int, err error) {
	err = p.tx.QueryRowContext(ctx, "SELECT count(*) FROM was AS k CROSS JOIN new.pages AS n ON n.url = k.url").Scan(&n)
	return n, explain(p.New.Path, "counting pages", err)
}

// as is an expression of SQL for a URL of one side, as the new one has it.
func (p *Pair) as(i int, url string) string {
	if i == newer || len(p.maps) == 0 {
		return url
	}
	var b strings.Builder
	b.WriteString("CASE")
	for _, m := range p.maps {
		from, to := literal(m.Old), literal(m.New)
		fmt.Fprintf(&b, " WHEN substr(%[1]s, 1, length(%[2]s)) = %[2]s THEN %[3]s || substr(%[1]s, length(%[2]s) + 1)", url, from, to)
	}
	return b.String() + " ELSE " + url + " END"
}

// literal writes s as a text of SQL.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Map is a URL of the old crawl as the new one has it.
func (p *Pair) Map(url string) string {
	for _, m := range p.maps {
		if rest, ok := strings.CutPrefix(url, m.Old); ok {
			return m.New + rest
		}
	}
	return url
}

// names are the URLs of one side which the new crawl knows as url, as JSON.
func (p *Pair) names(i int, url string) string {
	all := []string{url}
	if i == older {
		all = all[:0]
		for _, m := range append(p.maps[:len(p.maps):len(p.maps)], Prefix{}) {
			if rest, ok := strings.CutPrefix(url, m.New); ok && p.Map(m.Old+rest) == url {
				all = append(all, m.Old+rest)
			}
		}
	}
	return jsonOf(all).(string)
}

// record is the record of a URL of one side by its number, without what it is made of and its meta elements; nil for 0. The old one
// has its own URLs.
func (p *Pair) record(ctx context.Context, i int, id int64) (*page.Page, error) {
	if id == 0 {
		return nil, nil
	}
	pg, err := scanPage(p.get[i].QueryRowContext(ctx, id))
	return pg, explain(p.side(i).Path, fmt.Sprintf("reading page %d", id), err)
}

// pairRows yields the rows of a query on both files.
func pairRows[T any](ctx context.Context, p *Pair, query string, scan func(*sql.Rows) (T, error), args ...any) iter.Seq2[T, error] {
	return each(ctx, source{p.Old.Path + " and " + p.New.Path, "", p.tx}, "comparing them", query, scan, args...)
}
