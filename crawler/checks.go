package crawler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/fetch"
	"amble/crawler/page"
	"amble/frontier"
	"amble/frontier/canon"
)

// The check of links begins when the pages are done. What is to be asked for follows from their records alone: it is what they link to, or
// are made of, and what is no page and does not wait to be one. So it does not depend on timing, no URL is both checked and fetched, and a run
// that goes on finds what is left. It is a schedule of its own, over URLs that lead nowhere but by redirects, and it takes over from the first what
// was asked of each domain, as a crawl does that goes on.

// Checks says what a crawl checks besides the pages that it reads.
type Checks struct {
	// External asks once for each URL that pages link to and the crawl does not read: those out of scope, and those too deep. Links that ask
	// not to be followed (nofollow) are left alone, and so is what Exclude names.
	External bool
	// Assets asks once for each image, script, style sheet and the like, and for what else link elements name, in scope or not. PageData.Assets has them.
	Assets bool
	// Fragments notes the places in pages and those that links name, so that links to places that there are not can be told.
	Fragments bool
}

// asks reports whether there is anything to ask for.
func (c Checks) asks() bool { return c.External || c.Assets }

// checker does the tasks of a check.
type checker struct {
	r     *run
	byGet sync.Map // URLs whose HEAD was answered in a way that proves nothing

	mu     sync.Mutex
	bodies map[canon.Key]struct{} // what is asked for its body, which the copy needs
}

// sheetsDeep is how many style sheets within style sheets the copy takes in: more are a trap.
const sheetsDeep = 8

// wants reports whether the body of u is wanted.
func (c *checker) wants(u canon.URL) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.bodies[c.r.seed.Key(u)]
	return ok
}

// want notes that the body of u is wanted, and reports whether that is new.
func (c *checker) want(u canon.URL) bool {
	k := c.r.seed.Key(u)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, had := c.bodies[k]
	c.bodies[k] = struct{}{}
	return !had
}

// check asks for what the pages lead to. The crawl's own schedule has ended.
func (r *run) check(ctx context.Context) error {
	if !r.cfg.Check.asks() || !r.mayCheck() {
		return nil
	}
	// What the keeper has noted last must be with the collector, which reads what handOver writes.
	if _, err := question(r, func(store) (struct{}, error) { return struct{}{}, nil }); err != nil {
		return err
	}
	past, received := r.handOver()
	cfg := r.manners(past, received)
	cfg.MaxDepth, cfg.MaxRedirects, cfg.Scope = 0, max(r.cfg.Limits.RedirectChain, 1), r.unmet
	if r.copy != nil {
		cfg.MaxDepth = sheetsDeep
	}
	f := frontier.New(cfg)
	c := &checker{r: r, bodies: make(map[canon.Key]struct{})}
	n, err := c.gather(ctx, f)
	if err != nil {
		return err
	}
	if n == 0 {
		return nil
	}
	r.cfg.Logger.Info("the pages are done: checking what they lead to", "urls", n)
	r.mu.Lock()
	r.checks = f
	if r.reason != "" {
		f.Stop()
	}
	r.mu.Unlock()
	return r.drive(ctx, f, c)
}

// mayCheck reports whether the crawl's own schedule came to an end by which its pages are settled: a limit on pages does not forbid to check those.
func (r *run) mayCheck() bool {
	snap := r.frontier.Snapshot()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reason == "" && snap.Limited != "bytes" && !snap.Network
}

// handOver is what the crawl's schedule knows of the servers, for the next one, and the number of bytes that came so far.
func (r *run) handOver() (past *frontier.Past, received int64) {
	if r.before == nil {
		r.before = make(map[string]crawlfile.Traffic)
	}
	for _, t := range r.frontier.Traffic() {
		r.before[t.Domain] = r.traffic(&t)
	}
	past = r.pastDomains()
	past.Until = time.Now()
	for _, t := range r.before {
		received += t.Bytes
	}
	for _, o := range r.frontier.Origins() {
		past.Origins[o.Name] = o.OriginPast
	}
	return past, received
}

// unmet reports whether a URL is neither a page nor waits to be one, and may be asked for.
func (r *run) unmet(u canon.URL) bool {
	_, row, sealed := r.frontier.Visited.Standing(r.seed.Key(u))
	return row == 0 && !sealed && !r.scope.excludes(u)
}

// gatherAtOnce is how many URLs are entered by one commit.
const gatherAtOnce = 4096

