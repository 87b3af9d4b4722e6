package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"amble/crawler/page"
)

// recorded is a transport that keeps the header of the last request.
func recorded(last *http.Header) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		*last = r.Header
		return htmlAnswer(""), nil
	})
}

func TestAuthGoesToItsOriginAlone(t *testing.T) {
	for _, test := range []struct {
		origin, url string
		sent        bool
	}{
		{"https://example.com", "https://example.com/", true},
		{"https://example.com", "https://example.com/robots.txt", true},
		{"https://example.com", "https://example.com:443/a?b", true},
		{"https://example.com", "HTTPS://EXAMPLE.COM/", true},
		{"https://example.com", "https://someone@example.com/", true},
		{"HTTPS://Example.COM:443/", "https://example.com/", true},
		{"http://example.com:80", "http://example.com/", true},
		{"https://example.com:8443", "https://example.com:8443/", true},
		{"https://bücher.example", "https://xn--bcher-kva.example/", true},
		{"https://xn--bcher-kva.example", "https://BÜCHER.example/", true},
		{"http://[::1]:8080", "http://[0:0::1]:8080/", true},
		{"http://127.0.0.1", "http://0x7f.1/", true},

		{"https://example.com", "http://example.com/", false},
		{"https://example.com", "http://example.com:443/", false},
		{"http://example.com", "https://example.com/", false},
		{"https://example.com", "https://example.com:8443/", false},
		{"https://example.com:8443", "https://example.com/", false},
		{"https://example.com", "https://www.example.com/", false},
		{"https://www.example.com", "https://example.com/", false},
		{"https://example.com", "https://example.com./", false},
		{"https://example.com", "https://example.com.evil.test/", false},
		{"https://example.com", "https://evilexample.com/", false},
		{"https://example.com", "https://example.com@evil.test/", false},
		{"https://example.com", "https://example.com:443@evil.test/", false},
		{"https://example.com", `https://evil.test\@example.com/`, false},
		{"https://example.com", "https://evil.test/https://example.com/", false},
		{"https://example.com", "https://evil.test#@example.com/", false},
		{"https://bücher.example", "https://bucher.example/", false},
		{"https://example.com", "https://еxample.com/", false}, // a Cyrillic е
		{"http://127.0.0.1", "http://localhost/", false},
	} {
		var got http.Header
		c := newClient(t, Config{AllowPrivate: true, Auth: []Auth{{Origin: test.origin, Scheme: AuthBearer, Token: "T"}}, Transport: recorded(&got)})
		for _, credentials := range []bool{false, true} { // an Auth with an origin does not look at this
			c.Get(context.Background(), parse(t, test.url), Request{Credentials: credentials})
			if sent := got.Get("Authorization") == "Bearer T"; sent != test.sent || !sent && got["Authorization"] != nil {
				t.Errorf("%s asked with the auth of %s: %v", test.url, test.origin, got["Authorization"])
			}
		}
	}
}

