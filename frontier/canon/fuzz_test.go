package canon

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// checkResolve holds what is true of every reference under every base: whatever the fast path takes, the slow path
// reads alike; and the slow path reads it as the library alone does, but for limits of its own and for hosts that the
// library is known to read otherwise than the standard (see libraryErrs).
func checkResolve(t *testing.T, base, ref string) {
	t.Helper()
	u, err := Parse(base)
	if err != nil {
		u = URL{}
	} else {
		checkURL(t, u)
	}
	slow, slowErr := u.resolveSlow(ref, nil)
	if fast, ok := u.resolveFast(ref); ok && (slowErr != nil || fast != slow) {
		t.Errorf("%q under %q: fast %+v, slow %+v, %v", ref, u, fast, slow, slowErr)
	}
	got, err := u.Resolve(ref)
	if got != slow || (err == nil) != (slowErr == nil) {
		t.Errorf("%q under %q: %q, %v, but slowly %q, %v", ref, u, got, err, slow, slowErr)
	}
	if err == nil {
		checkURL(t, got)
		if want, err := byLibrary(u, ref); err != nil || got.String() != want {
			t.Errorf("%q under %q: got %q, the library has %q, %v", ref, u, got, want, err)
		}
		if lib, err := parser.ParseRef(u.s, ref); (err != nil || lib.Host() != got.HostPort()) && !libraryErrs(got.Host()) && !libraryErrs(u.Host()) {
			t.Errorf("%q under %q: got %q, the library has %q, %v", ref, u, got, lib, err)
		}
		return
	}
	if !got.IsZero() {
		t.Errorf("%q under %q: %q together with %v", ref, u, got, err)
	}
	if lib, libErr := parser.ParseRef(u.s, ref); libErr == nil && (lib.Scheme() == "http" || lib.Scheme() == "https") {
		if !errors.Is(err, ErrTooLong) && !libraryErrs(lib.Hostname()) && !lib.IsIPv4() && !lib.IsIPv6() {
			t.Errorf("%q under %q: %v, but the library has %q", ref, u, err, lib)
		}
	}
	known := 0
	for _, sentinel := range []error{ErrInvalid, ErrNotHTTP, ErrNoHost, ErrTooLong} {
		if errors.Is(err, sentinel) {
			known++
		}
	}
	if known != 1 || strings.ContainsAny(err.Error(), "\n\x1b") {
		t.Errorf("%q under %q: error %q wraps %d sentinels", ref, u, err, known)
	}
}

// libraryErrs reports whether a host is of a kind that the library reads otherwise than the standard: it looks into
// punycode, loses labels of it that decode to nothing, has its own rules for ASCII beside other characters, and takes a
// sign in the last label for a number's.
func libraryErrs(host string) bool {
	last := host[strings.LastIndexByte(strings.TrimSuffix(host, "."), '.')+1:]
	return strings.Contains(host, "xn--") || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-:") != "" ||
		strings.Contains(host, "..") || strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") || strings.ContainsAny(last, "+-")
}

func FuzzResolve(f *testing.F) {
	for _, c := range resolveCases {
		f.Add(c.base, c.ref)
	}
	for _, c := range hostCases {
		f.Add("http://xn--~-kn6bt1b/", c.raw)
	}
	f.Fuzz(checkResolve)
}

// tokens are what links are made of, honest and hostile.
var tokens = []string{
	"http:", "https:", "http://", "https://", "HTTP://", "//", "/", "\\", ".", "..", "./", "../", "/.", "/..", "?", "#", "@", ":", ":80", ":443",
	":8080", ":065", ":65536", "%", "%2", "%2e", "%2E", "%25", "%2f", "%2F", "%41", "%7e", "%7E", "%34", "%31", "%c3%a9", "%C3%A9", "%65", "4", "1", "e", "A", "a",
	"h.org", "www.example.com", "H.Org", "xn--", "xn--bcher-kva", "é", "ß", "日本", "\u3002", "\u00ad", "\u200d", "１", "-", "_", "~", "!", "$&", "'", "\"", "<", ">",
	"`", "{", "}", "|", "^", "[", "]", "[::1]", "::", "127.0.0.1", "0x7f", "0", "256", ";", "=", "+", ",", "(", ")", "*", " ", "\t", "\n", "\x00", "\x7f", "\xff", "\ufffd", "mailto:",
	"javascript:", "index.html", "dir/", "q=1", "page",
}

