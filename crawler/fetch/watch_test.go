package fetch

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

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

// kept are the watches that wait for another Get.
func (s *watches) kept() []*watch {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.idle)
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
				if len(c.watches.kept()) != 0 {
					t.Error("a watch that has ended its Get is kept")
				}
				first = nil
				continue
			}
			if len(c.watches.kept()) != 1 || first != nil && c.watches.kept()[0] != first {
				t.Fatalf("after get %d %d watches are kept, want the one that there was", i, len(c.watches.kept()))
			}
			first = c.watches.kept()[0]
			time.Sleep(time.Second)
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
			if n := len(c.watches.kept()); n != 1 || c.watches.kept()[0].parent != ctx {
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
			if r := c.Get(value{Context: t.Context()}, parse(t, "http://a.test/"), Request{}); r.Err != nil || len(c.watches.kept()) > 0 {
				t.Errorf("%v; %d watches are kept, want none", r.Err, len(c.watches.kept()))
			}
		}
	})
}

// recycled is a context that its maker uses for one request after the other, as servers with pools of them do.
type recycled struct{ context.Context }

func TestARecycledContextIsAnotherCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bubbleClient(t, Config{Dial: pipes(slowly(0, 2*time.Minute)), AllowPrivate: true, Timeout: time.Hour})
		defer c.Close()
		u := parse(t, "http://a.test/")
		first, cancelFirst := context.WithCancel(t.Context())
		ctx := &recycled{first}
		if r := c.Get(ctx, u, Request{}); r.Err != nil {
			t.Fatal(r.Err)
		}
		second, cancelSecond := context.WithCancel(t.Context())
		ctx.Context = second
		defer time.Sleep(2 * time.Minute) // the server's
		time.AfterFunc(time.Second, cancelFirst)
		time.AfterFunc(time.Minute, cancelSecond)
		if r := c.Get(ctx, u, Request{}); r.Err == nil || r.Err.Class != page.Cancelled || r.Duration != time.Minute {
			t.Errorf("cancelled after a minute: %v after %s", r.Err, r.Duration)
		}
	})
}

// foreign is a context of another make than the standard library's, which it tells nothing of its end.
type foreign struct {
	context.Context
	done  chan struct{}
	ended atomic.Bool
}

func (f *foreign) Done() <-chan struct{} { return f.done }
func (f *foreign) Err() error {
	if f.ended.Load() {
		return context.Canceled
	}
	return nil
}
func (f *foreign) end() {
	f.ended.Store(true)
	close(f.done)
}

func TestNothingIsAskedForACallerThatIsGone(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that whoever carries the end on has no turn meanwhile
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "ok")
	}))
	defer server.Close()
	c, err := New(Config{AllowPrivate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	u := parse(t, server.URL)
	for range 20 {
		f := &foreign{Context: context.Background(), done: make(chan struct{})}
		if r := c.Get(f, u, Request{}); r.Err != nil {
			t.Fatal(r.Err)
		}
		f.end()
		if r := c.Get(f, u, Request{}); r.Requests > 0 || r.Err == nil || r.Err.Class != page.Cancelled {
			t.Fatalf("%d requests, %v", r.Requests, r.Err)
		}
	}
}

// A caller's context holds those that are derived from it, for as long as they live.
func TestAClientThatIsNotClosedIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		w := func() weak.Pointer[Client] {
			c := bubbleClient(t, Config{Dial: pipes(slowly(0)), AllowPrivate: true})
			if r := c.Get(ctx, parse(t, "http://a.test/"), Request{}); r.Err != nil {
				t.Fatal(r.Err)
			}
			return weak.Make(c)
		}()
		time.Sleep(DefaultTimeout)
		synctest.Wait()
		for range 5 {
			runtime.GC()
		}
		if w.Value() != nil {
			t.Error("the client is still held by its caller's context")
		}
	})
}

func TestAPanicLeavesNoConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var gone atomic.Bool
		c := bubbleClient(t, Config{AllowPrivate: true, Dial: pipes(func(conn net.Conn, _ *bufio.Reader) {
			_, _ = io.Copy(io.Discard, conn)
			gone.Store(true)
		})})
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			c.Get(t.Context(), parse(t, "http://a.test/"), Request{Sent: func() { panic("oops") }})
		}()
		synctest.Wait()
		if !gone.Load() {
			t.Error("the connection is still open")
		}
	})
}
