package crawler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/extract"
	"amble/crawler/fetch"
	"amble/crawler/page"
	"amble/frontier"
	"amble/frontier/canon"
	"amble/politeness"
)

// Visit implements frontier.Visitor: it does one task on a worker goroutine. A panic over one page is that page's
// failure.
func (r *run) Visit(ctx context.Context, t *frontier.Task) (o frontier.Outcome) {
	defer func() {
		if v := recover(); v != nil {
			r.cfg.Logger.Error("a fault in amble: please report it", "url", t.URL.String(), "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			o = r.broken(t, v)
		}
	}()
	switch t.Kind {
	case frontier.Robots:
		return r.robots(ctx, t)
	case frontier.Skip:
		return r.skip(t)
	case frontier.Replay:
		return r.replay(ctx, t)
	case frontier.Sitemap:
		return r.sitemap(ctx, t)
	case frontier.Relist:
		return r.relist(t)
	case frontier.Refill:
		return r.refill(t)
	case frontier.Recall:
		return r.recallRobots(t)
	case frontier.Backlog:
		return r.backlog(t)
	case frontier.Settle:
		r.records <- &record{settled: true}
		return frontier.Outcome{}
	case frontier.Locate:
		return frontier.Outcome{Address: r.client.Locate(ctx, t.URL)}
	}
	return r.fetch(ctx, t)
}

// broken is what becomes of a task that panicked.
func (r *run) broken(t *frontier.Task, v any) frontier.Outcome {
	fault := faultOf(v)
	switch t.Kind {
	case frontier.Robots:
		return frontier.Outcome{Rules: politeness.RobotsFor(0, "", nil, r.token), RobotsErr: fault}
	case frontier.Replay, frontier.Sitemap, frontier.Relist, frontier.Locate, frontier.Refill, frontier.Recall, frontier.Backlog, frontier.Settle:
		return frontier.Outcome{}
	}
	r.records <- &record{page: &page.Page{URL: t.URL.String(), Err: fault, FetchedAt: time.Now()}, key: t.Key}
	return frontier.Outcome{}
}

// faultOf is the failure that stands for a panic.
func faultOf(v any) *page.Error {
	return &page.Error{Class: page.Internal, Text: fmt.Sprintf("a fault in amble: %v", v)}
}

// get makes the request of a task.
func (r *run) get(ctx context.Context, t *frontier.Task, req fetch.Request) *fetch.Response {
	req.Credentials, req.Sent = r.scope.trusted(t.URL), func() { t.Sent(time.Now()) }
	return r.client.Get(ctx, t.URL, req)
}

// fetch asks for a page, reads its links and hands its record over.
func (r *run) fetch(ctx context.Context, t *frontier.Task) frontier.Outcome {
	e, err := r.since.find(ctx, t)
	if err != nil {
		return r.stuck(ctx, err)
	}
	e.Request.Keep = r.copy != nil
	resp := r.get(ctx, t, e.Request)
	defer resp.Release()
	o := r.outcome(t, resp)
	rec := &record{key: t.Key}
	defer r.dismiss(rec)
	r.capture(ctx, t, resp, e.page, rec)
	if e := resp.Err; e != nil {
		if o.Cut = e.Class == page.Cancelled; o.Cut {
			return o
		}
		if (e.Transient(resp.Status) || o.Offline) && !t.Last() || o.Down && t.Probe() {
			o.Retry = true
			r.cfg.Logger.Debug("trying again later", "url", t.URL.String(), "attempt", t.Attempt+1, "error", e.Error())
			return o
		}
	}
	var targets []canon.URL
	if e.asked() && (resp.Status == http.StatusNotModified || resp.Status == http.StatusPreconditionFailed) {
		switch targets, err = r.carry(ctx, t, &e, resp, rec); {
		case err != nil:
			return r.stuck(ctx, err)
		case rec.page == nil:
			o.Again = true
			return o
		}
	} else {
		targets = r.read(ctx, t, &e, resp, rec)
	}
	to := edges(rec.page, targets)
	rec.domainsOf(t.URL, targets)
	rec.admit(t.Admit(to.targets, to.redirect))
	r.hand(rec)
	return o
}

// stuck ends the crawl for an error of reading the earlier one.
func (r *run) stuck(ctx context.Context, err error) frontier.Outcome {
	if ctx.Err() == nil {
		r.records <- &record{ask: func(store) error { return err }}
	}
	return frontier.Outcome{Cut: true}
}

// read makes the record of a page of its answer, and returns the URLs of its links.
func (r *run) read(ctx context.Context, t *frontier.Task, e *earlier, resp *fetch.Response, rec *record) (targets []canon.URL) {
	if resp.Status == http.StatusNotModified && resp.Err == nil {
		resp.Err = &page.Error{Class: page.Protocol, Text: "304 Not Modified, though it was not asked whether it was modified"}
	}
	p := &page.Page{
		URL: t.URL.String(), Status: resp.Status, Err: resp.Err, Attempts: t.Attempt + 1, Lang: resp.Lang,
		ContentType: resp.ContentType, Charset: resp.Charset, Bytes: resp.Bytes, Truncated: resp.Truncated, SHA256: resp.SHA256,
		ETag: resp.ETag, LastModified: resp.LastModified, FetchedAt: resp.Start, Duration: resp.Duration,
	}
	rec.page = p
	if fetch.IsRedirect(resp.Status) {
		r.redirect(p, t, resp)
	}
	if r.since != nil {
		p.Change = p.Since(e.page)
	}
	if resp.HTML && resp.Err == nil {
		rec.leave = append(rec.leave, r.room.take(ctx, minRead+int64(len(resp.Body))+r.treeRoom(p.URL, resp.Body)))
		doc := extract.Options{MaxLinks: r.cfg.MaxLinks, Rewrite: r.cfg.rewriter.Apply, Valid: true, XML: isXML(resp), Refresh: resp.Header.Get("Refresh")}.HTML(resp.Body, t.URL, resp.Encoding)
		r.describe(p, doc, resp.Header)
		r.describeParts(p, resp, t.URL)
		r.takeFields(p, resp, t.URL)
		targets = doc.Targets
		r.keepBody(ctx, p, resp, rec)
		resp.Release() // the next large page need not wait for the commit of this one
		return targets
	}
	r.keepBody(ctx, p, resp, rec)
	return targets
}

// overloaded reports whether the server says that it has too much to do, and the pause that it asks for (0 if none).
func overloaded(resp *fetch.Response) (bool, time.Duration) {
	if resp.Status != http.StatusTooManyRequests && resp.Status != http.StatusServiceUnavailable {
		return false, 0
	}
	return true, politeness.RetryAfter(resp.Header.Get("Retry-After"), time.Now())
}

// isXML tells whether an answer that is a page is XML.
func isXML(resp *fetch.Response) bool { return resp.ContentType == "application/xhtml+xml" }

// describe takes over what the document says of itself.
func (r *run) describe(p *page.Page, doc *extract.Page, header http.Header) {
	p.Title, p.Description, p.Canonical = doc.Title, doc.Description, doc.Canonical
	p.Links, p.Images, p.Meta = doc.Links, doc.Images, doc.Meta
	p.SimHash, p.Truncated = doc.SimHash.String(), p.Truncated || doc.Cut
	if doc.Lang != "" {
		p.Lang = doc.Lang
	}
	r.directives(p, doc.Robots, header.Values("X-Robots-Tag"))
	r.judge(p)
}

// describeParts takes over what is to be checked of the document.
func (r *run) describeParts(p *page.Page, resp *fetch.Response, at canon.URL) {
	if !r.cfg.Check.Assets && !r.cfg.Check.Fragments {
		return
	}
	parts := extract.Options{Rewrite: r.cfg.rewriter.Apply, XML: isXML(resp)}.ReadParts(resp.Body, at, resp.Encoding)
	if r.cfg.RespectNoindex && strings.Contains(p.Robots, asksNoindex) {
		return
	}
	if r.cfg.Check.Assets {
		p.Assets = parts.Assets
	}
	if r.cfg.Check.Fragments {
		p.IDs, p.Fragments = parts.IDs, parts.Fragments
	}
}

// treeRoom is what the tree of a page takes of the room, in which a byte stands for ten; 0 if none is needed.
func (r *run) treeRoom(url string, body []byte) int64 {
	if !r.cfg.fields.Wants(url) {
		return 0
	}
	return extract.MeasureTree(body) / 10
}

// takeFields takes what the user asked for out of the document.
func (r *run) takeFields(p *page.Page, resp *fetch.Response, at canon.URL) {
	if !r.cfg.fields.Wants(p.URL) || r.cfg.RespectNoindex && strings.Contains(p.Robots, asksNoindex) {
		return
	}
	p.Fields = r.cfg.fields.Extract(extract.Options{XML: isXML(resp)}.ReadTree(resp.Body, at, resp.Encoding), p.URL)
}

// judge decides what the crawl makes of a page: whether it is a duplicate, and whether its content may be kept.
func (r *run) judge(p *page.Page) {
	if r.cfg.FollowCanonical && p.Canonical != "" && r.rewritten(p.Canonical) != p.URL {
		p.DuplicateOf = r.rewritten(p.Canonical)
	} else {
		p.DuplicateOf = r.duplicates.of(p)
	}
	if r.cfg.RespectNoindex && strings.Contains(p.Robots, asksNoindex) {
		forget(p)
	}
}

// rewritten is a canonical URL as the crawl asks for it.
func (r *run) rewritten(url string) string {
	u, err := canon.Parse(url)
	if err != nil {
		return url
	}
	return r.cfg.rewriter.Apply(u).String()
}

// gateway reports whether a 5xx says that the server behind the one that answers is away, or that it will be back: RFC 9110, section 15.6, and the
// codes of a large network of such servers.
func gateway(status int) bool {
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, 521, 522, 523, 524:
		return true
	}
	return false
}

