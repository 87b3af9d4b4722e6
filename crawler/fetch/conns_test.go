package fetch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// countedConns are conns over pipes; opened counts the connections that were made, alive those that are open.
func countedConns(perHost int, opened, alive *atomic.Int32) *conns {
	return newConns(func(context.Context, string, string) (net.Conn, error) {
		opened.Add(1)
		alive.Add(1)
		here, there := net.Pipe()
		go func() {
			defer alive.Add(-1)
			_, _ = io.Copy(io.Discard, there)
		}()
		return here, nil
	}, perHost)
}

func mustGet(t *testing.T, p *conns, addr string) *conn {
	t.Helper()
	c, err := p.get(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConnectionsAreKeptForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened, alive atomic.Int32
		p := countedConns(2, &opened, &alive)
		a, b := mustGet(t, p, "a:80"), mustGet(t, p, "b:80")
		p.put(a)
		time.Sleep(idleConnTimeout / 2)
		p.put(b)
		if again := mustGet(t, p, "b:80"); again != b || !again.used {
			t.Error("a kept connection was not used again")
		}
		p.put(b)
		for _, want := range []int32{2, 1, 0} {
			if synctest.Wait(); alive.Load() != want {
				t.Errorf("%d connections are open, want %d", alive.Load(), want)
			}
			time.Sleep(idleConnTimeout/2 + peekTime)
		}
		if len(p.hosts) > 0 || p.timer != nil {
			t.Errorf("%d hosts are remembered that have no connection; timer: %v", len(p.hosts), p.timer)
		}
		p.put(mustGet(t, p, "a:80"))
		p.close()
		if synctest.Wait(); alive.Load() != 0 || opened.Load() != 3 {
			t.Errorf("%d connections are open, %d were made; want 0 and 3", alive.Load(), opened.Load())
		}
	})
}

func TestKeptConnectionsAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened, alive atomic.Int32
		p := countedConns(1, &opened, &alive)
		for i := range 2 * maxIdleConns {
			p.put(mustGet(t, p, fmt.Sprint(i)))
		}
		if synctest.Wait(); alive.Load() != maxIdleConns || len(p.hosts) != maxIdleConns || p.hosts["0"] != nil {
			t.Errorf("%d connections to %d hosts, want %d, and the oldest gone", alive.Load(), len(p.hosts), maxIdleConns)
		}
		p.close()
	})
}

// Whoever waits for a connection gets one in the order of coming, and one who gives up takes no place with him.
func TestConnectionsInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened, alive atomic.Int32
		p := countedConns(1, &opened, &alive)
		first := mustGet(t, p, "a")
		var served []int
		for i := range 5 {
			ctx, cancel := t.Context(), func() {}
			if i == 2 {
				ctx, cancel = context.WithTimeout(ctx, time.Second)
			}
			go func() {
				defer cancel()
				c, err := p.get(ctx, "a")
				if err != nil {
					if i != 2 || !errors.Is(err, context.DeadlineExceeded) {
						t.Error(i, err)
					}
					return
				}
				served = append(served, i)
				if i == 1 {
					p.drop(c)
				} else {
					p.put(c)
				}
			}()
			synctest.Wait()
		}
		time.Sleep(2 * time.Second)
		p.put(first)
		time.Sleep(time.Second)
		synctest.Wait()
		if want := []int{0, 1, 3, 4}; !slices.Equal(served, want) || opened.Load() != 2 {
			t.Errorf("served %v over %d connections, want %v over 2", served, opened.Load(), want)
		}
		p.close()
		if len(p.hosts) > 0 {
			t.Error("a host without a connection is remembered")
		}
	})
}

func TestFailedDialGivesThePlaceBack(t *testing.T) {
	broken := errors.New("no line")
	p := newConns(func(context.Context, string, string) (net.Conn, error) { return nil, broken }, 1)
	for range 3 {
		if _, err := p.get(t.Context(), "a"); err != broken {
			t.Fatal(err)
		}
	}
	if len(p.hosts) > 0 {
		t.Error("the host is remembered")
	}
}

// failingConn takes the first so many writes and none after that.
type failingConn struct {
	net.Conn
	good int
}

func (c *failingConn) Write(p []byte) (int, error) {
	if c.good--; c.good < 0 {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}

// A kept connection over which nothing of the request can be sent is replaced at once, as no server has seen anything; a new one is not.
func TestUnsentRequestGoesOverAnotherConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for good, want := range []struct{ dials, failures int }{{3, 3}, {3, 0}} {
			dials, failures := 0, 0
			dial := pipes(func(conn net.Conn, r *bufio.Reader) {
				for {
					if _, err := readHead(r); err != nil {
						return
					}
					fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\n\r\n")
				}
			})
			c := bubbleClient(t, Config{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				dials++
				conn, err := dial(ctx, network, addr)
				return &failingConn{conn, good}, err
			}})
			for range 3 {
				r := c.Get(t.Context(), parse(t, "http://a.test/"), Request{})
				if r.Err != nil {
					failures++
				}
				if sent := r.Err == nil; sent != (r.Requests == 1) {
					t.Errorf("%d requests, %v", r.Requests, r.Err)
				}
			}
			if dials != want.dials || failures != want.failures {
				t.Errorf("with %d good writes: %d connections, %d failures; want %v", good, dials, failures, want)
			}
			c.Close()
		}
	})
}

// What lies behind an answer, or the connection's end, is seen without a socket to look into.
func TestPeekWithoutASocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		p := newPeek(here)
		if p.pending() {
			t.Error("a quiet connection has input")
		}
		go func() { _, _ = there.Write([]byte("ab")) }()
		synctest.Wait()
		if !p.pending() {
			t.Error("input was not seen")
		}
		there.Close()
		if !p.pending() {
			t.Error("the end was not seen")
		}
	})
}

// onceWritten is a connection that takes one request.
type onceWritten struct {
	net.Conn
	done bool
}

func (c *onceWritten) Write(p []byte) (int, error) {
	if c.done {
		return 0, syscall.EPIPE
	}
	c.done = true
	return c.Conn.Write(p)
}

// A kept connection that fails before anything was written over it says nothing of the host: the next dial does, and finds the network gone.
func TestAKeptConnectionIsNoSignOfTheNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial, dials := pipes(slowly(0, 0)), 0
		c := bubbleClient(t, Config{AllowPrivate: true, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials++; dials > 1 {
				return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ENETUNREACH}
			}
			conn, err := dial(ctx, network, addr)
			return &onceWritten{Conn: conn}, err
		}})
		defer c.Close()
		u := parse(t, "http://a.test/")
		if r := c.Get(t.Context(), u, Request{}); r.Err != nil {
			t.Fatal(r.Err)
		}
		r := c.Get(t.Context(), u, Request{})
		if nobody, offline := r.Unreached(); r.Err == nil || !nobody || !offline || r.Requests != 0 || dials != 2 {
			t.Errorf("%v; nobody was reached: %v, offline: %v, %d requests, %d dials; want true, true, 0 and 2", r.Err, nobody, offline, r.Requests, dials)
		}
	})
}
