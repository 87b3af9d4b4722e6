package crawler_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"amble/crawler"
)

// A body that nobody else wants is archived whole, however large; secrets are not.
func TestArchiveHoldsLargeBodiesAndNoSecrets(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcdef"), 5<<16) // 5 MiB
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/robots.txt" {
			http.NotFound(w, req)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Set-Cookie", "session=sesame")
		_, _ = w.Write(large)
	}))
	defer server.Close()
	name := filepath.Join(t.TempDir(), "a.warc")
	c, err := crawler.New(crawler.Config{
		Rate: crawler.Unlimited, File: name + ".db", WARC: name, Header: http.Header{"Authorization": {"Bearer sesame"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for p, err := range c.Pages(context.Background(), server.URL+"/large") {
		if err != nil || p.Err != nil {
			t.Fatal(p, err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(got, append([]byte("\r\n\r\n"), large...)) {
		t.Error("the large body is not in the archive")
	}
	if bytes.Contains(got, []byte("sesame")) {
		t.Error("a secret is in the archive")
	}
}