// outcome is what a response means to the schedule, whatever was asked for.
func (r *run) outcome(t *frontier.Task, resp *fetch.Response) frontier.Outcome {
	r.countRequest(t, resp)
	o := frontier.Outcome{Sent: resp.Sent, Answered: resp.FirstByte, Bytes: resp.Bytes, Ended: resp.Start.Add(resp.Duration)}
	if resp.SHA256 == "" && !resp.Truncated {
		o.Bytes = 0 // the declared length of a body that was not read
	}
	o.Busy, o.RetryAfter = overloaded(resp)
	if o.Busy {
		r.cfg.Logger.Info("a server has too much to do: its domain is asked more slowly", "url", t.URL.String(), "status", resp.Status, "retry_after", o.RetryAfter)
	}
	if resp.Err != nil {
		switch resp.Err.Class {
		case page.Timeout, page.Reset, page.Refused, page.Network, page.DNS, page.TLS, page.Server:
			o.Down = true
			o.Erred = resp.Err.Class == page.Server && !gateway(resp.Status)
		}
		o.Unreached, o.Offline = resp.Unreached()
	}
	if x := resp.Exchange; x != nil {
		o.Bytes = max(o.Bytes, int64(len(x.Body)))
	}
	return o
}

// redirect notes in p where the page redirects to, or why that cannot be followed.
func (r *run) redirect(p *page.Page, t *frontier.Task, resp *fetch.Response) {
	fail := func(format string, args ...any) {
		if p.Err == nil {
			p.Err = &page.Error{Class: page.Redirects, Text: fmt.Sprintf(format, args...)}
		}
	}
	if strings.TrimSpace(resp.Location) == "" {
		fail("%d without a Location", resp.Status)
		return
	}
	to, err := t.URL.Resolve(resp.Location)
	if err != nil {
		fail("%d to %q, which is no http or https URL", resp.Status, clip(fetch.HideUserinfo(resp.Location), 200))
		return
	}
	if rewritten := r.cfg.rewriter.Apply(to); rewritten != t.URL {
		to = rewritten // else the redirect adds what the user wants dropped, and leads nowhere without it
	}
	p.Redirect = to.String()
	switch most := r.cfg.Limits.RedirectChain; {
	case to == t.URL:
		fail("%d to itself", resp.Status)
	case most > 0 && t.Chain() >= most:
		fail("one of more than %d redirects in a row: not followed (--max-redirect-chain)", most)
	}
}

