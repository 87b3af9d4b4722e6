package fetch

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCookiesGoWhereTheyMay(t *testing.T) {
	const a = "https://www.example.com/dir/page"
	for _, test := range []struct {
		from, line, to, want string
	}{
		{a, "a=1", a, "a=1"},
		{a, "a=1", "https://www.example.com/dir/sub/x", "a=1"},
		{a, "a=1", "https://www.example.com/directory", ""},
		{a, "a=1", "https://www.example.com/", ""},
		{a, "a=1; Path=/", "https://www.example.com:8443/", "a=1"}, // ports have no say
		{a, "a=1; Path=/", "http://www.example.com/", "a=1"},
		{a, "a=1; Path=/; Secure", "http://www.example.com/", ""},
		{a, "a=1; Path=/", "https://example.com/", ""},
		{a, "a=1; Path=/", "https://sub.www.example.com/", ""},
		{a, "a=1; Path=/; Domain=example.com", "https://other.example.com/", "a=1"},
		{a, "a=1; Path=/; Domain=.EXAMPLE.com", "https://example.com/", "a=1"},
		{a, "a=1; Path=/; Domain=example.com", "https://badexample.com/", ""},
		{a, "a=1; Path=/; Domain=other.example.com", "https://other.example.com/", ""},
		{a, "a=1; Path=/; Domain=com", a, ""},
		{"https://a.co.uk/", "a=1; Domain=co.uk", "https://a.co.uk/", ""},
		{"https://a.github.io/", "a=1; Domain=github.io", "https://b.github.io/", ""},
		{"https://github.io/", "a=1; Domain=github.io", "https://github.io/", "a=1"},
		{"https://github.io/", "a=1; Domain=github.io", "https://b.github.io/", ""},
		{"https://www.example.com./", "a=1", "https://www.example.com/", "a=1"},
		{"https://bücher.example/", "a=1; Domain=xn--bcher-kva.example", "https://www.bücher.example/", "a=1"},
		{"http://127.0.0.1/", "a=1", "http://127.0.0.1:8080/", "a=1"},
		{"http://127.0.0.1/", "a=1; Domain=0.0.1", "http://127.0.0.1/", ""},
		{"http://192.0.2.1/", "a=1; Domain=192.0.2.1", "http://192.0.2.1/", "a=1"},
		{"http://192.0.2.1/", "a=1", "http://192.0.2.2/", ""},
		{"http://[::1]/", "a=1; Secure", "http://[::1]:8080/", "a=1"}, // loopback is as good as https
		{"http://[2001:db8::1]/", "a=1", "http://[2001:db8::1]:8080/", "a=1"},
		{"http://localhost/", "a=1; Secure", "http://localhost/", "a=1"},
		{"http://www.example.com/", "a=1; Secure; Path=/", "https://www.example.com/", ""},

		{"https://a.test/x%2Fy/z", "a=1", "https://a.test/x%2Fy/", "a=1"},
		{"https://a.test/x%2Fy/z", "a=1", "https://a.test/x/y/", ""},
		{"https://a.test/", "a=1; Path=/x", "https://a.test/x%2Fy", ""},
		{"https://a.test/", "a=1; Path=/x", "https://a.test/x/y", "a=1"},
		{"https://a.test/", "a=1; Path=/%7euser", "https://a.test/~user/", "a=1"},
		{"https://a.test/", "a=1; Path=/%e4", "https://a.test/%E4/", "a=1"},
		{"https://a.test/100%/x", "a=1", "https://a.test/100%/y", "a=1"},
		{"https://a.test//b/c", "a=1", "https://a.test//b/", "a=1"},
		{"https://a.test/", "a=1; Path=//b.test/%7E", "https://a.test/", ""},
		{"https://a.test/", "a=1; Path=x", "https://a.test/y", "a=1"},

		{a, "__Secure-a=1; Path=/; Secure", a, "__Secure-a=1"},
		{a, "__Secure-a=1; Path=/", a, ""},
		{"http://www.example.com/", "__Secure-a=1; Secure", a, ""},
		{a, "__Host-a=1; Path=/; Secure", a, "__Host-a=1"},
		{a, "__HOST-a=1; Secure", a, ""},
		{a, "__host-a=1; Path=/dir; Secure", a, ""},
		{a, "__Host-a=1; Path=/; Secure; Domain=www.example.com", a, ""},
		{a, "__Host-a=1; Path=/", a, ""},
		{a, " __Host-a=1; Path=/", a, ""},
		{a, "=__Host-a=1; Path=/", a, ""},

		{a, `a="q, r" ;`, a, `a="q, r"`},
		{a, `a={"b":[1,2]}`, a, `a={"b":[1,2]}`},
		{a, "a=\xfc", a, "a=\xfc"},
		{a, "a=", a, "a="},
		{a, "a=b=c", a, "a=b=c"},
		{a, "a", a, ""},
		{a, "a=\x7f", a, ""},
		{a, "a=1; Max-Age=99999999999999", a, "a=1"}, // more nanoseconds than there are
		{a, "a=1; Max-Age=0", a, ""},
		{a, "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", a, ""},
		{a, "a=1; Expires=nonsense", a, "a=1"},
		{a, "a=" + strings.Repeat("x", maxCookie-2), a, "a=" + strings.Repeat("x", maxCookie-2)},
		{a, "a=" + strings.Repeat("x", maxCookie-1), a, ""},
		{a, "a=1; Comment=" + strings.Repeat("x", maxCookie), a, ""},
	} {
		k := NewCookies()
		set(t, k, test.from, test.line)
		checkBounds(t, k)
		if got := k.line(parse(t, test.to), ""); got != test.want {
			t.Errorf("%s set %.60q, %s gets %.60q, want %.60q", test.from, test.line, test.to, got, test.want)
		}
	}
}

