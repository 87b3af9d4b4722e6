//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"

	"amble/crawler/crawlertest"
)

// mostLost is the greatest number of pages that any death cost, by the number of workers, for the curious.
var mostLost sync.Map

// untold are bundled sites whose crawl depends on more than the site, so that there is nothing to hold a resumed crawl against.
var untold = map[string]string{
	"cookies":  "cookies live as long as a run: that is promised, and so a resumed crawl is another visitor to the server",
	"hugepage": "it takes ten times as long as any other",
}

// tortured are the bundled sites that can be held against an undisturbed crawl.
func tortured() (sites []*crawlertest.Site) {
	for _, s := range crawlertest.Sites() {
		if s.Name == "errors" {
			s.Args = append(s.Args, "--exclude", ":81/") // the server's log does not tell ports apart
		}
		if untold[s.Name] == "" {
			sites = append(sites, s)
		}
	}
	return sites
}

// maze is a maze that is crawled to its end.
func maze(t testing.TB, pages, hosts int, flags ...string) *crawlertest.Site {
	t.Helper()
	s, err := crawlertest.Maze(pages, hosts)
	if err != nil {
		t.Fatal(err)
	}
	s.Name = fmt.Sprintf("maze of %d pages on %d hosts", pages, hosts)
	s.Args = append([]string{"--depth", "-1", "--scope", "any", "--rate", "0"}, flags...)
	return s
}

// TestTortureKills kills crawls, and the runs that go on with them, at any moment.
func TestTortureKills(t *testing.T) {
	seed := needTorture(t)
	sites := tortured()
	mazes := []*crawlertest.Site{maze(t, 700, 1), maze(t, 700, 12), maze(t, 700, 12, "--per-host", "8"), maze(t, 100, 40)}
	var peaceful sync.Map // site's name -> func() *undisturbed, once
	t.Cleanup(func() {
		mostLost.Range(func(workers, n any) bool {
			t.Logf("with %d workers a death cost at most %d pages that were not yet on record", workers, n)
			return true
		})
	})
	for i := range uint64(*torture) {
		t.Run(strconv.FormatUint(seed+i, 10), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed+i, 0))
			all := sites
			if r.IntN(2) == 0 {
				all = mazes
			}
			site := all[r.IntN(len(all))]
			workers := []int{1, 64}[r.IntN(2)]
			once, _ := peaceful.LoadOrStore(fmt.Sprint(site.Name, site.Args), sync.OnceValue(func() *undisturbed { return undisturbedCrawl(t, site) }))
			want := once.(func() *undisturbed)()
			if want == nil || want.total == 0 {
				t.Fatalf("%s: there is no undisturbed crawl", site.Name)
			}
			o := newOrdeal(t, site, "--workers", strconv.Itoa(workers))
			o.repeat = fmt.Sprintf("go test ./cmd/amble -run '^TestTortureKills$' -torture 1 -torture-seed %d", seed+i)
			if *tortureRace && i%2 == 1 {
				o.command = built(t, true)
			}
			o.dieAndGoOn(r, want)
			o.same(want)
			o.frugal(want, workers)
		})
	}
}

// dieAndGoOn kills the crawl one to three times and sees it to its end.
func (o *ordeal) dieAndGoOn(r *rand.Rand, want *undisturbed) {
	o.t.Helper()
	run, plan := o.crawl, []string{o.site.Name, strings.Join(o.flags, " ")}
	for range 1 + r.IntN(3) {
		begun := o.server.Log().Len()
		left := max(1, want.total-begun)
		m := drawMoment(r, left)
		plan = append(plan, m.String())
		c := run()
		o.await(c, begun, m)
		if c.over() {
			run = o.resume // which has nothing to do
			o.ended(c)
			break
		}
		c.kill()
		run = o.resume
		if d := o.dead(); !d.begun {
			run = o.crawl // there is no crawl to go on with
		}
	}
	o.t.Logf("%s", strings.Join(plan, "; "))
	o.ended(run())
}

// dead notes how things stand now that a run was killed.
func (o *ordeal) dead() death {
	o.t.Helper()
	return o.examine(o.remains())
}

// remains takes a copy of what a death left, and counts the requests until then; examine reads it. Between the two, the crawl may go on.
func (o *ordeal) remains() (dir string, at int) {
	o.t.Helper()
	return o.snapshot(fmt.Sprintf("death-%d", len(o.deaths)+1)), o.server.Log().Len()
}

func (o *ordeal) examine(dir string, at int) death {
	o.t.Helper()
	d := death{contents: o.read(dir), at: at}
	if !d.begun && at > 0 {
		o.t.Errorf("there were %d requests and there is no crawl file", at)
	}
	o.deaths = append(o.deaths, d)
	return d
}

// ended waits for the run's end, which must be a good one.
func (o *ordeal) ended(c *child) {
	o.t.Helper()
	code, said := c.wait(), c.stderr.String()
	if code != exitDone {
		o.t.Fatalf("amble %s: exit code %d: %s", strings.Join(c.cmd.Args[1:], " "), code, said)
	}
	for _, fault := range []string{"DATA RACE", "a fault in amble", "panic"} {
		if strings.Contains(said, fault) {
			o.t.Errorf("amble %s: %s", strings.Join(c.cmd.Args[1:], " "), said)
		}
	}
}