func TestAuthOutranksTheHeaderAtItsOrigin(t *testing.T) {
	var got http.Header
	c := newClient(t, Config{
		Header: http.Header{"Authorization": {"Own"}, "Cookie": {"a=1", "b=2"}},
		Auth: []Auth{
			{Origin: "https://a.test", Scheme: AuthBasic, User: "Aladdin", Password: "open sesame"},
			{Origin: "https://b.test", Scheme: AuthBasic, User: "test", Password: "123£"},
		},
		Transport: recorded(&got),
	})
	anywhere := newClient(t, Config{
		Header: http.Header{"Authorization": {"Own"}}, Transport: recorded(&got),
		Auth: []Auth{{Scheme: AuthBearer, Token: "seeds"}, {Origin: "https://a.test", Scheme: AuthBearer, Token: "a"}},
	})
	for _, test := range []struct {
		c           *Client
		url         string
		credentials bool
		want        string
	}{
		{c, "https://a.test/", true, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, // the example of RFC 7617, section 2
		{c, "https://b.test/", false, "Basic dGVzdDoxMjPCow=="},            // and that of section 2.1
		{c, "https://c.test/", true, "Own"},
		{c, "https://c.test/", false, ""},
		{anywhere, "https://a.test/", true, "Bearer a"},
		{anywhere, "https://a.test/", false, "Bearer a"},
		{anywhere, "https://c.test/", true, "Bearer seeds"},
		{anywhere, "https://c.test/", false, ""},
	} {
		test.c.Get(context.Background(), parse(t, test.url), Request{Credentials: test.credentials})
		if values := got["Authorization"]; len(values) > 1 || got.Get("Authorization") != test.want {
			t.Errorf("%s, %v: sent %q, want %q", test.url, test.credentials, values, test.want)
		}
	}
	c.Get(context.Background(), parse(t, "https://a.test/"), Request{Credentials: true})
	if len(got["Cookie"]) != 1 || got["Cookie"][0] != "a=1; b=2" {
		t.Errorf("cookies %q, want one line", got["Cookie"])
	}
}

// Each hop of a redirect is a Get of its own; none but the one to the origin may say who asks.
func TestAuthStaysBehindOverRedirects(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) {
			echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if to := r.URL.Query().Get("to"); to != "" {
					w.Header().Set("Location", to)
					w.WriteHeader(http.StatusFound)
					return
				}
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				fmt.Fprint(w, r.Proto, " ", r.Header["Authorization"])
			})
			start := func(secure bool) (s *httptest.Server, port string) {
				s = httptest.NewUnstartedServer(echo)
				s.EnableHTTP2 = proto == "HTTP/2.0"
				if secure {
					s.StartTLS()
				} else {
					s.Start()
				}
				t.Cleanup(s.Close)
				_, port, _ = net.SplitHostPort(s.Listener.Addr().String())
				return s, port
			}
			s, port := start(true)
			_, other := start(true)
			_, plain := start(false)
			c := newClient(t, Config{
				TLS: trusting(s), AllowPrivate: true, Resolve: []string{"*:" + port + ":127.0.0.1", "*:" + other + ":127.0.0.1", "*:" + plain + ":127.0.0.1"},
				Auth: []Auth{{Origin: "https://example.com:" + port, Scheme: AuthBearer, Token: "T"}},
			})
			for to, want := range map[string]string{
				"/home":                                                        proto + " [Bearer T]",
				"https://EXAMPLE.com:" + port + "/":                            proto + " [Bearer T]",
				"https://example.com:" + other + "/":                           proto + " []",
				"https://a.example.com:" + port + "/":                          proto + " []",
				"http://example.com:" + plain + "/":                            "HTTP/1.1 []",
				"https://example.com:" + port + "@a.example.com:" + port + "/": proto + " []",
			} {
				first := c.Get(context.Background(), parse(t, "https://example.com:"+port+"/?to="+url.QueryEscape(to)), Request{})
				if first.Status != http.StatusFound {
					t.Fatalf("%s: %v", to, first.Err)
				}
				next, err := parse(t, "https://example.com:"+port+"/").Resolve(first.Location)
				if err != nil {
					t.Fatal(err)
				}
				if r := c.Get(context.Background(), next, Request{}); string(r.Body) != want {
					t.Errorf("redirected to %s: %q, want %q (%v)", to, r.Body, want, r.Err)
				}
			}
		})
	}
}

const secret = "s3cr3t"

