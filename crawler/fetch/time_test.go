package fetch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"amble/crawler/page"
	"amble/frontier/canon"
)

// pipes is a Dial whose other ends are given to serve. A goroutine that outlives the bubble fails its test.
func pipes(serve func(conn net.Conn, r *bufio.Reader)) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			serve(there, bufio.NewReader(there))
		}()
		return here, nil
	}
}

func bubbleClient(t *testing.T, cfg Config) *Client {
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Each of these servers leaves the client waiting; it must give up when its time is over or when it is told to, at once.
var hanging = map[string]struct {
	dial    func(context.Context, string, string) (net.Conn, error)
	timeout string
}{
	"connection": {func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}, "no connection within 10s"},
	"answer": {pipes(func(_ net.Conn, r *bufio.Reader) {
		_, _ = io.Copy(io.Discard, r)
	}), "no answer within 10s"},
	"header": {pipes(func(conn net.Conn, r *bufio.Reader) {
		_, _ = readHead(r)
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n")
		_, _ = io.Copy(io.Discard, r)
	}), "the answer's header was not complete within 10s"},
	"body": {pipes(func(conn net.Conn, r *bufio.Reader) {
		_, _ = readHead(r)
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>")
		_, _ = io.Copy(io.Discard, r)
	}), "the answer was not complete within 10s: got 3 bytes of body"},
	"dripping body": {pipes(func(conn net.Conn, r *bufio.Reader) {
		_, _ = readHead(r)
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
		for {
			_ = conn.SetReadDeadline(time.Now().Add(3 * time.Second))
			if _, err := r.ReadByte(); !errors.Is(err, os.ErrDeadlineExceeded) {
				return // the client has gone
			}
			fmt.Fprint(conn, "x")
		}
	}), "the answer was not complete within 10s: got 3 bytes of body"},
	"gzip body": {pipes(func(conn net.Conn, r *bufio.Reader) {
		_, _ = readHead(r)
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b")
		_, _ = io.Copy(io.Discard, r)
	}), "the answer was not complete within 10s: got 2 bytes of body"},
}

func TestTimeoutIsExact(t *testing.T) {
	for name, test := range hanging {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := bubbleClient(t, Config{Timeout: 10 * time.Second, Dial: test.dial})
				defer c.Close()
				r := c.Get(t.Context(), parse(t, "http://a.test/"), Request{})
				if r.Err == nil || r.Err.Class != page.Timeout || r.Err.Text != test.timeout {
					t.Errorf("got %v, want %s", r.Err, test.timeout)
				}
				if r.Duration != 10*time.Second || time.Since(r.Start) != r.Duration {
					t.Errorf("took %v by its own word, %v by the clock", r.Duration, time.Since(r.Start))
				}
			})
		})
	}
}

func TestCancelReturnsAtOnceAndLeavesNothing(t *testing.T) {
	for name, test := range hanging {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := bubbleClient(t, Config{Dial: test.dial})
				defer c.Close()
				ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // a deadline of the caller's is no timeout of ours
				defer cancel()
				r := c.Get(ctx, parse(t, "http://a.test/"), Request{})
				if r.Err == nil || r.Err.Class != page.Cancelled {
					t.Errorf("got %v", r.Err)
				}
				if d := time.Since(r.Start); d != 4*time.Second {
					t.Errorf("returned after %v", d)
				}
			})
		})
	}
}

func TestCancelledBeforeItBegins(t *testing.T) {
	c := newClient(t, Config{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("dialled") }})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	sent := false
	r := c.Get(ctx, parse(t, "http://a.test/"), Request{Sent: func() { sent = true }})
	if r.Err == nil || r.Err.Class != page.Cancelled || sent || r.Requests != 0 {
		t.Errorf("got %v, sent %v, %d requests", r.Err, sent, r.Requests)
	}
}

// An error page that trickles must not hold the worker for the whole Timeout.
func TestDrainIsBoundedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bubbleClient(t, Config{Dial: pipes(func(conn net.Conn, r *bufio.Reader) {
			_, _ = readHead(r)
			fmt.Fprint(conn, "HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n")
			_, _ = io.Copy(io.Discard, r)
		})})
		defer c.Close()
		r := c.Get(t.Context(), parse(t, "http://a.test/"), Request{})
		if d := time.Since(r.Start); r.Status != 404 || r.Err.Class != page.Client || r.Duration != 0 || d != drainFor {
			t.Errorf("status %d (%v), duration %v, returned after %v", r.Status, r.Err, r.Duration, d)
		}
	})
}

func TestTimesOfEachStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serve := pipes(func(conn net.Conn, r *bufio.Reader) {
			_, _ = readHead(r)
			time.Sleep(2 * time.Second)
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n")
			time.Sleep(4 * time.Second)
			fmt.Fprint(conn, "Content-Length: 3\r\n\r\n<p>")
		})
		c := bubbleClient(t, Config{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			time.Sleep(time.Second)
			return serve(ctx, network, addr)
		}})
		defer c.Close()
		var called time.Time
		r := c.Get(t.Context(), parse(t, "http://a.test/"), Request{Sent: func() { called = time.Now() }})
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		got := []time.Duration{r.Sent.Sub(r.Start), called.Sub(r.Start), r.FirstByte.Sub(r.Start), r.Duration}
		if want := "[1s 1s 3s 7s]"; fmt.Sprint(got) != want || r.Requests != 1 {
			t.Errorf("sent, called, first byte, end at %v, want %s; %d requests", got, want, r.Requests)
		}
	})
}

func TestTimesWithATransportThatTracesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bubbleClient(t, Config{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			time.Sleep(2 * time.Second)
			return htmlAnswer("<p>"), nil
		})})
		var called time.Time
		r := c.Get(t.Context(), parse(t, "http://a.test/"), Request{Sent: func() { called = time.Now() }})
		if r.Err != nil || string(r.Body) != "<p>" || r.Requests != 1 {
			t.Fatalf("%v, body %q, %d requests", r.Err, r.Body, r.Requests)
		}
		if r.Sent != r.Start || called != r.Start || r.FirstByte != r.Start.Add(2*time.Second) || r.Duration != 2*time.Second {
			t.Errorf("sent %v, called %v, first byte %v after %v", r.Sent, called, r.FirstByte, r.Start)
		}
	})
}

// Sent may take its time, as long as Get waits for it; and nothing calls it afterwards.
func TestGetReturnsAfterSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bubbleClient(t, Config{Timeout: time.Second, Dial: pipes(func(_ net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) })})
		defer c.Close()
		returned := false
		r := c.Get(t.Context(), parse(t, "http://a.test/"), Request{Sent: func() {
			time.Sleep(5 * time.Second)
			returned = true
		}})
		if !returned || r.Err == nil || r.Err.Class != page.Timeout {
			t.Errorf("Sent had returned: %v; %v", returned, r.Err)
		}
	})
}

func TestOneConnectionAtATimePerHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open, most := 0, 0
		c := bubbleClient(t, Config{Dial: pipes(func(conn net.Conn, r *bufio.Reader) {
			open++
			most = max(most, open)
			for {
				if _, err := readHead(r); err != nil {
					break
				}
				time.Sleep(time.Second)
				fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\n\r\n")
			}
			open--
		})})
		start := time.Now()
		done := make(chan *Response)
		for range 5 {
			go func() { done <- c.Get(t.Context(), parse(t, "http://a.test/"), Request{}) }()
		}
		for range 5 {
			if r := <-done; r.Err != nil {
				t.Error(r.Err)
			}
		}
		if d := time.Since(start); most != 1 || d != 5*time.Second+4*peekTime { // a pipe has no socket to look into
			t.Errorf("%d connections at a time, %v in all", most, d)
		}
		c.Close()
	})
}

func TestNoURL(t *testing.T) {
	r := newClient(t, Config{}).Get(context.Background(), canon.URL{}, Request{})
	if r.Err == nil || r.Err.Class != page.Internal {
		t.Errorf("got %v", r.Err)
	}
}

// overdue is a context whose deadline has passed and that is just about to end.
type overdue struct{ context.Context }

func (overdue) Deadline() (time.Time, bool) { return time.Now(), true }

// A dial knows of the caller's deadline, and may fail by it before the context tells of it.
func TestADialThatFailsByTheCallersDeadlineIsCancelled(t *testing.T) {
	c := newClient(t, Config{Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}})
	for ctx, want := range map[context.Context]page.Class{t.Context(): page.Timeout, (overdue{t.Context()}): page.Cancelled} {
		r := c.Get(ctx, parse(t, "http://a.test/"), Request{})
		if nobody, _ := r.Unreached(); r.Err == nil || r.Err.Class != want || nobody != (want == page.Timeout) {
			t.Errorf("%v, nobody reached: %v; want %s", r.Err, nobody, want)
		}
	}
}
