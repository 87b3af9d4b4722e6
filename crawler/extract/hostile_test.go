package extract

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What broken and hostile pages are read as. The forms are those of HTML's "parse errors".
var hostilePages = []struct{ name, page, want string }{
	// Base.
	{"base as data", `<base href="data:text/html,x"><base href=/b/><a href=x>x</a>`, "link /dir/x x"},
	{"base on another host", `<base href=//evil.test/d/><a href=x>x</a><a href=/y>y</a><img src=i>`, "link http://evil.test/d/x x\nlink http://evil.test/y y\nimage http://evil.test/d/i"},
	{"base after links, twice", `<a href=x>x</a><base href=/1/><a href=y>y</a><base href=/2/>`, "link /1/x x\nlink /1/y y"},
	{"base empty", `<base href=""><base href=/b/><a href=x>x</a>`, "link /dir/x x"},
	{"base with controls", "<base href='\n/b\t/\x00 '><a href=x>x</a>", "link /b/x x"},
	{"base in svg and template", `<svg><base href=/s/></svg><template><base href=/t/></template><a href=x>x</a>`, "link /dir/x x"},
	{"base in noscript and body", `<body><noscript><base href=/b/></noscript><a href=x>x</a>`, "link /b/x x"},
	{"base in raw texts", `<title><base href=/1/></title><script><base href=/2/></script><!--<base href=/3/>--><a href=x>x</a>`, "title: <base href=/1/>\nlink /dir/x x"},
	{"base with a user", `<base href=http://u:p@site.test/b/><a href=x>x</a>`, "link /b/x x"},

	// References.
	{"controls in href", "<a href='/a\x00b'>n</a><a href='/c\x1bd'>e</a><a href='\x01 /e \x1f'>t</a><a href='/f\x7f'>d</a>", "link /a%EF%BF%BDb n\nlink /c%1Bd e\nlink /e t\nlink /f%7F d"},
	{"newlines in href", "<a href='ht\ntp://site.te\tst/x'>x</a><a href='\r\n/y'>y</a>", "link /x x\nlink /y y"},
	{"newlines in a scheme", "<a href='java\nscript:x'>x</a><a href='\x01javascript:x'>y</a><a href='JAVA&Tab;SCRIPT&colon;x'>z</a>", ""},
	{"backslashes", `<a href="\\other.test\x">x</a><a href="http:\\site.test\y">y</a><a href=/\third.test/z>z</a>`, "link http://other.test/x x\nlink /y y\nlink http://third.test/z z"},
	{"bidi in href", "<a href='/\u202Ex'>x</a>", "link /%E2%80%AEx x"},
	{"entity without semicolon", `<a href="?a&lt=1&ltx=2&amp3&ampx&notit&#120y&#x79 z">x</a>`, "link /dir/page?a&lt=1&ltx=2&amp3&ampx&notitxyy%20z x"},
	{"numeric entities of no character", `<a href="/&#0;&#xD800;&#x110000;&#99999999999;">x</a>`, "link /%EF%BF%BD%EF%BF%BD%EF%BF%BD%EF%BF%BD x"},
	{"entity at the end", `<a href=/x&am>x</a><a href=/y&#>y</a><a href=/z&>z</a>`, "link /x&am x\nlink /y& y\nlink /z& z"},
	{"first href counts though empty", `<a href href=/x>x</a>`, "link /dir/page?q=1 x"},
	{"attributes in an end tag", `<a href=/x>x</a href=/no>`, "link /x x"},
	{"junk in a tag", `<a <b href=/x>x</a><a "href=/no" href=/y>y</a><a =href=/no href=/z>z</a>`, "link /x x\nlink /y y\nlink /z z"},
	{"unclosed quote", `<a href="/x>x</a><a href="/y">y</a>`, "link /x%3Ex%3C/a%3E%3Ca%20href= y"},
	{"solidus before href", `<a///href=/x////>x</a>`, "link /x//// x"},
	{"closed and reopened", `</a></a><a href=/x><p>one<a href=/y>two</p></a>three</a>`, "link /x one\nlink /y two"},
	{"srcdoc", `<iframe srcdoc="<a href=/no>x</a><script>y</script>"></iframe><iframe srcdoc="<p>" src=/x></iframe>`, "link /x"},
	{"iframe never closed", `<iframe src=/x><a href=/no>no</a>`, "link /x"},

	// What a tokenizer can be lost in.
	{"comment ends", `<!--><a href=/1>1</a>--><!---><a href=/2>2</a>--><!-- --!><a href=/3>3</a>--><!-- -- > <a href=/no>x</a> --><a href=/4>4</a>`, "link /1 1\nlink /2 2\nlink /3 3\nlink /4 4"},
	{"unclosed comment", `<a href=/x>x</a><!-- <a href=/no>no</a>`, "link /x x"},
	{"comment in a comment", `<!-- <!-- --><a href=/x>x</a>-->`, "link /x x"},
	{"bogus comments", `<!x <a href=/no>><?php echo "<a href=/no>" ?></ <a href=/no>><a href=/x>x</a>`, "link /x x"},
	{"cdata in html", `<![CDATA[ <a href=/no> ]]><a href=/x>x</a>`, "link /x x"},
	{"unclosed cdata", `<svg><![CDATA[ <a href=/no> </svg>`, ""},
	{"double escaped script", `<script><!--<script></script><a href=/no>no</a>--></script><a href=/x>x</a>`, "link /x x"},
	{"double escape undone", `<script><!--<script></script></script><a href=/x>x</a>`, "link /x x"},
	{"double escape unclosed", `<script><!--<script></script><a href=/no>no</a>`, ""},
	{"script end in a string", `<script>"</script><a href=/x>x</a>"</script>`, "link /x x"},
	{"script end of another kind", `<script></scriptx></script x><a href=/x>x</a>`, "link /x x"},
	{"title end of another kind", `<title>a</titles></ title></title/><a href=/x>x</a>`, "title: a</titles></ title>\nlink /x x"},
	{"unclosed raw texts", `<a href=/x>x</a><style></style ><xmp></xmp	><textarea></textarea<a href=/no>`, "link /x x"},
	{"noembed and noframes", `<noembed><a href=/no></noembed><noframes><a href=/no></noframes><a href=/x>x</a>`, "link /x x"},
	{"frames", `<frameset><frame src="javascript:x"><frame src=/x></frameset>`, "link /x"},
	{"template never closed", `<a href=/x>x</a><template><a href=/no>no</a><title>no</title>`, "link /x x"},
	{"templates crosswise", `<template><svg></template><a href=/x>x</a></svg><a href=/y>y</a>`, "link /x x\nlink /y y"},
	{"svg never closed", `<svg><a href=/x>x</a><title>no</title><p><title>T</title>`, "title: T\nlink /x x"},
	{"towers", strings.Repeat("<svg><math><mi>", 100) + `<template><a href=/x>x</a>`, "link /x x"},

	// Refresh.
	{"refresh forms", `<meta http-equiv=refresh content="0;url='/1"><meta http-equiv=refresh content='0;url="/2" junk'><meta http-equiv=refresh content="0;;url=/3">` +
		`<meta http-equiv=refresh content="0 url=/4"><meta http-equiv=refresh content=";url=/no"><meta http-equiv=refresh content="0.0.0;URL  =  /5">` +
		`<meta http-equiv=" refresh" content="0;url=/no"><meta http-equiv=refresh content="+1;url=/no">`, "link /1\nlink /2\nlink /dir/;url=/3\nlink /4\nlink /5"},
	{"refresh to other schemes", `<meta http-equiv=refresh content="0;url=javascript:x"><meta http-equiv=refresh content="0;url=data:text/html,<a href=/no>">` +
		`<meta http-equiv=refresh content="0;url=' java&#10;script:x'">`, ""},
	{"refresh and name", `<meta http-equiv=refresh name=robots content="0;url=/x">`, "link /x\nmeta robots=0;url=/x\nrobots robots=0;url=/x"},

	// Head.
	{"canonical of another host", `<link rel=canonical href=//other.test/x><link rel=canonical href=/y>`, "canonical: http://other.test/x"},
	{"canonical in body and svg", `<svg><link rel=canonical href=/no></svg><template><link rel=canonical href=/no></template><body><link rel=canonical href=/x>`, "canonical: /x"},
	{"lang with markup and controls", "<html lang='\x1b]0;x\x07<b>\u202e de\n'>", "lang: ]0;x<b> de"},
	{"controls in a title", "<title>a\x1b[31m\x07\u009b1m b\u2028c\u0085d\x00e\u202ef\u2066g\u200fh\ufeff</title>", "title: a[31m1m b c d�efg\u200fh\ufeff"},
	{"controls in texts", "<a href=/x>\u202e\x1b[2Jx\u2069</a><img src=i alt='\u202ei&#27;&#x9b;'><meta name='\u202en\x08' content='\x1bc'>", "link /x [2Jx\nimage /dir/i i›\nmeta n=c"},
	{"title of controls only", "<title>\x00\x1b\u202e \n</title>", "title: �"},
}

