package crawler

import (
	"context"
	"strings"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/fetch"
	"amble/frontier"
)

// maxBatch is the number of records that one commit may hold: what a death of the process can cost beside the pages in work.
const maxBatch = 256

// commitEvery is how often there is a commit at most, as long as no batch is full. A commit costs as much as several pages, and a quick crawl would make one
// for every three. A slow one has a commit for each page: who comes later than that behind the commit before waits for no company.
const commitEvery = 25 * time.Millisecond

// collect is the life of the collector: take what waits, commit it, hand the pages to the caller. It alone writes to the
// store, and is the only sender on r.out, which it closes. When the store fails it cancels the crawl and goes on
// taking records, so that no worker is left waiting; it returns the failure.
func (r *run) collect(cancel context.CancelFunc) error {
	defer close(r.out)
	var fatal error
	var last time.Time // when the last commit began
	waiting := make([]*record, 0, maxBatch)
	for rec := range r.records {
		waiting = r.company(append(waiting[:0], rec), last)
		last = time.Now()
		if err := r.commit(waiting, fatal); err != nil && fatal == nil {
			fatal = err
			cancel()
		}
		if fatal == nil {
			r.deliver(waiting)
		}
		for i, rec := range waiting {
			rec.done()
			waiting[i] = nil
		}
	}
	return fatal
}

// company adds to the first record of a batch those that may be committed with it: what waits, and, where the last commit was a moment ago, what comes in
// the rest of that moment. When somebody must wait for a commit, or will soon, it waits no longer.
func (r *run) company(batch []*record, last time.Time) []*record {
	weight := batch[0].weight()
	var rest <-chan time.Time // nil without a rest
	if left := commitEvery - time.Since(last); left > 0 {
		rest = time.After(left)
	}
	for len(batch) < maxBatch && weight < maxBatchWeight && batch[len(batch)-1].ask == nil {
		var rec *record
		var ok bool
		select {
		case rec, ok = <-r.records:
		default:
			if rest == nil || r.pressing() {
				return batch
			}
			select {
			case rec, ok = <-r.records:
			case <-rest:
				return batch
			case <-r.pressed:
				continue // what pressed may have been before the last commit
			}
		}
		if !ok {
			return batch
		}
		batch = append(batch, rec)
		weight += rec.weight()
	}
	return batch
}

// pressing reports whether somebody waits for a commit, or will soon.
func (r *run) pressing() bool {
	return r.room.tight() || r.archive != nil && r.archive.room.tight() || r.copy != nil && r.copy.room.tight()
}

// commit writes what the records hold, all or nothing, and has the question answered that the last of them may be.
func (r *run) commit(recs []*record, fatal error) error {
	b := r.batch(recs)
	if fatal == nil {
		fatal = r.archive.write(recs, b)
	}
	if fatal == nil {
		fatal = r.copy.write(recs, b)
	}
	if fatal == nil && !b.Empty() {
		// A commit that has begun is finished: cancelling it would only lose what is in hand.
		fatal = r.store.Commit(context.Background(), b)
	}
	r.reuse(b)
	if fatal == nil {
		r.archive.committed()
		r.copy.committed()
	}
	if last := recs[len(recs)-1]; last.ask != nil {
		if err := last.ask(r.store); fatal == nil {
			fatal = err
		}
	}
	return fatal
}

// maxSpare is the number of entries up to which the lists of a commit are kept for the next one.
const maxSpare = 16 << 10

// reuse keeps the lists of a commit that has been made, which every batch fills, for the next one.
func (r *run) reuse(b *crawlfile.Batch) {
	r.spare.Pages, r.spare.Taken = emptied(b.Pages), emptied(b.Taken)
	r.spare.Revealed, r.spare.Improved = emptied(b.Revealed), emptied(b.Improved)
}

// emptied is s without its entries, and nil if it is too large to be kept.
func emptied[T any](s []T) []T {
	if cap(s) > maxSpare {
		return nil
	}
	clear(s)
	return s[:0]
}

// question has the store asked by the collector, once everything that was handed over before is committed.
func question[T any](r *run, ask func(store) (T, error)) (answer T, err error) {
	answered := make(chan struct{})
	r.records <- &record{ask: func(s store) error {
		defer close(answered)
		answer, err = ask(s)
		return err
	}}
	<-answered
	return answer, err
}

