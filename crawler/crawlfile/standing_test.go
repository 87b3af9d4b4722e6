package crawlfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amble/crawler/page"
)

func standing(t *testing.T, f *File, ask Ask) Standing {
	t.Helper()
	s, err := f.Standing(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStandingOfAnEmptyCrawl(t *testing.T) {
	want := Standing{End: End{State: Running}, ByClass: map[page.Class]int{}}
	if diff := cmp.Diff(want, standing(t, create(t), Ask{Now: created, Most: 20})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStandingNamesWhatTakesLongest: with the index of what waits and without it, and whatever is due later.
func TestStandingNamesWhatTakesLongest(t *testing.T) {
	f := create(t)
	reveal := func(domain, host string, n int) (all []Pending) {
		for i := range n {
			all = append(all, Pending{URL: fmt.Sprintf("http://%s%s/%d", host, domain, i), Domain: domain, Host: host, Depth: 1})
		}
		return all
	}
	var b Batch
	for _, more := range [][]Pending{
		reveal("slow.test", "", 3), reveal("many.test", "", 9), reveal("put-off.test", "", 1), reveal("new.test", "", 2),
		reveal("free.test", "", 30), reveal("hosts.test", "a.hosts.test", 2), reveal("", "", 1),
	} {
		b.Revealed = append(b.Revealed, more...)
	}
	now := created.Add(time.Hour)
	b.Traffic = []Traffic{
		{Domain: "slow.test", Interval: 10 * time.Second, NotBefore: now.Add(-time.Minute), Why: "rate"},
		{Domain: "many.test", Interval: time.Second},
		{Domain: "put-off.test", Interval: time.Second, NotBefore: now.Add(time.Minute), Why: "retry-after"},
		{Domain: "free.test"},
		{Domain: "idle.test", Interval: time.Hour},
	}
	b.Origins = []Origin{{Name: "http://up.test:80", Failures: 1}}
	for i := range 3 {
		b.Origins = append(b.Origins, Origin{Name: fmt.Sprintf("http://%d.test:80", i), Failures: 5, Probes: i, Probe: now.Add(time.Duration(-i) * time.Second)})
	}
	commit(t, f, b)
	all := []Queue{
		{Name: "put-off.test", Waiting: 1, Interval: time.Second, NotBefore: now.Add(time.Minute), Why: "retry-after"},
		{Name: "slow.test", Waiting: 3, Interval: 10 * time.Second, NotBefore: now.Add(-time.Minute), Why: "rate"},
		{Name: "many.test", Waiting: 9, Interval: time.Second},
		{Name: "a.hosts.test", Waiting: 2, Interval: 2 * time.Second}, // not asked yet
		{Name: "new.test", Waiting: 2, Interval: 2 * time.Second},
		{Name: "free.test", Waiting: 30},
		{Waiting: 1, Interval: 2 * time.Second},
	}
	for _, indexed := range []bool{false, true} {
		if indexed {
			if _, err := f.Waiting(t.Context(), "slow.test", 1, func(string) int { return 1 }); err != nil {
				t.Fatal(err)
			}
		}
		for _, most := range []int{1, 2, 20} {
			s := standing(t, f, Ask{Now: now, Interval: 2 * time.Second, Most: most})
			if diff := cmp.Diff(all[:min(most, len(all))], s.Longest); diff != "" {
				t.Errorf("index %v, most %d (-want +got):\n%s", indexed, most, diff)
			}
			if s.Waiting != 48 || s.Queues != 7 || s.Unpaced != 30 || s.SetAside != 3 || len(s.NextUp) != min(most, 3) || s.NextUp[0].Name != "http://2.test:80" {
				t.Errorf("index %v, most %d: %+v", indexed, most, s)
			}
		}
	}
	var left []time.Duration
	for _, q := range all {
		left = append(left, q.Left(now))
	}
	if diff := cmp.Diff([]time.Duration{60e9, 20e9, 8e9, 2e9, 2e9, 0, 0}, left); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

// TestStandingCountsRecentPages: those of the last minute in which any were fetched, of this run alone.
func TestStandingCountsRecentPages(t *testing.T) {
	f := create(t)
	var b Batch
	add := func(after time.Duration, class page.Class) {
		p := &page.Page{URL: fmt.Sprint(len(b.Pages)), Bytes: 10}
		if after > 0 {
			p.Attempts, p.FetchedAt = 1, created.Add(after)
		}
		if class != "" {
			p.Err = &page.Error{Class: class, Text: "no"}
		}
		b.Pages = append(b.Pages, p)
	}
	for i := range 100 {
		add(time.Duration(i+1)*time.Second, "")
	}
	add(10*time.Second, page.Timeout) // recorded late
	add(0, page.Robots)
	add(100500*time.Millisecond, page.Client)
	b.Pages[5].NotModified = true
	b.Alive = created.Add(2 * time.Minute)
	commit(t, f, b)
	last := created.Add(100500 * time.Millisecond)
	want := Standing{
		End: End{State: Running}, AliveAt: created.Add(2 * time.Minute), Pages: 103, Fetched: 102, Bytes: 1020,
		ByClass: map[page.Class]int{page.Timeout: 1, page.Robots: 1, page.Client: 1},
		FirstAt: created.Add(time.Second), LastAt: last, RecentFrom: last.Add(-time.Minute), Recent: 61,
	}
	if diff := cmp.Diff(want, standing(t, f, Ask{Now: last, Most: 1})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s := standing(t, f, Ask{Now: last, Most: 1, Since: created.Add(91 * time.Second)})
	if s.Recent != 11 || !s.RecentFrom.Equal(created.Add(91*time.Second)) {
		t.Errorf("of a run that went on: %d since %v", s.Recent, s.RecentFrom)
	}
}

// TestWriterIsKnown from outside and from inside, and is gone when it is killed, though its file stays behind.
func TestWriterIsKnown(t *testing.T) {
	path, kill := startChild(t, 1)
	began := time.Now()
	h, ok, err := Writer(path)
	host, _ := os.Hostname()
	if !ok || err != nil || h.Process == os.Getpid() || h.Process <= 0 || h.Host != host || began.Sub(h.Since).Abs() > time.Minute {
		t.Errorf("Writer = %+v, %v, %v", h, ok, err)
	}
	_, err = Open(t.Context(), path)
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "("+h.String()+")") {
		t.Errorf("Open = %v, want one that names %v", err, h)
	}
	kill()
	if h, ok, err := Writer(path); ok || err != nil {
		t.Errorf("after its death Writer = %+v, %v, %v", h, ok, err)
	}
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if h, ok, err := Writer(path); !ok || err != nil || h.Process != os.Getpid() {
		t.Errorf("of our own Writer = %+v, %v, %v", h, ok, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if h, ok, err := Writer(path); ok || err != nil {
		t.Errorf("after Close Writer = %+v, %v, %v", h, ok, err)
	}
	if _, _, err := Writer(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of no file: %v", err)
	}
}

// TestAskingWhoWritesRefusesNobody: however often it is asked, a crawl that begins meanwhile gets its lock.
func TestAskingWhoWritesRefusesNobody(t *testing.T) {
	f := create(t)
	path := f.Path()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+"-lock", []byte("1\n"), 0o666); err != nil { // of one that was killed
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		for ctx.Err() == nil {
			if _, _, err := Writer(path); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for range 50 {
		l, err := newLock(path)
		if err != nil {
			t.Error(err)
			break
		}
		if err := l.f.Close(); err != nil { // as death does: the file stays
			t.Error(err)
			break
		}
	}
	cancel()
	<-asked
}

func TestHolderMayBeAnything(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	for text, want := range map[string]Holder{
		"": {}, "x": {}, "-3\nh\n": {}, "12": {Process: 12}, "12\n": {Process: 12}, "12\nh": {Process: 12, Host: "h"},
		"12\nh\nyesterday\n":                {Process: 12, Host: "h"},
		"12\nh\n2026-03-04T05:06:07.089Z\n": {Process: 12, Host: "h", Since: created},
		strings.Repeat("1", 5000):           {},
		"12\n" + strings.Repeat("h", 5000):  {Process: 12, Host: strings.Repeat("h", 1021)},
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, readHolder(name)); diff != "" {
			t.Errorf("%.40q (-want +got):\n%s", text, diff)
		}
	}
}

func TestStandingCountsChecks(t *testing.T) {
	f := create(t)
	commit(t, f, Batch{
		Pages:  []*page.Page{{URL: "http://a.test/", Attempts: 1, Status: 200}},
		Checks: []Check{{URL: "http://b.test/", Turn: "b.test"}, {URL: "http://c.test/", Turn: "c.test"}, {URL: "http://d.test/", Turn: "d.test"}},
	})
	commit(t, f, Batch{Checks: []Check{{URL: "http://c.test/", Method: "HEAD", Page: &page.Page{URL: "http://c.test/", Attempts: 1, Status: 200}}}})
	s, err := f.Standing(t.Context(), Ask{Now: time.Now(), Most: 1})
	if err != nil || s.Checked != 1 || s.Unchecked != 2 || s.Pages != 1 {
		t.Errorf("%d checked, %d to be, %d pages, %v; want 1, 2, 1", s.Checked, s.Unchecked, s.Pages, err)
	}
}
