package mirror

import (
	"path/filepath"
	"strings"
	"testing"
)

const (
	drawing = `<?xml version="1.0" encoding="UTF-8"?>
<!-- <?xml-stylesheet href="/no.css"?> --><?xml-stylesheet type="text/css" href="/s.css?a=1&amp;b=2"?>
<!DOCTYPE svg [ <!ENTITY x "<y>"> ]>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><style><![CDATA[ @import "/t.css"; ]]></style>
<image xlink:href="/p.png"/><use href="/other.svg#é"/><rect fill="url(#here)" style="mask: url(/other.svg#m)"/><a href="/q">q</a><script href='/s.js'/></svg>`
	feed = `<?xml-stylesheet href='/s.css?a=1&amp;b=2'?><feed xmlns="http://www.w3.org/2005/Atom"><link href="http://e.com/p.png"/><?xml-stylesheet href="/no.css"?></feed>`
)

// TestXMLIsShownFromADisk: a drawing as a page is, other XML with its style sheets; its URLs stay what their readers want. What is not surely UTF-8 is left
// alone.
func TestXMLIsShownFromADisk(t *testing.T) {
	const latin = `<?xml version="1.0" encoding="iso-8859-1"?><?xml-stylesheet href="/p.png"?><x>` + "\xe9</x>"
	wide := "\xfe\xff\x00<\x00x\x00/\x00>"
	all := []Body{
		{URL: "http://e.com/d/a.svg", Type: "image/svg+xml", Content: []byte(drawing)},
		{URL: "http://e.com/feed", Type: "application/atom+xml", Charset: "utf-8", Content: []byte(feed)},
		{URL: "http://e.com/latin.xml", Type: "text/xml", Content: []byte(latin)},
		{URL: "http://e.com/wide.xml", Type: "text/xml", Content: []byte(wide)},
		{URL: "http://e.com/x.xhtml", Type: "application/xhtml+xml", Charset: "utf-8", Content: []byte(`<?xml-stylesheet href="/p.png"?><html xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"/><script src="/p.png"/></head><body><img src="/p.png"/></body></html>`)},
		{URL: "http://e.com/p.png", Type: "image/png", Content: []byte("P")},
		{URL: "http://e.com/s.css?a=1&b=2", Type: "text/css"}, {URL: "http://e.com/t.css", Type: "text/css"},
		{URL: "http://e.com/other.svg", Type: "image/svg+xml", Content: []byte("<svg/>")},
	}
	dir := filepath.Join(t.TempDir(), "copy")
	if _, err := begin(t, dir, all).Build(t.Context(), Options{}); err != nil {
		t.Fatal(err)
	}
	got := tree(t, dir)
	for name, want := range map[string][]string{
		"e.com!http/d/a.svg": {`<!-- <?xml-stylesheet href="/no.css"?> --><?xml-stylesheet type="text/css" href="../s.css@a=1`, `[ @import "../t.css"; ]`, `<image xlink:href="../p.png"/>`,
			`<use href="../other.svg#é"/>`, `fill="url(#here)"`, `mask: url(&#34;../other.svg#m&#34;)`, `<a href="http://e.com/q">`, `<script href="http://e.com/s.js"/>`},
		"e.com!http/feed!.xml": {`<?xml-stylesheet href="s.css@a=1`, `<link href="http://e.com/p.png"/><?xml-stylesheet href="/no.css"?>`},
		"e.com!http/latin.xml": {latin},
		"e.com!http/wide.xml":  {wide},
		"e.com!http/x.xhtml":   {`<?xml-stylesheet href="p.png"?><html`, `<img src="p.png"/>`},
		"e.com!http/other.svg": {"<svg/>"},
	} {
		for _, w := range want {
			if !strings.Contains(got[name], w) {
				t.Errorf("%s is\n%s\nwithout %s", name, got[name], w)
			}
		}
	}
	for i, want := range []string{
		"http://e.com/s.css?a=1&b=2 http://e.com/t.css http://e.com/p.png http://e.com/other.svg http://e.com/s.js", "http://e.com/s.css?a=1&b=2", "", "", "http://e.com/p.png",
	} {
		var urls []string
		for _, u := range Requisites(&all[i]) {
			urls = append(urls, u.String())
		}
		if got := strings.Join(urls, " "); got != want {
			t.Errorf("%s needs %q, want %q", all[i].URL, got, want)
		}
	}
}

// FuzzSheetsOf: the prolog of whatever is given is read within it.
func FuzzSheetsOf(f *testing.F) {
	f.Add([]byte(drawing))
	f.Add([]byte(feed))
	f.Add([]byte("<!DOCTYPE x [<?xml-stylesheet href=''?>]><?xml-stylesheet href='"))
	f.Fuzz(func(t *testing.T, b []byte) {
		last := 0
		sheetsOf(b, func(from, to int, _ string) {
			if from < last || to < from+2 || to > len(b) || b[from] != b[to-1] {
				t.Errorf("%d to %d of %d", from, to, len(b))
			}
			last = to
		})
	})
}