func TestHostilePages(t *testing.T) {
	for _, c := range hostilePages {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if want != "" {
				want += "\n"
			}
			if d := cmp.Diff(want, describe(HTML([]byte(c.page), mustParse(t, here), nil))); d != "" {
				t.Errorf("%q\n(-want +got)\n%s", c.page, d)
			}
		})
	}
}

// A flood is a page as long as one likes: what hostile pages are made of.
type flood struct {
	name   string
	head   string
	repeat string // @ is a number that counts up
	tail   string
}

var floods = []flood{
	{"div", "", "<div>", "<a href=/x>"},
	{"a", "", "<a>", ""},
	{"a href", "", "<a href=@>", ""},
	{"same href", "", "<a href=/x rel=nofollow>t</a>", ""},
	{"same href other rel", "<a href=/x rel=nofollow>", "<a href=/x rel='@ nofollow'>t</a>", ""},
	{"href with fragment", "", "<a href=/x#@>", ""},
	{"href resolved alike", "", "<a href=/./x?&#@>", ""},
	{"not plain href", "", "<a href='/é@\\x y'>", ""},
	{"invalid href", "", "<a href=http://[@>", ""},
	{"img", "", "<img src=@ alt=@>", ""},
	{"alt in anchor", "<a href=x>", "<img alt=aaaaaa>", ""},
	{"area", "", "<area href=@>", ""},
	{"iframe", "", "<iframe src=@></iframe>", ""},
	{"srcdoc", "", "<iframe srcdoc='<a href=/@>x</a>'></iframe>", ""},
	{"base", "", "<base href=/@/>", ""},
	{"base target", "", "<base target=@>", ""},
	{"long base", "<base href='/" + strings.Repeat("b", 8000) + "/'>", "<a href=@>", ""},
	{"canonical", "", "<link rel=canonical href=/@>", ""},
	{"canonical without href", "", "<link rel=canonical>", ""},
	{"meta", "", "<meta name=a content=b>", ""},
	{"meta robots", "", "<meta name=robots content=none>", ""},
	{"robots list", "<meta name=x content='", "a,", "'>"},
	{"refresh", "", "<meta http-equiv=refresh content=0;/@>", ""},
	{"html lang", "", "<html lang=''>", ""},
	{"title", "", "<title>t</title>", ""},
	{"long title", "<title>", "t &amp; ", ""},
	{"unclosed titles", "", "<title>", ""},
	{"title ends", "<title>", "</titl", ""},
	{"svg", "", "<svg>", ""},
	{"svg math", "", "<svg><math>", ""},
	{"math mi svg desc", "", "<math><mi><svg><desc>", ""},
	{"svg ends", "", "</svg>", ""},
	{"svg breaks", "", "<svg><p>", ""},
	{"svg font", "<svg>", "<font x=y>", ""},
	{"svg a", "<svg>", "<a xlink:href=@>", ""},
	{"cdata", "<svg>", "<![CDATA[x]]>", ""},
	{"unclosed cdata", "<svg><![CDATA[", "]] ]]", ""},
	{"cdata in html", "", "<![CDATA[x]]>", ""},
	{"template", "", "<template>", ""},
	{"template ends", "<template>", "</template>", ""},
	{"noscript", "", "<noscript>", ""},
	{"script", "", "<script></script>", ""},
	{"double escape", "<script>", "<!--<script>", ""},
	{"double escape ends", "<script><!--", "<script></script>", ""},
	{"script ends", "<script>", "</scrip", ""},
	{"style", "<style>", "</styl<", ""},
	{"plaintext", "<plaintext>", "</plaintext>", ""},
	{"xmp", "", "<xmp></xmp>", ""},
	{"noembed", "<noembed>", "</noembe", ""},
	{"comments", "", "<!---->", ""},
	{"comment abrupt", "", "<!-->", ""},
	{"comment bang", "", "<!-- --!>", ""},
	{"unclosed comment", "<!--", "--!", ""},
	{"comment dashes", "<!--", "-", ""},
	{"comment openings", "", "<!--", ""},
	{"bogus comment", "", "<?x>", ""},
	{"doctype", "", "<!doctype html>", ""},
	{"less than", "", "<", ""},
	{"less than slash", "", "</", ""},
	{"end tags", "", "</x>", ""},
	{"attributes", "<a href=/x ", "a@ ", ">"},
	{"attributes with values", "<a href=/x ", "a@=b ", ">"},
	{"attributes alike", "<a href=/x ", "a=b ", ">"},
	{"attributes at the end", "<a href=/x ", "a@ ", ""},
	{"hrefs", "<a ", "href=/@ ", ">"},
	{"attribute name", "<a href=/x ", "x", ">"},
	{"attribute value", "<a title='", "x", "' href=/x>"},
	{"attribute entities", "<a title='", "&amp", "' href=/x>"},
	{"heavy tags", "", "<p " + strings.Repeat("a=b ", 1<<10) + ">", ""},
	{"solidus", "<a ", "/", ">"},
	{"equals", "<a ", "=", ">"},
	{"quotes", "<a ", "\"'", ">"},
	{"tag name", "<", "x", ">"},
	{"entities", "<a href=/x>", "&", ""},
	{"long entities", "<a href=/x>", "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""},
	{"numeric entities", "<a href=/x>", "&#x10FFFF;", ""},
	{"long numeric entity", "<a href=/x>&#", "9", ""},
	{"text entity", "", "&CounterClockwiseContourIntegral;", ""},
	{"NUL", "<a href=/x>", "\x00", ""},
	{"NUL in names", "", "<a\x00 \x00href=@>", ""},
	{"carriage return", "<a href=/x>", "\r", ""},
	{"not UTF-8", "<a href=/x>", "\xff", ""},
	{"controls", "<a href=/x>", "\x1b\u202e", ""},
	{"words", "", "w@ ", ""},
	{"letters", "", "x", ""},
	{"han", "", "爬", ""},
}

func (f flood) page(size int) []byte {
	var b strings.Builder
	b.WriteString(f.head)
	counted := strings.Contains(f.repeat, "@")
	for i := 0; b.Len() < size; i++ {
		if counted {
			b.WriteString(strings.ReplaceAll(f.repeat, "@", fmt.Sprint(i)))
		} else {
			b.WriteString(f.repeat)
		}
	}
	b.WriteString(f.tail)
	return []byte(b.String())
}

// Compare the two sizes of each: where MB/s fall, time is not proportional to the length of the page.
func BenchmarkHostilePages(b *testing.B) {
	base := mustParse(b, here)
	for _, f := range floods {
		for _, size := range []int{1 << 20, 4 << 20} {
			b.Run(fmt.Sprintf("%s/%d MiB", f.name, size>>20), func(b *testing.B) {
				body := f.page(size)
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					HTML(body, base, nil)
				}
			})
		}
	}
}

