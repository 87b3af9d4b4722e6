package crawlfile

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func trafficOf(t *testing.T, f *File) (all []Traffic) {
	t.Helper()
	for tr, err := range f.Traffic(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, tr)
	}
	return all
}

func TestTrafficComesBack(t *testing.T) {
	f := create(t)
	full := Traffic{
		Domain: "a.test", Requests: 5, Interval: 1500 * time.Millisecond, CrawlDelay: 1500 * time.Millisecond,
		Least: 1500001 * time.Microsecond, Median: 2 * time.Second, Gaps: []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1}, Most: 2,
		Waited:  map[string]time.Duration{"rate": time.Second, "crawl-delay": 3 * time.Second, "none": 0},
		FirstAt: created, LastAt: created.Add(time.Minute),
	}
	lone := Traffic{Domain: "b.test", Requests: 1, Most: 1, FirstAt: created, LastAt: created}
	earlier := Traffic{Domain: "a.test", Requests: 1, Gaps: []int{9}, Waited: map[string]time.Duration{"server": 1}}
	if !(&Batch{}).Empty() || (&Batch{Traffic: []Traffic{lone}}).Empty() || (&Batch{Listed: []Listed{{}}}).Empty() {
		t.Error("Empty is wrong about traffic or listed URLs")
	}
	commit(t, f, Batch{Traffic: []Traffic{lone, earlier}})
	commit(t, f, Batch{Traffic: []Traffic{full}})
	if diff := cmp.Diff([]Traffic{full, lone}, trafficOf(t, f)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if full.Span() != time.Minute {
		t.Errorf("span %v, want 1m", full.Span())
	}
	for q, want := range map[string][]string{
		"SELECT * FROM waits ORDER BY reason":                                        {"a.test|crawl-delay|3000|75", "a.test|rate|1000|25"},
		"SELECT * FROM gaps ORDER BY from_ms":                                        {"a.test|1000|2000|3", "a.test|2000|5000|1"},
		"SELECT least_gap_ms, interval_ms FROM traffic ORDER BY domain":              {"1500.001|1500", "NULL|NULL"},
		"SELECT gaps, waited, first_at, most_in_flight FROM traffic LIMIT 1":         {`[0,0,0,0,0,0,0,0,0,0,3,1]|{"crawl-delay":3000,"none":0,"rate":1000}|2026-03-04T05:06:07.089Z|2`},
		"SELECT count(*) FROM traffic WHERE gaps IS NULL AND crawl_delay_ms IS NULL": {"1"},
	} {
		if diff := cmp.Diff(want, query(t, f.Path(), q)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", q, diff)
		}
	}
}

func TestGapClasses(t *testing.T) {
	bounds := GapBounds()
	if !slices.IsSorted(bounds) || bounds[0] != time.Millisecond || bounds[len(bounds)-1] != time.Hour {
		t.Errorf("bounds %v", bounds)
	}
	if got := GapClasses(nil); got != nil {
		t.Errorf("no gaps have the classes %v", got)
	}
	// Each bound opens the class above it, what is just shorter belongs below.
	for i, b := range bounds {
		got := GapClasses([]time.Duration{b - 1, b, b})
		want := make([]int, i+2)
		want[i], want[i+1] = 1, 2
		if !slices.Equal(got, want) {
			t.Errorf("gaps about %v are in the classes %v, want %v", b, got, want)
		}
	}
	f := create(t)
	commit(t, f, Batch{Traffic: []Traffic{{Domain: "a.test", Gaps: GapClasses([]time.Duration{0, 2 * time.Hour})}}})
	if diff := cmp.Diff([]string{"a.test|0|1|1", "a.test|3600000|NULL|1"}, query(t, f.Path(), "SELECT * FROM gaps")); diff != "" {
		t.Errorf("the outermost classes (-want +got):\n%s", diff)
	}
}
