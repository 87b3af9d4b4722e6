package fetch

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amble/crawler/page"
)

// secureSite is a server with HTTP/2 that tells who the client says it is.
func secureSite(t *testing.T, cfg *tls.Config) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := "nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			who = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, r.Proto+" "+who)
	}))
	s.EnableHTTP2 = true
	s.TLS = cfg
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// clientFiles are a certificate for "ann" and its key in PEM form.
func clientFiles(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ann"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ann"}}, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
}

func certPEM(s *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

func TestCertificatesOfServers(t *testing.T) {
	s := secureSite(t, nil)
	for _, test := range []struct {
		name string
		cfg  Config
		ok   bool
	}{
		{"the system's roots", Config{}, false},
		{"no verification", Config{Insecure: true}, true},
		{"roots of a file", Config{CAFile: writeFile(t, "ca.pem", certPEM(s))}, true},
		{"roots of a file beside others", Config{TLS: &tls.Config{RootCAs: x509.NewCertPool()}, CAFile: writeFile(t, "ca.pem", certPEM(s))}, true},
		{"others only", Config{TLS: &tls.Config{RootCAs: x509.NewCertPool()}}, false},
	} {
		r := newClient(t, test.cfg).Get(t.Context(), parse(t, s.URL+"/"), Request{})
		if test.ok && string(r.Body) != "HTTP/2.0 nobody" || !test.ok && (r.Err == nil || r.Err.Class != page.TLS) {
			t.Errorf("%s: %q, %v", test.name, r.Body, r.Err)
		}
	}
}

func TestAddedRootsLeaveTheCallersAlone(t *testing.T) {
	pool := x509.NewCertPool()
	newClient(t, Config{TLS: &tls.Config{RootCAs: pool}, CAFile: writeFile(t, "ca.pem", certPEM(secureSite(t, nil)))})
	if !pool.Equal(x509.NewCertPool()) {
		t.Error("the caller's pool has grown")
	}
}

// The certificate is the user's: hosts that a link leads to do not learn who he is, even at the same address, and neither
// does a proxy with TLS.
func TestClientCertificateIsForOwnHosts(t *testing.T) {
	noProxyEnvironment(t)
	cert, key := clientFiles(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		s := secureSite(t, &tls.Config{ClientAuth: tls.RequestClientCert, MaxVersion: version})
		addr := s.Listener.Addr().String()
		shown := make(chan int, 10)
		proxy := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			shown <- len(r.TLS.PeerCertificates)
			(&proxyLog{target: addr}).ServeHTTP(w, r)
		}))
		proxy.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
		proxy.StartTLS()
		t.Cleanup(proxy.Close)
		for _, test := range []struct {
			name string
			cfg  Config
		}{
			{"one file", Config{ClientCert: writeFile(t, "both.pem", cert+key)}},
			{"two files", Config{ClientCert: writeFile(t, "cert.pem", cert), ClientKey: writeFile(t, "key.pem", key)}},
			{"through a proxy", Config{ClientCert: writeFile(t, "both.pem", key+cert), Proxy: proxy.URL}},
		} {
			cfg := test.cfg
			cfg.Insecure, cfg.AllowPrivate, cfg.OwnHosts = true, true, []string{"seed.test"}
			if cfg.Proxy == "" {
				cfg.Resolve = []string{"*:443:127.0.0.1"}
			}
			c := strictClient(t, cfg)
			if cfg.Proxy == "" {
				connect := c.dialer.connect
				c.dialer.connect = func(ctx context.Context, network, _ string) (net.Conn, error) { return connect(ctx, network, addr) }
			}
			for range 2 { // the second time over kept connections
				for url, want := range map[string]string{
					"https://seed.test/": "HTTP/2.0 ann", "https://other.test/": "HTTP/2.0 nobody", "https://www.seed.test/": "HTTP/2.0 nobody",
				} {
					if r := c.Get(t.Context(), parse(t, url), Request{}); string(r.Body) != want {
						t.Errorf("%s, %s: got %q (%v), want %q", test.name, url, r.Body, r.Err, want)
					}
				}
			}
			c.Close()
		}
		for len(shown) > 0 {
			if <-shown > 0 {
				t.Error("the proxy was shown the certificate")
			}
		}
	}
}

func TestAServerThatInsistsOnACertificate(t *testing.T) {
	s := secureSite(t, &tls.Config{ClientAuth: tls.RequireAnyClientCert})
	// The server's alert and the end of its connection race with our first request; what is read last is told.
	var last *page.Error
	for range 200 {
		last = newClient(t, Config{Insecure: true}).Get(t.Context(), parse(t, s.URL+"/"), Request{}).Err
		if last == nil || last.Class != page.TLS && last.Class != page.Reset {
			break
		}
		if last.Class == page.TLS && strings.Contains(last.Text, "--client-cert") {
			return
		}
	}
	t.Errorf("got %v", last)
}

func TestFilesForTLSInError(t *testing.T) {
	cert, key := clientFiles(t)
	_, otherKey := clientFiles(t)
	good, goodKey := writeFile(t, "good.pem", cert), writeFile(t, "key.pem", key)
	bad, other := writeFile(t, "bad.pem", "hello"), writeFile(t, "other.pem", otherKey)
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for _, test := range []struct {
		name string
		cfg  Config
		want []string
	}{
		{"no CA file", Config{CAFile: missing}, []string{"CA file", missing, "no such file"}},
		{"empty CA file", Config{CAFile: bad}, []string{"CA file", bad, "no certificate in PEM form"}},
		{"no certificate", Config{ClientCert: missing}, []string{"client certificate", missing, "no such file"}},
		{"no key", Config{ClientCert: good, ClientKey: missing}, []string{"client key", missing, "no such file"}},
		{"not a certificate", Config{ClientCert: bad, ClientKey: goodKey}, []string{bad, "PEM"}},
		{"key missing in one file", Config{ClientCert: good}, []string{good, "PEM"}},
		{"another's key", Config{ClientCert: good, ClientKey: other}, []string{good, other, "does not match"}},
		{"a key alone", Config{ClientKey: goodKey}, []string{"without a client certificate"}},
		{"two ways", Config{ClientCert: good, ClientKey: goodKey, TLS: &tls.Config{Certificates: make([]tls.Certificate, 1)}}, []string{"leave ClientCert empty"}},
		{"a Transport", Config{Insecure: true, Transport: http.DefaultTransport}, []string{"set them there"}},
		{"a Transport and a proxy", Config{Proxy: "none", Transport: http.DefaultTransport}, []string{"set them there"}},
	} {
		c, err := New(test.cfg)
		if err == nil || c != nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", test.name, err, want)
			}
		}
	}
}
