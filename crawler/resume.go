package crawler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"amble/crawler/crawlfile"
	"amble/frontier"
	"amble/frontier/canon"
	"amble/politeness"
)

// What a crawl file holds is taken up here: everything that was met goes back into the visited set, with its path; what waits, into
// the schedule; and what was known of the servers, so that they are asked as if the crawl had never stopped.

// ErrFixed is the error of resuming a crawl with a setting that cannot change.
var ErrFixed = errors.New("cannot change in a crawl that has begun")

// reach is what belongs to a crawl, and what decides how its records are made and which of them are the same.
type reach struct {
	Depth        int      `json:"depth"`
	Scope        Scope    `json:"scope"`
	Include      []string `json:"include,omitempty"`
	Exclude      []string `json:"exclude,omitempty"`
	SitemapDepth int      `json:"sitemap_depth,omitempty"`
	// Changed says that it was another one once: what waits may lie beyond it.
	Changed bool `json:"changed,omitempty"`

	FollowCanonical  bool `json:"follow_canonical,omitempty"`
	StopAtDuplicates bool `json:"stop_at_duplicates,omitempty"`
	ByHost           bool `json:"by_host,omitempty"`
	Assets           bool `json:"assets,omitempty"`
	Fragments        bool `json:"fragments,omitempty"`
	taken
	MaxRedirects int     `json:"max_redirects"`
	Rewrite      Rewrite `json:"rewrite"`
}

func (c *Config) reach() reach {
	x := reach{
		Depth: max(c.MaxDepth, -1), Scope: c.Scope, SitemapDepth: c.SitemapDepth, FollowCanonical: c.FollowCanonical,
		StopAtDuplicates: c.StopAtDuplicates, ByHost: c.LimitBy == ByHost, MaxRedirects: c.MaxRedirects, Rewrite: c.reading().Rewrite,
		Assets: c.Check.Assets, Fragments: c.Check.Fragments, taken: c.taken(),
	}
	for _, re := range c.Include {
		x.Include = append(x.Include, re.String())
	}
	for _, re := range c.Exclude {
		x.Exclude = append(x.Exclude, re.String())
	}
	return x
}

// fixed names the first setting in which x differs from was although it cannot change.
func (x reach) fixed(was reach) string {
	switch {
	case x.FollowCanonical != was.FollowCanonical:
		return "following canonical links (--follow-canonical)"
	case x.StopAtDuplicates != was.StopAtDuplicates:
		return "stopping at duplicates (--stop-at-duplicates)"
	case x.ByHost != was.ByHost:
		return "limiting by host (--limit-by)"
	case x.Assets != was.Assets:
		return "checking assets (--check-assets)"
	case x.Fragments != was.Fragments:
		return "checking fragments (--check-fragments)"
	case !x.taken.same(was.taken):
		return "the fields that are taken out of pages (--extract, --extract-rules, --structured)"
	case x.MaxRedirects != was.MaxRedirects:
		return "the number of redirects that are no clicks (MaxRedirects)"
	case x.Rewrite.StripQuery != was.Rewrite.StripQuery, x.Rewrite.SortQuery != was.Rewrite.SortQuery,
		!slices.Equal(x.Rewrite.DropParams, was.Rewrite.DropParams):
		return "rewriting URLs (--drop-param, --sort-query, --strip-query)"
	}
	return ""
}

// outdatedFrom is the depth from which on the links of pages that were read within was must be judged once more; negative if none must be.
func (x reach) outdatedFrom(was reach) int {
	switch {
	case x.Scope != was.Scope, !slices.Equal(x.Include, was.Include), !slices.Equal(x.Exclude, was.Exclude), x.SitemapDepth != was.SitemapDepth:
		return 0
	case was.Depth >= 0 && (x.Depth < 0 || x.Depth > was.Depth):
		return was.Depth
	}
	return -1
}

// json is x as the crawl file keeps it.
func (x reach) json() []byte {
	js, err := json.Marshal(x)
	if err != nil {
		panic(err) // of strings, numbers and booleans
	}
	return js
}

