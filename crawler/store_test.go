package crawler

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"amble/crawler/crawlertest"
	"amble/crawler/crawlfile"
)

// A run that takes up where another died has from the file how many redirects led to a page, as the first knew.
func TestChainOfARecordedPage(t *testing.T) {
	site, err := crawlertest.Lookup("chains")
	if err != nil {
		t.Fatal(err)
	}
	srv, err := crawlertest.Serve(site, "")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "c.db")
	c, err := New(Config{MaxDepth: Unlimited, Rate: Unlimited, Dial: srv.Dial, File: path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Run(ctx, "http://chains.test/"); err != nil {
		t.Fatal(err)
	}
	f, err := crawlfile.OpenReadOnly(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, test := range []struct{ n, most, want int }{{50, 100, 50}, {50, 20, 20}, {0, 100, 0}} {
		url := fmt.Sprintf("http://chains.test/endless/%d", test.n)
		if n, err := (fileStore{f}).Chain(ctx, url, test.most); err != nil || n != test.want {
			t.Errorf("%s: %d redirects, %v; want %d", url, n, err, test.want)
		}
	}
}