// gather enters what is to be asked for in the crawl file and in f, and says how many URLs that are.
func (c *checker) gather(ctx context.Context, f *frontier.Frontier) (left int, err error) {
	r := c.r
	met := make(map[canon.Key]struct{})
	turn := r.cfg.limitBy()
	var b crawlfile.Batch
	enter := func() error {
		if len(b.Checks) == 0 {
			return nil
		}
		_, err := question(r, func(s store) (struct{}, error) { return struct{}{}, s.Commit(context.Background(), &b) })
		b = crawlfile.Batch{}
		return err
	}
	want := func(u canon.URL, method string) error {
		k := r.seed.Key(u)
		if _, again := met[k]; again && method == "" || !r.unmet(u) || method != "" && !c.want(u) {
			return nil
		}
		met[k] = struct{}{}
		if b.Checks = append(b.Checks, crawlfile.Check{URL: u.String(), Turn: turn(u), Method: method}); len(b.Checks) == gatherAtOnce {
			return enter()
		}
		return nil
	}
	how := "" // assets are asked for
	if r.copy != nil {
		how = http.MethodGet
	}
	file, ok := r.store.(fileStore)
	if !ok {
		return 0, errors.New("crawler: links cannot be checked without a crawl file")
	}
	for out, err := range file.Outgoing(ctx) {
		if err != nil {
			return 0, err
		}
		if r.cfg.Check.External {
			for _, u := range edges(&page.Page{Links: out.Links, Robots: out.Robots, DuplicateOf: out.DuplicateOf}, nil).targets {
				if err := want(u, ""); err != nil {
					return 0, err
				}
			}
		}
		if r.cfg.Check.Assets {
			for _, a := range out.Assets {
				u, err := canon.Canonical(a.URL)
				if err != nil {
					continue
				}
				by := how
				if a.Kind == page.Relation {
					by = "" // a page is shown without it
				}
				if err := want(u, by); err != nil {
					return 0, err
				}
			}
		}
	}
	if err := enter(); err != nil {
		return 0, err
	}
	for k, err := range file.Checks(ctx) {
		if err != nil {
			return 0, err
		}
		u, err := canon.Canonical(k.URL)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", r.cfg.File, err)
		}
		v := frontier.Restored{URL: u, Turn: k.Turn}
		if !k.Done {
			if !r.unmet(u) {
				continue // a later run has reached it
			}
			v.Record = uint32(k.Row)
			if k.Method == http.MethodGet {
				c.want(u)
			}
			left++
		}
		f.Look(&v)
		f.Restore(&v)
	}
	return left, nil
}

// Visit implements frontier.Visitor for the URLs to be checked.
func (c *checker) Visit(ctx context.Context, t *frontier.Task) (o frontier.Outcome) {
	r := c.r
	defer func() {
		if v := recover(); v != nil {
			r.cfg.Logger.Error("a fault in amble: please report it", "url", t.URL.String(), "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			if o = (frontier.Outcome{}); t.Kind == frontier.Fetch || t.Kind == frontier.Skip { // the others look after themselves
				r.records <- &record{checks: []crawlfile.Check{{URL: t.URL.String(), Page: &page.Page{Err: faultOf(v), FetchedAt: time.Now()}}}}
			}
		}
	}()
	switch t.Kind {
	case frontier.Fetch:
		return c.ask(ctx, t)
	case frontier.Skip:
		r.records <- &record{checks: []crawlfile.Check{{URL: t.URL.String(), Page: &page.Page{Err: denial(t)}}}}
		return o
	case frontier.Refill:
		return r.refillBy(t, store.ChecksWaiting)
	case frontier.Robots, frontier.Recall, frontier.Locate:
		return r.Visit(ctx, t)
	}
	return o // a shorter path to a URL that leads nowhere changes nothing
}

// ask finds out whether a URL is there: by HEAD, and by GET where the answer to that may be the method's fault.
func (c *checker) ask(ctx context.Context, t *frontier.Task) frontier.Outcome {
	r, url := c.r, t.URL.String()
	_, byGet := c.byGet.Load(url)
	body := r.copy != nil && c.wants(t.URL)
	byGet = byGet || body
	resp := r.get(ctx, t, fetch.Request{Head: !byGet, Bare: byGet && !body, Keep: body})
	defer resp.Release()
	o := r.outcome(t, resp)
	rec := new(record)
	defer r.dismiss(rec)
	if body { // what is only checked is no capture
		r.capture(ctx, t, resp, nil, rec)
	}
	p := &page.Page{
		URL: url, Status: resp.Status, Err: resp.Err, Attempts: t.Attempt + 1, FetchedAt: resp.Start, Duration: resp.Duration, ContentType: resp.ContentType,
		SHA256: resp.SHA256, Truncated: resp.Truncated,
	}
	var to canon.URL
	if fetch.IsRedirect(resp.Status) && resp.Err == nil {
		if r.redirect(p, t, resp); p.Err == nil {
			to, _ = canon.Canonical(p.Redirect)
		}
	}
	if e := p.Err; e != nil {
		if o.Cut = e.Class == page.Cancelled; o.Cut {
			return o
		}
		if !byGet && provesNothing(resp.Status, e) {
			c.byGet.Store(url, true)
			o.Again, o.Down = true, o.Down && resp.Status == 0
			return o
		}
		if (e.Transient(resp.Status) || o.Offline) && !t.Last() || o.Down && t.Probe() {
			o.Retry = true
			return o
		}
	}
	c.byGet.Delete(url)
	rec.checks = []crawlfile.Check{{URL: url, Page: p, Method: http.MethodHead}}
	if byGet {
		rec.checks[0].Method = http.MethodGet
	}
	var needs []canon.URL
	method := ""
	if body {
		method = http.MethodGet
		needs = r.keepBody(ctx, p, resp, rec)
		for _, u := range append(needs, to) { // before anybody may be given one of them to do
			if !u.IsZero() {
				c.want(u)
			}
		}
	}
	turn := r.cfg.limitBy()
	for k := range t.Admit(needs, to).Revealed() {
		rec.checks = append(rec.checks, crawlfile.Check{URL: k.URL.String(), Turn: turn(k.URL), Method: method})
	}
	r.hand(rec)
	return o
}

// provesNothing reports whether a failure may be that of HEAD alone. Servers answer it with almost anything, so no link is broken by its word; but
// one who asks for patience is not asked again at once, and what did not answer at all is asked again as any page is.
func provesNothing(status int, e *page.Error) bool {
	switch status {
	case 0:
		return e.Class == page.Protocol || e.Class == page.Reset
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusRequestTimeout:
		return false
	}
	return true
}