func TestNewRefusesBadAuthWithoutQuotingIt(t *testing.T) {
	ok := Auth{Origin: "https://a.test", Scheme: AuthBasic, User: "u", Password: secret}
	for name, auths := range map[string][]Auth{
		"no scheme":       {{User: "u", Password: secret}},
		"unknown scheme":  {{Scheme: secret, User: "u"}},
		"nothing":         {{Scheme: AuthBasic}},
		"both":            {{Scheme: AuthBasic, User: secret, Token: secret}},
		"bearer and user": {{Scheme: AuthBearer, User: secret, Token: "t"}},
		"colon":           {{Scheme: AuthBasic, User: secret + ":x"}},
		"line break":      {{Scheme: AuthBasic, User: "u", Password: secret + "\r\nX: y"}},
		"C1 control":      {{Scheme: AuthBasic, User: "u", Password: secret + "\u0085"}},
		"not UTF-8":       {{Scheme: AuthBasic, User: "u", Password: secret + "\xff"}},
		"token":           {{Scheme: AuthBearer, Token: secret + "!"}},
		"only padding":    {{Scheme: AuthBearer, Token: "=="}},
		"padding first":   {{Scheme: AuthBearer, Token: "=" + secret}},
		"long":            {{Scheme: AuthBearer, Token: strings.Repeat(secret, 4000)}},
		"origin path":     {{Origin: "https://a.test/" + secret, Scheme: AuthBearer, Token: "t"}},
		"origin query":    {{Origin: "https://a.test?" + secret, Scheme: AuthBearer, Token: "t"}},
		"origin user":     {{Origin: "https://u:" + secret + "@a.test", Scheme: AuthBearer, Token: "t"}},
		"origin scheme":   {{Origin: "ftp://" + secret, Scheme: AuthBearer, Token: "t"}},
		"origin bare":     {{Origin: secret + ".test", Scheme: AuthBearer, Token: "t"}},
		"origin slashes":  {{Origin: `https:\\a.test`, Scheme: AuthBearer, Token: "t"}},
		"origin hidden":   {{Origin: "https:a.test#://b.test", Scheme: AuthBearer, Token: "t"}},
		"origin port":     {{Origin: "https://a.test:" + secret, Scheme: AuthBearer, Token: "t"}},
		"origin empty":    {{Origin: "https://", Scheme: AuthBearer, Token: "t"}},
		"origin spaces":   {{Origin: "https://a.te st", Scheme: AuthBearer, Token: "t"}},
		"twice":           {ok, {Origin: "https://A.test:443", Scheme: AuthBearer, Token: secret}},
		"seeds twice":     {{Scheme: AuthBearer, Token: "t"}, {Scheme: AuthBearer, Token: secret}},
	} {
		_, err := New(Config{Auth: auths})
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, a := range []Auth{ok, {Scheme: AuthBasic, Password: "x"}, {Scheme: AuthBasic, User: "ü b"}, {Scheme: AuthBearer, Token: "aZ09-._~+/=="}} {
		if _, err := New(Config{Auth: []Auth{a}}); err != nil {
			t.Errorf("%v: %v", a, err)
		}
	}
}

func TestNothingPrintsAnAuth(t *testing.T) {
	cookies := NewCookies()
	if err := cookies.ReadNetscape(strings.NewReader("a.test\tTRUE\t/\tTRUE\t0\ts\t" + secret)); err != nil {
		t.Fatal(err)
	}
	for _, a := range []Auth{
		{Origin: "https://a.test", Scheme: AuthBasic, User: secret, Password: secret},
		{Origin: "https://" + secret + "@a.test", Scheme: secret, Token: secret},
		{Scheme: AuthBearer, Token: secret},
	} {
		cfg := Config{Auth: []Auth{a}, Cookies: cookies}
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%10.3s", "%T %v"} {
			fmt.Fprintf(&out, verb+"\n", a)
			fmt.Fprintf(&out, verb+"\n", &a)
			fmt.Fprintf(&out, verb+"\n", cfg)
			fmt.Fprintf(&out, verb+"\n", cookies)
		}
		fmt.Fprintln(&out, a.String(), a.GoString(), errors.New(fmt.Sprint(cfg.Auth)), map[string]any{"a": a}, (*Cookies)(nil))
		for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))} {
			log.Info("x", "auth", a, "all", cfg.Auth, "pointer", &a, "cookies", cookies)
		}
		if err := json.NewEncoder(&out).Encode([]any{a, &a, cfg.Auth, cookies, struct{ A Auth }{a}}); err != nil {
			t.Fatal(err)
		}
		if err := xml.NewEncoder(&out).Encode(a); err != nil {
			t.Fatal(err)
		}
		if c, err := New(cfg); err == nil {
			fmt.Fprintf(&out, "%v %+v %#v %+v", c, c, c, struct{ C *Client }{c})
		}
		for s := range map[string]bool{secret: true, Auth{User: secret, Password: secret}.header()[len("Basic "):]: true, fmt.Sprintf("%x", secret): true} {
			if i := strings.Index(out.String(), s); i >= 0 {
				t.Errorf("printed: …%s", out.String()[max(i-60, 0):i+len(s)])
			}
		}
	}
	if got := fmt.Sprint(Auth{Origin: "https://A.test", Scheme: AuthBasic, User: "u"}); got != "basic credentials for https://a.test" {
		t.Errorf("%q says too little", got)
	}
	if got := fmt.Sprint(cookies); got != "1 cookies of 1 sites" {
		t.Errorf("%q", got)
	}
}

