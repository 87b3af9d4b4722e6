package canon

import (
	"errors"
	"testing"
)

// hostCases are hosts that whatwg-url by itself reads otherwise than the standard says, and what they must be. An empty
// want is ErrInvalid.
var hostCases = []struct{ raw, want string }{
	// A name in ASCII is lowered and no more, whatever punycode it holds.
	{"http://a.xn--/", "http://a.xn--/"},
	{"http://XN--.a/", "http://xn--.a/"},
	{"http://a.xn--.b/", "http://a.xn--.b/"},
	{"http://xn--a.Example/", "http://xn--a.example/"},
	{"http://xn--xn---epa/", "http://xn--xn---epa/"},
	{"http://xn--%2Ea/", "http://xn--.a/"},
	{"http://xn--a.xn--b:8080/", "http://xn--a.xn--b:8080/"},
	{"http://xn--/", "http://xn--/"},
	{"http://xn--a.1/", ""},
	{"http://xn--a%25/", ""},
	// Beside other characters, punycode must be sound: revision 33 of UTS #46.
	{"http://xn--.é/", ""},
	{"http://xn--\u00ad.a/", ""},
	{"http://a.xn--\u00ad/", ""},
	{"http://xn--a.é/", ""},
	{"http://xn--a-.é/", ""},
	{"http://xn--é/", ""},
	{"http://xn--9é-i0j5967eg3qz/", ""},
	{"http://x\u00adn--xn---epa.é/", ""},
	{"http://xn--bcher-kva.é/", "http://xn--bcher-kva.xn--9ca/"},
	{"http://XN--BCHER-KVA。é/", "http://xn--bcher-kva.xn--9ca/"},
	{"http://xn--bcher-kva.\u00adexample/", "http://xn--bcher-kva.example/"},
	// The rules of ASCII names do not forbid more to the rest of an international one.
	{"http://a_b.bücher.example/", "http://a_b.xn--bcher-kva.example/"},
	{"http://a_b.xn--bcher-kva.example/", "http://a_b.xn--bcher-kva.example/"},
	{"http://bü cher.example/", ""},
	{"http://bü%25cher.example/", ""},
	// Valid since Unicode 15.1, or mapped to lower case since 15.1 and 16.0.
	{"http://≠.example/", "http://xn--1ch.example/"},
	{"http://≮.≯.example/", "http://xn--gdh.xn--hdh.example/"},
	{"http://xn--1ch.example/", "http://xn--1ch.example/"},
	{"http://FAẞ.example/", "http://xn--fa-hia.example/"},
	{"http://Ӏ.com/", "http://xn--s5a.com/"},
	{"http://Ⴀ.com/", "http://xn--rkj.com/"},
	// A sign makes no number of a last label, and no number elsewhere.
	{"http://h.-1/", "http://h.-1/"},
	{"http://h.+1/", "http://h.+1/"},
	{"http://-1/", "http://-1/"},
	{"http://1.2.3.-4/", "http://1.2.3.-4/"},
	{"http://1.2.3.%2D4/", "http://1.2.3.-4/"},
	{"http://1.2.3.－4/", "http://1.2.3.-4/"},
	{"http://1.2.3.0x-4/", "http://1.2.3.0x-4/"},
	{"http://1.-2.3.4/", ""},
	{"http://1.+2.3.4/", ""},
	{"http://1_0.2.3.4/", ""},
	{"http://h.0x/", ""},
	{"http://0x/", "http://0.0.0.0/"},
	{"http://h.09./", ""},
	{"http://h.0xg/", "http://h.0xg/"},
	{"http://１２７.0.0.1/", "http://127.0.0.1/"},
}

func TestHostsAreReadAsTheStandardSays(t *testing.T) {
	for _, c := range hostCases {
		u, err := Parse(c.raw)
		if u.String() != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: got %q, %v; want %q", c.raw, u, err, c.want)
		}
		if h, _ := Href("", c.raw); h != c.want {
			t.Errorf("%q: Href gives %q, want %q", c.raw, h, c.want)
		}
		if err == nil {
			checkURL(t, u)
		}
	}
}

// knownProblems are hosts that are read otherwise than the standard says, which goes by Unicode 16 or later: toolchains
// before Go 1.27 have the tables of 15.0. Each becomes what it must be with another toolchain, and none is a name that
// is registered anywhere.
var knownProblems = []struct{ raw, standard string }{
	{"http://\U0002ebf0.example/", "http://xn--8g0n.example/"}, // CJK extension I, of Unicode 15.1
	{"http://a\u180eb.example/", "http://ab.example/"},         // became ignored
	{"http://a\u206bb.example/", "http://ab.example/"},
}

func TestKnownProblemsAreRefusedOrGone(t *testing.T) {
	for _, c := range knownProblems {
		if u, err := Parse(c.raw); u.String() != c.standard && !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: got %q, %v; the standard says %q", c.raw, u, err, c.standard)
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
