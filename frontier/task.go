package frontier

import (
	"context"
	"iter"
	"math"
	"time"

	"amble/frontier/canon"
	"amble/politeness"
)

// Kind is what a task asks of the worker.
type Kind uint8

const (
	// Fetch asks for a page: one request, then Admit with its links, then its record.
	Fetch Kind = iota
	// Robots asks for the robots.txt of Task.Origin, which lies at Task.URL unless a redirect led elsewhere.
	Robots
	// Skip asks for the record of a page that must not be fetched, for the reason in Task.Denied. No request is made.
	Skip
	// Replay asks for Admit with the links of a page that has a record already, because a shorter path to it was found. No
	// request is made.
	Replay
	// Sitemap asks for the sitemap at Task.URL: one request, then AdmitListed with the pages that it lists.
	Sitemap
	// Relist asks for AdmitListed with Task.Listed once more, because the scope has grown. No request is made. With
	// none, it is all that sitemaps list, as the store knows.
	Relist
	// Locate asks for the IP address of the host of Task.URL. No request is made.
	Locate
	// Refill asks for the first URLs of the domain of Task.URL that are not recorded, by depth, as Outcome.Waiting: so many that
	// their Weight is Task.Most. No request is made.
	Refill
	// Recall asks for the robots.txt of Task.Origin as the store has it, as Outcome.Rules and Outcome.ReadAt; nil if there is
	// none that may still be used. No request is made.
	Recall
	// Backlog asks for recorded pages whose links must be admitted once more, as Outcome.Pages: the first after Task.After, or, where that
	// is negative, the first of all, those included that were judged by a smaller scope. No request
	// is made.
	Backlog
	// Settle tells that the links of all pages on record have been judged by the scope as it is now. No request is made.
	Settle
)

// Task is one piece of work, handed by the loop to a worker. The worker owns it until Visit returns.
type Task struct {
	Kind    Kind
	URL     canon.URL
	Key     canon.Key   // fingerprint of URL; zero for Robots
	Origin  string      // the origin whose robots.txt is asked for, or that of URL
	Attempt int         // 0 for the first
	Turn    string      // of a Refill task: what LimitBy says of the URLs
	After   int64       // of a Backlog task
	Denied  Denial      // why a Skip task must not be fetched
	Listed  []canon.URL // what the sitemap of a Relist task listed
	Most    int         // of a Refill task, by weight

	f  *Frontier
	it item
	// What Admit found and what the report carries back to the loop.
	admitted []Known
	referrer uint32 // its number in Visited, once it is needed
	expanded step
	scopeGen uint64
	quiet    bool // nothing depends on when its request is sent
	sent     bool
	last     lastness
	seq      uint64    // the number of tasks handed out by then
	at       time.Time // when it was handed out
}

// Denial is why a URL must not be fetched: the verdict of robots.txt, or Trap.
type Denial struct {
	// Trap is the limit by which the URL is held back, in words; "" if it is not.
	Trap    string
	Verdict politeness.Verdict
	// Err is why robots.txt could not be read, where that is the reason; otherwise nil.
	Err error
}

