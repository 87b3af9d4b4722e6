package crawlertest

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

const wireSite = `Answers are sent as they are written.
seed: http://a.test/
-- a.test/index.html --
-- a.test/raw --
!raw
HTTP/1.1 203 Raw\r\n
X-One: \x41\t\u00e9\\\r\n
Content-Length: 3\r\n
\r\n
a\0
b and more
-- a.test/base64-raw --
!raw
!base64
SFRUUC8xLjAgMjAwIE9LDQoNCmE=
-- a.test/short --
!raw
HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour
-- a.test/words --
!raw
words
-- a.test/hints --
!raw
HTTP/1.1 103 Early Hints\r\nX-One: hint\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok
-- a.test/hints-endless --
!raw
!endless
HTTP/1.1 103 Early Hints\r\nX-One: hint\r\n\r\n
-- a.test/header-endless --
!raw
!endless
HTTP/1.1 200 OK\r\n{{endless}}X-More: and more\r\n
-- a.test/big-header --
!raw
!fill 3KB letters
HTTP/1.1 200 OK\r\nX-Big: {{fill}}\r\nContent-Length: 2\r\n\r\nok
-- a.test/raw-stall --
!raw
!stall 42
HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour, and never more
-- a.test/escapes --
!escapes
a\x1b\u202e\0\n\r\t\\
-- a.test/tags --
!fill 23B tags
{{fill}}
-- a.test/drip --
!drip 4 bytes every 10ms
0123456789
-- *.a.test/* --
wild
-- b.a.test/index.html --
not wild
-- *.c.a.test/* --
wilder
`

// wireSteps are what a client sees, over sockets and without.
var wireSteps = []struct{ target, want string }{
	{"http://a.test/raw", "203 \"a\\x00b\" X-One=A\té\\"},
	{"http://a.test/base64-raw", `200 "a"`},
	{"http://a.test/short", `200 "four" torn`},
	{"http://a.test/words", `net/http: HTTP/1.x transport connection broken: malformed HTTP response "words"`},
	{"http://a.test/hints", `200 "ok"`},
	{"http://a.test/hints-endless", "net/http: HTTP/1.x transport connection broken: net/http: server response headers exceeded 1048576 bytes; aborted"},
	{"http://a.test/header-endless", "net/http: HTTP/1.x transport connection broken: net/http: server response headers exceeded 1048576 bytes; aborted"},
	{"http://a.test/big-header", `200 "ok"`},
	{"http://a.test/raw-stall", `200 "four" deadline`},
	{"http://a.test/escapes", `200 "a\x1b\u202e\x00\n\r\t\\\n" Content-Type=text/html; charset=utf-8`},
	{"http://a.test/tags", `200 "<div><div><div><div>   " Content-Type=text/html; charset=utf-8`},
	{"http://a.test/drip", `200 "0123456789\n" Content-Type=text/html; charset=utf-8`},
	{"http://x.a.test/", `200 "wild\n" Content-Type=text/html; charset=utf-8`},
	{"http://y.x.a.test/z", `200 "wild\n" Content-Type=text/html; charset=utf-8`},
	{"http://b.a.test/", `200 "not wild\n" Content-Type=text/html; charset=utf-8`},
	{"http://x.c.a.test/", `200 "wilder\n" Content-Type=text/html; charset=utf-8`},
	{"http://c.a.test/", `200 "wild\n" Content-Type=text/html; charset=utf-8`},
	{"http://b.test/", "dial tcp: lookup b.test: no such host"},
}

func checkWire(t *testing.T, rt http.RoundTripper) {
	for _, s := range wireSteps {
		got := outcome(t, rt, "GET", s.target)
		if got != s.want {
			t.Errorf("%s:\n got %s\nwant %s", s.target, got, s.want)
		}
	}
}

func TestRawAnswersAndWildcardsOverSockets(t *testing.T) {
	rt := client(t, serve(t, parse(t, wireSite)))
	rt.MaxResponseHeaderBytes = maxRawHeader
	checkWire(t, rt)
}

func TestRawAnswersAndWildcardsOverTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { checkWire(t, NewTransport(parse(t, wireSite))) })
}

const dripSite = `Drips.
seed: http://a.test/
-- a.test/index.html --
!drip 4 bytes every 10s
0123456789
-- a.test/endless --
!endless
!drip 2 bytes every 1m
head
{{endless}}
ab
-- a.test/flood --
!endless
ab
-- a.test/raw --
!raw
!drip 8 bytes every 1s
HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx
`

func TestDrippingTakesItsTimeAndKeepsToContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := NewTransport(parse(t, dripSite))
		for _, s := range []struct {
			path, want string
			limit      time.Duration
			took       time.Duration
		}{
			{"/", "0123456789\n", time.Hour, 20 * time.Second},
			{"/", "01234567", 15 * time.Second, 15 * time.Second},
			{"/endless", "head\nab\n", 210 * time.Second, 210 * time.Second},
			{"/raw", "x", time.Hour, 4 * time.Second},
		} {
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), s.limit)
			_, body, err := fetch(ctx, tr, "http://a.test"+s.path)
			cancel()
			if took := time.Since(start); took != s.took || body != s.want || (err != nil) != (took == s.limit) {
				t.Errorf("%s: %q and %v after %v, want %q after %v", s.path, body, err, took, s.want, s.took)
			}
		}
	})
}

