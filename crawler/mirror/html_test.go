package mirror

import (
	"html"
	"slices"
	"strconv"
	"strings"
	"testing"

	"amble/crawler/extract"
	"amble/frontier/canon"
)

// copyOf is a document at https://e.com/dir/page.html in a copy that has a few files besides.
func copyOf(t testing.TB) *document {
	at := mustURL(t, "https://e.com/dir/page.html")
	files := map[string]string{
		"https://e.com/dir/page.html": "text/html", "https://e.com/dir/other.html": "text/html", "https://e.com/": "text/html",
		"https://e.com/style.css?v=1": "text/css", "https://cdn.net/x.js": "text/javascript", "https://e.com/dir/a,b.png": "image/png",
		"https://e.com/dir/b.png": "image/png",
	}
	d := newDocument(at, 0)
	d.name, d.find = Name(at, "text/html"), func(u canon.URL) (string, bool) {
		mediaType, ok := files[u.String()]
		return Name(u, mediaType), ok
	}
	return d
}

func TestPagesAreRewritten(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "<p>a &lt; b\r\n<a name=x>", ""},
		{"in the copy", `<a href='other.html#x y' CLASS=b>`, ""},
		{"unquoted", `<a href=/>`, `<a href="../index.html">`},
		{"as it is", `<a href="other.html">`, ""},
		{"elsewhere", `<a href="gone.html?a=1&amp;b=2#f">`, `<a href="https://e.com/dir/gone.html?a=1&amp;b=2#f">`},
		{"whole already", `<a href="HTTPS://other.org/a b">`, ""},
		{"within the page", `<a href="#top"><a href="page.html#a"><a href="">`, `<a href="#top"><a href="#a"><a href="">`},
		{"another scheme", `<a href="mailto:a@b.c"><a href="javascript:f('/x')"><img src="data:image/png;base64,AA=">`, ""},
		{"without scheme", `<img src="//cdn.net/y.png">`, `<img src="https://cdn.net/y.png">`},
		{"entities", `<a href="&#x6f;ther.html?&quot;">`, `<a href="https://e.com/dir/other.html?%22">`},
		{"twice", `<a href="other.html" href="x.html">`, ""},
		{"no value", `<a href><a href=>`, ""},
		{"base", `<base target=_top href="/"><a href="dir/other.html"><a href="#x"><a href="">`, `<base target=_top><a href="other.html"><a href="../index.html#x"><a href="../index.html">`},
		{"base in a template", `<template><base href="/"></template><a href="other.html">`, `<template><base></template><a href="other.html">`},
		{"integrity", `<script src="//cdn.net/x.js" integrity="sha384-x" crossorigin defer></script>`, `<script src="../../cdn.net/x.js" defer></script>`},
		{"integrity of what is elsewhere", `<script src="https://cdn.net/y.js" integrity="sha384-x" crossorigin></script>`, ""},
		{"a style sheet", `<link rel=stylesheet href="/style.css?v=1">`, `<link rel=stylesheet href="../style.css@v=1.css">`},
		{"where it is at home", `<link rel=canonical href="other.html">`, `<link rel=canonical href="https://e.com/dir/other.html">`},
		{"srcset", `<img srcset="b.png, /x.png 2x,a,b.png 3x, b.png,b.png">`, `<img srcset="b.png, https://e.com/x.png 2x,a%2Cb.png 3x, https://e.com/dir/b.png%2Cb.png">`},
		{"style", `<p style="background: url('b.png'); c: url(/x)">`, `<p style="background: url(&#39;b.png&#39;); c: url(&#34;https://e.com/x&#34;)">`},
		{"style element", "<style>@import '/style.css?v=1'; a > b { c: url(#d) }</style>", "<style>@import \"../style.css@v=1.css\"; a > b { c: url(#d) }</style>"},
		{"script", `<script>var a = "<a href='/x'>"</script>`, ""},
		{"refresh", `<meta http-equiv=Refresh content="3; URL='/'">`, `<meta http-equiv=Refresh content="3; URL=&#39;../index.html&#39;">`},
		{"forms", `<form action="other.html"><form method=post action="other.html">`, `<form action="other.html"><form method=post action="https://e.com/dir/other.html">`},
		{"svg", `<svg><a xlink:href="/"><image href="b.png" /></svg>`, `<svg><a xlink:href="../index.html"><image href="b.png" /></svg>`},
		{"srcdoc", `<iframe srcdoc="<a href='/'>&quot;</a>"></iframe>`, `<iframe srcdoc="&lt;a href=&#34;../index.html&#34;&gt;&#34;&lt;/a&gt;"></iframe>`},
		{"svg style", `<svg><style>a &lt; b { c: url(//evil/x?a=1&amp;b=2) }</style><style><![CDATA[ a { b: url(file:x) }]]></style><g mask="url(//evil/y#z)" fill="url(#a)"></svg>`,
			`<svg><style>a &lt; b { c: url(&#34;https://evil/x?a=1&amp;b=2&#34;) }</style><style><![CDATA[ a { b: url("about:invalid") }]]></style><g mask="url(&#34;https://evil/y#z&#34;)" fill="url(#a)"></svg>`},
		{"comments", `<!-- <a href="/"> --><a href="/">`, `<!-- <a href="/"> --><a href="../index.html">`},
		{"files", `<img src="file://evil/share"><a href=" fi&#10;le:///etc/passwd"><p style="a: url(file:x)">`, `<img src="about:invalid"><a href="about:invalid"><p style="a: url(&#34;about:invalid&#34;)">`},
		{"backslashes", `<img src="\\evil\share\x.png">`, `<img src="https://evil/share/x.png">`},
		{"what is no URL", `<img src="//evil share/x">`, `<img src="about:invalid">`},
	} {
		if c.want == "" {
			c.want = c.in
		}
		if got := string(copyOf(t).html([]byte(c.in))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestStyleSheetsAreRewritten(t *testing.T) {
	d := copyOf(t)
	for _, c := range []struct{ in, want string }{
		{"a { b: url(b.png) url(/b) }", `a { b: url(b.png) url("https://e.com/b") }`},
		{"a { b: URL( '/' ) }", `a { b: URL( "../index.html" ) }`},
		{`a { b: u\72l(/) }`, `a { b: url("../index.html") }`},
		{`a { b: url(\2f  ) }`, `a { b: url("../index.html") }`},
		{`@IMPORT "/style.css?v=1" screen; b { c: "d" }`, `@IMPORT "../style.css@v=1.css" screen; b { c: "d" }`},
		{`@import url(/x.css);`, `@import url("https://e.com/x.css");`},
		{`@namespace url(http://www.w3.org/2000/svg); @namespace x "/y";`, ""},
		{`/* url(b.png) @import "x" */ a { content: "url(b.png)" }`, ""},
		{`a { b: image-set("b.png" 1x, url("/y.png") 2x, "b.png" type("image/png")); content: "b.png" }`,
			`a { b: image-set("b.png" 1x, url("https://e.com/y.png") 2x, "b.png" type("image/png")); content: "b.png" }`},
		{`a { b: url(#x) url(data:image/png;base64,AA=) }`, ""},
		{`a { b: url("</style>") }`, `a { b: url("https://e.com/dir/%3C/style%3E") }`},
		{`a { b: url("/#</style>\a") }`, `a { b: url("../index.html#\3c /style\3e ") }`},
		{"a { b: url(b.png", ""},
		{"a { b: url('b.png\n') }", ""},
		{"a { b: url(b .png) }", ""},
		{"\uFEFF@charset 'x'; \\", ""},
	} {
		if c.want == "" {
			c.want = c.in
		}
		if got := d.sheet(c.in); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
		}
	}
}

// A page of a million links, upon a base as long as a URL may be, must become no file of gigabytes.
func TestWhatAPageBecomesIsBounded(t *testing.T) {
	long := "https://e.com/" + strings.Repeat("b", 8000) + "/"
	for _, c := range []struct {
		name, page string
		most       int // bytes
	}{
		{"links", "<base href='" + long + "'>" + strings.Repeat("<a href=x>", 100_000), 30 << 20},
		{"a few links", "<base href='" + long + "'>" + strings.Repeat("<a href=x>", 1000), 3 << 20},
		{"images", "<base href='" + long + "'><img srcset='" + strings.Repeat("x,y 2x, ", 100_000) + "'>", 30 << 20},
		{"styles", "<base href='" + long + "'><style>" + strings.Repeat("a{b:url(x)}", 100_000) + "</style>", 30 << 20},
		{"frames", "<base href='" + long + "'>" + strings.Repeat("<iframe srcdoc='<a href=x>'></iframe>", 30_000), 20 << 20},
	} {
		d := copyOf(t)
		d.room = newDocument(d.at, len(c.page)).room
		out := d.html([]byte(c.page))
		if len(out) > c.most {
			t.Errorf("%s: %d bytes became %d, more than %d", c.name, len(c.page), len(out), c.most)
		}
		if strings.Contains(string(out), "href=x>") {
			t.Errorf("%s: a reference that was not read is still there", c.name)
		}
	}
	// What makes it is that much at the end alone.
	d := newDocument(mustURL(t, "https://e.com/dir/page.html"), 10<<20)
	d.name, d.find = "e.com/dir/page.html", func(canon.URL) (string, bool) { return "", false }
	if out := d.html([]byte("<p>" + strings.Repeat("<a href=x>", 100_000))); strings.Contains(string(out), blank) {
		t.Error("a page of many links, which is not out of the ordinary otherwise, has lost some")
	}
}

func TestWhatAPageNeedsIsBounded(t *testing.T) {
	var page strings.Builder
	page.WriteString("<base href='https://e.com/" + strings.Repeat("b", 8000) + "/'>")
	for i := range 20_000 {
		page.WriteString("<p background=" + strconv.Itoa(i) + ">")
	}
	size := 0
	for _, u := range Requisites(&Body{URL: "https://e.com/", Type: "text/html", Charset: "utf-8", Content: []byte(page.String())}) {
		size += len(u.String())
	}
	if size > maxRequired || size < maxRequired/2 {
		t.Errorf("URLs of %d bytes, want no more than %d", size, maxRequired)
	}
}

// FuzzRewrite: the elements of a page stay, and nothing in the copy of it names a file outside, or a server for files.
func FuzzRewrite(f *testing.F) {
	for _, s := range []string{
		`<a href="other.html#x">`, `<base href="/x/"><img srcset="a.png 1x, //b/c 2x">`, `<p style='background:url("\\evil\x")'>`,
		`<style>@import "file:x"; a{b:url(//c/d)}</style>`, `<svg><style>a{}</style><use href=file:x /></svg>`, `<iframe srcdoc="<img src=file:/x>">`,
		`<meta http-equiv=refresh content="0;url=file:///x">`, `<link rel=stylesheet href="/style.css?v=1" integrity=x>`, "<a href='fi\tle:x'><a href=\" \x01file:x\">",
		`<BAse href=>`, `<base href= ><p>`, `<base href><base href/>`, `<form action="//x"><button formaction=file:y>`, `<a href=/\/evil/x><a href="https:x">`, `<img src=a\"b><img src='a"b'>`,
	} {
		f.Add(s)
	}
	const home = "file:///copy/e.com/dir/page.html"
	f.Fuzz(func(t *testing.T, page string) {
		page = strings.ToValidUTF8(page, "\uFFFD")
		out := copyOf(t).html([]byte(page))
		before, after := elements([]byte(page)), elements(out)
		if !slices.Equal(before, after) {
			t.Fatalf("other elements:\n%q\n%q\n%s\n%s", before, after, page, out)
		}
		check := func(where, url string) {
			to, err := canon.Href(home, url)
			if err == nil && strings.HasPrefix(to, "file:") && !strings.HasPrefix(to, "file:///copy/") {
				t.Errorf("%s %q leads to %s\n%s\n%s", where, url, to, page, out)
			}
		}
		sheet := func(css string) {
			sheetEdits(css, func(url string) (string, bool) { check("a style sheet's", url); return "", false })
		}
		extract.Walk(out, attributes, func(tag *extract.Tag) {
			for i := range tag.Attrs {
				switch a := &tag.Attrs[i]; a.Name {
				case "href", "src", "xlink:href", "poster", "background", "longdesc", "cite", "lowsrc", "dynsrc", "action", "formaction":
					if rel, _ := tag.Get("rel"); a.From < a.To && !(tag.Name == "link" && strings.Contains(strings.ToLower(rel), "canonical") || strings.Contains(strings.ToLower(rel), "shortlink")) {
						check(tag.Name+" "+a.Name, a.Value)
					}
				case "style", "fill", "filter", "mask":
					sheet(a.Value)
				}
			}
		}, func(from, to int, escaped bool) {
			css := string(out[from:to])
			if escaped {
				css = html.UnescapeString(css)
			}
			sheet(css)
		})
	})
}

func elements(page []byte) (all []string) {
	extract.Walk(page, nil, func(t *extract.Tag) { all = append(all, t.Name) }, func(int, int, bool) { all = append(all, "text of style") })
	return all
}
