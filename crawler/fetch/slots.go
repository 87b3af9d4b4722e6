package fetch

import (
	"context"
	"fmt"
	"math"
)

// LargeBody is the size beyond which a body is counted among the large ones, of which few have a place: 512 KiB. Few pages of
// the web have as much HTML.
const LargeBody = 512 << 10

// Step is a size in bytes, and how many bodies may be larger than that at once.
type Step struct {
	Beyond int64
	Bodies int
}

// Slots bounds what bodies take of memory, over all the Clients that share it: how many are beyond each of some sizes,
// and how many decoders look back further than maxPoolWindow. It is safe for use by several goroutines.
//
// A body takes its places one by one, always in the same order: the first step, a window if its coding wants one, the further
// steps. It gives none back before it has all that it will ever wait for. So whoever holds the last of them waits for no
// other body, and however many wait for each other, one can go on: there is no deadlock. What a holder does wait for,
// its server, is bounded by Config.Timeout.
type Slots struct {
	steps   []step
	windows chan struct{}
}

type step struct {
	beyond int64
	taken  chan struct{}
}

// maxWindows is how many bodies may be decoded at once by what looks back further than maxPoolWindow, up to 16 MiB each. None of
// them waits for its server meanwhile, so that more would gain nothing.
const maxWindows = 3

// maxWide is how many windows of that size one body may ask for, one within another. Four of brotli's would be 64 MiB for a page of 10; no
// server has a use for more than one.
const maxWide = 2

// NewSlots makes slots by steps of ascending size; less than 1 body counts as 1.
func NewSlots(steps ...Step) *Slots {
	s := &Slots{windows: make(chan struct{}, maxWindows)}
	for _, p := range steps {
		s.steps = append(s.steps, step{p.Beyond, make(chan struct{}, max(p.Bodies, 1))})
	}
	return s
}

// InUse is the number of places that are taken at the moment, of all steps together.
func (s *Slots) InUse() (n int) {
	for _, p := range s.steps {
		n += len(p.taken)
	}
	return n
}

// acquire waits for a place, at most as long as ctx lives.
func acquire(ctx context.Context, places chan struct{}) error {
	select {
	case places <- struct{}{}:
		return nil
	default:
	}
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// slot is what one body has taken of Slots. The zero value has taken nothing, and may be released.
type slot struct {
	of     *Slots
	held   int // steps, from the first
	window bool
	wide   int // windows that were asked for
}

// bound is how large a body may be with the steps that it has.
func (s *slot) bound() int64 {
	if s.of == nil || s.held == len(s.of.steps) {
		return math.MaxInt64
	}
	return s.of.steps[s.held].beyond
}

// top reports whether there is no further step to take.
func (s *slot) top() bool { return s.bound() == math.MaxInt64 }

func (s *slot) release() {
	s.close()
	for ; s.held > 0; s.held-- {
		<-s.of.steps[s.held-1].taken
	}
}

// close gives the window back.
func (s *slot) close() {
	if s.window {
		<-s.of.windows
	}
	s.window = false
}

// wait takes one of the places. The wait is amble's own affair: it counts neither against Timeout nor against MinSpeed.
func (x *exchange) wait(ctx context.Context, places chan struct{}) error {
	x.watch.pause()
	defer x.watch.resume()
	return acquire(ctx, places)
}

// enlarge takes the next step, without which no more of the body is read than its bound.
func (x *exchange) enlarge(ctx context.Context) error {
	s := &x.r.slot
	if s.top() {
		return nil
	}
	if err := x.wait(ctx, s.of.steps[s.held].taken); err != nil {
		return err
	}
	s.held++
	return nil
}

// open takes what a decoder needs that looks back further than maxPoolWindow: a place for the window, once src has all of the
// input, so that it is not held while a server takes its time. With more input than fits the first step the body is large
// enough to need all steps, and they make room for the window too, as they do for one window within another.
func (x *exchange) open(ctx context.Context, l *layer) error {
	s := &x.r.slot
	if s.wide++; s.wide > maxWide {
		return fmt.Errorf("more than %d content encodings with large windows, one upon the other", maxWide)
	}
	if s.top() || s.window {
		return x.enlargeFully(ctx)
	}
	if s.held == 0 {
		if err := x.enlarge(ctx); err != nil {
			return err
		}
	}
	if !l.gather(min(s.bound(), LargeBody)) {
		return x.enlargeFully(ctx)
	}
	if err := x.wait(ctx, s.of.windows); err != nil {
		return err
	}
	s.window = true
	return nil
}

func (x *exchange) enlargeFully(ctx context.Context) error {
	for !x.r.slot.top() {
		if err := x.enlarge(ctx); err != nil {
			return err
		}
	}
	return nil
}
