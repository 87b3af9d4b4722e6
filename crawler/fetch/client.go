package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// What the zero Config stands for.
const (
	DefaultUserAgent       = "amble"
	DefaultTimeout         = 30 * time.Second
	DefaultMaxBody   int64 = 10 << 20 // see also DefaultMinSpeed, DefaultMaxRatio
)

const (
	// readBuffer takes in the header and the whole of most pages by one read; what it holds of larger ones is copied, and the rest is read into
	// the page's own buffer.
	readBuffer = 16 << 10
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
	// and the headers that frame the message cannot be set. Where Auth has credentials for a request, they replace an
	// Authorization that stands here.
	Header http.Header
	// Auth holds credentials, at most one for each origin, which go to their origins alone.
	Auth []Auth
	// Cookies takes the cookies that answers set, and gives requests those that are for them, whatever Request.Credentials
	// says: they came from there. A Cookie in Header comes first in the same line, and hides cookies of the same names.
	// nil takes none.
	Cookies *Cookies
	// Timeout bounds one Get, from the name lookup to the last byte of the body; 0 means DefaultTimeout. Waiting for one
	// of Large's places does not count.
	Timeout time.Duration
	// MinSpeed is the number of bytes of the message body, before content decoding, that must come per second of waiting
	// for them, averaged over each ten seconds; 0 means DefaultMinSpeed, a negative number none.
	MinSpeed int64
	// MaxBody is the number of bytes of a body that are kept, counted after content decoding. A longer body is cut
	// there and marked Truncated. 0 means DefaultMaxBody.
	MaxBody int64
	// MaxRatio is how many times its size a message body may become by content decoding, once it has become more than
	// 1 MiB; one that exceeds it is a failure. 0 means DefaultMaxRatio.
	MaxRatio int
	// Large bounds how many large bodies are in memory at once: Get waits for a place before it reads on, and the Response
	// holds it until Release. nil sets no bound.
	Large *Slots
	// ConnsPerHost is the number of connections that may be open to one host, in use or kept for the next request; 0
	// means 1. A Get that finds them all in use waits for one, within its Timeout.
	ConnsPerHost int
	// Resolve holds entries "host:port:addr[,addr]..." that stand in for the name service, as curl's --resolve does: a
	// connection to host:port goes to the addresses, in order, until one accepts. The host may be "*", any host
	// without an entry of its own for that port. An addr is an IPv4 address or an IPv6 address in brackets.
	Resolve []string
	// AllowPrivate lets requests go to addresses outside the public internet: this machine, private networks, metadata
	// services and whatever else IANA's special-purpose registries (RFC 6890) keep apart. Without it a Get of such an address
	// fails as [page.Private], judged by the very address that would be dialled.
	AllowPrivate bool
	// OwnHosts are the hosts, as canon.URL.Host gives them, that the user named himself. They may lie in private networks, on any
	// port: an address as it stands, a name in the kinds of network where it was when this Client first resolved it.
	OwnHosts []string
	// Proxy is the proxy that each request goes through: an http, https, socks5 or socks5h URL, with user:password@ if it
	// wants them; either kind of SOCKS5 has the proxy resolve names. "" means the environment's (HTTP_PROXY, HTTPS_PROXY,
	// NO_PROXY, which leave out localhost), "none" or "direct" none at all. It may lie in a private network. What a proxy
	// makes of a name is out of reach; addresses in URLs are judged all the same.
	Proxy string
	// Dial makes connections; nil means a [net.Dialer]. Its addr is host:port as in the URL (or the proxy's), or
	// address:port where Resolve has an entry. It must heed ctx while it connects, and not bind the connection to it: ctx may
	// end long before the connection is done with, or long after. Addresses in URLs and in Resolve are judged before it is
	// called; where it takes a name to, localhost included, is for the caller to judge. It may fail with a page.Error. A
	// connection that is no [syscall.Conn] is looked at for a millisecond before it serves another request.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS is cloned for connections to https hosts; nil means the system's roots and TLS 1.2 or newer.
	TLS *tls.Config
	// Insecure accepts any certificate: whoever is on the way to a host can read, forge and change all that goes
	// to and fro, credentials included.
	Insecure bool
	// CAFile names a file of certificates in PEM form that are trusted beside the system's (or those of TLS).
	CAFile string
	// ClientCert and ClientKey name the files, in PEM form, of a certificate to show to those of OwnHosts that ask for one, and
	// of its key; if ClientKey is empty, ClientCert holds both.
	ClientCert, ClientKey string
	// Transport sends the requests; nil means one of the Client's own, with HTTP/2 where the server offers it, and what
	// the fields above say from ConnsPerHost on. A Transport of the caller's has no use for those: but for ConnsPerHost,
	// AllowPrivate and OwnHosts they must be empty. Where it goes cannot be judged, except for addresses in URLs
	// and for localhost.
	Transport http.RoundTripper
	// Record makes each Response hold its Exchange, and reads bodies for it that nobody else wants. Secrets, the headers that go to
	// those alone whom the user meant, are left out of it, and so is Set-Cookie where a request had any or Cookies are kept; but for
	// RecordSecrets.
	Record, RecordSecrets bool
	// ReadAll makes Get read bodies that are not HTML too, for their size and hash; they are not kept.
	ReadAll bool
}

