package fetch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"amble/frontier/canon"
)

// cookieErrors is every error that a line of a cookie file may give: constants, so that none can quote the line.
var cookieErrors = []error{
	errCookieFields, errCookieFlag, errCookieHost, errCookiePath, errCookieExpiry, errCookieText, errCookieLong,
	errCookieDomain, errCookieSuffix, errCookieSecure, errCookiePrefix, errCookieRoom,
}

func TestReadNetscape(t *testing.T) {
	k := NewCookies()
	err := k.ReadNetscape(strings.NewReader("\ufeff# Netscape HTTP Cookie File\r\n# https://curl.se\r\n\r\n   \n" +
		"example.com\tFALSE\t/\tFALSE\t0\thostonly\t1\r\n" +
		".example.com\tTRUE\t/\tFALSE\t4102444800\tdomain\ttwo words\n" +
		"#HttpOnly_.example.com\ttrue\t/\tTRUE\t0\tsecure\t\"q\",{}\n" +
		".example.com\tFALSE\t/\tFALSE\t0\tdotted\t2\n" +
		"example.com\tFALSE\t/dir%2f\tFALSE\t99999999999999999\tdir\t3\n" +
		"example.com\tFALSE\t\tFALSE\t0\tnovalue\n" +
		"example.com\tFALSE\t/\tFALSE\t1\texpired\t4\n" +
		"example.com\tFALSE\t/\tTRUE\t0\t__Host-x\t5\n" +
		"Bücher.example\tTRUE\t/\tFALSE\t0\tidn\t6\n" +
		"127.0.0.1\tTRUE\t/\tFALSE\t0\tv4\t7\n" +
		"::1\tFALSE\t/\tFALSE\t0\tv6\t8\n" +
		"localhost\tTRUE\t/\tFALSE\t0\tlocal\t10\n" +
		"github.io\tFALSE\t/\tFALSE\t0\tsuffix\t9"))
	if err != nil {
		t.Fatal(err)
	}
	checkBounds(t, k)
	for to, want := range map[string]string{
		"https://example.com/":          `hostonly=1; domain=two words; secure="q",{}; dotted=2; novalue=; __Host-x=5`,
		"http://example.com:81/":        "hostonly=1; domain=two words; dotted=2; novalue=",
		"https://www.example.com/":      `domain=two words; secure="q",{}`,
		"http://example.com/dir%2F/x":   "dir=3; hostonly=1; domain=two words; dotted=2; novalue=",
		"http://evilexample.com/":       "",
		"http://example.org/":           "",
		"http://xn--bcher-kva.example/": "idn=6",
		"http://a.bücher.example/":      "idn=6",
		"http://127.0.0.1:8080/":        "v4=7",
		"http://[::1]:8080/":            "v6=8",
		"http://localhost/":             "local=10",
		"https://github.io/":            "suffix=9",
		"https://a.github.io/":          "",
	} {
		if got := k.line(parse(t, to), ""); got != want {
			t.Errorf("%s gets %q, want %q", to, got, want)
		}
	}
}

