package fetch

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"amble/crawler/page"
)

// A kept connection that the server closes upon a request: net/http would repeat it at once; the schedule must decide that.
func TestDeadKeptConnectionIsNotAskedAgainUnseen(t *testing.T) {
	var heads atomic.Int32
	addr := rawServer(t, func(n int, conn net.Conn, r *bufio.Reader) {
		for i := 0; ; i++ {
			if _, err := readHead(r); err != nil {
				return
			}
			heads.Add(1)
			if n == 0 && i == 1 {
				return // takes the second request on the first connection and hangs up
			}
			fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	c := newClient(t, Config{})
	u := parse(t, "http://"+addr+"/")
	var sent atomic.Int32
	for i, reset := range []bool{false, true, false} {
		r := c.Get(context.Background(), u, Request{Sent: func() { sent.Add(1) }})
		if r.Requests != 1 || (r.Err != nil) != reset || reset && r.Err.Class != page.Reset {
			t.Errorf("get %d: %v, written %d times; want 1, and reset: %v", i, r.Err, r.Requests, reset)
		}
	}
	if heads.Load() != 3 || sent.Load() != 3 {
		t.Errorf("%d requests, Sent called %d times; want 3 and 3", heads.Load(), sent.Load())
	}
}

// A Get whose time is over asks nobody, although a connection lies ready, and leaves that to the next.
func TestACancelledGetIsNotSent(t *testing.T) {
	var heads, opened atomic.Int32
	addr := rawServer(t, func(_ int, conn net.Conn, r *bufio.Reader) {
		for opened.Add(1); ; {
			if _, err := readHead(r); err != nil {
				return
			}
			heads.Add(1)
			fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	c := newClient(t, Config{})
	u := parse(t, "http://"+addr+"/")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		if r := c.Get(t.Context(), u, Request{}); r.Err != nil {
			t.Fatal(r.Err)
		}
		r := c.Get(over, u, Request{Sent: func() { t.Error("a request was written") }})
		if r.Err == nil || r.Err.Class != page.Cancelled || r.Requests != 0 {
			t.Errorf("%v, written %d times", r.Err, r.Requests)
		}
	}
	if heads.Load() != 20 || opened.Load() != 1 {
		t.Errorf("%d requests over %d connections, want 20 over 1", heads.Load(), opened.Load())
	}
}

func TestFreshConnectionIsNeverAskedAgain(t *testing.T) {
	var heads atomic.Int32
	addr := rawServer(t, func(_ int, _ net.Conn, r *bufio.Reader) {
		if _, err := readHead(r); err == nil {
			heads.Add(1)
		}
	})
	r := newClient(t, Config{}).Get(context.Background(), parse(t, "http://"+addr+"/"), Request{})
	if r.Err == nil || r.Err.Class != page.Reset || r.Requests != 1 || heads.Load() != 1 {
		t.Errorf("%v: written %d times, seen %d times", r.Err, r.Requests, heads.Load())
	}
}

// Of many kept connections that all hang up upon the next request, one is used.
func TestNoSecondRequestOverHTTP1(t *testing.T) {
	const n = 4
	var heads atomic.Int32
	arrived := make(chan struct{})
	all := make(chan struct{})
	addr := rawServer(t, func(_ int, conn net.Conn, r *bufio.Reader) {
		if _, err := readHead(r); err != nil {
			return
		}
		arrived <- struct{}{}
		<-all // so that each request gets a connection of its own
		fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		if _, err := readHead(r); err == nil {
			heads.Add(1)
		}
	})
	c := newClient(t, Config{ConnsPerHost: n})
	u := parse(t, "http://"+addr+"/")
	done := make(chan *Response)
	for range n {
		go func() { done <- c.Get(context.Background(), u, Request{}) }()
	}
	for range n {
		<-arrived
	}
	close(all)
	for range n {
		if r := <-done; r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	r := c.Get(context.Background(), u, Request{})
	if r.Err == nil || r.Err.Class != page.Reset || r.Requests != maxRequests {
		t.Errorf("%v: written %d times, want %d", r.Err, r.Requests, maxRequests)
	}
	c.Close()
	if got := heads.Load(); got != maxRequests {
		t.Errorf("the server saw %d requests, want %d", got, maxRequests)
	}
}

// The standard library's server breaks off the request for a path that is not validly escaped, and its client would
// repeat it until the timeout.
func TestNoSecondRequestOverHTTP2(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	c := newClient(t, Config{TLS: trusting(s)})
	r := c.Get(context.Background(), parse(t, s.URL+"/100%"), Request{})
	if r.Err == nil || r.Err.Class != page.Reset || r.Requests != maxRequests {
		t.Errorf("%v: written %d times, want %d", r.Err, r.Requests, maxRequests)
	}
	if r = c.Get(context.Background(), parse(t, s.URL+"/"), Request{}); r.Status != 404 {
		t.Errorf("the connection did not survive: %v", r.Err)
	}
}
