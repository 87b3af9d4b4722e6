package crawlertest

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func serveHostile(t *testing.T) *HostileServer {
	t.Helper()
	h, err := ServeHostile()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// The ways in which an attack goes on, as a client sees it.
const (
	sound  = "a sound answer"
	closed = "an end of the connection"
	resets = "a reset"
	silent = "silence on an open connection"
	drips  = "a little at a time, without end"
	floods = "megabytes"
)

// ask sends one request and returns why what comes is not what is wanted. Only what does come is waited for at length, so
// that a slow machine fails nothing.
func ask(h *HostileServer, host, path, want string) error {
	conn, err := h.Dial(context.Background(), "tcp", host+":80")
	if err != nil {
		return err
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host)
	return watch(conn, want)
}

func watch(conn net.Conn, want string) error {
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	switch want {
	case sound:
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
		}
		return err
	case floods:
		_, err := io.CopyN(io.Discard, conn, 2<<20)
		return err
	case drips:
		return dripping(conn)
	case silent:
		conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	}
	got, err := io.ReadAll(io.LimitReader(conn, 1<<20))
	end := fmt.Sprint(err)
	switch {
	case err == nil:
		end = closed
	case errors.Is(err, syscall.ECONNRESET):
		end = resets
	case errors.Is(err, os.ErrDeadlineExceeded):
		end = silent
	}
	if end != want {
		return fmt.Errorf("%s after %d bytes, want %s: %.60q", end, len(got), want, got)
	}
	return nil
}

// dripping reads until something came after a pause, three times.
func dripping(conn net.Conn) error {
	b, n := make([]byte, 4<<10), 0
	for pauses := 0; pauses < 3; {
		start := time.Now()
		k, err := conn.Read(b)
		if err != nil {
			return err
		}
		if n += k; n > len(b) {
			return fmt.Errorf("%d bytes are no drops", n)
		}
		if time.Since(start) > dropEvery/4 {
			pauses++
		}
	}
	return nil
}