// clip cuts s to at most n bytes at a rune boundary.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// skip records a URL that is held back: robots.txt disallows it, or could not be read, or it looks like a trap.
func (r *run) skip(t *frontier.Task) frontier.Outcome {
	rec := &record{key: t.Key, page: &page.Page{URL: t.URL.String(), Err: denial(t)}}
	rec.domainsOf(t.URL, nil)
	r.records <- rec
	return frontier.Outcome{}
}

// denial is why a URL is held back.
func denial(t *frontier.Task) *page.Error {
	e := &page.Error{Class: page.Robots, Text: t.Denied.Verdict.Reason}
	var cause *page.Error
	switch {
	case t.Denied.Trap != "":
		e = &page.Error{Class: page.Trap, Text: t.Denied.Trap}
	case !errors.As(t.Denied.Err, &cause):
	case cause.Class == page.Private:
		e = cause // no request at all may be made there, be it for robots.txt
	case cause.Class != page.Server && cause.Class != page.Client:
		// The host cannot be reached at all: that is what the user wants to know, not that robots.txt could not be.
		e = &page.Error{Class: cause.Class, Text: "robots.txt: " + cause.Text}
	}
	return e
}

// replay admits the links of a recorded page once more.
func (r *run) replay(ctx context.Context, t *frontier.Task) frontier.Outcome {
	leave := r.room.take(ctx, replayBytes)
	chain := 0
	got, err := question(r, func(s store) (got storedLinks, err error) {
		got, err = s.Links(context.Background(), t.URL.String())
		if most := r.cfg.Limits.RedirectChain; err == nil && most > 0 && !got.redirect.IsZero() {
			chain, err = s.Chain(context.Background(), t.URL.String(), most)
		}
		return got, err
	})
	if err != nil {
		leave()
		return frontier.Outcome{} // the store has failed, and the crawl with it
	}
	t.Chained(chain)
	rec := &record{leave: []func(){leave}, key: t.Key, replayed: t.URL.String()}
	rec.admit(t.Admit(got.targets, got.redirect))
	r.records <- rec
	return frontier.Outcome{}
}

