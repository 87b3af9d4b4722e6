package crawler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/fetch"
	"amble/crawler/page"
	"amble/crawler/warc"
	"amble/frontier"
	"amble/frontier/canon"
	"amble/politeness"
)

// run is one crawl: the seams between the frontier, the workers' visits, the collector and the caller.
type run struct {
	cfg        *Config
	token      string // the product token
	client     *fetch.Client
	scope      *scope
	seed       canon.Seed
	frontier   *frontier.Frontier
	checks     *frontier.Frontier // of what is checked, once the pages are done; nil before, or if nothing is. Guarded by mu
	store      store
	since      *since                       // nil if there is no earlier crawl
	duplicates *duplicates                  // nil if nobody asked for them
	before     map[string]crawlfile.Traffic // what earlier runs observed, by domain
	archive    *archive                     // nil if nobody asked for it
	copy       *copied                      // nil if nobody asked for it
	records    chan *record                 // workers -> collector; closed when the frontier is done
	room       *room
	pressed    chan struct{}  // a worker waits for a commit, or will soon: see pressing
	out        chan *PageData // collector -> caller; closed by the collector
	left       chan struct{}  // closed when the caller takes no more pages
	all        bool           // the caller wants the whole result
	unreached  []string       // of the earlier crawl, if so
	live       atomic.Bool    // the frontier runs, or has run
	fetched    int            // pages that earlier runs fetched
	disk       diskWatch      // the keeper's own, once the crawl runs
	received   int64          // bytes that earlier runs received
	reach      reach
	takeUp     func(context.Context) error // restores what earlier runs knew, while the crawl runs; nil if they knew nothing
	nextRow    int64                       // where the next URL waits in the store; 0 if it keeps none. The collector's own, as is what follows
	gaveUp     atomic.Bool                 // requests in flight were cut short, as the time of the crawl was over
	grown      uint64                      // how many times the scope has grown, as far as the store knows
	spare      crawlfile.Batch             // lists of earlier commits, for the next

	mu       sync.Mutex // guards what follows
	stats    Stats
	domains  map[string]struct{}
	reason   string             // why the crawl was stopped early; "" if it was not
	limited  bool               // it was a limit that stopped it
	late     *time.Timer        // cuts requests in flight short; there once the crawl runs
	stopCopy context.CancelFunc // ends the making of the copy; nil before it begins
}

