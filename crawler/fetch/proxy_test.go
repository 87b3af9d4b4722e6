package fetch

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"amble/crawler/page"
)

const (
	proxyUser     = "ann"
	proxyPassword = "s3cret@/:"
)

// proxyLog is what a proxy was asked for.
type proxyLog struct {
	mu     sync.Mutex
	asked  []string
	target string // where it connects to, whatever it is asked for
	auth   bool   // it wants proxyUser and proxyPassword
}

func (l *proxyLog) note(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, s)
}

func (l *proxyLog) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() { l.asked = nil }()
	return strings.Join(l.asked, ", ")
}

// ServeHTTP is an HTTP proxy: CONNECT for https, the absolute form for http.
func (l *proxyLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(proxyUser+":"+proxyPassword))
	if l.auth && r.Header.Get("Proxy-Authorization") != want {
		l.note("refused")
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	l.note(r.Method + " " + r.RequestURI)
	if r.Method != http.MethodConnect {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	there, err := net.Dial("tcp", l.target)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connected\r\n\r\n")
	join(here, there, buf.Reader)
}

// join passes bytes between two connections until either ends.
func join(here, there net.Conn, from io.Reader) {
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = io.Copy(there, from)
		there.Close()
	})
	_, _ = io.Copy(here, there)
	here.Close()
	wg.Wait()
}

// socks serves one connection of a SOCKS5 proxy (RFC 1928, RFC 1929).
func (l *proxyLog) socks(_ int, conn net.Conn, r *bufio.Reader) {
	read := func(n int) []byte {
		b := make([]byte, n)
		_, _ = io.ReadFull(r, b)
		return b
	}
	methods := read(int(read(2)[1]))
	if l.auth {
		if !slices.Contains(methods, 2) {
			l.note("refused")
			_, _ = conn.Write([]byte{5, 0xff})
			return
		}
		_, _ = conn.Write([]byte{5, 2})
		user := string(read(int(read(2)[1])))
		if password := string(read(int(read(1)[0]))); user != proxyUser || password != proxyPassword {
			l.note("refused")
			_, _ = conn.Write([]byte{1, 1})
			return
		}
		_, _ = conn.Write([]byte{1, 0})
	} else {
		_, _ = conn.Write([]byte{5, 0})
	}
	host := ""
	switch read(4)[3] {
	case 1:
		host = net.IP(read(4)).String()
	case 3:
		host = string(read(int(read(1)[0])))
	case 4:
		host = net.IP(read(16)).String()
	}
	l.note(fmt.Sprintf("%s:%d", host, binary.BigEndian.Uint16(read(2))))
	there, err := net.Dial("tcp", l.target)
	if err != nil || host == "refusing.test" {
		_, _ = conn.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	join(conn, there, r)
}

// noProxyEnvironment keeps the tester's own proxy out.
func noProxyEnvironment(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"} {
		t.Setenv(name, "")
	}
}

