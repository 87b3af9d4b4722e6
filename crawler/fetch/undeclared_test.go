package fetch

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/unicode/norm"
)

// sampleText is a text of testdata/undeclared: one was looked at while the detector was made, another was held back.
type sampleText struct {
	lang, text string
	held       bool
}

func sampleTexts(t testing.TB) (all []sampleText) {
	files, err := filepath.Glob("testdata/undeclared/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for part := range strings.SplitSeq(string(b), "== ") {
			if head, text, ok := strings.Cut(part, "\n"); ok {
				lang, kind, _ := strings.Cut(head, " ")
				all = append(all, sampleText{lang, strings.TrimSpace(text), kind == "held"})
			}
		}
	}
	return all
}

// writtenIn has the encodings in which pages of each language are made.
var writtenIn = map[string]string{
	"cs": "windows-1250 iso-8859-2", "sk": "windows-1250 iso-8859-2", "pl": "windows-1250 iso-8859-2", "hu": "windows-1250 iso-8859-2",
	"hr": "windows-1250 iso-8859-2", "sl": "windows-1250 iso-8859-2", "ro": "windows-1250 iso-8859-2", "tr": "windows-1254",
	"lt": "windows-1257 iso-8859-13 iso-8859-4", "lv": "windows-1257 iso-8859-13 iso-8859-4", "et": "windows-1257", "vi": "windows-1258",
	"el": "windows-1253 iso-8859-7", "he": "windows-1255", "ar": "windows-1256 iso-8859-6", "fa": "windows-1256", "th": "windows-874",
	"ru": "windows-1251 koi8-r iso-8859-5 ibm866 x-mac-cyrillic", "uk": "windows-1251 koi8-u x-mac-cyrillic", "bg": "windows-1251 iso-8859-5", "sr": "windows-1251 iso-8859-5",
	"ja": "shift_jis euc-jp iso-2022-jp utf-16le", "ko": "euc-kr utf-16be", "zh-hans": "gbk gb18030", "zh-hant": "big5",
	"fr": "windows-1252 iso-8859-15 macintosh", "de": "windows-1252 macintosh", "en": "windows-1252",
}

// spell makes a text one that the encoding can say, as its writers did.
func spell(text, name string) string {
	switch name {
	case "windows-1250", "iso-8859-2":
		return strings.NewReplacer("ș", "ş", "ț", "ţ", "Ș", "Ş", "Ț", "Ţ").Replace(text)
	case "iso-8859-6", "iso-8859-5", "iso-8859-15", "macintosh":
		return strings.NewReplacer("ґ", "г").Replace(text)
	case "windows-1258":
		var pairs []string
		for _, base := range "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" {
			for _, tone := range "\u0300\u0301\u0303\u0309\u0323" {
				both := string(base) + string(tone)
				pairs = append(pairs, norm.NFC.String(both), both)
			}
		}
		return strings.NewReplacer(pairs...).Replace(text)
	}
	return text
}

// madePage is an undeclared page: text of about size bytes in its encoding, within markup that has more ASCII than that.
func madePage(t testing.TB, text, name string, size, from int) (page []byte, want string) {
	t.Helper()
	var parts []string
	for s := range strings.SplitAfterSeq(spell(text, name), ".") {
		for p := range strings.SplitAfterSeq(s, "。") {
			if p = strings.TrimSpace(p); p != "" {
				parts = append(parts, p)
			}
		}
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	in := func(s string) []byte {
		out, err := e.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatalf("%s cannot say %q: %v", name, s, err)
		}
		return out
	}
	var doc strings.Builder
	doc.WriteString("<!DOCTYPE html>\n<html><head><title>Index</title>\n<link rel=stylesheet href=/style.css><script>var x = 1; if (x < 2) { run(); }</script>\n</head><body class=\"main\">\n<div id=menu><a href=\"/index.html\">Home</a> | <a href=\"/contact.php?id=3\">Contact</a></div>\n")
	for n, i := 0, from; n < size; i++ {
		s := parts[i%len(parts)]
		if left := size - n; left < len(in(s)) {
			words := strings.SplitAfter(s, " ")
			if len(words) < 3 {
				words = strings.SplitAfter(s, "")
			}
			s = ""
			for _, w := range words {
				if len(in(s+w)) > left && s != "" {
					break
				}
				s += w
			}
			n = size
		}
		n += len(in(s))
		fmt.Fprintf(&doc, "<p class=\"t%d\"><a href=\"/page/%d\">%s</a></p>\n", i%3, i, s)
	}
	doc.WriteString("<p>Copyright 2004</p></body></html>\n")
	return in(doc.String()), doc.String()
}

type tally struct{ right, all int }

func (c *tally) add(ok bool) {
	c.all++
	if ok {
		c.right++
	}
}

