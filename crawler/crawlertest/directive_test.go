package crawlertest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

const directivesSite = `Directives do what they say.
seed: http://a.test/
-- a.test/index.html --
<title>Home</title>
-- a.test/dir/index.html --
dir
-- a.test/status --
!status 418
tea
-- a.test/redirect --
!redirect 301 ../x y
-- a.test/header --
!header X-One: 1
!header Content-Type:
<p>no type
-- a.test/reset --
!reset
-- a.test/hang --
!hang
-- a.test/flaky --
!flaky 2 429 Retry-After: 7
well
-- a.test/flaky-reset --
!flaky 1 reset
well
-- a.test/truncate --
!truncate 3
abcdef
-- a.test/stall --
!stall 3
abcdef
-- a.test/sjis --
!charset shift_jis
日本
-- a.test/latin --
!charset iso-8859-1 undeclared
é
-- a.test/bom --
!bom
x
-- a.test/base64.png --
!base64
iVBO
-- a.test/fill --
!fill 1KB prose
a
{{fill}}
z
-- a.test/fill.bin --
!fill 2MB noise
-- a.test/gzip --
!gzip
hello
-- a.test/find?q=1 --
one
-- a.test/find --
any
-- a.test/old/* --
old
-- a.test/old/new/* --
newer
-- a.test/old/file --
file
-- a.test/none --
!status 204
-- a.test/robots.txt --
User-agent: *
`

