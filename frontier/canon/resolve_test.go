package canon

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

func mustParse(t testing.TB, raw string) URL {
	t.Helper()
	u, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestReferencesResolveAsInABrowser(t *testing.T) {
	for _, c := range resolveCases {
		var base URL
		if c.base != "" {
			base = mustParse(t, c.base)
		}
		got, err := base.Resolve(c.ref)
		if !errors.Is(err, c.err) || (err == nil) != (c.want != "") || got.String() != c.want {
			t.Errorf("%q under %q: got %q, %v; want %q, %v", c.ref, c.base, got, err, c.want, c.err)
		}
		if err == nil {
			checkURL(t, got)
		}
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	for raw, want := range map[string]string{
		"example.com/x":                              `invalid URL: "example.com/x": it has no scheme: write http:// or https:// before it`,
		"mailto:a@b.c":                               `not an http or https URL: "mailto:a@b.c"`,
		"http://":                                    `URL without a host: "http://"`,
		"http://h\x1b[31m.org/":                      `invalid URL: "http://h\x1b[31m.org/": the host contains a forbidden domain code point`,
		"mailto:" + strings.Repeat("x", 2*shown):     `not an http or https URL: "mailto:` + strings.Repeat("x", shown-len("mailto:")) + `"...`,
		"http://h.org:99999/":                        `invalid URL: "http://h.org:99999/": its port is greater than 65535`,
		"http://h.org/" + strings.Repeat("x", 1<<16): "URL too long: \"http://h.org/" + strings.Repeat("x", shown-len("http://h.org/")) + "\"...: at most 65535 octets, 1024 of them before the path, and 2048 slashes are read",
	} {
		if _, err := Parse(raw); err == nil || err.Error() != want {
			t.Errorf("%.40q: got %v\nwant %s", raw, err, want)
		}
	}
}

func TestLongURLsAreRefused(t *testing.T) {
	base := mustParse(t, "http://h.org/a/b")
	fill := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct {
		name, ref string
		err       error
	}{
		{"longest path", "http://h.org/" + fill(MaxLen-len("http://h.org/")), nil},
		{"path one longer", "http://h.org/" + fill(MaxLen-len("http://h.org/")+1), ErrTooLong},
		{"relative, too long with its base", fill(MaxLen - len("http://h.org/")), ErrTooLong},
		{"too long once escaped", "?" + strings.Repeat(" x", MaxLen/4), ErrTooLong},
		{"path too long once escaped", "/" + strings.Repeat("é", MaxLen/4), ErrTooLong},
		{"fragment counts as text that is read", "#" + fill(MaxLen-1), nil},
		{"long fragment behind a space", " /#" + fill(MaxLen), ErrTooLong},
		{"long data URL is still only a data URL", "data:," + fill(MaxLen), ErrNotHTTP},
		{"longest host", "http://" + fill(MaxAuthority), nil},
		{"host one longer", "http://" + fill(MaxAuthority+1), ErrTooLong},
		{"host too long as punycode", "http://" + strings.Repeat("㌖㌖㌖.", MaxAuthority/10), ErrTooLong},
		{"long userinfo", "http://" + strings.Repeat("@", MaxAuthority) + "h.org", ErrTooLong},
		{"most slashes", "http://h.org" + strings.Repeat("/", MaxSlashes-2), nil},
		{"one slash more", "http://h.org" + strings.Repeat("/", MaxSlashes-1), ErrTooLong},
		{"many slashes that cancel out", "/" + strings.Repeat("../", MaxSlashes), ErrTooLong},
		{"many backslashes", "x" + strings.Repeat(`\`, MaxSlashes+1), ErrTooLong},
		{"slashes in a query do not count", "?" + strings.Repeat("/", 2*MaxSlashes), nil},
	} {
		u, err := base.Resolve(c.ref)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.err)
		}
		if err == nil {
			checkURL(t, u)
		}
	}
	if _, err := Href("", "http://"+strings.Repeat("a@", MaxAuthority)); !errors.Is(err, ErrTooLong) {
		t.Errorf("Href: got %v, want %v", err, ErrTooLong)
	}
}

func TestQueryIsInTheEncodingOfThePage(t *testing.T) {
	base := mustParse(t, "http://h.org/a")
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	for _, c := range []struct {
		name string
		enc  encoding.Encoding
		ref  string
		want string
	}{
		{"nil is UTF-8", nil, "?é", "?%C3%A9"},
		{"UTF-8", unicode.UTF8, "?é", "?%C3%A9"},
		{"UTF-8 as x/net/html/charset has it", encoding.Nop, "?é", "?%C3%A9"},
		{"UTF-8 with a mark", unicode.UTF8BOM, "?é", "?%C3%A9"},
		{"UTF-16 gives UTF-8", utf16, "?aé", "?a%C3%A9"},
		{"replacement gives UTF-8", encoding.Replacement, "?é", "?%C3%A9"},
		{"windows-1252", charmap.Windows1252, "?é€", "?%E9%80"},
		{"Shift_JIS", japanese.ShiftJIS, "?q=日本", "?q=%93%FA%96{"},
		{"Shift_JIS, second octet is a letter", japanese.ShiftJIS, "?テスト", "?%83e%83X%83g"},
		{"EUC-JP", japanese.EUCJP, "?日本", "?%C6%FC%CB%DC"},
		{"ISO-2022-JP goes back to ASCII", japanese.ISO2022JP, "?日a", "?%1B$BF|%1B(Ba"},
		{"ISO-2022-JP goes back before what it lacks", japanese.ISO2022JP, "?日€", "?%1B$BF|%1B(B%26%238364%3B"},
		{"GB18030 has everything", simplifiedchinese.GB18030, "?€", "?%A2%E3"},
		{"Big5 as in Taiwan", traditionalchinese.Big5, "?包晴偽╞卅", "?%A5]%B4%B8%B0%B0%F9%E9%A4%CA"},
		{"Big5 without Hong Kong's characters", traditionalchinese.Big5, "?é日", "?%26%23233%3B%A4%E9"},
		{"EUC-JP without JIS X 0212", japanese.EUCJP, "?é−¥‾ｱ", "?%26%23233%3B%A1%DD\\~%8E%B1"},
		{"Shift_JIS with IBM's characters", japanese.ShiftJIS, "?髙﨑ⅰⅠ−¥‾ｱ\u0080é", "?%FB%FC%FA%B1%FA@%87T%81|\\~%B1%80%26%23233%3B"},
		{"ISO-2022-JP with wide katakana alone", japanese.ISO2022JP, "?ｱ日−ﾞ¥é日", "?%1B$B%%22F|!]!+%1B(B%1B(J\\%1B(B%26%23233%3B%1B$BF|%1B(B"},
		{"GBK", simplifiedchinese.GBK, "?ḿ€︐é😀", "?%A8%BC%80%A6%D9%A8%A6%26%23128512%3B"},
		{"EUC-KR", korean.EUCKR, "?한é\u0080", "?%C7%D1%26%23233%3B%26%23128%3B"},
		{"controls in windows-1252", charmap.Windows1252, "?\u0081\u0080€", "?%81%26%23128%3B%80"},
		{"windows-1250 said to be ISO-8859-2", charmap.ISO8859_2, "?\u009akola", "?%9Akola"},
		{"controls in ISO-8859-8-I", charmap.ISO8859_8I, "?\u009a", "?%9A"},
		{"controls in KOI8-R", charmap.KOI8R, "?\u009a", "?%26%23154%3B"},
		{"what is lacking becomes a reference", charmap.ISO8859_1, "?日b本", "?%26%2326085%3Bb%26%2326412%3B"},
		{"what is lacking, between what is not", charmap.ISO8859_1, "?é日é", "?%E9%26%2326085%3B%E9"},
		{"not UTF-8", charmap.ISO8859_1, "?\xff", "?%26%2365533%3B"},
		{"ASCII is the same in all", japanese.ISO2022JP, "?a=b&'%7e\"", "?a=b&%27~%22"},
		{"the path stays UTF-8", charmap.Windows1252, "/é?é", "/%C3%A9?%E9"},
		{"the fragment does not matter", charmap.Windows1252, "?x#é", "?x"},
	} {
		u, err := base.ResolveIn(c.ref, c.enc)
		want := "http://h.org" + c.want
		if strings.HasPrefix(c.want, "?") {
			want = "http://h.org/a" + c.want
		}
		if err != nil || u.String() != want {
			t.Errorf("%s: got %q, %v; want %q", c.name, u, err, want)
		}
	}
}

func TestAccessors(t *testing.T) {
	for _, c := range []struct{ raw, scheme, host, port, hostPort, origin, target, path, query, domain string }{
		{"http://www.example.co.uk/a/b?c=d", "http", "www.example.co.uk", "", "www.example.co.uk", "http://www.example.co.uk", "/a/b?c=d", "/a/b", "c=d", "example.co.uk"},
		{"https://h.org:8443", "https", "h.org", "8443", "h.org:8443", "https://h.org:8443", "/", "/", "", "h.org"},
		{"http://[::1]:81/?", "http", "::1", "81", "[::1]:81", "http://[::1]:81", "/?", "/", "", "::1"},
		{"https://[::1]/?a?b", "https", "::1", "", "[::1]", "https://[::1]", "/?a?b", "/", "a?b", "::1"},
		{"http://10.0.0.1:80/50%", "http", "10.0.0.1", "", "10.0.0.1", "http://10.0.0.1", "/50%", "/50%", "", "10.0.0.1"},
	} {
		u := mustParse(t, c.raw)
		got := []string{u.Scheme(), u.Host(), u.Port(), u.HostPort(), u.Origin(), u.RequestTarget(), u.Path(), u.Query(), u.Domain()}
		want := []string{c.scheme, c.host, c.port, c.hostPort, c.origin, c.target, c.path, c.query, c.domain}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: got %q, want %q", c.raw, got, want)
				break
			}
		}
		if n := testing.AllocsPerRun(10, func() {
			_ = u.Scheme() + u.Host()[:0]
			_, _, _, _ = u.Port(), u.HostPort(), u.Origin(), u.RequestTarget()
			_, _ = u.Path(), u.Query()
		}); n != 0 {
			t.Errorf("%s: accessors allocate %v times", c.raw, n)
		}
	}
	var z URL
	if !z.IsZero() || z.Scheme()+z.Host()+z.Port()+z.HostPort()+z.Origin()+z.RequestTarget()+z.Path()+z.Query()+z.Domain() != "" {
		t.Error("the zero URL is not empty")
	}
	if u := mustParse(t, "http://h.org/"); u.IsZero() || u != mustParse(t, "HTTP://H.org:80#x") {
		t.Error("equal URLs are not ==")
	}
}

func TestPlainLinksAreFastAndCheap(t *testing.T) {
	u := mustParse(t, "http://example.com:8080/dir/page.html?q=1")
	for _, c := range []struct {
		ref    string
		allocs float64
	}{
		{"https://other.org/a/b.html?x=1&y=%20#top", 1},
		{"https://other.org", 1},
		{"http://example.com:8080/a", 1},
		{"/abs/path", 1},
		{"relative/path.html", 1},
		{"../x.html", 1},
		{"?q=2", 1},
		{"#top", 0},
		{"", 0},
		{".", 0},
		{"page.html?q=1", 0},
		{"http://example.com:8080/dir/page.html?q=1#x", 0},
	} {
		if _, ok := u.resolveFast(c.ref); !ok {
			t.Errorf("%q takes the slow path", c.ref)
		}
		if n := testing.AllocsPerRun(20, func() { _, _ = u.Resolve(c.ref) }); n != c.allocs {
			t.Errorf("%q: %v allocations, want %v", c.ref, n, c.allocs)
		}
	}
}

// A page is large and a URL lives as long as the crawl: one must not hold the other in memory.
func TestURLsDoNotShareTheMemoryOfThePage(t *testing.T) {
	raw := []byte("http://h.org/plain/path")
	text := unsafeString(raw)
	u, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)-1] = 'X'
	if u.Path() != "/plain/path" {
		t.Errorf("the URL changed with its source: %q", u)
	}
}

// What crawl files hold of hosts by address or with a port is read without the parser.
func TestCanonicalOriginsAreReadFast(t *testing.T) {
	for raw, fast := range map[string]bool{
		"http://127.0.0.1/a": true, "http://10.0.0.255:8080/a?b": true, "https://h.org:8443": true, "http://h.org:443/": true, "https://h.org:80/": true,
		"http://h.org:80/": false, "https://h.org:443/": false, "http://h.org:065/": false, "http://h.org:65536/": false, "http://h.org:/": false, "http://:8080/": false,
		"http://127.0.0.256/": false, "http://127.0.1/": false, "http://127.0.0.01/": false, "http://127.0.0.1./": false, "http://1.2.3.4.5/": false, "http://h.org:8080a/": false,
	} {
		if _, ok := (URL{}).resolveFast(raw); ok != fast {
			t.Errorf("%s: read fast: %v, want %v", raw, ok, fast)
		}
	}
}
