package fetch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http/httpguts"

	"amble/frontier/canon"
)

// set lets an answer from a URL set cookies.
func set(t testing.TB, k *Cookies, from string, lines ...string) {
	t.Helper()
	k.take(parse(t, from), http.Header{"Set-Cookie": lines})
}

// checkBounds holds a Cookies against its own promises: the record and the jars agree, and nothing is beyond its bound.
func checkBounds(t testing.TB, k *Cookies) {
	t.Helper()
	memory, listed := 0, 0
	for domain, s := range k.sites {
		if s.domain != domain || len(s.held) > maxSiteCookies || len(s.held) == 0 && s.place == nil {
			t.Fatalf("%s: %d cookies held as %s", domain, len(s.held), s.domain)
		}
		in := 0
		for entries := reflect.ValueOf(s.jar).Elem().FieldByName("entries").MapRange(); entries.Next(); {
			in += entries.Value().Len()
		}
		if in != len(s.held) {
			t.Fatalf("%s: the jar holds %d cookies, the record %d: %v", domain, in, len(s.held), s.held)
		}
		for id, h := range s.held {
			if h.memory < len(id.name)+len(id.path)+len(id.domain) {
				t.Fatalf("%v counts for %d bytes", id, h.memory)
			}
			memory += h.memory
		}
		memory += siteMemory
		if s.place != nil {
			listed++
		}
	}
	if memory != k.memory || memory > maxCookieMemory || len(k.sites) > maxSites || k.recent.Len() != listed {
		t.Fatalf("%d bytes of memory counted as %d, %d sites, %d of %d listed", memory, k.memory, len(k.sites), k.recent.Len(), listed)
	}
}

func TestCookiesOverTLS(t *testing.T) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/login":
					w.Header().Add("Set-Cookie", "sid=1; Path=/; Secure; HttpOnly")
					w.Header().Add("Set-Cookie", `__Host-j={"a": "b, c"}; Path=/; Secure`)
					w.Header().Set("Location", "/home")
					w.WriteHeader(http.StatusFound)
				case "/gone":
					w.Header().Add("Set-Cookie", "lost=2; Domain=example.com")
					w.WriteHeader(http.StatusNotFound)
				case "/robots.txt":
					w.Header().Add("Set-Cookie", "robot=3")
				default:
					w.Header().Set("Content-Type", "text/html; charset=utf-8")
					fmt.Fprint(w, r.Proto, " ", len(r.Header["Cookie"]), " ", r.Header.Get("Cookie"))
				}
			}))
			s.EnableHTTP2 = proto == "HTTP/2.0"
			s.StartTLS()
			defer s.Close()
			_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
			c := newClient(t, Config{
				TLS: trusting(s), AllowPrivate: true, Resolve: []string{"*:" + port + ":127.0.0.1"}, Cookies: NewCookies(),
				Header: http.Header{"Cookie": {"own=0", "robot=mine"}},
			})
			get := func(host, path string, opts Request) string {
				return string(c.Get(context.Background(), parse(t, "https://"+host+":"+port+path), opts).Body)
			}
			get("example.com", "/login", Request{})
			get("example.com", "/gone", Request{})
			get("example.com", "/robots.txt", Request{Raw: 100})
			for _, test := range []struct {
				host, path string
				own        bool
				want       string
			}{
				{"example.com", "/home", false, `1 sid=1; __Host-j={"a": "b, c"}; lost=2; robot=3`},
				{"example.com", "/home", true, `1 own=0; robot=mine; sid=1; __Host-j={"a": "b, c"}; lost=2`},
				{"a.example.com", "/", false, "1 lost=2"},
				{"127.0.0.1", "/", false, "0 "},
				{"127.0.0.1", "/", true, "1 own=0; robot=mine"},
			} {
				if got := get(test.host, test.path, Request{Credentials: test.own}); got != proto+" "+test.want {
					t.Errorf("%s%s: server saw %q, want %q", test.host, test.path, got, test.want)
				}
			}
		})
	}
}

func TestOfOneSiteTheOldestCookiesGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewCookies()
		if err := k.ReadNetscape(strings.NewReader("a.test\tFALSE\t/\tFALSE\t0\town\t1")); err != nil {
			t.Fatal(err)
		}
		set(t, k, "https://a.test/", "own=2", "first=1", "second=1", "brief=1; Max-Age=60") // still the user's
		for i := range maxSiteCookies - 4 {
			set(t, k, fmt.Sprintf("https://h%d.a.test/", i), "x=1")
		}
		checkBounds(t, k)
		u := parse(t, "https://a.test/")
		for i, want := range []string{
			"own=2; first=1; second=1; brief=1",
			"own=2; second=1; brief=1", // one more came: the oldest that is not the user's had to go
			"own=2; second=1",          // a minute later the expired one did
			"own=2",
		} {
			if i > 0 {
				set(t, k, fmt.Sprintf("https://more%d.a.test/", i), "x=1")
			}
			checkBounds(t, k)
			if got := k.line(u, ""); got != want {
				t.Errorf("%d more: %q, want %q", i, got, want)
			}
			if n := len(k.sites["a.test"].held); n != maxSiteCookies {
				t.Errorf("%d more: %d cookies", i, n)
			}
			if i == 1 {
				time.Sleep(time.Minute)
			}
		}
	})
}