// batch seals the pages of the records with the shortest paths known now, and turns everything into a commit.
func (r *run) batch(recs []*record) *crawlfile.Batch {
	b := crawlfile.Batch{Pages: r.spare.Pages, Taken: r.spare.Taken, Revealed: r.spare.Revealed, Improved: r.spare.Improved}
	outdated := make(map[string]bool) // pages to be replayed, or that have been
	if grown := r.frontier.Growth(); grown > r.grown {
		b.Grown, r.grown = true, grown
	}
	for _, rec := range recs {
		if p := rec.page; p != nil {
			path, row := r.frontier.Visited.Seal(rec.key)
			p.Depth, p.Redirects, p.Referrer = path.Depth, path.Redirects, path.Referrer
			b.Pages = append(b.Pages, p)
			if row != 0 {
				b.Taken = append(b.Taken, int64(row))
			}
			if p.Attempts > 0 && r.frontier.Outdated(rec.own, path) {
				outdated[p.URL] = true
			}
		}
		if rec.replayed != "" {
			path, _, _ := r.frontier.Visited.Standing(rec.key)
			outdated[rec.replayed] = r.frontier.Outdated(rec.own, path)
		}
		for _, a := range rec.admitted {
			for k := range a.All() {
				if r.met(&b, k) && k.Nearer() {
					outdated[k.URL.String()] = true
				}
			}
		}
		b.Checks = append(b.Checks, rec.checks...)
		b.Listed = append(b.Listed, rec.listed...)
		if rec.robots != nil {
			b.Robots = append(b.Robots, *rec.robots)
		}
		if rec.sitemap != "" {
			b.Sitemaps = append(b.Sitemaps, rec.sitemap)
		}
		if rec.changes != nil {
			r.note(&b, rec.changes)
		}
		b.Settled, b.Alive = b.Settled || rec.settled, rec.alive
	}
	b.Settled = b.Settled && !b.Grown
	for url, is := range outdated {
		if is {
			b.Outdated = append(b.Outdated, url)
		} else {
			b.Replayed = append(b.Replayed, url)
		}
	}
	b.Domains = r.newDomains(recs)
	return &b
}

// met enters in the commit what was learnt of a URL, with the least path to it that is known now, whoever found that. It reports
// whether the URL is a page on record.
func (r *run) met(b *crawlfile.Batch, k *frontier.Known) (recorded bool) {
	path, row, recorded := r.frontier.Visited.StandingOf(k)
	p := crawlfile.Pending{
		Row: int64(row), URL: k.URL.String(), Depth: path.Depth, Redirects: path.Redirects, Referrer: path.Referrer, Chain: k.Chain(),
	}
	switch {
	case recorded || row != 0:
		// Whoever met the URL a little later, by a shorter path, may have had it entered or even recorded by now.
		b.Improved = append(b.Improved, p)
	case r.nextRow > 0:
		p.Row, p.Domain = r.nextRow, k.URL.Domain()
		if r.cfg.LimitBy == ByHost {
			p.Host = k.URL.Host()
		}
		r.nextRow++
		r.frontier.Visited.Await(k, uint32(p.Row))
		b.Revealed = append(b.Revealed, p)
	}
	return recorded
}

// newDomains are the domains of the records that were not known before.
func (r *run) newDomains(recs []*record) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var fresh []string
	for _, rec := range recs {
		for _, d := range rec.domains {
			if _, ok := r.domains[d]; !ok {
				d = strings.Clone(d) // which is a part of a URL that is not kept
				r.domains[d] = struct{}{}
				fresh = append(fresh, d)
			}
		}
	}
	return fresh
}

// deliver counts the pages and hands them to the caller, for as long as there is one.
func (r *run) deliver(recs []*record) {
	r.mu.Lock()
	for _, rec := range recs {
		if rec.page != nil {
			r.stats.count(rec.page)
		}
		for i := range rec.checks {
			if rec.checks[i].Page != nil {
				r.stats.Checked++
			}
		}
	}
	r.mu.Unlock()
	for _, rec := range recs {
		if rec.page != nil {
			select {
			case r.out <- rec.page:
			case <-r.left: // committed all the same
			}
		}
	}
}

// countRequest counts a request that a worker made.
func (r *run) countRequest(t *frontier.Task, resp *fetch.Response) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Requests += resp.Requests
	if t.Retries() > 0 {
		r.stats.Retries += resp.Requests
	}
}
