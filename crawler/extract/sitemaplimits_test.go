package extract

import (
	"bufio"
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

func TestSitemapLimits(t *testing.T) {
	base := mustParse(t, here)
	var set, text strings.Builder
	set.WriteString(urlset)
	for i := range MaxSitemapURLs {
		fmt.Fprintf(&set, "<url><loc>http://site.test/%d</loc><lastmod>2020</lastmod></url>", i)
		fmt.Fprintf(&text, "http://site.test/%d\n", i)
	}
	const again = "<url><loc>http://site.test/1</loc></url>"
	const tooMany, tooLarge = "more than 50000 URLs: the rest was left out", "larger than 52428800 bytes: the rest was left out"
	pad := strings.Repeat(" ", MaxSitemap)
	for _, c := range []struct {
		name, body string
		pages      int
		cut        string
	}{
		{"as many as may be", set.String() + again + "</urlset>", MaxSitemapURLs, ""},
		{"one more", set.String() + "<url><loc>http://site.test/x</loc></url></urlset>", MaxSitemapURLs, tooMany},
		{"lines", text.String() + "http://site.test/1", MaxSitemapURLs, ""},
		{"one more line", text.String() + "http://site.test/x", MaxSitemapURLs, tooMany},
		{"as large as may be", (urlset + again + pad)[:MaxSitemap-9] + "</urlset>", 1, ""},
		{"larger", (urlset + again + pad)[:MaxSitemap-8] + "</urlset>", 1, tooLarge},
		{"larger text, cut within a line", "http://site.test/1\n" + pad[:MaxSitemap-19-18] + "\nhttp://site.test/cut", 1, tooLarge},
		{"as many repeats as may be", urlset + strings.Repeat(again, maxEntries) + "</urlset>", 1, ""},
		{"one more repeat", urlset + strings.Repeat(again, maxEntries+1) + "</urlset>", 1, "more than 200000 entries, most of them repeated or broken: the rest was left out"},
		{"larger, zipped", gzipped(t, urlset+again+pad), 1, tooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ReadSitemap([]byte(c.body), base)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Pages) != c.pages || s.Cut != c.cut {
				t.Errorf("%d pages, cut %q; want %d, %q", len(s.Pages), s.Cut, c.pages, c.cut)
			}
		})
	}
	t.Run("short references under a long base", func(t *testing.T) {
		long := mustParse(t, "http://site.test/"+strings.Repeat("x", 1000)+"/")
		l := listing{base: long, room: 3*len(long.String()) + 3}
		body := "<urlset><url><loc>a</loc><loc>b</loc><loc>c</loc><loc>d</loc></url></urlset>"
		if err := readFeed(bufio.NewReader(strings.NewReader(body)), &l); err != nil {
			t.Fatal(err)
		}
		if len(l.Pages) != 3 || !strings.HasPrefix(l.Cut, "the URLs, resolved, are too large") {
			t.Errorf("%d pages, cut %q", len(l.Pages), l.Cut)
		}
	})
}

// Some kilobytes of gzip must not become megabytes of URLs; a sitemap that is full of ordinary ones is read to its end.
func TestSitemapsListInProportion(t *testing.T) {
	var hostile bytes.Buffer
	hostile.WriteString("<urlset>")
	for i := range 6000 {
		fmt.Fprintf(&hostile, "<url><loc>/%s/%d</loc></url>", strings.Repeat("s", 8000), i)
	}
	body := []byte(gzipped(t, hostile.String()))
	m, err := ReadSitemap(body, mustParse(t, here))
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, p := range m.Pages {
		size += len(p.URL.String())
	}
	if most := minListed + listedShare*len(body) + len(m.Pages)*len(here); size > most || !strings.HasPrefix(m.Cut, "the URLs, resolved, are too large") {
		t.Errorf("%d bytes of URLs of a sitemap of %d bytes, want %d at most; cut %q", size, len(body), most, m.Cut)
	}
	if m, err = ReadSitemap([]byte(gzipped(t, string(generatedSitemap(MaxSitemapURLs)))), mustParse(t, here)); err != nil || len(m.Pages) != MaxSitemapURLs || m.Cut != "" {
		t.Errorf("%d pages of an ordinary sitemap, cut %q, %v", len(m.Pages), m.Cut, err)
	}
}

// What the reader allocates for a sitemap without URLs does not grow with its size.
func TestHostileSitemapsTakeLittleMemory(t *testing.T) {
	base := mustParse(t, here)
	fill := func(unit string) string { return strings.Repeat(unit, 4<<20/len(unit)) }
	for name, body := range map[string]string{
		"open elements":     "<urlset>" + fill("<a>"),
		"open entries":      "<urlset>" + fill("<url>"),
		"open fields":       "<urlset>" + fill("<url><loc>"),
		"comments":          "<urlset>" + fill("<!---->"),
		"CDATA":             "<urlset>" + fill("<url><x><![CDATA[]]]]>"),
		"open CDATA":        "<urlset>" + fill("<![CDATA[]"),
		"zeros":             "<urlset>" + fill("\x00"),
		"end tags":          "<urlset>" + fill("</a>"),
		"less-than":         "<urlset>" + fill("<"),
		"ampersands in loc": "<urlset><url><loc>" + fill("&"),
		"attributes":        "<urlset><url><loc " + fill("a "),
		"doctype":           "<!DOCTYPE x [" + fill("<!--") + "--> ]><urlset>",
		"one line":          "http://site.test/\n" + fill("a"),
	} {
		t.Run(name, func(t *testing.T) {
			body := []byte(gzipped(t, body))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := ReadSitemap(body, base)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; err != nil || n > 1<<20 {
				t.Errorf("%d bytes allocated, %v", n, err)
			}
		})
	}
}

// generatedSitemap is a sitemap of n pages, some 220 bytes each.
func generatedSitemap(n int) []byte {
	var b bytes.Buffer
	b.WriteString(urlset + "\n")
	for i := range n {
		fmt.Fprintf(&b, "  <url>\n    <loc>https://www.site.test/shop/category-%d/product-%d.html?ref=map&amp;id=%d</loc>\n"+
			"    <lastmod>2024-%02d-%02dT10:20:30+02:00</lastmod>\n    <changefreq>weekly</changefreq>\n    <priority>0.5</priority>\n  </url>\n",
			i%97, i, i, i%12+1, i%28+1)
	}
	b.WriteString("</urlset>\n")
	return b.Bytes()
}
