package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/crawler/crawlfile"
)

// slowFile is a crawl file with this traffic.
func slowFile(t *testing.T, all ...crawlfile.Traffic) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "c.db")
	f, err := crawlfile.Create(t.Context(), file, crawlfile.Info{})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(t.Context(), &crawlfile.Batch{Traffic: all}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

// whyOf is what amble why --slow says.
func whyOf(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), append([]string{"why"}, args...), &stdout, &stderr); code != exitDone || stderr.Len() > 0 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	return stdout.String()
}

var slowAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// traffic is n requests to a domain in the time given.
func traffic(domain string, n int, span, interval time.Duration, waited map[string]time.Duration) crawlfile.Traffic {
	return crawlfile.Traffic{Domain: domain, Requests: n, Interval: interval, Waited: waited, Most: 1, FirstAt: slowAt, LastAt: slowAt.Add(span)}
}

// The interval is that of the last run, which may have had none.
func TestSlowOfACrawlThatWentOnWithoutARate(t *testing.T) {
	file := slowFile(t, traffic("a.test", 100, 10*time.Second, 0, map[string]time.Duration{"rate": 10 * time.Second}))
	if got, want := whyOf(t, file, "--slow"), "a.test: 100 requests in 10s; 100 % of it kept to the rate.\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want at its end %s", got, want)
	}
}

func TestSlowNamesWhatWasWaitedFor(t *testing.T) {
	file := slowFile(t,
		traffic("quick.test", 3, 0, 0, nil),
		traffic("tree.test", 1042, 1041*time.Second, time.Second, map[string]time.Duration{"rate": 1041 * time.Second, "server": 2 * time.Second, "machine": 0}),
		traffic("delay.test", 4, 45*time.Second, 15*time.Second, map[string]time.Duration{"crawl-delay": 30 * time.Second, "retry-after": 10 * time.Second}),
	)
	want := `domain      requests    time  interval  what was waited for
tree.test      1,042  17m21s      1.0s  rate 100 %
delay.test         4     45s       15s  crawl-delay 75 %, retry-after 25 %
quick.test         3   0.0ms      none

tree.test: 1,042 requests in 17m21s; 100 % of it kept to the rate of one request a second.
`
	if diff := gocmp.Diff(want, whyOf(t, file, "--slow")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var got []struct {
		Domain   string
		SpanMS   float64            `json:"span_ms"`
		WaitedMS map[string]float64 `json:"waited_ms"`
		Shares   map[string]float64
	}
	if err := json.Unmarshal([]byte(whyOf(t, file, "--slow", "--json")), &got); err != nil || len(got) != 3 {
		t.Fatalf("%v, %v", got, err)
	}
	if d := got[1]; d.Domain != "delay.test" || d.SpanMS != 45000 || d.WaitedMS["retry-after"] != 10000 || d.Shares["crawl-delay"] != 75 {
		t.Errorf("as JSON: %+v", d)
	}
}

// TestSlowHasASentenceForEveryReason that a schedule gives, and one for those it may give one day.
func TestSlowHasASentenceForEveryReason(t *testing.T) {
	for reason, want := range map[string]string{
		"rate": "the rate of 2.5 requests a second", "crawl-delay": "robots.txt asks for: 2.5 requests", "adaptive": "in proportion", "backoff": "failures",
		"retry-after": "Retry-After", "robots": "for robots.txt", "address": "IP address", "bandwidth": "bytes per second", "server": "answers",
		"machine": "--workers", "weather\x1b": "is put down to weather",
	} {
		got := whyOf(t, slowFile(t, traffic("a.test", 2, time.Second, 400*time.Millisecond, map[string]time.Duration{reason: time.Second})), "--slow")
		if !strings.Contains(got, want) || strings.Contains(got, "\x1b") {
			t.Errorf("%s: want %q in\n%s", reason, want, got)
		}
	}
	for interval, want := range map[time.Duration]string{
		0: "no limit", time.Second: "one request a second", 300 * time.Millisecond: "3.33 requests a second", 90 * time.Second: "one request every 90s",
	} {
		if got := pace(interval); got != want {
			t.Errorf("pace(%v) = %q, want %q", interval, got, want)
		}
	}
}

func TestSlowNamesTheFirstTwenty(t *testing.T) {
	var all []crawlfile.Traffic
	for i := range 23 {
		all = append(all, traffic(fmt.Sprintf("h%02d.test", i), 1, time.Duration(i)*time.Second, 0, nil))
	}
	got := whyOf(t, slowFile(t, all...), "--slow")
	if !strings.Contains(got, "\nh03.test") || strings.Contains(got, "h02.test") || !strings.HasSuffix(got, "\nand 3 domains that took less\n") {
		t.Errorf("got\n%s", got)
	}
	if got := whyOf(t, slowFile(t), "--slow"); got != "No traffic is on record: it is written when a crawl ends.\n" {
		t.Errorf("without traffic: %q", got)
	}
}