func fromTokens(data []byte) string {
	var b strings.Builder
	for _, c := range data {
		b.WriteString(tokens[int(c)%len(tokens)])
	}
	return b.String()
}

// FuzzResolveTokens is FuzzResolve with a step that finds hosts and dot segments sooner than single octets do.
func FuzzResolveTokens(f *testing.F) {
	f.Add([]byte{2, 41, 6, 94}, []byte{11, 94}, true)
	f.Add([]byte{2, 41, 6, 94}, []byte{6, 21, 31, 32}, true)
	f.Add([]byte{3, 66, 20, 6, 94, 6}, []byte{8, 9, 6, 94, 14, 95}, false)
	f.Fuzz(func(t *testing.T, base, ref []byte, absolute bool) {
		s := fromTokens(ref)
		if absolute {
			s = "http://" + s
		}
		checkResolve(t, "http://"+fromTokens(base), s)
	})
}

// A plain run of the tests looks at some thousands of these, the same ones each time.
func TestLinksMadeOfTokens(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	bases := []string{"http://h.org/a/b/c?q", "https://[::1]:8080/", "http://xn--bcher-kva.example//x/", "http://10.0.0.1/%%341/..a"}
	for range 20_000 {
		ref := make([]byte, 1+r.IntN(7))
		for i := range ref {
			ref[i] = byte(r.IntN(len(tokens)))
		}
		s := fromTokens(ref)
		if r.IntN(3) == 0 {
			s = "http://h.org" + s
		}
		checkResolve(t, bases[r.IntN(len(bases))], s)
	}
}

func FuzzResolveIn(f *testing.F) {
	encodings := []encoding.Encoding{nil, japanese.ShiftJIS, japanese.EUCJP, japanese.ISO2022JP, simplifiedchinese.GB18030, charmap.Windows1252, charmap.KOI8R}
	for i := range encodings {
		f.Add("/é?a=日本&b=é€#x", uint8(i))
		f.Add("?\xff\u2028'\"<>", uint8(i))
	}
	base := mustParse(f, "http://example.com/dir/page.html?q=1")
	f.Fuzz(func(t *testing.T, ref string, which uint8) {
		enc := encodings[int(which)%len(encodings)]
		got, err := base.ResolveIn(ref, enc)
		utf, utfErr := base.Resolve(ref)
		if (err == nil) != (utfErr == nil) && !errors.Is(err, ErrTooLong) && !errors.Is(utfErr, ErrTooLong) {
			t.Fatalf("%q: %v, but %v in UTF-8", ref, err, utfErr)
		}
		if err != nil || utfErr != nil {
			return
		}
		checkURL(t, got)
		if got.Origin() != utf.Origin() || got.Path() != utf.Path() || (got.Query() == "") != (utf.Query() == "") {
			t.Errorf("%q: %q and, in UTF-8, %q differ outside of the query", ref, got, utf)
		}
		if enc == nil && got != utf {
			t.Errorf("%q: %q without an encoding, %q in UTF-8", ref, got, utf)
		}
	})
}

// decode reads each escape of s once, from left to right, as a server does.
func decode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if d, ok := escape(s[i:]); ok {
			b.WriteByte(d)
			i += 2
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// escapes is the octets that are escaped in s and that mean something else when they are not.
func escapes(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if d, ok := escape(s[i:]); ok {
			if !unreserved(d) {
				b.WriteByte(d)
			}
			i += 2
		}
	}
	return b.String()
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"/%7e%7E", "%%34%31", "%%341", "%4%31", "%%7a", "%25%34%31", "%2%65", "%", "%%%", "%%34%", "%c3%a9%2f", "%%41%%42%43"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := normalize(s)
		if again := normalize(n); again != n {
			t.Errorf("%q gives %q, and that %q", s, n, again)
		}
		if decode(n) != decode(s) {
			t.Errorf("%q gives %q: decoded %q and %q", s, n, decode(s), decode(n))
		}
		if escapes(n) != escapes(s) {
			t.Errorf("%q gives %q: other reserved octets are escaped, %q and %q", s, n, escapes(s), escapes(n))
		}
	})
}