// TestUndeclaredPages measures how many pages that declare nothing are read as they were written. The texts held back were
// not looked at when the detector was made; the floor is for them.
func TestUndeclaredPages(t *testing.T) {
	by := make(map[string]*tally)
	count := func(key string, ok bool) {
		if by[key] == nil {
			by[key] = new(tally)
		}
		by[key].add(ok)
	}
	var wrong []string
	pages, spent := 0, time.Duration(0)
	for _, s := range sampleTexts(t) {
		names := writtenIn[s.lang]
		if names == "" {
			names = "windows-1252"
		}
		kind := "tune"
		if s.held {
			kind = "held"
		}
		for name := range strings.FieldsSeq(names) {
			for _, size := range []int{200, 1 << 10, 8 << 10} {
				for _, from := range []int{0, 2} {
					page, want := madePage(t, s.text, name, size, from)
					start := time.Now()
					got, guess, _, _ := decodeCharset(page, "", false, nil)
					spent += time.Since(start)
					pages++
					ok := bytes.Equal(got, []byte(want))
					count(fmt.Sprintf("%s %4d", kind, size), ok)
					count("in "+name, ok)
					if size >= 1<<10 {
						count(kind+" >=1K", ok)
					}
					if !ok {
						wrong = append(wrong, fmt.Sprintf("%s %s in %s, %d bytes from %d: taken for %s", kind, s.lang, name, size, from, guess))
					}
				}
			}
		}
	}
	var keys []string
	for k := range by {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		t.Logf("%-18s %4d of %4d", k, by[k].right, by[k].all)
	}
	t.Logf("%d pages, %v each", pages, spent/time.Duration(pages))
	for _, w := range wrong {
		t.Log(w)
	}
	for key, least := range map[string]float64{"held >=1K": 0.98, "held  200": 0.92} {
		if c := by[key]; c == nil || c.all < 100 || float64(c.right) < least*float64(c.all) {
			t.Errorf("%s: %+v right, want %v of them", key, c, least)
		}
	}
}

// TestHintsDecideWhereTheTextDoesNot: the same few bytes are letters of several languages.
func TestHintsDecideWhereTheTextDoesNot(t *testing.T) {
	for _, test := range []struct {
		body string
		h    hints
		want string
	}{
		{"<p>\xe4\xe0", hints{}, "windows-1252"},
		{"<html lang=bg-BG><p>\xe4\xe0", hints{}, "windows-1251"},
		{"<html lang='en'><p>\xe4\xe0", hints{}, "windows-1252"},
		{"<p>\xea\xe1\xe9", hints{}, "windows-1252"},
		{"<p>\xea\xe1\xe9", hints{language: "el"}, "windows-1253"},
		{"<p>\xea\xe1\xe9", hints{host: "www.example.gr"}, "windows-1253"},
		{"<p>\xea\xe1\xe9", hints{host: "192.0.2.1"}, "windows-1252"},
		{"<p>\xea\xe1\xe9", hints{host: "example.gr", charset: "koi8-r"}, "koi8-r"},
		// No hint outweighs a text that is plain.
		{"<html lang=ja><p>" + inCharset(t, "windows-1251", "Съешь же ещё этих мягких французских булок"), hints{host: "example.jp"}, "windows-1251"},
		{"<html lang=ru><p>" + inCharset(t, "shift_jis", "色は匂へど散りぬるを我が世誰ぞ常ならむ"), hints{host: "example.ru"}, "shift_jis"},
	} {
		if _, name, _, _ := decodePage([]byte(test.body), test.h, false, func() []byte { return nil }); name != test.want {
			t.Errorf("%q %+v: %s, want %s", test.body, test.h, name, test.want)
		}
	}
}

// TestUTF8IsNeverMisread: pages in UTF-8 without declaration, among them such as a detector could take for something else.
func TestUTF8IsNeverMisread(t *testing.T) {
	var pages []string
	for _, s := range sampleTexts(t) {
		pages = append(pages, s.text, "<p>"+s.text+"</p>\x00\x00", s.text[:len(s.text)/2]+"\x1B$ "+s.text)
	}
	pages = append(pages, "cost\x1B$ 5 and \x1B(B", "\x1B$B", "a\x00b\x00\x00", strings.Repeat("\x00", 100), strings.Repeat("Ã©", 40))
	for _, p := range pages {
		if !utf8.ValidString(p) {
			p = strings.ToValidUTF8(p, "")
		}
		got, name, _, copied := decodeCharset([]byte(p), "", false, nil)
		if name != "utf-8" || copied || string(got) != p {
			t.Errorf("%.60q is taken for %s", p, name)
		}
	}
}

func TestFewBadBytesLeaveAPageInUTF8(t *testing.T) {
	good := strings.Repeat("größere Straßen ", 10)
	got, name, _, _ := decodeCharset([]byte(good+"\xE4"+good), "", false, nil)
	if name != "utf-8" || string(got) != good+"\uFFFD"+good {
		t.Errorf("%s: %q", name, got)
	}
}
