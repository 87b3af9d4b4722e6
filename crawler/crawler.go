package crawler

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"amble/frontier"
)

// Crawler crawls as its Config says. It may be used for one crawl after another; a Config with a File is good for one.
type Crawler struct {
	cfg Config

	mu  sync.Mutex
	run *run // the latest crawl
}

// New checks the configuration. It starts nothing and touches no file.
func New(cfg Config) (*Crawler, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if _, err := newClient(&cfg, nil); err != nil {
		return nil, err
	}
	return &Crawler{cfg: cfg}, nil
}

// Pages crawls from the seeds and yields each page as it completes. The error, if there is one, is fatal and comes
// last, with a nil page: a bad seed, a crawl file that cannot be written, or the error of ctx. The failure of a page is
// in its Err.
//
// Leaving the loop ends the crawl: requests in flight are given up, and when the loop statement is left no
// goroutine of the crawl remains. With a crawl file, the crawl can be resumed.
//
// Depth and Referrer of a yielded page are those of the shortest path known so far; see the package comment.
func (c *Crawler) Pages(ctx context.Context, seeds ...string) iter.Seq2[*PageData, error] {
	return c.pages(ctx, seeds, false)
}

// Run crawls from the seeds and returns everything. It blocks until the crawl has ended. With an error, which is one that Pages
// would yield, the result holds what there was until then.
func (c *Crawler) Run(ctx context.Context, seeds ...string) (*Result, error) {
	var res Result
	r, err := c.crawl(ctx, seeds, false, true, func(p *PageData) bool {
		res.Pages = append(res.Pages, p)
		return true
	})
	if r != nil {
		res.Stats = r.statistics()
		res.Domains = r.domainNames()
		r.settle(res.Pages)
		res.Unreached = slices.Sorted(slices.Values(r.unreached))
	}
	slices.SortFunc(res.Pages, func(a, b *PageData) int {
		if a.Depth != b.Depth {
			return a.Depth - b.Depth
		}
		return strings.Compare(a.URL, b.URL)
	})
	return &res, err
}

// Resume goes on with the crawl in Config.File, which must exist, and yields the pages that were missing as Pages does. Pages
// in the file are not fetched again. The seeds are those of the file.
func (c *Crawler) Resume(ctx context.Context) iter.Seq2[*PageData, error] {
	return c.pages(ctx, nil, true)
}

// Stop ends the running crawl early but orderly: nothing new is begun, what is in flight is finished and yielded,
// then the loop ends without an error. It returns at once; without a running crawl it does nothing.
func (c *Crawler) Stop() {
	if r := c.latest(); r != nil {
		r.stop("stopped")
	}
}

// Progress is the state of a running crawl.
type Progress struct {
	Stats
	frontier.Snapshot
	Hosts int // domains of the pages and of all links found
}

// Progress reports how the latest crawl stands. It is zero before the first crawl has begun, and final after its end.
func (c *Crawler) Progress() Progress {
	r := c.latest()
	if r == nil {
		return Progress{}
	}
	return r.progress()
}

// Domains are the registrable domains of the pages and of all links found by the latest crawl, in byte order.
func (c *Crawler) Domains() []string {
	if r := c.latest(); r != nil {
		return r.domainNames()
	}
	return nil
}

func (c *Crawler) latest() *run {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.run
}

// pages is Pages and Resume in one.
func (c *Crawler) pages(ctx context.Context, seeds []string, resume bool) iter.Seq2[*PageData, error] {
	return func(yield func(*PageData, error) bool) {
		left := false
		_, err := c.crawl(ctx, seeds, resume, false, func(p *PageData) bool {
			left = !yield(p, nil)
			return !left
		})
		if err != nil && !left {
			yield(nil, err)
		}
	}
}

// crawl is Pages, Run and Resume in one: it calls yield on this goroutine for each page, until yield returns false. It
// returns when every goroutine of the crawl has. With all, the run keeps what Result has besides pages.
func (c *Crawler) crawl(ctx context.Context, seeds []string, resume, all bool, yield func(*PageData) bool) (*run, error) {
	r, err := newRun(ctx, &c.cfg, seeds, resume, func(r *run) {
		c.mu.Lock()
		defer c.mu.Unlock()
		r.all = all
		c.run = r
	})
	if err != nil {
		return nil, err
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	finished := make(chan error, 1)
	go func() { finished <- r.work(ctx) }()
	done := false
	leave := func() {
		close(r.left)
		for range r.out {
		}
		err = <-finished
		done = true
	}
	defer func() { // when yield panics
		if !done {
			cancel()
			leave()
		}
	}()
	for p := range r.out {
		if !yield(p) {
			r.stop("the caller left the loop")
			cancel()
			break
		}
	}
	leave()
	if err != nil && !errors.Is(err, context.Canceled) {
		return r, fmt.Errorf("crawler: %w", err)
	}
	return r, err
}
