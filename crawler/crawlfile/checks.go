package crawlfile

import (
	"context"
	"database/sql"
	"encoding/json"
	"iter"

	"amble/crawler/page"
)

// Check is a URL that the crawl does not read, but asks for to see whether it is there.
type Check struct {
	URL  string
	Turn string // registrable domain, or host where the crawl limits by host
	// Page has what came of it, as far as there is a column for it, and Method how it was asked for; nil as long as it waits. Then Method is GET where
	// the body is wanted: what was asked for by HEAD alone waits again.
	Page   *page.Page
	Method string
}

// jsonOf is a list for a JSON column; NULL stands for nil.
func jsonOf[T any](list []T) any {
	if list == nil {
		return nil
	}
	js, err := json.Marshal(list)
	if err != nil {
		panic(err) // of strings alone
	}
	return string(js)
}

func (w *writer) checks(b *Batch) error {
	for i := range b.Checks {
		c := &b.Checks[i]
		p := c.Page
		if p == nil {
			if _, err := w.check.exec(c.URL, c.Turn, null(c.Method)); err != nil {
				return err
			}
			continue
		}
		var class, text, duration any
		if p.Err != nil {
			class, text = string(p.Err.Class), null(p.Err.Text)
		}
		if p.Duration != 0 {
			duration = page.Milliseconds(p.Duration)
		}
		if _, err := w.settleCheck.exec(null(c.Method), number(p.Status), null(p.Redirect), class, text, int64(p.Attempts),
			timeText(p.FetchedAt), duration, null(p.ContentType), c.URL); err != nil {
			return err
		}
	}
	return nil
}

// KnownCheck is what must be known of a check to go on.
type KnownCheck struct {
	Row       int64
	URL, Turn string
	Done      bool
	Method    string // GET where the body of what waits is wanted
}

// Checks yields all checks in the order of discovery. An error ends it, with the zero value.
func (f *File) Checks(ctx context.Context) iter.Seq2[KnownCheck, error] {
	const query = "SELECT id, url, turn, attempts IS NOT NULL, method FROM checks ORDER BY id"
	return each(ctx, f.source(), "reading checks", query, func(rows *sql.Rows) (c KnownCheck, err error) {
		err = rows.Scan(&c.Row, &c.URL, &c.Turn, &c.Done, text{&c.Method})
		return c, err
	})
}

// ChecksWaiting are the first URLs whose turn comes with a name and that wait for their check, until they weigh as much as most, as Waiting
// has it.
func (f *File) ChecksWaiting(ctx context.Context, turn string, most int, weight func(url string) int) (urls []string, err error) {
	if err := f.write(ctx, "looking for checks", func(w *writer) error {
		return w.c.exec("CREATE INDEX IF NOT EXISTS checks_in_turn ON checks(turn, id) WHERE attempts IS NULL")
	}); err != nil {
		return nil, err
	}
	rows, err := f.db.QueryContext(ctx, "SELECT url FROM checks WHERE turn = ? AND attempts IS NULL ORDER BY id LIMIT ?", turn, most)
	if err != nil {
		return nil, explain(f.path, "looking for checks", err)
	}
	defer rows.Close()
	for left := most; left > 0 && rows.Next(); {
		var url string
		if err := rows.Scan(&url); err != nil {
			return nil, explain(f.path, "looking for checks", err)
		}
		urls = append(urls, url)
		left -= weight(url)
	}
	return urls, explain(f.path, "looking for checks", rows.Err())
}

// Outgoing is what a page leads to and is made of, as far as checks go by it.
type Outgoing struct {
	Robots, DuplicateOf string
	Links               []page.Link
	Assets              []page.Asset
}

// Outgoing yields that of all pages, in the order of recording. An error ends it, with the zero value.
func (f *File) Outgoing(ctx context.Context) iter.Seq2[Outgoing, error] {
	const query = "SELECT robots, duplicate_of, links, assets FROM pages WHERE links IS NOT NULL OR assets IS NOT NULL ORDER BY id"
	return each(ctx, f.source(), "reading links", query, func(rows *sql.Rows) (o Outgoing, err error) {
		var links, assets string
		if err = rows.Scan(text{&o.Robots}, text{&o.DuplicateOf}, text{&links}, text{&assets}); err == nil {
			if err = column("links", links, &o.Links); err == nil {
				err = column("assets", assets, &o.Assets)
			}
		}
		return o, err
	})
}
