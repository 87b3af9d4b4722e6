package fetch

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"amble/frontier/canon"
)

func parse(t testing.TB, raw string) canon.URL {
	t.Helper()
	u, err := canon.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// newClient makes a Client that may ask the servers of these tests, at 127.0.0.1.
func newClient(t testing.TB, cfg Config) *Client {
	t.Helper()
	cfg.OwnHosts = append(cfg.OwnHosts, "127.0.0.1")
	return strictClient(t, cfg)
}

func strictClient(t testing.TB, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// get asks a handler over loopback.
func get(t testing.TB, cfg Config, opts Request, h http.HandlerFunc) *Response {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return newClient(t, cfg).Get(context.Background(), parse(t, s.URL+"/"), opts)
}

// rawServer accepts connections and gives each to serve, with its number from 0. It returns its address.
func rawServer(t testing.TB, serve func(n int, conn net.Conn, r *bufio.Reader)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for n := 0; ; n++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				serve(n, conn, bufio.NewReader(conn))
			})
		}
	})
	return l.Addr().String()
}

// readHead reads one request's header and returns its lines.
func readHead(r *bufio.Reader) ([]string, error) {
	var lines []string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return lines, err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			return lines, nil
		}
		lines = append(lines, line)
	}
}

// answer serves one request with fixed bytes and closes the connection.
func answer(text string) func(int, net.Conn, *bufio.Reader) {
	return func(_ int, conn net.Conn, r *bufio.Reader) {
		if _, err := readHead(r); err == nil {
			_, _ = io.WriteString(conn, text)
		}
	}
}

// roundTripper is a transport that calls no httptrace.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func htmlAnswer(body string) *http.Response {
	return &http.Response{
		StatusCode: 200, ProtoMajor: 1, ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: io.NopCloser(strings.NewReader(body)),
	}
}
