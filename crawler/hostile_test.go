package crawler

import (
	"path/filepath"
	"testing"
	"time"

	"amble/crawler/crawlertest"
	"amble/crawler/page"
)

// TestHostileServer crawls a server that attacks by every path, over sockets: the crawl ends, each attack that was met has a record,
// and none is a fault of amble's. That no goroutine is left shows in the race detector's run of the package, and in Close.
func TestHostileServer(t *testing.T) {
	s, err := crawlertest.ServeHostile()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := New(Config{
		MaxDepth: 2, Scope: ScopeAny, Rate: Unlimited, PerHost: 4, Retries: None, Timeout: time.Second, MaxBackoff: time.Second,
		MaxTime: 8 * time.Second, AllowPrivate: true, Dial: s.Dial, File: filepath.Join(t.TempDir(), "c.db"), Structured: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan *Result, 1)
	go func() {
		res, err := c.Run(t.Context(), s.URL())
		if err != nil {
			t.Error(err)
		}
		ended <- res
	}()
	select {
	case res := <-ended:
		if n := res.Stats.ByClass[page.Internal]; n > 0 {
			t.Errorf("%d pages are faults of amble's", n)
		}
		if len(res.Pages) < 50 || res.Stats.Failed == 0 {
			t.Errorf("%d pages, %d failed: the attacks were not met", len(res.Pages), res.Stats.Failed)
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("the crawl hangs")
	}
}