func TestServersReplaceAndRemoveCookies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewCookies()
		const a = "https://a.test/"
		for _, step := range []struct{ line, want string }{
			{"a=1", "a=1"},
			{"b=1; Max-Age=3600", "a=1; b=1"},
			{"a=2", "a=2; b=1"},
			{"a=; Max-Age=-1", "b=1"},
			{"a=3; Path=/x", "b=1"},
			{"c=1; Max-Age=99999999999", "b=1; c=1"},
		} {
			set(t, k, a, step.line)
			checkBounds(t, k)
			if got := k.line(parse(t, a), ""); got != step.want {
				t.Errorf("after %s: %q, want %q", step.line, got, step.want)
			}
		}
		for _, step := range []struct {
			pass time.Duration
			want string
		}{{time.Hour - 1, "b=1; c=1"}, {1, "c=1"}, {maxCookieAge - time.Hour, ""}} {
			time.Sleep(step.pass)
			if got := k.line(parse(t, a), ""); got != step.want {
				t.Errorf("%v later: %q, want %q", step.pass, got, step.want)
			}
		}
	})
}

// Whoever sits on the wire of an http answer must not get at what https set.
func TestHTTPLeavesSecureCookiesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewCookies()
		set(t, k, "https://a.test/", "s=good; Secure; Max-Age=1")
		time.Sleep(time.Second)
		set(t, k, "http://a.test/", "s=later")
		if got := k.line(parse(t, "https://a.test/"), ""); got != "s=later" {
			t.Errorf("an expired cookie stands in the way: %q", got)
		}
	})
	for line, want := range map[string]string{
		"s=evil":                           "s=good",
		"s=; Max-Age=0":                    "s=good",
		"s=evil; Domain=a.test":            "s=good",
		"s=evil; Path=/x":                  "s=good",
		"s=evil; Max-Age=0; Domain=a.test": "s=good",
		"t=fine":                           "s=good; t=fine",
	} {
		k := NewCookies()
		set(t, k, "https://www.a.test/", "s=good; Secure")
		set(t, k, "http://www.a.test/", line)
		checkBounds(t, k)
		if got := k.line(parse(t, "https://www.a.test/"), ""); got != want {
			t.Errorf("after %s: %q, want %q", line, got, want)
		}
	}
	k := NewCookies()
	set(t, k, "https://a.test/x/", "s=good; Secure")
	set(t, k, "http://a.test/", "s=root; Path=/")
	if got := k.line(parse(t, "https://a.test/"), ""); got != "s=root" {
		t.Errorf("a cookie of another folder is hindered: %q", got)
	}
}

func TestOneAnswerSetsSoManyCookies(t *testing.T) {
	k := NewCookies()
	lines := make([]string, 10*maxSiteCookies)
	for i := range lines {
		lines[i] = fmt.Sprintf("c%d=1", i)
	}
	k.take(parse(t, "https://a.test/"), http.Header{"Set-Cookie": lines})
	checkBounds(t, k)
	line := k.line(parse(t, "https://a.test/"), "")
	if !strings.HasPrefix(line, "c0=1; ") || !strings.HasSuffix(line, fmt.Sprintf("; c%d=1", maxSiteCookies-1)) {
		t.Errorf("%.40s … %s", line, line[max(len(line)-40, 0):])
	}
}
