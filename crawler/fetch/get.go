package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"golang.org/x/text/encoding"

	"amble/crawler/page"
	"amble/frontier/canon"
)

// Request is what one Get is to do beyond asking. The zero value reads HTML.
type Request struct {
	// Raw greater than 0 asks for the first Raw bytes of a 2xx answer's body, whatever its type, as they are after
	// content decoding: no charset decoding, no MaxBody. robots.txt and sitemaps are read so.
	Raw int64
	// Keep asks for the body of a 2xx answer whatever its type: MaxBody bytes of it, and of HTML the text.
	Keep bool
	// Head asks for the header alone by HEAD (RFC 9110, section 9.3.2); Bare asks by GET and leaves the body unread, but for a short one.
	// They are for finding out whether something is there.
	Head, Bare bool
	// Credentials allows the headers that speak for the user (Authorization, Cookie, X-Api-Key and whatever else is named for a secret), and an Auth
	// without origin, to be sent. They are for the hosts that the user meant, and for no other that a link or a redirect
	// leads to.
	Credentials bool
	// IfNoneMatch and IfModifiedSince ask for the page only if it is not the one that has these validators (RFC 9110, section 13.1): an
	// ETag and a Last-Modified, sent as they are; "" sends none. If it is, the answer is a 304 without a body.
	IfNoneMatch, IfModifiedSince string
	// Sent is called once when the request has been written (or, with a Transport of the caller's that is no
	// *http.Transport, when it is about to be), on another goroutine perhaps; it is not called if that never happens.
	// Get returns only after Sent has, and does not call it afterwards. It may be nil.
	Sent func()
}

// Response is what came of one Get. Fields that the answer did not reach or state are zero.
type Response struct {
	Status int
	Header http.Header
	// ContentType is the media type in lower case without parameters. Where a 2xx answer declares none, it is what a
	// browser would take the first 512 bytes for (WHATWG MIME Sniffing, section 7.1).
	ContentType string
	// HTML tells that Body is the text of an HTML page: the answer was 2xx, its type text/html or
	// application/xhtml+xml, and it was not asked for raw. If Err is set, the text is not the whole of it.
	HTML bool
	// Charset is the encoding that Body was decoded from, as the WHATWG Encoding standard names it; empty unless HTML.
	Charset string
	// Encoding is that encoding where it takes part in resolving the queries of the page's links; nil if they are
	// UTF-8, as they are for UTF-8 pages and, by the standard's "output encoding", for UTF-16 ones.
	Encoding encoding.Encoding
	// Body is an HTML page's text in valid UTF-8 without byte order mark, or the raw bytes that Request.Raw or
	// Request.Keep asked for; otherwise empty. It is valid until Release. A failed answer has what came of it: fit to look at, not to record.
	Body []byte
	// Bytes is the size of the body after content decoding, as far as it was read. For a body that was not read it is the
	// declared length, and 0 where none was declared.
	Bytes int64
	// SHA256 is the hash of those bytes in lower-case hexadecimal; empty if the body was not read to its end or limit.
	SHA256 string
	// Truncated tells that the body is longer than what was read of it, or than the part that a 206 answer holds.
	Truncated bool
	// Location is the raw Location header of a redirect (301, 302, 303, 307, 308).
	Location string
	// ETag and LastModified are those headers of a 2xx or a 304 answer, as they came (RFC 9110, section 8.8).
	ETag, LastModified string
	// Lang is the first language tag of Content-Language.
	Lang string
	// Start is when Get began, Sent when the request was first written, FirstByte when the first byte of the answer came;
	// zero if it never did. With a Transport that does not call httptrace, Sent is when RoundTrip was called
	// and FirstByte when it returned.
	Start, Sent, FirstByte time.Time
	// Duration is the time from Start to the last byte read.
	Duration time.Duration
	// Requests is the number of requests that were written: 1, or 0 if it did not come to that.
	Requests int
	// Exchange is what went over the wire, with Config.Record, where a server answered; else nil. Request.Raw bounds its body, or else
	// Config.MaxBody. Its memory does not go with Release.
	Exchange *Exchange
	// Err is why there is no answer, or only a part of one, or the status of a 4xx or 5xx answer; nil if all is well. A
	// status outside 100 to 599 counts as 5xx (RFC 9110 section 15).
	Err *page.Error

	buf  []byte // the pooled memory behind Body
	slot slot   // what was taken for the body

	unreached, offline bool
}

