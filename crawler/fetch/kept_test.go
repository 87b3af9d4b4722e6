package fetch

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"amble/crawler/page"
)

// heldConn reads no further than the first answer until the next request is about to be written: so the kernel's socket has what the
// server sent meanwhile, and net/http does not.
type heldConn struct {
	net.Conn
	reads, writes int
	open          chan struct{}
	once          sync.Once
}

func (c *heldConn) Read(p []byte) (int, error) {
	if c.reads++; c.reads > 1 {
		<-c.open
	}
	return c.Conn.Read(p)
}

func (c *heldConn) Write(p []byte) (int, error) {
	if c.writes++; c.writes > 1 {
		c.once.Do(func() { close(c.open) })
	}
	return c.Conn.Write(p)
}

func (c *heldConn) Close() error {
	c.once.Do(func() { close(c.open) })
	return c.Conn.Close()
}

func (c *heldConn) SyscallConn() (syscall.RawConn, error) {
	return c.Conn.(syscall.Conn).SyscallConn()
}

// A second answer that nobody asked for comes in a packet of its own, and lies in the socket when the next request is about to be
// written: that one goes over another connection, at once, and the server sees it once.
func TestSurplusAnswerInASecondPacketIsNoAnswer(t *testing.T) {
	first, sent := make(chan struct{}), make(chan struct{})
	addr := rawServer(t, func(n int, conn net.Conn, r *bufio.Reader) {
		for i := 0; ; i++ {
			head, err := readHead(r)
			if err != nil {
				return
			}
			body := fmt.Sprintf("<p>to %d %s", n, strings.Fields(head[0])[1])
			fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n%s", okHead, len(body), body)
			if n == 0 && i == 0 {
				<-first
				_, _ = io.WriteString(conn, okHead+"Content-Length: 7\r\n\r\n<p>evil")
				close(sent)
			}
		}
	})
	c := newClient(t, Config{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return &heldConn{Conn: conn, open: make(chan struct{})}, err
	}})
	get := func(path string) *Response {
		return c.Get(t.Context(), parse(t, "http://"+addr+path), Request{})
	}
	if r := get("/a"); string(r.Body) != "<p>to 0 /a" {
		t.Fatalf("%q, %v", r.Body, r.Err)
	}
	close(first)
	<-sent
	if r := get("/b"); string(r.Body) != "<p>to 1 /b" || r.Err != nil || r.Requests != 1 {
		t.Errorf("got %q, %v, written %d times; want the answer over a second connection", r.Body, r.Err, r.Requests)
	}
}

// What comes between the moment when a request gets the connection and its writing is no answer to it.
func TestInputBeforeTheRequestIsSurplus(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	c := &keptConn{Conn: ours}
	reads := c.lend(true)
	go func() { _, _ = io.WriteString(theirs, "HTTP/1.1 200 OK\r\n") }()
	if n, err := c.Read(make([]byte, 100)); n == 0 || err != nil {
		t.Fatal(n, err)
	}
	if !c.surplus(reads) {
		t.Error("it passes for an answer")
	}
	if n, err := c.Write([]byte("GET / HTTP/1.1\r\n")); n != 0 || err != errSurplus {
		t.Errorf("the request was written: %d, %v", n, err)
	}
}

// A server that closed the connection while nobody read it is asked over another, not told of a request that it cannot answer.
func TestClosedConnectionIsSeenBeforeWriting(t *testing.T) {
	var accepted net.Conn
	ready := make(chan struct{})
	addr := rawServer(t, func(_ int, conn net.Conn, _ *bufio.Reader) {
		accepted = conn
		close(ready)
		<-t.Context().Done()
	})
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	<-ready
	c := &keptConn{Conn: conn}
	c.lend(true)
	if n, err := c.Write([]byte("GET /")); n != 5 || err != nil {
		t.Fatalf("a quiet connection: %d, %v", n, err)
	}
	accepted.Close()
	for end := time.Now().Add(10 * time.Second); !pendingInput(conn) && time.Now().Before(end); {
	}
	c.lend(true)
	if n, err := c.Write([]byte("GET /")); n != 0 || err != errSurplus {
		t.Errorf("a closed connection: %d, %v", n, err)
	}
}

