package frontier

import (
	"container/heap"
	"context"
	"time"

	"amble/frontier/canon"
	"amble/politeness"
)

// loop is the schedule. All of it belongs to the goroutine in run; before run starts, to the caller of Restore and
// Seed. Nobody else may touch it.
type loop struct {
	f       *Frontier
	domains map[string]*domain
	origins map[string]*origin
	due     dueHeap // domains that could send a request, by when they may
	later   delayed // tasks that wait for another attempt, by when
	// free are tasks that ask no server (Skip, Replay), first in first out; they go before all others.
	free     []item
	freeHead int

	pending  int // tasks queued, held, delayed, free or in flight
	inFlight int // of these, in flight
	started  int // pages fetched or being fetched
	stopping bool
	limited  bool // MaxPages was reached

	scopeGen uint64
	roots    map[canon.Key]struct{} // URLs of depth 0 that are not done: their redirects may still extend the scope
	early    []item                 // pages done while there were roots: to be replayed if the scope grows
}

func (l *loop) init(f *Frontier) {
	l.f = f
	l.domains = make(map[string]*domain)
	l.origins = make(map[string]*origin)
	l.roots = make(map[canon.Key]struct{})
	l.started = f.cfg.Started
	l.limited = f.cfg.MaxPages > 0 && l.started >= f.cfg.MaxPages
}

// run is the life of the loop: while anything is pending, hand out what is due, or listen. When stopping, only what is
// in flight is waited for.
func (l *loop) run(ctx context.Context) {
	f := l.f
	timer := time.NewTimer(0)
	defer timer.Stop()
	done, stop := ctx.Done(), f.stop
	for l.inFlight > 0 || l.pending > 0 && !l.stopping {
		next, at := l.next(time.Now())
		var work chan<- *Task
		var wake <-chan time.Time
		switch {
		case next != nil:
			work = f.work
		case !at.IsZero():
			timer.Reset(time.Until(at))
			wake = timer.C
		}
		select {
		case work <- next:
			l.handed(next, time.Now())
		case r := <-f.reports:
			l.report(r, time.Now())
		case s := <-f.sent:
			l.written(s)
		case <-wake:
		case q := <-f.queries:
			q <- l.snapshot(time.Now())
		case <-stop:
			l.stopping, stop = true, nil
		case <-done:
			l.stopping, done = true, nil
		}
	}
}

// next returns the task that is to be handed out, or nil and the time when one will be due (zero if only a report can
// bring one). The task counts as handed out only when a worker has it: until then, next may be asked again.
func (l *loop) next(now time.Time) (*Task, time.Time) {
	if l.stopping || l.inFlight == l.f.cfg.Workers {
		return nil, time.Time{}
	}
	for len(l.later) > 0 && !l.later[0].at.After(now) {
		l.route(heap.Pop(&l.later).(delayedItem).it, now)
	}
	if l.freeHead < len(l.free) {
		return l.task(&l.free[l.freeHead]), now
	}
	var at time.Time
	if len(l.later) > 0 {
		at = l.later[0].at
	}
	for len(l.due) > 0 {
		d := l.due[0]
		if d.due.After(now) {
			if at.IsZero() || d.due.Before(at) {
				at = d.due
			}
			break
		}
		if it := l.head(d, now); it != nil {
			return l.task(it), now
		}
		l.place(d, now) // nothing in its queue was to be fetched after all
		if l.freeHead < len(l.free) {
			return l.task(&l.free[l.freeHead]), now
		}
	}
	return nil, at
}

// head returns the first item of a domain that may be fetched, and sends elsewhere what comes before it.
func (l *loop) head(d *domain, now time.Time) *item {
	for it := d.queue.peek(); it != nil; it = d.queue.peek() {
		switch {
		case it.kind == Fetch && it.attempt == 0 && l.f.Visited.state(it.key) != queued:
			d.queue.pop() // a phantom: the URL moved forward and is gone
		case it.kind == Fetch && it.o.rules != it.rules:
			moved := *it // the rules have changed since it was judged
			d.queue.pop()
			d.queue.live--
			l.route(moved, now)
		default:
			return it
		}
	}
	return nil
}

func (l *loop) task(it *item) *Task {
	t := &Task{Kind: it.kind, URL: it.url, Key: it.key, Attempt: it.attempt, f: l.f, it: *it}
	if o := it.o; o != nil {
		t.Origin = o.name
		if it.kind == Skip {
			t.Denied = Denial{Verdict: o.rules.Test(it.url.RequestTarget()), Err: o.err}
		}
	}
	return t
}

