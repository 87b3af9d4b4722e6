package crawlfile

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"amble/crawler/page"
)

// Traffic is how a crawl dealt with one domain: the proof of its manners, and the answer to where the time went.
type Traffic struct {
	Domain     string        // or host, where the crawl limits by host
	Requests   int           // made, those for robots.txt and repeated ones included
	Interval   time.Duration // between two requests, in force at the end; 0 if there was no limit
	CrawlDelay time.Duration // of this, what robots.txt asked for; 0 if it asked for nothing
	// Least and Median are observed: of the gaps between the starts of two requests in a row. They are 0 if fewer than two
	// requests were made.
	Least, Median time.Duration
	Gaps          []int                    // numbers of observed gaps by class, see [GapBounds]; classes at the end may be missing
	Most          int                      // most requests in flight at once
	Waited        map[string]time.Duration // by reason, such as "rate", "crawl-delay", "backoff", "server"
	// FirstAt and LastAt are when the first and the last request began; kept to the millisecond.
	FirstAt, LastAt time.Time
	Bytes           int64 // received
	// NotBefore is when the next request may begin, kept to the millisecond, and Why why not before, as in Waited. Busy is how often the
	// server has said lately that it is overloaded.
	NotBefore time.Time
	Why       string
	Busy      int
}

// Origin is how an origin answers.
type Origin struct {
	Name     string    // scheme://host:port
	Failures int       // requests that failed in a row
	Probe    time.Time // when it is asked again, kept to the millisecond; zero if it is not set aside
	Probes   int       // how often it was asked in vain since
	Bytes    int64     // received, where the crawl has a budget for each
}

// Origins yields the origins that are on record, in byte order. An error ends it, with the zero value.
func (f *File) Origins(ctx context.Context) iter.Seq2[Origin, error] {
	const query = "SELECT origin, failures, probe_at, probes, bytes FROM origins ORDER BY origin"
	return each(ctx, f.source(), "reading how origins answer", query, func(rows *sql.Rows) (o Origin, err error) {
		var probe string
		if err = rows.Scan(&o.Name, &o.Failures, text{&probe}, &o.Probes, &o.Bytes); err == nil {
			o.Probe, err = parseTime(probe)
		}
		return o, err
	})
}

// Span is the time from the beginning of the first request to that of the last.
func (t *Traffic) Span() time.Duration { return t.LastAt.Sub(t.FirstAt) }

// GapBounds are the bounds of the classes of [Traffic.Gaps], ascending: a gap in class i is shorter than GapBounds[i] and
// not shorter than GapBounds[i-1]. The last class is one beyond the bounds, for all that is longer.
func GapBounds() []time.Duration { return slices.Clone(gapBounds) }

// gapBounds are part of the schema: files hold counts for them.
var gapBounds = []time.Duration{
	1 * time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	1 * time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
	1 * time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute, 1 * time.Hour,
}

// GapClasses counts gaps by class, for [Traffic.Gaps].
func GapClasses(gaps []time.Duration) (counts []int) {
	for _, g := range gaps {
		class, found := slices.BinarySearch(gapBounds, g)
		if found {
			class++
		}
		for len(counts) <= class {
			counts = append(counts, 0)
		}
		counts[class]++
	}
	return counts
}

// gapBoundsJSON is gapBounds in milliseconds, for a view.
func gapBoundsJSON() string {
	var ms []float64
	for _, b := range gapBounds {
		ms = append(ms, page.Milliseconds(b))
	}
	js, _ := json.Marshal(ms)
	return string(js)
}

// observe writes a domain's traffic in the place of what was known of it.
func (w *writer) observe(t *Traffic) error {
	var least, median, gaps, waited any
	if t.Requests > 1 {
		least, median = page.Milliseconds(t.Least), page.Milliseconds(t.Median)
	}
	if len(t.Gaps) > 0 {
		js, err := json.Marshal(t.Gaps)
		if err != nil {
			return err
		}
		gaps = string(js)
	}
	if len(t.Waited) > 0 {
		ms := make(map[string]float64, len(t.Waited))
		for reason, d := range t.Waited {
			ms[reason] = page.Milliseconds(d)
		}
		js, err := json.Marshal(ms)
		if err != nil {
			return err
		}
		waited = string(js)
	}
	_, err := w.traffic.exec(t.Domain, int64(t.Requests), millis(t.Interval), millis(t.CrawlDelay), least, median,
		gaps, int64(t.Most), waited, timeText(t.FirstAt), timeText(t.LastAt),
		t.Bytes, timeText(t.NotBefore), null(t.Why), int64(t.Busy))
	return err
}

// millis is a duration for a column where NULL stands for none.
func millis(d time.Duration) any {
	if d == 0 {
		return nil
	}
	return page.Milliseconds(d)
}

// Traffic yields the traffic with each domain, in byte order of domains. An error ends it, with the zero value.
func (f *File) Traffic(ctx context.Context) iter.Seq2[Traffic, error] {
	const query = `SELECT domain, requests, interval_ms, crawl_delay_ms, least_gap_ms, median_gap_ms, gaps, most_in_flight, waited,
  first_at, last_at, bytes, not_before, why, busy FROM traffic ORDER BY domain`
	return each(ctx, f.source(), "reading the traffic", query, scanTraffic)
}

func scanTraffic(rows *sql.Rows) (t Traffic, err error) {
	var interval, delay, least, median sql.NullFloat64
	var gaps, waited, first, last, before string
	if err := rows.Scan(&t.Domain, &t.Requests, &interval, &delay, &least, &median, text{&gaps}, &t.Most, text{&waited},
		text{&first}, text{&last}, &t.Bytes, text{&before}, text{&t.Why}, &t.Busy); err != nil {
		return t, err
	}
	t.Interval, t.CrawlDelay, t.Least, t.Median = duration(interval.Float64), duration(delay.Float64), duration(least.Float64), duration(median.Float64)
	if err := column("gaps", gaps, &t.Gaps); err != nil {
		return t, err
	}
	var ms map[string]float64
	if err := column("waited", waited, &ms); err != nil {
		return t, err
	}
	if len(ms) > 0 {
		t.Waited = make(map[string]time.Duration, len(ms))
		for reason, v := range ms {
			t.Waited[reason] = duration(v)
		}
	}
	if t.FirstAt, err = parseTime(first); err == nil {
		t.LastAt, err = parseTime(last)
	}
	if err == nil {
		t.NotBefore, err = parseTime(before)
	}
	if err != nil {
		return t, fmt.Errorf("traffic with %s: %w", t.Domain, err)
	}
	return t, nil
}

// duration is a number of milliseconds, to the microsecond.
func duration(ms float64) time.Duration {
	return time.Duration(math.Round(ms*1000)) * time.Microsecond
}
