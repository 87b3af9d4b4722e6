package crawler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"amble/crawler/fetch"
	"amble/crawler/page"
	"amble/frontier"
	"amble/frontier/canon"
	"amble/politeness"
)

// ErrURL is the error of a URL that robots.txt cannot be asked about, because it is none.
var ErrURL = errors.New("not a URL to judge")

// RobotsLifetime is how long a robots.txt may be relied on (RFC 9309, section 2.4). The RFC allows a crawler to heed
// Cache-Control instead and does not ask it to; amble does not, as in a crawl a short max-age would make it ask again and
// again for the one file that hardly ever changes.
const RobotsLifetime = frontier.RobotsLifetime

// RobotsCheck is what robots.txt says of one URL, and how that came to be known. The slices are shared by all checks of one
// robots.txt: they must not be changed.
type RobotsCheck struct {
	URL     string             // canonical, or the path alone where a path was to be judged
	Verdict politeness.Verdict // whether it may be asked for, and by which line of which group
	Token   string             // the product token by which robots.txt was asked

	Group      string        // the group that speaks to Token: Token, "*", or empty if there is none or no file
	CrawlDelay time.Duration // what the group asks for; 0 if nothing
	Interval   time.Duration // the least time between two requests: the longer of CrawlDelay and what Config.Rate says; 0 for no limit
	Sitemaps   []string      // as written: they may be relative
	Warnings   []string      // what was skipped or mended in the file, one printable line each

	// The rest says how robots.txt was read. From JudgeRobots only Bytes is set.

	RobotsURL string           // where it was asked for first: at the root of the URL's origin
	Redirects []RobotsRedirect // those that were followed, in order
	Status    int              // of the last answer; 0 if there was none
	Bytes     int64            // size of the file, as far as it was read: politeness.MaxRobots and 1 at the most
	Requests  int              // requests made, redirects and repetitions included
	Err       *PageError       // why robots.txt could not be read, so that everything is disallowed; nil if it was, or does not exist
	FetchedAt time.Time        // when the last request began
	ExpiresAt time.Time        // RobotsLifetime later
}

// RobotsRedirect is one redirect on the way to a robots.txt.
type RobotsRedirect struct {
	Status int    // 301, 302, 303, 307 or 308
	To     string // the canonical URL that was asked next
}

// Robots tells what a crawl with this Config would make of each URL by robots.txt, in the order given. It starts
// no crawl: of the Config only the manners count (Rate, LimitBy, Timeout, Retries), who asks, and how servers are
// reached; IgnoreRobots does not.
//
// The robots.txt of each origin is asked for once, when its first URL comes up, one after the other and as politely as
// in a crawl: every request waits for its domain, also for a crawl-delay that came to light before, and failures that
// may pass are tried again. So it may block for long; ctx ends it. The error is the only one and comes last, with a nil
// check: one that wraps ErrURL, before the first request, or that of ctx. A robots.txt that cannot be read is no error
// but a verdict, with the cause in Err.
func (c *Crawler) Robots(ctx context.Context, urls ...string) iter.Seq2[*RobotsCheck, error] {
	return func(yield func(*RobotsCheck, error) bool) {
		targets := make([]canon.URL, len(urls))
		for i, raw := range urls {
			u, err := canon.Parse(raw)
			if err != nil {
				yield(nil, fmt.Errorf("crawler: %w: %w", ErrURL, err))
				return
			}
			targets[i] = u
		}
		client, err := newClient(&c.cfg, targets)
		if err != nil {
			yield(nil, err)
			return
		}
		defer client.Close()
		r := &robotsReader{
			cfg: &c.cfg, client: client, token: politeness.ProductToken(c.cfg.UserAgent),
			files: make(map[string]*robotsFile), domains: make(map[string]*robotsDomain),
		}
		for _, u := range targets {
			f, err := r.file(ctx, u)
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(f.check(u.String(), u), nil) {
				return
			}
		}
	}
}

// JudgeRobots tells what a crawl with this Config would make of each URL if file were the robots.txt of all of them.
// Nothing is asked of any server. What begins with a slash is taken for a path and query of any host. The
// error wraps ErrURL or is that of reading file.
func (c *Crawler) JudgeRobots(file io.Reader, urls ...string) ([]*RobotsCheck, error) {
	body, err := io.ReadAll(io.LimitReader(file, politeness.MaxRobots+1))
	if err != nil {
		return nil, fmt.Errorf("crawler: reading robots.txt: %w", err)
	}
	token := politeness.ProductToken(c.cfg.UserAgent)
	f := &robotsFile{rules: politeness.RobotsFor(http.StatusOK, "", body, token)}
	f.about = RobotsCheck{Token: token, Bytes: int64(len(body))}
	f.describe(politeness.PaceOf(c.cfg.Rate, 1))
	var checks []*RobotsCheck
	for _, raw := range urls {
		whole, path := raw, strings.HasPrefix(raw, "/")
		if path {
			whole = "http://host.invalid" + raw
		}
		u, err := canon.Parse(whole)
		if err != nil {
			return nil, fmt.Errorf("crawler: %w: %w", ErrURL, err)
		}
		shown := u.String()
		if path {
			shown = u.RequestTarget()
		}
		checks = append(checks, f.check(shown, u))
	}
	return checks, nil
}

// robotsFile is the robots.txt of one origin.
type robotsFile struct {
	rules *politeness.Robots
	about RobotsCheck // without URL and Verdict
}

func (f *robotsFile) check(shown string, u canon.URL) *RobotsCheck {
	c := f.about
	c.URL, c.Verdict = shown, f.rules.Test(u.RequestTarget())
	return &c
}