// handed is called when a worker has taken the task: it leaves its queue and pays.
func (l *loop) handed(t *Task, now time.Time) {
	l.inFlight++
	d := t.it.d
	if d == nil {
		l.free[l.freeHead] = item{}
		if l.freeHead++; l.freeHead == len(l.free) {
			l.free, l.freeHead = l.free[:0], 0
		}
		return
	}
	d.queue.pop()
	d.queue.live--
	d.take(t, now)
	l.place(d, now)
	if t.Kind == Fetch && t.Attempt == 0 {
		l.f.Visited.setState(t.Key, taken)
		if l.started++; l.started == l.f.cfg.MaxPages {
			l.limit(now)
		}
	}
}

// written is called when a request is on its way: another connection to its domain may be used when the interval is over.
func (l *loop) written(s sentEvent) {
	d := s.t.it.d
	d.written(s.t)
	d.paced(s.at, time.Time{})
	l.place(d, s.at)
}

// report ends an attempt: children first, then the task itself, so that pending is never zero too early.
func (l *loop) report(r report, now time.Time) {
	t, o := r.t, r.o
	l.inFlight--
	if d := t.it.d; d != nil {
		d.inFlight--
		d.written(t)
		if !o.Sent.IsZero() {
			d.paced(o.Sent, o.Answered)
		}
	}
	for _, n := range t.admitted {
		l.admit(n, now)
	}
	l.stopping = l.stopping || o.Cut
	again := o.Retry && !t.Last()
	if again || o.Busy {
		l.backOff(t, o, again, now)
	}
	switch {
	case again, o.Cut:
	case t.Kind == Robots:
		l.robots(t, o, now)
	default:
		l.finish(t)
	}
	l.pending--
	if d := t.it.d; d != nil {
		l.place(d, now)
	}
}

// backOff puts a task off, and its whole domain if the server is overloaded.
func (l *loop) backOff(t *Task, o Outcome, again bool, now time.Time) {
	at := now.Add(l.f.cfg.Backoff.Delay(t.Attempt+1, l.f.cfg.Random(), o.RetryAfter))
	if o.Busy {
		t.it.d.hold(at)
	}
	if again {
		it := t.it
		it.attempt++
		heap.Push(&l.later, delayedItem{at, it})
		l.pending++
	}
}

// robots takes in what became of a request for robots.txt.
func (l *loop) robots(t *Task, o Outcome, now time.Time) {
	g := t.it.o
	if !o.RobotsRedirect.IsZero() && g.hops < maxRobotsHops {
		g.hops++
		l.ask(g, o.RobotsRedirect, now)
		return
	}
	g.rules, g.err = o.Rules, o.RobotsErr
	if delay, ok := g.rules.CrawlDelay(); ok {
		if p := g.d.pace.With(delay); p != g.d.pace {
			g.d.setPace(now, p)
			g.d.paced(o.Sent, o.Answered)
		}
	}
	held := g.held
	g.held = nil
	seen := make(map[canon.Key]bool, len(held))
	for _, it := range held {
		if seen[it.key] {
			continue // it came nearer while it was held
		}
		seen[it.key] = true
		it.depth = l.f.Visited.path(it.key).Depth
		l.route(it, now)
	}
}

// ask puts a request for the robots.txt of g into the schedule, in the domain of the URL where it lies.
func (l *loop) ask(g *origin, u canon.URL, now time.Time) {
	it := item{kind: Robots, url: u, depth: robotsLevel, o: g, d: l.domain(l.f.cfg.LimitBy(u))}
	l.pending++
	l.route(it, now)
}

// finish ends a page's life in the schedule, unless a shorter path to it turned up meanwhile or the scope has grown.
func (l *loop) finish(t *Task) {
	gen := l.f.scopeGen.Load()
	again := t.Kind != Skip && l.f.Visited.path(t.Key).step().less(t.expanded)
	if t.Kind == Fetch {
		again = again || t.scopeGen < gen
		if l.f.cfg.Extend != nil && len(l.roots) > 0 {
			l.early = append(l.early, t.it)
		}
	}
	l.f.Visited.setState(t.Key, done)
	if gen != l.scopeGen {
		l.scopeGen = gen
		for _, it := range l.early {
			l.replay(it.url, it.key)
		}
	}
	if again {
		l.replay(t.URL, t.Key)
		return
	}
	if delete(l.roots, t.Key); len(l.roots) == 0 {
		l.early = nil
	}
}