// Client sends requests. It is safe for use by several goroutines.
type Client struct {
	rt      http.RoundTripper
	own     *http.Transport // rt, if it is the Client's own
	conns   *conns          // nil with a Transport of the caller's
	traced  bool            // rt is known to call httptrace
	proxy   proxyFunc       // nil if no request goes through a proxy
	cert    bool            // there is a client certificate
	guard   *guard
	dialer  *dialer // nil with a Transport of the caller's
	header  http.Header
	bare    http.Header // header without credentials
	auths   authorizations
	cookies *Cookies
	timeout time.Duration
	maxBody int64
	// Not above 0: none.
	minSpeed int64
	maxRatio int64
	window   time.Duration // over which minSpeed is averaged
	large    *Slots
	readAll  bool
	watches  watches

	record, keepSecrets bool
}

// New checks the configuration and makes a Client. It connects to nothing.
func New(cfg Config) (*Client, error) {
	header, err := requestHeader(cfg)
	if err != nil {
		return nil, err
	}
	if cfg.Timeout < 0 || cfg.MaxBody < 0 || cfg.MaxRatio < 0 || cfg.ConnsPerHost < 0 {
		return nil, errors.New("fetch: Timeout, MaxBody, MaxRatio and ConnsPerHost must not be negative; 0 is the default")
	}
	auths, err := readAuths(cfg.Auth)
	if err != nil {
		return nil, err
	}
	if own := header["Cookie"]; len(own) > 1 {
		header["Cookie"] = []string{strings.Join(own, "; ")} // one line at most: RFC 6265, section 5.4
	}
	bare := header.Clone()
	maps.DeleteFunc(bare, func(name string, _ []string) bool { return isSecret(name) })
	c := &Client{
		header: header, bare: bare, timeout: cfg.Timeout, maxBody: cfg.MaxBody, readAll: cfg.ReadAll,
		maxRatio: int64(cfg.MaxRatio), minSpeed: cfg.MinSpeed, window: speedWindow, large: cfg.Large,
		auths: auths, cookies: cfg.Cookies, record: cfg.Record, keepSecrets: cfg.RecordSecrets,
	}
	if c.timeout == 0 {
		c.timeout = DefaultTimeout
	}
	if c.maxBody == 0 {
		c.maxBody = DefaultMaxBody
	}
	if c.maxRatio == 0 {
		c.maxRatio = DefaultMaxRatio
	}
	if c.minSpeed == 0 {
		c.minSpeed = DefaultMinSpeed
	}
	c.guard = newGuard(cfg)
	if cfg.Transport != nil {
		if err := c.useTransport(cfg); err != nil {
			return nil, err
		}
		return c, nil
	}
	overrides, err := parseResolve(cfg.Resolve)
	if err != nil {
		return nil, err
	}
	tlsConfig, err := newTLS(cfg)
	if err != nil {
		return nil, err
	}
	if c.proxy, err = newProxy(cfg.Proxy); err != nil {
		return nil, err
	}
	c.cert = cfg.ClientCert != ""
	c.dialer = &dialer{
		guard: c.guard, overrides: overrides, names: newNames(nameService{}.lookup, c.timeout),
		connect: cfg.Dial, foreign: cfg.Dial != nil, patience: c.timeout, tls: tlsConfig,
	}
	if cfg.Dial == nil {
		// The transport dials apart from the request's context, so that a dial may outlive its Get: bound it here too.
		c.dialer.connect = (&net.Dialer{Timeout: c.timeout}).DialContext
	}
	c.own = newTransport(cfg, c.dialer)
	c.rt, c.traced = c.own, true
	c.conns = newConns(c.dialer.dial, max(cfg.ConnsPerHost, 1))
	return c, nil
}