// describe fills in what the rules say beyond verdicts. Pace is that of the domain until now.
func (f *robotsFile) describe(pace politeness.Pace) {
	f.about.Group = f.rules.Test("/").Group
	f.about.CrawlDelay, _ = f.rules.CrawlDelay()
	f.about.Interval = pace.With(f.about.CrawlDelay).Interval
	f.about.Sitemaps, f.about.Warnings = f.rules.Sitemaps(), f.rules.Warnings()
}

// robotsAnswer is what an answer to a request for the robots.txt at u means: its rules, where it redirects to (the
// zero URL if nowhere of use), and why it could not be read (nil if it was, or does not exist).
func robotsAnswer(u canon.URL, resp *fetch.Response, token string) (rules *politeness.Robots, to canon.URL, failed *page.Error) {
	status := resp.Status
	if e := resp.Err; e != nil && (status < 400 || status >= 500 || status == http.StatusTooManyRequests) {
		failed = e
		if status >= 200 && status < 400 {
			status = 0 // the answer broke off
		}
	}
	if fetch.IsRedirect(resp.Status) {
		if next, err := u.Resolve(resp.Location); err == nil && next != u {
			to = next
		}
	}
	return politeness.RobotsFor(status, resp.ContentType, resp.Body, token), to, failed
}

// robotsReader asks for one robots.txt after the other. The frontier, which could do it side by side, schedules crawls and
// lets nobody see an answer; here there is one request at a time, and so no schedule.
type robotsReader struct {
	cfg     *Config
	client  *fetch.Client
	token   string
	files   map[string]*robotsFile // by origin
	domains map[string]*robotsDomain
}

// robotsDomain is when a domain may be asked again.
type robotsDomain struct {
	pace           politeness.Pace
	sent, answered time.Time // the last request, see politeness.Pace.Next
	notBefore      time.Time
}

func (d *robotsDomain) hold(t time.Time) {
	if t.After(d.notBefore) {
		d.notBefore = t
	}
}

func (r *robotsReader) domain(u canon.URL) *robotsDomain {
	name := r.cfg.limitBy()(u)
	d := r.domains[name]
	if d == nil {
		d = &robotsDomain{pace: politeness.PaceOf(r.cfg.Rate, 1)}
		r.domains[name] = d
	}
	return d
}

// file is the robots.txt that rules u, asked for if it was not before. The error is that of ctx.
func (r *robotsReader) file(ctx context.Context, u canon.URL) (*robotsFile, error) {
	if f := r.files[u.Origin()]; f != nil {
		return f, nil
	}
	at, err := u.Resolve("/robots.txt")
	if err != nil {
		return nil, fmt.Errorf("crawler: %w: %w", ErrURL, err)
	}
	f := &robotsFile{about: RobotsCheck{RobotsURL: at.String(), Token: r.token}}
	a := &f.about
	for {
		resp, err := r.get(ctx, at, &a.Requests)
		if err != nil {
			return nil, err
		}
		var to canon.URL
		f.rules, to, a.Err = robotsAnswer(at, resp, r.token)
		a.Status, a.Bytes, a.FetchedAt = resp.Status, resp.Bytes, resp.Start
		resp.Release()
		if to.IsZero() || len(a.Redirects) == frontier.MaxRobotsHops {
			break
		}
		a.Redirects = append(a.Redirects, RobotsRedirect{a.Status, to.String()})
		at = to
	}
	a.ExpiresAt = a.FetchedAt.Add(RobotsLifetime)
	d, last := r.domain(u), r.domain(at)
	f.describe(d.pace)
	if d.pace = d.pace.With(a.CrawlDelay); !last.sent.IsZero() {
		d.hold(d.pace.Next(last.sent, last.answered))
	}
	r.files[u.Origin()] = f
	return f, nil
}

// get asks for u, when its domain is due, and again where that may help. It adds the requests to count. The
// error is that of ctx.
func (r *robotsReader) get(ctx context.Context, u canon.URL, count *int) (*fetch.Response, error) {
	d := r.domain(u)
	for attempt := 0; ; attempt++ {
		if err := r.wait(ctx, u, d.notBefore); err != nil {
			return nil, err
		}
		d.hold(time.Now().Add(d.pace.Interval)) // also where the request gets no further than the name service
		resp := r.client.Get(ctx, u, fetch.Request{Raw: politeness.MaxRobots + 1})
		*count += resp.Requests
		if err := ctx.Err(); err != nil {
			resp.Release()
			return nil, err
		}
		if !resp.Sent.IsZero() {
			d.sent, d.answered = resp.Sent, resp.FirstByte
			d.hold(d.pace.Next(d.sent, d.answered))
		}
		if resp.Err == nil {
			return resp, nil
		}
		again := resp.Err.Transient(resp.Status) && attempt < r.cfg.Retries
		busy, asked := overloaded(resp)
		if again || busy {
			backoff := politeness.Backoff{Retries: r.cfg.Retries}
			d.hold(time.Now().Add(backoff.Delay(attempt+1, rand.Float64(), asked)))
		}
		if !again {
			return resp, nil
		}
		r.cfg.Logger.Info("trying again", "url", u.String(), "attempt", attempt+2, "error", resp.Err.Error())
		resp.Release()
	}
}

// noticeable is the wait from which on somebody who looks on wants to know what for.
const noticeable = 3 * time.Second

// wait blocks until t or until ctx ends.
func (r *robotsReader) wait(ctx context.Context, u canon.URL, t time.Time) error {
	pause := time.Until(t)
	if pause >= noticeable {
		r.cfg.Logger.Info("waiting, as the domain asks for it", "url", u.String(), "wait", pause.Round(time.Second).String())
	}
	timer := time.NewTimer(max(0, pause))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return ctx.Err()
	}
}
