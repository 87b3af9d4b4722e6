package fetch

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"amble/crawler/page"
)

func TestFailuresOverRealSockets(t *testing.T) {
	closed := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}
	for _, test := range []struct {
		name  string
		cfg   Config
		setup func(t *testing.T) string // gives the URL
		class page.Class
		text  string // ADDR stands for the server's address
		body  string
	}{
		{name: "refused", class: page.Refused, text: "connection refused by ADDR",
			setup: func(*testing.T) string { return "http://" + closed() }},
		{name: "closed without an answer", class: page.Reset, text: "the server closed the connection before the answer was whole",
			setup: func(t *testing.T) string { return "http://" + rawServer(t, answer("")) }},
		{name: "reset", class: page.Reset, text: "connection reset by the server",
			setup: func(t *testing.T) string {
				return "http://" + rawServer(t, func(_ int, conn net.Conn, r *bufio.Reader) {
					_, _ = readHead(r)
					_ = conn.(*net.TCPConn).SetLinger(0)
				})
			}},
		{name: "closed within the header", class: page.Reset, text: "the server closed the connection before the answer was whole",
			setup: func(t *testing.T) string {
				return "http://" + rawServer(t, answer("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"))
			}},
		{name: "body shorter than declared", class: page.Reset, text: "unexpected end of body: got 7 of 100 bytes", body: "<p>half",
			setup: func(t *testing.T) string {
				return "http://" + rawServer(t, answer("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n<p>half"))
			}},
		{name: "chunked body without an end", class: page.Reset, text: "unexpected end of body: got 7 bytes and no end mark", body: "<p>half",
			setup: func(t *testing.T) string {
				return "http://" + rawServer(t, answer("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n<p>half\r\n"))
			}},
		{name: "not HTTP", class: page.Protocol, text: `malformed HTTP response "SSH-2.0-OpenSSH"`,
			setup: func(t *testing.T) string { return "http://" + rawServer(t, answer("SSH-2.0-OpenSSH\r\n")) }},
		{name: "escape in a bad answer", class: page.Protocol, text: `malformed HTTP response "\x1b[2Jhello"`,
			setup: func(t *testing.T) string { return "http://" + rawServer(t, answer("\x1b[2Jhello\r\n\r\n")) }},
		{name: "header too long", class: page.Protocol, text: "the answer's header is longer than 64 KiB",
			setup: func(t *testing.T) string {
				return "http://" + rawServer(t, answer("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 300<<10)+"\r\n\r\n"))
			}},
		{name: "bad chunk", class: page.Protocol, text: "invalid byte in chunk length", body: "",
			setup: func(t *testing.T) string {
				return "http://" + rawServer(t, answer("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"))
			}},
		{name: "switching protocols", class: page.Protocol, text: "101 Switching Protocols is no answer to a GET",
			setup: func(t *testing.T) string {
				return "http://" + rawServer(t, answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"))
			}},
		{name: "unknown authority", class: page.TLS, text: "the certificate is signed by an unknown authority (--ca-file names one to trust, --insecure accepts any)",
			setup: func(t *testing.T) string { return tlsServer(t, nil).URL }},
		{name: "wrong host", class: page.TLS, text: "the certificate is not valid for other.test (--insecure accepts it)",
			cfg: Config{Resolve: []string{"other.test:*"}}, // completed below
			setup: func(t *testing.T) string {
				return "https://other.test"
			}},
		{name: "old TLS", class: page.TLS, text: "TLS handshake failed: protocol version not supported",
			setup: func(t *testing.T) string {
				return tlsServer(t, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}).URL
			}},
		{name: "no TLS", class: page.TLS, text: "the server does not speak TLS on this port",
			setup: func(t *testing.T) string {
				return "https://" + rawServer(t, func(_ int, conn net.Conn, r *bufio.Reader) {
					_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n")
					_, _ = io.Copy(io.Discard, r)
				})
			}},
		{name: "no answer in time", class: page.Timeout, text: "no answer within 500ms", cfg: Config{Timeout: 500 * time.Millisecond},
			setup: func(t *testing.T) string { return "http://" + rawServer(t, hang("")) }},
		{name: "not found", class: page.Client, text: "404 Not Found",
			setup: func(t *testing.T) string {
				return "http://" + rawServer(t, answer("HTTP/1.1 404 \x1b[31mgone\r\nContent-Length: 0\r\n\r\n"))
			}},
		{name: "unavailable", class: page.Server, text: "503 Service Unavailable",
			setup: func(t *testing.T) string { return "http://" + rawServer(t, answer("HTTP/1.1 503 X\r\n\r\n")) }},
		{name: "no such status", class: page.Server, text: "999",
			setup: func(t *testing.T) string { return "http://" + rawServer(t, answer("HTTP/1.1 999 No\r\n\r\n")) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := test.setup(t)
			if test.name == "wrong host" {
				s := tlsServer(t, nil)
				host, port, _ := net.SplitHostPort(s.Listener.Addr().String())
				test.cfg = Config{TLS: trusting(s), Resolve: []string{"other.test:" + port + ":" + host}, OwnHosts: []string{"other.test"}}
				raw += ":" + port
			}
			u := parse(t, raw+"/")
			r := newClient(t, test.cfg).Get(context.Background(), u, Request{})
			if r.Err == nil {
				t.Fatalf("no error, want %s", test.class)
			}
			want := strings.ReplaceAll(test.text, "ADDR", u.HostPort())
			if r.Err.Class != test.class || r.Err.Text != want {
				t.Errorf("got %s: %q\nwant %s: %q", r.Err.Class, r.Err.Text, test.class, want)
			}
			if string(r.Body) != test.body {
				t.Errorf("body %q, want %q", r.Body, test.body)
			}
			if r.SHA256 != "" {
				t.Error("a failed answer has a hash")
			}
		})
	}
}

// hang answers with some bytes and then waits for the other side to go.
func hang(text string) func(int, net.Conn, *bufio.Reader) {
	return func(_ int, conn net.Conn, r *bufio.Reader) {
		_, _ = readHead(r)
		_, _ = io.WriteString(conn, text)
		_, _ = io.Copy(io.Discard, r)
	}
}

func tlsServer(t *testing.T, cfg *tls.Config) *httptest.Server {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = cfg
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestFailuresOfTheDialer(t *testing.T) {
	addr := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80}
	dialErr := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Addr: addr, Err: err} }
	for _, test := range []struct {
		name  string
		err   error
		class page.Class
		text  string
	}{
		{"no such host", dialErr(&net.DNSError{Err: "no such host", Name: "a.test", IsNotFound: true}), page.DNS, "host name a.test does not resolve"},
		{"name service fails", dialErr(&net.DNSError{Err: "server misbehaving", Name: "a.test", IsTemporary: true}), page.DNS, "host name a.test does not resolve: server misbehaving"},
		{"no route", dialErr(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), page.Network, "no route to 192.0.2.1:80"},
		{"no network", dialErr(os.NewSyscallError("connect", syscall.ENETUNREACH)), page.Network, "no route to 192.0.2.1:80"},
		{"forbidden", dialErr(os.NewSyscallError("connect", syscall.EACCES)), page.Network, "no connection to 192.0.2.1:80: permission denied"},
		{"anything else", fmt.Errorf("the guard says\nno"), page.Network, "no connection: the guard says?no"},
		{"page's own", fmt.Errorf("dial: %w", &page.Error{Class: page.Network, Text: "private address 10.0.0.1"}), page.Network, "private address 10.0.0.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, Config{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, test.err }})
			r := c.Get(context.Background(), parse(t, "http://a.test/"), Request{})
			if r.Err == nil || r.Err.Class != test.class || r.Err.Text != test.text {
				t.Errorf("got %v, want %s: %s", r.Err, test.class, test.text)
			}
			if !r.Sent.IsZero() || !r.FirstByte.IsZero() || r.Requests != 0 {
				t.Errorf("a request was sent: %+v", r)
			}
		})
	}
}

func TestProxyFailureNamesTheProxy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	c := newClient(t, Config{Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: addr})}})
	r := c.Get(context.Background(), parse(t, "http://a.test/"), Request{})
	if want := "proxy: connection refused by " + addr; r.Err == nil || r.Err.Class != page.Refused || r.Err.Text != want {
		t.Errorf("got %v, want %s", r.Err, want)
	}
}