func TestAnEndlessBodyEndsWithItsReader(t *testing.T) {
	s := parse(t, dripSite)
	srv := serve(t, s)
	for name, rt := range map[string]http.RoundTripper{"sockets": client(t, srv), "transport": NewTransport(s)} {
		_, body, err := fetch(t.Context(), rt, "http://a.test/flood")
		if len(body) != 4<<20 || body[:6] != "ab\nab\n" || err != nil {
			t.Errorf("%s: %d bytes, error %v", name, len(body), err)
		}
	}
	// The server notices that its client is gone, though it sends nothing that could fail for a minute.
	for _, path := range []string{"/endless", "/raw"} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if _, _, err := fetch(ctx, client(t, srv), "http://a.test"+path); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: error %v", path, err)
		}
		cancel()
	}
	deadline := time.Now().Add(10 * time.Second)
	for _, r := range srv.Log().Requests() {
		for r.End.IsZero() && time.Now().Before(deadline) {
			time.Sleep(time.Millisecond)
			for _, again := range srv.Log().Requests() {
				if again.Target == r.Target {
					r = again
				}
			}
		}
		if r.End.IsZero() {
			t.Errorf("%s is still under way", r.URL())
		}
	}
}

func TestCodingsAreUndoneByOtherDecoders(t *testing.T) {
	s := parse(t, `Codings.
seed: http://a.test/
-- a.test/index.html --
-- a.test/all --
!encode gzip zlib deflate br zstd
!fill 1MB zeros
begin
-- a.test/lie --
!encode gzip
!header Content-Encoding: br
lie
-- a.test/silent --
!encode br
!header Content-Encoding:
silent
`)
	get := func(path string) (body io.Reader, coding string) {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", "http://a.test"+path, nil)
		resp, err := NewTransport(s).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		if err != nil || int64(len(b)) != resp.ContentLength {
			t.Errorf("%s: %d bytes of %d, error %v", path, len(b), resp.ContentLength, err)
		}
		return bytes.NewReader(b), resp.Header.Get("Content-Encoding")
	}
	body, coding := get("/all")
	if want := "gzip, deflate, deflate, br, zstd"; coding != want {
		t.Errorf("Content-Encoding: %q, want %q", coding, want)
	}
	z, err := zstd.NewReader(body)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	zr, err := zlib.NewReader(flate.NewReader(brotli.NewReader(z)))
	if err != nil {
		t.Fatal(err)
	}
	gr, err := gzip.NewReader(zr)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(gr)
	if err != nil || len(plain) != 1<<20 || !bytes.HasPrefix(plain, []byte("begin\n\x00")) {
		t.Errorf("%d bytes, error %v", len(plain), err)
	}
	body, coding = get("/lie")
	if _, err := gzip.NewReader(body); err != nil || coding != "br" {
		t.Errorf("/lie: %v, Content-Encoding %q", err, coding)
	}
	if _, coding = get("/silent"); coding != "" {
		t.Errorf("/silent: Content-Encoding %q", coding)
	}
}

func TestGatesAskForCookiesAndPasswords(t *testing.T) {
	s := parse(t, `Gates.
seed: http://a.test/
-- a.test/index.html --
!setcookie a=1; Path=/
!setcookie b=2; Secure
-- a.test/cookie --
!needcookie a=1
inside
-- a.test/sent --
!needcookie a=1 /in?x=1
inside
-- a.test/auth --
!auth basic user:pass:word
inside
-- a.test/echo --
!echo cookie Authorization
{{Cookie}}, {{Authorization}}, {{Other}}
`)
	for _, c := range []struct{ path, cookie, auth, want string }{
		{"/", "", "", `200 "" [a=1; Path=/ b=2; Secure]`},
		{"/cookie", "", "", `403`},
		{"/cookie", "a=2", "", `403`},
		{"/cookie", "b=1; a=1", "", `200 "inside\n" []`},
		{"/sent", "", "", `302 /in?x=1`},
		{"/sent", "a=1", "", `200 "inside\n" []`},
		{"/auth", "", "", `401 Basic realm="crawlertest", charset="UTF-8"`},
		{"/auth", "", "user:word", `401 Basic realm="crawlertest", charset="UTF-8"`},
		{"/auth", "", "user:pass:word", `200 "inside\n" []`},
		{"/echo", "", "", `200 "none, none, {{Other}}\n" []`},
		{"/echo", "a=<1>", "u:p", `200 "a=&lt;1&gt;, Basic dTpw, {{Other}}\n" []`},
	} {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", "http://a.test"+c.path, nil)
		if c.cookie != "" {
			r.Header.Set("Cookie", c.cookie)
		}
		if user, password, ok := strings.Cut(c.auth, ":"); ok {
			r.SetBasicAuth(user, password)
		}
		resp, err := NewTransport(s).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		got := fmt.Sprint(resp.StatusCode)
		switch resp.StatusCode {
		case 200:
			got += fmt.Sprintf(" %q %v", b, resp.Header["Set-Cookie"])
		case 302:
			got += " " + resp.Header.Get("Location")
		case 401:
			got += " " + resp.Header.Get("WWW-Authenticate")
		}
		if got != c.want {
			t.Errorf("%s with %q and %q: got %s, want %s", c.path, c.cookie, c.auth, got, c.want)
		}
	}
}
