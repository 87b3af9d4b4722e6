package extract

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"amble/frontier/canon"
)

func TestQueriesAreInThePagesEncoding(t *testing.T) {
	p := HTML([]byte(`<a href="/ä?ä">x</a><img src="/ö?ö"><link rel=canonical href="?ü">`), mustParse(t, here), charmap.Windows1252)
	want := "canonical: /dir/page?%FC\nlink /%C3%A4?%E4 x\nimage /%C3%B6?%F6\n"
	if got := describe(p); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestTargetsAreTheLinks(t *testing.T) {
	p := HTML([]byte(`<a href=mailto:x@y.z>m</a><a href=/x>x</a><a href=./../x>x</a><a href=/y>y</a>`), mustParse(t, here), nil)
	if len(p.Targets) != 2 || len(p.Links) != 2 {
		t.Fatalf("%d targets and %d links, want 2 and 2", len(p.Targets), len(p.Links))
	}
	for i, l := range p.Links {
		if want := mustParse(t, l.URL); p.Targets[i] != want {
			t.Errorf("target %d is %v, want %v", i, p.Targets[i], want)
		}
	}
}

func TestZeroBaseLeavesAbsoluteReferences(t *testing.T) {
	p := HTML([]byte(`<a href=/x>x</a><a href="">y</a><a href=http://site.test/z>z</a>`), canon.URL{}, nil)
	if got, want := describe(p), "link /z z\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBodyIsNotChanged(t *testing.T) {
	body := []byte("<TITLE>A&amp;B\r\n\xff</TITLE><A HREF=\"/X&amp;\r\n\">&lt;\r\n</A>")
	before := bytes.Clone(body)
	p := HTML(body, mustParse(t, here), nil)
	if !bytes.Equal(body, before) {
		t.Errorf("body became %q", body)
	}
	was := describe(p)
	for i := range body {
		body[i] = '!'
	}
	if now := describe(p); now != was {
		t.Errorf("the page changed with the body:\n%s\n%s", was, now)
	}
}

func TestTextsAreCutAtARune(t *testing.T) {
	long := strings.Repeat("é€ ", 10_000)
	page := "<html lang='" + long + "'><title>" + long + "</title><meta name=description content='" + long + "'><meta name='" + long +
		"' content=x><a href=/x rel='" + long + "'>" + long + "</a><img src=/i alt='" + long + "'>"
	p := HTML([]byte(page), mustParse(t, here), nil)
	if len(p.Links) != 1 || len(p.Images) != 1 || len(p.Meta) != 2 {
		t.Fatalf("%d links, %d images, %d metas", len(p.Links), len(p.Images), len(p.Meta))
	}
	for _, c := range []struct {
		what, text string
		limit      int
	}{
		{"title", p.Title, MaxTitle}, {"description", p.Description, MaxContent}, {"lang", p.Lang, MaxName},
		{"text", p.Links[0].Text, MaxText}, {"rel", p.Links[0].Rel, MaxName}, {"alt", p.Images[0].Alt, MaxText},
		{"meta content", p.Meta[0].Content, MaxContent}, {"meta name", p.Meta[1].Name, MaxName},
	} {
		if len(c.text) > c.limit || len(c.text) < c.limit-utf8.UTFMax || !utf8.ValidString(c.text) || !strings.HasPrefix(long, c.text) {
			t.Errorf("%s has %d bytes and ends in %q, want %d at most", c.what, len(c.text), c.text[max(0, len(c.text)-8):], c.limit)
		}
	}
}

func TestLargeTokensDoNotEndThePage(t *testing.T) {
	big := strings.Repeat("x <", 1<<17)
	for name, page := range map[string]string{
		"attribute": `<p title="` + big + `">`,
		"href":      `<a href="` + big + `">no</a>`,
		"script":    `<script>` + big + `</script>`,
		"comment":   `<!--` + big + `-->`,
		"text":      `<a name=x>` + big + `</a>`,
		"tag name":  `<` + strings.Repeat("x", 1<<20) + `>`,
		"title":     `<svg><title>` + big + `</title></svg>`,
		"image":     `<img src="data:image/png;base64,` + big + `">`,
	} {
		p := HTML([]byte(`<a href=/a>a</a>`+page+`<a href=/b>b</a>`), mustParse(t, here), nil)
		if got, want := describe(p), "link /a a\nlink /b b\n"; got != want {
			t.Errorf("%s: got %.200q, want %q", name, got, want)
		}
	}
}

func TestHeavyTagsDoNotDisturb(t *testing.T) {
	var attrs strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&attrs, " a%d", i)
	}
	heavy := attrs.String()
	page := strings.NewReplacer("@", heavy).Replace(`<p@>a<a href=/1@>one</a@><script@>"<a href=/no>"</script><a href=/2@/>two</a>` +
		`<title@>T</title><style@></style><noscript@><a href=/3>three</a></noscript><svg@><style@><a href=/no></style>` +
		`<![CDATA[<a href=/no>]]><a href=/4>four</a></svg><textarea@><a href=/no></textarea><iframe src=/5@><a href=/no></iframe><br@/><a href=/6>six`)
	p := HTML([]byte(page), mustParse(t, here), nil)
	want := "title: T\nlink /1 one\nlink /2 two\nlink /3 three\nlink /4 four\nlink /5\nlink /6 six\n"
	if got := describe(p); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A set of a tag's attributes would cost hundreds of megabytes for a million of them.
