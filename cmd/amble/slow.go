package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
)

// slowShown is how many domains why --slow names.
const slowShown = 20

// slowDomain is where the time of one domain went.
type slowDomain struct {
	Domain       string             `json:"domain"`
	Requests     int                `json:"requests"`
	SpanMS       float64            `json:"span_ms"` // from the start of the first request to that of the last
	IntervalMS   float64            `json:"interval_ms,omitempty"`
	CrawlDelayMS float64            `json:"crawl_delay_ms,omitempty"`
	LeastGapMS   float64            `json:"least_gap_ms"`
	MedianGapMS  float64            `json:"median_gap_ms"`
	MostInFlight int                `json:"most_in_flight"`
	WaitedMS     map[string]float64 `json:"waited_ms"`
	Shares       map[string]float64 `json:"shares"` // of all that was waited, in percent

	span, interval time.Duration
}

// whySlow says where the time of a crawl went.
func whySlow(cmd *cobra.Command, file string, asJSON bool) (err error) {
	f, err := crawlfile.OpenReadOnly(cmd.Context(), file)
	if err != nil {
		return stuck(err)
	}
	defer func() { err = errors.Join(err, stuck(f.Close())) }()
	all := []slowDomain{}
	for t, err := range f.Traffic(cmd.Context()) {
		if err != nil {
			return stuck(err)
		}
		all = append(all, slowOf(t))
	}
	slices.SortStableFunc(all, func(a, b slowDomain) int { return cmp.Compare(b.span, a.span) }) // else by name
	if asJSON {
		return stuck(writeJSON(cmd.OutOrStdout(), all[:min(len(all), slowShown)]))
	}
	_, err = io.WriteString(cmd.OutOrStdout(), slowText(all))
	return stuck(err)
}

func slowOf(t crawlfile.Traffic) slowDomain {
	d := slowDomain{
		Domain: t.Domain, Requests: t.Requests, SpanMS: page.Milliseconds(t.Span()), IntervalMS: page.Milliseconds(t.Interval),
		CrawlDelayMS: page.Milliseconds(t.CrawlDelay), LeastGapMS: page.Milliseconds(t.Least), MedianGapMS: page.Milliseconds(t.Median),
		MostInFlight: t.Most, WaitedMS: make(map[string]float64), Shares: make(map[string]float64), span: t.Span(), interval: t.Interval,
	}
	var sum time.Duration
	for _, w := range t.Waited {
		sum += w
	}
	for reason, w := range t.Waited {
		if w > 0 {
			d.WaitedMS[reason] = page.Milliseconds(w)
			d.Shares[reason] = math.Round(1000*float64(w)/float64(sum)) / 10
		}
	}
	return d
}

// reasons are those that the domain waited for, the greatest share first.
func (d *slowDomain) reasons() []string {
	return slices.SortedFunc(maps.Keys(d.WaitedMS), func(a, b string) int {
		return cmp.Or(cmp.Compare(d.WaitedMS[b], d.WaitedMS[a]), cmp.Compare(a, b))
	})
}

// slowText is a table of the domains, and a sentence about the slowest.
func slowText(all []slowDomain) string {
	if len(all) == 0 {
		return "No traffic is on record: it is written when a crawl ends.\n"
	}
	rows := [][]string{{"domain", "requests", "time", "interval", "what was waited for"}}
	for _, d := range all[:min(len(all), slowShown)] {
		interval := "none"
		if d.interval > 0 {
			interval = short(d.interval)
		}
		var shares []string
		for _, reason := range d.reasons() {
			if d.Shares[reason] >= 0.5 {
				shares = append(shares, fmt.Sprintf("%s %.0f %%", reason, d.Shares[reason]))
			}
		}
		rows = append(rows, []string{d.Domain, thousands(int64(d.Requests)), short(d.span), interval, strings.Join(shares, ", ")})
	}
	var widths [4]int
	for _, r := range rows {
		for i := range widths {
			widths[i] = max(widths[i], utf8.RuneCountInString(r[i]))
		}
	}
	var b strings.Builder
	for _, r := range rows {
		line := fmt.Sprintf("%-*s  %*s  %*s  %*s  %s", widths[0], r[0], widths[1], r[1], widths[2], r[2], widths[3], r[3], r[4])
		b.WriteString(oneLine(strings.TrimRight(line, " ")) + "\n")
	}
	if more := len(all) - slowShown; more > 0 {
		fmt.Fprintf(&b, "and %s that took less\n", count(more, "domain"))
	}
	if s := all[0].sentence(); s != "" {
		b.WriteString("\n" + oneLine(s) + "\n")
	}
	return b.String()
}

// sentence says what the domain mostly waited for.
func (d *slowDomain) sentence() string {
	reasons := d.reasons()
	if len(reasons) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %s in %s; %.0f %% of it %s.", d.Domain, count(d.Requests, "request"), short(d.span), d.Shares[reasons[0]], d.spent(reasons[0]))
}

// spent is how time passed that is put down to a reason, with what can be done about it, if anything can.
func (d *slowDomain) spent(reason string) string {
	switch reason {
	case "rate":
		if d.interval == 0 { // the last run's: one before had a rate
			return "kept to the rate"
		}
		return "kept to the rate of " + pace(d.interval)
	case "crawl-delay":
		return "kept to the crawl-delay that robots.txt asks for: " + pace(d.interval)
	case "adaptive":
		return "left the server time in proportion to its answers"
	case "backoff":
		return "waited after failures: a lower --rate may do better"
	case "retry-after":
		return "waited as the server asked (Retry-After): a lower --rate may do better"
	case "robots":
		return "waited for robots.txt"
	case "address":
		return "left the turn to other hosts at the same IP address"
	case "bandwidth":
		return "kept to the limit of bytes per second"
	case "server":
		return "waited for the server's answers"
	case "machine":
		return "waited for a worker, though a request was due: more --workers may do better"
	}
	return "is put down to " + reason
}

// pace is an interval as a rate.
func pace(interval time.Duration) string {
	switch perSecond := float64(time.Second) / float64(interval); {
	case interval <= 0:
		return "no limit"
	case interval == time.Second:
		return "one request a second"
	case interval < time.Second:
		return fmt.Sprintf("%g requests a second", math.Round(perSecond*100)/100)
	}
	return "one request every " + short(interval)
}