func TestHeaderIsWeighedByFieldsToo(t *testing.T) {
	fields := func(n int) string { return strings.Repeat("X:y\r\n", n) }
	for _, test := range []struct {
		name, answer string
		over         bool
	}{
		{"many small fields", okHead + fields(2000) + "\r\n", true},
		{"fewer", okHead + fields(1500) + "Content-Length: 0\r\n\r\n", false},
		{"interim answers add up", strings.Repeat("HTTP/1.1 103 Early Hints\r\n"+fields(500)+"\r\n", 4) + okHead + "Content-Length: 0\r\n\r\n", true},
		{"behind an interim answer with two blanks", "HTTP/1.1  100 Continue\r\n\r\n" + okHead + fields(2000) + "\r\n", true},
		{"interim answers with two blanks without end", strings.Repeat("HTTP/1.1  100 Continue\r\n\r\n", 4000) + okHead + "Content-Length: 0\r\n\r\n", true},
		{"line feeds in the body", okHead + fields(1500) + "Content-Length: 4000\r\n\r\n" + strings.Repeat("\n", 4000), false},
		{"fields behind the body", okHead + "Content-Length: 3\r\n\r\n<p>" + fields(4000), false},
	} {
		addr := rawServer(t, answer(test.answer))
		r := newClient(t, Config{}).Get(t.Context(), parse(t, "http://"+addr+"/"), Request{})
		if over := r.Err != nil && r.Err.Class == page.Protocol && strings.Contains(r.Err.Text, "header is longer than"); over != test.over || !over && r.Err != nil {
			t.Errorf("%s: %v, too long: %v, want %v", test.name, r.Err, over, test.over)
		}
	}
}

// However the bytes are cut into reads, the meter finds the same end.
func TestHeadMeterFindsTheEnd(t *testing.T) {
	for _, test := range []struct {
		head string
		end  bool
	}{
		{"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", true}, {"HTTP/1.1 200 OK\nA: b\n\n", true}, {"HTTP/1.1 200 OK\r\nA: b\r\n", false},
		{"HTTP/1.1 103 E\r\nA: b\r\n\r\n", false}, {"HTTP/1.1 103 E\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", true},
		{"HTTP/1.1  100 E\r\n\r\n", false}, {"HTTP/1.1   200 1\r\n\r\n", true}, {"HTTP/1.1 200 1 1\r\n\r\n", true}, {"HTTP/1.1 200 OK\r\nA: 1\r\r\n", false},
	} {
		for cut := range len(test.head) {
			var m headMeter
			m.begin()
			m.add([]byte(test.head[:cut]))
			m.add([]byte(test.head[cut:]))
			if m.on == test.end {
				t.Errorf("%q cut at %d: the end was seen: %v, want %v", test.head, cut, !m.on, test.end)
			}
		}
	}
}

// The same holds within TLS.
func TestHeaderIsWeighedWithinTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	addr := rawServer(t, func(_ int, conn net.Conn, _ *bufio.Reader) {
		secure := tls.Server(conn, s.TLS)
		if _, err := readHead(bufio.NewReader(secure)); err == nil {
			_, _ = io.WriteString(secure, okHead+strings.Repeat("X:y\r\n", 2000)) // and no more, but the connection is not closed
			_, _ = secure.Read(make([]byte, 1))
		}
	})
	r := newClient(t, Config{TLS: trusting(s)}).Get(t.Context(), parse(t, "https://"+addr+"/"), Request{})
	if r.Err == nil || !strings.Contains(r.Err.Text, "header is longer than") {
		t.Errorf("%v", r.Err)
	}
}