// newRun makes a run known to register, checks the seeds, opens the crawl file and enters seeds and restored pages into
// a fresh frontier. It starts no goroutine.
func newRun(ctx context.Context, cfg *Config, seeds []string, resume bool, register func(*run)) (_ *run, err error) {
	pressed := make(chan struct{}, 1)
	r := &run{
		cfg: cfg, token: politeness.ProductToken(cfg.UserAgent),
		records: make(chan *record, handedOver), room: newRoom(readBytes, pressed), pressed: pressed, out: make(chan *PageData), left: make(chan struct{}),
		domains: make(map[string]struct{}), duplicates: newDuplicates(cfg.StopAtDuplicates),
		stats: Stats{
			ByStatus: make(map[int]int), ByClass: make(map[page.Class]int), HeldBack: make(map[string]int),
			ByChange: make(map[page.Change]int), Started: time.Now(), End: Running,
		},
	}
	if len(cfg.Fields) > 0 {
		r.stats.ByField = make(map[string]int)
		for _, f := range cfg.Fields {
			r.stats.ByField[f.Name] = 0
		}
	}
	register(r)
	seed := canon.NewSeed()
	var file *crawlfile.File
	if r.since, err = openSince(ctx, cfg); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.since.close())
		}
	}()
	reading := cfg.reading().json()
	if resume {
		if file, err = crawlfile.Open(ctx, cfg.File); err != nil {
			return nil, fmt.Errorf("crawler: %w", err)
		}
		defer func() {
			if err != nil {
				err = errors.Join(err, file.Close())
			}
		}()
		if err := cfg.sameMirror(ctx, file); err != nil {
			return nil, fmt.Errorf("crawler: %w", err)
		}
		info := file.Info()
		seeds, seed = info.Seeds, canon.Seed(info.KeySeed)
	}
	urls, err := parseSeeds(seeds)
	if err != nil {
		return nil, err
	}
	var sitemaps []canon.URL
	if len(cfg.SitemapURLs) > 0 {
		if sitemaps, err = parseSeeds(cfg.SitemapURLs); err != nil {
			return nil, err
		}
	}
	if r.client, err = newClient(cfg, urls); err != nil {
		return nil, err
	}
	r.scope, r.seed = newScope(cfg, urls), seed
	if resume {
		if err := r.recall(ctx, file); err != nil {
			return nil, fmt.Errorf("crawler: %w", err)
		}
	}
	var past *frontier.Past
	if resume {
		if past, err = r.past(ctx, file); err != nil {
			return nil, fmt.Errorf("crawler: %w", err)
		}
	}
	c := r.manners(past, r.received)
	c.MaxDepth, c.MaxPages, c.Started, c.MaxRedirects = cfg.MaxDepth, cfg.MaxPages, r.fetched, cfg.MaxRedirects
	c.Sitemaps, c.SitemapDepth = cfg.Sitemaps, cfg.SitemapDepth
	c.Scope, c.Extend = r.scope.allows, r.extender()
	schedule := frontier.New(c)
	r.mu.Lock()
	r.frontier = schedule
	if r.reason != "" {
		r.frontier.Stop() // asked for before there was anything to stop
	}
	r.mu.Unlock()
	switch {
	case resume:
		r.store = fileStore{file}
		if err := r.restore(ctx, file, urls); err != nil {
			return nil, fmt.Errorf("crawler: %w", err)
		}
		if err := file.SetEnd(ctx, crawlfile.End{State: crawlfile.Running}); err != nil {
			return nil, fmt.Errorf("crawler: %w", err)
		}
		if err := file.ForgetUnreached(ctx); err != nil {
			return nil, fmt.Errorf("crawler: %w", err)
		}
		if said := file.Info().Reading; said != nil && !bytes.Equal(said, reading) {
			if err := file.SetReading(ctx, nil); err != nil {
				return nil, fmt.Errorf("crawler: %w", err)
			}
		}
	case cfg.File != "":
		if err := cfg.checkArchive(); err != nil {
			return nil, fmt.Errorf("crawler: %w", err)
		}
		if err := cfg.checkMirror(); err != nil {
			return nil, fmt.Errorf("crawler: %w", err)
		}
		file, err = crawlfile.Create(ctx, cfg.File, crawlfile.Info{
			Version: Version, Created: r.stats.Started, Seeds: canonical(urls), KeySeed: uint64(seed), Config: r.cfg.Note, Reading: reading, Reach: cfg.reach().json(),
			Fields: cfg.taken().names(),
		})
		if err != nil {
			return nil, fmt.Errorf("crawler: %w", err)
		}
		r.store, r.nextRow = fileStore{file}, file.NextRow()
	default:
		r.store = memoryStore{}
	}
	var first record
	if r.takeUp == nil {
		for _, u := range urls {
			first.admit(r.frontier.Seed(u))
		}
	}
	for _, u := range sitemaps {
		r.frontier.SeedSitemap(u)
	}
	b := r.batch([]*record{&first})
	if cfg.WARC != "" && !resume {
		b.Archive = markJSON(warc.Mark{File: 1})
	}
	if cfg.Mirror != "" && !resume {
		b.Mirror = copyMark{}.json()
	}
	if err := r.store.Commit(ctx, b); err != nil {
		return nil, errors.Join(fmt.Errorf("crawler: %w", err), r.store.Close())
	}
	if r.archive, err = openArchive(ctx, cfg, file, pressed); err != nil {
		return nil, errors.Join(fmt.Errorf("crawler: %w", err), r.store.Close())
	}
	if r.copy, err = openCopy(ctx, cfg, file, pressed); err != nil {
		return nil, errors.Join(fmt.Errorf("crawler: %w", err), r.archive.close(), r.store.Close())
	}
	return r, nil
}

