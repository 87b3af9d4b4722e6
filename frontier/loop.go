package frontier

import (
	"container/heap"
	"context"
	"strings"
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
	free fifo
	// refills are Refill tasks, which take turns with requests: after a resume there is one for each domain.
	refills fifo
	// judges are items whose rules take long to ask: they take turns with requests too, and are judged one at a time.
	judges  fifo
	judging bool
	costly  func(r *politeness.Robots, target string) bool // that the question takes long
	// replaying are the pages whose links are being admitted once more, each with those of its replays that wait for that.
	replaying map[canon.Key][]item
	asked     bool // the last that was handed out of all these was a request
	shelf     shelf

	addresses map[string]*address
	sitemaps  map[canon.Key]*sitemapRoot // that have been entered, and where they come from; nil if another run read it
	openAt    time.Time                  // no request begins before it
	shutBy    Reason                     // why not
	held      string                     // why the crawl pauses until it is told to go on; "" if it does not
	network   network
	outages   int    // of the network, that are over
	census    census // what the limits have counted

	pending   int    // tasks queued, held, delayed, free or in flight
	asleep    int    // of these, held by origins that are set aside
	probing   int    // of these, probes of origins that have been probed in vain
	abandoned int    // URLs given up because their origin never came back
	overspent int    // URLs left because their origin has had its budget of bytes
	inFlight  int    // of these, in flight
	offered   *Task  // the last that next returned, if no worker has taken it
	seq       uint64 // tasks that were handed out
	started   int    // pages fetched or being fetched
	bytes     int64
	stopping  bool
	limited   string // what budget is used up; "" if none is

	roots    map[canon.Key]struct{}  // URLs of depth 0 that are not done: their redirects may still extend the scope
	early    map[canon.Key]earlyPage // pages done while there were roots: to be replayed if the scope has grown
	listed   []earlyList             // what sitemaps listed meanwhile
	growth   growth
	restored bool // earlier runs have read pages

	restoring bool // what they knew is being restored
	deferred  fifo // what waits for that
	forsaken  bool // it will not be: the crawl is about to end

	changedDomains ledger[*domain]
	changedOrigins ledger[*origin]
}

func (l *loop) init(f *Frontier) {
	l.f = f
	l.due.begun = time.Now()
	l.domains = make(map[string]*domain)
	l.origins = make(map[string]*origin)
	l.addresses = make(map[string]*address)
	l.sitemaps = make(map[canon.Key]*sitemapRoot)
	l.roots = make(map[canon.Key]struct{})
	l.replaying = make(map[canon.Key][]item)
	l.early = make(map[canon.Key]earlyPage)
	l.census = newCensus(&f.cfg.Limits)
	l.shelf.most, l.costly = shelfBytes, (*politeness.Robots).Costly
	l.started = f.cfg.Started
	l.bytes, l.held = f.cfg.Received, f.cfg.Held
	switch {
	case f.cfg.MaxPages > 0 && l.started >= f.cfg.MaxPages:
		l.limited = "pages"
	case f.cfg.MaxBytes > 0 && l.bytes >= f.cfg.MaxBytes:
		l.limited = "bytes"
	}
}

// run is the life of the loop: while anything is pending, hand out what is due, or listen. When stopping, only what is
// in flight is waited for.
func (l *loop) run(ctx context.Context) {
	f := l.f
	timer := time.NewTimer(0)
	defer timer.Stop()
	done, stop := ctx.Done(), f.stop
	l.begin()
	if why := l.limited; why != "" {
		l.limited = ""
		l.limit(why, time.Now()) // what was restored is left where it is
	}
	for l.inFlight > 0 || l.pending > 0 && !l.stopping {
		if l.inFlight <= l.probing && l.due.len() == 0 && !l.network.down && l.onlySleepers(0) {
			l.conclude(time.Now())
		}
		next, at := l.next(time.Now())
		if l.pending == 0 {
			break // what came back last is left to another run
		}
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
			q()
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
		switch x := heap.Pop(&l.later).(delayedItem); {
		case x.wake == nil:
			l.route(x.it, now)
		case x.at.Equal(x.wake.probeAt): // else it rose and was set aside again meanwhile
			l.wake(x.wake, now)
		}
	}
	var at time.Time
	if len(l.later) > 0 {
		at = l.later[0].at
	}
	closed, until := l.closed(now)
	if l.held != "" {
		return nil, at
	}
	if it := l.ready(); it != nil {
		return l.task(it), now
	}
	if it := l.aside(); it != nil && (l.asked || closed || l.due.len() == 0 || l.due.first().due.After(now)) {
		return l.task(it), now
	}
	if closed {
		if at.IsZero() || !until.IsZero() && until.Before(at) {
			at = until
		}
		return nil, at
	}
	for l.due.len() > 0 {
		d := l.foremost(now)
		if d.due.After(now) {
			if at.IsZero() || d.due.Before(at) {
				at = d.due
			}
			break
		}
		if it := l.head(d, now); it == nil {
			l.place(d, now) // nothing in its queue was to be fetched after all
		} else if l.addressFree(d, it, now) {
			return l.task(it), now
		}
		if it := l.ready(); it != nil {
			return l.task(it), now
		}
	}
	if it := l.aside(); it != nil {
		return l.task(it), now
	}
	return nil, at
}

