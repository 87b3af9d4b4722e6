package crawler

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
	"amble/frontier/canon"
	"amble/politeness"
)

// Fate is what became of a URL in a crawl.
type Fate string

const (
	FateFetched    Fate = "fetched"    // it was read
	FateFailed     Fate = "failed"     // it was asked for, or was to be, in vain
	FateRedirected Fate = "redirected" // it answered with a redirect
	FateDuplicate  Fate = "duplicate"  // it was read, taken for a duplicate, and its links were left alone
	FateDisallowed Fate = "disallowed" // robots.txt disallows it
	FateHeldBack   Fate = "held back"  // it looks like one of endlessly many, or lies in a private network
	FatePending    Fate = "pending"    // it is to be fetched, and was not yet
	FateNotTaken   Fate = "not taken"  // pages or sitemaps lead to it, but none in a way that the crawl follows
	FateUnknown    Fate = "unknown"    // nothing that the crawl saw leads to it
)

// Explanation says what became of a URL, and why. String has it for people, JSON for programs; neither holds control
// characters.
type Explanation struct {
	URL     string `json:"url"` // canonical
	Fate    Fate   `json:"fate"`
	Summary string `json:"summary"` // a sentence or two

	Page     *PageData `json:"page,omitempty"`     // its record, without links, images and meta; nil if there is none
	Attempts int       `json:"attempts,omitempty"` // requests made for it
	Checked  *PageData `json:"checked,omitempty"`  // what came of it where it was checked besides the pages (Config.Check)

	// Path is one of the shortest paths to it, the one on record, from where the crawl began to the URL itself.
	Path []Step `json:"path,omitempty"`

	Wait    *Wait     `json:"wait,omitempty"`    // what a pending URL waits for
	Refused []Refusal `json:"refused,omitempty"` // for a URL that was not taken: what leads to it, the least depth first, at most MaxRefusals
	Leading int       `json:"leading,omitempty"` // how many pages and sitemaps lead to it, in all
	Near    []string  `json:"near,omitempty"`    // for an unknown URL: known ones that hardly differ, the likeliest first
}

// Step is a step on a path.
type Step struct {
	Kind string `json:"kind"`           // how it was made: seed, sitemap, link, redirect or canonical (named by a duplicate)
	URL  string `json:"url"`            // where it leads
	Text string `json:"text,omitempty"` // a link's anchor text, or the URL of the sitemap
}

// Wait is what a pending URL waits for.
type Wait struct {
	Domain     string  `json:"domain"`                // whose turn it waits for; a host, where the crawl limits by host
	IntervalMS float64 `json:"interval_ms,omitempty"` // between two requests there
	Before     int     `json:"before"`                // pending URLs there that come first
	State      End     `json:"state"`                 // of the crawl
	Reason     string  `json:"reason,omitempty"`      // why the crawl ended
}

// Refusal is a link, a redirect or an entry in a sitemap that the crawl did not follow.
type Refusal struct {
	From   string `json:"from"`           // the page or the sitemap
	Depth  int    `json:"depth"`          // of the page
	Text   string `json:"text,omitempty"` // the link's anchor text
	Rule   string `json:"rule"`           // rel-nofollow, page-nofollow, duplicate, depth, scope, include, exclude or unexplained
	Reason string `json:"reason"`         // the same in words
}

// MaxRefusals is how many refusals an explanation names.
const MaxRefusals = 10

// maxSteps bounds the path of an explanation, in case that a file tells nonsense.
const maxSteps = 10_000

// inquiry is the work on one explanation.
type inquiry struct {
	f     *crawlfile.File
	cfg   Config
	scope *scope
	url   canon.URL
	x     *Explanation
}

// Why explains what became of a URL in the crawl that f holds, and why; cfg is what the crawl was begun with. It asks nobody
// but the file. The errors are ErrURL and those of reading the file.
func Why(ctx context.Context, f *crawlfile.File, cfg Config, url string) (*Explanation, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	u, err := canon.Parse(url)
	if err != nil {
		return nil, fmt.Errorf("crawler: %w: %w", ErrURL, err)
	}
	q := &inquiry{f: f, cfg: cfg, url: u, x: &Explanation{URL: u.String()}}
	p, ok, err := f.Page(ctx, q.x.URL)
	if err != nil {
		return nil, err
	}
	if ok {
		return q.x, q.recorded(ctx, p)
	}
	if ok, err = q.pending(ctx); ok || err != nil {
		return q.x, err
	}
	return q.x, q.absent(ctx)
}

// recorded explains a page that has a record.
func (q *inquiry) recorded(ctx context.Context, p *page.Page) error {
	x := q.x
	light := *p
	light.Links, light.Images, light.Meta = nil, nil, nil
	x.Page, x.Attempts = &light, p.Attempts
	answer := fmt.Sprintf("%d on %s in %s, %s", p.Status, p.FetchedAt.UTC().Format(time.DateTime+" UTC"), rounded(p.Duration), tries(p.Attempts))
	switch {
	case p.Err != nil && p.Err.Class == page.Robots:
		x.Fate, x.Summary = FateDisallowed, "Not fetched, because of robots.txt: "+p.Err.Text+"."
	case p.Err != nil && p.Err.HeldBack():
		x.Fate, x.Summary = FateHeldBack, fmt.Sprintf("Held back (%s): %s.", p.Err.Class, p.Err.Text)
	case p.Err != nil && p.Attempts == 0:
		x.Fate, x.Summary = FateFailed, fmt.Sprintf("Not fetched (%s): %s.", p.Err.Class, p.Err.Text)
	case p.Err != nil:
		x.Fate, x.Summary = FateFailed, fmt.Sprintf("Failed (%s), %s: %s.", p.Err.Class, tries(p.Attempts), p.Err.Text)
	case p.Redirect != "":
		x.Fate = FateRedirected
		became, err := q.became(ctx, p.Redirect)
		if err != nil {
			return err
		}
		x.Summary = fmt.Sprintf("Answered %s: a redirect to %s, which %s.", answer, p.Redirect, became)
	case p.DuplicateOf != "":
		x.Fate = FateDuplicate
		became, err := q.became(ctx, p.DuplicateOf)
		if err != nil {
			return err
		}
		because := fmt.Sprintf("It names %s as canonical, which %s", p.DuplicateOf, became)
		if p.Canonical != p.DuplicateOf {
			because = fmt.Sprintf("Its text is that of %s, or nearly so", p.DuplicateOf)
		}
		x.Summary = fmt.Sprintf("Fetched: %s. %s; so its own links were left alone.", answer, because)
	default:
		x.Fate, x.Summary = FateFetched, "Fetched: "+answer+"."
		if strings.Contains(p.Robots, "nofollow") {
			x.Summary += " It asks robots to follow none of its links, so they were left alone."
		}
	}
	return q.path(ctx, p.URL, p.Referrer, p.Redirects)
}

