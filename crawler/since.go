package crawler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/fetch"
	"amble/crawler/page"
	"amble/frontier"
	"amble/frontier/canon"
)

// since is the earlier crawl that a crawl is compared with, and whose records stand in for pages that have not changed. It is safe
// for concurrent use; a nil one compares with nothing and stands in for nothing.
type since struct {
	cfg   *Config
	old   *crawlfile.Earlier
	said  reading  // how its records were made
	carry bool     // in a way that lets them stand in
	plain sync.Map // URLs whose record must be made anew, and origins that are not trusted: asked without condition
	wrong sync.Map // *atomic.Int32 by origin: answers that cannot be right
}

// maxWrong is how many wrong answers an origin may give to conditional requests before it is asked none any more: each costs a
// request more than a page that is simply read.
const maxWrong = 3

// earlier is a look into the earlier crawl for one task: what it has of the page, and how that was asked for.
type earlier struct {
	page *page.Page // in short; nil if there is none
	id   int64
	fetch.Request
}

// asked reports whether the request is conditional.
func (e *earlier) asked() bool { return e.IfNoneMatch != "" || e.IfModifiedSince != "" }

// openSince opens the earlier crawl that the configuration names; nil if it names none.
func openSince(ctx context.Context, cfg *Config) (*since, error) {
	if cfg.Since == "" {
		return nil, nil
	}
	if cfg.File != "" && sameFile(cfg.File, cfg.Since) {
		return nil, fmt.Errorf("crawler: %s cannot be the crawl file and the earlier crawl at once: write to another file", cfg.Since)
	}
	old, err := crawlfile.OpenEarlier(ctx, cfg.Since)
	if err != nil {
		return nil, fmt.Errorf("crawler: the earlier crawl: %w", err)
	}
	s := &since{cfg: cfg, old: old}
	why := ""
	if s.said, why = readingOf(old.Info().Reading); why == "" {
		why = s.said.differs(cfg.reading())
	}
	if s.carry = why == ""; !s.carry {
		cfg.Logger.Warn("all pages are read anew, and compared with the earlier crawl", "earlier", cfg.Since, "because", why)
	}
	end, err := old.End(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("crawler: the earlier crawl: %w", err), old.Close())
	}
	if end.State != crawlfile.Complete {
		cfg.Logger.Warn("the earlier crawl did not come to its end: what it had not fetched counts as new", "earlier", cfg.Since, "state", end.State)
	}
	return s, nil
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

func (s *since) close() error {
	if s == nil {
		return nil
	}
	return s.old.Close()
}

// find looks a page up and decides on what condition it is asked for.
func (s *since) find(ctx context.Context, t *frontier.Task) (e earlier, err error) {
	if s == nil {
		return e, nil
	}
	e.page, e.id, err = s.old.Find(ctx, t.URL.String())
	if err != nil || e.page == nil || !s.stands(e.page) || s.isPlain(t.Origin) || s.isPlain(t.URL.String()) {
		return e, err
	}
	p := e.page
	if fetch.CanMatch(p.ETag) {
		e.IfNoneMatch = p.ETag
	}
	// A page that was changed in the second in which it was fetched may have changed once more in it (RFC 9110, section 8.8.2.2).
	if at, err := http.ParseTime(p.LastModified); err == nil && (e.IfNoneMatch != "" || at.Before(p.FetchedAt.Add(-time.Second))) {
		e.IfModifiedSince = p.LastModified
	}
	return e, nil
}

func (s *since) isPlain(of string) bool {
	_, ok := s.plain.Load(of)
	return ok
}

// stands reports whether a record is what a crawl would make of the page today, if it has not changed.
func (s *since) stands(p *page.Page) bool {
	return s.carry && p.Status == http.StatusOK && p.Err == nil && !p.Truncated &&
		!(s.said.RespectNoindex && strings.Contains(p.Robots, asksNoindex)) && // it holds no content
		!(s.cfg.ReadAll && p.SHA256 == "")
}

// doubts reports whether a 304 is about another page than the one on record.
func (s *since) doubts(t *frontier.Task, e *earlier, resp *fetch.Response) bool {
	p, why := e.page, ""
	switch {
	case e.IfNoneMatch != "" && resp.ETag != "" && !fetch.SameTag(resp.ETag, p.ETag): // RFC 9111, section 4.3.4
		why = fmt.Sprintf("another ETag (%s) than it was asked about (%s)", clip(resp.ETag, 100), clip(p.ETag, 100))
	case (e.IfNoneMatch == "" || resp.ETag == "") && modifiedSince(p, resp.LastModified):
		why = fmt.Sprintf("a Last-Modified (%s) that is later than the page it was asked about", clip(resp.LastModified, 100))
	default:
		return false
	}
	s.mistrust(t, "304 Not Modified with "+why)
	return true
}

// mistrust has a page asked for without condition, and all pages of its origin where such answers are the rule.
func (s *since) mistrust(t *frontier.Task, answer string) {
	s.plain.Store(t.URL.String(), true)
	s.cfg.Logger.Debug("asking again, without condition", "url", t.URL.String(), "answer", answer)
	n, _ := s.wrong.LoadOrStore(t.Origin, new(atomic.Int32))
	if n.(*atomic.Int32).Add(1) == maxWrong {
		s.plain.Store(t.Origin, true)
		s.cfg.Logger.Warn("a server contradicts itself when it is asked what has changed: all of its pages are read anew",
			"url", t.URL.String(), "answer", answer)
	}
}

// modifiedSince reports whether a Last-Modified says that the page was modified after its record was made.
func modifiedSince(p *page.Page, lastModified string) bool {
	now, err := http.ParseTime(lastModified)
	if err != nil {
		return false
	}
	before, err := http.ParseTime(p.LastModified)
	if err != nil {
		before = p.FetchedAt
	}
	return now.After(before)
}

// maxUnreached is how many pages one commit reports.
const maxUnreached = 1000

// miss finds what the earlier crawl read and this one, which is complete, did not come to.
func (r *run) miss(ctx context.Context) error {
	if r.since == nil {
		return nil
	}
	var b crawlfile.Batch
	report := func() error {
		r.mu.Lock()
		r.stats.Unreached += len(b.Unreached)
		if r.all {
			for _, u := range b.Unreached {
				r.unreached = append(r.unreached, u.URL)
			}
		}
		r.mu.Unlock()
		err := r.store.Commit(ctx, &b)
		b.Unreached = b.Unreached[:0]
		return err
	}
	for u, err := range r.since.old.Read(ctx) {
		if err != nil {
			return err
		}
		if at, err := canon.Parse(u.URL); err == nil && r.frontier.Visited.Sealed(r.seed.Key(at)) {
			continue
		}
		if b.Unreached = append(b.Unreached, u); len(b.Unreached) == maxUnreached {
			if err := report(); err != nil {
				return err
			}
		}
	}
	return report()
}
