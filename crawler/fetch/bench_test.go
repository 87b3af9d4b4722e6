package fetch

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

func BenchmarkGet(b *testing.B) {
	body := bytes.Repeat([]byte("<p>größere Straßen für Fußgänger</p>\n"), 2500) // about 100 KB
	for _, coding := range []string{"identity", "gzip", "br", "zstd"} {
		b.Run(coding, func(b *testing.B) {
			enc := encode(b, coding, body)
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Header().Set("Content-Encoding", coding)
				w.Header().Set("Content-Length", strconv.Itoa(len(enc)))
				_, _ = w.Write(enc)
			}))
			defer s.Close()
			c := newClient(b, Config{})
			u := parse(b, s.URL+"/a/page.html?x=1")
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				r := c.Get(context.Background(), u, Request{})
				if r.Err != nil || r.Bytes != int64(len(body)) {
					b.Fatal(r.Err, r.Bytes)
				}
				r.Release()
			}
		})
	}
}

// BenchmarkClientAlone leaves the network and the server out: what is left is this package's.
func BenchmarkClientAlone(b *testing.B) {
	body := string(bytes.Repeat([]byte("<p>größere Straßen für Fußgänger</p>\n"), 2500))
	c := newClient(b, Config{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return htmlAnswer(body), nil })})
	u := parse(b, "http://a.test/a/page.html?x=1")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r := c.Get(context.Background(), u, Request{})
		if r.Err != nil {
			b.Fatal(r.Err)
		}
		r.Release()
	}
}
