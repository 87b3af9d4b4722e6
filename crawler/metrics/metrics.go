// Package metrics tells Prometheus how a crawl stands.
//
// A Collector looks at a crawler when it is asked, and at no other time: what it reports is crawler.Progress under
// the names below. Counters of a resumed crawl go on where the earlier runs ended.
package metrics

import (
	"maps"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"amble/crawler"
	"amble/crawler/page"
)

// What is told of a crawl.
var (
	pages      = describe("pages_total", "Pages on record, by outcome: fetched, failed, disallowed (by robots.txt), held_back (traps and private networks).", "outcome")
	failures   = describe("failures_total", "Pages that failed, by class of failure.", "class")
	responses  = describe("responses_total", "Pages on record, by the HTTP status of their last response.", "code")
	requests   = describe("requests_total", "Requests made, those for robots.txt and repeated ones included.")
	retries    = describe("retries_total", "Requests made again after a failure.")
	duplicates = describe("duplicates_total", "Pages whose links were left alone because another page says the same.")
	received   = describe("received_bytes_total", "Bytes of the bodies of pages, after content decoding.")
	queued     = describe("queued_urls", "URLs that wait: for their turn, for robots.txt, or for another attempt.")
	inFlight   = describe("in_flight_requests", "Requests that are being made, or whose answers are being read.")
	domains    = describe("domains", "Domains that have been asked or are to be.")
	found      = describe("found_domains", "Registrable domains of the pages and of all links found on them.")
	asleep     = describe("asleep_urls", "URLs that wait for hosts which were set aside because they fail.")
	abandoned  = describe("abandoned_urls", "URLs given up for this run, with hosts that did not come back.")
	remaining  = describe("remaining_seconds", "Least time that the crawl still takes, as far as its links are known: that of the longest queue at its interval.")
	started    = describe("start_time_seconds", "When this run of the crawl began, in seconds since 1970.")
	info       = describe("crawl_info", "1, with the version of amble.", "version")
	state      = describe("crawl_state", "1 for the state that the crawl is in, 0 for the others.", "state")
)

var states = []crawler.End{crawler.Running, crawler.Complete, crawler.Limited, crawler.Interrupted, crawler.Failed}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("amble_"+name, help, labels, nil)
}

// Collector reports on a crawler's latest crawl. It is safe for concurrent use.
type Collector struct {
	crawler *crawler.Crawler
}

// New makes a collector for a crawler, to be registered with a prometheus.Registerer. For several crawlers in one
// process, wrap that with prometheus.WrapRegistererWith and a label for each.
func New(c *crawler.Crawler) *Collector { return &Collector{c} }

// Describe implements prometheus.Collector.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		pages, failures, responses, requests, retries, duplicates, received, queued, inFlight, domains, found, asleep, abandoned,
		remaining, started, info, state,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector. It blocks for as long as the crawl's schedule takes to answer, which is a moment. Before the
// first crawl begins, only the version is told.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	counter := func(d *prometheus.Desc, n int, labels ...string) {
		send(d, prometheus.CounterValue, float64(n), labels...)
	}
	gauge := func(d *prometheus.Desc, n int, labels ...string) {
		send(d, prometheus.GaugeValue, float64(n), labels...)
	}

	gauge(info, 1, crawler.Version)
	p := c.crawler.Progress()
	if p.End == "" {
		return
	}
	for _, s := range states {
		on := 0
		if s == p.End {
			on = 1
		}
		gauge(state, on, string(s))
	}
	heldBack := p.ByClass[page.Private] + p.ByClass[page.Trap]
	counter(pages, p.Pages-p.Failed-p.Disallowed-heldBack, "fetched")
	counter(pages, p.Failed, "failed")
	counter(pages, p.Disallowed, "disallowed")
	counter(pages, heldBack, "held_back")
	for class, n := range maps.All(p.ByClass) {
		if e := (page.Error{Class: class}); !e.HeldBack() {
			counter(failures, n, string(class))
		}
	}
	for code, n := range maps.All(p.ByStatus) {
		counter(responses, n, strconv.Itoa(code))
	}
	counter(requests, p.Requests)
	counter(retries, p.Retries)
	counter(duplicates, p.Duplicates)
	send(received, prometheus.CounterValue, float64(p.Bytes))
	gauge(queued, p.Queued)
	gauge(inFlight, p.InFlight)
	gauge(domains, p.Domains)
	gauge(found, p.Hosts)
	gauge(asleep, p.Asleep)
	gauge(abandoned, p.Abandoned)
	send(remaining, prometheus.GaugeValue, p.LongestFor.Seconds())
	send(started, prometheus.GaugeValue, float64(p.Stats.Started.UnixMilli())/1000)
}