// Outcome is a worker's answer to a task, as far as the schedule needs to know.
type Outcome struct {
	// Retry says that the request failed in a way that may pass. Unless the attempt was the last (see Task.Last), the task
	// comes back later; the worker must not have called Admit nor written a record.
	Retry bool
	// Again says that the task must come back, however many attempts there were: it was asked in a way that was no use. That is no failure: unless
	// the server is Busy or Down it comes back as soon as it is its turn, and has as many retries left as before. Otherwise as for Retry. A worker says so
	// once for a task.
	Again bool
	// Cut says that ctx ended before the task was done. Nothing follows from it, and the frontier stops.
	Cut bool
	// RetryAfter is the pause that the server asked for; 0 if none.
	RetryAfter time.Duration
	// Busy says that the server declared itself overloaded (429, 503): the pause holds for its whole domain.
	Busy bool
	// Down says that the server seems not to work: no answer at all, or a 5xx. Many in a row set the host aside.
	Down bool
	// Erred says that it is Down by an answer which may speak of the URL alone: a 5xx that is not from a gateway, and not 503.
	Erred bool
	// Unreached says that nobody was reached: neither the host answered in any way, nor anybody for it. Offline says that this
	// machine is to blame, as far as it can tell: it has no route, or no name service. The host is Down, too.
	Unreached, Offline bool
	// Sent is when the request was written, Answered when the first byte of the answer came, Ended when the last one did; zero
	// if that did not happen.
	Sent, Answered, Ended time.Time
	// Bytes is the number of bytes that came.
	Bytes int64

	// Rules, for Robots tasks, is what robots.txt says.
	Rules *politeness.Robots
	// RobotsErr, for Robots tasks, is why there was no usable answer; nil if there was one.
	RobotsErr error
	// RobotsRedirect, for Robots tasks, is where robots.txt was redirected to. Rules then holds in case that too many
	// redirects came before.
	RobotsRedirect canon.URL

	// Sitemaps, for Sitemap tasks, are the sitemaps that an index lists, or where the sitemap was redirected to.
	Sitemaps []canon.URL
	// Waiting, for Refill tasks, are the URLs; of less weight than Task.Most if there are no more.
	Waiting []canon.URL
	// ReadAt, for Recall tasks, is when the rules were read.
	ReadAt time.Time
	// Pages, for Backlog tasks, are the pages, and More is the number of the last of them; 0 if there are no more.
	Pages []canon.URL
	More  int64
	// Address, for Locate tasks, is the IP address; empty if it could not be found out.
	Address string

	allowed bool // of a task that judges: so it is
}

// Visitor does the work of a crawl. Its methods are called on the frontier's worker goroutines, many at a time.
type Visitor interface {
	// Visit does what t.Kind asks. For Fetch, Skip and Replay it calls t.Admit once with what the page leads to (Skip: with
	// nothing is allowed too) and sees to it that the record and what Admit returned are kept together. It may block; when ctx
	// is cancelled it returns soon, and a Fetch that was cut short leaves no record.
	Visit(ctx context.Context, t *Task) Outcome
}

// Known is a URL with the path it was admitted by.
type Known struct {
	URL   canon.URL
	Key   canon.Key
	Path  Path
	row   *row // in Visited
	found outcome
	root  bool  // a seed, or where one redirects to: its redirect may extend the scope
	chain int32 // redirects in a row by which it was met now, however many were free
	shape shape // of a URL that may be new to the loop
}

// Nearer reports whether a URL that was known has come nearer: its links must be admitted once more, if it has been read.
func (n *Known) Nearer() bool { return n.found == nearer }

// Chain is the number of redirects in a row by which the URL was met, those that count as clicks included.
func (n *Known) Chain() int { return int(n.chain) }

// seed reports whether nothing led to the URL but the user.
func (n *Known) seed() bool { return n.root && n.Path.Referrer == "" }

// Admitted is what Admit learnt from a page's links.
type Admitted struct {
	known []Known
	by    step // the path of the page when its links were admitted
	scope uint64
}

// Outdated reports whether links were admitted by a longer path to their page than p, or by a smaller scope than there is now:
// they are yet to be admitted once more. It is safe for concurrent use.
func (f *Frontier) Outdated(a Admitted, p Path) bool {
	return p.step() != a.by || a.scope < f.scopeGen.Load()
}

// Growth is how many times the scope has grown. It is safe for concurrent use.
func (f *Frontier) Growth() uint64 { return f.scopeGen.Load() }

// Revealed are the URLs that were never met before; the schedule will bring them.
func (a Admitted) Revealed() iter.Seq[*Known] { return a.which(true) }

// Improved are the URLs met before by a greater path: whatever was written of them must be corrected to this path,
// unless it has been corrected to a lesser one by then.
func (a Admitted) Improved() iter.Seq[*Known] { return a.which(false) }

// All are both.
func (a Admitted) All() iter.Seq[*Known] {
	return func(yield func(*Known) bool) {
		for i := range a.known {
			if !yield(&a.known[i]) {
				return
			}
		}
	}
}

// Len is the number of both together.
func (a Admitted) Len() int { return len(a.known) }

func (a Admitted) which(revealed bool) iter.Seq[*Known] {
	return func(yield func(*Known) bool) {
		for i := range a.known {
			if n := &a.known[i]; (n.found == fresh) == revealed && !yield(n) {
				return
			}
		}
	}
}

