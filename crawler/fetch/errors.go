package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
	"unicode"

	"amble/crawler/page"
)

// failure is what a person is told of an error that RoundTrip gave, or of an answer that is none.
func (x *exchange) failure(ctx context.Context, err error) *page.Error {
	if e := x.ended(ctx, err); e != nil {
		connected, _, _ := x.trace.reached()
		x.r.unreached = e.Class == page.Timeout && !connected && x.c.traced
		return e
	}
	if x.trace.leftover() {
		return &page.Error{Class: page.Reset, Text: "the server had sent more than its last answer: the connection was closed"}
	}
	if x.trace.heavy() || errors.Is(err, errHeavyHeader) {
		return headerTooLong()
	}
	connected, _, refused := x.trace.reached()
	if !connected {
		x.r.unreached, x.r.offline = unreached(err)
	}
	if refused || errors.Is(err, errAbandoned) {
		return &page.Error{Class: page.Reset, Text: "the server closed the connection instead of answering"}
	}
	if e := classify(err); e != nil {
		return e
	}
	if connected {
		return protocolError(err)
	}
	return &page.Error{Class: page.Network, Text: "no connection: " + oneLine(err)}
}

func headerTooLong() *page.Error {
	return &page.Error{Class: page.Protocol, Text: fmt.Sprintf("the answer's header is longer than %d KiB", maxHeaderBytes>>10)}
}

// bodyFailure is what a person is told of an error in the body. wire is the error of the message itself; where there
// is none, the message was whole and its content did not decode.
func (x *exchange) bodyFailure(ctx context.Context, wire, err error) *page.Error {
	if e := x.ended(ctx, err); e != nil {
		return e
	}
	if wire == nil || wire == io.EOF {
		return protocolError(err)
	}
	if errors.Is(wire, io.ErrUnexpectedEOF) {
		text := fmt.Sprintf("unexpected end of body: got %d bytes and no end mark", x.got)
		if x.length >= 0 {
			text = fmt.Sprintf("unexpected end of body: got %d of %d bytes", x.got, x.length)
		}
		return &page.Error{Class: page.Reset, Text: text}
	}
	if e := classify(wire); e != nil {
		return e
	}
	return protocolError(wire)
}

// ended tells whether the caller gave up or our own time ran out. A failure that came first but is looked at after the
// caller gave up counts as cancelled too: nobody waits for it.
func (x *exchange) ended(ctx context.Context, err error) *page.Error {
	deadline, ok := x.parent.Deadline() // a dial may fail by it just before the context ends
	if x.parent.Err() != nil || ok && !time.Now().Before(deadline) {
		return &page.Error{Class: page.Cancelled, Text: "cancelled before the answer was whole"}
	}
	within := x.c.timeout
	cause := context.Cause(ctx)
	if slow, ok := cause.(*slowError); ok {
		return &page.Error{Class: page.Timeout, Text: slow.Error()}
	}
	if cause != context.DeadlineExceeded {
		if !isTimeout(err) {
			return nil
		}
		within = time.Since(x.r.Start).Round(time.Millisecond) // the kernel's or the name service's patience, not ours
	}
	connected, answered, _ := x.trace.reached()
	var text string
	switch {
	case x.r.Status != 0:
		text = fmt.Sprintf("the answer was not complete within %s: got %d bytes of body", within, x.got)
	case answered:
		text = fmt.Sprintf("the answer's header was not complete within %s", within)
	case connected || !x.c.traced:
		text = fmt.Sprintf("no answer within %s", within)
	default:
		text = fmt.Sprintf("no connection within %s", within)
	}
	return &page.Error{Class: page.Timeout, Text: text}
}

// unreached reports of an error before a connection was made whether nobody was reached at all, and whether this machine is to
// blame: it has no route, or no name service, or cannot reach its proxy. A host that refuses is there.
func unreached(err error) (nobody, offline bool) {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.ENETDOWN), errors.As(err, &dns) && !dns.IsNotFound,
		errors.As(err, &op) && op.Op == "proxyconnect":
		return true, true
	case errors.Is(err, syscall.EHOSTUNREACH):
		return true, false
	}
	return isTimeout(err), false
}

func isTimeout(err error) bool {
	var t net.Error
	return err != nil && errors.As(err, &t) && t.Timeout()
}

