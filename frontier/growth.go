package frontier

import "amble/frontier/canon"

// The scope of a crawl may grow while its seeds are being fetched: where one redirects to belongs to it. Pages that were read
// before are replayed then.

// earlyPage is a page that was done while the scope could still grow, and how often it had grown when its links were judged.
type earlyPage struct {
	url   canon.URL
	row   *row
	gen   uint64
	chain int32
}

type earlyList struct {
	urls []canon.URL
	gen  uint64
}

// uproot notes that a seed, or where one redirects to, is done. When all are, the scope is what it will be: the pages whose
// links were judged by a smaller one are replayed, each once, however often the scope grew.
func (l *loop) uproot(k canon.Key) {
	if _, ok := l.roots[k]; !ok {
		return
	}
	if delete(l.roots, k); len(l.roots) > 0 {
		return
	}
	gen := l.f.scopeGen.Load()
	for k, p := range l.early {
		if p.gen < gen {
			l.replay(p.url, k, p.row, p.chain, true)
		}
	}
	for _, m := range l.listed {
		if m.gen < gen {
			l.relist(m.urls, true)
		}
	}
	if gen > 0 && l.restored {
		// Of what earlier runs have read, the store knows.
		l.relist(nil, true)
		l.bring(-1, true)
	}
	clear(l.early)
	l.listed = nil
	l.growth.unsettled, l.growth.since = gen > 0, l.seq
	l.growth.flying = l.inFlight
}

// growth is what is left to do because the scope has grown. Until it is done, all pages on record might have to be replayed by
// a run that comes after this one; a Settle task says when it is.
type growth struct {
	unsettled bool
	replays   int    // that are under way
	flying    int    // tasks that were in flight when the last root was done: they may have judged links by a smaller scope
	since     uint64 // the number of the last of them
}

// settle is called when a task has been reported.
func (l *loop) settle(t *Task) {
	x := &l.growth
	if t.it.grown {
		x.replays--
	}
	if x.flying > 0 && t.seq <= x.since {
		x.flying--
	}
	if x.unsettled && x.replays == 0 && x.flying == 0 && len(l.roots) == 0 {
		x.unsettled = false
		l.internal(item{kind: Settle})
	}
}