func TestRequestsGoThroughTheProxy(t *testing.T) {
	noProxyEnvironment(t)
	site := func(secure bool) (*httptest.Server, string) {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusNoContent)
		}))
		s.EnableHTTP2 = true
		if secure {
			s.StartTLS()
		} else {
			s.Start()
		}
		t.Cleanup(s.Close)
		return s, s.Listener.Addr().String()
	}
	_, plainAddr := site(false)
	secure, secureAddr := site(true)
	good, bad := url.UserPassword(proxyUser, proxyPassword), url.UserPassword(proxyUser, "wr0ng@")
	wanting := "it wants another user and password"
	for _, test := range []struct {
		scheme string
		auth   bool
		user   *url.Userinfo
		target string
		asked  string
		err    string // a part of it
	}{
		{"http", false, nil, "http://a.test/x|y", "GET http://a.test/x|y", ""},
		{"http", false, nil, "https://example.com/", "CONNECT example.com:443", ""},
		{"http", true, good, "http://a.test/", "GET http://a.test/", ""},
		{"http", true, good, "https://example.com/", "CONNECT example.com:443", ""},
		{"http", true, nil, "http://a.test/", "refused", "proxy: 407 Proxy Authentication Required: " + wanting},
		{"http", true, bad, "https://example.com/", "refused", "proxy: 407 Proxy Authentication Required: " + wanting},
		{"https", true, good, "http://a.test/", "GET http://a.test/", ""},
		{"https", true, good, "https://example.com/", "CONNECT example.com:443", ""},
		{"https", true, bad, "https://example.com/", "refused", "proxy: 407 Proxy Authentication Required: " + wanting},
		{"socks5", false, nil, "http://a.test/", "a.test:80", ""},
		{"socks5h", true, good, "https://example.com:8443/", "example.com:8443", ""},
		{"socks5", true, good, "http://a.test/", "a.test:80", ""},
		{"socks5", true, nil, "http://a.test/", "refused", "proxy: no acceptable authentication methods: " + wanting},
		{"socks5", true, bad, "http://a.test/", "refused", "proxy: username/password authentication failed: " + wanting},
		{"socks5", false, nil, "http://refusing.test/", "refusing.test:80", "proxy: connection refused"},
	} {
		name := test.scheme + " to " + test.target
		if test.user != nil {
			name = test.scheme + " as " + test.user.Username() + " to " + test.target
		}
		t.Run(name, func(t *testing.T) {
			log := &proxyLog{auth: test.auth, target: plainAddr}
			if strings.HasPrefix(test.target, "https") {
				log.target = secureAddr
			}
			var addr string
			switch test.scheme {
			case "http":
				s := httptest.NewServer(log)
				defer s.Close()
				addr = s.Listener.Addr().String()
			case "https":
				s := httptest.NewUnstartedServer(log)
				s.EnableHTTP2 = false
				s.StartTLS()
				defer s.Close()
				addr = s.Listener.Addr().String()
			default:
				addr = rawServer(t, log.socks)
			}
			proxy := &url.URL{Scheme: test.scheme, Host: addr, User: test.user}
			c := strictClient(t, Config{Proxy: proxy.String(), TLS: trusting(secure)}) // all httptest servers have one certificate
			defer c.Close()
			r := c.Get(t.Context(), parse(t, test.target), Request{})
			if got := log.take(); got != test.asked {
				t.Errorf("the proxy was asked for %q, want %q", got, test.asked)
			}
			if test.err == "" {
				if r.Err != nil || r.Status != http.StatusNoContent {
					t.Errorf("status %d, %v", r.Status, r.Err)
				}
				return
			}
			if r.Err == nil || !strings.Contains(r.Err.Text, test.err) || strings.Contains(r.Err.Text, "wr0ng") || r.Status != 0 {
				t.Errorf("got %v (status %d), want %s", r.Err, r.Status, test.err)
			}
		})
	}
}

