package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"
)

// console is standard error: messages, and on a terminal one live line under them that is rewritten in place. It is safe
// for concurrent use.
type console struct {
	mu    sync.Mutex
	w     io.Writer
	width func() int // of the terminal; nil if it is none
	live  string     // what the live line shows
}

func newConsole(w io.Writer) *console {
	c := &console{w: w}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		c.width = func() int {
			if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
				return n
			}
			return 80
		}
	}
	return c
}

// Write prints whole lines above the live line.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	live := c.live
	c.show("")
	n, err := c.w.Write(p)
	c.show(live)
	return n, err
}

func (c *console) printf(format string, args ...any) { fmt.Fprintf(c, format, args...) }

// terminal reports whether there is a live line.
func (c *console) terminal() bool { return c.width != nil }

// setLive changes the live line; "" takes it away.
func (c *console) setLive(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.show(s)
}

func (c *console) show(s string) {
	if c.width == nil || s == c.live {
		return
	}
	if most := c.width() - 1; utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most])
	}
	c.live = s
	fmt.Fprint(c.w, "\r\x1b[K"+s)
}

// logger writes messages to the console in the form and to the extent that the user asked for.
func (o *options) logger(c *console) *slog.Logger {
	level := slog.LevelWarn
	switch {
	case o.quiet:
		level = slog.LevelError
	case o.verbose:
		level = slog.LevelDebug
	}
	if o.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(c, &slog.HandlerOptions{Level: level}))
	}
	drop := func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			a.Value = slog.StringValue(a.Value.Time().Format("15:04:05"))
		}
		if a.Value.Kind() == slog.KindString {
			a.Value = slog.StringValue(strings.Map(visible, a.Value.String()))
		}
		return a
	}
	return slog.New(slog.NewTextHandler(c, &slog.HandlerOptions{Level: level, ReplaceAttr: drop}))
}

func visible(r rune) rune {
	if r < ' ' || r >= 0x7f && r < 0xa0 {
		return '\uFFFD'
	}
	return r
}