// TestEachAttackDoesWhatItSays asks for every attack as no HTTP client would: by the byte.
func TestEachAttackDoesWhatItSays(t *testing.T) {
	h := serveHostile(t)
	// How an attack goes on follows from the beginning of its name; what is not here is a sound answer.
	ends := map[string]string{
		"words": closed, "ssh": closed, "binary": closed, "nothing": closed, "status-words": closed, "switch": silent,
		"reset": resets, "close-": closed, "hang": silent, "drip-": drips, "endless-": floods, "length": closed,
		"chunk-": closed, "bodiless": closed, "nul-": closed, "escape-": closed, "big-header": floods, "million": floods,
		"attribute": floods, "address": floods, "nested": floods, "long-base": floods, "references": floods, "title": floods, "comment": floods, "entities": floods,
		"script": floods, "bomb-endless": floods, "bomb-empty": floods, "sitemap-endless": floods,
	}
	var all sync.WaitGroup
	for _, name := range h.Attacks() {
		want, best := sound, 0
		for prefix, end := range ends {
			if strings.HasPrefix(name, prefix) && len(prefix) > best {
				want, best = end, len(prefix)
			}
		}
		all.Go(func() {
			if err := ask(h, "hostile.test", "/"+name+"/", want); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	all.Wait()
	if n := len(h.Attacks()); h.Requests() != int64(n) || n < 100 {
		t.Errorf("%d requests for %d attacks", h.Requests(), n)
	}
}

func TestRobotsAndHandshakesAreAttacksOfTheirHosts(t *testing.T) {
	h := serveHostile(t)
	robots := map[string]string{
		"endless": floods, "line": floods, "10mb": floods, "maps": floods, "drip": drips, "reset": resets, "words": closed,
		"hang": silent,
	}
	handshakes := map[string]string{
		"page": closed, "plain": closed, "nothing": closed, "alert": closed, "reset": resets, "hang": silent,
		"alerts": floods, "record": floods, "hello": floods, "drip": drips,
	}
	var all sync.WaitGroup
	for name := range robotsAttacks {
		want := cmp.Or(robots[name], sound)
		all.Go(func() {
			if err := ask(h, "robots-"+name+".test", "/robots.txt", want); err != nil {
				t.Errorf("robots.txt, %s: %v", name, err)
			}
		})
	}
	for name := range tlsAttacks {
		all.Go(func() {
			conn, err := h.Dial(t.Context(), "tcp", "tls-"+name+".test:443")
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			// The hello goes out, and what comes back is read here and not by crypto/tls.
			tls.Client(writeOnly{conn}, &tls.Config{ServerName: "tls-" + name + ".test"}).Handshake()
			if err := watch(conn, handshakes[name]); err != nil {
				t.Errorf("TLS, %s: %v", name, err)
			}
		})
	}
	all.Wait()
}

// writeOnly is a connection from which nothing is read.
type writeOnly struct{ net.Conn }

func (writeOnly) Read([]byte) (int, error) { return 0, io.EOF }

func TestTheHostileSeedLeadsToEverything(t *testing.T) {
	h := serveHostile(t)
	rt := &http.Transport{DialContext: h.Dial}
	defer rt.CloseIdleConnections()
	_, seed, err := fetch(t.Context(), rt, h.URL())
	if err != nil {
		t.Fatal(err)
	}
	want := h.Attacks()
	for i, name := range want {
		want[i] = `"http://` + name + `.test/` + name + `/"`
	}
	for name := range maps.Keys(robotsAttacks) {
		want = append(want, `"http://robots-`+name+`.test/`)
	}
	for name := range maps.Keys(tlsAttacks) {
		want = append(want, `"https://tls-`+name+`.test/`)
	}
	for _, w := range want {
		if !strings.Contains(seed, w) {
			t.Errorf("the seed does not link to %s", w)
		}
	}
	_, first, _ := fetch(t.Context(), rt, "http://hostile.test/inside/x")
	_, again, _ := fetch(t.Context(), rt, "http://hostile.test/inside/x")
	_, other, _ := fetch(t.Context(), rt, "http://hostile.test/inside/y")
	if first != again || first == other || strings.Count(first, "<a href=") < 12 || !strings.Contains(first, "hostile-") {
		t.Errorf("pages do not lead on, or not always to the same: %s", first)
	}
	if err := ask(h, "any.test", "/names/nothing", sound); err != nil {
		t.Errorf("a path that names no attack: %v", err) // a hash has chosen one, and always the same
	}
}

func TestTheHostileWebIsNoOtherWorld(t *testing.T) {
	h := serveHostile(t)
	for _, addr := range []string{"example.com:80", "127.0.0.1:80", "[::1]:443", "localhost:80"} {
		_, err := h.Dial(t.Context(), "tcp", addr)
		var dns *net.DNSError
		if !errors.As(err, &dns) || !dns.IsNotFound {
			t.Errorf("%s: got %v, want no such host", addr, err)
		}
	}
	if _, err := h.Dial(t.Context(), "tcp", "any.test:8080"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("another port: %v", err)
	}
}

func TestClosingTheHostileServerEndsEveryAttack(t *testing.T) {
	h := serveHostile(t)
	var open []net.Conn
	dial := func(host, port, path string) {
		conn, err := h.Dial(t.Context(), "tcp", host+":"+port)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host)
	}
	for _, name := range h.Attacks() {
		if !strings.HasPrefix(name, "bomb-") { // making one is work, not waiting
			dial("hostile.test", "80", "/"+name+"/")
		}
	}
	for _, name := range []string{"hang", "drip", "endless"} {
		dial("robots-"+name+".test", "80", "/robots.txt")
	}
	dial("tls-hang.test", "443", "not even a hello")
	for deadline := time.Now().Add(10 * time.Second); h.Requests() < int64(len(open)) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	var wg sync.WaitGroup
	start := time.Now()
	for range 3 {
		wg.Go(func() {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("Close took %v", d)
	}
	noGoroutines(t, "crawlertest.(*HostileServer)", "crawlertest.(*assault)")
	for _, conn := range open {
		conn.Close()
	}
	if _, err := h.Dial(t.Context(), "tcp", "hostile.test:80"); err == nil {
		t.Error("a connection to a closed server")
	}
}
