package fetch

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"amble/crawler/page"
)

func hexHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func TestWhatIsRead(t *testing.T) {
	png := "\x89PNG\x0D\x0A\x1A\x0A" + strings.Repeat("x", 600)
	long := "<!doctype html>" + strings.Repeat("<p>é</p>", 200)
	for _, test := range []struct {
		name   string
		cfg    Config
		opts   Request
		status int
		header string // "Name: value" lines; a Content-Type of "-" means none
		body   string

		typ   string
		html  bool
		text  string
		bytes int
		hash  string // of what; empty if nothing was hashed
		trunc bool
	}{
		{name: "html", header: "Content-Type: Text/HTML ; charset=utf-8", body: long, typ: "text/html", html: true, text: long, bytes: len(long), hash: long},
		{name: "xhtml", header: "Content-Type: application/xhtml+xml", body: "<p/>", typ: "application/xhtml+xml", html: true, text: "<p/>", bytes: 4, hash: "<p/>"},
		{name: "hash is of the bytes before charset decoding", header: "Content-Type: text/html; charset=latin1", body: "\xe9", typ: "text/html", html: true, text: "é", bytes: 1, hash: "\xe9"},
		{name: "BOM is hashed and not kept", header: "Content-Type: text/html", body: "\xef\xbb\xbfa", typ: "text/html", html: true, text: "a", bytes: 4, hash: "\xef\xbb\xbfa"},
		{name: "image", header: "Content-Type: image/png", body: png, typ: "image/png", bytes: len(png)},
		{name: "image, read all", cfg: Config{ReadAll: true}, header: "Content-Type: image/png", body: png, typ: "image/png", bytes: len(png), hash: png},
		{name: "image, read all, cut", cfg: Config{ReadAll: true, MaxBody: 100}, header: "Content-Type: image/png", body: png, typ: "image/png", bytes: 100, hash: png[:100], trunc: true},
		{name: "image, raw", opts: Request{Raw: 10}, header: "Content-Type: image/png", body: png, typ: "image/png", text: png[:10], bytes: 10, hash: png[:10], trunc: true},
		{name: "sniffed html", header: "Content-Type: -", body: long, typ: "text/html", html: true, text: long, bytes: len(long), hash: long},
		{name: "sniffed html, cut in the sniffed part", cfg: Config{MaxBody: 100}, header: "Content-Type: -", body: long, typ: "text/html", html: true, text: long[:99], bytes: 100, hash: long[:100], trunc: true},
		{name: "sniffed image", header: "Content-Type: -", body: png, typ: "image/png", bytes: len(png)},
		{name: "sniffed image, read all", cfg: Config{ReadAll: true}, header: "Content-Type: -", body: png, typ: "image/png", bytes: len(png), hash: png},
		{name: "no sniffing", header: "Content-Type: -\nX-Content-Type-Options: nosniff", body: long, typ: "text/plain", bytes: len(long)},
		{name: "unknown type is sniffed", header: "Content-Type: nonsense", body: "<html>", typ: "text/html", html: true, text: "<html>", bytes: 6, hash: "<html>"},
		{name: "nothing to sniff", header: "Content-Type: -", typ: ""},
		{name: "exactly the limit", cfg: Config{MaxBody: 5}, header: "Content-Type: text/html", body: "12345", typ: "text/html", html: true, text: "12345", bytes: 5, hash: "12345"},
		{name: "one byte more", cfg: Config{MaxBody: 5}, header: "Content-Type: text/html", body: "123456", typ: "text/html", html: true, text: "12345", bytes: 5, hash: "12345", trunc: true},
		{name: "cut within a character", cfg: Config{MaxBody: 3}, header: "Content-Type: text/html", body: "éé", typ: "text/html", html: true, text: "é", bytes: 3, hash: "éé"[:3], trunc: true},
		{name: "raw is not decoded", opts: Request{Raw: 1 << 20}, header: "Content-Type: text/html; charset=utf-16", body: "\xef\xbb\xbf\xff", typ: "text/html", text: "\xef\xbb\xbf\xff", bytes: 4, hash: "\xef\xbb\xbf\xff"},
		{name: "raw beyond MaxBody", cfg: Config{MaxBody: 3}, opts: Request{Raw: 5}, header: "Content-Type: text/plain", body: "12345", typ: "text/plain", text: "12345", bytes: 5, hash: "12345"},
		{name: "raw empty", opts: Request{Raw: 5}, header: "Content-Type: text/plain", typ: "text/plain", hash: "-"},
		{name: "error page", status: 404, header: "Content-Type: text/html", body: "<p>gone", typ: "text/html", bytes: 7},
		{name: "error, raw", opts: Request{Raw: 9}, status: 503, header: "Content-Type: text/plain", body: "busy", typ: "text/plain", bytes: 4},
		{name: "no content", status: 204, header: "Content-Type: text/html", typ: "text/html"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := get(t, test.cfg, test.opts, func(w http.ResponseWriter, _ *http.Request) {
				for line := range strings.SplitSeq(test.header, "\n") {
					name, value, _ := strings.Cut(line, ": ")
					if w.Header().Set(name, value); value == "-" {
						w.Header()[name] = nil // keeps the server from sniffing
					}
				}
				if test.status != 204 {
					w.Header().Set("Content-Length", strconv.Itoa(len(test.body)))
				}
				w.WriteHeader(cmp.Or(test.status, 200))
				fmt.Fprint(w, test.body)
			})
			if test.status < 400 && r.Err != nil {
				t.Fatal(r.Err)
			}
			if r.ContentType != test.typ || r.HTML != test.html || r.Bytes != int64(test.bytes) || r.Truncated != test.trunc {
				t.Errorf("type %q, html %v, %d bytes, truncated %v; want %q, %v, %d, %v",
					r.ContentType, r.HTML, r.Bytes, r.Truncated, test.typ, test.html, test.bytes, test.trunc)
			}
			if string(r.Body) != test.text || (r.Charset != "") != test.html {
				t.Errorf("body %q in %q, want %q", r.Body, r.Charset, test.text)
			}
			want := ""
			if test.hash == "-" {
				want = hexHash("")
			} else if test.hash != "" {
				want = hexHash(test.hash)
			}
			if r.SHA256 != want {
				t.Errorf("hash %q, want %q", r.SHA256, want)
			}
		})
	}
}