func TestAttributesCostNoMemory(t *testing.T) {
	var b strings.Builder
	b.WriteString("<a href=/x")
	for i := range 200_000 {
		fmt.Fprintf(&b, " a%d=b", i)
	}
	b.WriteString("><svg><a href=/y a=b a=/>")
	body, base := []byte(b.String()), mustParse(t, here)
	if got := describe(HTML(body, base, nil)); got != "link /x\nlink /y\n" {
		t.Errorf("got %.200q", got)
	}
	if got := testing.AllocsPerRun(2, func() { HTML(body, base, nil) }); got > 40 {
		t.Errorf("%v allocations", got)
	}
}

func TestLinksAreBounded(t *testing.T) {
	var b bytes.Buffer
	for i := range MaxLinks + 10 {
		fmt.Fprintf(&b, "<a href=%x><img src=%x>", i, i)
	}
	p := HTML(b.Bytes(), mustParse(t, here), nil)
	if len(p.Links) != MaxLinks || len(p.Images) != MaxLinks || len(p.Targets) != MaxLinks || !p.Cut {
		t.Errorf("%d links, %d images, %d targets, cut %v; want %d each and cut", len(p.Links), len(p.Images), len(p.Targets), p.Cut, MaxLinks)
	}
}

// A page of some kilobytes must not become megabytes of URLs, whatever base they stand under.
func TestLongBaseIsBounded(t *testing.T) {
	for _, n := range []int{500, 5_000, 500_000} {
		var b bytes.Buffer
		b.WriteString("<base href='/" + strings.Repeat("x", 8000) + "/'>")
		for i := range n {
			fmt.Fprintf(&b, "<a href=%x><img src=%x>", i, i)
		}
		most := min(MaxResolved, minResolved+resolvedShare*b.Len())
		p := Options{MaxLinks: n}.HTML(b.Bytes(), mustParse(t, here), nil)
		links, images := 0, 0
		for _, l := range p.Links {
			links += len(l.URL)
		}
		for _, i := range p.Images {
			images += len(i.Src)
		}
		if links > most || links < most/2 || images > most || images < most/2 || !p.Cut {
			t.Errorf("%d bytes of links and %d of images kept, cut %v; want cut at %d bytes", links, images, p.Cut, most)
		}
	}
}

func TestWithoutFragment(t *testing.T) {
	for in, want := range map[string]string{"a#b": "a", "#": "", "": "", "a": "a", "a #b": "a #b", "a#b#c": "a"} {
		if got := string(withoutFragment([]byte(in))); got != want {
			t.Errorf("withoutFragment(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestRefreshURL(t *testing.T) {
	for in, want := range map[string]string{
		"0;url=/x": "/x", "0; URL = /x": "/x", " 5 , /x": "/x", "5 /x": "/x", "5;/x": "/x", "5;'/x'y": "/x", `5;url="/x`: "/x",
		"5;url='": "", "5;url=": "", "5;url": "url", "5;urlx": "urlx", "5;u/x": "u/x", "5;ur=x": "ur=x", "5": "", "5;": "", "": "", " ": "",
		"x;url=/x": "", ".5;url=/x": "/x", "1.5;url=/x": "/x", "5x;url=/x": "", "-1;url=/x": "", ";url=/x": "", "0;url=a;b": "a;b",
		"0;url url=/x": "url url=/x",
	} {
		if got := string(refreshURL([]byte(in))); got != want {
			t.Errorf("refreshURL(%q) = %q, want %q", in, got, want)
		}
	}
}

// Hosts beyond the bound are left out, and links to those before it are not, wherever they stand.
func TestHostsOfAPageAreBounded(t *testing.T) {
	const extra = 500
	var b bytes.Buffer
	for i := range MaxHosts + extra {
		fmt.Fprintf(&b, "<a href=//h%d.test/a>x</a><a href=//h%[1]d.test/b>x</a>", i)
	}
	b.WriteString("<a href=//h7.test/late>x</a><a href=//h7.test:8080/other>x</a>")
	p := HTML(b.Bytes(), mustParse(t, here), nil)
	if len(p.Links) != 2*MaxHosts+1 || !p.Cut || p.Links[len(p.Links)-1].URL != "http://h7.test/late" {
		t.Errorf("%d links, the last to %s, cut: %v", len(p.Links), p.Links[len(p.Links)-1].URL, p.Cut)
	}
	few := b.Bytes()[:bytes.Index(b.Bytes(), fmt.Appendf(nil, "<a href=//h%d.test/a", MaxHosts))]
	if p := HTML(few, mustParse(t, here), nil); len(p.Links) != 2*MaxHosts || p.Cut {
		t.Errorf("%d hosts: %d links, cut: %v", MaxHosts, len(p.Links), p.Cut)
	}
}
