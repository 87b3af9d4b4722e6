package fetch

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"
)

// DefaultMinSpeed is what no server falls below that is going to deliver: the slowest lines in use (2G, a shared
// satellite) carry some thousand bytes per second. A server that sends less than 640 bytes in ten seconds has stalled,
// or means to hold the connection.
const DefaultMinSpeed int64 = 64

// speedWindow is the time of waiting over which MinSpeed is averaged.
const speedWindow = 10 * time.Second

// watch ends a Get that takes longer than Timeout or whose body comes more slowly than MinSpeed. One timer serves for
// both, and it is set anew once in a window, not with each read.
type watch struct {
	cancel context.CancelCauseFunc
	window time.Duration
	least  int64 // bytes to come in each window; 0 for any number

	mu       sync.Mutex
	timer    *time.Timer
	deadline time.Time
	paused   time.Time     // since when nothing counts; zero if all does
	reading  time.Time     // since when a read waits for the server; zero if none does
	waited   time.Duration // how long reads of this window waited before that
	came     int64         // bytes that came in this window
	over     bool          // the Get has ended
	asleep   bool          // the timer is not set for the window's end, as no read is under way
}

// newWatch makes a context that ends, with [context.DeadlineExceeded] or a *slowError as its cause, when the watch finds
// reason to. It is stopped by stop alone.
func (c *Client) newWatch(ctx context.Context) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{cancel: cancel, window: c.window, deadline: time.Now().Add(c.timeout), asleep: true}
	if c.minSpeed > 0 {
		w.least = int64(min(float64(c.minSpeed)*c.window.Seconds(), math.MaxInt64/2))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(c.timeout, w.look)
	return ctx, w
}

// end cancels the context without a verdict.
func (w *watch) end() { w.cancel(nil) }

func (w *watch) stop() {
	w.mu.Lock()
	w.over = true
	w.timer.Stop()
	w.mu.Unlock()
	w.end()
}

// look is what the timer calls.
func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || !w.paused.IsZero() {
		return
	}
	now := time.Now()
	if !now.Before(w.deadline) {
		w.cancel(context.DeadlineExceeded)
		return
	}
	if waited := w.waiting(now); w.least > 0 && waited >= w.window {
		if w.came < w.least {
			w.cancel(&slowError{came: w.came, in: waited})
			return
		}
		w.waited, w.came = 0, 0
		if !w.reading.IsZero() {
			w.reading = now
		}
	}
	w.set(now)
}

// waiting is how long the reads of this window have waited.
func (w *watch) waiting(now time.Time) time.Duration {
	if w.reading.IsZero() {
		return w.waited
	}
	return w.waited + now.Sub(w.reading)
}

// set puts the timer to whatever is due first. While no read is under way the window does not grow, so that its end is in
// no sight.
func (w *watch) set(now time.Time) {
	left := w.deadline.Sub(now)
	w.asleep = w.least <= 0 || w.reading.IsZero()
	if !w.asleep {
		left = min(left, w.window-w.waiting(now))
	}
	w.timer.Reset(max(left, 0))
}

// beginRead and endRead stand around each read of the message body.
func (w *watch) beginRead() {
	if w.least <= 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reading = time.Now()
	if w.asleep {
		w.set(w.reading)
	}
}

func (w *watch) endRead(n int) {
	if w.least <= 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waited, w.reading = w.waiting(time.Now()), time.Time{}
	w.came += int64(n)
}

// pause stops the clock, and resume moves the deadline by the time since. No read may be under way.
func (w *watch) pause() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.paused = time.Now()
	w.timer.Stop()
}

func (w *watch) resume() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.deadline = w.deadline.Add(now.Sub(w.paused))
	w.paused = time.Time{}
	w.set(now)
}

// slowError is why a context ended whose body came too slowly.
type slowError struct {
	came int64
	in   time.Duration
}

func (e *slowError) Error() string {
	return fmt.Sprintf("the answer came too slowly: %d bytes in %s", e.came, e.in.Round(time.Millisecond))
}
