package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http/httpguts"
)

// What the zero Config stands for.
const (
	DefaultUserAgent       = "amble"
	DefaultTimeout         = 30 * time.Second
	DefaultMaxBody   int64 = 10 << 20
)

const (
	maxHeaderBytes = 256 << 10
	// maxIdleConns bounds the connections kept over all hosts; a crawl of many hosts must not run out of descriptors.
	maxIdleConns = 256
	// idleConnTimeout is less than the five seconds after which many servers close an idle connection: one that waited as
	// long would be closed just as the next request is on its way. Where requests are further apart, each gets a new connection.
	idleConnTimeout = 4 * time.Second
)

// Config says how a Client asks. The zero value is usable.
type Config struct {
	// UserAgent is the User-Agent header; empty means DefaultUserAgent.
	UserAgent string
	// Header holds further request headers, which replace those that Get would send (Accept, Accept-Encoding). Host
	// and the headers that frame the message cannot be set.
	Header http.Header
	// Timeout bounds one Get, from the name lookup to the last byte of the body; 0 means DefaultTimeout.
	Timeout time.Duration
	// MaxBody is the number of bytes of a body that are kept, counted after content decoding. A longer body is cut
	// there and marked Truncated. 0 means DefaultMaxBody.
	MaxBody int64
	// ConnsPerHost is the number of connections that may be open to one host, in use or kept for the next request; 0
	// means 1. A Get that finds them all in use waits for one, within its Timeout.
	ConnsPerHost int
	// Resolve holds entries "host:port:addr[,addr]..." that stand in for the name service, as curl's --resolve does: a
	// connection to host:port goes to the addresses, in order, until one accepts. The host may be "*", any host
	// without an entry of its own for that port. An addr is an IPv4 address or an IPv6 address in brackets.
	Resolve []string
	// Dial makes connections; nil means a [net.Dialer]. Its addr is host:port as in the URL (or the proxy's), or
	// address:port where Resolve has an entry. It must heed ctx.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS is cloned for connections to https hosts; nil means the system's roots and TLS 1.2 or newer.
	TLS *tls.Config
	// Transport sends the requests; nil means one of the Client's own, with the proxy of the environment
	// (HTTP_PROXY, HTTPS_PROXY, NO_PROXY), HTTP/2 where the server offers it, and the four fields above. With a
	// Transport of the caller's those four have no say, and Resolve, Dial and TLS must be empty.
	Transport http.RoundTripper
	// ReadAll makes Get read bodies that are not HTML too, for their size and hash; they are not kept.
	ReadAll bool
}

// Client sends requests. It is safe for use by several goroutines.
type Client struct {
	rt        http.RoundTripper
	own       *http.Transport // rt, if it is the Client's own
	traced    bool            // rt is known to call httptrace
	proxy     func(*http.Request) (*url.URL, error)
	overrides resolver
	dialed    bool // with a Dial of the caller's
	header    http.Header
	bare      http.Header // header without credentials
	timeout   time.Duration
	maxBody   int64
	readAll   bool
}

// New checks the configuration and makes a Client. It connects to nothing.
func New(cfg Config) (*Client, error) {
	header, err := requestHeader(cfg)
	if err != nil {
		return nil, err
	}
	if cfg.Timeout < 0 || cfg.MaxBody < 0 || cfg.ConnsPerHost < 0 {
		return nil, errors.New("fetch: Timeout, MaxBody and ConnsPerHost must not be negative; 0 is the default")
	}
	bare := header.Clone()
	for _, name := range []string{"Authorization", "Cookie", "Proxy-Authorization"} {
		bare.Del(name)
	}
	c := &Client{header: header, bare: bare, timeout: cfg.Timeout, maxBody: cfg.MaxBody, readAll: cfg.ReadAll}
	if c.timeout == 0 {
		c.timeout = DefaultTimeout
	}
	if c.maxBody == 0 {
		c.maxBody = DefaultMaxBody
	}
	if cfg.Transport != nil {
		if len(cfg.Resolve) > 0 || cfg.Dial != nil || cfg.TLS != nil {
			return nil, errors.New("fetch: Resolve, Dial and TLS have no effect on a Transport of your own: set them there")
		}
		c.rt = cfg.Transport
		if t, ok := cfg.Transport.(*http.Transport); ok {
			c.traced, c.proxy = true, t.Proxy
		}
		return c, nil
	}
	overrides, err := parseResolve(cfg.Resolve)
	if err != nil {
		return nil, err
	}
	c.overrides, c.dialed = overrides, cfg.Dial != nil
	c.own = newTransport(cfg, overrides, c.timeout)
	c.rt, c.traced, c.proxy = c.own, true, c.own.Proxy
	return c, nil
}

// Close closes the connections that no Get is using, and gives up those still being made for a Get that was
// cancelled. A caller's Transport is left as it is. The Client remains usable.
func (c *Client) Close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// newTransport is net/http's transport for a crawler.
//
// It is kept from one of net/http's habits: where a kept connection turns out to have been closed by the server before a byte of
// the answer came, net/http writes the request once more on a new connection, at once. A server that did see the
// first one gets two requests where the schedule allowed one. The trace ends such a request before it is written again; the Get
// fails as reset, and the schedule repeats it in its own time. What net/http found out before it wrote anything, it may repair as
// it likes.
func newTransport(cfg Config, overrides resolver, timeout time.Duration) *http.Transport {
	conns := max(cfg.ConnsPerHost, 1)
	tlsConfig := &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.TLS != nil {
		tlsConfig = cfg.TLS.Clone()
	}
	dial := cfg.Dial
	if dial == nil {
		// The transport dials apart from the request's context, so that a dial may outlive its Get: bound it here too.
		dial = (&net.Dialer{Timeout: timeout}).DialContext
	}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            overrides.dialer(dial),
		TLSClientConfig:        tlsConfig,
		TLSHandshakeTimeout:    timeout,
		ForceAttemptHTTP2:      true, // a DialContext of our own would switch it off
		DisableCompression:     true, // Get asks for the codings that it can undo
		MaxConnsPerHost:        conns,
		MaxIdleConnsPerHost:    conns,
		MaxIdleConns:           max(maxIdleConns, conns),
		IdleConnTimeout:        idleConnTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

// requestHeader is the header that each request carries.
func requestHeader(cfg Config) (http.Header, error) {
	h := http.Header{
		"Accept":          {"text/html,application/xhtml+xml,*/*;q=0.5"},
		"Accept-Encoding": {"gzip, deflate, br, zstd"},
		"User-Agent":      {DefaultUserAgent},
	}
	for name, values := range cfg.Header {
		if !httpguts.ValidHeaderFieldName(name) {
			return nil, fmt.Errorf("fetch: %q is no header name", name)
		}
		name = http.CanonicalHeaderKey(name)
		switch name {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer", "Te", "Connection", "Upgrade":
			return nil, fmt.Errorf("fetch: the header %s is not for the caller to set: leave it out", name)
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return nil, fmt.Errorf("fetch: the value of header %s holds a control character", name)
			}
		}
		h[name] = append([]string(nil), values...)
	}
	if cfg.UserAgent != "" {
		if !httpguts.ValidHeaderFieldValue(cfg.UserAgent) {
			return nil, errors.New("fetch: the user agent holds a control character")
		}
		h["User-Agent"] = []string{cfg.UserAgent}
	}
	return h, nil
}