// became is what became of another URL, in words that follow its name.
func (q *inquiry) became(ctx context.Context, url string) (string, error) {
	p, ok, err := q.f.Page(ctx, url)
	switch {
	case err != nil:
		return "", err
	case !ok:
		return "was not fetched (ask why)", nil
	case p.Err != nil && p.Err.Class == page.Robots:
		return "robots.txt disallows", nil
	case p.Err != nil && p.Err.HeldBack():
		return "was held back (" + string(p.Err.Class) + ")", nil
	case p.Err != nil:
		return "failed (" + string(p.Err.Class) + ")", nil
	}
	return fmt.Sprintf("answered %d", p.Status), nil
}

// pending explains a URL that is to be fetched, and reports whether it is one.
func (q *inquiry) pending(ctx context.Context) (ok bool, err error) {
	var mine crawlfile.Pending
	for p, err := range q.f.Pending(ctx) {
		if err != nil {
			return false, err
		}
		if p.URL == q.x.URL {
			mine, ok = p, true
			break
		}
	}
	if !ok {
		return false, nil
	}
	w := &Wait{Domain: q.cfg.limitBy()(q.url), IntervalMS: page.Milliseconds(politeness.PaceOf(q.cfg.Rate, q.cfg.Burst).Interval)}
	for t, err := range q.f.Traffic(ctx) {
		if err != nil {
			return false, err
		}
		if t.Domain == w.Domain {
			w.IntervalMS = page.Milliseconds(t.Interval)
		}
	}
	passed := false
	for p, err := range q.f.Pending(ctx) {
		if err != nil {
			return false, err
		}
		if passed = passed || p.URL == mine.URL; p.Depth > mine.Depth || p.Depth == mine.Depth && passed {
			continue // lower depths go first, and what was met first
		}
		if u, err := canon.Parse(p.URL); err == nil && q.cfg.limitBy()(u) == w.Domain {
			w.Before++
		}
	}
	end, err := q.f.End(ctx)
	if err != nil {
		return false, err
	}
	w.State, w.Reason = End(end.State), end.Reason
	q.x.Fate, q.x.Wait, q.x.Summary = FatePending, w, waiting(w)
	return true, q.path(ctx, mine.URL, mine.Referrer, mine.Redirects)
}

func waiting(w *Wait) string {
	s := "Not fetched yet: "
	because := ""
	if w.Reason != "" {
		because = " (" + w.Reason + ")"
	}
	switch w.State {
	case Running:
		s += "the crawl is under way, or was killed."
	case Limited:
		s += "the crawl ended before its turn at a limit" + because + "."
	case Interrupted:
		s += "the crawl was interrupted before its turn" + because + "."
	case Failed:
		s += "the crawl could not go on" + because + "."
	default:
		s += "the crawl ended without it, as its host did not answer any more."
	}
	pace := "without an interval"
	if w.IntervalMS > 0 {
		pace = "at one request every " + rounded(time.Duration(w.IntervalMS*float64(time.Millisecond))).String()
	}
	s += fmt.Sprintf(" It waits for its turn at %s, %s, where %s before it.", w.Domain, pace, amount(w.Before, "URL comes", "URLs come"))
	if w.State != Running {
		s += " Go on with amble resume."
	}
	return s
}

// path finds the steps that led to a URL, from its referrer back to where the crawl began.
func (q *inquiry) path(ctx context.Context, url, referrer string, redirects int) error {
	var steps []Step
	for range maxSteps {
		if referrer == "" {
			first := Step{Kind: "seed", URL: url}
			if l, ok, err := q.f.Listed(ctx, url); err != nil {
				return err
			} else if ok && !slices.Contains(q.f.Info().Seeds, url) {
				first.Kind, first.Text = "sitemap", l.Sitemap
			}
			steps = append(steps, first)
			break
		}
		from, ok, err := q.f.Page(ctx, referrer)
		if err != nil {
			return err
		}
		step := Step{Kind: "link", URL: url}
		if !ok {
			steps = append(steps, step)
			break
		}
		link := slices.IndexFunc(from.Links, func(l Link) bool { return l.URL == url && !nofollow(l.Rel) })
		switch {
		case redirects > 0 || from.Redirect == url:
			step.Kind = "redirect"
		case from.DuplicateOf == url:
			step.Kind = "canonical"
		case link >= 0:
			step.Text = from.Links[link].Text
		}
		steps = append(steps, step)
		url, referrer, redirects = from.URL, from.Referrer, from.Redirects
	}
	slices.Reverse(steps)
	q.x.Path = steps
	return nil
}