// manners is what every schedule of the crawl keeps to, whatever it is to fetch. past is what is known of the servers, received the number of
// bytes that came from them.
func (r *run) manners(past *frontier.Past, received int64) frontier.Config {
	cfg := r.cfg
	return frontier.Config{
		MaxBytes: cfg.MaxBytes, Received: received, HostBytes: cfg.MaxHostBytes, Held: r.disk.begin(cfg), Hours: cfg.hours(), Past: past,
		GapBounds: crawlfile.GapBounds(), Log: func(text string) { cfg.Logger.Warn(text) },
		Workers: cfg.Workers, PerHost: cfg.PerHost, Pace: politeness.PaceOf(cfg.Rate, cfg.Burst),
		Backoff:       politeness.Backoff{Retries: cfg.Retries, Max: cfg.MaxBackoff},
		MaxCrawlDelay: cfg.MaxCrawlDelay, Adaptive: cfg.Adaptive, Bandwidth: cfg.Bandwidth, ByAddress: cfg.LimitBy == ByIP,
		IgnoreRobots: cfg.IgnoreRobots, Recalls: cfg.File != "", LimitBy: cfg.limitBy(),
		Window: cfg.window(), Limits: cfg.Limits.frontier(), Year: time.Now().Year(), Seed: r.seed, Random: rand.Float64,
	}
}

// recall counts what earlier runs have done.
func (r *run) recall(ctx context.Context, f *crawlfile.File) error {
	before, err := f.Stats(ctx)
	if err != nil {
		return err
	}
	checks, err := f.CheckStats(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fetched = before.Fetched
	s := &r.stats
	s.Checked = checks.Checks
	s.Pages, s.Earlier, s.Bytes = before.Pages, before.Pages, before.Bytes
	s.Disallowed = before.ByClass[page.Robots]
	s.Failed = before.Failed - s.Disallowed - before.ByClass[page.Private] - before.ByClass[page.Trap]
	s.Duplicates, s.Truncated = before.Duplicates, before.Truncated
	s.NotModified, s.Spared = before.NotModified, before.Spared
	maps.Copy(s.ByChange, before.ByChange)
	maps.Copy(s.HeldBack, before.HeldBack)
	maps.Copy(s.ByStatus, before.ByStatus)
	maps.Copy(s.ByClass, before.ByClass)
	r.before = make(map[string]crawlfile.Traffic)
	asked := 0
	for t, err := range f.Traffic(ctx) {
		if err != nil {
			return err
		}
		r.before[t.Domain] = t
		r.received += t.Bytes
		asked += t.Requests
	}
	end, err := f.End(ctx)
	if err != nil {
		return err
	}
	var earlier Stats
	if json.Unmarshal(end.Statistics, &earlier) != nil {
		earlier = Stats{}
	}
	// A run that was killed has left no statistics. What it asked of each domain was noted now and then, what each page took is in its record.
	s.Requests, s.Retries = max(earlier.Requests, asked, before.Requests), max(earlier.Retries, before.Retries)
	return nil
}

// CheckSeeds makes seeds canonical. Its error wraps ErrSeed and names the first that is no http or https URL.
func CheckSeeds(seeds ...string) ([]string, error) {
	urls, err := parseSeeds(seeds)
	return canonical(urls), err
}

// parseSeeds makes seeds canonical.
func parseSeeds(raw []string) ([]canon.URL, error) {
	if len(raw) == 0 {
		return nil, fmt.Errorf("crawler: %w: there is none", ErrSeed)
	}
	urls := make([]canon.URL, len(raw))
	for i, s := range raw {
		u, err := canon.Parse(s)
		if err != nil {
			return nil, fmt.Errorf("crawler: %w: %w", ErrSeed, err)
		}
		urls[i] = u
	}
	return urls, nil
}

func canonical(urls []canon.URL) []string {
	s := make([]string, len(urls))
	for i, u := range urls {
		s[i] = u.String()
	}
	return s
}

// extender is what takes the targets of seeds' redirects into scope; nil where everything is in scope anyway.
func (r *run) extender() func(canon.URL) bool {
	if r.cfg.Scope == ScopeAny {
		return nil
	}
	return r.extend
}

// extend is told of a seed's redirect.
func (r *run) extend(to canon.URL) bool {
	grew := r.scope.extend(to)
	if grew {
		r.cfg.Logger.Info("a seed redirects out of scope: its target is taken into scope", "url", to.String())
	}
	return grew
}

const (
	// afterLimit is how long requests in flight may go on when the time for the crawl is over. What is not there by then is left to
	// another run: servers that drip, and pages that are as heavy as can be, would make minutes of it.
	afterLimit = 10 * time.Second
	never      = math.MaxInt64 * time.Nanosecond
)

// work runs the crawl to its end and closes everything.
func (r *run) work(parent context.Context) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	r.mu.Lock()
	r.late = time.AfterFunc(never, func() {
		r.gaveUp.Store(true)
		cancel()
	})
	r.mu.Unlock()
	defer r.late.Stop()
	var limit *time.Timer
	if r.cfg.MaxTime > 0 {
		limit = time.AfterFunc(r.cfg.MaxTime, func() { r.limit("the time limit of " + r.cfg.MaxTime.String() + " was reached") })
		defer limit.Stop()
	}
	stored := make(chan error, 1)
	go func() { stored <- r.collect(cancel) }()
	r.live.Store(true)
	err := r.crawl(ctx)
	if err == nil {
		err = r.check(ctx)
	}
	if r.gaveUp.Load() && parent.Err() == nil && errors.Is(err, context.Canceled) {
		err = nil // nobody but the limit cancelled anything
	}
	close(r.records)
	fatal := <-stored
	if fatal != nil {
		err = fatal // the cause of the cancellation that the frontier saw
	}
	r.client.Close()
	if limit != nil {
		limit.Stop()
	}
	if err == nil {
		err = r.makeCopy(parent)
	}
	return r.finish(ctx, err, fatal != nil)
}

