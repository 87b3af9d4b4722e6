package frontier

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/frontier/canon"
	"amble/politeness"
)

// TestCostlyAndForgottenRulesChangeNothing: a crawl whose URLs are judged by workers, and whose rules are forgotten whenever those of
// another origin are asked, is the crawl that it would be otherwise, and asks for no robots.txt twice.
func TestCostlyAndForgottenRulesChangeNothing(t *testing.T) {
	filler := strings.Repeat("Disallow: /not-there\n", 20) // or the rules would be too small to be forgotten
	judged, recalled, denied := 0, 0, 0
	for i := range 2000 {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(i), 3))
			w := randomWeb(r)
			clear(w.down)
			for u := range w.pages {
				if o := mustParse(u).Origin(); w.robots[o] == "" {
					w.robots[o] = fmt.Sprintf("User-agent: *\nDisallow: /%d\n", r.IntN(10))
				}
			}
			for o := range w.robots {
				w.robots[o] += filler
			}
			cfg := Config{
				MaxDepth: r.IntN(6) - 1, MaxRedirects: r.IntN(4), Workers: 1 + r.IntN(8), PerHost: 1 + r.IntN(3),
				Pace: politeness.Pace{Interval: time.Duration(r.IntN(3)) * 500 * time.Millisecond, Burst: 1},
				Seed: canon.Seed(i), ByAddress: r.IntN(3) == 0, Window: r.IntN(5), Recalls: true, Random: r.Float64,
			}
			f := New(cfg)
			f.loop.shelf.most = 1
			f.loop.costly = func(_ *politeness.Robots, target string) bool { return len(target)%2 == 0 }
			s := newSurfer(w)
			for _, u := range w.seeds {
				f.Seed(mustParse(u))
			}
			f.Run(t.Context(), s)
			want := w.breadthFirst(cfg.MaxDepth, cfg.MaxRedirects, w.allowed)
			if diff := gocmp.Diff(want, s.records); diff != "" {
				t.Fatalf("case %d: crawl differs from breadth-first search (-want +got):\n%s\nconfig %+v\nweb %+v", i, diff, cfg, w)
			}
			for o, n := range s.asked {
				if n != 1 {
					t.Errorf("case %d: robots.txt of %s was asked for %d times", i, o, n)
				}
				recalled += s.recalls[o]
			}
			for u := range s.records {
				switch _, asked := s.fetched[u]; {
				case w.allowed(u) != asked:
					t.Errorf("case %d: %s is allowed: %t, was asked for: %t", i, u, w.allowed(u), asked)
				case !asked:
					denied++
				case f.loop.costly(nil, mustParse(u).RequestTarget()):
					judged++
				}
			}
			s.checkManners(t, cfg)
			if n := len(f.loop.shelf.origins); n > 1 {
				t.Errorf("case %d: the rules of %d origins are in memory", i, n)
			}
		})
		if t.Failed() {
			return
		}
	}
	if judged < 1000 || recalled < 1000 || denied < 1000 {
		t.Errorf("judged %d, recalled %d, denied %d: too few to prove anything", judged, recalled, denied)
	}
}

// lingering is a surfer whose rules take a second to ask.
type lingering struct{ *surfer }

func (l lingering) Visit(ctx context.Context, t *Task) Outcome {
	if t.it.judge {
		time.Sleep(time.Second) // a denied URL is judged and recorded in one
	}
	return l.surfer.Visit(ctx, t)
}

// TestCostlyRulesHoldUpNobodyElse: a host with URLs that take long to judge, a hundred of them, occupies one worker and no turn of
// another host.
func TestCostlyRulesHoldUpNobodyElse(t *testing.T) {
	w := &web{pages: map[string]answer{}, robots: map[string]string{"http://a.test": "User-agent: *\nDisallow: /costly"}, seeds: []string{"http://a.test/", "http://b.test/"}}
	var costly, plain []string
	for i := range 100 {
		costly = append(costly, fmt.Sprintf("http://a.test/costly%d", i))
		plain = append(plain, fmt.Sprintf("http://b.test/%d", i))
	}
	w.pages["http://a.test/"], w.pages["http://b.test/"] = answer{links: costly}, answer{links: plain}
	synctest.Test(t, func(t *testing.T) {
		f := New(Config{MaxDepth: 1, Workers: 2, PerHost: 1, Pace: politeness.Pace{Interval: 100 * time.Millisecond, Burst: 1}})
		f.loop.costly = func(_ *politeness.Robots, target string) bool { return strings.HasPrefix(target, "/costly") }
		s := newSurfer(w)
		for _, u := range w.seeds {
			f.Seed(mustParse(u))
		}
		f.Run(t.Context(), lingering{s})
		if len(s.records) != 202 {
			t.Errorf("%d URLs are on record, want 202", len(s.records))
		}
		if starts := s.starts["b.test"]; slices.MaxFunc(starts, time.Time.Compare).Sub(s.begun) > 10200*time.Millisecond {
			t.Errorf("the other host was done after %v, want 10.1s", starts[len(starts)-1].Sub(s.begun))
		}
	})
}

// TestRulesTakeBoundedMemory: what is in memory of the rules of many origins is what the shelf allows, and the other rules come back.
func TestRulesTakeBoundedMemory(t *testing.T) {
	w := &web{pages: map[string]answer{}, robots: map[string]string{}}
	var rules strings.Builder
	rules.WriteString("User-agent: *\n")
	for i := range 5000 {
		fmt.Fprintf(&rules, "Disallow: /private/%d\n", i)
	}
	const hosts = 200
	for i := range hosts {
		host := fmt.Sprintf("http://h%d.test", i)
		w.robots[host] = rules.String()
		w.seeds = append(w.seeds, host+"/")
		w.pages[host+"/"] = answer{links: []string{host + "/a", host + "/private/7", fmt.Sprintf("http://h%d.test/b", (i+1)%hosts)}, delay: time.Duration(i%7) * time.Second}
	}
	synctest.Test(t, func(t *testing.T) {
		f := New(Config{MaxDepth: 1, Workers: 16, PerHost: 1, Recalls: true, Pace: politeness.Pace{Interval: time.Second, Burst: 1}})
		s := newSurfer(w)
		for _, u := range w.seeds {
			f.Seed(mustParse(u))
		}
		f.Run(t.Context(), s)
		size := 0
		for _, g := range f.loop.origins {
			if g.rules != nil {
				size += g.rules.Size()
			}
		}
		if one := s.rules["http://h0.test"].Rules.Size(); size > shelfBytes || size != f.loop.shelf.size || hosts*one < 2*shelfBytes {
			t.Errorf("rules of %d bytes are in memory, and counted as %d, of %d", size, f.loop.shelf.size, hosts*one)
		}
		if len(s.records) != 4*hosts || len(s.fetched) != 3*hosts {
			t.Errorf("%d on record, %d fetched, want %d and %d", len(s.records), len(s.fetched), 4*hosts, 3*hosts)
		}
	})
}
