package crawler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

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
	}
	return r.fetch(ctx, t)
}

// broken is what becomes of a task that panicked.
func (r *run) broken(t *frontier.Task, v any) frontier.Outcome {
	fault := &page.Error{Class: page.Internal, Text: fmt.Sprintf("a fault in amble: %v", v)}
	switch t.Kind {
	case frontier.Robots:
		return frontier.Outcome{Rules: politeness.RobotsFor(0, "", nil, r.token), RobotsErr: fault}
	case frontier.Replay:
		return frontier.Outcome{}
	}
	r.records <- &record{page: &page.Page{URL: t.URL.String(), Err: fault, FetchedAt: time.Now()}, key: t.Key}
	return frontier.Outcome{}
}

// fetch asks for a page, reads its links and hands its record over.
func (r *run) fetch(ctx context.Context, t *frontier.Task) frontier.Outcome {
	resp := r.client.Get(ctx, t.URL, fetch.Request{Sent: func() { t.Sent(time.Now()) }})
	defer resp.Release()
	o := frontier.Outcome{Sent: resp.Sent, Answered: resp.FirstByte}
	r.countRequest(t, resp)
	if e := resp.Err; e != nil {
		if o.Cut = e.Class == page.Cancelled; o.Cut {
			return o
		}
		r.pressure(&o, resp)
		if e.Transient(resp.Status) && !t.Last() {
			o.Retry = true
			r.cfg.Logger.Debug("trying again later", "url", t.URL.String(), "attempt", t.Attempt+1, "error", e.Error())
			return o
		}
	}
	rec := &record{key: t.Key, page: &page.Page{
		URL: t.URL.String(), Status: resp.Status, Err: resp.Err, Attempts: t.Attempt + 1, Lang: resp.Lang,
		ContentType: resp.ContentType, Charset: resp.Charset, Bytes: resp.Bytes, SHA256: resp.SHA256,
		FetchedAt: resp.Start, Duration: resp.Duration,
	}}
	p := rec.page
	var redirect canon.URL
	if isRedirect(resp.Status) {
		redirect = r.redirect(t, resp, p)
	}
	var links, targets []canon.URL
	if resp.HTML && resp.Err == nil {
		doc := extract.HTML(resp.Body, t.URL, resp.Encoding)
		p.Title, p.Description, p.Canonical = doc.Title, doc.Description, doc.Canonical
		p.Links, p.Images, p.Meta = doc.Links, doc.Images, doc.Meta
		if doc.Lang != "" {
			p.Lang = doc.Lang
		}
		targets = doc.Targets
		links = followed(doc.Links, targets)
	}
	rec.domainsOf(t.URL, targets)
	rec.admitted(t.Admit(links, redirect))
	r.records <- rec
	return o
}

// pressure reads what an overloaded server asks for.
func (r *run) pressure(o *frontier.Outcome, resp *fetch.Response) {
	if resp.Status == http.StatusTooManyRequests || resp.Status == http.StatusServiceUnavailable {
		o.Busy = true
		o.RetryAfter = politeness.RetryAfter(resp.Header.Get("Retry-After"), time.Now())
	}
}

func isRedirect(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// redirect finds the target of a redirect, and says in p if it has none that can be followed.
func (r *run) redirect(t *frontier.Task, resp *fetch.Response, p *page.Page) canon.URL {
	fail := func(format string, args ...any) canon.URL {
		if p.Err == nil {
			p.Err = &page.Error{Class: page.Redirects, Text: fmt.Sprintf(format, args...)}
		}
		return canon.URL{}
	}
	status := strconv.Itoa(resp.Status)
	if strings.TrimSpace(resp.Location) == "" {
		return fail("%s without a Location", status)
	}
	to, err := t.URL.Resolve(resp.Location)
	if err != nil {
		return fail("%s to %q, which is no http or https URL", status, clip(resp.Location, 200))
	}
	p.Redirect = to.String()
	if to == t.URL {
		return fail("%s to itself", status)
	}
	return to
}

// clip cuts s to at most n bytes at a rune boundary.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// followed are the targets of the links that may be followed: all but those marked nofollow.
func followed(links []page.Link, targets []canon.URL) []canon.URL {
	for i := range links {
		if nofollow(links[i].Rel) {
			kept := append([]canon.URL(nil), targets[:i]...)
			for j := i + 1; j < len(links); j++ {
				if !nofollow(links[j].Rel) {
					kept = append(kept, targets[j])
				}
			}
			return kept
		}
	}
	return targets
}

func nofollow(rel string) bool {
	if !strings.Contains(rel, "nofollow") {
		return false
	}
	for token := range strings.FieldsSeq(rel) {
		if token == "nofollow" {
			return true
		}
	}
	return false
}

// skip records a URL that robots.txt disallows, or whose robots.txt could not be read.
func (r *run) skip(t *frontier.Task) frontier.Outcome {
	e := &page.Error{Class: page.Robots, Text: t.Denied.Verdict.Reason}
	var cause *page.Error
	if errors.As(t.Denied.Err, &cause) && cause.Class != page.Server && cause.Class != page.Client {
		// The host cannot be reached at all: that is what the user wants to know, not that robots.txt could not be.
		e = &page.Error{Class: cause.Class, Text: "robots.txt: " + cause.Text}
	}
	rec := &record{key: t.Key, page: &page.Page{URL: t.URL.String(), Err: e, FetchedAt: time.Now()}}
	rec.domainsOf(t.URL, nil)
	r.records <- rec
	return frontier.Outcome{}
}

// replay admits the links of a recorded page once more.
func (r *run) replay(ctx context.Context, t *frontier.Task) frontier.Outcome {
	ask := &record{links: make(chan storedLinks, 1), url: t.URL.String()}
	r.records <- ask
	got := <-ask.links
	if got.err != nil {
		return frontier.Outcome{} // the store has failed, and the crawl with it
	}
	rec := &record{}
	rec.admitted(t.Admit(got.targets, got.redirect))
	if len(rec.revealed)+len(rec.improved) > 0 {
		r.records <- rec
	}
	return frontier.Outcome{}
}

// robots asks for a robots.txt.
func (r *run) robots(ctx context.Context, t *frontier.Task) frontier.Outcome {
	resp := r.client.Get(ctx, t.URL, fetch.Request{Raw: politeness.MaxRobots + 1, Sent: func() { t.Sent(time.Now()) }})
	defer resp.Release()
	o := frontier.Outcome{Sent: resp.Sent, Answered: resp.FirstByte}
	r.countRequest(t, resp)
	if e := resp.Err; e != nil {
		r.pressure(&o, resp)
		o.Retry, o.Cut = e.Transient(resp.Status), e.Class == page.Cancelled
		if o.Retry && !t.Last() || o.Cut {
			return o
		}
		if resp.Status < 400 || resp.Status >= 500 || resp.Status == http.StatusTooManyRequests {
			o.RobotsErr = e
			r.cfg.Logger.Warn("robots.txt cannot be read: nothing is fetched from there", "origin", t.Origin, "error", e.Error())
		}
	}
	if isRedirect(resp.Status) {
		if to, err := t.URL.Resolve(resp.Location); err == nil && to != t.URL {
			o.RobotsRedirect = to
		}
	}
	status := resp.Status
	if o.RobotsErr != nil && (status >= 200 && status < 400) {
		status = 0 // the answer broke off
	}
	o.Rules = politeness.RobotsFor(status, resp.ContentType, resp.Body, r.token)
	r.records <- &record{robots: robotsRecord(t, resp)}
	return o
}
