package crawlfile

import (
	"context"
	"time"

	"amble/crawler/page"
)

// Batch is what one commit holds, all of it or nothing. Whoever has several pages at hand commits them together: a
// commit costs as much as several pages.
type Batch struct {
	// Pages are recorded; a page that is recorded already is ErrRecorded.
	Pages []*page.Page
	// Taken are the rows under which pages of this batch waited: they go.
	Taken []int64
	// Revealed are URLs seen for the first time, to be fetched. Each has a row of its own, greater than all before: NextRow or
	// more; 0 stands for the next.
	Revealed []Pending
	// Improved are URLs met again by a path that may be less than the one on record: of a URL that waits in Row, or, with Row 0, of a
	// page. The least path stays.
	Improved []Pending
	// Outdated are pages, perhaps of this batch, whose links are to be taken in once more, and Replayed those of which that has been
	// done: what is left between the two is the backlog of a run that takes this one up.
	Outdated, Replayed []string
	// Grown says that the scope of the crawl has grown: all pages that were recorded before are outdated, until Settled.
	Grown, Settled bool
	// Domains are registrable domains of the pages and of the targets of their links; known ones do no harm. The column
	// pages.domain is filled from the domains that the file knows at that time.
	Domains []string
	// Robots are robots.txt files; a later one of the same origin replaces an earlier one.
	Robots []RobotsRecord
	// Listed are URLs that sitemaps list; known ones do no harm.
	Listed []Listed
	// Unreached are pages of an earlier crawl that this one did not come to; known ones do no harm.
	Unreached []Unreached
	// Sitemaps are those that have been read; known ones do no harm.
	Sitemaps []string
	// Traffic is what was observed of domains, Origins how origins answer; a later one replaces an earlier one.
	Traffic []Traffic
	Origins []Origin
	// Checks are URLs to be checked (Page is nil), which do no harm if they are known, or that have been.
	Checks []Check
	// Archive is how far the crawl's archive is part of it, as JSON; nil leaves that as it was. Payloads are what it has got; known
	// ones do no harm.
	Archive []byte
	// Mirror is how far the crawl's copy is part of it, likewise.
	Mirror   []byte
	Payloads []Payload
	// Alive is when the crawl was at work; zero says nothing.
	Alive time.Time
}

// Empty reports whether there is nothing to commit.
func (b *Batch) Empty() bool {
	return len(b.Pages)+len(b.Revealed)+len(b.Improved)+len(b.Domains)+len(b.Robots)+len(b.Listed)+len(b.Unreached)+len(b.Traffic)+
		len(b.Taken)+len(b.Outdated)+len(b.Replayed)+len(b.Sitemaps)+len(b.Origins)+len(b.Checks)+len(b.Payloads) == 0 && b.Archive == nil && b.Mirror == nil && !b.Grown && !b.Settled && b.Alive.IsZero()
}

// Pending is a URL that was met and is to be fetched, and the shortest path to it.
type Pending struct {
	Row       int64 // where it waits, from 1
	URL       string
	Domain    string // registrable domain
	Host      string // whose turn it waits for, where that is not the registrable domain's; else empty
	Depth     int    // clicks from a seed
	Redirects int    // redirects in a row that led here
	Referrer  string // empty for a seed
	Chain     int    // redirects in a row that led here, however many of them counted as clicks
}

// RobotsRecord is a robots.txt as it was fetched.
type RobotsRecord struct {
	Origin    string // scheme://host:port
	Status    int    // 0 if there was no answer
	Body      []byte // at most MaxRobots bytes; what is over is left out
	FetchedAt time.Time
	ExpiresAt time.Time // when it must be asked for anew; zero if that is not known
	Error     string    // why there was no answer; empty if there was one
	// ContentType is as in page.Page.
	ContentType string
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