// crawl drives the schedule of the pages, and takes up what earlier runs knew meanwhile.
func (r *run) crawl(parent context.Context) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	taken := make(chan error, 1)
	go func() {
		var err error
		if r.takeUp != nil {
			if err = r.takeUp(ctx); err != nil {
				cancel()
			}
		}
		taken <- err
	}()
	err := r.drive(ctx, r.frontier, r)
	cancel() // what is not taken up by now is of no use to this run
	if failed := <-taken; failed != nil && !errors.Is(failed, context.Canceled) {
		err = failed // the cause of the cancellation that the frontier saw
	}
	return err
}

// drive runs a schedule, with a keeper beside it.
func (r *run) drive(ctx context.Context, f *frontier.Frontier, v frontier.Visitor) error {
	over := make(chan struct{})
	var keeper sync.WaitGroup
	keeper.Go(func() { r.keep(over, f) })
	err := f.Run(ctx, v)
	close(over)
	keeper.Wait()
	return err
}

// schedule is the one that runs, or ran last.
func (r *run) schedule() *frontier.Frontier {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.checks != nil {
		return r.checks
	}
	return r.frontier
}

// finish notes how the crawl ended and closes the crawl file.
func (r *run) finish(ctx context.Context, err error, fatal bool) error {
	snap := r.frontier.Snapshot()
	r.mu.Lock()
	if r.checks != nil {
		last := r.checks.Snapshot()
		snap.Network, snap.Abandoned, snap.Overspent = last.Network, snap.Abandoned+last.Abandoned, snap.Overspent+last.Overspent
		if snap.Limited == "" {
			snap.Limited = last.Limited
		}
	}
	s := &r.stats
	s.Elapsed = time.Since(s.Started)
	switch {
	case err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		s.End, s.Reason = Failed, err.Error()
	case err != nil:
		s.End, s.Reason = Interrupted, err.Error()
		if r.reason != "" {
			s.Reason = r.reason
		}
	case snap.Limited == "bytes":
		s.End, s.Reason = Limited, fmt.Sprintf("the limit of %d bytes was reached", r.cfg.MaxBytes)
	case snap.Limited != "":
		s.End, s.Reason = Limited, fmt.Sprintf("the limit of %d pages was reached", r.cfg.MaxPages)
	case r.limited:
		s.End, s.Reason = Limited, r.reason
	case r.reason != "":
		s.End, s.Reason = Interrupted, r.reason
	case snap.Network:
		s.End, s.Reason = Interrupted, "the network did not come back"
	case snap.Overspent > 0:
		s.End, s.Reason = Limited, fmt.Sprintf("the limit of %d bytes for a host was reached: %d URLs are left", r.cfg.MaxHostBytes, snap.Overspent)
	case snap.Abandoned > 0:
		s.End, s.Reason = Limited, fmt.Sprintf("hosts stopped answering: %d URLs of theirs are left for another run", snap.Abandoned)
	default:
		s.End = Complete
	}
	complete := s.End == Complete
	r.mu.Unlock()
	if complete {
		if err = r.miss(ctx); err != nil {
			r.mu.Lock()
			if s.End, s.Reason = Failed, err.Error(); ctx.Err() != nil {
				s.End = Interrupted
			}
			r.mu.Unlock()
		}
	}
	end := r.statistics()

	statistics, jerr := json.Marshal(end)
	// The end is written even where ctx has ended.
	closing := r.store.End(context.Background(), crawlfile.End{
		State: string(end.End), Reason: end.Reason, FinishedAt: time.Now(), Statistics: statistics,
	})
	if !fatal {
		closing = errors.Join(closing, r.store.Commit(context.Background(), r.last()))
	}
	closing = errors.Join(jerr, closing, r.archive.close(), r.copy.close(), r.store.Close(), r.since.close())
	if err == nil {
		err = closing
	}
	return err
}