// setReach records what belongs to a resumed crawl from now on. It reports whether links are to be judged once more.
func (r *run) setReach(ctx context.Context, f *crawlfile.File) (backlog bool, err error) {
	var was reach
	if err := json.Unmarshal(f.Info().Reach, &was); err != nil {
		return false, fmt.Errorf("%s: what belongs to the crawl cannot be read: %w", r.cfg.File, err)
	}
	now := r.cfg.reach()
	if what := now.fixed(was); what != "" {
		return false, fmt.Errorf("%s %w: leave it as it was, or begin a new crawl", what, ErrFixed)
	}
	outdated := now.outdatedFrom(was)
	now.Changed = was.Changed || outdated == 0 || now.Depth != was.Depth
	r.reach = now
	return f.SetReach(ctx, now.json(), r.cfg.Note, outdated)
}

// deathAfter is how long after the last sign of life in the crawl file a crawl that was killed may still have made requests.
const deathAfter = 2*aliveEvery + 5*time.Second

// past is what earlier runs knew of their servers.
func (r *run) past(ctx context.Context, f *crawlfile.File) (*frontier.Past, error) {
	p := r.pastDomains()
	end, err := f.End(ctx)
	if err != nil {
		return nil, err
	}
	if end.State == crawlfile.Running { // it was killed
		alive, err := f.AliveAt(ctx)
		if err != nil {
			return nil, err
		}
		if p.Until = alive.Add(deathAfter); alive.IsZero() {
			p.Until = time.Now()
		}
	}
	for o, err := range f.Origins(ctx) {
		if err != nil {
			return nil, err
		}
		p.Origins[o.Name] = frontier.OriginPast{Failures: o.Failures, Probe: o.Probe, Probes: o.Probes, Bytes: o.Bytes}
	}
	return p, nil
}

// pastDomains is what r.before knows, without origins yet.
func (r *run) pastDomains() *frontier.Past {
	p := &frontier.Past{Domains: make(map[string]frontier.DomainPast), Origins: make(map[string]frontier.OriginPast)}
	for name, t := range r.before {
		p.Domains[name] = frontier.DomainPast{Interval: t.CrawlDelay, NotBefore: t.NotBefore, Reason: t.Why, Busy: t.Busy, Last: t.LastAt}
	}
	return p
}

// restore enters what the crawl file holds of earlier runs: at once what must be known before the first request, and by r.takeUp, while
// the crawl goes on, what may be millions. seeds are the crawl's.
func (r *run) restore(ctx context.Context, f *crawlfile.File, seeds []canon.URL) error {
	backlog, err := r.setReach(ctx, f)
	if err != nil {
		return err
	}
	known, err := f.KnownSpan(ctx)
	if err != nil {
		return err
	}
	roots, err := r.roots(ctx, f, seeds)
	if err != nil {
		return err
	}
	if known.Any() { // or it died before it had noted its seeds
		r.frontier.Expect(known.Pages())
		r.takeUp = func(ctx context.Context) error { return r.restoreKnown(ctx, f, known, roots, backlog) }
	}
	sitemaps, err := f.Sitemaps(ctx)
	if err != nil {
		return err
	}
	for _, s := range sitemaps {
		if u, err := canon.Canonical(s); err == nil {
			r.frontier.RestoreSitemap(u)
		}
	}
	if err := r.duplicates.restore(ctx, f); err != nil {
		return err
	}
	domains, err := f.DomainNames(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range domains {
		r.domains[d] = struct{}{}
	}
	r.nextRow = f.NextRow()
	return nil
}

// restoreKnown enters the URLs that earlier runs met: first those that wait, so that there is something to do. It ends early if the
// crawl does.
func (r *run) restoreKnown(ctx context.Context, f *crawlfile.File, known crawlfile.KnownSpan, roots map[string]struct{}, backlog bool) error {
	prepare := func(k crawlfile.Known) (*frontier.Restored, error) {
		u, err := canon.Canonical(k.URL)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.cfg.File, err)
		}
		v := &frontier.Restored{
			URL: u, Path: frontier.Path{Depth: k.Depth, Redirects: k.Redirects, Referrer: k.Referrer},
			Record: uint32(k.Row), Chain: k.Chain, HeldBack: k.Trap,
		}
		if k.Row != 0 || r.cfg.LimitBy != ByHost {
			v.Turn = k.Domain
		}
		if v.Path.Depth == 0 && k.Row != 0 {
			_, v.Root = roots[k.URL]
		}
		if k.Row != 0 && !v.Root {
			v.Beyond = r.cfg.MaxDepth >= 0 && v.Path.Depth > r.cfg.MaxDepth || r.reach.Changed && !r.scope.allows(u)
		}
		r.frontier.Look(v)
		return v, nil
	}
	if err := crawlfile.KnownPending(ctx, f, known, prepare, r.frontier.RestoreMore); err != nil {
		return err
	}
	if err := crawlfile.KnownPages(ctx, f, known, prepare, r.frontier.RestoreMore); err != nil {
		return err
	}
	var listed [][]canon.URL
	if backlog {
		if err := f.ListedURLs(ctx, func(raw []string) { listed = append(listed, parsed(raw)) }); err != nil {
			return err
		}
	}
	r.frontier.RestoreEnd(backlog, listed...)
	return nil
}

