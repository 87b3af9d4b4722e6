package fetch

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"amble/crawler/page"
)

const okHead = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"

// framing is a broken or hostile message, and what is recorded of it.
type framing struct {
	name   string
	answer string
	hold   bool // the server leaves the connection open, and answers further requests on it

	status int
	class  page.Class // "" if all is well
	text   string     // the error's, or how it begins
	body   string
}

// framings are answers of which the message itself is broken or hostile. What is recorded of each is fixed here; and
// whatever it was, the next request to the server gets that request's own answer.
var framings = []framing{
	{name: "length too long", answer: okHead + "Content-Length: 10\r\n\r\n<p>half",
		status: 200, class: page.Reset, text: "unexpected end of body: got 7 of 10 bytes", body: "<p>half"},
	{name: "chunk cut off", answer: okHead + "Transfer-Encoding: chunked\r\n\r\n20\r\n<p>half",
		status: 200, class: page.Reset, text: "unexpected end of body: got 7 bytes and no end mark", body: "<p>half"},
	{name: "last chunk missing", answer: okHead + "Transfer-Encoding: chunked\r\n\r\n7\r\n<p>half\r\n",
		status: 200, class: page.Reset, text: "unexpected end of body: got 7 bytes and no end mark", body: "<p>half"},
	{name: "length too short", answer: okHead + "Content-Length: 3\r\n\r\n<p>rest of it", hold: true, status: 200, body: "<p>"},
	{name: "a second answer behind the first", hold: true,
		answer: okHead + "Content-Length: 3\r\n\r\n<p>" + okHead + "Content-Length: 7\r\n\r\n<p>evil", status: 200, body: "<p>"},
	{name: "a second answer behind a chunked one", hold: true,
		answer: okHead + "Transfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n0\r\n\r\n" + okHead + "Content-Length: 7\r\n\r\n<p>evil", status: 200, body: "<p>"},
	{name: "a second answer behind one without a body", hold: true,
		answer: okHead + "Content-Length: 0\r\n\r\n" + okHead + "Content-Length: 7\r\n\r\n<p>evil", status: 200},
	{name: "lengths that agree", answer: okHead + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n<p>", hold: true, status: 200, body: "<p>"},
	{name: "lengths that differ", answer: okHead + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n<p>x", hold: true,
		class: page.Protocol, text: "message cannot contain multiple Content-Length headers"},
	{name: "negative length", answer: okHead + "Content-Length: -1\r\n\r\n<p>", hold: true, class: page.Protocol, text: `bad Content-Length "-1"`},
	{name: "length that is no number", answer: okHead + "Content-Length: 3x\r\n\r\n<p>", hold: true, class: page.Protocol, text: `bad Content-Length "3x"`},
	{name: "length beyond 64 bits", answer: okHead + "Content-Length: 99999999999999999999\r\n\r\n<p>", hold: true, class: page.Protocol, text: `bad Content-Length "99999999999999999999"`},
	{name: "huge length", answer: okHead + "Content-Length: 9223372036854775807\r\n\r\n<p>",
		status: 200, class: page.Reset, text: "unexpected end of body: got 3 of 9223372036854775807 bytes", body: "<p>"},
	{name: "length and chunks", answer: okHead + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n0\r\n\r\n", hold: true, status: 200, body: "<p>"},
	{name: "unknown transfer coding", answer: okHead + "Transfer-Encoding: gzip\r\n\r\n<p>", hold: true, class: page.Protocol, text: `unsupported transfer encoding: "gzip"`},
	{name: "chunks twice over", answer: okHead + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", hold: true, class: page.Protocol, text: `unsupported transfer encoding: "chunked, chunked"`},
	{name: "chunk size is no number", answer: okHead + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", hold: true, status: 200, class: page.Protocol, text: "invalid byte in chunk length"},
	{name: "negative chunk", answer: okHead + "Transfer-Encoding: chunked\r\n\r\n-3\r\n<p>\r\n", hold: true, status: 200, class: page.Protocol, text: "invalid byte in chunk length"},
	{name: "chunk beyond 64 bits", answer: okHead + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n<p>", hold: true, status: 200, class: page.Protocol, text: "http chunk length too large"},
	{name: "chunk longer than said", answer: okHead + "Transfer-Encoding: chunked\r\n\r\n3\r\n<p>more\r\n0\r\n\r\n", hold: true, status: 200, class: page.Protocol, text: "malformed chunked encoding", body: "<p>"},
	{name: "endless chunk extension", answer: okHead + "Transfer-Encoding: chunked\r\n\r\n3;" + strings.Repeat("x", 1<<20), status: 200, class: page.Protocol, text: "header line too long"},
	{name: "chunks of one byte with long extensions", answer: okHead + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("x", 1000)+"\r\nx\r\n", 1000),
		status: 200, class: page.Protocol, text: "chunked encoding contains too much non-data", body: strings.Repeat("x", 16)},
	{name: "endless trailers", answer: okHead + "Transfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n0\r\n" + strings.Repeat("X: y\r\n", 200_000),
		status: 200, class: page.Protocol, text: "suspiciously long trailer after chunked body", body: "<p>"},
	{name: "HTTP/0.9", answer: "<html><p>hello", class: page.Protocol, text: "malformed HTTP"},
	{name: "HTTP/0.9 without an end", answer: strings.Repeat("<p>hello ", 100_000), class: page.Protocol, text: "the answer's header is longer than 64 KiB"},
	{name: "HTTP/1.0 without a length", answer: "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>to the end", status: 200, body: "<p>to the end"},
	{name: "bare line feeds", answer: "HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 3\n\n<p>", hold: true, status: 200, body: "<p>"},
	{name: "rubbish", answer: "\x00\x01\x02\xff\xfe\r\n\r\n", hold: true, class: page.Protocol, text: `malformed HTTP response "\x00\x01\x02\xff\xfe"`},
	{name: "ICY", answer: "ICY 200 OK\r\n\r\n", hold: true, class: page.Protocol, text: `malformed HTTP version "ICY"`},
	{name: "HTTP/9.9", answer: "HTTP/9.9 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>", hold: true, status: 200, body: "<p>"},
	{name: "no status", answer: "HTTP/1.1\r\n\r\n", hold: true, class: page.Protocol, text: `malformed HTTP`},
	{name: "status is no number", answer: "HTTP/1.1 abc OK\r\n\r\n", hold: true, class: page.Protocol, text: `malformed HTTP status code "abc"`},
	{name: "status -20", answer: "HTTP/1.1 -20 OK\r\n\r\n", hold: true, class: page.Protocol, text: `malformed HTTP status code "-20"`},
	{name: "status 99999", answer: "HTTP/1.1 99999 OK\r\n\r\n", hold: true, class: page.Protocol, text: `malformed HTTP status code "99999"`},
	{name: "status 000", answer: "HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n", hold: true, class: page.Server, text: "000"},
	{name: "status 999", answer: "HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n", hold: true, status: 999, class: page.Server, text: "999"},
	{name: "101", answer: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n" + okHead + "\r\n<p>evil", hold: true,
		status: 101, class: page.Protocol, text: "101 Switching Protocols is no answer to a GET"},
	{name: "some 103 first", answer: strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 20) + okHead + "Content-Length: 3\r\n\r\n<p>", hold: true, status: 200, body: "<p>"},
	{name: "100 without end", answer: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 20_000), class: page.Protocol, text: "the answer's header is longer than 64 KiB"},
	{name: "103 without end", answer: strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 10_000), class: page.Protocol, text: "the answer's header is longer than 64 KiB"},
	{name: "204 with a body", answer: "HTTP/1.1 204 No Content\r\nContent-Type: text/html\r\n\r\n" + okHead + "Content-Length: 7\r\n\r\n<p>evil", hold: true, status: 204},
	{name: "304 with a body", answer: "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n<p>evil", hold: true, status: 304},
	{name: "206 unasked", answer: "HTTP/1.1 206 Partial Content\r\nContent-Type: text/html\r\nContent-Range: bytes 0-2/9\r\nContent-Length: 3\r\n\r\n<p>", hold: true, status: 206, body: "<p>"},
	{name: "one huge field", answer: okHead + "X: " + strings.Repeat("x", 1<<20) + "\r\n\r\n<p>", class: page.Protocol, text: "the answer's header is longer than 64 KiB"},
	{name: "many fields", answer: okHead + strings.Repeat("X: y\r\n", 100_000) + "\r\n<p>", class: page.Protocol, text: "the answer's header is longer than 64 KiB"},
	{name: "header without end", answer: okHead + strings.Repeat("x", 1<<20), class: page.Protocol, text: "the answer's header is longer than 64 KiB"},
	{name: "location of 1 MiB", answer: "HTTP/1.1 302 Found\r\nLocation: /" + strings.Repeat("x", 1<<20) + "\r\n\r\n", class: page.Protocol, text: "the answer's header is longer than 64 KiB"},
	{name: "field without a colon", answer: okHead + "nonsense\r\nContent-Length: 3\r\n\r\n<p>", hold: true, class: page.Protocol, text: "a malformed line in the answer"},
	{name: "space before the colon", answer: okHead + "X : y\r\nContent-Length: 3\r\n\r\n<p>", hold: true, status: 200, body: "<p>"},
	{name: "NUL in a value", answer: okHead + "X: a\x00b\r\nContent-Length: 3\r\n\r\n<p>", hold: true, class: page.Protocol, text: "a malformed line in the answer"},
	{name: "escape in a value", answer: okHead + "X: \x1b[2J\r\nContent-Length: 3\r\n\r\n<p>", hold: true, class: page.Protocol, text: "a malformed line in the answer"},
	{name: "NUL in a name", answer: okHead + "X\x00Y: a\r\nContent-Length: 3\r\n\r\n<p>", hold: true, class: page.Protocol, text: "a malformed line in the answer"},
	{name: "folded field", answer: okHead + "X: a\r\n b\r\n\tc\r\nContent-Length: 3\r\n\r\n<p>", hold: true, status: 200, body: "<p>"},
	{name: "folded first field", answer: "HTTP/1.1 200 OK\r\n X: a\r\nContent-Length: 3\r\n\r\n<p>", hold: true, class: page.Protocol, text: "a malformed line in the answer"},
	{name: "unknown coding", answer: okHead + "Content-Encoding: sdch\r\nContent-Length: 3\r\n\r\n<p>", hold: true, status: 200, class: page.Protocol, text: `unknown content encoding "sdch"`},
	{name: "known upon unknown", answer: okHead + "Content-Encoding: gzip, aes128gcm\r\nContent-Length: 3\r\n\r\n<p>", hold: true, status: 200, class: page.Protocol, text: `unknown content encoding "aes128gcm"`},
	{name: "plain that is said to be gzip", answer: okHead + "Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\n<p>text", hold: true, status: 200, class: page.Protocol, text: "broken gzip: "},
	{name: "doubly said gzip", answer: okHead + "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzipped("<p>once"),
		status: 200, class: page.Protocol, text: "broken gzip: "},
	{name: "undeclared type, broken coding", answer: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\n<p>text", hold: true, status: 200, class: page.Protocol, text: "broken gzip: "},
}

func TestBrokenMessagesAreToldAndDoNotReachTheNext(t *testing.T) {
	for _, test := range framings {
		t.Run(test.name, func(t *testing.T) { brokenMessage(t, test, false) })
		t.Run(test.name+", by a proxy", func(t *testing.T) { brokenMessage(t, test, true) }) // which net/http talks to
	}
}

func brokenMessage(t *testing.T, test framing, proxied bool) {
	t.Parallel()
	addr := rawServer(t, func(n int, conn net.Conn, r *bufio.Reader) {
		for i := 0; ; i++ {
			if _, err := readHead(r); err != nil {
				return
			}
			if n > 0 || i > 0 {
				_, _ = io.WriteString(conn, okHead+"Content-Length: 7\r\n\r\n<p>next")
				continue
			}
			if _, _ = io.WriteString(conn, test.answer); !test.hold {
				return
			}
		}
	})
	cfg, u := Config{Timeout: 20 * time.Second}, parse(t, "http://"+addr+"/")
	if proxied {
		cfg.Proxy, u = "http://"+addr, parse(t, "http://a.test/")
	}
	c := newClient(t, cfg)
	r := c.Get(context.Background(), u, Request{})
	if r.Status != test.status || string(r.Body) != test.body && r.Err == nil || !strings.HasPrefix(string(r.Body), test.body) {
		t.Errorf("status %d, body %.60q; want %d, %q", r.Status, r.Body, test.status, test.body)
	}
	switch {
	case (r.Err == nil) != (test.class == ""):
		t.Errorf("error %v, want %q", r.Err, test.class)
	case r.Err != nil && (r.Err.Class != test.class || !strings.HasPrefix(r.Err.Text, test.text)):
		t.Errorf("error %v\nwant %s: %s", r.Err, test.class, test.text)
	case r.Err != nil && (len(r.Err.Text) > 250 || strings.ContainsAny(r.Err.Text, "\r\n\x00\x1b")):
		t.Errorf("the text %.300q is none for a person", r.Err.Text)
	}
	r.Release()
	if next := untilAnswered(t, c, u.String()); string(next.Body) != "<p>next" {
		t.Errorf("the next request got %q, %v", next.Body, next.Err)
	}
}

// untilAnswered asks again as the schedule does: what was left of the last answer may cost a connection, no more than one.
func untilAnswered(t *testing.T, c *Client, url string) *Response {
	t.Helper()
	r := c.Get(context.Background(), parse(t, url), Request{})
	if r.Err != nil && r.Err.Class == page.Reset {
		r = c.Get(context.Background(), parse(t, url), Request{})
	}
	return r
}

// net/http closes a connection on which something lies behind the answer, if it looks there before the next request does.
// Many requests in a row, each at once behind the last, find the moments when it does not.
func TestRestOfOneAnswerIsNeverAnother(t *testing.T) {
	addr := rawServer(t, func(_ int, conn net.Conn, r *bufio.Reader) {
		for {
			if _, err := readHead(r); err != nil {
				return
			}
			_, _ = io.WriteString(conn, okHead+"Content-Length: 0\r\n\r\n"+okHead+"Content-Length: 7\r\n\r\n<p>evil")
		}
	})
	c := newClient(t, Config{})
	u := parse(t, "http://"+addr+"/")
	left := 0
	for range 1000 {
		r := c.Get(context.Background(), u, Request{})
		if len(r.Body) > 0 {
			t.Fatalf("got %q of an answer that was never asked for", r.Body)
		}
		if r.Err != nil {
			if r.Err.Class != page.Reset {
				t.Fatal(r.Err)
			}
			left++
		}
	}
	t.Logf("%d of 1000 requests found the rest of an answer before net/http did", left)
}

func TestHostileAnswersLeaveNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, test := range framings {
		addr, stop := oneShot(t, test.answer)
		c, err := New(Config{Timeout: 20 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		c.Get(context.Background(), parse(t, "http://"+addr+"/"), Request{}).Release()
		c.Close()
		stop()
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if n := runtime.NumGoroutine(); n <= before {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", n, before)
		}
	}
}

// oneShot is a server of one answer that is gone once stop returns.
func oneShot(t *testing.T, text string) (addr string, stop func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		answer(text)(0, conn, bufio.NewReader(conn))
	}()
	return l.Addr().String(), func() {
		l.Close()
		<-done
	}
}

func TestPartIsMarkedUnlessItIsTheWhole(t *testing.T) {
	for contentRange, truncated := range map[string]bool{
		"bytes 0-2/3": false, "bytes 0-2/9": true, "bytes 6-8/9": true, "bytes 0-2/*": true, "rubbish": true, "": true,
	} {
		addr := rawServer(t, answer("HTTP/1.1 206 Partial Content\r\nContent-Type: text/html\r\nContent-Range: "+contentRange+"\r\nContent-Length: 3\r\n\r\n<p>"))
		r := newClient(t, Config{}).Get(context.Background(), parse(t, "http://"+addr+"/"), Request{})
		if r.Err != nil || r.Truncated != truncated || string(r.Body) != "<p>" {
			t.Errorf("%q: truncated %v, %q, %v", contentRange, r.Truncated, r.Body, r.Err)
		}
	}
}

func TestLocationIsTakenAsItIs(t *testing.T) {
	for _, location := range []string{"/größe", "/\xff\xfe", "http://[::1", "/" + strings.Repeat("x", 50_000)} {
		addr := rawServer(t, answer("HTTP/1.1 302 Found\r\nLocation: "+location+"\r\nContent-Length: 0\r\n\r\n"))
		r := newClient(t, Config{}).Get(context.Background(), parse(t, "http://"+addr+"/"), Request{})
		if r.Err != nil || r.Location != location {
			t.Errorf("location %.40q: got %.40q, %v", location, r.Location, r.Err)
		}
	}
}

// gzipped is for tables that are made before any test runs.
func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}
