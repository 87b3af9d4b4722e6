package crawlfile

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"amble/crawler/page"
	sqlite3 "modernc.org/sqlite/lib"
)

// rowsAtOnce is how many pending rows one statement inserts: more of them save little more.
const rowsAtOnce = 8

// maxKept is the size of a buffer, in bytes, that is kept for the next page: the largest page should not be felt for ever.
const maxKept = 256 << 10

// writer turns batches into rows. It holds the statements and buffers that are used again and again.
type writer struct {
	c       *conn
	next    int64 // the row of the next URL that waits, at least
	domains map[string]struct{}
	indexed bool // there is an index for Waiting
	fold    folder

	begin, commit, rollback           *stmt
	page, onePending, somePending     *stmt
	take, nearerPending, nearerPage   *stmt
	outdated, replayed                *stmt
	domain, robots, listed, unreached *stmt
	sitemap, traffic, origin, payload *stmt
	check, settleCheck, meta          *stmt
	all                               []*stmt
	pending                           []driver.Value // rows not yet inserted
	linksBuf, imagesBuf, metaBuf      []byte
}

// open sets the connection up for a crawl.
func (w *writer) open() error {
	for _, p := range []string{
		"PRAGMA journal_mode = WAL",     // others read while we write
		"PRAGMA synchronous = NORMAL",   // no fsync for a commit: sound after a crash of the process or the system
		"PRAGMA wal_autocheckpoint = 0", // folder does that
		"PRAGMA cache_size = -16384",    // KiB: holds the upper levels of the index on pages.url
		"PRAGMA temp_store = MEMORY",
	} {
		if err := w.c.exec(p); err != nil {
			return err
		}
	}
	for _, p := range []struct {
		s     **stmt
		query string
	}{
		{&w.begin, "BEGIN IMMEDIATE"}, {&w.commit, "COMMIT"}, {&w.rollback, "ROLLBACK"},
		{&w.page, insertPage}, {&w.onePending, insertPending},
		{&w.somePending, insertPending + strings.Repeat(morePending, rowsAtOnce-1)},
		{&w.take, takePending}, {&w.nearerPending, nearerPending}, {&w.nearerPage, nearerPage},
		{&w.outdated, insertBacklog}, {&w.replayed, takeBacklog}, {&w.domain, insertDomain}, {&w.robots, insertRobots},
		{&w.listed, insertListed}, {&w.unreached, insertUnreached},
		{&w.sitemap, insertSitemap}, {&w.traffic, insertTraffic}, {&w.origin, insertOrigin},
		{&w.check, insertCheck}, {&w.settleCheck, settleCheck},
		{&w.payload, insertPayload}, {&w.meta, setMeta}, {&w.fold.log, askLog},
	} {
		*p.s = w.c.later(p.query)
		w.all = append(w.all, *p.s)
	}
	return nil
}

// load brings into memory what the file holds of earlier commits.
func (w *writer) load(ctx context.Context, db *sql.DB) error {
	w.domains = make(map[string]struct{})
	names, err := texts(ctx, db, "SELECT domain FROM domains")
	for _, d := range names {
		w.domains[d] = struct{}{}
	}
	if err != nil {
		return err
	}
	return db.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) + 1 FROM pending").Scan(&w.next)
}

// close folds SQLite's log into the file and leaves it in the form that needs no other files. With a reader about, the log
// stays, and whoever opens the file next finds it.
func (w *writer) close() error {
	// A checkpoint that finds a reader says so in its answer; an error is one of the disk.
	errs := []error{w.fold.close(), w.c.exec("PRAGMA busy_timeout = 0"), w.c.exec("PRAGMA wal_checkpoint(TRUNCATE)")}
	if err := w.c.exec("PRAGMA journal_mode = DELETE"); code(err)&0xff != sqlite3.SQLITE_BUSY {
		errs = append(errs, err)
	}
	return errors.Join(append(errs, w.drop())...)
}

// drop closes the statements, then the connection.
func (w *writer) drop() error {
	errs := []error{w.fold.close()}
	for _, s := range w.all {
		errs = append(errs, s.close())
	}
	return errors.Join(append(errs, w.c.close())...)
}