func TestReadNetscapeRefuses(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format+"\n", i)
		}
		return b.String()
	}
	for text, want := range map[string]string{
		"a.test FALSE / FALSE 0 a s3cr3t":                                 "line 1: " + errCookieFields.Error(),
		"# x\n\na.test\tFALSE\t/\tFALSE\ts3cr3t":                          "line 3: " + errCookieFields.Error(),
		"a.test\tyes\t/\tFALSE\t0\ta\ts3cr3t":                             "line 1: " + errCookieFlag.Error(),
		"a.test\tTRUE\t/\ts3cr3t\t0\ta\ts3cr3t":                           "line 1: " + errCookieFlag.Error(),
		"https://a.test\tTRUE\t/\tTRUE\t0\ta\t":                           "line 1: " + errCookieHost.Error(),
		"s3cr3t@a.test\tTRUE\t/\tTRUE\t0\ta\t":                            "line 1: " + errCookieHost.Error(),
		"a.test:80\tTRUE\t/\tTRUE\t0\ta\t":                                "line 1: " + errCookieHost.Error(),
		"a.test:443\tTRUE\t/\tTRUE\t0\ta\t":                               "line 1: " + errCookieHost.Error(),
		"\tTRUE\t/\tTRUE\t0\ta\ts3cr3t":                                   "line 1: " + errCookieHost.Error(),
		" a.test\tTRUE\t/\tTRUE\t0\ta\ts3cr3t":                            "line 1: " + errCookieHost.Error(),
		"a.test\tTRUE\ts3cr3t\tTRUE\t0\ta\t":                              "line 1: " + errCookiePath.Error(),
		"a.test\tTRUE\t/;s3cr3t\tTRUE\t0\ta\t":                            "line 1: " + errCookiePath.Error(),
		"a.test\tTRUE\t/\tTRUE\ts3cr3t\ta\t":                              "line 1: " + errCookieExpiry.Error(),
		"a.test\tTRUE\t/\tTRUE\t-1\ta\ts3cr3t":                            "line 1: " + errCookieExpiry.Error(),
		"a.test\tTRUE\t/\tTRUE\t0\t\ts3cr3t":                              "line 1: " + errCookieText.Error(),
		"a.test\tTRUE\t/\tTRUE\t0\ta=b\ts3cr3t":                           "line 1: " + errCookieText.Error(),
		"a.test\tTRUE\t/\tTRUE\t0\ta\ts3cr3t;b":                           "line 1: " + errCookieText.Error(),
		"a.test\tTRUE\t/\tTRUE\t0\ta\ts3cr3t\tmore":                       "line 1: " + errCookieText.Error(),
		"a.test\tTRUE\t/\tTRUE\t0\ta\ts3cr3t\x00":                         "line 1: " + errCookieText.Error(),
		"com\tTRUE\t/\tTRUE\t0\ta\ts3cr3t":                                "line 1: " + errCookieSuffix.Error(),
		"\n.co.uk\tTRUE\t/\tTRUE\t0\ta\ts3cr3t":                           "line 2: " + errCookieSuffix.Error(),
		"github.io\tTRUE\t/\tTRUE\t0\ta\ts3cr3t":                          "line 1: " + errCookieSuffix.Error(),
		"a.test\tTRUE\t/\tTRUE\t0\t__Host-a\ts3cr3t":                      "line 1: " + errCookiePrefix.Error(),
		"a.test\tFALSE\t/\tFALSE\t0\t__Secure-a\ts3":                      "line 1: " + errCookiePrefix.Error(),
		"a.test\tTRUE\t/\tTRUE\t0\ta\t" + strings.Repeat("s3cr3t", 1<<10): "line 1: " + errCookieLong.Error(),
		strings.Repeat("s3cr3t", 1<<14):                                   "line 1: longer than 64 KiB",
		many(maxSiteCookies+1, "a.test\tTRUE\t/\tTRUE\t0\ta%d\ts3cr3t"):   "line 181: " + errCookieRoom.Error(),
		many(maxSites+1, "a%d.test\tTRUE\t/\tTRUE\t0\ta\ts3cr3t"):         "line 10001: " + errCookieRoom.Error(),
		many(600, strings.Repeat("#", 1<<15)+"%d"):                        "the file is longer than 16 MiB",
	} {
		k := NewCookies()
		err := k.ReadNetscape(strings.NewReader(text))
		if err == nil || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
		checkBounds(t, k)
	}
	broken := errors.New("disk on fire")
	if err := NewCookies().ReadNetscape(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// An expired line must not end what a server has set meanwhile, nor what a line before it brought.
func TestExpiredLinesAreNotRead(t *testing.T) {
	k := NewCookies()
	set(t, k, "https://a.test/", "a=1")
	if err := k.ReadNetscape(strings.NewReader("a.test\tFALSE\t/\tFALSE\t1\ta\t2")); err != nil {
		t.Fatal(err)
	}
	if got := k.line(parse(t, "https://a.test/"), ""); got != "a=1" {
		t.Errorf("%q", got)
	}
}

func TestUsersCookiesMakeRoomForThemselves(t *testing.T) {
	k := NewCookies()
	for i := range maxSiteCookies {
		set(t, k, "https://a.test/", fmt.Sprintf("c%d=1", i))
	}
	if err := k.ReadNetscape(strings.NewReader("a.test\tFALSE\t/x\tFALSE\t0\town\t1")); err != nil {
		t.Fatal(err)
	}
	checkBounds(t, k)
	if got := k.line(parse(t, "https://a.test/x"), ""); !strings.HasPrefix(got, "own=1; c1=1; c2=1; ") {
		t.Errorf("%.60s", got)
	}
}

func FuzzReadNetscape(f *testing.F) {
	for _, s := range []string{
		"a.test\tTRUE\t/\tTRUE\t0\ta\tb", "#HttpOnly_.a.test\tFALSE\t/x\tFALSE\t9999999999\ta\tb\r\n# c", "com\tTRUE\t/\tTRUE\t0\ta\tb",
		"[::1]\tTRUE\t/%zz\tFALSE\t0\ta\t", "a.test\tTRUE\t\tTRUE\t0\ta",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k := NewCookies()
		err := k.ReadNetscape(strings.NewReader(s))
		if err != nil && !slices.Contains(cookieErrors, errors.Unwrap(err)) && !strings.HasSuffix(err.Error(), "longer than 64 KiB") {
			t.Fatalf("not one of the fixed texts: %v", err)
		}
		checkBounds(t, k)
		for _, site := range k.sites {
			for id := range site.held {
				if u, err := canon.Parse("https://" + id.domain + "/"); err == nil && u.Domain() != site.domain {
					t.Fatalf("a cookie for %s is held with %s", id.domain, site.domain)
				}
			}
		}
	})
}
