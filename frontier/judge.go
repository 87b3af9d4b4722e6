package frontier

import (
	"context"
	"time"
)

// Whether robots.txt allows a URL is asked on the loop, for it takes a microsecond. With a thousand wildcard rules and a URL of
// kilobytes it takes milliseconds, and whoever can write the one can write the other: such URLs are judged on a worker, one
// at a time, in turn with requests, so that nobody waits for them but their own host.

// allows asks the rules of an origin about one of its URLs.
func (l *loop) allows(g *origin, it *item) bool {
	g.used = true
	if !g.rules.Test(it.url.RequestTarget()).Allowed {
		return false
	}
	it.reading = g.reading
	return true
}

// judge leaves the question to a worker. The item counts meanwhile as one that is with a worker.
func (l *loop) judge(it item) {
	it.o.used = true
	it.judge, it.rules, it.reading, it.d = true, it.o.rules, it.o.reading, nil
	if it.kind == Fetch {
		l.f.Visited.setState(it.key, it.row, taken)
	}
	l.judges.push(it)
}

// perform does a task on a worker. One that is to be judged and is denied goes on as the Skip that follows from it.
func (t *Task) perform(ctx context.Context, v Visitor) Outcome {
	if t.it.rules != nil {
		if t.Denied.Verdict = t.it.rules.Test(t.URL.RequestTarget()); t.it.judge && t.Denied.Verdict.Allowed {
			return Outcome{allowed: true}
		}
		if t.it.kind == Sitemap {
			return Outcome{}
		}
	}
	return v.Visit(ctx, t)
}

// judged takes in the verdict.
func (l *loop) judged(t *Task, o Outcome, now time.Time) {
	l.judging = false
	it := t.it
	switch {
	case it.kind == Sitemap && !o.allowed:
		delete(l.sitemaps, it.key) // it may yet be invited
		return
	case !o.allowed:
		l.finish(t)
		return
	case l.limited != "" && (it.kind == Sitemap || it.fresh()):
		return // as what was in the queue
	}
	it.judge, it.rules, it.d = false, nil, it.o.d
	if it.kind == Fetch {
		if it.fresh() {
			l.f.Visited.setState(it.key, it.row, queued)
		}
		it.depth = int32(l.f.Visited.path(it.key, it.row).Depth) // it may have come nearer meanwhile
		if _, ok := l.roots[it.key]; ok {
			it.root = true
		}
	}
	l.pending++
	l.route(it, now)
}
