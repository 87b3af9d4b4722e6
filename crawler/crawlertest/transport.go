package crawlertest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Transport is an http.RoundTripper that calls a handler in the caller's goroutine: no sockets, no goroutines, and
// hence at home in a testing/synctest bubble.
//
// For a handler from [Site.Handler] the directives keep their meaning: a reset is an error that wraps
// syscall.ECONNRESET, a hang lasts until the request's context ends, a truncated body ends in io.ErrUnexpectedEOF, a
// delay and the pauses of a dripping body are timers, a raw answer is read as http.ReadResponse reads it. Hosts that the site has not do not exist and ports other than 80 refuse, as with [Server.Dial].
//
// Any other handler is called for every host, and its whole answer is taken before RoundTrip returns. If it panics
// with http.ErrAbortHandler, that is a reset.
type Transport struct {
	// Handler answers the requests. It must not be nil.
	Handler http.Handler
	// Latency is how long the way to the server takes, before anything else happens. Nil and zero mean no time.
	Latency func(*http.Request) time.Duration
	// Log, if not nil, records every request that reaches the handler. A request ends in it when its body has been read
	// or closed.
	Log *Log
}

// NewTransport returns a Transport over a fresh handler of the site, with a Log.
func NewTransport(s *Site) *Transport { return &Transport{Handler: s.Handler(), Log: new(Log)} }

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	h, ours := t.Handler.(*handler)
	if ours {
		if err := h.site.reach("tcp", dialAddr(r)); err != nil {
			return nil, err
		}
	}
	end := func(int) {}
	if t.Log != nil {
		end = t.Log.begin(r)
	}
	var wait time.Duration
	if t.Latency != nil {
		wait = t.Latency(r)
	}
	if !pause(r, wait) {
		end(0)
		return nil, context.Cause(r.Context())
	}
	rep := reply{}
	if ours {
		rep = h.reply(r)
	} else {
		rep = record(t.Handler, r)
	}
	if err := rep.failure(r); err != nil {
		end(0)
		return nil, err
	}
	if rep.raw {
		return rep.readRaw(r, end)
	}
	return rep.response(r, end), nil
}

// failure takes the time that the reply takes, and returns the error if it is not to be answered.
func (rep *reply) failure(r *http.Request) error {
	if !pause(r, rep.delay) {
		return context.Cause(r.Context())
	}
	switch rep.fault {
	case reset:
		return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	case hang:
		<-r.Context().Done()
	}
	return context.Cause(r.Context())
}

// response turns the reply into a response whose body calls end.
func (rep *reply) response(r *http.Request, end func(status int)) *http.Response {
	length := int64(len(rep.body))
	if v := rep.header.Get("Content-Length"); v != "" {
		length, _ = strconv.ParseInt(v, 10, 64) // a handler's own lie stays one
	}
	b := rep.source(r, end)
	b.short = int64(rep.cut) < length
	if len(rep.loop) > 0 {
		b.short, length = false, -1
	}
	if r.Method == http.MethodHead {
		b.data, b.loop, b.stall, b.short = nil, nil, false, false
	}
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", rep.status, http.StatusText(rep.status)),
		StatusCode: rep.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        rep.header,
		ContentLength: length,
		Body:          b,
		Request:       r,
	}
}

// source is what the server sends, as a reader.
func (rep *reply) source(r *http.Request, end func(status int)) *body {
	return &body{
		r: r, data: rep.body[:rep.cut], loop: rep.loop, drip: rep.drip, stall: rep.stall,
		end: func() { end(rep.status) }, stop: make(chan struct{}),
	}
}

// maxRawHeader is how much of a raw answer's header is read, informational answers included.
const maxRawHeader = 1 << 20

// readRaw reads a raw answer as net/http reads one from a connection. A client that traces is told that it got one: so it
// can tell an answer that is none from a host that cannot be reached.
func (rep *reply) readRaw(r *http.Request, end func(status int)) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	src := rep.source(r, end)
	limited := &io.LimitedReader{R: src, N: maxRawHeader}
	br := bufio.NewReader(limited)
	for {
		resp, err := http.ReadResponse(br, r)
		switch {
		case err != nil:
			src.Close()
			if limited.N <= 0 {
				err = fmt.Errorf("net/http: server response headers exceeded %d bytes; aborted", maxRawHeader)
			}
			return nil, fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", err)
		case resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols:
			limited.N = math.MaxInt64
			// Close must not read on to the end, as that of resp.Body does: there may be none.
			resp.Body = struct {
				io.Reader
				io.Closer
			}{resp.Body, src}
			return resp, nil
		}
	}
}

