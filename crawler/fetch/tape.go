package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"

	"amble/frontier/canon"
)

// Why an Exchange holds less than the whole body, in the words of WARC 1.1, section 5.13.
const (
	CutLength     = "length"
	CutTime       = "time"
	CutDisconnect = "disconnect"
)

// Exchange is one request and its answer as messages of HTTP/1.1, for an archive: what came over HTTP/2 is written in the older
// form. net/http keeps neither the order of an answer's fields nor the case of their names: here they are sorted, in canonical
// case. A transfer coding is undone, and the fields that tell of it left out; a content coding is not, so that Body is what
// Content-Encoding and Content-Length say it is.
type Exchange struct {
	Request []byte // the request: its line and fields, and the empty line
	Head    []byte // the answer's status line and fields, and the empty line
	Body    []byte // the answer's body
	Cut     string // why that is not the whole of it; "" if it is
	// IP is the address that answered; the zero Addr where that is not known, or is a proxy's.
	IP       netip.Addr
	Protocol string // that the answer came by: "HTTP/1.1", "HTTP/2.0"
}

// tape takes down what is read of the body of an exchange. nil takes nothing down.
type tape struct {
	request []byte
	hide    bool // the answer's cookies are secrets
	body    []byte
	cut     string
}

// tapeAhead is what the tape may be longer than the places that were taken for it: decoders read a little ahead, and may not
// have to wait for a place while they do (see Slots).
const tapeAhead = 16 << 10

// record takes in what was read, after waiting for the places that so much takes.
func (x *exchange) record(ctx context.Context, b []byte) error {
	t := x.tape
	for !x.r.slot.top() && int64(len(t.body)+len(b)) > x.r.slot.bound()+tapeAhead {
		if err := x.enlarge(ctx); err != nil {
			return err
		}
	}
	t.body = append(t.body, b...)
	return nil
}

// rest reads on where nobody else wants more of the body, to its end or to limit bytes in all.
func (x *exchange) rest(ctx context.Context, wire *wireReader, limit int64) {
	scratch := bufs.get(minBuf)[:minBuf]
	defer bufs.put(scratch)
	for wire.err == nil && int64(len(x.tape.body)) < limit {
		_, _ = wire.Read(scratch[:min(int64(len(scratch)), limit-int64(len(x.tape.body)))])
	}
	if wire.err == nil {
		// Whether that was all only another read can tell; of what it brings nothing is kept.
		wire.x = nil
		_, _ = wire.Read(scratch[:1])
		if wire.err == nil {
			x.tape.cut = CutLength
		}
	}
	if int64(len(x.tape.body)) > limit { // whoever read it took a byte more, to know that there is one
		x.tape.body, x.tape.cut = x.tape.body[:limit], CutLength
	}
	switch {
	case wire.err == nil, wire.err == io.EOF:
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded), errors.Is(wire.err, os.ErrDeadlineExceeded):
		x.tape.cut = CutTime
	default:
		if _, slow := context.Cause(ctx).(*slowError); slow {
			x.tape.cut = CutTime
			break
		}
		x.tape.cut = CutDisconnect
	}
}

// untape gives the Response what was taken down.
func (x *exchange) untape(resp *http.Response, proxied bool) {
	e := &Exchange{Request: x.tape.request, Body: x.tape.body, Cut: x.tape.cut, Protocol: resp.Proto}
	e.Head = appendFields([]byte("HTTP/1.1 "+resp.Status+"\r\n"), resp.Header, func(name string) bool { return x.tape.hide && strings.Contains(name, "Cookie") })
	if !proxied {
		e.IP = x.trace.peer()
	}
	x.r.Exchange = e
}

// takeDown begins the tape where the exchange is to be recorded. What leaves the body unread is no capture of it.
func (x *exchange) takeDown(u canon.URL, target string, header http.Header) {
	c := x.c
	if !c.record || x.opts.Head || x.opts.Bare {
		return
	}
	request := appendRequest(nil, http.MethodGet, target, u.HostPort(), header, func(name string) bool { return !c.keepSecrets && isSecret(name) })
	x.tape = &tape{request: request, hide: c.hides(header)}
}

// hides reports whether an answer's Set-Cookie is a secret: where the request spoke for the user, or cookies are kept.
func (c *Client) hides(request http.Header) bool {
	if c.keepSecrets {
		return false
	}
	if c.cookies != nil {
		return true
	}
	for name := range request {
		if isSecret(name) {
			return true
		}
	}
	return false
}

// appendRequest appends a request of HTTP/1.1 without a body, as net/http writes it, but for the fields to hide.
func appendRequest(b []byte, method, target, host string, header http.Header, hide func(name string) bool) []byte {
	for _, s := range []string{method, " ", target, " HTTP/1.1\r\nHost: ", host, "\r\n"} {
		b = append(b, s...)
	}
	const agent = "User-Agent"
	if v := header[agent]; len(v) > 0 && v[0] != "" {
		b = appendField(b, agent, v[0])
	}
	return appendFields(b, header, func(name string) bool { return name == agent || hide != nil && hide(name) })
}

// appendFields appends the fields in the order of their names, but for those to hide, and the empty line.
func appendFields(b []byte, header http.Header, hide func(name string) bool) []byte {
	var few [16]string
	names := few[:0]
	for name := range header {
		if !hide(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range header[name] {
			b = appendField(b, name, v)
		}
	}
	return append(b, "\r\n"...)
}

func appendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	b = append(b, strings.Trim(value, " \t")...)
	return append(b, "\r\n"...)
}

// addrOf is the address of a connection's other end; the zero Addr where it is none of the internet.
func addrOf(conn net.Conn) netip.Addr {
	if conn == nil {
		return netip.Addr{}
	}
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap()
}