// secrets are parts of the names of headers that speak for the user: Authorization, Cookie, X-Api-Key, X-Auth-Token and the
// like. What is a key to a machine is one to whoever reads it: Ocp-Apim-Subscription-Key, X-Functions-Key, Api_Key.
var secrets = []string{"auth", "cookie", "token", "secret", "passw", "passphrase", "credential", "session", "csrf", "xsrf", "key", "jwt", "bearer", "signature"}

// isSecret reports whether a header goes to those alone whom the user meant.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(name, s) })
}

// useTransport makes c send its requests by a Transport of the caller's.
func (c *Client) useTransport(cfg Config) error {
	if len(cfg.Resolve) > 0 || cfg.Dial != nil || cfg.TLS != nil || cfg.Proxy != "" ||
		cfg.Insecure || cfg.CAFile != "" || cfg.ClientCert != "" || cfg.ClientKey != "" {
		return errors.New("fetch: Resolve, Dial, Proxy and the fields for TLS have no effect on a Transport of your own: set them there")
	}
	c.rt = cfg.Transport
	if t, ok := cfg.Transport.(*http.Transport); ok {
		c.traced = true
		if t.Proxy != nil {
			c.proxy = func(u *url.URL) (*url.URL, error) {
				return t.Proxy(&http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: c.header})
			}
		}
	}
	return nil
}

// Close closes the connections that no Get is using, and gives up those still being made for a Get that was
// cancelled. A caller's Transport is left as it is. The Client remains usable.
func (c *Client) Close() {
	c.watches.close()
	if c.own != nil {
		c.own.CloseIdleConnections()
		c.conns.close()
	}
}

// newTransport is net/http's transport for a crawler.
//
// It is kept from one of net/http's habits: where a kept connection turns out to have been closed by the server before a byte of
// the answer came, net/http writes the request once more on a new connection, at once. A server that did see the
// first one gets two requests where the schedule allowed one. The trace ends such a request before it is written again; the Get
// fails as reset, and the schedule repeats it in its own time. What net/http found out before it wrote anything, it may repair as
// it likes.
func newTransport(cfg Config, d *dialer) *http.Transport {
	conns := max(cfg.ConnsPerHost, 1)
	return &http.Transport{
		Proxy:                  routeProxy,
		OnProxyConnectResponse: tunnelled,
		DialContext:            kept(d.dial),
		DialTLSContext:         secured(d.dial, d.tls, d.patience),
		TLSClientConfig:        d.tls.Clone(), // net/http changes it
		TLSHandshakeTimeout:    d.patience,
		ForceAttemptHTTP2:      true, // a DialContext of our own would switch it off
		DisableCompression:     true, // Get asks for the codings that it can undo
		MaxConnsPerHost:        conns,
		MaxIdleConnsPerHost:    conns,
		MaxIdleConns:           max(maxIdleConns, conns),
		IdleConnTimeout:        idleConnTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ReadBufferSize:         readBuffer,
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
