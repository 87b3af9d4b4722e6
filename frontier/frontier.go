package frontier

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"amble/frontier/canon"
	"amble/politeness"
)

// Config is what a crawl asks of its schedule. Every field must be set where it says nothing of zero; the crawler
// package turns the user's wishes into it.
type Config struct {
	// MaxDepth is the greatest depth of a URL that is fetched; negative means no limit.
	MaxDepth int
	// MaxPages is how many URLs may be fetched; 0 means no limit.
	MaxPages int
	// Started is how many URLs earlier runs of the crawl fetched; they count towards MaxPages.
	Started int
	// MaxRedirects is how many redirects in a row are followed as part of one click; each further one counts as a click.
	MaxRedirects int
	// Workers is the number of tasks that may be in work at once, over all domains; at least 1.
	Workers int
	// PerHost is the number of requests that may be in flight at once to one domain; at least 1. It never raises the rate.
	PerHost int
	// Pace is the interval and burst of every domain.
	Pace politeness.Pace
	// Backoff is how failures that may pass are tried again.
	Backoff politeness.Backoff
	// MaxCrawlDelay bounds the interval that a robots.txt may ask for; 0 means politeness.MaxCrawlDelay.
	MaxCrawlDelay time.Duration
	// Adaptive is the pause after an answer, in multiples of the time that the server took for it, at most
	// politeness.MaxAdaptive; 0 means none. Without an interval there is none either.
	Adaptive float64
	// Bandwidth is the number of bytes per second that the answers may amount to: no request begins while they are more; 0
	// means no limit.
	Bandwidth int64
	// ByAddress gives each IP address a bucket as well, with the same interval: Locate tasks find out the addresses.
	ByAddress bool
	// Sitemaps fetches the sitemaps that robots.txt names.
	Sitemaps bool
	// SitemapDepth is the depth of the pages that sitemaps list.
	SitemapDepth int
	// IgnoreRobots leaves robots.txt unread.
	IgnoreRobots bool
	// LimitBy gives the key of the token bucket that a URL pays into; nil means its registrable domain.
	LimitBy func(canon.URL) string
	// Scope reports whether a URL belongs to the crawl; nil means that all do. It is called on the workers and must answer
	// the same for the same URL until Extend says otherwise.
	Scope func(canon.URL) bool
	// Extend is told where a seed was redirected to, directly or by another redirect, and reports whether the scope has grown by it; nil means that
	// it never does. It is called on the workers.
	Extend func(canon.URL) bool
	// Window is how many URLs of a domain wait in memory at the most, roughly, long ones counting by their Weight; the others
	// wait in the store, from where Refill tasks bring them. 0 means that all wait in memory. It needs LimitBy to be the registrable domain.
	Window int
	// Limits bounds what looks endless.
	Limits Limits
	// Year is the present one, from which Limits.YearsAhead counts; 0 means that it does not.
	Year int
	// Seed keys the fingerprints of URLs.
	Seed canon.Seed
	// MaxBytes is how many bytes answers may amount to before the crawl ends; 0 means no limit. Received are those of earlier runs.
	MaxBytes, Received int64
	// HostBytes is how many bytes may come from one origin; what is left of it then stays pending. 0 means no limit.
	HostBytes int64
	// Hours gives the time at which requests may be made: now, or when the crawl may go on; nil means always. It is called on the loop.
	Hours func(now time.Time) time.Time
	// Held is why the crawl begins with a pause, as Hold would make it; "" if it does not.
	Held string
	// Recalls says that the store keeps the robots.txt of each origin: rules that take much memory may be forgotten, and Recall tasks bring
	// them back. They do so for what earlier runs have read in any case.
	Recalls bool
	// Past is what earlier runs of the crawl knew of its servers; nil if there were none.
	Past *Past
	// GapBounds are the bounds, ascending, of the classes by which gaps between requests are counted in Traffic.
	GapBounds []time.Duration
	// Log is told, on the loop, what a person should know; nil means nobody is.
	Log func(text string)
	// Random gives numbers in [0, 1) for the jitter of backoff. It is called on the loop alone.
	Random func() float64
}

// Frontier is the schedule of one crawl. Make it with New, give it what an earlier run has done with Restore, and
// run it once with Run.
type Frontier struct {
	cfg     Config
	Visited Visited

	scopeGen  atomic.Uint64  // how many times the scope has grown
	work      chan *Task     // loop -> workers; unbuffered, so a task handed over is a task begun
	reports   chan report    // workers -> loop
	sent      chan sentEvent // workers -> loop: a request was written
	queries   chan func()
	changed   chan struct{}
	offline   atomic.Bool   // the network seems to be down
	restoring atomic.Bool   // what earlier runs knew is not all there yet
	stop      chan struct{} // closed by Stop
	stopOnce  sync.Once
	quit      chan struct{} // closed when Run returns

	loop loop
	last Snapshot // of the moment when Run ended; written before quit is closed
}

type report struct {
	t *Task
	o Outcome
}

// sentEvent tells that a request was written.
type sentEvent struct {
	t  *Task
	at time.Time
}

// New makes a frontier. It starts nothing.
func New(cfg Config) *Frontier {
	if cfg.LimitBy == nil {
		cfg.LimitBy = canon.URL.Domain
	}
	if cfg.MaxCrawlDelay <= 0 {
		cfg.MaxCrawlDelay = politeness.MaxCrawlDelay
	}
	f := &Frontier{
		cfg:     cfg,
		work:    make(chan *Task),
		reports: make(chan report, cfg.Workers), // so that a worker need not wait for a busy loop
		sent:    make(chan sentEvent),
		queries: make(chan func()),
		changed: make(chan struct{}, 1),
		stop:    make(chan struct{}),
		quit:    make(chan struct{}),
	}
	f.loop.init(f)
	return f
}

// Seed enters a URL at depth 0 and reports what is known of it, as Admit does. It must be called before Run. Seeds are
// fetched whether or not they are in scope.
func (f *Frontier) Seed(u canon.URL) Admitted {
	t := Task{f: f}
	t.enter(Known{URL: u, Key: f.cfg.Seed.Key(u), root: true})
	for i := range t.admitted {
		f.loop.admit(&t.admitted[i], time.Now())
	}
	return Admitted{known: t.admitted}
}

// SeedSitemap enters a sitemap. It must be called before Run.
func (f *Frontier) SeedSitemap(u canon.URL) {
	f.loop.addSitemap(u, &sitemapRoot{origin: u.Origin()}, false, 0, time.Now())
}

// Path is the shortest path to u known so far; the zero Path if u was never met.
func (f *Frontier) Path(u canon.URL) Path {
	e, r := f.Visited.load(f.cfg.Seed.Key(u))
	if r == nil {
		return Path{}
	}
	return f.Visited.pathOf(e)
}

// Stop ends the crawl early: no task is begun any more, those in flight are finished, then Run returns. It does not
// wait, and may be called at any time and more than once.
func (f *Frontier) Stop() { f.stopOnce.Do(func() { close(f.stop) }) }

// Run crawls until nothing is left to do, or Stop was called, or ctx is cancelled, which v's methods see too. It
// blocks; when it returns, no goroutine of its is left. The error is ctx's.
func (f *Frontier) Run(ctx context.Context, v Visitor) error {
	var workers sync.WaitGroup
	for range f.cfg.Workers {
		workers.Go(func() {
			for t := range f.work {
				f.reports <- report{t, t.perform(ctx, v)}
			}
		})
	}
	f.loop.run(ctx)
	f.last = f.loop.snapshot(time.Now())
	close(f.quit)
	close(f.work)
	workers.Wait()
	return ctx.Err()
}