// classify finds the class of an error of the network, TLS or HTTP; nil if it knows none. A Dial or a Transport of the
// caller's may give a page.Error of its own.
func classify(err error) *page.Error {
	var own *page.Error
	if errors.As(err, &own) {
		return &page.Error{Class: own.Class, Text: own.Text}
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "proxyconnect" {
		e := classify(op.Err)
		if e == nil {
			e = &page.Error{Class: page.Network, Text: oneLine(op.Err)}
		}
		e.Text = "proxy: " + e.Text
		return e
	}
	if errors.As(err, &op) && op.Op == "socks connect" {
		return socksFailure(op.Err)
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		text := "host name " + shorten(dns.Name, 255) + " does not resolve"
		if !dns.IsNotFound {
			text += ": " + shorten(dns.Err, 80)
		}
		return &page.Error{Class: page.DNS, Text: text}
	}
	if e := classifyTLS(err); e != nil {
		return e
	}
	if e := classifyErrno(err, op); e != nil {
		return e
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return &page.Error{Class: page.Reset, Text: "the server closed the connection before the answer was whole"}
	}
	// net/http keeps the types of these to itself.
	switch text := err.Error(); {
	case strings.Contains(text, "server closed idle connection"), strings.Contains(text, "GOAWAY"),
		strings.Contains(text, "client connection lost"), strings.Contains(text, "client conn could not be established"):
		return &page.Error{Class: page.Reset, Text: "the server closed the connection before the answer was whole"}
	case strings.Contains(text, "server response headers exceeded"), strings.Contains(text, "response header list larger"),
		strings.Contains(text, "header list too large"):
		return headerTooLong()
	case strings.Contains(text, "stream error:"):
		// Of the two ends of an HTTP/2 stream it is ours that finds fault with the other's frames.
		if _, fault, ok := strings.Cut(oneLine(err), "PROTOCOL_ERROR; "); ok && fault != "received from peer" {
			return &page.Error{Class: page.Protocol, Text: "broken HTTP/2: " + fault}
		}
		return &page.Error{Class: page.Reset, Text: "the server broke off the answer: " + oneLine(err)}
	case strings.Contains(text, "invalid proxy address"): // quotes it, with the password that may be in it
		return &page.Error{Class: page.Network, Text: "the proxy's address is no URL: look at HTTP_PROXY and HTTPS_PROXY"}
	case strings.Contains(text, "malformed MIME header"): // quotes the line, which may be a Set-Cookie
		return &page.Error{Class: page.Protocol, Text: "a malformed line in the answer's header"}
	}
	return nil
}

func classifyTLS(err error) *page.Error {
	var (
		record  tls.RecordHeaderError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		verify  *tls.CertificateVerificationError
		op      *net.OpError
	)
	text := ""
	switch {
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		text = "the server does not speak TLS on this port"
	case errors.As(err, &unknown):
		text = "the certificate is signed by an unknown authority (--ca-file names one to trust, --insecure accepts any)"
	case errors.As(err, &host):
		text = "the certificate is not valid for " + shorten(host.Host, 255) + " (--insecure accepts it)"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		text = "the certificate has expired or is not yet valid (--insecure accepts it)"
	case errors.As(err, &verify):
		text = "the certificate is not acceptable: " + strings.TrimPrefix(oneLine(verify.Err), "x509: ") + " (--insecure accepts it)"
	case errors.As(err, &op) && op.Op == "remote error" && op.Err.Error() == "tls: certificate required": // RFC 8446, section 6.2
		text = "the server wants a client certificate (--client-cert, for the hosts of the seeds)"
	case errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"):
		text = "TLS handshake failed: " + strings.TrimPrefix(oneLine(op.Err), "tls: ")
	case strings.HasPrefix(err.Error(), "tls: "), strings.HasPrefix(err.Error(), "x509: "):
		_, text, _ = strings.Cut(oneLine(err), ": ")
		text = "TLS handshake failed: " + text
	default:
		return nil
	}
	return &page.Error{Class: page.TLS, Text: text}
}

// socksFailure is what a SOCKS5 proxy said instead of connecting (RFC 1928, section 6).
func socksFailure(err error) *page.Error {
	text := strings.TrimPrefix(oneLine(err), "unknown error ")
	e := &page.Error{Class: page.Network, Text: "proxy: " + text}
	switch text {
	case "connection refused":
		e.Class = page.Refused
	case "no acceptable authentication methods", "username/password authentication failed":
		e.Text += ": it wants another user and password (--proxy socks5://user:password@host:port)"
	}
	return e
}

func classifyErrno(err error, op *net.OpError) *page.Error {
	at := ""
	if op != nil && op.Addr != nil && op.Op == "dial" {
		at = " " + op.Addr.String()
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		if at == "" {
			at = " the host"
		}
		return &page.Error{Class: page.Refused, Text: "connection refused by" + at}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNABORTED):
		return &page.Error{Class: page.Reset, Text: "connection reset by the server"}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		if at == "" {
			at = " the host"
		}
		return &page.Error{Class: page.Network, Text: "no route to" + at}
	}
	var errno syscall.Errno
	if op != nil && op.Op == "dial" && errors.As(err, &errno) {
		return &page.Error{Class: page.Network, Text: "no connection to" + at + ": " + errno.Error()}
	}
	return nil
}

func protocolError(err error) *page.Error {
	text := oneLine(err)
	for _, noise := range []string{"net/http: HTTP/1.x transport connection broken: ", "net/http: ", "http: "} {
		text = strings.TrimPrefix(text, noise)
	}
	return &page.Error{Class: page.Protocol, Text: text}
}

// oneLine is an error's text as one printable line of bounded length: parts of it may be the server's.
func oneLine(err error) string { return shorten(HideUserinfo(err.Error()), 200) }

// shorten replaces what is not printable, and cuts s to n bytes.
func shorten(s string, n int) string {
	if len(s) > n {
		s = s[:n] + "..."
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