// transact runs do between BEGIN and COMMIT, or takes everything back.
func (w *writer) transact(do func(*writer) error) error {
	if _, err := w.begin.exec(); err != nil {
		return err
	}
	err := do(w)
	if err == nil {
		_, err = w.commit.exec()
	}
	if err != nil {
		// After some failures, a full disk among them, SQLite has rolled back by itself, and this says so.
		_, _ = w.rollback.exec()
		w.pending = w.pending[:0]
		return err
	}
	w.fold.committed(w)
	return nil
}

func (w *writer) batch(b *Batch) error {
	for _, d := range b.Domains {
		if _, err := w.domain.exec(d); err != nil {
			return err
		}
		w.domains[d] = struct{}{}
	}
	for i := range b.Revealed {
		if err := w.enter(&b.Revealed[i]); err != nil {
			return err
		}
	}
	if err := w.flush(); err != nil {
		return err
	}
	if b.Grown {
		if err := w.c.exec(setGrown); err != nil {
			return err
		}
	}
	for _, row := range b.Taken {
		if _, err := w.take.exec(row); err != nil {
			return err
		}
	}
	for _, p := range b.Pages {
		if err := w.record(p); err != nil {
			return err
		}
	}
	for i := range b.Improved {
		if err := w.improve(&b.Improved[i]); err != nil {
			return err
		}
	}
	if err := w.backlog(b); err != nil {
		return err
	}
	for i := range b.Robots {
		r := &b.Robots[i]
		if _, err := w.robots.exec(r.Origin, number(r.Status), blob(r.Body), timeText(r.FetchedAt), timeText(r.ExpiresAt),
			null(r.Error), null(r.ContentType), null(r.RedirectedTo)); err != nil {
			return err
		}
	}
	for i := range b.Listed {
		l := &b.Listed[i]
		if _, err := w.listed.exec(l.URL, l.Sitemap, timeText(l.LastMod)); err != nil {
			return err
		}
	}
	for i := range b.Unreached {
		u := &b.Unreached[i]
		if _, err := w.unreached.exec(u.URL, int64(u.Depth), null(u.Referrer), null(u.Title)); err != nil {
			return err
		}
	}
	for _, url := range b.Sitemaps {
		if _, err := w.sitemap.exec(url); err != nil {
			return err
		}
	}
	for i := range b.Traffic {
		if err := w.observe(&b.Traffic[i]); err != nil {
			return err
		}
	}
	for i := range b.Origins {
		o := &b.Origins[i]
		if _, err := w.origin.exec(o.Name, int64(o.Failures), timeText(o.Probe), int64(o.Probes), o.Bytes); err != nil {
			return err
		}
	}
	if err := w.checks(b); err != nil {
		return err
	}
	for i := range b.Payloads {
		p := &b.Payloads[i]
		if _, err := w.payload.exec(p.Digest, p.Record[:], p.URL, timeText(p.Date)); err != nil {
			return err
		}
	}
	if b.Archive != nil {
		if err := w.setMeta("archive", textOf(b.Archive)); err != nil {
			return err
		}
	}
	if b.Mirror != nil {
		if err := w.setMeta("mirror", textOf(b.Mirror)); err != nil {
			return err
		}
	}
	if !b.Alive.IsZero() {
		return w.setMeta("alive_at", timeText(b.Alive))
	}
	return nil
}

// backlog notes pages whose links are to be taken in once more, or have been.
func (w *writer) backlog(b *Batch) error {
	for _, url := range b.Replayed {
		if _, err := w.replayed.exec(url); err != nil {
			return err
		}
	}
	for _, url := range b.Outdated {
		if _, err := w.outdated.exec(url); err != nil {
			return err
		}
	}
	if b.Settled {
		return w.setMeta("grown_to", nil)
	}
	return nil
}

// improve lowers the path of a URL.
func (w *writer) improve(p *Pending) error {
	depth, redirects, referrer := int64(p.Depth), int64(p.Redirects), null(p.Referrer)
	var err error
	if p.Row != 0 {
		_, err = w.nearerPending.exec(depth, redirects, referrer, p.Row, int64(p.Chain))
	} else {
		_, err = w.nearerPage.exec(depth, redirects, referrer, p.URL)
	}
	return err
}

