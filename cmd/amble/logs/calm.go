package logs

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Of one message, so many come through in such a time. It is by its level and text that a message is the same, whatever its
// attributes: ten thousand broken hosts are one thing to read, and ten examples of it.
const (
	CalmFirst  = 10
	CalmWindow = time.Minute
)

// Calm is a handler that leaves out what repeats itself. When a window ends in which it left something out, and when it is closed,
// it says how much.
type Calm struct {
	next   slog.Handler
	shared *tallies
}

// tallies are what a Calm and the handlers made of it have in common.
type tallies struct {
	root slog.Handler // what says how much was left out

	mu     sync.Mutex
	open   map[same]*tally
	closed bool
}

// same is what makes two messages one.
type same struct {
	level slog.Level
	text  string
}

// tally counts one message for one window.
type tally struct {
	came  int
	ends  *time.Timer
	begun time.Time
}

// NewCalm passes records on to next. Whoever makes it must close it.
func NewCalm(next slog.Handler) *Calm {
	return &Calm{next, &tallies{root: next, open: make(map[same]*tally)}}
}

func (c *Calm) Enabled(ctx context.Context, level slog.Level) bool {
	return c.next.Enabled(ctx, level)
}

func (c *Calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Calm{c.next.WithAttrs(attrs), c.shared}
}

func (c *Calm) WithGroup(name string) slog.Handler {
	return &Calm{c.next.WithGroup(name), c.shared}
}

func (c *Calm) Handle(ctx context.Context, r slog.Record) error {
	if !c.shared.admit(same{r.Level, r.Message}) {
		return nil
	}
	return c.next.Handle(ctx, r)
}

// admit counts a message, and reports whether it is one of the first.
func (t *tallies) admit(m same) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return true
	}
	n, ok := t.open[m]
	if !ok {
		n = &tally{begun: time.Now()}
		n.ends = time.AfterFunc(CalmWindow, func() { t.end(m, n) })
		t.open[m] = n
	}
	n.came++
	return n.came <= CalmFirst
}

// end closes the window of a message.
func (t *tallies) end(m same, n *tally) {
	t.mu.Lock()
	mine := t.open[m] == n
	if mine {
		delete(t.open, m)
	}
	came := n.came
	t.mu.Unlock()
	if more := came - CalmFirst; mine && more > 0 {
		now := time.Now()
		r := slog.NewRecord(now, m.level, "left out: more like one above", 0)
		r.Add("like", m.text, "left_out", more, "within", now.Sub(n.begun).Round(time.Second))
		_ = t.root.Handle(context.Background(), r)
	}
}

// Close says what is still to be said of what was left out. Later records pass as they come.
func (c *Calm) Close() {
	t := c.shared
	t.mu.Lock()
	t.closed = true
	open := make(map[same]*tally, len(t.open))
	for m, n := range t.open {
		n.ends.Stop()
		open[m] = n
	}
	t.mu.Unlock()
	for m, n := range open {
		t.end(m, n)
	}
}
