package fetch

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

func inCharset(t testing.TB, label, s string) string {
	t.Helper()
	e, err := htmlindex.Get(label)
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDecodeCharset(t *testing.T) {
	const russian = "Съешь же ещё этих мягких французских булок, да выпей чаю. "
	const japanese = "色は匂へど散りぬるを我が世誰ぞ常ならむ有為の奥山今日越えて浅き夢見じ酔ひもせず。"
	head := strings.Repeat("<script src='a.js'></script>\n", 100)
	scripts := strings.Repeat("<style>a>b</style><script>if (a<b) w('<div>')</script><title><b></title>\n", 300)
	for _, test := range []struct {
		name, body, declared string
		cut                  bool
		text, charset        string
		query                bool // links' queries are in the charset
	}{
		{name: "empty", body: "", text: "", charset: "utf-8"},
		{name: "ascii", body: "<p>a", text: "<p>a", charset: "utf-8"},
		{name: "undeclared utf-8", body: head + "é", text: head + "é", charset: "utf-8"},
		{name: "undeclared utf-8, cut", body: head + "éé\xc3", cut: true, text: head + "éé", charset: "utf-8"},
		{name: "utf-8 BOM", body: "\xef\xbb\xbf<p>é", declared: "iso-8859-1", text: "<p>é", charset: "utf-8"},
		{name: "utf-32le BOM", body: "\xff\xfe\x00\x00a\x00\x00\x00", text: "\x00a\x00", charset: "utf-16le"},
		{name: "naked utf-16", body: "<\x00p\x00>\x00a\x00B\x30<\x00/\x00p\x00", text: "<p>aあ</p", charset: "utf-16le"},
		{name: "detected iso-2022-jp", body: "<p>\x1b$B$\"\x1b(B</p>", text: "<p>あ</p>", charset: "iso-2022-jp", query: true},
		{name: "zeros", body: "<p>a\x00\x00b", text: "<p>a\x00\x00b", charset: "utf-8"},
		{name: "utf-8 declared, windows-1252 sent", body: "caf\xe9", declared: "utf-8", text: "caf\uFFFD", charset: "utf-8"},
		{name: "iso-8859-1 declared, utf-8 sent", body: "caf\xc3\xa9", declared: "iso-8859-1", text: "cafÃ©", charset: "windows-1252", query: true},
		{name: "two BOMs", body: "\xef\xbb\xbf\xef\xbb\xbf<p>", text: "<p>", charset: "utf-8"},
		{name: "utf-16le BOM", body: "\xff\xfe<\x00p\x00>\x00", declared: "utf-8", text: "<p>", charset: "utf-16le"},
		{name: "utf-16be BOM", body: "\xfe\xff\x00<\x00p\x00>", text: "<p>", charset: "utf-16be"},
		{name: "header before meta", body: "<meta charset=utf-8>\xe9", declared: "ISO-8859-1", text: "<meta charset=utf-8>é", charset: "windows-1252", query: true},
		{name: "unknown label in header", body: "<meta charset=koi8-r>\xc1", declared: "utf-7", text: "<meta charset=koi8-r>а", charset: "koi8-r", query: true},
		{name: "meta", body: `<META CharSet = "Shift_JIS">` + "\x83\x65", text: `<META CharSet = "Shift_JIS">テ`, charset: "shift_jis", query: true},
		{name: "pragma", body: `<meta http-equiv=Content-Type content="text/html; charset=windows-1251">` + "\xe0", charset: "windows-1251", query: true,
			text: `<meta http-equiv=Content-Type content="text/html; charset=windows-1251">а`},
		{name: "content without pragma", body: `<meta content="charset=windows-1251">é`, charset: "utf-8", text: `<meta content="charset=windows-1251">é`},
		{name: "meta in a comment", body: `<!-- <meta charset=koi8-r> -->é`, charset: "utf-8", text: `<!-- <meta charset=koi8-r> -->é`},
		{name: "meta in an attribute", body: `<a title="<meta charset=koi8-r>">é`, charset: "utf-8", text: `<a title="<meta charset=koi8-r>">é`},
		{name: "meta far down the head", body: head + "<meta charset=koi8-r>\xc1", text: head + "<meta charset=koi8-r>а", charset: "koi8-r", query: true},
		{name: "meta behind scripts of markup", body: scripts + "<meta charset=koi8-r>\xc1", text: scripts + "<meta charset=koi8-r>а", charset: "koi8-r", query: true},
		{name: "meta in a late script", body: scripts + "<script>'<meta charset=koi8-r>'</script>é", text: scripts + "<script>'<meta charset=koi8-r>'</script>é", charset: "utf-8"},
		{name: "meta in an early script", body: "<script>'<meta charset=koi8-r>'</script>\xc1", text: "<script>'<meta charset=koi8-r>'</script>а", charset: "koi8-r", query: true},
		{name: "meta behind a script without end", body: head + "<script></scripts><meta charset=koi8-r>é", text: head + "<script></scripts><meta charset=koi8-r>é", charset: "utf-8"},
		{name: "meta behind a comment's other end", body: "<!-- --!><meta charset=koi8-r>\xc1<!-- -->", text: "<!-- --!><meta charset=koi8-r>а<!-- -->", charset: "koi8-r", query: true},
		{name: "meta behind many comments", body: "<p>" + strings.Repeat("<!----!>", 5000) + "<meta charset=koi8-r>\xc1", text: "<p>" + strings.Repeat("<!----!>", 5000) + "<meta charset=koi8-r>а", charset: "koi8-r", query: true},
		{name: "meta in a comment that does not end so", body: "<!--!><meta charset=koi8-r>-->é<!---!><meta charset=koi8-r>-->", text: "<!--!><meta charset=koi8-r>-->é<!---!><meta charset=koi8-r>-->", charset: "utf-8"},
		{name: "meta at the prescan's end", body: head[:35*29] + "<meta charset=koi8-r>\xc1", text: head[:35*29] + "<meta charset=koi8-r>а", charset: "koi8-r", query: true},
		{name: "meta far down the body", body: head + "<p><meta charset=koi8-r>é", text: head + "<p><meta charset=koi8-r>é", charset: "utf-8"},
		{name: "meta says utf-16", body: "<meta charset=utf-16>é", text: "<meta charset=utf-16>é", charset: "utf-8"},
		{name: "XML declaration", body: "<?xml version='1.0' encoding='koi8-r'?>\xc1", text: "<?xml version='1.0' encoding='koi8-r'?>а", charset: "koi8-r", query: true},
		{name: "meta says x-user-defined", body: "<meta charset=x-user-defined>\xe9", text: "<meta charset=x-user-defined>é", charset: "windows-1252", query: true},
		{name: "XML says x-user-defined", body: "<?xml encoding='x-user-defined'?>\xe9", text: "<?xml encoding='x-user-defined'?>\uf7e9", charset: "x-user-defined", query: true},
		{name: "declared utf-8 with bad bytes", body: "a\xffb\xe2\x82c\xc3", declared: "utf-8", text: "a\uFFFDb\uFFFDc\uFFFD", charset: "utf-8"},
		{name: "replacement", body: "<script>alert(1)</script>", declared: "iso-2022-kr", text: "\uFFFD", charset: "replacement"},
		{name: "utf-7", body: "+ADw-script+AD4-", declared: "utf-7", text: "+ADw-script+AD4-", charset: "utf-8"},
		{name: "detected cyrillic", body: head + inCharset(t, "windows-1251", strings.Repeat(russian, 5)), text: head + strings.Repeat(russian, 5), charset: "windows-1251", query: true},
		{name: "detected japanese", body: strings.Repeat("<!-- x -->", 2000) + inCharset(t, "euc-jp", strings.Repeat(japanese, 5)),
			text: strings.Repeat("<!-- x -->", 2000) + strings.Repeat(japanese, 5), charset: "euc-jp", query: true},
		{name: "nothing known", body: "caf\xe9", text: "café", charset: "windows-1252", query: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, name, enc, _ := decodeCharset([]byte(test.body), test.declared, test.cut, nil)
			if string(text) != test.text || name != test.charset || (enc != nil) != test.query {
				t.Errorf("got %q in %s, queries in it: %v\nwant %q in %s, %v", text, name, enc != nil, test.text, test.charset, test.query)
			}
		})
	}
}