// enter makes a URL wait.
func (w *writer) enter(p *Pending) error {
	row := p.Row
	if row == 0 {
		row = w.next
	}
	w.next = max(w.next, row+1)
	w.pending = append(w.pending, row, p.URL, null(p.Domain), null(p.Host), int64(p.Depth), int64(p.Redirects), int64(p.Chain), null(p.Referrer))
	if len(w.pending) < columnsPending*rowsAtOnce {
		return nil
	}
	_, err := w.somePending.exec(w.pending...)
	w.pending = w.pending[:0]
	return err
}

// flush inserts the pending rows that are left. It must come before anything that looks for a row.
func (w *writer) flush() error {
	for rest := w.pending; len(rest) > 0; rest = rest[columnsPending:] {
		if _, err := w.onePending.exec(rest[:columnsPending]...); err != nil {
			return err
		}
	}
	w.pending = w.pending[:0]
	return nil
}

// record makes a page of a URL.
func (w *writer) record(p *page.Page) error {
	var class, text any
	if p.Err != nil {
		class, text = string(p.Err.Class), null(p.Err.Text)
	}
	var links, images, meta any
	if len(p.Links) > 0 {
		w.linksBuf = appendLinks(w.linksBuf[:0], p.Links)
		links = lent(w.linksBuf)
	}
	if len(p.Images) > 0 {
		w.imagesBuf = appendImages(w.imagesBuf[:0], p.Images)
		images = lent(w.imagesBuf)
	}
	if len(p.Meta) > 0 {
		w.metaBuf = appendMeta(w.metaBuf[:0], p.Meta)
		meta = lent(w.metaBuf)
	}
	var duration any
	if p.Duration != 0 {
		duration = page.Milliseconds(p.Duration)
	}
	_, err := w.page.exec(p.URL, int64(p.Depth), int64(p.Redirects), null(p.Referrer), w.domainOf(p.URL),
		number(p.Status), null(p.Redirect), class, text, int64(p.Attempts),
		timeText(p.FetchedAt), duration, p.Bytes, null(p.SHA256), null(p.SimHash), null(p.ContentType), null(p.Charset),
		null(p.Title), null(p.Description), null(p.Canonical), null(p.Lang), null(p.Robots), null(p.DuplicateOf), flag(p.Truncated),
		null(p.ETag), null(p.LastModified), null(string(p.Change)), flag(p.NotModified), meta, images, links, jsonOf(p.Assets), jsonOf(p.IDs), jsonOf(p.Fragments), fieldsJSON(p.Fields))
	for _, buf := range []*[]byte{&w.linksBuf, &w.imagesBuf, &w.metaBuf} {
		if cap(*buf) > maxKept {
			*buf = nil
		}
	}
	if code(err) == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		return fmt.Errorf("%w: %s", ErrRecorded, p.URL)
	}
	return err
}

// domainOf is the registrable domain of a URL: the longest one among those known that its host is or ends in; nil if
// none is known.
func (w *writer) domainOf(url string) any {
	_, host, _ := strings.Cut(url, "://")
	if i := strings.IndexAny(host, "/?#"); i >= 0 {
		host = host[:i]
	}
	host = host[strings.LastIndexByte(host, '@')+1:]
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	for name, ok := host, true; ok; _, name, ok = strings.Cut(name, ".") {
		if _, known := w.domains[name]; known {
			return name
		}
	}
	if name := strings.Trim(host, "[]"); name != host {
		if _, known := w.domains[name]; known {
			return name
		}
	}
	return nil
}

// lent is b as a string that shares its bytes. SQLite's driver copies it before the statement returns, and b is not
// changed until then.
func lent(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// null is s for a column where NULL stands for nothing.
func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func number(n int) any {
	if n == 0 {
		return nil
	}
	return int64(n)
}

func flag(set bool) any {
	if set {
		return int64(1)
	}
	return nil
}

func blob(b []byte) any {
	if b == nil {
		return nil
	}
	return b[:min(len(b), MaxRobots)]
}