// admit takes in one URL that a worker found new or nearer.
func (l *loop) admit(n Known, now time.Time) {
	e, _ := l.f.Visited.load(n.Key)
	if e.path.step() != n.Path.step() {
		return // a still shorter path is known by now, and whoever found it reports it too
	}
	if n.Path.Depth == 0 {
		l.roots[n.Key] = struct{}{}
	}
	switch e.state {
	case done:
		l.replay(n.URL, n.Key)
	case taken:
		// Its report will show that the path became shorter.
	case met, queued:
		if l.limited {
			return
		}
		it := l.item(n.URL, n.Key, n.Path.Depth)
		if e.state == queued {
			l.forward(it)
			return
		}
		l.f.Visited.setState(n.Key, queued)
		l.pending++
		l.route(it, now)
	}
}

// route sends an item that is already counted where it belongs: to those held by their origin, to those that need no request
// because robots.txt denies them, or into the queue of its domain.
func (l *loop) route(it item, now time.Time) {
	if it.kind == Fetch {
		switch {
		case it.o.rules == nil:
			if it.o.held = append(it.o.held, it); !it.o.asked {
				it.o.asked = true
				l.ask(it.o, robotsURL(it.url), now)
			}
			return
		case !it.o.rules.Test(it.url.RequestTarget()).Allowed:
			l.f.Visited.setState(it.key, taken)
			it.kind, it.d = Skip, nil
			l.free = append(l.free, it)
			return
		}
		it.rules = it.o.rules
	}
	it.d.queue.push(it)
	it.d.queue.live++
	l.place(it.d, now)
}

// forward moves a waiting URL to a lower depth: it is entered once more, and what it leaves behind is a phantom that
// nobody counts. Its rules are left open, so that it is judged when its turn comes.
func (l *loop) forward(it item) {
	if it.o.rules == nil {
		return // held: its depth is looked up when it is let go
	}
	it.d.queue.push(it)
}

func (l *loop) item(u canon.URL, k canon.Key, depth int) item {
	it := item{kind: Fetch, url: u, key: k, depth: depth, d: l.domain(l.f.cfg.LimitBy(u))}
	it.o = l.origin(u.Origin(), it.d)
	return it
}

func (l *loop) replay(u canon.URL, k canon.Key) {
	l.pending++
	l.free = append(l.free, item{kind: Replay, url: u, key: k})
}

// limit ends the crawl after the pages that have begun: whatever has not is dropped.
func (l *loop) limit(now time.Time) {
	l.limited = true
	for _, d := range l.domains {
		l.pending -= d.queue.live
		kept := d.queue
		d.queue = queue{}
		for it := kept.peek(); it != nil; it = kept.peek() {
			if it.kind == Fetch && it.attempt > 0 {
				d.queue.push(*it)
				d.queue.live++
				l.pending++
			}
			kept.pop()
		}
		l.place(d, now)
	}
	for _, o := range l.origins {
		l.pending -= len(o.held)
		o.held = nil
	}
	later := l.later
	l.later = nil
	for _, x := range later {
		if x.it.kind == Fetch {
			heap.Push(&l.later, x)
		} else {
			l.pending--
		}
	}
}

// place puts a domain where it belongs in the heap, or takes it out.
func (l *loop) place(d *domain, now time.Time) {
	switch ready := d.ready(l.f.cfg.PerHost); {
	case !ready && d.index >= 0:
		heap.Remove(&l.due, d.index)
	case ready:
		d.due = d.earliest(now)
		if d.index < 0 {
			heap.Push(&l.due, d)
		} else {
			heap.Fix(&l.due, d.index)
		}
	}
}

func (l *loop) domain(name string) *domain {
	d := l.domains[name]
	if d == nil {
		d = newDomain(name, l.f.cfg.Pace)
		l.domains[name] = d
	}
	return d
}

func (l *loop) origin(name string, d *domain) *origin {
	o := l.origins[name]
	if o == nil {
		o = &origin{name: name, d: d}
		if l.f.cfg.IgnoreRobots {
			o.rules = politeness.ParseRobots(nil, "")
		}
		l.origins[name] = o
	}
	return o
}

// robotsURL is where the rules for u lie (RFC 9309, section 2.3).
func robotsURL(u canon.URL) canon.URL {
	r, err := u.Resolve("/robots.txt")
	if err != nil {
		panic("frontier: a canonical URL has no origin: " + u.String())
	}
	return r
}
