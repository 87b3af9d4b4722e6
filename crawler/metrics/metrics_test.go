package metrics_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/metrics"
)

// crawl makes a crawler for one of the bundled sites.
func crawl(t *testing.T, site string, cfg crawler.Config) (*crawler.Crawler, []string) {
	t.Helper()
	s, err := crawlertest.Lookup(site)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := crawlertest.Serve(s, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	cfg.Rate, cfg.Dial = crawler.Unlimited, srv.Dial
	c, err := crawler.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, s.Seeds
}

// values are what a crawler's collector reports, one "name{labels} value" a sample.
func values(t *testing.T, c *crawler.Crawler) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(metrics.New(c))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += "{" + l.GetName() + "=" + l.GetValue() + "}"
			}
			got[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() // it has one of them
		}
	}
	return got
}

func TestNamesFollowPrometheus(t *testing.T) {
	c, seeds := crawl(t, "errors", crawler.Config{MaxDepth: 1, Retries: crawler.None})
	if _, err := c.Run(t.Context(), seeds...); err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.New(c))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestNothingBeforeTheFirstCrawl(t *testing.T) {
	c, _ := crawl(t, "tree", crawler.Config{})
	if got := values(t, c); len(got) != 1 || got["amble_crawl_info{version="+crawler.Version+"}"] != 1 {
		t.Errorf("got %v", got)
	}
}

// TestWhileItRuns looks at a crawl from within its loop, where one page has come and others are still to come.
func TestWhileItRuns(t *testing.T) {
	c, seeds := crawl(t, "tree", crawler.Config{MaxDepth: 2})
	seen := 0.0
	for _, err := range c.Pages(t.Context(), seeds...) {
		if err != nil {
			t.Fatal(err)
		}
		got := values(t, c)
		if n := got["amble_pages_total{outcome=fetched}"]; n < seen || n < 1 {
			t.Fatalf("%g pages fetched, and %g before", n, seen)
		} else {
			seen = n
		}
	}
	got := values(t, c)
	if got["amble_crawl_state{state=running}"] != 0 || got["amble_crawl_state{state=complete}"] != 1 || got["amble_queued_urls"] != 0 {
		t.Errorf("at the end: %v", got)
	}
}

// TestNumbersAreThoseOfTheCrawl, whose outcomes add up to its pages.
func TestNumbersAreThoseOfTheCrawl(t *testing.T) {
	c, seeds := crawl(t, "errors", crawler.Config{MaxDepth: 1, Retries: crawler.None, Scope: crawler.ScopeHost})
	res, err := c.Run(t.Context(), seeds...)
	if err != nil {
		t.Fatal(err)
	}
	s, got := res.Stats, values(t, c)
	outcomes := 0.0
	for name, n := range got {
		if strings.HasPrefix(name, "amble_pages_total{") {
			outcomes += n
		}
	}
	for name, want := range map[string]int{
		"amble_pages_total{outcome=failed}": s.Failed, "amble_failures_total{class=4xx}": s.ByClass["4xx"],
		"amble_responses_total{code=404}": s.ByStatus[404], "amble_requests_total": s.Requests, "amble_received_bytes_total": int(s.Bytes),
		"amble_found_domains": len(res.Domains),
	} {
		if got[name] != float64(want) || want == 0 {
			t.Errorf("%s is %g, want %d", name, got[name], want)
		}
	}
	if outcomes != float64(s.Pages) {
		t.Errorf("the outcomes add up to %g, and there are %d pages", outcomes, s.Pages)
	}
}

func Example() {
	site, err := crawlertest.Lookup("tree") // one of the bundled sites, so that the example needs no network
	if err != nil {
		log.Fatal(err)
	}
	srv, err := crawlertest.Serve(site, "")
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()

	c, err := crawler.New(crawler.Config{
		MaxDepth: 1,
		Rate:     crawler.Unlimited, // the site is our own; leave it out for one request a second
		Dial:     srv.Dial,          // leave it out to crawl the web
	})
	if err != nil {
		log.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.New(c))
	// A program would serve them: http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))

	if _, err := c.Run(context.Background(), "http://tree.test/"); err != nil {
		log.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "amble_requests_total" || f.GetName() == "amble_queued_urls" {
			fmt.Println(f.GetName(), f.GetMetric()[0].GetCounter().GetValue()+f.GetMetric()[0].GetGauge().GetValue())
		}
	}
	// Output:
	// amble_queued_urls 0
	// amble_requests_total 7
}