// What a flood costs grows no faster than the page: four times the page, about four times the memory.
func TestFloodsCostInProportion(t *testing.T) {
	const size = 30 << 10
	base := mustParse(t, here)
	allocated := func(f flood, size int) int {
		body := f.page(size)
		runtime.GC()
		runtime.GC() // twice, and no scanner is left with memory of the page before
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		HTML(body, base, nil)
		runtime.ReadMemStats(&after)
		return int(after.TotalAlloc - before.TotalAlloc)
	}
	for _, f := range floods {
		one, four := allocated(f, size), allocated(f, 4*size)
		if four > 7*one+4*size {
			t.Errorf("%s: %d bytes for %d, %d for four times as many", f.name, one, size, four)
		}
		if most := 200*4*size + 1<<20; four > most {
			t.Errorf("%s: %d bytes for %d, want %d at most", f.name, four, 4*size, most)
		}
	}
}

func TestMetasAreBounded(t *testing.T) {
	page := strings.Repeat("<meta name=a content=b>", 2*MaxMeta) + "<meta name=robots content=noindex><meta name=description content=D>" +
		strings.Repeat("<meta name=robots content=none>", 2*MaxMeta)
	p := HTML([]byte(page), mustParse(t, here), nil)
	if len(p.Meta) != MaxMeta || len(p.Robots) != MaxMeta {
		t.Errorf("%d metas, %d for robots, want %d each", len(p.Meta), len(p.Robots), MaxMeta)
	}
	if p.Robots[0].Content != "noindex" || p.Description != "D" {
		t.Errorf("robots %q, description %q: what comes late must count", p.Robots[0].Content, p.Description)
	}
}