// refill brings URLs back that wait in the store.
func (r *run) refill(t *frontier.Task) frontier.Outcome { return r.refillBy(t, store.Waiting) }

func (r *run) refillBy(t *frontier.Task, waiting func(store, context.Context, string, int, func(string) int) ([]string, error)) (o frontier.Outcome) {
	raw, err := question(r, func(s store) ([]string, error) {
		return waiting(s, context.Background(), t.Turn, t.Most, frontier.Weight)
	})
	if err != nil {
		return o // the store has failed, and the crawl with it
	}
	for _, s := range raw {
		if u, err := canon.Parse(s); err == nil { // canonical when it was written
			o.Waiting = append(o.Waiting, u)
		}
	}
	return o
}

// robots asks for a robots.txt.
func (r *run) robots(ctx context.Context, t *frontier.Task) frontier.Outcome {
	resp := r.get(ctx, t, fetch.Request{Raw: politeness.MaxRobots + 1})
	defer resp.Release()
	o := r.outcome(t, resp)
	rec := &record{}
	defer r.dismiss(rec)
	r.capture(ctx, t, resp, nil, rec)
	o.Rules = politeness.RobotsFor(0, "", nil, r.token)
	if e := resp.Err; e != nil {
		o.Retry, o.Cut = e.Transient(resp.Status) || o.Offline, e.Class == page.Cancelled
		if o.Retry && !t.Last() || o.Cut {
			return o
		}
	}
	rules, to, failed := robotsAnswer(t.URL, resp, r.token)
	o.Rules, o.RobotsRedirect = rules, to
	if failed != nil {
		o.RobotsErr = failed
		// A name that does not exist will not exist in a minute; a server that is down or busy may be back.
		o.Down = (o.Down || o.Busy) && (failed.Class != page.DNS || o.Offline) && failed.Class != page.TLS
		if failed.Class != page.Private { // which is no fault; its URLs have it on record
			r.cfg.Logger.Warn("robots.txt cannot be read: nothing is fetched from there for now", "origin", t.Origin, "error", failed.Error())
		}
	}
	if asked, ok := rules.CrawlDelay(); ok && asked > r.cfg.MaxCrawlDelay {
		r.cfg.Logger.Warn("robots.txt asks for a longer crawl-delay than allowed (--max-crawl-delay): the shorter one is kept",
			"origin", t.Origin, "asked", asked, "kept", r.cfg.MaxCrawlDelay)
	}
	rec.robots = robotsRecord(t, resp)
	r.hand(rec)
	return o
}