// roots are the seeds and all that they redirect to, as far as that is on record, which belongs to the crawl's scope.
func (r *run) roots(ctx context.Context, f *crawlfile.File, seeds []canon.URL) (map[string]struct{}, error) {
	roots := make(map[string]struct{})
	for _, u := range seeds {
		for hops := 0; ; hops++ {
			if _, known := roots[u.String()]; known || hops > r.cfg.MaxRedirects {
				break
			}
			roots[u.String()] = struct{}{}
			redirect, err := f.RedirectOf(ctx, u.String())
			if err != nil {
				return nil, err
			}
			to, err := canon.Canonical(redirect)
			if err != nil {
				break
			}
			if r.cfg.Scope != ScopeAny {
				r.scope.extend(to)
			}
			u = to
		}
	}
	return roots, nil
}

// parsed are those of the canonical URLs that can be read.
func parsed(raw []string) []canon.URL {
	urls := make([]canon.URL, 0, len(raw))
	for _, s := range raw {
		if u, err := canon.Canonical(s); err == nil {
			urls = append(urls, u)
		}
	}
	return urls
}

// recallRobots looks for the robots.txt of an origin that an earlier run has read.
func (r *run) recallRobots(t *frontier.Task) (o frontier.Outcome) {
	type answer struct {
		crawlfile.RobotsRecord
		ok bool
	}
	a, err := question(r, func(s store) (a answer, err error) {
		a.RobotsRecord, a.ok, err = s.RobotsOf(context.Background(), t.Origin)
		return a, err
	})
	age := time.Since(a.FetchedAt)
	read := a.Status/100 == 2 && a.Error == "" || a.Status/100 == 4 && a.Status != http.StatusTooManyRequests
	if err != nil || !a.ok || !read || age > RobotsLifetime {
		return o
	}
	o.Rules, o.ReadAt = politeness.RobotsFor(a.Status, a.ContentType, a.Body, r.token), a.FetchedAt
	return o
}

// backlogAtOnce is how many pages a Backlog task brings.
const backlogAtOnce = 256

// backlog brings pages whose links are to be admitted once more.
func (r *run) backlog(t *frontier.Task) (o frontier.Outcome) {
	type answer struct {
		urls []string
		last int64
	}
	a, err := question(r, func(s store) (a answer, err error) {
		a.urls, a.last, err = s.Backlog(context.Background(), t.After, backlogAtOnce)
		return a, err
	})
	if err != nil {
		return o // the store has failed, and the crawl with it
	}
	o.Pages, o.More = parsed(a.urls), a.last
	return o
}