func TestLinksAreAsManyAsAsked(t *testing.T) {
	body := []byte("<a href=1><a href=2><a href=1><img src=1><img src=2><img src=3>")
	for most, cut := range map[int]bool{1: true, 2: true, 3: false, 0: false} {
		p := Options{MaxLinks: most}.HTML(body, mustParse(t, here), nil)
		links, images := 2, 3
		if most > 0 {
			links, images = min(links, most), min(images, most)
		}
		if len(p.Links) != links || len(p.Images) != images || p.Cut != cut {
			t.Errorf("MaxLinks %d: %d links, %d images, cut %v", most, len(p.Links), len(p.Images), p.Cut)
		}
	}
}

// Were anything done over for each open element or attribute, this would not end.
func TestTowersAreReadInOnePass(t *testing.T) {
	const n = 300_000
	for _, piece := range []string{"<div>", "<svg><math>", "<template>", "<b></i>"} {
		p := HTML([]byte("<a href=/x>x</a>"+strings.Repeat(piece, n)), mustParse(t, here), nil)
		if got, want := describe(p), "link /x x\n"; got != want {
			t.Errorf("many %s: got %.200q, want %q", piece, got, want)
		}
	}
	var attrs strings.Builder
	for i := range n {
		fmt.Fprintf(&attrs, " a%d", i)
	}
	p := HTML([]byte("<a href=/x"+attrs.String()+" href=/no>x</a><a href=/y>y</a>"), mustParse(t, here), nil)
	if got, want := describe(p), "link /x x\nlink /y y\n"; got != want {
		t.Errorf("many attributes: got %.200q, want %q", got, want)
	}
}