// Admit brings in what the page of t leads to: its links, in page order, and the target of its redirect (the zero URL
// if there is none). Links out of scope or depth are ignored. Admit runs on the worker and blocks for nothing.
func (t *Task) Admit(links []canon.URL, redirect canon.URL) Admitted {
	f := t.f
	t.scopeGen = f.scopeGen.Load()
	if f.restoring.Load() && (len(links) > 0 || !redirect.IsZero()) {
		t.expanded = unadmitted
		return Admitted{nil, unadmitted, t.scopeGen}
	}
	from := f.Visited.path(t.Key, t.it.row)
	t.expanded = from.step()
	referrer := t.URL.String()
	begin := len(t.admitted)
	if !redirect.IsZero() {
		p := from.redirected(referrer, f.cfg.MaxRedirects)
		root := t.it.root && p.Depth == 0
		if root && f.cfg.Extend != nil && f.cfg.Extend(redirect) {
			t.scopeGen = f.scopeGen.Add(1)
		}
		t.admit(Known{URL: redirect, Path: p, root: root, chain: t.it.chain + 1})
	}
	clicked := from.clicked(referrer)
	for _, u := range links {
		t.admit(Known{URL: u, Path: clicked})
	}
	return Admitted{t.admitted[begin:], t.expanded, t.scopeGen}
}

// unadmitted stands for the path of a page whose links are yet to be admitted: every path is less.
var unadmitted = step{math.MaxInt, math.MaxInt}

func (t *Task) admit(n Known) {
	f := t.f
	if f.cfg.MaxDepth >= 0 && n.Path.Depth > f.cfg.MaxDepth {
		return
	}
	if f.cfg.Scope == nil || f.cfg.Scope(n.URL) {
		n.Key = f.cfg.Seed.Key(n.URL)
		t.enter(n)
	}
}

func (t *Task) enter(n Known) {
	switch n.found, n.row = t.f.Visited.add(n.Key, n.Path, &t.referrer); n.found {
	case known:
		return
	case fresh, nearer: // the loop may hear of the nearer path first
		n.shape = t.f.cfg.shapeOf(n.URL)
	}
	t.admitted = append(t.admitted, n)
}

// AdmitListed brings in the pages that a sitemap lists, at Config.SitemapDepth, and says what was new among them. Those out
// of scope or depth are ignored.
func (t *Task) AdmitListed(urls []canon.URL) Admitted {
	t.Listed = urls
	t.scopeGen = t.f.scopeGen.Load()
	begin := len(t.admitted)
	for _, u := range urls {
		t.admit(Known{URL: u, Path: Path{Depth: t.f.cfg.SitemapDepth}})
	}
	return Admitted{t.admitted[begin:], step{}, t.scopeGen}
}

// Retries is how many attempts before this one have failed.
func (t *Task) Retries() int {
	if t.it.again {
		return t.Attempt - 1
	}
	return t.Attempt
}

// Last reports whether this attempt is the last: the worker records its failure rather than ask for a Retry.
//
// It is decided when it is first asked and holds for the whole attempt, so that the worker and the loop agree although the network may
// come or go between them.
func (t *Task) Last() bool {
	if t.last == undecided {
		if t.last = more; !t.it.probe && !t.f.offline.Load() && t.Retries() >= t.f.cfg.Backoff.Retries {
			t.last = final
		}
	}
	return t.last == final
}

// lastness is what Task.Last has said.
type lastness uint8

const (
	undecided lastness = iota
	more
	final
)

// Chain is the number of redirects in a row that led to the task's URL when it was met: those that count as clicks included.
func (t *Task) Chain() int { return int(t.it.chain) }

// Chained tells a Replay of a page that an earlier run met how many redirects in a row led there, which the schedule may not know. It must be
// called before Admit.
func (t *Task) Chained(n int) { t.it.chain = max(t.it.chain, int32(n)) }

// Probe reports whether the task goes out to see whether a host that was set aside answers again. If the host is still Down,
// the worker asks for a Retry whatever the failure.
func (t *Task) Probe() bool { return t.it.probe }

// Sent tells the loop that the request has been written, so that another connection to the same domain may be used once the
// interval is over; where there is neither, the report is soon enough. It may be called at most once per task and blocks only for as long as the loop takes to listen.
func (t *Task) Sent(at time.Time) {
	if t.quiet || t.sent {
		return
	}
	t.sent = true
	select {
	case t.f.sent <- sentEvent{t, at}:
	case <-t.f.quit:
	}
}