func TestHeaderFields(t *testing.T) {
	for _, test := range []struct {
		status         int
		location, lang string
		wantLocation   string
		wantLang       string
		class          page.Class
	}{
		{status: 200, location: "/x", lang: "de, en", wantLang: "de"},
		{status: 201, location: "/x"},
		{status: 300, location: "/x"},
		{status: 301, location: "/x y|", wantLocation: "/x y|", lang: "en-GB", wantLang: "en-GB"},
		{status: 302, location: "//b.test/", wantLocation: "//b.test/", lang: "<b>", wantLang: ""},
		{status: 303, location: "x", wantLocation: "x"},
		{status: 304, location: "/x"},
		{status: 307, location: "x", wantLocation: "x"},
		{status: 308, location: "x", wantLocation: "x"},
		{status: 308},
		{status: 404, location: "x", class: page.Client},
		{status: 429, class: page.Client},
		{status: 500, class: page.Server},
	} {
		r := get(t, Config{}, Request{}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Language", test.lang)
			if test.location != "" {
				w.Header().Set("Location", test.location)
			}
			w.WriteHeader(test.status)
		})
		if r.Status != test.status || r.Location != test.wantLocation || r.Lang != test.wantLang {
			t.Errorf("%d: status %d, location %q, lang %q", test.status, r.Status, r.Location, r.Lang)
		}
		if (r.Err == nil) != (test.class == "") || r.Err != nil && r.Err.Class != test.class {
			t.Errorf("%d: error %v, want %q", test.status, r.Err, test.class)
		}
	}
}

