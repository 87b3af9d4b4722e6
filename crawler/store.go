package crawler

import (
	"context"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
	"amble/frontier/canon"
)

// store keeps the records of a crawl. Only the collector uses it while the crawl runs.
type store interface {
	Commit(context.Context, *crawlfile.Batch) error // all or nothing
	Links(ctx context.Context, url string) storedLinks
	End(context.Context, crawlfile.End) error
	Close() error
}

// fileStore is a store in a crawl file.
type fileStore struct{ *crawlfile.File }

func (s fileStore) Links(ctx context.Context, url string) storedLinks {
	links, redirect, _, err := s.File.Links(ctx, url)
	return linksOf(links, redirect, err)
}

func (s fileStore) End(ctx context.Context, e crawlfile.End) error { return s.SetEnd(ctx, e) }

// memoryStore is a store for a crawl without a crawl file: the links of all pages, since a shorter path to any of them
// may turn up as long as the crawl runs.
type memoryStore map[string]memoryPage

type memoryPage struct {
	links    []page.Link
	redirect string
}

func (s memoryStore) Commit(_ context.Context, b *crawlfile.Batch) error {
	for _, p := range b.Pages {
		s[p.URL] = memoryPage{p.Links, p.Redirect}
	}
	return nil
}

func (s memoryStore) Links(_ context.Context, url string) storedLinks {
	return linksOf(s[url].links, s[url].redirect, nil)
}

func (memoryStore) End(context.Context, crawlfile.End) error { return nil }
func (memoryStore) Close() error                             { return nil }

// linksOf reads stored links back. They were canonical when they were stored, so they still parse.
func linksOf(links []page.Link, redirect string, err error) storedLinks {
	var s storedLinks
	if s.err = err; err != nil {
		return s
	}
	for _, l := range links {
		if nofollow(l.Rel) {
			continue
		}
		if u, err := canon.Parse(l.URL); err == nil {
			s.targets = append(s.targets, u)
		}
	}
	if redirect != "" {
		s.redirect, _ = canon.Parse(redirect)
	}
	return s
}
