package extract

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amble/frontier/canon"
)

const (
	site = "http://site.test"
	here = site + "/dir/page?q=1"
)

func mustParse(t testing.TB, raw string) canon.URL {
	t.Helper()
	u, err := canon.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// describe writes a page down, one fact a line, with the URLs of its own site as paths.
func describe(p *Page) string {
	var b strings.Builder
	line := func(parts ...string) {
		fmt.Fprintln(&b, strings.TrimRight(strings.ReplaceAll(strings.Join(parts, " "), site, ""), " "))
	}
	for _, f := range [][2]string{{"title", p.Title}, {"description", p.Description}, {"canonical", p.Canonical}, {"lang", p.Lang}} {
		if f[1] != "" {
			line(f[0]+":", f[1])
		}
	}
	for _, l := range p.Links {
		rel := ""
		if l.Rel != "" {
			rel = "[" + l.Rel + "]"
		}
		line("link", strings.TrimSpace(strings.Join([]string{l.URL, rel, l.Text}, " ")))
	}
	for _, i := range p.Images {
		line("image", i.Src, i.Alt)
	}
	for _, m := range p.Meta {
		line("meta", m.Name+"="+m.Content)
	}
	for _, m := range p.Robots {
		line("robots", m.Name+"="+m.Content)
	}
	if p.Cut {
		line("cut")
	}
	return strings.ReplaceAll(b.String(), "  ", " ")
}

func TestPage(t *testing.T) {
	for _, c := range pages {
		t.Run(c.name, func(t *testing.T) {
			got := describe(HTML([]byte(c.page), mustParse(t, here), nil))
			want := c.want
			if want != "" {
				want += "\n"
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s\n(-want +got)\n%s", c.page, d)
			}
		})
	}
}

var pages = []struct{ name, page, want string }{
	// What is a link.
	{"nothing", "", ""},
	{"plain", `<a href="/x">Text</a>`, "link /x Text"},
	{"relative", `<a href=x>1</a><a href=../y>2</a><a href=?z>3</a><a href=//other.test/>4</a>`,
		"link /dir/x 1\nlink /y 2\nlink /dir/page?z 3\nlink http://other.test/ 4"},
	{"area", `<map><area href=/x alt=X rel=nofollow><area alt=none></map>`, "link /x [nofollow]"},
	{"iframe and its content", `<iframe src=/x><a href=/no>no</a></iframe><a href=/y>y</a>`, "link /x\nlink /y y"},
	{"iframe without src", `<iframe src=""></iframe><iframe></iframe><iframe src=" "></iframe>`, ""},
	{"frameset", `<frameset><frame src=/a><frame src=/b><noframes><a href=/no>no</a></noframes></frameset>`, "link /a\nlink /b"},
	{"not links", `<link rel=next href=/a><script src=/b></script><form action=/c></form><img longdesc=/d><q cite=/e>q</q><video src=/f></video>`, ""},
	{"a without href", `<a name=x>x</a><a>y</a>`, ""},
	{"empty href", `<a href="">me</a>`, "link /dir/page?q=1 me"},
	{"href without value", `<a href>me</a>`, "link /dir/page?q=1 me"},
	{"fragment only", `<a href="#top">up</a><a href="#end">down</a>`, "link /dir/page?q=1 up"},
	{"fragment dropped", `<a href="/x#1">one</a><a href="/x#2">two</a>`, "link /x one"},
	{"space before fragment", `<a href="/x?y #1">one</a>`, "link /x?y%20 one"},
	{"white space around", "<a href=\" \n\t/x\f \">x</a>", "link /x x"},
	{"white space within", "<a href=\"/a\n\tb\">x</a>", "link /ab x"},
	{"other schemes", `<a href=mailto:a@b.c>m</a><a href="JavaScript:void(0)">j</a><a href=" data:text/html,x">d</a><a href=ftp://f/>f</a>` +
		`<a href=tel:1>t</a><a href="java&#10;script:x()">n</a><a href=about:blank>a</a>`, ""},
	{"colon in path", `<a href=./a:b>x</a><a href=HTTP://SITE.test/up>y</a><a href=1:2>z</a>`, "link /dir/a:b x\nlink /up y\nlink /dir/1:2 z"},
	{"invalid", `<a href="http://">x</a><a href="http://a b/">y</a><a href="http://[::1">z</a><a href=/ok>ok</a>`, "link /ok ok"},
	{"entity in href", `<a href="?a=1&amp;b=2&copy=3&lt=4">x</a>`, "link /dir/page?a=1&b=2&copy=3&lt=4 x"},
	{"numeric entity in href", `<a href="&#47;x&#x2F;y">x</a>`, "link /x/y x"},
	{"upper case", `<A HREF=/x REL=NoFollow>Up</A>`, "link /x [nofollow] Up"},
	{"first attribute counts", `<a href=/1 href=/2 HREF=/3>x</a>`, "link /1 x"},
	{"quotes of all kinds", `<a href='/a'>a</a><a href = "/b" >b</a><a href=/c/>c</a><a/href=/d>d</a><a href="/e"rel=x>e</a>`,
		"link /a a\nlink /b b\nlink /c/ c\nlink /d d\nlink /e [x] e"},
	{"greater-than in a value", `<a title="a>b" href="/x">x</a>`, "link /x x"},
	{"cut off in the tag", `<a href="/x">x</a><a href="/y`, "link /x x"},
	{"cut off in the text", `<a href="/x">x`, "link /x x"},
	{"user and port", `<a href="http://u:p@site.test:8080/x">x</a>`, "link :8080/x x"},
	{"data attributes", `<a data-href=/no href=/yes>x</a>`, "link /yes x"},

	// Repeats.
	{"repeat takes text", `<a href=/x><img src=i></a><a href=/x>later</a><a href=/x>last</a>`, "link /x later\nimage /dir/i"},
	{"repeat keeps text", `<a href=/x>first</a><a href=/x>later</a>`, "link /x first"},
	{"repeat by canonical URL", `<a href=/x></a><a href=HTTP://site.test:80/x>b</a><a href=/x>c</a>`, "link /x b"},
	{"nofollow dropped", `<a href=/x rel="ugc nofollow me">x</a><a href=/x>y</a>`, "link /x [ugc me] x"},
	{"nofollow dropped across spellings", `<a href=/x rel=nofollow>x</a><a href=./../x>y</a>`, "link /x x"},
	{"nofollow kept", `<a href=/x rel=nofollow>x</a><a href=/x rel="NOFOLLOW">y</a>`, "link /x [nofollow] x"},
	{"nofollow not added", `<a href=/x>x</a><a href=/x rel=nofollow>y</a>`, "link /x x"},
	{"nofollow is a token", `<a href=/x rel="xnofollow">x</a><a href=/x>y</a>`, "link /x [xnofollow] x"},
	{"a frame follows", `<a href=/x rel=nofollow>x</a><iframe src=/x></iframe>`, "link /x x"},
	{"rel collapsed", "<a href=/x rel=\" NoOpener \n NoReferrer \">x</a>", "link /x [noopener noreferrer] x"},

	// Anchor text.
	{"white space collapsed", "<a href=/x> a \n\t b <b> c</b>d </a>", "link /x a b cd"},
	{"no-break space", "<a href=/x>&nbsp;a&nbsp;&#8195;b\u3000</a>", "link /x a b"},
	{"controls", "<a href=/x>a\x1b[31mb\x00c\x7f\u009fd&#1;e&#x85;f\u0085g</a>", "link /x a[31mbcde…f g"},
	{"text entities", `<a href=/x>&lt;b&gt; &amp;amp; &copy &notit;</a>`, "link /x <b> &amp; © ¬it;"},
	{"nested elements", `<a href=/x><b>a</b><i>b<u>c</u></i></a>`, "link /x abc"},
	{"lines", `<a href=/x><div>a</div><div>b</div>c<br>d<br/>e<p>f</a>`, "link /x a b c d e f"},
	{"more lines", `<a href=/x>a<center>b</center>c<form>d</form>e<fieldset><legend>f</legend>g</fieldset>h</a><a href=/y>a<summary>b</summary>c<hgroup>d</hgroup>e</a>`,
		"link /x a b c d e f g h\nlink /y a b c d e"},
	{"next a ends it", `<a href=/x>a<a href=/y>b</a>c</a>`, "link /x a\nlink /y b"},
	{"a without href ends it", `<a href=/x>a<a name=n>b</a>c`, "link /x a"},
	{"alt stands in", `<a href=/x><img alt=" the  alt "><img src=i alt=2></a>`, "link /x the alt 2\nimage /dir/i 2"},
	{"text before alt", `<a href=/x><img alt=alt>text</a>`, "link /x text"},
	{"comments in text", `<a href=/x>a<!-- <a href=/no>no</a> -->b</a>`, "link /x ab"},
	{"script in text", `<a href=/x>a<script>"no"</script><style>no</style>b</a>`, "link /x ab"},
	{"svg title in text", `<a href=/x><svg><title>Home</title><path d=""/></svg></a>`, "link /x Home"},
	{"template in text", `<a href=/x>a<template>no</template>b</a>`, "link /x ab"},
	{"text after", `<a href=/x></a>not this`, "link /x"},
	{"a mailto anchor ends it", `<a href=/x>a<a href=mailto:x@y.z>b</a>`, "link /x a"},

	// Where no links are.
	{"comment", `<!-- <a href=/x>x</a> --><!--><a href=/y>y</a>-->`, "link /y y"},
	{"cdata in html", `<![CDATA[<a href=/x>x</a>]]>`, "link /x x"[:0]},
	{"script", `<script>document.write("<a href=/x>x</a>")</script><a href=/y>y</a>`, "link /y y"},
	{"script with comment that compares", `<script><!-- if (a < b) document.write("<script src='x.js'></script>"); document.write("<a href='/no'>x</a>"); //--></script><a href=/y>y</a>`, "link /y y"},
	{"script with comment", `<script><!-- <script> </script> <a href=/x> --></script><a href=/y>y</a>`, "link /y y"},
	{"style", `<style><a href=/x></style><a href=/y>y</a>`, "link /y y"},
	{"textarea", `<textarea><a href=/x>x</a></textarea><a href=/y>y</a>`, "link /y y"},
	{"xmp", `<xmp><a href=/x>x</a></xmp><noembed><a href=/x>x</a></noembed><a href=/y>y</a>`, "link /y y"},
	{"plaintext", `<a href=/y>y</a><plaintext><a href=/x>x</a>`, "link /y y"},
	{"title as raw text", `<title><a href=/x>x</a></title><a href=/y>y</a>`, "title: <a href=/x>x</a>\nlink /y y"},
	{"unclosed title", `<title>a<a href=/x>x</a>`, "title: a<a href=/x>x</a>"},
	{"template", `<template><a href=/x>x</a><img src=/i><title>t</title><base href=/b/><template></template><a href=/x></a></template><a href=y>y</a>`,
		"link /dir/y y"},
	{"stray template end", `</template><a href=/x>x</a>`, "link /x x"},
	{"template/", `<template/><a href=/x>x</a></template><a href=/y>y</a>`, "link /y y"},
	{"noscript", `<noscript><a href=/x>x</a><img src=/i></noscript><head><noscript><meta http-equiv=refresh content="0;url=/y"></noscript>`,
		"link /x x\nlink /y\nimage /i"},

	// svg and math.
	{"svg a", `<svg><a href=/x><text>X</text></a><a xlink:href=/y>Y</a><a xlink:href=/no href=/z>Z</a><a href=/e /></svg>`,
		"link /x X\nlink /y Y\nlink /z Z\nlink /e"},
	{"xlink outside svg", `<a xlink:href=/x>x</a>`, ""},
	{"svg title", `<svg><title>Icon</title></svg><title>Page</title>`, "title: Page"},
	{"svg title first, links within", `<svg><title>Icon <a href=/x>x</a></title></svg>`, "link /x x"},
	{"svg style", `<svg><style/><a href=/x>x</a><style><a href=/no></style><script>"<a href=/no>"</script></svg><a href=/y>y</a>`,
		"link /x x\nlink /y y"},
	{"svg cdata", `<svg><![CDATA[<a href=/no>]]><a href=/x><![CDATA[<x>]]></a></svg><a href=/y>y</a>`, "link /x <x>\nlink /y y"},
	{"unclosed svg", `<svg><path><p><title>Page</title><script>"<a href=/no>"</script>`, "title: Page"},
	{"unclosed svg in an anchor", `<a href=/x><svg><path></a><title>Page</title>`, "title: Page\nlink /x"},
	{"svg/", `<svg/><title>Page</title>`, "title: Page"},
	{"foreignObject", `<svg><foreignObject><iframe src=/f></iframe><style><a href=/no></style></foreignObject><iframe src=/no></iframe></svg>`, "link /f"},
	{"svg is not html", `<svg><area href=/a><iframe src=/b></iframe><base href=/c/><link rel=canonical href=/d><template><a href=/x>x</a></template></svg>`,
		"link /x x"},
	{"math", `<math><mtext><iframe src=/f></iframe></mtext><annotation-xml encoding=TEXT/html><iframe src=/g></iframe></annotation-xml>` +
		`<annotation-xml><iframe src=/no></iframe></annotation-xml></math>`, "link /f\nlink /g"},
	{"font breaks out", `<svg><font><area href=/no><font color=red><area href=/x>`, "link /x"},
	{"deep svg", strings.Repeat("<svg>", 1000) + strings.Repeat("</svg>", 1000) + `<title>Page</title><area href=/x>`, "title: Page\nlink /x"},

	// Base.
	{"base", `<base href=/b/><a href=x>x</a><img src=i><link rel=canonical href=c>`, "canonical: /b/c\nlink /b/x x\nimage /b/i"},
	{"base for links before it", `<a href=x>x</a><base href=/b/>`, "link /b/x x"},
	{"first base counts", `<base target=_top><base href=/1/><base href=/2/><a href=x>x</a>`, "link /1/x x"},
	{"relative base", `<base href=sub/><a href=x>x</a>`, "link /dir/sub/x x"},
	{"base elsewhere", `<base href=//other.test><a href=x>x</a>`, "link http://other.test/x x"},
	{"base with file name", `<base href=/b/index.html><a href=x>x</a><a href=?q>y</a><a href="">z</a>`, "link /b/x x\nlink /b/index.html?q y\nlink /b/index.html z"},
	{"base of no use", `<base href="javascript:x"><base href=/b/><a href=x>x</a>`, "link /dir/x x"},
	{"invalid base", `<base href="http://["><a href=x>x</a>`, "link /dir/x x"},
	{"base and refresh", `<meta http-equiv=refresh content="1;url=x"><base href=/b/>`, "link /b/x"},

	// Title, language and head.
	{"title", "<title> A \n B &amp; C </title><title>no</title>", "title: A B & C"},
	{"empty title counts", `<title></title><title>no</title>`, ""},
	{"title in body", `<body><p>x<title>T</title>`, "title: T"},
	{"title with comment", `<title>a<!--b--></title>`, "title: a<!--b-->"},
	{"title/", `<title/>T</title>`, "title: T"},
	{"lang", `<html lang=" de-AT " xml:lang=fr>`, "lang: de-AT"},
	{"xml:lang", `<html xml:lang=fr>`, "lang: fr"},
	{"empty lang", `<html lang="" xml:lang=fr>`, "lang: fr"},
	{"late lang", `<html><body><html lang=de><html lang=fr><p lang=en>`, "lang: de"},
	{"canonical", `<link rel="Alternate CANONICAL" href=c><link rel=canonical href=/2>`, "canonical: /dir/c"},
	{"canonical without href", `<link rel=canonical><link rel=xcanonical href=/1><link rel=canonical href=/2>`, "canonical: /2"},
	{"canonical of no use", `<link rel=canonical href=ftp://x/><link rel=canonical href=/2>`, ""},
	{"meta", `<meta name=a content=1><meta property=og:b content=" 2  3 "><meta name=n property=p content=4><meta name=e content><meta itemprop=x content=y>` +
		`<meta charset=utf-8><meta http-equiv=content-type content="text/html"><meta name=none>`, "meta a=1\nmeta og:b=2 3\nmeta n=4\nmeta e="},
	{"description", `<meta property=description content=no><meta name=Description content="a &lt; b"><meta name=description content=no>`,
		"description: a < b\nmeta description=no\nmeta Description=a < b\nmeta description=no"},
	{"robots", `<meta name=ROBOTS content="NoIndex, follow"><meta name=GoogleBot content=" none"><meta name=author content="A. None"><meta property=robots content=noindex>` +
		`<meta name=robots content=strange><meta name=amble content="unavailable_after: 1 Jan 2030"><meta name=noindex content=x>`,
		"meta ROBOTS=NoIndex, follow\nmeta GoogleBot=none\nmeta author=A. None\nmeta robots=noindex\nmeta robots=strange\n" +
			"meta amble=unavailable_after: 1 Jan 2030\nmeta noindex=x\n" +
			"robots robots=NoIndex, follow\nrobots googlebot=none\nrobots robots=strange\nrobots amble=unavailable_after: 1 Jan 2030"},
	{"refresh", `<meta http-equiv=Refresh content="0; URL='/x'">`, "link /x"},
	{"no refresh", `<meta http-equiv=refresh content=5><meta http-equiv=refresh content="x;url=/x"><meta content="0;url=/x"><meta http-equiv=refresh>` +
		`<meta http-equiv=refresh content="0;url=javascript:x">`, ""},

	// Images.
	{"images", `<img src=a alt=" A "><IMG SRC=/b><img alt=none><img src=""><img src="data:image/gif;base64,R0"><image src=c>`, "image /dir/a A\nimage /b\nimage /dir/c"},
	{"repeated image", `<img src=a><img src=./a alt=A><img src=a alt=B>`, "image /dir/a A"},
	{"not images", `<input type=image src=a><img srcset="a 2x"><picture><source srcset=b></picture><svg><image href=c /></svg>`, ""},

	// Foreign bytes.
	{"invalid UTF-8", "<title>a\xff\xfeb\xc3</title><a href=/x>\xe2\x82</a>", "title: a\uFFFDb\uFFFD\nlink /x \uFFFD"},
	{"NUL", "<a\x00 href=/no>x</a><a href=/x>a\x00b</a>", "link /x ab"},
	{"not HTML", "\x89PNG\r\n\x1a\n<<<>>></</a><a<a href=/x>", ""},
	{"long tag names", "<" + strings.Repeat("a", 1000) + " href=/no><a href=/x>x</a>", "link /x x"},
	{"overlong href", `<a href="/` + strings.Repeat("x", MaxURL) + `">no</a><a href="/` + strings.Repeat("é", MaxURL/3) + `">no</a><a href=/x>x</a>`, "link /x x"},
	{"overlong base", `<base href="/` + strings.Repeat("x", MaxURL) + `/"><a href=x>x</a>`, "link /dir/x x"},
}

func ExampleHTML() {
	base, err := canon.Parse("https://example.com/docs/")
	if err != nil {
		panic(err)
	}
	p := HTML([]byte(`<title>Docs</title><a href="intro.html#top">Introduction</a> <a href="mailto:us@example.com">Write</a>`), base, nil)
	fmt.Println(p.Title)
	for _, l := range p.Links {
		fmt.Println(l.URL, l.Text)
	}
	// Output:
	// Docs
	// https://example.com/docs/intro.html Introduction
}

// A page's header may send on as well as the page: to a URL that no base element changes.
func TestRefreshHeader(t *testing.T) {
	at, err := canon.Parse("http://a.test/d/page")
	if err != nil {
		t.Fatal(err)
	}
	const body = `<base href="/b/"><meta http-equiv=refresh content="5; url=m"><a href=x>text</a><a href=/d/next>again</a>`
	for refresh, want := range map[string]string{
		"":                       "/b/m /b/x /d/next",
		"3":                      "/b/m /b/x /d/next",
		"0;url=next":             "/d/next /b/m /b/x",
		`1; URL="/q?a=1#part" x`: "/q?a=1 /b/m /b/x /d/next",
		"0;url=mailto:a@b.test":  "/b/m /b/x /d/next",
		"soon;url=next":          "/b/m /b/x /d/next",
	} {
		var got []string
		for _, l := range (Options{Refresh: refresh}).HTML([]byte(body), at, nil).Links {
			got = append(got, strings.TrimPrefix(l.URL, "http://a.test"))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("Refresh: %s: links %s, want %s", refresh, s, want)
		}
	}
}
