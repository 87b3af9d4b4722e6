package look_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"amble/crawler/report/look"
)

func TestCleanMakesForeignTextHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"plain, größer, 漢字, 👍":     "plain, größer, 漢字, 👍",
		"a\tb\nc":                  "a b c",
		"\x1b[31mred":              "‹U+001B›[31mred",
		"abc\u202Egnp.exe":         "abc‹U+202E›gnp.exe",
		"\u2066x\u2069\u200Bz\x00": "‹U+2066›x‹U+2069›‹U+200B›z‹U+0000›",
		"bad \xff byte":            "bad \uFFFD byte",
		"\U000E0041":               "‹U+E0041›",
		strings.Repeat("x", 1000):  strings.Repeat("x", 240) + "…",
	} {
		if got := look.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
		if got := look.Line(in); got != want && got != strings.Repeat("x", 1000) {
			t.Errorf("Line(%q) = %q, want the same without the cut", in, got)
		}
	}
}

func TestLinkFollowsTheWebAlone(t *testing.T) {
	for in, want := range map[string]string{
		"https://example.com/a?b#c": "https://example.com/a?b#c", "HTTP://example.com/": "http://example.com/",
		"javascript:alert(1)": "", "data:text/html,x": "", "file:///etc/passwd": "", "//example.com/": "", "/a": "", "http://": "",
		"https://user:pass@example.com/": "", "http://a b/": "", "java\nscript:x": "",
	} {
		if got := look.Link(in); got != want {
			t.Errorf("Link(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFiguresForPeople(t *testing.T) {
	for got, want := range map[string]string{
		look.Count(0): "0", look.Count(999): "999", look.Count(1234567): "1,234,567", look.Count(-1000): "−1,000",
		look.Bytes(1023): "1,023 B", look.Bytes(1536): "1.5 KiB", look.Bytes(1<<20 - 1): "1.0 MiB", look.Bytes(5 << 30): "5.0 GiB",
		look.Duration(800 * time.Microsecond): "0.8 ms", look.Duration(1250 * time.Millisecond): "1.25 s",
		look.Duration(250 * time.Second): "4 min 10 s", look.Duration(25 * time.Hour): "25 h 0 min",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestNothingForeignRuns: a page full of hostile text has the scripts and links of this package, and no others.
func TestNothingForeignRuns(t *testing.T) {
	const evil = `</title></script><script>alert(1)</script><img src=x onerror=alert(1)>" onload="x`
	p := look.Page{Title: evil, Lead: evil, Note: evil, Sections: []look.Section{{ID: "a", Title: evil}}}
	tab := look.Table{ID: "t", Caption: evil, Head: []look.Head{{Text: evil}, {Text: "n", Number: true}}, Total: 10, Rest: evil,
		Rows: [][]look.Cell{{{URL: "javascript:alert(1)", Text: evil, Note: evil}, {Text: evil, More: []look.Cell{look.URL("https://example.com/" + evil)}}}}}
	bars := look.Bars{ID: "b", Title: evil, Group: evil, What: evil, Bars: []look.Bar{{Name: evil, Value: 3}}}
	body := look.New("body", `<section id="a">{{template "tiles" .Tiles}}{{template "table" .Table}}{{template "bars" .Bars}}</section>`)
	var b strings.Builder
	err := p.Write(&b, func(w io.Writer) error {
		return body.Execute(w, map[string]any{"Table": tab, "Bars": bars, "Tiles": []look.Tile{{Value: evil, Name: evil}}})
	})
	if err != nil {
		t.Fatal(err)
	}
	z := html.NewTokenizer(strings.NewReader(b.String()))
	scripts := 0
	for z.Next() != html.ErrorToken {
		tok := z.Token()
		if tok.Type != html.StartTagToken && tok.Type != html.SelfClosingTagToken {
			continue
		}
		if tok.Data == "script" {
			scripts++
		}
		if tok.Data == "img" {
			t.Errorf("an image: %s", tok)
		}
		for _, a := range tok.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(a.Val, "javascript:") {
				t.Errorf("%s", tok)
			}
		}
	}
	if scripts != 1 {
		t.Errorf("%d scripts, want the one of the package", scripts)
	}
	if !strings.Contains(b.String(), "default-src &#39;none&#39;") {
		t.Error("no policy")
	}
}
