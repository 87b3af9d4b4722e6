package frontier

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"amble/frontier/canon"
	"amble/politeness"
)

// web is a made-up web: what each URL answers, and how slowly.
type web struct {
	pages  map[string]answer
	robots map[string]string // by origin; none means that everything is allowed
	later  map[string]string // robots.txt by origin after changes
	change time.Duration     // when they change; 0 means never
	seeds  []string
	down   map[string]outage // by host
	lives  map[string]string // IP addresses of hosts
}

// outage is a time in which a host does not answer, from the beginning of the crawl. With robots set, it is only its robots.txt.
type outage struct {
	from, to time.Duration
}

type answer struct {
	links    []string
	redirect string
	delay    time.Duration
	failures int      // so many attempts fail in a way that may pass
	sitemap  []string // what it lists as a sitemap
}

// surfer visits the web as the crawler package would, and keeps the records as its collector would.
type surfer struct {
	w *web

	mu      sync.Mutex
	records map[string]Path
	held    map[string]string // why by URL, of what limits held back
	waiting []canon.URL       // met and not recorded
	pending map[string]Path   // of these
	backlog map[string]bool   // recorded, and to be replayed
	commits int               // so many more are kept before dies is called
	dies    func()
	lag     func() time.Duration // between what a page leads to being admitted and its being kept; nil is none
	refills int                  // Refill tasks
	replays map[string]int       // that are under way, by URL
	fetched map[string]int       // attempts by URL
	asked   map[string]int       // robots.txt requests by origin
	recalls map[string]int       // Recall tasks by origin
	rules   map[string]Outcome   // that were read, by origin
	starts  map[string][]time.Time
	active  map[string]int
	most    map[string]int
	begun   time.Time
	when    map[string]time.Time // of the last request for each URL
}

func newSurfer(w *web) *surfer {
	return &surfer{
		w: w, records: map[string]Path{}, held: map[string]string{}, pending: map[string]Path{}, backlog: map[string]bool{}, fetched: map[string]int{}, asked: map[string]int{},
		replays: map[string]int{}, recalls: map[string]int{}, rules: map[string]Outcome{}, starts: map[string][]time.Time{}, active: map[string]int{}, most: map[string]int{}, begun: time.Now(), when: map[string]time.Time{},
	}
}

func (s *surfer) Visit(_ context.Context, t *Task) Outcome {
	switch t.Kind {
	case Locate:
		return Outcome{Address: s.w.lives[t.URL.Host()]}
	case Refill:
		return s.refill(t)
	case Recall:
		s.count(s.recalls, t.Origin)
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.rules[t.Origin]
	case Settle:
		return Outcome{}
	case Backlog:
		s.mu.Lock()
		defer s.mu.Unlock()
		return Outcome{Pages: parseAll(slices.Sorted(maps.Keys(s.backlog)))}
	case Relist:
		s.record(t, t.AdmitListed(t.Listed))
		return Outcome{}
	case Skip:
		if t.Denied.Trap != "" {
			s.hold(t)
		}
		s.record(t, Admitted{})
		return Outcome{}
	case Replay:
		if s.count(s.replays, t.URL.String()) > 1 {
			panic("replayed twice at once: " + t.URL.String())
		}
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.replays, t.URL.String())
		}()
		a := s.w.pages[t.URL.String()]
		if !s.w.allowed(t.URL.String()) || s.heldBack(t.URL) {
			a = answer{} // the record of a page that was never read has no links
		}
		return s.read(t, a, Outcome{})
	}
	url := t.URL.String()
	a := s.w.pages[url]
	o := s.ask(t, a)
	switch {
	case t.Kind == Robots:
		return s.robots(t, o)
	case t.Kind == Sitemap:
		s.count(s.fetched, url)
		o.Sitemaps = parseAll(a.links)
		s.record(t, t.AdmitListed(parseAll(a.sitemap)))
		return o
	case o.Down && (t.Probe() || !t.Last()), !o.Down && s.count(s.fetched, url) <= a.failures && !t.Last():
		o.Retry = true
		return o
	}
	return s.read(t, a, o)
}

