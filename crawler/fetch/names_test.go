package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// addresses reads a list of them.
func addresses(list ...string) []netip.Addr {
	var all []netip.Addr
	for _, s := range list {
		all = append(all, netip.MustParseAddr(s))
	}
	return all
}

func TestNamesAreRememberedForTheirTime(t *testing.T) {
	noHost := &net.DNSError{Err: "no such host", IsNotFound: true}
	broken := &net.DNSError{Err: "server misbehaving", IsTemporary: true}
	for _, test := range []struct {
		name string
		says resolution
		want time.Duration
	}{
		{"TTL", resolution{ttl: 5 * time.Minute, known: true}, 5 * time.Minute},
		{"no TTL", resolution{}, time.Minute},
		{"TTL of 0", resolution{known: true}, 30 * time.Second},
		{"TTL of a week", resolution{ttl: 7 * 24 * time.Hour, known: true}, time.Hour},
		{"no such host", resolution{err: noHost}, time.Minute},
		{"no such host for a while", resolution{err: noHost, ttl: 5 * time.Minute, known: true}, 5 * time.Minute},
		{"no such host for a day", resolution{err: noHost, ttl: 24 * time.Hour, known: true}, 15 * time.Minute},
		{"out of order", resolution{err: broken}, 5 * time.Second},
		{"strange", resolution{err: errors.New("strange")}, 5 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				n := newNames(func(context.Context, string) resolution {
					asked++
					time.Sleep(time.Second)
					return test.says
				}, time.Minute)
				for _, step := range []struct {
					wait time.Duration
					want int
				}{{0, 1}, {test.want - 1, 1}, {1, 2}, {test.want - 1, 2}} {
					time.Sleep(step.wait)
					if _, err := n.lookup(t.Context(), "a.test"); err != test.says.err || asked != step.want {
						t.Errorf("after %v: %v, asked %d times, want %d", step.wait, err, asked, step.want)
					}
				}
			})
		})
	}
}

func TestLookupsOfOneNameAreJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		asked := map[string]int{}
		n := newNames(func(_ context.Context, host string) resolution {
			mu.Lock()
			asked[host]++
			mu.Unlock()
			time.Sleep(time.Second)
			return resolution{addrs: addresses("192.0.2.1")}
		}, time.Minute)
		start := time.Now()
		done := make(chan error)
		for i := range 20 {
			go func() {
				addrs, err := n.lookup(t.Context(), fmt.Sprintf("%d.test", i%2))
				if err == nil && !slices.Equal(addrs, addresses("192.0.2.1")) {
					err = fmt.Errorf("got %v", addrs)
				}
				done <- err
			}()
		}
		for range 20 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if asked["0.test"] != 1 || asked["1.test"] != 1 || time.Since(start) != time.Second {
			t.Errorf("asked %v in %v", asked, time.Since(start))
		}
	})
}

func TestLookupOutlivesACallerButNotAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked, cancelled int
		n := newNames(func(ctx context.Context, _ string) resolution {
			asked++
			select {
			case <-time.After(10 * time.Second):
				return resolution{addrs: addresses("192.0.2.1")}
			case <-ctx.Done():
				cancelled++
				return resolution{err: ctx.Err()}
			}
		}, time.Minute)
		lookup := func(patience time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := n.lookup(ctx, "a.test")
			return err
		}
		first := make(chan error)
		go func() { first <- lookup(2 * time.Second) }()
		time.Sleep(time.Second)
		second := make(chan error)
		go func() { second <- lookup(time.Minute) }()
		if err := <-first; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the first got %v", err)
		}
		if err := <-second; err != nil || asked != 1 || cancelled != 0 {
			t.Errorf("the second got %v; asked %d times, cancelled %d", err, asked, cancelled)
		}

		time.Sleep(time.Hour)
		if err := lookup(time.Second); err == nil {
			t.Error("an answer before its time")
		}
		synctest.Wait()
		if asked != 2 || cancelled != 1 {
			t.Errorf("nobody waits: asked %d times, cancelled %d", asked, cancelled)
		}
		if err := lookup(time.Minute); err != nil || asked != 3 {
			t.Errorf("a lookup that was given up is remembered: %v, asked %d times", err, asked)
		}
	})
}

func TestALookupEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNames(func(ctx context.Context, _ string) resolution {
			<-ctx.Done()
			return resolution{err: ctx.Err()}
		}, 10*time.Second)
		start := time.Now()
		if _, err := n.lookup(t.Context(), "a.test"); err == nil || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestTheLeastRecentlyUsedNameIsForgotten(t *testing.T) {
	asked := map[string]int{}
	n := newNames(func(_ context.Context, host string) resolution {
		asked[host]++
		return resolution{}
	}, time.Minute)
	n.most = 2
	for _, host := range []string{"a", "b", "a", "c", "a", "b"} {
		_, _ = n.lookup(context.Background(), host)
	}
	if asked["a"] != 1 || asked["b"] != 2 || asked["c"] != 1 || n.recent.Len() != 2 || len(n.known) != 2 {
		t.Errorf("asked %v, %d names known", asked, len(n.known))
	}
}