// Unreached reports whether nobody was reached: neither the host answered in any way, nor anybody for it; and whether, as far as can
// be told, it is this machine that cannot reach anybody.
func (r *Response) Unreached() (nobody, offline bool) {
	return r.unreached, r.offline
}

// Release gives the memory of Body back for other requests to use, and the places that a large one took. Body must not be used
// afterwards, nor anything that shares its memory. With Config.Large it must be called, whatever Err says; without, to call
// it is an economy. A second call does nothing.
func (r *Response) Release() {
	r.slot.release()
	bufs.put(r.buf)
	r.buf, r.Body = nil, nil
}

// Get asks for u once and reads the answer. It blocks until that is done, ctx is cancelled or Config.Timeout has passed,
// and returns a Response in any case; failures are in its Err. When ctx ends first, by its deadline too, the class is
// [page.Cancelled].
func (c *Client) Get(ctx context.Context, u canon.URL, opts Request) *Response {
	r := &Response{Start: time.Now(), slot: slot{of: c.large}}
	if u.IsZero() {
		r.Err = &page.Error{Class: page.Internal, Text: "fetch: no URL to get"}
		return r
	}
	x := exchange{c: c, r: r, opts: opts, host: u.Host(), parent: ctx, watch: c.newWatch(ctx, r.Start)}
	x.trace.watch, x.trace.call = x.watch, opts.Sent
	whole := false
	defer func() {
		x.watch.stop(whole && x.trace.own && !x.drained)
		if !whole { // a decoder panics: the caller gets no Response to release
			r.Release()
		}
	}()
	x.run(x.watch.ctx, u)
	whole = true
	return r
}

// exchange is one Get under way.
type exchange struct {
	c       *Client
	r       *Response
	opts    Request
	trace   trace
	watch   *watch
	parent  context.Context // the caller's: tells cancellation from our own timeout
	got     int64           // bytes of the body that came, before content decoding
	length  int64           // declared length of those; -1 if unknown
	host    string          // of the URL, whose ending hints at a language
	charset string          // that the header declares; empty if it does not
	tape    *tape           // nil where nothing is taken down

	drained bool // something may still end the watch, for having read too long for the connection's sake
}

