package frontier

import (
	"context"
	"fmt"
	"testing"
	"time"

	"amble/frontier/canon"
	"amble/politeness"
)

// spreader answers a seed with all the URLs, and everything else with nothing.
type spreader struct{ urls []canon.URL }

func (s spreader) Visit(_ context.Context, t *Task) Outcome {
	if t.Kind == Fetch && t.URL.Host() == "seed.test" {
		t.Admit(s.urls, canon.URL{})
	}
	return Outcome{}
}

// BenchmarkSchedule is the whole way of a URL through the frontier: admitted, queued, due, handed out, reported. One
// operation is one URL.
func BenchmarkSchedule(b *testing.B) {
	for _, domains := range []int{1, 1000, 100_000} {
		b.Run(fmt.Sprintf("domains=%d", domains), func(b *testing.B) {
			urls := make([]canon.URL, b.N)
			for i := range urls {
				urls[i] = mustParse(fmt.Sprintf("http://h%d.test/%d", i%domains, i))
			}
			f := New(Config{
				MaxDepth: 1, Workers: 2, PerHost: 16, IgnoreRobots: true, Seed: canon.NewSeed(),
				Random: func() float64 { return 0 },
			})
			f.Seed(mustParse("http://seed.test/"))
			b.ReportAllocs()
			b.ResetTimer()
			f.Run(b.Context(), spreader{urls})
		})
	}
}

// BenchmarkLoop is the loop alone, without goroutines: a URL is admitted, becomes due, is handed out and reported.
func BenchmarkLoop(b *testing.B) {
	for _, domains := range []int{1, 100_000} {
		b.Run(fmt.Sprintf("domains=%d", domains), func(b *testing.B) {
			known := make([]Known, b.N)
			f := New(Config{MaxDepth: -1, Workers: 2, PerHost: 1, IgnoreRobots: true, Pace: politeness.Pace{Interval: time.Nanosecond}})
			for i := range known {
				u := mustParse(fmt.Sprintf("http://h%d.test/%d", i%domains, i))
				known[i] = Known{URL: u, Key: f.cfg.Seed.Key(u)}
				_, known[i].row = f.Visited.add(known[i].Key, Path{}, new(uint32))
			}
			now := time.Now()
			b.ReportAllocs()
			b.ResetTimer()
			for _, k := range known {
				f.loop.admit(&k, now)
			}
			for range b.N {
				now = now.Add(time.Microsecond)
				t, _ := f.loop.next(now)
				f.loop.handed(t, now)
				f.loop.report(report{t, Outcome{Sent: now}}, now)
			}
		})
	}
}

func BenchmarkVisitedKnown(b *testing.B) {
	var v Visited
	keys := make([]canon.Key, 100_000)
	for i := range keys {
		keys[i] = canon.Seed(1).Key(mustParse(fmt.Sprintf("http://a.test/%d", i)))
		v.add(keys[i], Path{Depth: 1}, new(uint32))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if found, _ := v.add(keys[i%len(keys)], Path{Depth: 2}, new(uint32)); found != known {
			b.Fatal("not known")
		}
	}
}
