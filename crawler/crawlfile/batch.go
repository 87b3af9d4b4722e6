package crawlfile

import (
	"cmp"
	"context"
	"time"

	"amble/crawler/page"
)

// Batch is what one commit holds, all of it or nothing. Whoever has several pages at hand commits them together: a
// commit costs as much as several pages.
type Batch struct {
	// Pages are recorded; a page that is recorded already is ErrRecorded. A page's pending row goes; if that knows of a
	// shorter path than the page, the row's path is recorded.
	Pages []*page.Page
	// Revealed are URLs seen for the first time, to be fetched. One may be pending already, and its page or an
	// improvement may have come first; but no URL is revealed again once a page has taken it, since pages are not searched
	// for each of a page's links. Improved is for what may be a page.
	Revealed []Pending
	// Improved are URLs met again by a path that may be less than the one on record, of a page or of a pending URL. The
	// least path stays, whatever the order of arrival; one that is not on record yet is entered as pending.
	Improved []Pending
	// Domains are registrable domains of the pages and of the targets of their links; known ones do no harm. The column
	// pages.domain is filled from the domains that the file knows at that time.
	Domains []string
	// Robots are robots.txt files; a later one of the same origin replaces an earlier one.
	Robots []RobotsRecord
	// Listed are URLs that sitemaps list; known ones do no harm.
	Listed []Listed
	// Unreached are pages of an earlier crawl that this one did not come to; known ones do no harm.
	Unreached []Unreached
	// Traffic is what was observed of domains; a later one of the same domain replaces an earlier one.
	Traffic []Traffic
}

// Empty reports whether there is nothing to commit.
func (b *Batch) Empty() bool {
	return len(b.Pages)+len(b.Revealed)+len(b.Improved)+len(b.Domains)+len(b.Robots)+len(b.Listed)+len(b.Unreached)+len(b.Traffic) == 0
}

// Pending is a URL that was met and is to be fetched, and the shortest path to it.
type Pending struct {
	URL       string
	Domain    string // registrable domain
	Depth     int    // clicks from a seed
	Redirects int    // redirects in a row that led here
	Referrer  string // empty for a seed
}

// path is how a URL was reached. Of two paths the lesser is kept: by depth, then redirects, then referrer.
type path struct {
	depth, redirects int64
	referrer         string
}

func (p path) compare(q path) int {
	return cmp.Or(cmp.Compare(p.depth, q.depth), cmp.Compare(p.redirects, q.redirects), cmp.Compare(p.referrer, q.referrer))
}

// RobotsRecord is a robots.txt as it was fetched.
type RobotsRecord struct {
	Origin    string // scheme://host:port
	Status    int    // 0 if there was no answer
	Body      []byte // at most MaxRobots bytes; what is over is left out
	FetchedAt time.Time
	ExpiresAt time.Time // when it must be asked for anew; zero if that is not known
	Error     string    // why there was no answer; empty if there was one
	// RedirectedTo is the URL that answered in the end; empty if it is /robots.txt at the origin.
	RedirectedTo string
}

// MaxRobots is the number of bytes of a robots.txt that are kept.
const MaxRobots = 512 << 10

// Commit writes the batch in one transaction. Once begun it is not cancelled: ctx is looked at before. When Commit has
// returned, the batch survives the death of the process; on a power cut the last commits may be lost, whole. An error,
// such as ErrFull or ErrRecorded, leaves the file as it was.
func (f *File) Commit(ctx context.Context, b *Batch) error {
	return f.write(ctx, "recording pages", func(w *writer) error { return w.batch(b) })
}

// write runs do in a transaction.
func (f *File) write(ctx context.Context, doing string, do func(*writer) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return ErrClosed
	case f.w == nil:
		return ErrReadOnly
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return explain(f.path, doing, f.w.transact(do))
}
