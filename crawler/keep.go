package crawler

import (
	"path/filepath"
	"time"

	"amble/crawler/crawlfile"
	"amble/frontier"
)

// How often what must outlive the run is written to the crawl file: the figures of the traffic, and a sign of life. What a server
// asked for, and hosts that fail, are written as soon as that is known.
const (
	keepEvery  = time.Second
	notesEvery = 10 * time.Second
	aliveEvery = 5 * time.Second
)

// keep is the life of the keeper: it has the collector write down what the loop knows and would be lost if the run were killed, and
// watches the clock and the disk. It ends when over is closed.
func (r *run) keep(over <-chan struct{}, f *frontier.Frontier) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	var alive, noted time.Time
	keeps := r.cfg.File != ""
	for {
		rec := &record{}
		now := time.Now()
		if keeps && now.Sub(alive) >= aliveEvery {
			rec.alive, alive = now, now
		}
		all := now.Sub(noted) >= notesEvery
		if all {
			noted = now
		}
		if keeps {
			if c := f.Changes(all); len(c.Domains)+len(c.Origins) > 0 {
				rec.changes = &c
			}
			if rec.changes != nil || !rec.alive.IsZero() {
				r.records <- rec
			}
			r.mindDisk(f)
		}
		// By the clock on the wall, which is what people mean: the machine may have slept.
		if at := r.cfg.StopAt; !at.IsZero() && !now.Round(0).Before(at) {
			r.limit("the time to stop, " + at.Format("15:04") + ", was reached")
		}
		select {
		case <-tick.C:
		case <-f.Changed():
		case <-over:
			return
		}
	}
}

// diskWatch is how the crawl pauses while the disk of its file is nearly full.
type diskWatch struct {
	paths  []string // folders on it, or on others that are as good as it is
	least  int64    // bytes
	paused bool
	said   bool
}

// full is why a crawl pauses for its disk.
const full = "the disk is nearly full"

// begin looks at the disk before the first request, and returns why the crawl is to begin with a pause; "" if it is not.
func (w *diskWatch) begin(cfg *Config) string {
	if w.least = cfg.MinFreeDisk; cfg.File == "" {
		w.least = 0
	}
	w.paths = []string{filepath.Dir(cfg.File)}
	if cfg.WARC != "" {
		w.paths = append(w.paths, filepath.Dir(cfg.WARC))
	}
	if cfg.Mirror != "" {
		w.paths = append(w.paths, filepath.Dir(filepath.Clean(cfg.Mirror)))
	}
	if free, err := w.free(); w.least > 0 && err == nil && free < w.least {
		w.paused = true
		w.tell(cfg, free)
		return full
	}
	return ""
}

// free is how many bytes are free on the fullest of the disks.
func (w *diskWatch) free() (least int64, err error) {
	for i, path := range w.paths {
		free, err := freeDisk(path)
		if err != nil {
			return 0, err
		}
		if i == 0 || free < least {
			least = free
		}
	}
	return least, nil
}

func (w *diskWatch) tell(cfg *Config, free int64) {
	cfg.Logger.Warn(full+": the crawl pauses until there is room", "free_mib", free>>20, "least_mib", w.least>>20)
}

// mindDisk pauses the crawl if less than the least room is free on the disk, and lets it go on when there is a tenth more.
func (r *run) mindDisk(f *frontier.Frontier) {
	w := &r.disk
	if w.least == 0 {
		return
	}
	free, err := w.free()
	switch {
	case err != nil:
		if !w.said {
			w.said = true
			r.cfg.Logger.Warn("the free room on the disk cannot be told: the crawl does not pause for it", "error", err.Error())
		}
	case !w.paused && free < w.least:
		w.paused = true
		w.tell(r.cfg, free)
		f.Hold(full)
	case w.paused && free >= w.least+w.least/10:
		w.paused = false
		r.cfg.Logger.Info("there is room on the disk again: the crawl goes on", "free_mib", free>>20)
		f.Release()
	}
}

// note puts what the loop knows into a commit.
func (r *run) note(b *crawlfile.Batch, c *frontier.Changes) {
	for i := range c.Domains {
		b.Traffic = append(b.Traffic, r.traffic(&c.Domains[i]))
	}
	for i := range c.Origins {
		b.Origins = append(b.Origins, originOf(&c.Origins[i]))
	}
}

// last is what is left to be written when the crawl has ended.
func (r *run) last() *crawlfile.Batch {
	b := crawlfile.Batch{Alive: time.Now()}
	f := r.schedule()
	r.note(&b, &frontier.Changes{Domains: f.Traffic(), Origins: f.Origins()})
	return &b
}

// traffic is what was observed of a domain, in this run and in those before.
func (r *run) traffic(t *frontier.Traffic) crawlfile.Traffic {
	all := crawlfile.Traffic{
		Domain: t.Domain, Requests: t.Requests, Bytes: t.Bytes, Interval: t.Interval, Least: t.Least, Median: t.Median,
		Most: t.Most, Waited: t.Waited, FirstAt: t.First, LastAt: t.Last, Gaps: t.Gaps,
		NotBefore: t.NotBefore, Why: t.Reason.String(), Busy: t.Busy,
	}
	if t.NotBefore.IsZero() {
		all.Why = ""
	}
	if t.Asked {
		all.CrawlDelay = t.Interval
	}
	if before, ok := r.before[t.Domain]; ok {
		add(&all, before)
	}
	return all
}

func originOf(o *frontier.Origin) crawlfile.Origin {
	return crawlfile.Origin{Name: o.Name, Failures: o.Failures, Probe: o.Probe, Probes: o.Probes, Bytes: o.Bytes}
}
