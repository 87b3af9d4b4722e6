package extract

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func BenchmarkReadSitemap(b *testing.B) {
	base := mustParse(b, here)
	sitemap := generatedSitemap(MaxSitemapURLs)
	var lines bytes.Buffer
	for i := range MaxSitemapURLs {
		fmt.Fprintf(&lines, "https://www.site.test/shop/category-%d/product-%d.html\n", i%97, i)
	}
	for _, c := range []struct {
		name string
		body []byte
		size int
	}{
		{"xml", sitemap, len(sitemap)},
		{"gzip", []byte(gzipped(b, string(sitemap))), len(sitemap)},
		{"text", lines.Bytes(), lines.Len()},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(c.size))
			b.ReportAllocs()
			for b.Loop() {
				if s, err := ReadSitemap(c.body, base); err != nil || len(s.Pages) != MaxSitemapURLs {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("html", func(b *testing.B) {
		page := []byte("<!DOCTYPE html>" + strings.Repeat("<p><a href=http://site.test/>x</a>", 1<<16))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ReadSitemap(page, base); !errors.Is(err, ErrNotSitemap) {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare markup", func(b *testing.B) {
		b.SetBytes(int64(len(sitemap)))
		b.ReportAllocs()
		for b.Loop() {
			in, err := openSitemap(sitemap)
			if err != nil {
				b.Fatal(err)
			}
			for m := (markup{r: in.r, text: func([]byte, bool) {}}); m.next() != endOfInput; {
			}
		}
	})
	b.Run("bare encoding/xml", func(b *testing.B) {
		b.SetBytes(int64(len(sitemap)))
		b.ReportAllocs()
		for b.Loop() {
			d := xml.NewDecoder(bytes.NewReader(sitemap))
			d.Strict = false
			for {
				if _, err := d.RawToken(); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// Sitemaps as large as may be that are the worst for the reader.
func BenchmarkHostileSitemap(b *testing.B) {
	base := mustParse(b, here)
	for name, unit := range map[string]string{
		"open elements": "<a>",
		"less-than":     "<",
		"open CDATA":    "<![CDATA[]",
		"broken URLs":   "<url><loc>http://a b/",
		"slow URLs":     "<url><loc>http://" + strings.Repeat("é", 500) + ".org/",
		"short URLs":    "<loc>é",
	} {
		body := []byte("<urlset><url>" + strings.Repeat(unit, (MaxSitemap-20)/len(unit)))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if _, err := ReadSitemap(body, base); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
