package crawlfile

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"
)

// AliveAt is when the crawl was last known to be at work; zero if nobody has said.
func (f *File) AliveAt(ctx context.Context) (time.Time, error) {
	meta, err := readMeta(ctx, f.db)
	if err != nil {
		return time.Time{}, explain(f.path, "reading when the crawl was at work", err)
	}
	return parseTime(meta["alive_at"])
}

// SetReach records what belongs to the crawl from now on, and the configuration that says so in Info.Config, unless it is nil. The links of pages at a depth of outdatedFrom and more become part of the
// backlog: 0 means all pages, a negative number none; and so do those of pages that were judged by a smaller scope when the crawl
// was last at work. It reports whether there is a backlog.
func (f *File) SetReach(ctx context.Context, reach, config []byte, outdatedFrom int) (backlog bool, err error) {
	err = f.write(ctx, "recording what belongs to the crawl", func(w *writer) error {
		for _, step := range []struct {
			query string
			args  []driver.Value
		}{
			{insertGrown, nil},
			{"DELETE FROM meta WHERE key = 'grown_to'", nil},
			{"INSERT OR IGNORE INTO backlog SELECT id FROM pages WHERE ?1 >= 0 AND depth >= ?1", []driver.Value{int64(outdatedFrom)}},
		} {
			if err := w.c.exec(step.query, step.args...); err != nil {
				return err
			}
		}
		if err := w.setMeta("reach", textOf(reach)); err != nil {
			return err
		}
		if config != nil {
			if err := w.setMeta("config", textOf(config)); err != nil {
				return err
			}
		}
		row, err := w.c.get("SELECT EXISTS(SELECT 1 FROM backlog)")
		if err == nil {
			backlog = row[0].(int64) != 0
		}
		return err
	})
	return backlog, err
}

// Backlog are the pages whose links are to be taken in once more, at most so many: the first after the number after, which is 0 at
// first, or negative to take in, before, the pages that were judged by a smaller scope. last is the number of the last of them; 0 if there are no more.
func (f *File) Backlog(ctx context.Context, after int64, most int) (urls []string, last int64, err error) {
	if after < 0 {
		if err := f.write(ctx, "reading the backlog", func(w *writer) error { return w.c.exec(insertGrown) }); err != nil {
			return nil, 0, err
		}
	}
	rows, err := f.db.QueryContext(ctx, "SELECT b.page, p.url FROM backlog AS b JOIN pages AS p ON p.id = b.page WHERE b.page > ? ORDER BY b.page LIMIT ?", after, most)
	if err != nil {
		return nil, 0, explain(f.path, "reading the backlog", err)
	}
	defer rows.Close()
	for rows.Next() {
		var url string
		if err := rows.Scan(&last, &url); err != nil {
			return nil, 0, explain(f.path, "reading the backlog", err)
		}
		urls = append(urls, url)
	}
	if len(urls) < most {
		last = 0
	}
	return urls, last, explain(f.path, "reading the backlog", rows.Err())
}

// Sitemaps yields the sitemaps that have been read. An error ends it, with an empty URL.
func (f *File) Sitemaps(ctx context.Context) ([]string, error) {
	urls, err := texts(ctx, f.db, "SELECT url FROM sitemaps ORDER BY url")
	return urls, explain(f.path, "reading sitemaps", err)
}

// ListedURLs hands over the URLs that sitemaps list, some thousand at a time.
func (f *File) ListedURLs(ctx context.Context, take func([]string)) error {
	rows, err := f.db.QueryContext(ctx, "SELECT url FROM sitemap_urls ORDER BY url")
	if err != nil {
		return explain(f.path, "reading what sitemaps list", err)
	}
	defer rows.Close()
	var urls []string
	for rows.Next() {
		var url sql.RawBytes
		if err := rows.Scan(&url); err != nil {
			return explain(f.path, "reading what sitemaps list", err)
		}
		if urls = append(urls, string(url)); len(urls) == knownAtOnce {
			take(urls)
			urls = nil
		}
	}
	if len(urls) > 0 {
		take(urls)
	}
	return explain(f.path, "reading what sitemaps list", rows.Err())
}