// stop ends the crawl early for the reason given; the first reason stays.
func (r *run) stop(reason string) {
	r.mu.Lock()
	if r.reason == "" {
		r.reason = reason
	}
	f, checks, stopCopy := r.frontier, r.checks, r.stopCopy
	if r.limited {
		stopCopy = nil
	}
	r.mu.Unlock()
	if stopCopy != nil {
		stopCopy()
	}
	for _, f := range []*frontier.Frontier{f, checks} {
		if f != nil {
			f.Stop()
		}
	}
}

// limit ends the crawl because its time is over.
func (r *run) limit(reason string) {
	r.mu.Lock()
	if r.limited = r.reason == ""; r.limited {
		r.late.Reset(afterLimit)
	}
	r.mu.Unlock()
	r.stop(reason)
}

func (r *run) statistics() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats.clone()
	if s.End == Running {
		s.Elapsed = time.Since(s.Started)
	}
	return s
}

func (r *run) progress() Progress {
	p := Progress{Stats: r.statistics()}
	if r.live.Load() {
		p.Snapshot = r.schedule().Snapshot()
	}
	r.mu.Lock()
	p.Hosts = len(r.domains)
	r.mu.Unlock()
	return p
}

func (r *run) domainNames() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.domains))
}

// settle gives pages the paths that are known at the end of the crawl.
func (r *run) settle(pages []*PageData) {
	for _, p := range pages {
		if u, err := canon.Parse(p.URL); err == nil {
			path := r.frontier.Path(u)
			p.Depth, p.Redirects, p.Referrer = path.Depth, path.Redirects, path.Referrer
		}
	}
}

// add brings what earlier runs observed of a domain into t. The median stays that of the run which saw more gaps.
func add(t *crawlfile.Traffic, before crawlfile.Traffic) {
	if before.Requests > t.Requests {
		t.Median = before.Median
	}
	if before.Requests > 1 && (t.Requests < 2 || before.Least < t.Least) {
		t.Least = before.Least
	}
	t.Requests += before.Requests
	t.Bytes += before.Bytes
	t.Most = max(t.Most, before.Most)
	if !before.FirstAt.IsZero() {
		t.FirstAt = before.FirstAt
	}
	for reason, d := range before.Waited {
		t.Waited[reason] += d
	}
	for len(t.Gaps) < len(before.Gaps) {
		t.Gaps = append(t.Gaps, 0)
	}
	for i, n := range before.Gaps {
		t.Gaps[i] += n
	}
}
