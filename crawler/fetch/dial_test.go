package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Each address connects or fails (!) after some time; the order and the time of the attempts are RFC 8305's.
func TestBothAddressFamiliesAreTried(t *testing.T) {
	for _, test := range []struct {
		name     string
		addrs    string
		behave   map[string]string
		attempts string // with the time of each
		got      string // the address that was connected to, or the error
		after    time.Duration
	}{
		{"one", "192.0.2.1", map[string]string{"192.0.2.1": "1s"}, "192.0.2.1@0s", "192.0.2.1", time.Second},
		{"one that fails", "192.0.2.1", map[string]string{"192.0.2.1": "!1s"}, "192.0.2.1@0s", "192.0.2.1 fails", time.Second},
		{"the first is quick", "2001:db8::1 192.0.2.1", map[string]string{"2001:db8::1": "200ms", "192.0.2.1": "0s"},
			"2001:db8::1@0s", "2001:db8::1", 200 * time.Millisecond},
		{"the first is slow", "2001:db8::1 192.0.2.1", map[string]string{"2001:db8::1": "10s", "192.0.2.1": "1s"},
			"2001:db8::1@0s 192.0.2.1@300ms", "192.0.2.1", 1300 * time.Millisecond},
		{"the first is less slow", "2001:db8::1 192.0.2.1", map[string]string{"2001:db8::1": "1s", "192.0.2.1": "10s"},
			"2001:db8::1@0s 192.0.2.1@300ms", "2001:db8::1", time.Second},
		{"the first fails", "192.0.2.1 2001:db8::1", map[string]string{"192.0.2.1": "!100ms", "2001:db8::1": "1s"},
			"192.0.2.1@0s 2001:db8::1@100ms", "2001:db8::1", 1100 * time.Millisecond},
		{"in order within a family", "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2",
			map[string]string{"2001:db8::1": "!100ms", "2001:db8::2": "!5s", "192.0.2.1": "!1s", "192.0.2.2": "1s"},
			"2001:db8::1@0s 2001:db8::2@100ms 192.0.2.1@300ms 192.0.2.2@1.3s", "192.0.2.2", 2300 * time.Millisecond},
		{"all fail", "2001:db8::1 192.0.2.1", map[string]string{"2001:db8::1": "!4s", "192.0.2.1": "!1s"},
			"2001:db8::1@0s 192.0.2.1@300ms", "2001:db8::1 fails", 4 * time.Second},
		{"a dead one leaves time to the next", "192.0.2.1 192.0.2.2", map[string]string{"192.0.2.1": "1h", "192.0.2.2": "1s"},
			"192.0.2.1@0s 192.0.2.2@10s", "192.0.2.2", 11 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var mu sync.Mutex
				var attempts []string
				var open atomic.Int32
				connect := func(ctx context.Context, _, addr string) (net.Conn, error) {
					a := netip.MustParseAddrPort(addr).Addr().String()
					mu.Lock()
					attempts = append(attempts, a+"@"+time.Since(start).String())
					mu.Unlock()
					text, fails := strings.CutPrefix(test.behave[a], "!")
					d, err := time.ParseDuration(text)
					if err != nil {
						t.Error(err)
					}
					select {
					case <-ctx.Done():
						return nil, ctx.Err()
					case <-time.After(d):
					}
					if fails {
						return nil, errors.New(a + " fails")
					}
					open.Add(1)
					return namedConn{a, &open}, nil
				}
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				conn, err := race(ctx, connect, "tcp", addresses(strings.Fields(test.addrs)...), "80")
				got := ""
				if err != nil {
					got = err.Error()
				} else {
					got = conn.(namedConn).name
				}
				took := time.Since(start)
				synctest.Wait()
				if got != test.got || took != test.after || strings.Join(attempts, " ") != test.attempts {
					t.Errorf("got %s after %v by %v\nwant %s after %v by %s", got, took, attempts, test.got, test.after, test.attempts)
				}
				if err == nil && open.Load() != 1 {
					t.Errorf("%d connections are open", open.Load())
				}
			})
		})
	}
}

// namedConn is a connection that only knows its name and that it is open.
type namedConn struct {
	name string
	open *atomic.Int32
}

func (c namedConn) Close() error                     { c.open.Add(-1); return nil }
func (c namedConn) Read([]byte) (int, error)         { return 0, net.ErrClosed }
func (c namedConn) Write([]byte) (int, error)        { return 0, net.ErrClosed }
func (c namedConn) LocalAddr() net.Addr              { return nil }
func (c namedConn) RemoteAddr() net.Addr             { return nil }
func (c namedConn) SetDeadline(time.Time) error      { return nil }
func (c namedConn) SetReadDeadline(time.Time) error  { return nil }
func (c namedConn) SetWriteDeadline(time.Time) error { return nil }

// An attempt that heeds no context connects although the other has won.
func TestTheConnectionThatLosesIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var open atomic.Int32
		connect := func(_ context.Context, _, addr string) (net.Conn, error) {
			time.Sleep(time.Second) // whatever the context says
			if strings.HasPrefix(addr, "192") {
				time.Sleep(time.Second)
			}
			open.Add(1)
			return namedConn{addr, &open}, nil
		}
		if _, err := race(t.Context(), connect, "tcp", addresses("2001:db8::1", "192.0.2.1"), "80"); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		if open.Load() != 1 {
			t.Errorf("%d connections are open", open.Load())
		}
	})
}
