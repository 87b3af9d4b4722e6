package fetch

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// Each of these is a canonical target that must go out byte for byte. Half of them net/url would escape anew or refuse.
var targets = []string{
	"/",
	"/a/b.html?x=1&y=2",
	"/?",
	"/a%20b",
	"/100%",
	"/%zz/a",
	"/a|b",
	"/a|b?c|d",
	"/?q=50%&r=%zz",
	"/%E4%BD%A0?q=%E4",
	"/a[1](2)!*'",
	"/a;b=c,d@e:f",
	"//double/slash",
	"/a?b?c",
	"/x%2Fy",
}

// awkward targets begin like a host and hold what net/url would change: where net/http sends the request, the absolute form is the only way.
const awkward = "//double|bar"

func TestRequestLineIsTheTargetByteForByte(t *testing.T) {
	heads := make(chan []string, 1)
	addr := rawServer(t, func(_ int, conn net.Conn, r *bufio.Reader) {
		for {
			head, err := readHead(r)
			if err != nil {
				return
			}
			heads <- head
			fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	c := newClient(t, Config{})
	for _, target := range append(targets, awkward) {
		u := parse(t, "http://"+addr+target)
		r := c.Get(context.Background(), u, Request{})
		if r.Err != nil {
			t.Errorf("%s: %v", target, r.Err)
			continue
		}
		want, head := u.RequestTarget(), <-heads
		if got := head[0]; got != "GET "+want+" HTTP/1.1" {
			t.Errorf("request line %q, want target %q", got, want)
		}
		if got := head[1]; got != "Host: "+u.HostPort() {
			t.Errorf("%q, want host %q", got, u.HostPort())
		}
	}
}

func TestRequestLineIsTheTargetOverTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	lines := make(chan string, 1)
	addr := rawServer(t, func(_ int, conn net.Conn, _ *bufio.Reader) {
		secure := tls.Server(conn, s.TLS)
		for r := bufio.NewReader(secure); ; {
			head, err := readHead(r)
			if err != nil {
				return
			}
			lines <- head[0]
			fmt.Fprint(secure, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	c := newClient(t, Config{TLS: trusting(s)})
	for _, target := range append(targets, awkward) {
		if r := c.Get(context.Background(), parse(t, "https://"+addr+target), Request{}); r.Err != nil {
			t.Fatalf("%s: %v", target, r.Err)
		}
		if target == awkward {
			target = "https://" + addr + target
		}
		if got := <-lines; got != "GET "+target+" HTTP/1.1" {
			t.Errorf("request line %q, want target %q", got, target)
		}
	}
}

func TestProxyGetsTheAbsoluteForm(t *testing.T) {
	lines := make(chan string, 1)
	addr := rawServer(t, func(_ int, conn net.Conn, r *bufio.Reader) {
		for {
			head, err := readHead(r)
			if err != nil {
				return
			}
			lines <- head[0]
			fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	rt := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: addr})}
	defer rt.CloseIdleConnections()
	c := newClient(t, Config{Transport: rt})
	for _, target := range append(targets, awkward) {
		u := parse(t, "http://site.test"+target)
		if r := c.Get(context.Background(), u, Request{}); r.Err != nil {
			t.Errorf("%s: %v", target, r.Err)
			continue
		}
		if got, want := <-lines, "GET "+u.String()+" HTTP/1.1"; got != want {
			t.Errorf("request line %q, want %q", got, want)
		}
	}
}

func TestHTTP2SendsTheSamePath(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "%s %s %s", r.Proto, r.Host, r.RequestURI)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	c := newClient(t, Config{TLS: trusting(s)})
	for _, target := range append(targets, awkward) {
		if _, err := url.ParseRequestURI(target); err != nil {
			continue // the standard library's server breaks off such a request
		}
		u := parse(t, s.URL+target)
		r := c.Get(context.Background(), u, Request{})
		if r.Err != nil {
			t.Errorf("%s: %v", target, r.Err)
			continue
		}
		if got, want := string(r.Body), "HTTP/2.0 "+u.HostPort()+" "+u.RequestTarget(); got != want {
			t.Errorf("server saw %q, want %q", got, want)
		}
	}
}

// trusting is a TLS configuration that accepts a test server's certificate.
func trusting(s *httptest.Server) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

func TestHeaders(t *testing.T) {
	var got http.Header
	h := func(w http.ResponseWriter, r *http.Request) { got = r.Header }
	get(t, Config{}, Request{}, h)
	want := http.Header{
		"Accept":          {"text/html,application/xhtml+xml,*/*;q=0.5"},
		"Accept-Encoding": {"gzip, deflate, br, zstd"},
		"User-Agent":      {"amble"},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("headers %v, want %v", got, want)
	}
	get(t, Config{UserAgent: "bot/1", Header: http.Header{"accept": {"text/html"}, "X-Y": {"1", "2"}}}, Request{}, h)
	want = http.Header{
		"Accept": {"text/html"}, "Accept-Encoding": {"gzip, deflate, br, zstd"}, "User-Agent": {"bot/1"}, "X-Y": {"1", "2"},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("headers %v, want %v", got, want)
	}
}

func TestNewRefuses(t *testing.T) {
	rt := roundTripper(func(*http.Request) (*http.Response, error) { return nil, io.EOF })
	for name, cfg := range map[string]Config{
		"host header":       {Header: http.Header{"Host": {"x"}}},
		"line break":        {Header: http.Header{"X": {"a\r\nB: c"}}},
		"header name":       {Header: http.Header{"a b": {"c"}}},
		"user agent":        {UserAgent: "a\nb"},
		"negative time":     {Timeout: -1},
		"unused resolve":    {Transport: rt, Resolve: []string{"a:80:127.0.0.1"}},
		"malformed resolve": {Resolve: []string{"a"}},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