func TestCookiesOfManySitesAreBounded(t *testing.T) {
	k := NewCookies()
	if err := k.ReadNetscape(strings.NewReader("own.test\tFALSE\t/\tFALSE\t0\town\t1")); err != nil {
		t.Fatal(err)
	}
	asked := parse(t, "https://s0.test/")
	for i := range maxSites + 10 {
		set(t, k, fmt.Sprintf("https://s%d.test/", i), "x=1")
		if i%1000 == 0 {
			k.line(asked, "")
		}
	}
	checkBounds(t, k)
	for site, want := range map[string]string{
		"own": "own=1", "s0": "x=1", "s1": "", "s11": "", "s12": "x=1", fmt.Sprint("s", maxSites): "x=1",
	} {
		if got := k.line(parse(t, "https://"+site+".test/"), ""); got != want {
			t.Errorf("%s: %q, want %q", site, got, want)
		}
	}
}

func TestCookieMemoryIsBounded(t *testing.T) {
	k := NewCookies()
	lines := make([]string, 2*maxSiteCookies)
	for i := range lines {
		lines[i] = fmt.Sprintf("c%d=%s", i, strings.Repeat("x", maxCookie-10))
	}
	for i := range 60 {
		set(t, k, fmt.Sprintf("https://s%d.test/", i), lines...)
	}
	checkBounds(t, k)
	if k.memory < maxCookieMemory-(1<<20) {
		t.Errorf("%d bytes held: the bound was not reached", k.memory)
	}
	line := k.line(parse(t, "https://s59.test/"), "own=1")
	if len(line) > len("own=1")+maxCookieLine || len(line) < maxCookieLine-maxCookie {
		t.Errorf("a request carries %d bytes of cookies", len(line))
	}
	if k.line(parse(t, "https://s0.test/"), "") != "" {
		t.Error("the first site is still there")
	}
}

func TestSeveralClientsShareCookies(t *testing.T) {
	k := NewCookies()
	c := newClient(t, Config{Cookies: k, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		resp := htmlAnswer("")
		resp.Header["Set-Cookie"] = []string{"n" + r.URL.Path[1:] + "=1; Path=/", "all=1; Path=/; Domain=a.test"}
		return resp, nil
	})})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				u := parse(t, fmt.Sprintf("https://h%d.a.test/%d", i, j))
				if r := c.Get(context.Background(), u, Request{}); r.Err != nil {
					t.Error(r.Err)
				}
				_ = fmt.Sprint(k)
			}
		})
	}
	wg.Wait()
	checkBounds(t, k)
	if n := len(k.sites["a.test"].held); n != maxSiteCookies {
		t.Errorf("%d cookies held", n)
	}
}

func TestWithoutCookiesNothingIsKept(t *testing.T) {
	var got http.Header
	c := newClient(t, Config{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r.Header
		resp := htmlAnswer("")
		resp.Header["Set-Cookie"] = []string{"a=1"}
		return resp, nil
	})})
	for range 2 {
		c.Get(context.Background(), parse(t, "https://a.test/"), Request{Credentials: true})
	}
	if got["Cookie"] != nil {
		t.Errorf("sent %q", got["Cookie"])
	}
}

// Whatever servers set: bounds hold, no other site gets anything, and what is sent is a sound header.
func FuzzSetCookie(f *testing.F) {
	for _, lines := range []string{
		"a=1\nb=2; Domain=a.test; Path=/x; Secure", "a=1; Max-Age=99999999999\na=; Max-Age=0", "a=1; Domain=.test\n=x\n;\n\na",
		"__Host-a=1; Path=/; Secure; Domain=a.test\n__secure-a=1", "a=\"q\"; Expires=Mon, 01 Jan 2001 00:00:00 GMT\na=\x01", "a=1; Path=/%zz?%2f; domain=..a.test.; secure=1\na=1; Domain=..a",
	} {
		f.Add("https://www.a.test/x/y\nhttp://b.co.uk.:8080/\nhttp://[::1]/\nhttps://github.io/\nhttp://127.0.0.1/\nhttp://.a/", lines)
	}
	f.Fuzz(func(t *testing.T, urls, lines string) {
		k := NewCookies()
		if len(urls)+len(lines) > 16<<10 {
			t.Skip("long inputs prove nothing more, slowly")
		}
		domains := map[string]bool{}
		for raw := range strings.SplitSeq(urls, "\n") {
			u, err := canon.Parse(raw)
			if err != nil {
				continue
			}
			domains[u.Domain()] = true
			k.take(u, http.Header{"Set-Cookie": strings.Split(lines, "\n")})
			if line := k.line(u, "own=1"); len(line) > maxCookieLine+len("own=1") || !httpguts.ValidHeaderFieldValue(line) {
				t.Fatalf("%s gets %q", u, line)
			}
		}
		checkBounds(t, k)
		if elsewhere := parse(t, "https://elsewhere.example/"); !domains[elsewhere.Domain()] && k.line(elsewhere, "") != "" {
			t.Fatal("a cookie went to another site")
		}
	})
}
