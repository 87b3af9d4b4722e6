package fetch

import (
	"bufio"
	"container/list"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/net/http/httpguts"

	"amble/frontier/canon"
)

var (
	errHeavyHeader = errors.New("the answer's header is too long")
	errAbandoned   = errors.New("the server closed the connection instead of answering")
)

// getAnswer and headAnswer tell http.ReadResponse what was asked.
var (
	getAnswer  = &http.Request{Method: http.MethodGet}
	headAnswer = &http.Request{Method: http.MethodHead}
)

// conn is a connection to a host, over which the goroutine of a Get writes its request and reads the answer. net/http has two goroutines of
// its own for that on each connection, and half a dozen handovers between them for each request: they cost more than the rest of a small
// page's fetching. The grammar of the answer is net/http's all the same (http.ReadResponse).
//
// Nobody reads while it is kept. So all that is there when the next request is about to be written has come unasked, and the connection
// is of no use: quiet.
type conn struct {
	net.Conn
	addr string // host:port as it was dialled
	peer netip.Addr
	used bool // it has served a request

	in     *bufio.Reader
	out    []byte
	header headMeter
	heavy  bool // the answer's header was longer than it may be
	look   peek

	since time.Time     // when it was kept
	place *list.Element // in conns.kept
}

func newConn(raw net.Conn, addr string) *conn {
	c := &conn{Conn: raw, addr: addr, peer: addrOf(raw), look: newPeek(raw)}
	c.in = bufio.NewReaderSize(c, readBuffer)
	return c
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.header.on && c.header.add(p[:n]) {
		c.heavy = true // whoever parses may give another reason, the line that broke off
		return 0, errHeavyHeader
	}
	return n, err
}

// quiet reports whether the server has neither closed the kept connection nor sent anything since its last answer.
func (c *conn) quiet() bool { return !c.look.pending() }

// ask writes a request and reads the answer's header. Once the request is on its way wrote is called, and answered when
// the first byte of the answer is there. written tells whether any of the request may have reached the server.
func (c *conn) ask(request []byte, head bool, t *trace) (resp *http.Response, written bool, err error) {
	c.header.begin()
	n, err := c.Conn.Write(request)
	if err != nil {
		return nil, n > 0, err
	}
	t.wrote()
	if _, err = c.in.Peek(1); err != nil {
		if c.used && isHangup(err) {
			err = errAbandoned
		}
		return nil, true, err
	}
	t.answered()
	to := getAnswer
	if head {
		to = headAnswer
	}
	for {
		resp, err = http.ReadResponse(c.in, to)
		if c.heavy {
			return nil, true, errHeavyHeader
		}
		if err != nil || resp.StatusCode/100 != 1 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, true, err
		}
	}
}

// isHangup reports whether an error says that the server has closed a connection.
func isHangup(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED)
}

// direct sends a request over a connection of conns, as [http.Transport.RoundTrip] would. A kept connection that fails before any of the
// request was written costs nothing but another.
func (c *Client) direct(w *watch, u canon.URL, header http.Header, head bool, t *trace) (*http.Response, error) {
	ctx := w.ctx
	for _, values := range header {
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return nil, errors.New("a value of the request's header holds a control character")
			}
		}
	}
	for {
		conn, err := c.conns.get(ctx, dialAddress(u))
		if err != nil {
			return nil, err
		}
		t.through(conn)
		w.hold(conn)
		method := http.MethodGet
		if head {
			method = http.MethodHead
		}
		conn.out = appendRequest(conn.out[:0], method, u.RequestTarget(), u.HostPort(), header, nil)
		resp, written, err := conn.ask(conn.out, head, t)
		if err == nil {
			resp.Body = &answerBody{ReadCloser: resp.Body, ended: resp.Body == http.NoBody, last: resp.Close || resp.StatusCode == http.StatusSwitchingProtocols,
				conn: conn, watch: w, to: c.conns}
			return resp, nil
		}
		w.letGo()
		again := conn.used && !written && ctx.Err() == nil
		c.conns.drop(conn)
		if !again {
			return nil, err
		}
		t.alone()
	}
}

// dialAddress is the host and port of a URL.
func dialAddress(u canon.URL) string {
	if u.Port() != "" {
		return u.HostPort()
	}
	return u.HostPort() + ":80"
}

// answerBody is the body of an answer, whose end sets the connection free.
type answerBody struct {
	io.ReadCloser
	ended bool // there is no more of it
	last  bool // the connection serves no other request
	conn  *conn
	watch *watch // that holds the connection
	to    *conns
}

func (b *answerBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err == io.EOF
	return n, err
}

// Close gives the connection back. What is left of the body is not read; the one beneath would do that.
func (b *answerBody) Close() error {
	if b.conn == nil {
		return nil
	}
	if conn := b.conn; b.watch.letGo() && b.ended && !b.last && conn.in.Buffered() == 0 {
		b.to.put(conn)
	} else {
		b.to.drop(conn)
	}
	b.conn = nil
	return nil
}
