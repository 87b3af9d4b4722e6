package extract

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

// Whatever the bytes, a Sitemap keeps what its comments promise, and the beginning of a document lists nothing that the
// whole does not.
func FuzzReadSitemap(f *testing.F) {
	for _, c := range sitemapCases(f) {
		if len(c.body) < 2000 {
			f.Add([]byte(c.body), uint16(len(c.body)*2/3))
		}
	}
	f.Add([]byte("\x1f\x8b\x08\x00"), uint16(3))
	base := mustParse(f, here)
	f.Fuzz(func(t *testing.T, body []byte, cut uint16) {
		before := bytes.Clone(body)
		s, err := ReadSitemap(body, base)
		if !bytes.Equal(before, body) {
			t.Error("the body was changed")
		}
		if err != nil {
			if s != nil || !errors.Is(err, ErrNotSitemap) || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("%v, %q", s, err)
			}
			return
		}
		if len(s.Pages)+len(s.Sitemaps) > MaxSitemapURLs || s.Form == "" || strings.ContainsAny(s.Cut, "\r\n") {
			t.Errorf("%d pages, %d sitemaps, form %q, cut %q", len(s.Pages), len(s.Sitemaps), s.Form, s.Cut)
		}
		seen := [2]map[string]bool{{}, {}}
		for i, list := range [][]SitemapURL{s.Pages, s.Sitemaps} {
			for _, u := range list {
				raw := u.URL.String()
				if u.URL != mustParse(t, raw) || len(raw) > MaxURL || seen[i][raw] {
					t.Errorf("not canonical, too long or repeated: %q", raw)
				}
				if u.LastMod.Location() != time.UTC {
					t.Errorf("%q: %v is not in UTC", raw, u.LastMod)
				}
				seen[i][raw] = true
			}
		}
		// The end of a text without its last line is not told from its end; and a guid counts only until a link is met.
		if s.Form != URLSet && s.Form != SitemapIndex {
			return
		}
		part, err := ReadSitemap(body[:min(int(cut), len(body))], base)
		if err != nil || part.Form != s.Form {
			return
		}
		for i, list := range [][]SitemapURL{part.Pages, part.Sitemaps} {
			for _, u := range list {
				if !seen[i][u.URL.String()] {
					t.Errorf("the first %d bytes list %v, the whole does not", cut, u.URL)
				}
			}
		}
	})
}
