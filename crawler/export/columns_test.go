package export

import (
	"bytes"
	"encoding/csv"
	"reflect"
	"testing"
	"time"

	"amble/crawler/page"
)

// full is a page with everything.
func full(t *testing.T) *page.Page {
	t.Helper()
	p := &page.Page{
		URL: "http://a.test/", Depth: 1, Redirects: 2, Referrer: "http://a.test/r", Status: 301, Redirect: "http://a.test/t", Err: &page.Error{Class: page.Redirects, Text: "why"},
		Attempts: 3, Title: "title", Description: "description", Canonical: "http://a.test/c", DuplicateOf: "http://a.test/d", Robots: "noindex",
		Sitemap: "http://a.test/s.xml", LastMod: fetched, Lang: "en", Links: []page.Link{{URL: "http://a.test/l", Rel: "next", Text: "l"}},
		Images: []page.Image{{Src: "http://a.test/i", Alt: "i"}}, Assets: []page.Asset{{URL: "http://a.test/a", Kind: "script"}}, IDs: []string{"id"},
		Fragments: []page.Fragment{{URL: "http://a.test/l", ID: "id"}}, Meta: []page.Meta{{Name: "n", Content: "c"}}, Fields: map[string][]string{"f": {"v"}}, ContentType: "text/html", Charset: "utf-8",
		Bytes: 4, Truncated: true, SHA256: "ab", SimHash: "00ff00ff00ff00ff", ETag: `"e"`, LastModified: "Wed, 04 Mar 2026 00:00:00 GMT", Change: page.New,
		NotModified: true, FetchedAt: fetched, Duration: time.Second,
	}
	for v, i := reflect.ValueOf(*p), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Fatalf("the full page has no %s", v.Type().Field(i).Name)
		}
	}
	return p
}

// TestEveryColumnInEveryTable: of a page with everything every column has a value, and every format that has columns takes it.
func TestEveryColumnInEveryTable(t *testing.T) {
	for _, format := range Formats() {
		if !format.Tabular() || format.graph() {
			continue
		}
		var b bytes.Buffer
		e, err := NewEncoder(&b, format, ColumnNames()...)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if err := e.Encode(full(t)); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		if err := e.Close(); err != nil || b.Len() == 0 {
			t.Errorf("%s: %d bytes, %v", format, b.Len(), err)
		}
		if format != CSV {
			continue
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, cell := range rows[1] {
			if cell == "" {
				t.Errorf("column %s is empty", rows[0][i])
			}
		}
	}
}
