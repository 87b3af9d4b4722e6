package fetch

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"amble/crawler/page"
)

// FuzzResponse gives arbitrary bytes as a server's answer. Whatever they are, Get returns soon, with a failure or a bounded
// body, and nothing of it reaches the next request.
func FuzzResponse(f *testing.F) {
	for _, framing := range framings {
		if len(framing.answer) < 4<<10 {
			f.Add([]byte(framing.answer), false)
		}
	}
	for _, test := range mislabelled {
		f.Add([]byte("HTTP/1.1 200 OK\r\n\r\n"+test.body), true)
		f.Add([]byte(okHead+"\r\n"+test.body), false)
	}
	for _, coding := range []string{"gzip", "deflate", "br", "zstd"} {
		enc := encode(f, coding, []byte(strings.Repeat("<p>amble", 1000)))
		f.Add([]byte(okHead+"Content-Encoding: "+coding+"\r\n\r\n"+string(enc)), false)
		f.Add([]byte(okHead+"Content-Encoding: "+coding+", "+coding+"\r\n\r\n"+string(encode(f, coding, enc))), true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, readAll bool) {
		const limit = 3 << 20 // less than a stray length can ask for, more than LargeBody
		slots := NewSlots(Step{LargeBody, 1})
		conns := 0
		c, err := New(Config{
			MaxBody: limit, Timeout: 5 * time.Second, ReadAll: readAll, Large: slots,
			Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				conns++
				first := conns == 1
				return pipes(func(conn net.Conn, r *bufio.Reader) {
					for ; ; first = false {
						if _, err := readHead(r); err != nil {
							return
						}
						if first {
							if _, err := conn.Write(raw); err != nil || len(raw)%2 == 0 {
								return
							}
							_ = conn.SetReadDeadline(time.Now().Add(5 * time.Millisecond)) // lest Get wait for a body to end
						} else if _, err := conn.Write([]byte(okHead + "Content-Length: 7\r\n\r\n<p>next")); err != nil {
							return
						}
					}
				})(ctx, network, addr)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		r := c.Get(context.Background(), parse(t, "http://a.test/"), Request{})
		check(t, r, limit)
		r.Release()
		if slots.InUse() != 0 {
			t.Error("the slot is lost")
		}
		if next := untilAnswered(t, c, "http://a.test/"); string(next.Body) != "<p>next" {
			t.Errorf("the next request got %q, %v", next.Body, next.Err)
		}
	})
}

// check holds what is true of every Response.
func check(t *testing.T, r *Response, limit int64) {
	t.Helper()
	switch {
	case r.Err != nil && (r.Err.Text == "" || len(r.Err.Text) > 300 || strings.ContainsAny(r.Err.Text, "\r\n\x00\x1b") || !utf8.ValidString(r.Err.Text)):
		t.Errorf("no text for a person: %q", r.Err.Text)
	case r.Err != nil && (r.Err.Class == page.Internal || r.Err.Class == page.Cancelled):
		t.Errorf("%v", r.Err)
	case r.Err == nil && (r.Status < 200 || r.Status > 399):
		t.Errorf("status %d is well", r.Status)
	case r.HTML && (r.Bytes > limit || !utf8.Valid(r.Body)):
		t.Errorf("%d bytes, of which no text came", r.Bytes)
	case r.HTML && r.Err == nil && r.SHA256 == "":
		t.Error("a page without a hash")
	case !r.HTML && len(r.Body) > 0:
		t.Errorf("%d bytes of what is no page", len(r.Body))
	case r.Bytes < 0 || r.Duration < 0 || r.Duration > 2*time.Second:
		t.Errorf("%d bytes in %v", r.Bytes, r.Duration)
	case r.FirstByte.Before(r.Sent) && !r.FirstByte.IsZero() && r.FirstByte.Before(r.Start):
		t.Errorf("answered at %v, before it began at %v", r.FirstByte, r.Start)
	case r.Requests != 1:
		t.Errorf("%d requests", r.Requests)
	}
}

// FuzzHeaderFields reads what fields of an answer's header say.
func FuzzHeaderFields(f *testing.F) {
	f.Add("text/html; charset=utf-8", "gzip, br", "de, en", "bytes 0-9/10")
	f.Add(`TEXT/HTML;;charset="x`, ",identity,x-GZIP", "en-GB-oed", "bytes 0-9223372036854775807/-9223372036854775808")
	f.Add("0", "0", "0", "bytes\t0-9223372036854775807/-9223372036854775808")
	f.Add("*/*", "gzip,gzip,gzip,gzip,gzip", "<b>", "")
	f.Add("text/\xff", "\x00", strings.Repeat("a", 100), "bytes */*")
	f.Fuzz(func(t *testing.T, declared, contentEncoding, language, contentRange string) {
		m, c := contentType([]string{declared})
		if m != "" && (strings.Count(m, "/") != 1 || m != strings.ToLower(m) || len(m) > 127 || strings.ContainsAny(m, " ;,\"\x00\x1b\r\n")) {
			t.Errorf("media type %q", m)
		}
		if strings.ContainsAny(c, ";") && !strings.Contains(declared, `"`) {
			t.Errorf("charset %q", c)
		}
		if l := firstLanguage(language); len(l) > 63 || strings.ContainsAny(l, " ,;<>\"\x00\x1b\r\n") {
			t.Errorf("language %q", l)
		}
		var wire int64
		d, err := newDecoder([]string{contentEncoding}, strings.NewReader(""), 1, &ratio{wire: &wire, max: 1}, nil)
		if len(d.layers) > maxCodings || err == nil && len(d.layers) > strings.Count(contentEncoding, ",")+1 {
			t.Errorf("%d codings of %q", len(d.layers), contentEncoding)
		}
		if err != nil && len(protocolError(err).Text) > 210 {
			t.Errorf("%v", err)
		}
		d.release()
		if wholeRange(contentRange) && !strings.HasPrefix(contentRange, "bytes 0-") {
			t.Errorf("range %q", contentRange)
		}
		_ = noSniff(http.Header{"X-Content-Type-Options": {declared}})
	})
}
