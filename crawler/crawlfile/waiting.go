package crawlfile

import (
	"context"
	"database/sql"
	"slices"
)

// Waiting are the first pending URLs whose turn comes with a name (a registrable domain, or a host where Pending.Host says so), by depth and then in the order of discovery, until they weigh as
// much as most; each weighs 1 at least. The file must be open for writing: the first call adds an index, which a crawl whose URLs all fit into memory does without.
func (f *File) Waiting(ctx context.Context, turn string, most int, weight func(url string) int) (urls []string, err error) {
	if err := f.write(ctx, "looking for what waits", func(w *writer) error { return w.indexWaiting() }); err != nil {
		return nil, err
	}
	urls = make([]string, 0, most)
	const query = "SELECT url FROM pending WHERE coalesce(host, domain) = ? ORDER BY depth, id LIMIT ?"
	rows, err := f.db.QueryContext(ctx, query, turn, most)
	if err != nil {
		return nil, explain(f.path, "looking for what waits", err)
	}
	defer rows.Close()
	for left := most; left > 0 && rows.Next(); {
		var url sql.RawBytes
		if err := rows.Scan(&url); err != nil {
			return nil, explain(f.path, "looking for what waits", err)
		}
		urls = append(urls, string(url))
		left -= weight(urls[len(urls)-1])
	}
	return slices.Clip(urls), explain(f.path, "looking for what waits", rows.Err())
}

// indexWaiting adds the index that Waiting goes by, once.
func (w *writer) indexWaiting() error {
	if w.indexed {
		return nil
	}
	if err := w.c.exec("CREATE INDEX IF NOT EXISTS pending_in_turn ON pending(coalesce(host, domain), depth) -- whose turn it is; made when it is first needed"); err != nil {
		return err
	}
	w.indexed = true
	return nil
}