func TestValidUTF8IsNotCopied(t *testing.T) {
	body := bytes.Repeat([]byte("<p>größer</p>"), 100)
	for _, declared := range []string{"", "utf-8"} {
		allocs := testing.AllocsPerRun(100, func() {
			text, _, _, copied := decodeCharset(body, declared, false, nil)
			if copied || &text[0] != &body[0] {
				t.Fatal("copied")
			}
		})
		if allocs > 0 {
			t.Errorf("declared %q: %v allocations", declared, allocs)
		}
	}
}

func FuzzDecodeCharset(f *testing.F) {
	for _, declared := range []string{"", "utf-8", "utf-16le", "shift_jis", "gb18030", "iso-2022-jp", "big5", "euc-kr", "replacement", "x-user-defined"} {
		f.Add([]byte("<meta charset=windows-1251>\xe0\xff\xfe\x1b$B"), declared, false)
		f.Add([]byte("\xff\xfe\xff\xfe<\x00\x00\xd8"), declared, true)
	}
	f.Add([]byte("<?xml encoding='utf-16'?><!--><meta http-equiv='content-type' content=';charset=\"koi8-r\"'"), "", true)
	f.Add([]byte("<html lang=pl><script>\xE9</script><p>\xB1\xE6 \xC4\xE3\x81\x30\x81\x30</p><!--\xFF"), "", false)
	f.Add([]byte("<\x00p\x00>\x00\x1B$B$\"\x1B(B"), "", true)
	f.Fuzz(func(t *testing.T, body []byte, declared string, cut bool) {
		before := bytes.Clone(body)
		dst := []byte("dst:")
		text, name, enc, copied := decodeCharset(body, declared, cut, dst[:0])
		if !utf8.Valid(text) {
			t.Errorf("%s: invalid UTF-8 %q", name, text)
		}
		if bytes.HasPrefix(text, bom) {
			t.Errorf("%s: begins with a BOM", name)
		}
		if !bytes.Equal(before, body) {
			t.Error("the input was changed")
		}
		if copied && name == "utf-8" && utf8.Valid(body) {
			t.Error("valid UTF-8 was copied")
		}
		signs := strings.NewReplacer("\uFFFD", "", "\uFEFF", "")
		if want := signs.Replace(strings.ToValidUTF8(string(body), "")); name == "utf-8" && !cut && signs.Replace(string(text)) != want {
			t.Errorf("%q: not the valid part of the input, %q", text, want)
		}
		if again, _ := lookup(name); again != name || enc != nil && name == "utf-8" {
			t.Errorf("%q is no canonical name, or has an encoding %v", name, enc)
		}
	})
}

func BenchmarkDecodeCharset(b *testing.B) {
	ascii := bytes.Repeat([]byte("<p>plain text of no language</p>\n"), 3100)
	mixed := bytes.Repeat([]byte("<p>größere Straßen für Fußgänger</p>\n"), 2700)
	legacy := []byte(inCharset(b, "windows-1251", strings.Repeat("<p>мягких французских булок</p>\n", 3300)))
	for _, bench := range []struct {
		name, declared string
		body           []byte
	}{{"ascii", "", ascii}, {"utf-8", "utf-8", mixed}, {"windows-1251", "windows-1251", legacy}, {"detected", "", legacy}} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.body)))
			b.ReportAllocs()
			dst := make([]byte, 0, 1<<20)
			for b.Loop() {
				decodeCharset(bench.body, bench.declared, false, dst)
			}
		})
	}
}