// The proxy is at 127.0.0.1, which only requests through it may reach.
func TestTheProxysOwnAddressIsNoTarget(t *testing.T) {
	noProxyEnvironment(t)
	log := &proxyLog{}
	s := httptest.NewServer(log)
	defer s.Close()
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	for _, test := range []struct {
		name            string
		env             map[string]string
		setting, target string
		class           page.Class // "" if it is asked
		asked           string
	}{
		{"through it", nil, s.URL, "http://a.test/", "", "GET http://a.test/"},
		{"to itself", nil, s.URL, s.URL + "/", page.Private, ""},
		{"to itself by name", nil, s.URL, "http://localhost:" + port + "/", page.Private, ""},
		{"to another address", nil, s.URL, "http://10.0.0.1/", page.Private, ""},
		{"to a name like it", map[string]string{"HTTP_PROXY": s.URL, "NO_PROXY": "a.test"}, "", "http://a.test:" + port + "/", page.Private, ""},
		{"around it", map[string]string{"HTTP_PROXY": s.URL, "NO_PROXY": "*"}, "", s.URL + "/", page.Private, ""},
		{"localhost around it", map[string]string{"HTTP_PROXY": s.URL}, "", "http://localhost:" + port + "/", page.Private, ""},
		{"environment", map[string]string{"HTTP_PROXY": s.URL}, "", "http://b.test/", "", "GET http://b.test/"},
		{"environment without scheme", map[string]string{"http_proxy": s.Listener.Addr().String()}, "", "http://b.test/", "", "GET http://b.test/"},
		{"environment overruled", map[string]string{"HTTP_PROXY": s.URL}, "none", "http://a.test:" + port + "/", page.Private, ""},
		{"environment overruled", map[string]string{"HTTP_PROXY": s.URL}, "Direct", "http://a.test:" + port + "/", page.Private, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			// a.test has the address of the proxy
			c := strictClient(t, Config{Proxy: test.setting, Resolve: []string{"a.test:" + port + ":127.0.0.1"}})
			r := c.Get(t.Context(), parse(t, test.target), Request{})
			if got := log.take(); got != test.asked {
				t.Errorf("the proxy was asked for %q, want %q", got, test.asked)
			}
			if (r.Err == nil) != (test.class == "") || r.Err != nil && r.Err.Class != test.class {
				t.Errorf("got %v, want %q", r.Err, test.class)
			}
		})
	}
}

func TestNothingIsLocatedBehindAProxy(t *testing.T) {
	noProxyEnvironment(t)
	c := strictClient(t, Config{Proxy: "http://192.0.2.1:3128", Resolve: []string{"a.test:80:192.0.2.2"}})
	if got := c.Locate(t.Context(), parse(t, "http://a.test/")); got != "" {
		t.Errorf("located at %q", got)
	}
}

func TestProxyInError(t *testing.T) {
	noProxyEnvironment(t)
	for _, s := range []string{
		"http://ann:s3cret@", "ftp://ann:s3cret@a.test:80", "http://ann:s3cret@a.test:0", "http://ann:s3cret@a.test:99999",
		"http://ann:s3cret@a.test/path", "http://ann:s3cret@a.test?q", "http://ann:s3c%ret@a.test", "http://ann:1/s3cret@a.test",
		"http://ann:s3cret/@a.test", "ann:s3cret@a.test:x", "http://ann:s3cret@x@[::1", "http://ann:s3cret#@a.test", "http://",
		"http://ann:s3cret\x7f@a.test", "socks4://ann:s3cret@a.test",
	} {
		for name, made := range map[string]func() error{
			"setting": func() error { _, err := New(Config{Proxy: s}); return err },
			"environment": func() error {
				t.Setenv("HTTPS_PROXY", s)
				_, err := New(Config{})
				t.Setenv("HTTPS_PROXY", "")
				return err
			},
		} {
			err := made()
			if err == nil {
				t.Errorf("%s %q passes", name, s)
				continue
			}
			if text := err.Error(); strings.Contains(text, "s3c") || strings.Contains(text, "\n") || strings.Contains(text, "ann") ||
				name == "environment" && !strings.Contains(text, "HTTPS_PROXY") {
				t.Errorf("%s %q: %v", name, s, err)
			}
		}
	}
}

func TestADeadProxyIsNamedWithoutItsPassword(t *testing.T) {
	noProxyEnvironment(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	for _, scheme := range []string{"http", "https", "socks5"} {
		c := strictClient(t, Config{Proxy: scheme + "://ann:s3cret@" + addr})
		for _, target := range []string{"http://a.test/", "https://a.test/"} {
			r := c.Get(t.Context(), parse(t, target), Request{})
			if want := "proxy: connection refused by " + addr; r.Err == nil || r.Err.Class != page.Refused || r.Err.Text != want {
				t.Errorf("%s to %s: got %v, want %s", scheme, target, r.Err, want)
			}
		}
	}
}

// writeFile puts text into a file of the test's.
func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