// ask makes a request.
func (s *surfer) ask(t *Task, a answer) Outcome {
	o := Outcome{Sent: time.Now()}
	s.request(t.URL, +1)
	if t.Sent(o.Sent); a.delay > 0 {
		time.Sleep(a.delay)
	}
	s.request(t.URL, -1)
	o.Answered, o.Ended = time.Now(), time.Now()
	at, out := o.Sent.Sub(s.begun), s.w.down[t.URL.Host()]
	o.Down = at >= out.from && at < out.to
	return o
}

func (s *surfer) robots(t *Task, o Outcome) Outcome {
	s.count(s.asked, t.Origin)
	if out := s.w.down["robots"]; o.Sent.Sub(s.begun) >= out.from && o.Sent.Sub(s.begun) < out.to {
		o.Down = true
	}
	if o.Down {
		o.Retry, o.RobotsErr, o.Rules = true, errDown, politeness.RobotsFor(0, "", nil, "amble")
		return o
	}
	text := s.w.robots[t.Origin]
	if s.w.change > 0 && o.Sent.Sub(s.begun) >= s.w.change {
		text = s.w.later[t.Origin]
	}
	o.Rules = politeness.ParseRobots([]byte(text), "amble")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules[t.Origin] = Outcome{Rules: o.Rules, ReadAt: time.Now()}
	return o
}

// read admits what a page leads to and records it.
func (s *surfer) read(t *Task, a answer, o Outcome) Outcome {
	var redirect canon.URL
	if a.redirect != "" {
		redirect = mustParse(a.redirect)
	}
	admitted := t.Admit(parseAll(a.links), redirect)
	if s.lag != nil {
		time.Sleep(s.lag())
	}
	s.record(t, admitted)
	return o
}

func (s *surfer) request(u canon.URL, change int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := u.Domain()
	if change > 0 {
		s.starts[d] = append(s.starts[d], time.Now())
		s.when[u.String()] = time.Now()
	}
	s.active[d] += change
	s.most[d] = max(s.most[d], s.active[d])
}

// refill does what the crawl file does.
func (s *surfer) refill(t *Task) Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	var o Outcome
	s.waiting = slices.DeleteFunc(s.waiting, func(u canon.URL) bool {
		_, ok := s.records[u.String()]
		return ok
	})
	slices.SortStableFunc(s.waiting, func(a, b canon.URL) int { return s.pending[a.String()].Depth - s.pending[b.String()].Depth })
	s.refills++
	for left, i := t.Most, 0; left > 0 && i < len(s.waiting); i++ {
		if u := s.waiting[i]; u.Domain() == t.URL.Domain() {
			o.Waiting = append(o.Waiting, u)
			left -= Weight(u.String())
		}
	}
	return o
}

func (s *surfer) hold(t *Task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[t.URL.String()] = t.Denied.Trap
}

func (s *surfer) heldBack(u canon.URL) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[u.String()] != ""
}

func (s *surfer) count(m map[string]int, key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	m[key]++
	return m[key]
}

// record does what the collector does: seal and write the page, then correct what was written.
func (s *surfer) record(t *Task, a Admitted) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.Kind == Fetch || t.Kind == Skip {
		url := t.URL.String()
		if _, twice := s.records[url]; twice {
			panic("recorded twice: " + url)
		}
		s.records[url], _ = t.f.Visited.Seal(t.Key)
		delete(s.pending, url)
		if t.Kind == Fetch && t.f.Outdated(a, s.records[url]) {
			s.backlog[url] = true
		}
	}
	if t.Kind == Replay && !t.f.Outdated(a, t.f.Path(t.URL)) {
		delete(s.backlog, t.URL.String())
	}
	s.admitted(a)
	if s.commits--; s.commits == 0 && s.dies != nil {
		s.dies()
	}
}

// admitted does so with what was met.
func (s *surfer) admitted(a Admitted) {
	for k := range a.Revealed() {
		url := k.URL.String()
		if _, ok := s.records[url]; !ok {
			s.wait(k)
		}
	}
	for k := range a.Improved() {
		url := k.URL.String()
		if was, ok := s.records[url]; !ok {
			s.wait(k)
		} else if s.improve(s.records, url, k.Path); k.Path.step().less(was.step()) {
			s.backlog[url] = true
		}
	}
}

