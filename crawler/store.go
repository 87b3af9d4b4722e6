package crawler

import (
	"context"

	"amble/crawler/crawlfile"
)

// store keeps the records of a crawl. Only the collector uses it while the crawl runs.
type store interface {
	Commit(context.Context, *crawlfile.Batch) error // all or nothing
	Links(ctx context.Context, url string) (storedLinks, error)
	Chain(ctx context.Context, url string, most int) (int, error)
	RobotsOf(ctx context.Context, origin string) (crawlfile.RobotsRecord, bool, error)
	Backlog(ctx context.Context, after int64, most int) (urls []string, last int64, err error)
	ListedURLs(ctx context.Context, take func([]string)) error
	Waiting(ctx context.Context, domain string, most int, weight func(url string) int) ([]string, error)
	ChecksWaiting(ctx context.Context, turn string, most int, weight func(url string) int) ([]string, error)
	End(context.Context, crawlfile.End) error
	Close() error
}

// fileStore is a store in a crawl file.
type fileStore struct{ *crawlfile.File }

func (s fileStore) Links(ctx context.Context, url string) (storedLinks, error) {
	p, ok, err := s.File.Page(ctx, url)
	if err != nil || !ok {
		return storedLinks{}, err
	}
	return edges(p, nil), nil
}

// Chain is the number of redirects in a row that led to a recorded page, by the path on record; most at the most.
func (s fileStore) Chain(ctx context.Context, url string, most int) (n int, err error) {
	p, ok, err := s.File.Page(ctx, url)
	for err == nil && ok && n < most && p.Referrer != "" {
		to := p.URL
		if p, ok, err = s.File.Page(ctx, p.Referrer); err != nil || !ok || forwards(p) != to {
			break
		}
		n++
	}
	return n, err
}

func (s fileStore) End(ctx context.Context, e crawlfile.End) error { return s.SetEnd(ctx, e) }

// memoryStore is a store for a crawl without a crawl file: what all pages lead to, since a shorter path to any of them
// may turn up as long as the crawl runs.
type memoryStore map[string]storedLinks

func (s memoryStore) Commit(_ context.Context, b *crawlfile.Batch) error {
	for _, p := range b.Pages {
		s[p.URL] = edges(p, nil)
	}
	return nil
}

func (s memoryStore) Links(_ context.Context, url string) (storedLinks, error) { return s[url], nil }

// Chain is that of no page: without earlier runs the schedule knows better.
func (memoryStore) Chain(context.Context, string, int) (int, error) { return 0, nil }

// RobotsOf, Backlog and ListedURLs are never asked: there were no earlier runs.
func (memoryStore) RobotsOf(context.Context, string) (r crawlfile.RobotsRecord, ok bool, err error) {
	return r, false, nil
}
func (memoryStore) Backlog(context.Context, int64, int) ([]string, int64, error) { return nil, 0, nil }

func (memoryStore) ListedURLs(context.Context, func([]string)) error { return nil }

// Waiting is never asked: without a crawl file all that waits is in memory.
func (memoryStore) Waiting(context.Context, string, int, func(string) int) ([]string, error) {
	return nil, nil
}

// ChecksWaiting is never asked: links are checked with a crawl file alone.
func (memoryStore) ChecksWaiting(context.Context, string, int, func(string) int) ([]string, error) {
	return nil, nil
}
func (memoryStore) End(context.Context, crawlfile.End) error { return nil }
func (memoryStore) Close() error                             { return nil }