// ready is the first task that asks no server and may begin; nil if there is none.
//
// A page is replayed once at a time. Of two replays at once one could find nothing that the other has not found already, and see to
// it that the page counts as replayed in the store, where what the other has found is not yet: a death in between would lose it.
func (l *loop) ready() *item {
	for it := l.free.first(); it != nil; it = l.free.first() {
		behind, ok := l.replaying[it.key]
		if it.kind != Replay || !ok {
			return it
		}
		l.replaying[it.key] = append(behind, *it)
		l.free.pop()
	}
	return nil
}

// replayed lets the next replay of a page begin.
func (l *loop) replayed(k canon.Key) {
	behind := l.replaying[k]
	delete(l.replaying, k)
	for _, it := range behind {
		l.free.push(it)
	}
}

// aside is what takes turns with requests; nil if nothing does.
func (l *loop) aside() *item {
	if it := l.judges.first(); it != nil && !l.judging {
		return it
	}
	return l.refills.first()
}

// head returns the first item of a domain that may be fetched, and sends elsewhere what comes before it.
func (l *loop) head(d *domain, now time.Time) *item {
	for it := d.queue.peek(); it != nil; it = d.queue.peek() {
		switch {
		case l.phantom(it):
			d.queue.pop()
		case it.kind == Fetch && !it.probe && (it.o.reading != it.reading || l.expire(it.o, now)):
			if it.o.rules == nil {
				l.unruled(it, now)
				continue
			}
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

// unruled takes what waits of an item's origin out of the queue until its rules are known again: all at once, for an item that moved forward has
// left another behind, and only one of the two counts.
func (l *loop) unruled(it *item, now time.Time) {
	g, u := it.o, it.url
	l.sweep(g)
	l.find(g, u, now)
}

// phantom reports whether an item is what a URL left behind when it moved forward.
func (l *loop) phantom(it *item) bool {
	return it.kind == Fetch && it.fresh() && it.row.state != queued
}

// task is what a worker would be given for an item. It holds until task is called again, unless a worker has it by then.
func (l *loop) task(it *item) *Task {
	if l.offered == nil {
		l.offered = new(Task)
	}
	t := l.offered
	*t = Task{Kind: it.kind, URL: it.url, Key: it.key, Attempt: int(it.attempt), f: l.f, it: *it}
	t.quiet = it.d == nil || it.d.pace.Interval == 0 || l.f.cfg.PerHost <= 1
	switch it.kind {
	case Relist:
		if it.listed != nil {
			t.Listed = *it.listed
		}
	case Refill:
		t.Most, t.Turn = l.most(it.o.d), it.o.d.name
	case Backlog:
		t.After = it.after
	}
	if o := it.o; o != nil {
		t.Origin = o.name
		switch {
		case it.kind == Skip && it.trap != 0:
			t.Denied = Denial{Trap: l.f.cfg.Limits.text(it.trap)}
		case it.kind == Skip, it.judge:
			t.Kind, t.Denied.Err = Skip, o.err // the worker finds out the rest: see perform
		}
	}
	return t
}

// handed is called when a worker has taken the task: it leaves its queue and pays.
func (l *loop) handed(t *Task, now time.Time) {
	l.offered = nil
	l.inFlight++
	l.seq++
	t.at, t.seq = now, l.seq
	d := t.it.d
	switch {
	case t.Kind == Refill:
		l.refills.pop()
		l.asked = false
		return
	case t.it.judge:
		l.judges.pop()
		l.judging, l.asked = true, false
		return
	case d == nil:
		if l.free.pop(); t.Kind == Replay {
			l.replaying[t.Key] = nil
		}
		return
	}
	l.asked = true
	d.queue.pop()
	d.queue.live--
	if open := latest(d.due, d.readyAt); l.openAt.After(open) {
		d.observed().waited[d.reason] += max(0, d.due.Sub(d.readyAt))
		d.observed().waited[l.shutBy] += l.openAt.Sub(open)
		d.due, d.readyAt = l.openAt, l.openAt
	}
	d.take(t, now)
	addressOf(&t.it).take(l.f.cfg.Pace.Interval, now)
	l.place(d, now)
	if t.Kind == Fetch && t.it.fresh() {
		l.f.Visited.setState(t.Key, t.it.row, taken)
		if l.started++; l.started == l.f.cfg.MaxPages {
			l.limit("pages", now)
		}
	}
}

// written is called when a request is on its way: another connection to its domain may be used when the interval is over.
func (l *loop) written(s sentEvent) {
	d := s.t.it.d
	d.written(s.t)
	d.observed().started(s.at, l.f.cfg.GapBounds)
	d.paced(s.at, time.Time{})
	l.place(d, s.at)
}

// report ends an attempt: children first, then the task itself, so that pending is never zero too early.
func (l *loop) report(r report, now time.Time) {
	t, o := r.t, r.o
	l.inFlight--
	l.stopping = l.stopping || o.Cut
	if t.it.probe || t.Kind == Robots {
		l.probed(t.it.o)
	}
	if t.Kind == Replay {
		l.replayed(t.Key)
	}
	if t.it.d != nil {
		l.answered(t, o, now)
	}
	for i := range t.admitted {
		if n := &t.admitted[i]; n.found != renamed { // its children's paths stay
			l.admit(n, now)
		}
	}
	if !o.Cut {
		l.conclusion(t, o, now)
	}
	l.pending--
	if d := t.it.d; d != nil {
		l.place(d, now)
	}
	l.settle(t)
}

// answered draws from a request what it means for the pace of its domain.
func (l *loop) answered(t *Task, o Outcome, now time.Time) {
	d := t.it.d
	d.inFlight--
	d.written(t)
	d.observed().waited[Server] += now.Sub(t.at)
	l.note(d, ordinary)
	l.received(t, o, now)
	if o.Sent.IsZero() {
		l.addressDone(addressOf(&t.it), o, now)
		return
	}
	if !t.sent {
		d.observed().started(o.Sent, l.f.cfg.GapBounds)
	}
	if !o.Busy && !o.Down && d.busy > 0 {
		d.busy--
	}
	d.paced(o.Sent, o.Answered)
	if f := l.f.cfg.Adaptive; f > 0 && d.pace.Interval > 0 && o.Ended.After(o.Sent) {
		d.hold(o.Ended.Add(politeness.AdaptivePause(f, o.Ended.Sub(o.Sent))), Adaptive)
	}
	if b := l.f.cfg.Bandwidth; b > 0 {
		l.shut(latest(l.openAt, t.at).Add(time.Duration(float64(o.Bytes)/float64(b)*float64(time.Second))), Bandwidth)
	}
	l.addressDone(addressOf(&t.it), o, now)
}

// conclusion decides what becomes of a task: another attempt, or its end.
func (l *loop) conclusion(t *Task, o Outcome, now time.Time) {
	again := o.Retry && !t.Last() || o.Again
	down := t.it.d != nil && l.reached(t, o, now)
	switch {
	case l.limited != "" && t.it.kind != Fetch && t.it.d != nil:
		return // of no use to the pages that are still under way
	case down && (again || t.Kind != Fetch):
		l.postpone(t)
		return
	case down: // its failure is on record: the worker could not know yet
	case t.Kind == Fetch && o.Down:
		if l.failed(t, o, again, now) {
			return // its origin keeps it
		}
	case t.Kind == Fetch:
		l.rise(t.it.o, now) // an answer, and be it that it is too busy
	}
	if again || o.Busy {
		l.backOff(t, o, again, now)
	}
	switch {
	case again:
	case t.it.judge:
		l.judged(t, o, now)
	case t.Kind == Robots:
		l.robots(t, o, now)
	case t.Kind == Locate:
		l.located(t, o, now)
	case t.Kind == Refill:
		l.refilled(t, o, now)
	case t.Kind == Sitemap, t.Kind == Relist:
		l.sitemap(t, o, now)
	case t.Kind == Recall:
		l.recalled(t, o, now)
	case t.Kind == Backlog:
		l.backlog(t, o)
	case t.Kind == Settle:
	default:
		l.finish(t)
	}
}

// backOff puts a task off, and its whole domain if the server is overloaded.
func (l *loop) backOff(t *Task, o Outcome, again bool, now time.Time) {
	d, step := t.it.d, t.Retries()+1
	t.it.again = t.it.again || o.Again
	if o.Busy {
		d.busy++
		step = max(step, d.busy)
	}
	at := now.Add(l.f.cfg.Backoff.Delay(step, l.f.cfg.Random(), o.RetryAfter))
	if o.Busy {
		why := Backoff
		if o.RetryAfter > 0 {
			why = RetryAfter
		}
		d.hold(at, why)
		l.note(d, urgent)
	}
	if again {
		it := t.it
		it.attempt++
		if o.Again && !o.Busy && !o.Down {
			at = now
		}
		heap.Push(&l.later, delayedItem{at: at, it: it})
		l.pending++
	}
}

// postpone puts a task back whose request reached nobody because the network is down. That is no attempt, and no probe in vain.
func (l *loop) postpone(t *Task) {
	it := t.it
	it.begun = true
	l.pending++
	if it.probe && it.o.asleep {
		l.holdBack(it)
		l.wakeAt(it.o, l.network.probeAt)
		return
	}
	heap.Push(&l.later, delayedItem{at: l.network.probeAt, it: it})
}

// finish ends a page's life in the schedule, unless a shorter path to it turned up meanwhile or the scope has grown.
func (l *loop) finish(t *Task) {
	l.f.Visited.setState(t.Key, t.it.row, done)
	if t.Kind == Fetch || t.Kind == Skip {
		t.it.o.d.loaded -= t.it.weight()
		l.refill(t.it.o.d)
	}
	if t.Kind == Skip {
		l.uproot(t.Key)
		return
	}
	if l.f.cfg.Extend != nil && len(l.roots) > 0 {
		l.early[t.Key] = earlyPage{t.URL, t.it.row, t.scopeGen, t.it.chain}
	} else if t.scopeGen < l.f.scopeGen.Load() {
		l.replay(t.URL, t.Key, t.it.row, t.it.chain, true)
		return
	}
	if l.f.Visited.path(t.Key, t.it.row).step().less(t.expanded) {
		l.replay(t.URL, t.Key, t.it.row, t.it.chain, false)
		return
	}
	l.uproot(t.Key)
}

// admit takes in one URL that a worker found new or nearer.
func (l *loop) admit(n *Known, now time.Time) {
	e := l.f.Visited.read(n.Key, n.row)
	if e.step() != n.Path.step() {
		return // a still shorter path is known by now, and whoever found it reports it too
	}
	if n.root {
		l.roots[n.Key] = struct{}{}
	}
	switch e.state {
	case done:
		l.replay(n.URL, n.Key, n.row, n.chain, false)
	case taken:
		// Its report will show that the path became shorter.
	case met, queued, stored:
		switch {
		case l.limited != "":
			return
		case l.stopping: // nobody will ask for it in this run, and it is on record for the next
			if e.state == met {
				l.f.Visited.setState(n.Key, n.row, stored)
				l.pending++
			}
			return
		}
		it := l.item(n.URL, n.Key, n.row, int32(n.Path.Depth), n.seed())
		it.root, it.chain = n.root, n.chain
		switch e.state {
		case queued:
			l.forward(it)
			return
		case stored: // it has come nearer, on record too
			if it.d.stored--; l.full(&it) {
				l.store(&it)
			} else {
				l.load(it, now)
			}
			return
		}
		l.pending++
		if n.seed() {
			l.census.count(n.shape, it.o)
		} else if trap := l.census.judge(n.shape, it.o); trap != 0 {
			l.trapped(it, trap)
			return
		}
		if l.full(&it) {
			l.store(&it)
			l.refill(it.d)
			return
		}
		l.load(it, now)
	}
}

// trapped has an item, which is counted already, held back by a limit.
func (l *loop) trapped(it item, by trap) {
	it.trap = by
	it.d.loaded += it.weight()
	l.skip(it)
}

// skip has an item, which is counted already, recorded as one that must not be fetched.
func (l *loop) skip(it item) {
	l.f.Visited.setState(it.key, it.row, taken)
	it.kind, it.d = Skip, nil
	l.free.push(it)
}

// route sends an item that is already counted where it belongs: to those held by their origin, to those that need no request
// because robots.txt denies them, or into the queue of its domain.
func (l *loop) route(it item, now time.Time) {
	if g := it.o; it.kind == Fetch || it.kind == Sitemap {
		switch {
		case it.kind == Sitemap && l.restoring:
			l.deferred.push(it)
			return
		case g.gone != here:
			l.leaveItem(&it)
			return
		case g.asleep:
			l.holdBack(it)
			return
		case it.reading == g.reading && g.reading > 0 && (!l.f.cfg.ByAddress || g.located): // they allow it, as is known
		case l.f.cfg.ByAddress && !g.located, g.rules == nil:
			l.holdBack(it)
			l.find(g, it.url, now)
			return
		case it.invited:
			it.reading = g.reading
		case l.costly(g.rules, it.url.RequestTarget()):
			l.judge(it)
			return
		case l.allows(g, &it):
		case it.kind == Sitemap:
			delete(l.sitemaps, it.key) // it may yet be invited
			l.pending--
			return
		default:
			it.rules = g.rules
			l.skip(it)
			return
		}
	}
	l.enqueue(it, now)
}

// enqueue puts an item that is already counted into the queue of its domain.
func (l *loop) enqueue(it item, now time.Time) {
	it.d.queue.push(it)
	it.d.queue.live++
	l.place(it.d, now)
}

// forward moves a waiting URL to a lower depth: it is entered once more, and what it leaves behind is a phantom that
// nobody counts. Its rules are left open, so that it is judged when its turn comes.
func (l *loop) forward(it item) {
	if it.o.rules == nil || it.o.asleep || it.o.gone != here {
		return // held: its depth is looked up when it is let go
	}
	it.d.queue.push(it)
}

func (l *loop) item(u canon.URL, k canon.Key, r *row, depth int32, seed bool) item {
	return l.itemOf(u, k, r, depth, l.origin(u, seed))
}

func (l *loop) itemOf(u canon.URL, k canon.Key, r *row, depth int32, o *origin) item {
	if o.d.by == nil {
		o.d.by = o
	}
	return item{kind: Fetch, url: u, key: k, row: r, depth: depth, o: o, d: o.d}
}

// replay admits the links of a page once more, because the scope has grown or for another reason.
func (l *loop) replay(u canon.URL, k canon.Key, r *row, chain int32, grown bool) {
	_, root := l.roots[k]
	if grown {
		l.growth.replays++
	}
	l.internal(item{kind: Replay, url: u, key: k, row: r, root: root, chain: chain, grown: grown})
}

// place puts a domain where it belongs in the heap, or takes it out.
func (l *loop) place(d *domain, now time.Time) {
	switch ready := d.ready(l.f.cfg.PerHost); {
	case d.parked: // its address will bring it back
	case !ready && d.index >= 0:
		l.due.remove(d)
	case ready:
		d.due = d.earliest(now)
		if d.index < 0 {
			d.readyAt = now
		}
		l.due.place(d)
	}
}

func (l *loop) domain(name string) *domain {
	d := l.domains[name]
	if d == nil {
		name = strings.Clone(name) // which may be a part of a URL, and would keep it in memory
		d = newDomain(name, l.f.cfg.Pace)
		l.domains[name] = d
		l.recallDomain(d)
	}
	return d
}

// origin is that of u. One that is a host too many for its domain is known by name only if a seed lies there: nothing else is
// fetched from it, and a page can name hosts by the hundred thousand.
func (l *loop) origin(u canon.URL, seed bool) *origin {
	if o := l.origins[u.Origin()]; o != nil {
		return o
	}
	return l.originOf(u, l.f.cfg.LimitBy(u), seed)
}

// originOf is origin where it is known what LimitBy says of u.
func (l *loop) originOf(u canon.URL, turn string, seed bool) *origin {
	name := u.Origin()
	o := l.origins[name]
	if o != nil {
		return o
	}
	surplus := l.census.host(u)
	if surplus && !seed {
		return l.census.crowd(u.Domain())
	}
	name = strings.Clone(name) // or it would keep the URL in memory
	o = &origin{name: name, d: l.domain(turn), surplus: surplus}
	l.recallOrigin(o)
	l.spend(o)
	if l.f.cfg.IgnoreRobots {
		l.heed(o, politeness.ParseRobots(nil, ""))
	}
	l.origins[name] = o
	return o
}