func (x *exchange) run(ctx context.Context, u canon.URL) {
	r, c := x.r, x.c
	if e := c.guard.host(u.Host()); e != nil {
		r.Err, r.Duration = e, time.Since(r.Start)
		return
	}
	header := x.opts.conditions(c.headerFor(u, x.opts.Credentials))
	resp, proxied, called, err := x.send(ctx, u, header)
	returned := time.Now()
	defer func() {
		x.trace.finish(r)
		if !c.traced && r.Requests == 0 {
			r.Requests, r.Sent = 1, called
		}
		if resp != nil && r.FirstByte.IsZero() {
			r.FirstByte = returned
		}
	}()
	if err != nil {
		r.Err = x.failure(ctx, err)
		r.Duration = time.Since(r.Start)
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusProxyAuthRequired && proxied {
		r.Err, r.Duration = proxyRefusal(resp.StatusCode), time.Since(r.Start)
		return // nothing of this answer is the host's
	}
	if x.trace.leftover() {
		r.Err = x.failure(ctx, nil)
		r.Duration = time.Since(r.Start)
		return
	}
	x.header(resp)
	if c.cookies != nil {
		c.cookies.take(u, resp.Header)
	}
	rest := false
	wire := &wireReader{r: resp.Body, n: &x.got, watch: x.watch}
	if x.tape != nil {
		wire.x, wire.ctx = x, ctx
	}
	if x.wanted() {
		rest = x.body(ctx, resp, wire)
	} else {
		r.Bytes = max(resp.ContentLength, 0)
		rest = x.short(resp)
	}
	r.Duration = time.Since(r.Start)
	if x.tape != nil {
		x.rest(ctx, wire, x.limit())
		if x.parent.Err() != nil && wire.err != nil && wire.err != io.EOF {
			r.Err = x.ended(ctx, wire.err)
		}
		x.untape(resp, proxied)
		rest = rest && wire.err == nil
	}
	if r.Err == nil {
		r.Err = statusError(r.Status)
	}
	if rest {
		x.drained = true
		drain(resp, x.watch.end)
	}
}

// send makes the request: over a connection of our own where it goes to the host itself without TLS, else by the transport. called is when
// a transport was that tells nothing of its doings.
func (x *exchange) send(ctx context.Context, u canon.URL, header http.Header) (resp *http.Response, proxied bool, called time.Time, err error) {
	c := x.c
	plain := c.conns != nil && u.Scheme() == "http"
	var target *url.URL
	if !plain || c.proxy != nil {
		target = c.requestURL(u)
		if ctx, err = c.routed(ctx, target, u.Host()); err != nil {
			return nil, false, called, err
		}
		proxied = routeOf(ctx).proxy != nil
	}
	if plain && !proxied {
		x.takeDown(u, u.RequestTarget(), header)
		resp, err = c.direct(x.watch, u, header, x.opts.Head, &x.trace)
		return resp, false, called, err
	}
	x.takeDown(u, target.RequestURI(), header)
	method := http.MethodGet
	if x.opts.Head {
		method = http.MethodHead
	}
	req := (&http.Request{
		Method: method, URL: target, Host: u.HostPort(), Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(httptrace.WithClientTrace(ctx, x.trace.hooks()))
	if !c.traced {
		req.Header = header.Clone() // a stranger's RoundTripper might write into it
		called = time.Now()
		x.trace.announce()
	}
	resp, err = c.rt.RoundTrip(req)
	return resp, proxied, called, err
}

// header takes from the answer's header what the Response says of it.
func (x *exchange) header(resp *http.Response) {
	r := x.r
	r.Status, r.Header = resp.StatusCode, resp.Header
	r.ContentType, x.charset = contentType(resp.Header["Content-Type"])
	r.Lang = firstLanguage(resp.Header.Get("Content-Language"))
	if IsRedirect(r.Status) {
		r.Location = resp.Header.Get("Location")
	}
	if r.Status >= 200 && r.Status <= 299 || r.Status == http.StatusNotModified {
		r.ETag, r.LastModified = resp.Header.Get("Etag"), resp.Header.Get("Last-Modified")
	}
	x.length = resp.ContentLength
}

// limit is how many bytes of the body are kept.
func (x *exchange) limit() int64 {
	if x.opts.Raw > 0 {
		return x.opts.Raw
	}
	return x.c.maxBody
}

// wanted reports whether the body is to be read, as far as the header tells: it may yet turn out not to be HTML.
func (x *exchange) wanted() bool {
	r := x.r
	if x.opts.Head || x.opts.Bare || r.Status < 200 || r.Status > 299 || r.Status == http.StatusNoContent || r.Status == http.StatusResetContent {
		return false
	}
	return x.opts.Raw > 0 || x.opts.Keep || x.c.readAll || r.ContentType == "" || isHTML(r.ContentType)
}

// short reports whether a body that nobody wants is worth reading to its end, for the sake of the connection: the
// answers to errors and redirects, unless they are known to be long, and other bodies declared to be small.
func (x *exchange) short(resp *http.Response) bool {
	if x.r.Status >= 200 && x.r.Status <= 299 {
		return resp.ContentLength >= 0 && resp.ContentLength <= smallBody
	}
	return resp.ContentLength <= drainMax
}

// IsRedirect reports whether a status asks to go on at the Location (RFC 9110, section 15.4): 300 and 304 do not.
func IsRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// statusError is the failure that a status stands for; nil for 2xx and 3xx.
func statusError(status int) *page.Error {
	if status >= 200 && status <= 399 {
		return nil
	}
	text := fmt.Sprintf("%03d", status)
	if name := http.StatusText(status); name != "" {
		text += " " + name
	}
	switch {
	case status >= 100 && status <= 199:
		return &page.Error{Class: page.Protocol, Text: text + " is no answer to a GET"}
	case status >= 400 && status <= 499:
		return &page.Error{Class: page.Client, Text: text}
	}
	return &page.Error{Class: page.Server, Text: text}
}
