package fetch

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"amble/crawler/page"
)

// proxyFunc chooses the proxy for a URL; nil stands for a direct connection.
type proxyFunc func(*url.URL) (*url.URL, error)

// newProxy reads Config.Proxy. It gives nil where no request goes through a proxy.
func newProxy(setting string) (proxyFunc, error) {
	switch strings.ToLower(setting) {
	case "none", "direct":
		return nil, nil
	case "":
		return environmentProxy()
	}
	p, err := parseProxy(setting)
	if err != nil {
		return nil, fmt.Errorf("fetch: proxy %s", err)
	}
	return func(*url.URL) (*url.URL, error) { return p, nil }, nil
}

// environmentProxy reads the environment once. A proxy there that cannot be read is an error: to go without it would show
// the crawl to hosts that the user wanted to hide it from.
func environmentProxy() (proxyFunc, error) {
	env := httpproxy.FromEnvironment()
	for _, v := range []struct {
		name  string
		value *string
	}{{"HTTP_PROXY", &env.HTTPProxy}, {"HTTPS_PROXY", &env.HTTPSProxy}} {
		if *v.value == "" {
			continue
		}
		p, err := parseProxy(*v.value)
		if err != nil {
			return nil, fmt.Errorf("fetch: %s in the environment: proxy %s", v.name, err)
		}
		*v.value = p.String()
	}
	if env.HTTPProxy == "" && env.HTTPSProxy == "" {
		return nil, nil
	}
	return env.ProxyFunc(), nil
}

var proxyPorts = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}

// parseProxy reads a proxy's URL; without a scheme it is http. What package url says of a malformed one might hold a part of
// the password, so it is not passed on.
func parseProxy(s string) (*url.URL, error) {
	text := s
	if !strings.Contains(s, "://") {
		text = "http://" + s
	}
	bad := func(why string) error {
		return fmt.Errorf("%q %s: write http://, https:// or socks5://[user:password@]host:port, "+
			"and %%40 for an @, %%2F for a / in the password", redact(s), why)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, bad("is no URL")
	}
	port, known := proxyPorts[u.Scheme]
	switch {
	case !known:
		return nil, bad("has a scheme that is none of a proxy's")
	case u.Hostname() == "":
		return nil, bad("names no host")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, bad("has more than a host and a port")
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return nil, bad("has no valid port")
		}
		port = p
	}
	return &url.URL{Scheme: u.Scheme, User: u.User, Host: net.JoinHostPort(strings.ToLower(u.Hostname()), port)}, nil
}

// redact hides whatever may be user and password.
func redact(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return shorten(s, 200)
	}
	scheme, _, ok := strings.Cut(s, "://")
	if !ok || strings.Contains(scheme, "@") {
		scheme = ""
	} else {
		scheme += "://"
	}
	return shorten(scheme+"xxxxx@"+s[at+1:], 200)
}

// route is what the making of a connection must know of the request that it is for. It travels in the request's context,
// which net/http hands on to the dial and to the handshake.
type route struct {
	proxy *url.URL // nil: the connection goes to the host itself
	cert  bool     // the host may see the user's client certificate
}

type routeKey struct{}

func routeOf(ctx context.Context) route {
	r, _ := ctx.Value(routeKey{}).(*route)
	if r == nil {
		return route{}
	}
	return *r
}

// routed puts the route of a request into its context. A request without a proxy and a certificate needs none.
func (c *Client) routed(ctx context.Context, target *url.URL, host string) (context.Context, error) {
	if c.own == nil || c.proxy == nil && !c.cert {
		return ctx, nil
	}
	r := route{cert: c.cert && c.guard.owns(host)}
	if c.proxy != nil {
		var err error
		if r.proxy, err = c.proxy(target); err != nil {
			return ctx, &page.Error{Class: page.Network, Text: "proxy: " + oneLine(err)}
		}
	}
	if r == (route{}) {
		return ctx, nil
	}
	return context.WithValue(ctx, routeKey{}, &r), nil
}

// routeProxy is the Proxy of the Client's own transport: the choice was made when the request's route was. What net/http hears of
// a proxy with TLS is a plain one, as the dialer makes the TLS connection to it.
func routeProxy(req *http.Request) (*url.URL, error) {
	p := routeOf(req.Context()).proxy
	if p == nil || p.Scheme != "https" {
		return p, nil
	}
	plain := *p
	plain.Scheme = "http"
	return &plain, nil
}

// toProxy connects to a proxy, which is the user's own and may be anywhere. Only requests that go through it come here.
//
// TLS to the proxy is made here rather than in net/http, which would offer it HTTP/2, which CONNECT does not go over, and
// the client certificate, which is for the hosts of the user.
func (d *dialer) toProxy(ctx context.Context, network, addr string, p *url.URL) (net.Conn, error) {
	conn, err := d.reach(ctx, network, addr, &guard{open: true})
	if err != nil || p.Scheme != "https" {
		return conn, err
	}
	cfg := d.tls.Clone()
	cfg.ServerName, cfg.NextProtos, cfg.GetClientCertificate = p.Hostname(), nil, nil
	ctx, cancel := context.WithTimeout(ctx, d.patience)
	defer cancel()
	secure := tls.Client(conn, cfg)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

// tunnelled is asked about a proxy's answer to CONNECT.
func tunnelled(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return proxyRefusal(resp.StatusCode)
}

// proxyRefusal is the failure of a request that the proxy did not pass on.
func proxyRefusal(status int) *page.Error {
	text := fmt.Sprintf("proxy: %d", status)
	if name := http.StatusText(status); name != "" {
		text += " " + name
	}
	if status == http.StatusProxyAuthRequired {
		text += ": it wants another user and password (--proxy http://user:password@host:port)"
	}
	return &page.Error{Class: page.Network, Text: text}
}
