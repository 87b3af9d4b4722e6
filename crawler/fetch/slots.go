package fetch

import (
	"context"
	"sync"
)

// LargeBody is the size beyond which a body needs one of Config.Large's slots: 512 KiB. Few pages of the web have as much HTML, so
// that slots are seldom waited for.
const LargeBody = 512 << 10

// Slots bounds how many large bodies are in memory at once, over all the Clients that share it. It is safe for use by
// several goroutines.
type Slots struct{ taken chan struct{} }

// NewSlots makes n slots; less than 1 counts as 1.
func NewSlots(n int) *Slots { return &Slots{taken: make(chan struct{}, max(n, 1))} }

// InUse is the number of slots that are taken at the moment.
func (s *Slots) InUse() int { return len(s.taken) }

// acquire waits for a free slot, at most as long as ctx lives.
func (s *Slots) acquire(ctx context.Context) error {
	select {
	case s.taken <- struct{}{}:
		return nil
	default:
	}
	select {
	case s.taken <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *Slots) release() { <-s.taken }

// Keep takes the slot of a large body out of the Response: Release will not give it back, but the function that Keep
// returns will, and must be called once whatever was made of the body is out of memory too. Further calls of that
// function do nothing, as all do if the body had no slot.
func (r *Response) Keep() (release func()) {
	s := r.slot
	r.slot = nil
	if s == nil {
		return func() {}
	}
	return sync.OnceFunc(s.release)
}

// enlarge gets the slot without which no more than LargeBody is read. The wait is amble's own affair: it counts
// neither against Timeout nor against MinSpeed.
func (x *exchange) enlarge(ctx context.Context) error {
	if x.c.large == nil || x.r.slot != nil {
		return nil
	}
	x.watch.pause()
	defer x.watch.resume()
	if err := x.c.large.acquire(ctx); err != nil {
		return err
	}
	x.r.slot = x.c.large
	return nil
}
