package fetch

import (
	"context"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
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
// both, and it is set anew once in a window, not with each read. A watch that had no reason to end its Get may go on to the next one
// of the same caller: what a context and its timer cost is more than all else that a small page's Get keeps.
type watch struct {
	of     *watches
	parent context.Context // the caller's
	done   <-chan struct{} // closed when that ends
	ctx    context.Context
	cancel context.CancelCauseFunc
	window time.Duration
	least  int64 // bytes to come in each window; 0 for any number

	mu       sync.Mutex
	conn     io.Closer   // closed when the context ends; nil if there is none
	unhook   func() bool // keeps the end of the context from closing it; nil as long as nothing was held
	ended    bool        // the context has
	timer    *time.Timer
	deadline time.Time
	paused   time.Time     // since when nothing counts; zero if all does
	reading  time.Time     // since when a read waits for the server; zero if none does
	waited   time.Duration // how long reads of this window waited before that
	came     int64         // bytes that came in this window
	over     bool          // the Get has ended
	asleep   bool          // the timer is not set for the window's end, as no read is under way
}

// newWatch begins a watch, whose context ends, with [context.DeadlineExceeded] or a *slowError as its cause, when it finds
// reason to. It is stopped by stop alone.
func (c *Client) newWatch(ctx context.Context, now time.Time) *watch {
	if w := c.watches.take(ctx); w != nil {
		w.begin(now.Add(c.timeout))
		w.timer.Reset(c.timeout)
		return w
	}
	w := &watch{of: &c.watches, parent: ctx, done: ctx.Done(), window: c.window}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	if c.minSpeed > 0 {
		w.least = int64(min(float64(c.minSpeed)*c.window.Seconds(), math.MaxInt64/2))
	}
	w.begin(now.Add(c.timeout))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(c.timeout, w.look)
	return w
}

// begin makes a watch ready for a Get. The timer's last call may still be on its way: it finds that there is time left.
func (w *watch) begin(deadline time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deadline, w.paused, w.reading = deadline, time.Time{}, time.Time{}
	w.waited, w.came, w.over, w.asleep = 0, 0, false, true
}

// end cancels the context without a verdict.
func (w *watch) end() { w.cancel(nil) }

// stop ends the watch and its context, but for one that is spared: nobody else may have means to end it then.
func (w *watch) stop(spare bool) {
	w.mu.Lock()
	w.over = true // the timer goes on: it calls look when the Get's time would have been over
	w.mu.Unlock()
	if !spare || w.ctx.Err() != nil || !w.of.put(w) {
		w.dismiss()
	}
}

// dismiss ends a watch, and closes what it still holds: a connection whose Get has panicked.
func (w *watch) dismiss() {
	w.mu.Lock()
	w.timer.Stop()
	if w.unhook != nil && w.conn == nil {
		w.unhook()
	}
	w.mu.Unlock()
	w.end()
}

// hold has a connection closed when the context ends, until letGo, which reports whether that has not begun.
func (w *watch) hold(conn io.Closer) {
	w.mu.Lock()
	w.conn = conn
	if w.unhook == nil {
		w.unhook = context.AfterFunc(w.ctx, w.cut)
	}
	late := w.ended
	w.mu.Unlock()
	if late {
		_ = conn.Close()
	}
}

func (w *watch) letGo() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn = nil
	return !w.ended
}

// cut is called when the context has ended.
func (w *watch) cut() {
	w.mu.Lock()
	w.ended = true
	conn := w.conn
	w.mu.Unlock()
	if conn != nil {
		_ = conn.Close()
	}
}

// look is what the timer calls.
func (w *watch) look() {
	w.mu.Lock()
	if w.over {
		w.mu.Unlock()
		if w.of.remove(w) { // else a Get has it by now, and has set the timer
			w.dismiss()
		}
		return
	}
	defer w.mu.Unlock()
	if !w.paused.IsZero() {
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

// watches are those that wait for another Get of their caller's, the last one last: as many as there were at once, at most. None waits for longer
// than the time of its last Get had left, since a caller's context holds them, and by them the Client. It is safe for use by several goroutines.
type watches struct {
	mu   sync.Mutex
	idle []*watch
}

// take is one whose context is a child of ctx; nil if there is none. Those of another caller's are ended: it may be gone. A context that its maker
// uses again for another caller shows by its channel; and one of a make of its own may end a while before its children do.
func (s *watches) take(ctx context.Context) *watch {
	done, gone := ctx.Done(), ctx.Err() != nil
	var found *watch
	var others []*watch
	s.mu.Lock()
	for len(s.idle) > 0 && found == nil {
		w := s.idle[len(s.idle)-1]
		s.idle[len(s.idle)-1] = nil
		s.idle = s.idle[:len(s.idle)-1]
		if !gone && w.parent == ctx && w.done == done && w.ctx.Err() == nil {
			found = w
		} else {
			others = append(others, w)
		}
	}
	s.mu.Unlock()
	for _, w := range others {
		w.dismiss()
	}
	return found
}

// put keeps a watch. It reports false of one whose caller's context cannot be told from others.
func (s *watches) put(w *watch) bool {
	if reflect.TypeOf(w.parent).Kind() != reflect.Pointer {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, w)
	return true
}

// remove takes one out. It reports false if that does not wait.
func (s *watches) remove(w *watch) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.idle, w)
	if i >= 0 {
		s.idle = slices.Delete(s.idle, i, i+1)
	}
	return i >= 0
}

// close ends those that are kept.
func (s *watches) close() {
	s.mu.Lock()
	idle := s.idle
	s.idle = nil
	s.mu.Unlock()
	for _, w := range idle {
		w.dismiss()
	}
}
