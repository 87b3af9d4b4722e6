package crawler

import (
	"context"
	"slices"
	"sync"

	"amble/crawler/fetch"
)

// Pages of ordinary size cost little, however many are in work. The others are admitted a few at a time, from where their size
// shows until the collector is done with their records, so that what a crawl holds does not depend on how many hosts serve
// huge pages at once. A page takes its places in one order: those of its body (see fetch.Slots), then its part of the room. Who
// has a part of the room waits for the collector alone, which takes none: so nobody waits for ever.

// largeBodies is how many bodies of each size may be in work: some 50 MB of pages together. A sitemap may have as much alone, and so
// there is one at a time that is larger than any page of default settings.
func largeBodies() *fetch.Slots {
	return fetch.NewSlots(
		fetch.Step{Beyond: 128 << 10, Bodies: 48},
		fetch.Step{Beyond: fetch.LargeBody, Bodies: 6},
		fetch.Step{Beyond: 2 << 20, Bodies: 2},
		fetch.Step{Beyond: fetch.DefaultMaxBody, Bodies: 1},
	)
}

const (
	// readBytes is how many bytes of pages may be between the reading of their links and their commit, where each byte may
	// take ten. A larger page has it to itself.
	readBytes = 8 << 20
	// minRead is what a page counts as besides its size: so much may even a small one resolve to (see extract.MaxResolved).
	minRead = 24 << 10
	// replayBytes is what a page counts as whose links are read back from the crawl file: nobody knows how many there are.
	replayBytes = readBytes / 4
	// maxBatchWeight ends a batch that weighs as much: see record.weight.
	maxBatchWeight = 8 << 20
	linkWeight     = 160
	// handedOver is how many records may wait for the collector.
	handedOver = 16
)

// room is so many bytes that are shared, first come first served: who wants much is not passed by for ever by those who want
// little.
type room struct {
	mu    sync.Mutex
	size  int64
	free  int64
	queue []*claim
	// pressed hears of it when somebody has to wait or will have to soon, if there is room for that in it; it may be nil. Soon is when half is taken:
	// so the next pages are read while what those hold is committed.
	pressed chan<- struct{}
}

// claim is one who waits for n bytes, until ready is closed.
type claim struct {
	n     int64
	ready chan struct{}
}

func newRoom(size int64, pressed chan<- struct{}) *room {
	return &room{size: size, free: size, pressed: pressed}
}

// take waits until n bytes are free, or all if n is more than there are, at most as long as ctx lives. The function that it
// returns gives them back; where ctx ended the wait, it has nothing to give.
func (r *room) take(ctx context.Context, n int64) (leave func()) {
	c := &claim{n: min(n, r.size)}
	leave = func() { r.leave(c) }
	r.mu.Lock()
	if len(r.queue) == 0 && c.n <= r.free {
		r.free -= c.n
		short := r.short()
		r.mu.Unlock()
		if short {
			r.press()
		}
		return leave
	}
	c.ready = make(chan struct{})
	r.queue = append(r.queue, c)
	r.mu.Unlock()
	r.press()
	select {
	case <-c.ready:
	case <-ctx.Done():
		r.withdraw(c)
	}
	return leave
}

// press tells the one who can give room back that it is wanted.
func (r *room) press() {
	select {
	case r.pressed <- struct{}{}:
	default:
	}
}

// tight reports whether somebody waits for room, or less than half of it is free.
func (r *room) tight() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.short()
}

func (r *room) short() bool { return len(r.queue) > 0 || r.free < r.size/2 }

func (r *room) leave(c *claim) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free += c.n
	c.n = 0
	r.grant()
}

// withdraw takes a claim back that nobody waits for any more, unless it was granted at the same time.
func (r *room) withdraw(c *claim) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.queue, c); i >= 0 {
		r.queue = slices.Delete(r.queue, i, i+1)
		c.n = 0
		r.grant() // those behind it may have waited for it alone
	}
}

// grant lets in, from the front of the queue, those for whom there is room.
func (r *room) grant() {
	for len(r.queue) > 0 && r.queue[0].n <= r.free {
		c := r.queue[0]
		r.queue = slices.Delete(r.queue, 0, 1)
		r.free -= c.n
		close(c.ready)
	}
}
