package crawlertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
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
// delay is a timer. Hosts that the site has not do not exist and ports other than 80 refuse, as with [Server.Dial].
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
	b := &body{r: r, data: rep.body[:rep.cut], end: func() { end(rep.status) }, stop: make(chan struct{})}
	b.stall, b.short = rep.stall, int64(rep.cut) < length
	if r.Method == http.MethodHead {
		b.data, b.stall, b.short = nil, false, false
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

// body is a response body that may end too early or never.
type body struct {
	r     *http.Request
	data  []byte
	short bool // less came than was declared
	stall bool // after the data, silence
	once  sync.Once
	end   func()
	stop  chan struct{} // closed by Close
}

// Read implements io.Reader. Like a body from a socket it fails once the request's context has ended.
func (b *body) Read(p []byte) (int, error) {
	err := context.Cause(b.r.Context())
	switch {
	case b.isClosed():
		return 0, http.ErrBodyReadAfterClose
	case err != nil:
	case len(b.data) > 0 || len(p) == 0:
		n := copy(p, b.data)
		b.data = b.data[n:]
		return n, nil
	case b.stall:
		select {
		case <-b.r.Context().Done():
			err = context.Cause(b.r.Context())
		case <-b.stop:
			return 0, http.ErrBodyReadAfterClose
		}
	case b.short:
		err = io.ErrUnexpectedEOF
	default:
		err = io.EOF
	}
	b.once.Do(b.end)
	return 0, err
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
