package fetch

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"amble/crawler/page"
)

// drip is a body that gives n bytes after each pause, steps times. It ends with ctx, as a transport's does.
type drip struct {
	ctx   context.Context
	n     int
	every time.Duration
	steps int
}

func (d *drip) Read(p []byte) (int, error) {
	select {
	case <-time.After(d.every):
	case <-d.ctx.Done():
		return 0, context.Cause(d.ctx)
	}
	if d.steps--; d.steps < 0 {
		return 0, io.EOF
	}
	return copy(p, strings.Repeat("x", d.n)), nil
}

func (d *drip) Close() error { return nil }

func dripping(n int, every time.Duration, steps int) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		resp := htmlAnswer("")
		resp.ContentLength, resp.Body = -1, &drip{ctx: r.Context(), n: n, every: every, steps: steps}
		return resp, nil
	}
}

func TestLeastSpeed(t *testing.T) {
	for _, test := range []struct {
		name  string
		cfg   Config
		n     int
		every time.Duration
		steps int
		after time.Duration
		text  string // "" if all is well
	}{
		{"a byte per second", Config{}, 1, time.Second, 1000, 10 * time.Second, "the answer came too slowly: 9 bytes in 10s"},
		{"nothing", Config{}, 1, time.Hour, 1, 10 * time.Second, "the answer came too slowly: 0 bytes in 10s"},
		{"just fast enough", Config{Timeout: time.Hour}, 72, time.Second, 600, 601 * time.Second, ""},
		{"in bursts", Config{Timeout: time.Hour}, 640, 9 * time.Second, 50, 459 * time.Second, ""},
		{"whole before the window is over", Config{}, 1, 4 * time.Second, 1, 8 * time.Second, ""},
		{"first fast, then slow", Config{Timeout: time.Hour}, 400, 4 * time.Second, 3, 16 * time.Second, ""},
		{"a limit of one's own", Config{MinSpeed: 1000}, 999, time.Second, 1000, 10 * time.Second, "the answer came too slowly: 8991 bytes in 10s"},
		{"no limit", Config{MinSpeed: -1}, 1, time.Second, 1000, 30 * time.Second, "the answer was not complete within 30s: got 29 bytes of body"},
		{"Timeout comes first", Config{Timeout: 5 * time.Second}, 1, time.Second, 1000, 5 * time.Second, "the answer was not complete within 5s: got 4 bytes of body"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test.cfg.Transport = dripping(test.n, test.every+time.Millisecond, test.steps)
				r := bubbleClient(t, test.cfg).Get(t.Context(), parse(t, "http://a.test/"), Request{})
				got := ""
				if r.Err != nil {
					if got = r.Err.Text; r.Err.Class != page.Timeout {
						t.Errorf("class %s", r.Err.Class)
					}
				}
				if d := time.Since(r.Start).Truncate(time.Second); got != test.text || d != test.after {
					t.Errorf("%q after %v, want %q after %v", got, d, test.text, test.after)
				}
			})
		})
	}
}

// A server that writes into the void for as long as amble is busy is not slow.
func TestTimeThatAmbleTakesIsNotTheServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bubbleClient(t, Config{Timeout: time.Hour})
		w := c.newWatch(t.Context(), time.Now())
		ctx := w.ctx
		defer w.stop(false)
		for i := range 9 {
			w.beginRead()
			time.Sleep(time.Second)
			w.endRead(1)
			time.Sleep(time.Minute) // busy
			if ctx.Err() != nil {
				t.Fatalf("ended after %d s of waiting: %v", i+1, context.Cause(ctx))
			}
		}
		w.beginRead()
		time.Sleep(time.Second)
		synctest.Wait()
		if err := context.Cause(ctx); err == nil || err.Error() != "the answer came too slowly: 9 bytes in 10s" {
			t.Errorf("after ten seconds of waiting: %v", err)
		}
	})
}

func TestLeastSpeedOverSockets(t *testing.T) {
	gone := make(chan struct{})
	addr := rawServer(t, func(_ int, conn net.Conn, r *bufio.Reader) {
		defer close(gone)
		_, _ = readHead(r)
		_, _ = io.WriteString(conn, okHead+"Content-Length: 100000\r\n\r\n")
		for range 1000 {
			if _, err := io.WriteString(conn, "x"); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
	c := newClient(t, Config{MinSpeed: 100_000})
	c.window = 200 * time.Millisecond
	r := c.Get(context.Background(), parse(t, "http://"+addr+"/"), Request{})
	if r.Err == nil || r.Err.Class != page.Timeout || !strings.HasPrefix(r.Err.Text, "the answer came too slowly: ") || len(r.Body) == 0 {
		t.Errorf("got %v with %q", r.Err, r.Body)
	}
	<-gone // the connection was closed: the server stops before its thousand steps are over
	if r.Duration > 5*time.Second {
		t.Errorf("took %v", r.Duration)
	}
}

func TestHeaderThatDripsIsBoundedByTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bubbleClient(t, Config{Dial: pipes(func(conn net.Conn, r *bufio.Reader) {
			_, _ = readHead(r)
			for _, b := range []byte("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1000)) {
				if _, err := conn.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})})
		defer c.Close()
		r := c.Get(t.Context(), parse(t, "http://a.test/"), Request{})
		if r.Err == nil || r.Err.Text != "the answer's header was not complete within 30s" || time.Since(r.Start) != DefaultTimeout {
			t.Errorf("%v after %v", r.Err, time.Since(r.Start))
		}
		time.Sleep(time.Minute) // until the server has noticed
	})
}
