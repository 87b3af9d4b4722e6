package canon

import "testing"

// knownProblems are hosts that whatwg-url reads otherwise than the standard says. None is a name that resolves, and all
// are either refused or read the same way each time; they stand here so that a release that mends one shows itself.
var knownProblems = []struct {
	raw      string
	standard string // what WHATWG says; empty: an error
	got      string // what Parse gives; empty: ErrInvalid
}{
	// Punycode that decodes to nothing, or to another ACE label, is an error since UTS #46 revision 33.
	{"http://a.xn--/", "", "http://a./"},
	{"http://xn--.a/", "", "http://.a/"},
	{"http://a.xn--.b/", "", "http://a..b/"},
	{"http://xn--\u00ad.a/", "", "http://.a/"},
	{"http://a.xn--\u00ad/", "", "http://a./"},
	{"http://xn--xn---epa/", "", "http://xn--xn---epa/"},
	{"http://xn--xn--a--gua.com/", "", "http://xn--xn--a--gua.com/"},
	// Three characters are valid since Unicode 15.1. The library takes them, but not the punycode that it makes of them.
	{"http://≠.example/", "http://xn--1ch.example/", ""},
	{"http://≮.example/", "http://xn--gdh.example/", ""},
	{"http://≯.example/", "http://xn--hdh.example/", ""},
	{"http://xn--1ch.example/", "http://xn--1ch.example/", ""},
	// A last label with a sign is taken for a number. What would become an address that nobody wrote is refused.
	{"http://h.-1/", "http://h.-1/", ""},
	{"http://h.+1/", "http://h.+1/", ""},
	{"http://-1/", "http://-1/", ""},
	{"http://1.2.3.-4/", "http://1.2.3.-4/", ""},
	{"http://1.2.3.%2D4/", "http://1.2.3.-4/", ""},
	{"http://1.2.3.－4/", "http://1.2.3.-4/", ""},
	{"http://1.2.3.0x-4/", "http://1.2.3.0x-4/", ""},
}

func TestKnownProblemsOfTheLibrary(t *testing.T) {
	for _, c := range knownProblems {
		u, err := Parse(c.raw)
		if u.String() != c.got || (err == nil) != (c.got != "") {
			t.Errorf("%q: got %q, %v; known is %q", c.raw, u, err, c.got)
		}
		if u.String() == c.standard {
			t.Errorf("%q is read as the standard says: it is no problem any more", c.raw)
		}
	}
}

// What the library would take and the standard does not, and what is refused before it can matter.
func TestBracketsAroundAnAddressAreOnePair(t *testing.T) {
	for _, raw := range []string{"http://[[::1]]/", "http://[[::1]/", "http://[::1]]/", "http://[]::1]/", "http://[::1[]/", "http://[::1][/"} {
		if h, err := Href("", raw); err == nil {
			t.Errorf("%s is read as %s", raw, h)
		}
	}
	if u, err := Parse("http://[[@[::1]/"); err != nil || u.String() != "http://[::1]/" {
		t.Errorf("brackets in a userinfo: got %q, %v", u, err)
	}
}