// sitemap asks for a sitemap and brings in the pages that it lists.
func (r *run) sitemap(ctx context.Context, t *frontier.Task) frontier.Outcome {
	resp := r.get(ctx, t, fetch.Request{Raw: extract.MaxSitemap + 1})
	defer resp.Release()
	o := r.outcome(t, resp)
	rec := &record{}
	defer r.dismiss(rec)
	r.capture(ctx, t, resp, nil, rec)
	log := r.cfg.Logger.With("sitemap", t.URL.String())
	if e := resp.Err; e != nil {
		o.Retry, o.Cut = e.Transient(resp.Status) || o.Offline, e.Class == page.Cancelled
		if !o.Cut && t.Last() || !o.Retry {
			log.Warn("a sitemap cannot be read", "error", e.Error())
		}
		return o
	}
	if fetch.IsRedirect(resp.Status) {
		if to, err := t.URL.Resolve(resp.Location); err == nil {
			o.Sitemaps = []canon.URL{to}
		}
		return o
	}
	// It may be compressed, and what it lists grow to more than a page's links.
	rec.leave = append(rec.leave, r.room.take(ctx, max(replayBytes, int64(4*len(resp.Body)))))
	m, err := extract.ReadSitemap(resp.Body, t.URL)
	if err != nil {
		log.Warn("a sitemap cannot be read", "error", err.Error())
		return o
	}
	if m.Cut != "" {
		log.Warn("a sitemap was not read to its end", "why", m.Cut)
	}
	for _, s := range m.Sitemaps {
		o.Sitemaps = append(o.Sitemaps, s.URL)
	}
	rec.sitemap = t.URL.String()
	urls := make([]canon.URL, len(m.Pages))
	for i, p := range m.Pages {
		urls[i] = r.cfg.rewriter.Apply(p.URL)
		rec.listed = append(rec.listed, crawlfile.Listed{URL: urls[i].String(), Sitemap: t.URL.String(), LastMod: p.LastMod})
	}
	rec.admit(t.AdmitListed(urls))
	r.hand(rec)
	return o
}

// relist admits what a sitemap listed once more, after the scope has grown.
func (r *run) relist(t *frontier.Task) frontier.Outcome {
	rec, urls := &record{}, t.Listed
	if urls == nil {
		raw, err := question(r, func(s store) (all []string, err error) {
			err = s.ListedURLs(context.Background(), func(some []string) { all = append(all, some...) })
			return all, err
		})
		if err != nil {
			return frontier.Outcome{} // the store has failed, and the crawl with it
		}
		urls = parsed(raw)
	}
	rec.admit(t.AdmitListed(urls))
	r.records <- rec
	return frontier.Outcome{}
}