func TestHideUserinfo(t *testing.T) {
	for text, want := range map[string]string{
		"https://user:s3cr3t@a.test/b":                 "https://***@a.test/b",
		`to "ftp://user:s3cr3t@a.test", which is none`: `to "ftp://***@a.test", which is none`,
		"https://a:s3cr3t@b:s3cr3t@a.test:99999/":      "https://***@a.test:99999/",
		"https:user:s3cr3t@a.test":                     "https:***@a.test",
		`\\user:s3cr3t@a.test`:                         `\\***@a.test`,
		"//s3cr3t@a.test":                              "//***@a.test",
		"HTTP://s3 cr3t\"s3cr3t@a.test":                "HTTP://***@a.test",
		"javascript://s3cr3t@x":                        "javascript://***@x",
		"https://a.test/@user":                         "https://a.test/@user",
		"https://a.test?b@c":                           "https://a.test?b@c",
		"mailto:a@b.test":                              "mailto:a@b.test",
		"":                                             "",
	} {
		if got := HideUserinfo(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestFailuresQuoteNoSecret(t *testing.T) {
	fails := func(err error) string {
		c := newClient(t, Config{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, err })})
		return c.Get(context.Background(), parse(t, "http://a.test/"), Request{}).Err.Text
	}
	long := "http://user:" + secret + strings.Repeat("x", 300) + "@proxy"
	for _, err := range []error{
		fmt.Errorf("invalid proxy address %q: no", "http://u:"+secret+"/@proxy"),
		errors.New("dial: parse " + long),
		&net.OpError{Op: "proxyconnect", Err: errors.New(long)},
	} {
		if text := fails(err); strings.Contains(text, secret) {
			t.Error(text)
		}
	}
	for _, line := range []string{"Set-Cookie: a=" + secret + "\x01", "Set-Cookie a=" + secret, " Set-Cookie: " + secret, "Set Cookie: " + secret} {
		addr := rawServer(t, answer("HTTP/1.1 200 OK\r\nX: y\r\n"+line+"\r\n\r\n"))
		r := newClient(t, Config{}).Get(context.Background(), parse(t, "http://"+addr+"/"), Request{})
		if r.Err != nil && (r.Err.Class != page.Protocol || strings.Contains(r.Err.Text, secret)) {
			t.Errorf("%q: %v", line, r.Err)
		}
	}
}

// A header goes everywhere only if nothing in its name speaks of a secret.
func TestSecretHeadersAreKnownByName(t *testing.T) {
	for name, want := range map[string]bool{
		"Authorization": true, "Cookie": true, "X-Auth-Token": true, "X-Api-Key": true, "Api_Key": true, "Apikey": true,
		"Ocp-Apim-Subscription-Key": true, "X-Functions-Key": true, "X-Passwd": true, "X-Jwt-Assertion": true, "X-Hub-Signature": true,
		"CF-Access-Client-Secret": true, "Accept": false, "Accept-Language": false, "User-Agent": false, "From": false, "X-Crawl-Id": false, "Dnt": false,
	} {
		if isSecret(name) != want {
			t.Errorf("%s: secret %v, want %v", name, !want, want)
		}
	}
}
