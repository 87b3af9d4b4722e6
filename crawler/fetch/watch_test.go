package fetch

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"amble/crawler/page"
)

// slowly answers the requests of a connection in turn, each after its delay; those after the last not at all.
func slowly(delays ...time.Duration) func(net.Conn, *bufio.Reader) {
	return func(conn net.Conn, r *bufio.Reader) {
		for _, d := range delays {
			if _, err := readHead(r); err != nil {
				return
			}
			time.Sleep(d)
			fmt.Fprint(conn, okHead+"Content-Length: 2\r\n\r\nok")
		}
		_, _ = io.Copy(io.Discard, r)
	}
}

// Gets that follow one another under one context share what watches them: the time of one is not the next one's.
func TestEachGetHasItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bubbleClient(t, Config{Dial: pipes(slowly(8*time.Second, 0, 9*time.Second)), Timeout: 10 * time.Second, AllowPrivate: true})
		defer c.Close()
		u := parse(t, "http://a.test/")
		var first *watch
		for i := range 5 {
			r := c.Get(t.Context(), u, Request{})
			took := r.Duration.Truncate(time.Second)
			switch {
			case i == 3 && (r.Err == nil || r.Err.Class != page.Timeout || took != 10*time.Second):
				t.Errorf("get %d: %v after %s, want a timeout after 10s", i, r.Err, took)
			case i != 3 && r.Err != nil:
				t.Errorf("get %d: %v", i, r.Err)
			}
			r.Release()
			if i == 3 {
				if len(c.watches.idle) != 0 {
					t.Error("a watch that has ended its Get is kept")
				}
				first = nil
				continue
			}
			if len(c.watches.idle) != 1 || first != nil && c.watches.idle[0] != first {
				t.Fatalf("after get %d %d watches are kept, want the one that there was", i, len(c.watches.idle))
			}
			first = c.watches.idle[0]
			time.Sleep(3 * time.Second)
		}
	})
}

func TestAKeptWatchEndsWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bubbleClient(t, Config{Dial: pipes(slowly(0, 0)), AllowPrivate: true, Timeout: 2 * time.Hour})
		defer c.Close()
		u := parse(t, "http://a.test/")
		caller, cancel := context.WithCancel(t.Context())
		for i, ctx := range []context.Context{caller, t.Context()} {
			if r := c.Get(ctx, u, Request{}); r.Err != nil {
				t.Fatal(i, r.Err)
			}
			if n := len(c.watches.idle); n != 1 || c.watches.idle[0].parent != ctx {
				t.Errorf("%d watches are kept, want the last caller's alone", n)
			}
		}
		cancel()
		if r := c.Get(caller, u, Request{}); r.Err == nil || r.Err.Class != page.Cancelled {
			t.Errorf("under a context that has ended: %v", r.Err)
		}
		caller, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		if r := c.Get(caller, u, Request{}); r.Err == nil || r.Err.Class != page.Cancelled || r.Duration != time.Minute {
			t.Errorf("cancelled after a minute: %v after %s", r.Err, r.Duration)
		}
	})
}

// value is a context that cannot be told from others.
type value struct {
	context.Context
	_ func()
}

func TestACallersContextNeedNotBeComparable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bubbleClient(t, Config{Dial: pipes(slowly(0, 0, 0)), AllowPrivate: true})
		defer c.Close()
		for range 3 {
			if r := c.Get(value{Context: t.Context()}, parse(t, "http://a.test/"), Request{}); r.Err != nil || len(c.watches.idle) > 0 {
				t.Errorf("%v; %d watches are kept, want none", r.Err, len(c.watches.idle))
			}
		}
	})
}