// body is a response body that may end too early or never.
type body struct {
	r     *http.Request
	data  []byte
	loop  []byte // what follows again and again
	drip  drip
	begun bool // of a dripping body, the first bytes were read
	piece int  // of a dripping body, the bytes that may be read before the next pause
	short bool // less came than was declared
	stall bool // after the data, silence
	once  sync.Once
	end   func()
	stop  chan struct{} // closed by Close
}

// Read implements io.Reader. Like a body from a socket it fails once the request's context has ended.
func (b *body) Read(p []byte) (int, error) {
	if len(b.data) == 0 {
		b.data = b.loop
	}
	err := context.Cause(b.r.Context())
	switch {
	case b.isClosed():
		return 0, http.ErrBodyReadAfterClose
	case err != nil:
	case len(p) == 0:
		return 0, nil
	case len(b.data) > 0:
		var n int
		if n, err = b.take(p); err == nil || err == http.ErrBodyReadAfterClose {
			return n, err
		}
	case b.stall:
		if err = b.wait(nil); err == http.ErrBodyReadAfterClose {
			return 0, err
		}
	case b.short:
		err = io.ErrUnexpectedEOF
	default:
		err = io.EOF
	}
	b.once.Do(b.end)
	return 0, err
}

// take reads of the data what its pace allows.
func (b *body) take(p []byte) (int, error) {
	if b.drip.bytes > 0 {
		if b.piece == 0 {
			if b.begun {
				t := time.NewTimer(b.drip.every)
				defer t.Stop()
				if err := b.wait(t.C); err != nil {
					return 0, err
				}
			}
			b.begun, b.piece = true, b.drip.bytes
		}
		p = p[:min(len(p), b.piece)]
	}
	n := copy(p, b.data)
	b.data = b.data[n:]
	b.piece -= n
	return n, nil
}

// wait returns when the time has come, or with an error when the request or the body has ended before.
func (b *body) wait(until <-chan time.Time) error {
	select {
	case <-until:
		return nil
	case <-b.r.Context().Done():
		return context.Cause(b.r.Context())
	case <-b.stop:
		return http.ErrBodyReadAfterClose
	}
}

// Close implements io.Closer. It must be called once by one goroutine, as http.Client does.
func (b *body) Close() error {
	if !b.isClosed() {
		close(b.stop)
	}
	b.once.Do(b.end)
	return nil
}

func (b *body) isClosed() bool {
	select {
	case <-b.stop:
		return true
	default:
		return false
	}
}

// dialAddr is the address that a client would connect to for a request.
func dialAddr(r *http.Request) string {
	port := r.URL.Port()
	if port == "" {
		port = "80"
		if r.URL.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(r.URL.Hostname(), port)
}

// record calls a handler that is not ours and keeps what it writes.
func record(h http.Handler, r *http.Request) (rep reply) {
	w := &recorder{reply: reply{header: make(http.Header)}}
	in := r.Clone(r.Context())
	in.Host, in.RequestURI, in.RemoteAddr = hostOf(r), r.URL.RequestURI(), "192.0.2.1:1234"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			rep = reply{fault: reset}
		}
	}()
	h.ServeHTTP(w, in)
	w.WriteHeader(http.StatusOK)
	w.reply.body = w.buf.Bytes()
	w.reply.cut = len(w.reply.body)
	return w.reply
}

// recorder is the http.ResponseWriter of record.
type recorder struct {
	reply  reply
	header http.Header
	buf    bytes.Buffer
}

func (w *recorder) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header)
	}
	return w.header
}

func (w *recorder) WriteHeader(status int) {
	if w.reply.status == 0 && status >= 200 {
		w.reply.status, w.reply.header = status, w.Header().Clone()
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.reply.status == 0 && w.Header()["Content-Type"] == nil {
		w.Header().Set("Content-Type", http.DetectContentType(p))
	}
	w.WriteHeader(http.StatusOK)
	return w.buf.Write(p)
}