func (s *surfer) wait(k *Known) {
	url := k.URL.String()
	if _, ok := s.pending[url]; !ok {
		s.waiting = append(s.waiting, k.URL)
	}
	s.improve(s.pending, url, k.Path)
}

func (s *surfer) improve(in map[string]Path, url string, p Path) {
	if was, ok := in[url]; !ok || p.less(was) {
		in[url] = p
	}
}

// restore has a frontier go on with what another surfer has kept.
func (s *surfer) restore(f *Frontier) {
	for _, r := range s.kept(f) {
		f.Restore(r)
	}
	if len(s.backlog) > 0 {
		f.RestoreBacklog()
	}
}

// restoreLate does so while it runs, in any order and as slowly as r has it; the function returned waits until that is over.
func (s *surfer) restoreLate(f *Frontier, r *rand.Rand) (wait func()) {
	all, backlog := s.kept(f), len(s.backlog) > 0
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	f.Expect(len(s.records) > 0)
	slow := time.Duration(r.IntN(3)) * time.Second
	var g sync.WaitGroup
	g.Go(func() {
		for i := 0; i < len(all); {
			time.Sleep(time.Duration(r.Int64N(int64(slow) + 1)))
			n := min(len(all)-i, 1+r.IntN(5))
			if !f.RestoreMore(all[i : i+n]) {
				return
			}
			i += n
		}
		time.Sleep(time.Duration(r.Int64N(int64(slow) + 1)))
		f.RestoreEnd(backlog)
	})
	return g.Wait
}

// kept are all the URLs that another surfer has kept.
func (s *surfer) kept(f *Frontier) (all []*Restored) {
	for url, p := range s.records {
		all = append(all, &Restored{URL: mustParse(url), Path: p})
	}
	n := uint32(0)
	for url, p := range s.pending {
		n++
		r := &Restored{URL: mustParse(url), Path: p, Record: n, Root: p == Path{}}
		all = append(all, r)
		s.waiting = append(s.waiting, r.URL)
	}
	for _, r := range all {
		f.Look(r)
	}
	return all
}

var errDown = errors.New("no answer")

func parseAll(raw []string) []canon.URL {
	var urls []canon.URL
	for _, s := range raw {
		urls = append(urls, mustParse(s))
	}
	return urls
}

func mustParse(raw string) canon.URL {
	u, err := canon.Parse(raw)
	if err != nil {
		panic(err)
	}
	return u
}

// heavy is a surfer whose answers have so many bytes.
type heavy struct {
	*surfer
	bytes int64
}

func (h heavy) Visit(ctx context.Context, t *Task) Outcome {
	o := h.surfer.Visit(ctx, t)
	o.Bytes = h.bytes
	return o
}

// busyFor is a surfer who is answered 503 from one request to another, by number.
type busyFor struct {
	*surfer
	from, to int

	mu sync.Mutex
	n  int
}

func (b *busyFor) Visit(ctx context.Context, t *Task) Outcome {
	b.mu.Lock()
	n := b.n
	b.n++
	b.mu.Unlock()
	if n >= b.from && n < b.to {
		b.request(t.URL, +1)
		b.request(t.URL, -1)
		return Outcome{Retry: true, Busy: true, Sent: time.Now()}
	}
	return b.surfer.Visit(ctx, t)
}

func onHost(host string) func(canon.URL) bool {
	return func(u canon.URL) bool { return u.Host() == host }
}

// gaps are the times between successive times.
func gaps(times []time.Time) []time.Duration {
	sorted := slices.SortedFunc(slices.Values(times), func(a, b time.Time) int { return cmp.Compare(a.UnixNano(), b.UnixNano()) })
	var g []time.Duration
	for i := 1; i < len(sorted); i++ {
		g = append(g, sorted[i].Sub(sorted[i-1]))
	}
	return g
}

func newRand(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }
