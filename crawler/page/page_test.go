package page

import (
	"encoding/json"
	"testing"
	"time"
)

// TestJSONFormIsPublic: the names and the order of the fields are what programs rely on.
func TestJSONFormIsPublic(t *testing.T) {
	p := Page{
		URL: "http://a.test/?a=1&b=<2>", Depth: 2, Redirects: 1, Referrer: "http://a.test/", Status: 301, Redirect: "http://a.test/b",
		Err: &Error{Class: Redirects, Text: "301 to itself"}, Attempts: 3, Title: "T", Description: "D", Canonical: "http://a.test/c", Lang: "en",
		Links:       []Link{{URL: "http://a.test/x", Rel: "nofollow", Text: "X"}, {URL: "http://a.test/y"}},
		Images:      []Image{{Src: "http://a.test/i.png", Alt: "I"}},
		Meta:        []Meta{{Name: "og:title", Content: ""}},
		ContentType: "text/html", Charset: "utf-8", Bytes: 12, SHA256: "ab", SimHash: "00ff00ff00ff00ff",
		ETag: `W/"v<1>"`, LastModified: "Fri, 02 Jan 2026 03:04:05 GMT", Change: Changed, NotModified: true,
		FetchedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600)), Duration: 1234567 * time.Nanosecond,
	}
	const want = `{"url":"http://a.test/?a=1&b=<2>","depth":2,"referrer":"http://a.test/","status":301,"redirect":"http://a.test/b",` +
		`"error":{"class":"redirect","text":"301 to itself"},"title":"T","description":"D","canonical":"http://a.test/c","lang":"en",` +
		`"links":[{"url":"http://a.test/x","rel":"nofollow","text":"X"},{"url":"http://a.test/y"}],` +
		`"images":[{"src":"http://a.test/i.png","alt":"I"}],"meta":[{"name":"og:title","content":""}],` +
		`"content_type":"text/html","charset":"utf-8","bytes":12,"sha256":"ab","simhash":"00ff00ff00ff00ff","etag":"W/\"v<1>\"",` +
		`"last_modified":"Fri, 02 Jan 2026 03:04:05 GMT","change":"changed","fetched_at":"2026-01-02T02:04:05.000Z","duration_ms":1.235}`
	got, err := p.AppendJSON([]byte("before "))
	if err != nil || string(got) != "before "+want {
		t.Errorf("got  %s (%v)\nwant %s", got, err, want)
	}
	if got, err := json.Marshal(Page{URL: "http://a.test/"}.copy()); err != nil || string(got) != `{"url":"http://a.test/","depth":0}` {
		t.Errorf("a page without values: %s, %v", got, err)
	}
}

func (p Page) copy() *Page { return &p }

func TestTransient(t *testing.T) {
	for _, c := range []struct {
		class  Class
		status int
		want   bool
	}{
		{Timeout, 0, true}, {Reset, 0, true}, {Server, 500, true}, {Server, 503, true}, {Client, 429, true}, {Client, 408, true},
		{Client, 404, false}, {Client, 403, false}, {DNS, 0, false}, {Refused, 0, true}, {TLS, 0, false}, {Robots, 0, false},
		{Redirects, 302, false}, {Protocol, 200, false}, {Internal, 0, false}, {Network, 0, true},
	} {
		if got := (&Error{Class: c.class}).Transient(c.status); got != c.want {
			t.Errorf("%s with status %d: transient %v, want %v", c.class, c.status, got, c.want)
		}
	}
}