func TestMediaTypeAndCharsetOfHeaders(t *testing.T) {
	for _, test := range []struct {
		values        []string
		typ, declared string
	}{
		{nil, "", ""},
		{[]string{"text/html"}, "text/html", ""},
		{[]string{" TEXT/HTML;Charset=UTF-8; charset=x"}, "text/html", "UTF-8"},
		{[]string{`text/html; charset="utf-8"; x=y`}, "text/html", "utf-8"},
		{[]string{`text/html; charset="utf-8`}, "text/html", "utf-8"},
		{[]string{"text/html; charset=koi8-r", "garbage"}, "text/html", "koi8-r"},
		{[]string{"text/html; charset=koi8-r", "text/plain"}, "text/plain", ""},
		{[]string{"text/html, text/html; charset=x"}, "text/html", "x"},
		{[]string{"text/html; charset=x, text/html"}, "text/html", "x"},
		{[]string{"text/html; charset=x", "text/html; charset=y"}, "text/html", "y"},
		{[]string{"text/html; charset=x", "TEXT/html; a=b"}, "text/html", "x"},
		{[]string{"text/html; charset=x, text/plain"}, "text/plain", ""},
		{[]string{"text/html; charset=x, text/plain, text/html"}, "text/html", ""},
		{[]string{`text/html; a="b, text/plain; charset=y"; charset=x`}, "text/html", "x"},
		{[]string{`text/html; a="b;charset=y\";charset=z"c;charset=w; charset=x`}, "text/html", "w"},
		{[]string{`text/html; charset="\x\y`}, "text/html", "xy"},
		{[]string{`text/html; charset="x\`}, "text/html", `x\`},
		{[]string{`text/html; charset=""; charset=x`}, "text/html", ""},
		{[]string{"text/html; charset=; charset=x"}, "text/html", "x"},
		{[]string{"text/html;;;charset;=y; charset=x "}, "text/html", "x"},
		{[]string{"text/html; charset =y; charset= x\t"}, "text/html", " x"},
		{[]string{"text/html; charset=\x01; charset=x"}, "text/html", "x"},
		{[]string{"text/html charset=x"}, "", ""},
		{[]string{"unknown/unknown; charset=x"}, "", ""},
		{[]string{"text/html; charset=x", "*/*"}, "text/html", "x"},
		{[]string{"*/*; charset=x"}, "", ""},
		{[]string{"text/\x1b[2J"}, "", ""},
		{[]string{"text/" + strings.Repeat("x", 200)}, "", ""},
	} {
		if typ, declared := contentType(test.values); typ != test.typ || declared != test.declared {
			t.Errorf("%q: %q, %q; want %q, %q", test.values, typ, declared, test.typ, test.declared)
		}
	}
}

// An answer whose body is of no interest leaves the connection in use for the next, unless that would take much reading.
func TestConnectionIsKeptWhereTheRestIsSmall(t *testing.T) {
	gz := string(encode(t, "gzip", []byte(strings.Repeat("<p>", 1000))))
	br := string(encode(t, "br", []byte(strings.Repeat("<p>", 1000))))
	for _, test := range []struct {
		name    string
		status  int
		header  http.Header
		body    string
		chunked bool
		kept    bool
	}{
		{name: "page", status: 200, header: http.Header{"Content-Type": {"text/html"}}, body: strings.Repeat("x", 100_000), kept: true},
		{name: "chunked page", status: 200, header: http.Header{"Content-Type": {"text/html"}}, body: "<p>", chunked: true, kept: true},
		{name: "gzip page", status: 200, header: http.Header{"Content-Type": {"text/html"}, "Content-Encoding": {"gzip"}}, body: gz, chunked: true, kept: true},
		{name: "brotli page", status: 200, header: http.Header{"Content-Type": {"text/html"}, "Content-Encoding": {"br"}}, body: br, chunked: true, kept: true},
		{name: "small image", status: 200, header: http.Header{"Content-Type": {"image/png"}}, body: strings.Repeat("x", smallBody), kept: true},
		{name: "large image", status: 200, header: http.Header{"Content-Type": {"image/png"}}, body: strings.Repeat("x", 1<<20)},
		{name: "image of unknown size", status: 200, header: http.Header{"Content-Type": {"image/png"}}, body: "x", chunked: true},
		{name: "redirect", status: 302, header: http.Header{"Location": {"/"}}, body: "moved", chunked: true, kept: true},
		{name: "error", status: 404, body: strings.Repeat("x", drainMax), chunked: true, kept: true},
		{name: "long error", status: 404, body: strings.Repeat("x", 1<<20), chunked: true},
		{name: "declared long error", status: 404, body: strings.Repeat("x", 1<<20)},
	} {
		t.Run(test.name, func(t *testing.T) {
			var conns atomic.Int32
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for name, values := range test.header {
					w.Header()[name] = values
				}
				if !test.chunked {
					w.Header().Set("Content-Length", strconv.Itoa(len(test.body)))
				}
				w.WriteHeader(test.status)
				if test.chunked {
					_ = http.NewResponseController(w).Flush()
				}
				fmt.Fprint(w, test.body)
			}))
			s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
				if st == http.StateNew {
					conns.Add(1)
				}
			}
			s.Start()
			defer s.Close()
			c := newClient(t, Config{})
			const n = 3
			for range n {
				r := c.Get(context.Background(), parse(t, s.URL+"/"), Request{})
				if r.Status != test.status {
					t.Fatal(r.Err)
				}
				r.Release()
			}
			want := int32(n)
			if test.kept {
				want = 1
			}
			if conns.Load() != want {
				t.Errorf("%d connections, want %d", conns.Load(), want)
			}
		})
	}
}

func TestReleaseIsSafeTwice(t *testing.T) {
	page := strings.Repeat("<p>one", 1000)
	serve := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=iso-8859-1")
		fmt.Fprint(w, page)
	}
	first := get(t, Config{}, Request{}, serve)
	first.Release()
	first.Release()
	if first.Body != nil {
		t.Error("Body is still there")
	}
	a, b := get(t, Config{}, Request{}, serve), get(t, Config{}, Request{}, serve)
	copy(a.Body, bytes.Repeat([]byte{'x'}, len(a.Body)))
	if string(b.Body) != page {
		t.Error("two responses share their memory")
	}
}
