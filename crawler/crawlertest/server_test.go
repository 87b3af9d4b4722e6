package crawlertest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCloseIsPromptAndLeavesNothingRunning(t *testing.T) {
	srv := serve(t, parse(t, `Hangs.
seed: http://a.test/
-- a.test/index.html --
!hang
-- a.test/slow --
!delay 1h
-- a.test/stall --
!stall 1
ab
-- a.test/fine --
fine
`))
	rt := &http.Transport{DialContext: srv.Dial}
	var clients sync.WaitGroup
	for _, path := range []string{"", "slow", "stall", "fine"} {
		clients.Go(func() {
			status, body, err := fetch(context.Background(), rt, "http://a.test/"+path)
			if path == "fine" && (status != 200 || body != "fine\n" || err != nil) || path != "fine" && err == nil {
				t.Errorf("/%s: status %d, body %q, error %v", path, status, body, err)
			}
		})
	}
	idle, err := net.Dial("tcp", srv.Addr()) // a connection without a request must not hold Close up either
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	for len(srv.Log().Requests()) < 4 {
		runtime.Gosched()
	}
	start := time.Now()
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("Close took %v", d)
	}
	clients.Wait()
	rt.CloseIdleConnections()
	for _, r := range srv.Log().Requests() {
		if r.End.IsZero() {
			t.Errorf("%s is still under way after Close", r.URL())
		}
	}
	noGoroutines(t, "net/http.(*conn)", "crawlertest.(*Server)", "crawlertest.(*handler)")
	if err := srv.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// noGoroutines waits until no goroutine runs in the named functions. A goroutine that has told that it is done may
// need a moment to be gone.
func noGoroutines(t *testing.T, functions ...string) {
	t.Helper()
	buf := make([]byte, 1<<20)
	for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		stacks := string(buf[:runtime.Stack(buf, true)])
		left := ""
		for _, f := range functions {
			if strings.Contains(stacks, f) {
				left = f
			}
		}
		if left == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s still runs:\n%s", left, stacks)
		}
	}
}

func TestDialKnowsNoOtherWorld(t *testing.T) {
	srv := serve(t, lookup(t, "tree"))
	for _, addr := range []string{"elsewhere.test:80", "example.com:80", "127.0.0.1:80", "localhost:80", srv.Addr()} {
		_, err := srv.Dial(t.Context(), "tcp", addr)
		var dns *net.DNSError
		if !errors.As(err, &dns) || !dns.IsNotFound {
			t.Errorf("%s: got %v, want no such host", addr, err)
		}
	}
	conn, err := srv.Dial(t.Context(), "tcp", "Tree.Test.:80")
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestTheServerIsAProxyForPeople(t *testing.T) {
	srv := serve(t, lookup(t, "tree"))
	proxy := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: srv.Addr()})}
	defer proxy.CloseIdleConnections()
	status, body, err := fetch(t.Context(), proxy, "http://tree.test/seasons/")
	if err != nil || status != 200 || !strings.Contains(body, "<h1>The year</h1>") {
		t.Errorf("status %d, error %v, body %q", status, err, body)
	}
	plain := &http.Transport{}
	defer plain.CloseIdleConnections()
	status, body, err = fetch(t.Context(), plain, "http://"+srv.Addr()+"/")
	if err != nil || status != 421 || !strings.Contains(body, "curl -x http://"+srv.Addr()+" http://tree.test/") {
		t.Errorf("status %d, error %v, body %q", status, err, body)
	}
	for i, want := range []string{"http://tree.test/seasons/", "http://127.0.0.1/"} {
		if got := srv.Log().Requests()[i].URL(); got != want {
			t.Errorf("request %d is logged as %s, want %s", i, got, want)
		}
	}
}

func TestServeTellsWhyItCannotListen(t *testing.T) {
	srv := serve(t, lookup(t, "tree"))
	_, err := Serve(lookup(t, "maze"), srv.Addr())
	if err == nil || !strings.Contains(err.Error(), "serve site maze: ") {
		t.Errorf("got %v", err)
	}
}

// BenchmarkServeMaze is the whole way over a socket: what a benchmark of a crawler pays to this package and net/http.
func BenchmarkServeMaze(b *testing.B) {
	s, err := Maze(1_000_000, 1)
	if err != nil {
		b.Fatal(err)
	}
	srv := serve(b, s)
	srv.Log().Stop()
	rt := &http.Transport{DialContext: srv.Dial}
	defer rt.CloseIdleConnections()
	r, _ := http.NewRequest("GET", "http://maze.test/p/77", nil)
	for b.Loop() {
		resp, err := rt.RoundTrip(r)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}