// outcome is what a client sees of one request, on one line.
func outcome(t *testing.T, rt http.RoundTripper, method, target string) string {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	if strings.Contains(target, "hang") || strings.Contains(target, "stall") {
		cancel()
		ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	}
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "identity")
	if strings.HasSuffix(target, "/gzip") {
		r.Header.Set("Accept-Encoding", "br, gzip")
	}
	resp, err := rt.RoundTrip(r)
	if err != nil {
		return failure(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if resp.Header.Get("Content-Encoding") == "gzip" {
		z, zerr := gzip.NewReader(bytes.NewReader(b))
		if zerr != nil {
			return zerr.Error()
		}
		b, err = io.ReadAll(z)
		b = append(b, " (gzip)"...)
	}
	line := fmt.Sprintf("%d %q", resp.StatusCode, b)
	if len(b) > 200 {
		line = fmt.Sprintf("%d %d bytes %q %q", resp.StatusCode, len(b), b[:6], b[len(b)-4:])
	}
	for _, k := range []string{"Content-Type", "Location", "Retry-After", "X-One", "Allow"} {
		if v := resp.Header[k]; v != nil {
			line += fmt.Sprintf(" %s=%s", k, v[0])
		}
	}
	if err != nil {
		line += " " + failure(err)
	}
	return line
}

func failure(err error) string {
	for name, target := range map[string]error{
		"reset": syscall.ECONNRESET, "refused": syscall.ECONNREFUSED, "deadline": context.DeadlineExceeded,
		"torn": io.ErrUnexpectedEOF,
	} {
		if errors.Is(err, target) {
			return name
		}
	}
	return err.Error()
}

// steps are requests in order and what a client sees of them, over sockets and without.
var steps = []struct{ method, target, want string }{
	{"GET", "http://a.test/", `200 "<title>Home</title>\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test", `200 "<title>Home</title>\n" Content-Type=text/html; charset=utf-8`},
	{"HEAD", "http://a.test/", `200 "" Content-Type=text/html; charset=utf-8`},
	{"POST", "http://a.test/", `405 "<!DOCTYPE html>\n<title>405 Method Not Allowed</title>\n<p>A test site answers GET and HEAD only.</p>\n"` +
		` Content-Type=text/html; charset=utf-8 Allow=GET, HEAD`},
	{"GET", "http://a.test/index.html?x=1", `200 "<title>Home</title>\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/dir/", `200 "dir\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/dir?x=1", `301 "<!DOCTYPE html>\n<title>301 Moved Permanently</title>\n<p>This is a directory.</p>\n"` +
		` Content-Type=text/html; charset=utf-8 Location=/dir/?x=1`},
	{"GET", "http://a.test/<none>", `404 "<!DOCTYPE html>\n<title>404 Not Found</title>\n<p>The site a.test has no page /&lt;none&gt;.</p>\n"` +
		` Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/status", `418 "tea\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/redirect", `301 "" Content-Type=text/html; charset=utf-8 Location=../x y`},
	{"GET", "http://a.test/header", `200 "<p>no type\n" X-One=1`},
	{"GET", "http://a.test/reset", "reset"},
	{"GET", "http://a.test/hang", "deadline"},
	{"GET", "http://a.test/flaky", flaky429},
	{"GET", "http://a.test/flaky", flaky429},
	{"GET", "http://a.test/flaky", `200 "well\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/flaky-reset", "reset"},
	{"GET", "http://a.test/flaky-reset", `200 "well\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/truncate", `200 "abc" Content-Type=text/html; charset=utf-8 torn`},
	{"HEAD", "http://a.test/truncate", `200 "" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/stall", `200 "abc" Content-Type=text/html; charset=utf-8 deadline`},
	{"GET", "http://a.test/sjis", `200 "\x93\xfa\x96{\n" Content-Type=text/html; charset=shift_jis`},
	{"GET", "http://a.test/latin", `200 "\xe9\n" Content-Type=text/html`},
	{"GET", "http://a.test/bom", `200 "\ufeffx\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/base64.png", `200 "\x89PN" Content-Type=image/png`},
	{"GET", "http://a.test/fill", `200 1024 bytes "a\nthe " "  z\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/gzip", `200 "hello\n (gzip)" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/gzip?", `200 "hello\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/find?q=1", `200 "one\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/find?q=2", `200 "any\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/%66ind", `200 "any\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/old/a/b", `200 "old\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/old/new/b", `200 "newer\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/old/file", `200 "file\n" Content-Type=text/html; charset=utf-8`},
	{"GET", "http://a.test/none", `204 ""`},
	{"GET", "http://a.test/robots.txt", `200 "User-agent: *\n" Content-Type=text/plain; charset=utf-8`},
	{"GET", "http://a.test:81/", "refused"},
	{"GET", "https://a.test/", "refused"},
	{"GET", "http://b.test/", "dial tcp: lookup b.test: no such host"},
	{"GET", "http://127.0.0.1/", "dial tcp: lookup 127.0.0.1: no such host"},
}

const flaky429 = `429 "<!DOCTYPE html>\n<title>429 Too Many Requests</title>\n<p>Not this time.</p>\n"` +
	` Content-Type=text/html; charset=utf-8 Retry-After=7`

func TestDirectivesOverSockets(t *testing.T) {
	srv := serve(t, parse(t, directivesSite))
	rt := client(t, srv)
	for _, s := range steps {
		if got := outcome(t, rt, s.method, s.target); got != s.want {
			t.Errorf("%s %s:\n got %s\nwant %s", s.method, s.target, got, s.want)
		}
	}
}

func TestDirectivesOverTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := NewTransport(parse(t, directivesSite))
		for _, s := range steps {
			if got := outcome(t, rt, s.method, s.target); got != s.want {
				t.Errorf("%s %s:\n got %s\nwant %s", s.method, s.target, got, s.want)
			}
		}
	})
}

func TestFilledBodiesHaveTheirSizeAndStayTheSame(t *testing.T) {
	s := parse(t, directivesSite)
	_, a, err := fetch(t.Context(), NewTransport(s), "http://a.test/fill.bin")
	_, b, _ := fetch(t.Context(), NewTransport(parse(t, directivesSite)), "http://a.test/fill.bin")
	if err != nil || len(a) != 2<<20 || a != b {
		t.Errorf("%d and %d bytes, error %v", len(a), len(b), err)
	}
}

func parse(t testing.TB, archive string) *Site {
	t.Helper()
	s, err := ParseSite("test", []byte(archive))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func serve(t testing.TB, s *Site) *Server {
	t.Helper()
	srv, err := Serve(s, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	return srv
}

// client makes a connection for each request: on one used before, net/http would repeat a request that was reset, by
// itself and unseen.
func client(t testing.TB, srv *Server) *http.Transport {
	rt := &http.Transport{DialContext: srv.Dial, DisableKeepAlives: true}
	t.Cleanup(rt.CloseIdleConnections)
	return rt
}
