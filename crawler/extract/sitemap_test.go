package extract

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

const urlset = `<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`

func gzipped(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func encoded(t testing.TB, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func inCharset(t testing.TB, label, s string) string {
	t.Helper()
	e, err := htmlindex.Get(label)
	if err != nil {
		t.Fatal(err)
	}
	return encoded(t, e, s)
}

// listed is what a sitemap says, a URL a line: children with "> " before them, dates behind, then what was dropped or cut.
func listed(s *Sitemap) []string {
	lines := []string{string(s.Form)}
	add := func(mark string, list []SitemapURL) {
		for _, u := range list {
			l := mark + u.URL.String()
			if !u.LastMod.IsZero() {
				l += " " + u.LastMod.Format(time.RFC3339Nano)
			}
			lines = append(lines, l)
		}
	}
	add("", s.Pages)
	add("> ", s.Sitemaps)
	if s.Dropped > 0 {
		lines = append(lines, fmt.Sprintf("dropped %d", s.Dropped))
	}
	if s.Cut != "" {
		lines = append(lines, "cut: "+s.Cut)
	}
	return lines
}

type sitemapCase struct {
	name, body string
	want       []string
}

func sitemapCases(t testing.TB) []sitemapCase {
	const one = `<urlset><url><loc>http://site.test/é</loc></url></urlset>`
	const ends = "cut: the document ends before </urlset>"
	isOne := []string{"urlset", "http://site.test/%C3%A9"}
	isA := []string{"urlset", "http://site.test/a"}
	set := func(inner string) string { return urlset + inner + "</urlset>" }
	le, be := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	gz := gzipped(t, set("<url><loc>http://site.test/a</loc></url>"))
	// Without compression, so that a tear leaves what stands before it.
	torn := gzipped(t, urlset+"<url><loc>http://site.test/a</loc></url>")
	return []sitemapCase{
		{"urlset", set("<url>\n  <loc>http://site.test/a</loc>\n  <lastmod>2005-01-01</lastmod><changefreq>monthly</changefreq><priority>0.8</priority></url>" +
			"<url><loc>https://other.test/b?x=1&amp;y=2</loc></url>"),
			[]string{"urlset", "http://site.test/a 2005-01-01T00:00:00Z", "https://other.test/b?x=1&y=2"}},
		{"index", `<sitemapindex xmlns="x"><sitemap><loc>http://site.test/a.xml.gz</loc><lastmod>2004-10-01T18:23:17+00:00</lastmod></sitemap>` +
			`<sitemap><loc>http://site.test/b.xml</loc></sitemap></sitemapindex>`,
			[]string{"sitemapindex", "> http://site.test/a.xml.gz 2004-10-01T18:23:17Z", "> http://site.test/b.xml"}},
		{"sitemaps and pages mixed up", "<sitemapindex><url><loc>http://site.test/a</loc></url><sitemap><loc>http://site.test/a</loc></sitemap></sitemapindex>",
			[]string{"sitemapindex", "http://site.test/a", "> http://site.test/a"}},
		{"nothing in it", set(""), []string{"urlset"}},
		{"empty root", "<urlset/>", []string{"urlset"}},
		{"gzip", gz, isA},
		{"gzip without its trailer", torn[:len(torn)-8], []string{"urlset", "http://site.test/a", "cut: the document breaks off: unexpected EOF"}},
		{"gzip with a wrong checksum behind the root", gz[:len(gz)-8] + "12345678", isA},
		{"gzip with junk behind", gzipped(t, "http://site.test/a\nhttp://site.test/b\nhttp://site.test/c") + "junk of the server",
			[]string{"text", "http://site.test/a", "http://site.test/b", "cut: the document breaks off: gzip: invalid header"}},
		{"repeats", set("<url><loc>http://site.test/a</loc><lastmod>2020</lastmod></url><url><loc>HTTP://SITE.test:80/b/../a#x</loc><lastmod>2021</lastmod></url>"),
			[]string{"urlset", "http://site.test/a 2020-01-01T00:00:00Z"}},
		{"other schemes and broken URLs", set("<url><loc>mailto:a@site.test</loc></url><url><loc>http://</loc></url><url><loc>ftp://site.test/</loc></url><url><loc>http://site.test/a</loc></url>"),
			[]string{"urlset", "http://site.test/a", "dropped 3"}},
		{"relative", set("<url><loc>/a</loc></url><url><loc>b</loc></url><url><loc>//cdn.test/c</loc></url>"),
			[]string{"urlset", "http://site.test/a", "http://site.test/dir/b", "http://cdn.test/c"}},
		{"blank loc", set("<url><loc> \n </loc></url><url><loc/></url><url/>"), []string{"urlset"}},
		{"white space around and within", set("<url>\n<loc>\r\n\t http://site.test/\n  a\t\u00a0\u200b</loc></url>"), []string{"urlset", "http://site.test/%20%20a"}},
		{"UTF-8 BOM", "\uFEFF" + one, isOne},
		{"two BOMs and blank lines", "\r\n \uFEFF\uFEFF\n" + one, isOne},
		{"UTF-16LE with BOM", encoded(t, le, "\uFEFF"+one), isOne},
		{"UTF-16BE with BOM and declaration", encoded(t, be, "\uFEFF"+`<?xml version="1.0" encoding="UTF-16"?>`+one), isOne},
		{"UTF-16LE without BOM", encoded(t, le, one), isOne},
		{"UTF-16BE without BOM, zipped", gzipped(t, encoded(t, be, one)), isOne},
		{"UTF-16 declared but not so", `<?xml version="1.0" encoding="utf-16"?>` + one, isOne},
		{"ISO-8859-1", inCharset(t, "iso-8859-1", `<?xml version='1.0' encoding='ISO-8859-1'?>`+one), isOne},
		{"windows-1251", inCharset(t, "windows-1251", `<?xml version="1.0" encoding="windows-1251"?><urlset><url><loc>http://site.test/я</loc></url></urlset>`),
			[]string{"urlset", "http://site.test/%D1%8F"}},
		{"Shift_JIS", inCharset(t, "shift_jis", `<?xml version="1.0" encoding="Shift_JIS"?><urlset><url><loc>http://site.test/表</loc></url></urlset>`),
			[]string{"urlset", "http://site.test/%E8%A1%A8"}},
		{"unknown encoding", `<?xml version="1.0" encoding="klingon"?>` + one, isOne},
		{"undeclared Latin", inCharset(t, "windows-1252", one), isOne},
		{"no namespace", one, isOne},
		{"wrong namespace", `<urlset xmlns="http://www.google.com/schemas/sitemap/0.84"><url><loc>http://site.test/a</loc></url></urlset>`, isA},
		{"prefixed", `<sm:urlset xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9"><sm:url><sm:loc>http://site.test/a</sm:loc><loc>http://site.test/no</loc></sm:url><url><loc>http://site.test/no</loc></url></sm:urlset>`, isA},
		{"undeclared prefix", `<x:urlset><x:url><x:loc>http://site.test/a</x:loc></x:url></x:urlset>`, isA},
		{"upper case", "<URLSET><URL><LOC>http://site.test/A</LOC><LastMod>2020-02</LastMod></URL></URLSET>", []string{"urlset", "http://site.test/A 2020-02-01T00:00:00Z"}},
		{"images, videos, alternates", set(`<url><image:image><image:loc>http://site.test/no.png</image:loc></image:image><loc>http://site.test/a</loc>` +
			`<xhtml:link rel="alternate" hreflang="de" href="http://site.test/no"/><image:loc>http://site.test/no2.png</image:loc>` +
			`<video:video><video:player_loc>http://site.test/no3</video:player_loc><lastmod>2020</lastmod></video:video></url>`), isA},
		{"image in its own default namespace", set(`<url><image xmlns="http://www.google.com/schemas/sitemap-image/1.1"><loc>http://site.test/no.png</loc></image><loc>http://site.test/a</loc></url>`), isA},
		{"nested junk", set(`<p><loc>http://site.test/no</loc></p><url><div><div><loc>http://site.test/no</loc></div><loc>http://site.test/no</loc></div><loc>http://site.test/<b>no</b>a</loc></url>`), isA},
		{"two locs", set("<url><loc>http://site.test/a</loc><loc>http://site.test/b</loc><lastmod>2020</lastmod></url>"),
			[]string{"urlset", "http://site.test/a 2020-01-01T00:00:00Z", "http://site.test/b 2020-01-01T00:00:00Z"}},
		{"CDATA", set("<url><loc><![CDATA[http://site.test/?a=1&b=]]]>2&amp;<![CDATA[&amp;]]></loc></url>"), []string{"urlset", "http://site.test/?a=1&b=]2&&amp;"}},
		{"comments", set("<!-- <url><loc>http://site.test/no</loc></url> --><url><loc>http://site.test/<!-- it's -- > -->a</loc></url>"), isA},
		{"references", set("<url><loc>http://site.test/?&#97;&#x62;&eacute;&quot;&apos;&semi;</loc></url>"), []string{"urlset", "http://site.test/?ab%C3%A9%22%27;"}},
		{"bare ampersands", set("<url><loc>http://site.test/?a=1&copy=2&lt=3&notit;&;&#;&</loc></url>"), []string{"urlset", "http://site.test/?a=1&copy=2&lt=3&notit;&;&"}},
		{"bare less-than", set("<url><loc>http://site.test/?a<1</loc></url>"), []string{"urlset", "http://site.test/?a%3C1"}},
		{"control characters and invalid bytes elsewhere", set("<url><x>\x00\x01\xff&#1;&#xFFFFFFFF;</x><loc>http://site.test/a</loc></url>"), isA},
		{"missing end tags", "<urlset><url><loc>http://site.test/a<lastmod>2020<priority>0.5<url><changefreq>x<loc>http://site.test/b</url><url><loc>http://site.test/c</urlset>",
			[]string{"urlset", "http://site.test/a 2020-01-01T00:00:00Z", "http://site.test/b", "http://site.test/c"}},
		{"wrong end tags", set("</x></loc><url></y><loc>http://site.test/a</lco></loc></z></url></url>"), isA},
		{"cut between entries", urlset + "<url><loc>http://site.test/a</loc></url>", []string{"urlset", "http://site.test/a", ends}},
		{"cut within a URL", urlset + "<url><loc>http://site.test/a</loc></url><url><lastmod>2020</lastmod><loc>http://site.test/b", []string{"urlset", "http://site.test/a", ends}},
		{"cut within a tag", urlset + "<url><loc>http://site.test/a</loc><lastmod>2020</lastmod></url", []string{"urlset", "http://site.test/a 2020-01-01T00:00:00Z", ends}},
		{"cut within a comment", urlset + "<url><loc>http://site.test/a</loc><!-- ", []string{"urlset", "http://site.test/a", ends}},
		{"what follows the root", set("<url><loc>http://site.test/a</loc></url>") + "<urlset><url><loc>http://site.test/no</loc></url></urlset>", isA},
		{"a program's messages before it", "<br />\n<b>Warning</b>: it's <i>bad</i><br />\n" + one, isOne},
		{"a program's text before it", "Notice: undefined\n" + one, isOne},
		{"style sheet", `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="main.xsl"?>` + one, isOne},
		{"DTD with markup in it", `<!DOCTYPE urlset [ <!-- it's ] > --> <!ENTITY u "<url><loc>http://site.test/no</loc></url>"> <!ENTITY v ']>'> ]>` + set("&u;<url><loc>http://site.test/&v;</loc></url>"),
			[]string{"urlset", "http://site.test/&v;"}},
		{"billion laughs", `<!DOCTYPE z [<!ENTITY a "http://site.test/"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>` + set("<url><loc>&c;</loc></url>"),
			[]string{"urlset", "http://site.test/dir/&c;"}},
		{"long URLs", set("<url><loc>http://site.test/" + strings.Repeat("a", MaxURL) + "</loc></url><url><loc>" + strings.Repeat("a", 1<<20) + "</loc><lastmod>" + strings.Repeat("2", 1<<20) + "</lastmod></url><url><loc>http://site.test/a</loc></url>"),
			[]string{"urlset", "http://site.test/a", "dropped 2"}},
		{"URL in references only", set("<url><loc>" + strings.Repeat("&#x61;", 100) + "</loc></url>"), []string{"urlset", "http://site.test/dir/" + strings.Repeat("a", 100)}},
		{"huge tag", set("<url><loc " + strings.Repeat("a='>' b ", 1<<16) + ">http://site.test/a</loc></url>"), isA},
		{"RSS 2.0", `<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>T</title><link>http://site.test/no</link>` +
			`<atom:link href="http://site.test/no.rss" rel="self"/><image><url>http://site.test/no.png</url><link>http://site.test/no</link></image>` +
			`<item><title>a &nbsp; b</title><link>http://site.test/a</link><guid>http://site.test/?p=1</guid><pubDate>Mon, 06 Sep 2021 00:01:00 +0200</pubDate>` +
			`<description><![CDATA[<a href="x"><link>http://site.test/no</link>]]></description><comments>http://site.test/no</comments><media:content url="http://site.test/no"/></item>` +
			`<item><description><p>unescaped<br><link>http://site.test/no</link></description><link>` + "\n" + `http://site.test/b?x=1&y=2</link></item></channel></rss>`,
			[]string{"rss", "http://site.test/a 2021-09-05T22:01:00Z", "http://site.test/b?x=1&y=2"}},
		{"RSS with guids only", `<rss><channel><item><guid>http://site.test/a</guid></item><item><guid isPermaLink="true"> http://site.test/b</guid></item>` +
			`<item><guid isPermaLink="false">http://site.test/no</guid></item><item><guid>12345</guid></item><item><guid>http://site.test/no</guid><link>/c</link></item></channel></rss>`,
			[]string{"rss", "http://site.test/a", "http://site.test/b", "http://site.test/c"}},
		{"RSS with a repeated link", `<rss><item><link>http://site.test/a</link></item><item><guid>http://site.test/no</guid><link>http://site.test/a</link></item></rss>`,
			[]string{"rss", "http://site.test/a"}},
		{"RSS with titles that HTML would misread", `<rss><channel><item><title>How <script> and <textarea> work</title><link>http://site.test/a</link></item></channel></rss>`,
			[]string{"rss", "http://site.test/a"}},
		{"RSS 1.0", `<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="x" xmlns:dc="y"><channel rdf:about="http://site.test/"><link>http://site.test/no</link><items><rdf:Seq><rdf:li rdf:resource="http://site.test/a"/></rdf:Seq></items></channel>` +
			`<item rdf:about="http://site.test/a"><link>http://site.test/a</link><dc:date>2002-09-29T21:15+02:00</dc:date></item><item rdf:about="http://site.test/b"><title/></item></rdf:RDF>`,
			[]string{"rdf", "http://site.test/a 2002-09-29T19:15:00Z", "http://site.test/b"}},
		{"Atom", `<feed xmlns="http://www.w3.org/2005/Atom"><link href="http://site.test/no"/><entry><link rel="self" href="http://site.test/no"/><link rel="edit" href="no">no</link>` +
			`<link href="http://site.test/a?x=1&amp;y=2"/><published>2003-12-13T08:29:29-04:00</published><updated>2003-12-13T18:30:02.25Z</updated>` +
			`<source><link href="http://site.test/no"/></source><content type="xhtml"><div><link href="http://site.test/no"/></div></content></entry>` +
			`<entry><link rel='Alternate' type="text/html" href='http://site.test/b'></link><link rel="enclosure" href="http://site.test/no"/></entry></feed>`,
			[]string{"atom", "http://site.test/a?x=1&y=2 2003-12-13T18:30:02.25Z", "http://site.test/b"}},
		{"Atom with xml:base", `<feed xml:base="http://site.test/blog/"><entry xml:base="2020/"><link href="a"/></entry><entry><link href="b" xml:base="/c/"/></entry><entry><link href="d"/></entry></feed>`,
			[]string{"atom", "http://site.test/blog/2020/a", "http://site.test/c/b", "http://site.test/blog/d"}},
		{"Atom with a prefix", `<a:feed><a:entry><a:link href=http://site.test/a /><a:modified>2004</a:modified></a:entry></a:feed>`, []string{"atom", "http://site.test/a 2004-01-01T00:00:00Z"}},
		{"text", "http://site.test/a\nhttps://site.test/b\r\n\r\n  HTTP://site.test/c  \nhttp://site.test/a", []string{"text", "http://site.test/a", "https://site.test/b", "http://site.test/c"}},
		{"text with other lines", "# pages\n/relative\nhttp://site.test/a\nsee http://site.test/no\nhttp://site.test/no and more\nftp://site.test/\nhttp://site.test/" + strings.Repeat("a", MaxURL) + "\nhttp://\n",
			[]string{"text", "http://site.test/a", "dropped 7"}},
		{"text of an old Macintosh", "http://site.test/a\rhttp://site.test/b\r", []string{"text", "http://site.test/a", "http://site.test/b"}},
		{"text in UTF-16", encoded(t, le, "\uFEFFhttp://site.test/é\n"), []string{"text", "http://site.test/%C3%A9"}},
		{"text with BOM, zipped", gzipped(t, "\uFEFFhttp://site.test/?a&b\n"), []string{"text", "http://site.test/?a&b"}},
	}
}

func TestReadSitemap(t *testing.T) {
	base := mustParse(t, here)
	for _, c := range sitemapCases(t) {
		t.Run(c.name, func(t *testing.T) {
			body := []byte(c.body)
			s, err := ReadSitemap(body, base)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, listed(s)); diff != "" {
				t.Errorf("%.300q (-want +got):\n%s", c.body, diff)
			}
			if string(body) != c.body {
				t.Error("the body was changed")
			}
		})
	}
}

func TestNotASitemap(t *testing.T) {
	const noText = "not a sitemap: neither XML nor a text with a URL on a line"
	const noRoot = ", expected urlset, sitemapindex, rss, rdf:RDF or feed"
	for _, c := range []struct{ name, body, want string }{
		{"empty", "", "not a sitemap: the document is empty"},
		{"blank", "\uFEFF \r\n", "not a sitemap: the document is empty"},
		{"empty, zipped", gzipped(t, ""), "not a sitemap: the document is empty"},
		{"HTML", "<!doctype HTML><title>x</title><a href=http://site.test/>", "not a sitemap: this is an HTML page"},
		{"HTML without a doctype", "\n<HTML lang=en><body>http://site.test/", "not a sitemap: this is an HTML page"},
		{"XHTML", `<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html/>`, "not a sitemap: this is an HTML page"},
		{"HTML fragment", "<div><p>404</p></div>", "not a sitemap: the document is <div>" + noRoot},
		{"long HTML fragment", strings.Repeat("<p>404</p>", 20) + "<urlset>", "not a sitemap: the document is <p>" + noRoot},
		{"other XML", "<?xml version='1.0'?><Error\x1b><Code>AccessDenied</Code></Error\x1b>", "not a sitemap: the document is <error>" + noRoot},
		{"only a declaration", "<?xml version='1.0'?>", "not a sitemap: there is no element in it"},
		{"JSON", `{"urls": ["http://site.test/"]}`, noText},
		{"prose", "See http://site.test/ for more.\nhttp://site.test/ is good.", noText},
		{"text of broken URLs", "http://\nhttp://a:b/", noText},
		{"binary", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", noText},
		{"gzip in gzip", gzipped(t, gzipped(t, "<urlset/>")), "not a sitemap: compressed twice"},
		{"gzip header only", "\x1f\x8b\x08", "not a sitemap: broken gzip file: unexpected EOF"},
		{"gzip without data", gzipped(t, "<urlset>")[:10], "not a sitemap: broken gzip file: unexpected EOF"},
		{"text torn in its only line", gzipped(t, "http://site.test/a") + "junk of the server", noText + "; the document breaks off: gzip: invalid header"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ReadSitemap([]byte(c.body), mustParse(t, here))
			if s != nil || !errors.Is(err, ErrNotSitemap) {
				t.Fatalf("got %v, %v", s, err)
			}
			if err.Error() != c.want {
				t.Errorf("got  %q\nwant %q", err, c.want)
			}
		})
	}
}

// On sound sitemaps the reader agrees with encoding/xml.
func TestReadSitemapAgreesWithEncodingXML(t *testing.T) {
	body := generatedSitemap(2000)
	var want struct {
		URL []struct {
			Loc     string    `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 loc"`
			LastMod time.Time `xml:"lastmod"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal(body, &want); err != nil {
		t.Fatal(err)
	}
	s, err := ReadSitemap(body, mustParse(t, here))
	if err != nil || len(s.Pages) != 2000 || len(want.URL) != 2000 {
		t.Fatalf("%v; %d by encoding/xml", err, len(want.URL))
	}
	for i, w := range want.URL {
		if got := s.Pages[i]; got.URL != mustParse(t, w.Loc) || !got.LastMod.Equal(w.LastMod) {
			t.Errorf("page %d: got %v, want %v", i, got, w)
		}
	}
}
