package canon

import (
	"strings"
	"testing"

	"golang.org/x/net/publicsuffix"
)

func TestDomain(t *testing.T) {
	for host, want := range map[string]string{
		"example.com":                    "example.com",
		"www.example.com":                "example.com",
		"a.b.c.example.com":              "example.com",
		"www.example.co.uk":              "example.co.uk",
		"example.co.uk":                  "example.co.uk",
		"co.uk":                          "co.uk",
		"com":                            "com",
		"localhost":                      "localhost",
		"someone.github.io":              "someone.github.io",
		"www.someone.github.io":          "someone.github.io",
		"github.io":                      "github.io",
		"www.ck":                         "www.ck", // an exception to *.ck
		"a.www.ck":                       "www.ck",
		"a.ck":                           "a.ck",
		"b.a.ck":                         "b.a.ck",
		"c.b.a.ck":                       "b.a.ck",
		"www.site.test":                  "site.test", // no rule: the last label is the suffix
		"xn--bcher-kva.xn--p1ai":         "xn--bcher-kva.xn--p1ai",
		"www.xn--bcher-kva.xn--p1ai":     "xn--bcher-kva.xn--p1ai",
		"127.0.0.1":                      "127.0.0.1",
		"::1":                            "::1",
		"[::1]":                          "[::1]",
		"::ffff:1.2.3.4":                 "::ffff:1.2.3.4",
		"www.example.com.":               "example.com",
		"com.":                           "com",
		"a..com":                         "a..com",
		".com":                           ".com",
		"www.example.com..":              "www.example.com.",
		"":                               "",
		".":                              "",
		strings.Repeat("a.", 999) + "de": "a.de",
	} {
		if got := Domain(host); got != want {
			t.Errorf("%.60q: got %q, want %q", host, got, want)
		}
	}
}

func FuzzDomain(f *testing.F) {
	for _, host := range []string{"www.example.co.uk", "a.ck", "localhost", "127.0.0.1", "::1", "a..b.", "...", "www.example.com."} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		d := Domain(host)
		if !strings.Contains(host, d) {
			t.Errorf("%q: domain %q is no part of it", host, d)
		}
		name := strings.TrimSuffix(host, ".")
		if strings.Contains(name, ":") {
			return
		}
		if want, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil && d != want {
			t.Errorf("%q: got %q, want %q", host, d, want)
		} else if err != nil && d != name && !strings.Contains(name, "..") && !strings.HasPrefix(name, ".") {
			t.Errorf("%q has no registrable domain, but got %q", host, d)
		}
	})
}
