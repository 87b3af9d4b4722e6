package crawler

import (
	"context"
	"sync"

	"github.com/zeebo/xxh3"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
	"amble/crawler/similar"
)

// duplicates knows the text of all pages whose links were followed. It is safe for concurrent use; a nil one knows nothing and
// learns nothing.
type duplicates struct {
	mu    sync.Mutex
	exact map[string]string // URL by SHA-256
	near  similar.Index     // of URLs
}

func newDuplicates(wanted bool) *duplicates {
	if !wanted {
		return nil
	}
	return &duplicates{exact: make(map[string]string)}
}

// of is the page that p is a duplicate of: one with the same bytes, or one with the same title and nearly the same text. If
// there is none, it is "", and p is a page that others may be duplicates of.
func (d *duplicates) of(p *page.Page) string {
	if d == nil || p.Err != nil || p.SHA256 == "" || p.Bytes == 0 || p.Truncated {
		return ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if url, ok := d.exact[p.SHA256]; ok && url != p.URL {
		return url
	}
	if h := titled(p.SimHash, p.Title); h != 0 {
		if url, ok := d.near.Find(h, similar.Near); ok && url != p.URL {
			return url
		}
	}
	d.add(p.URL, p.Title, p.SHA256, p.SimHash)
	return ""
}

func (d *duplicates) add(url, title, sum, hash string) {
	if _, ok := d.exact[sum]; !ok {
		d.exact[sum] = url
	}
	if h := titled(hash, title); h != 0 {
		d.near.Add(h, url)
	}
}

// titled is a fingerprint with the title in it: those of pages of one title are as far apart as without, and all others are far
// apart. 0 is none.
func titled(hash, title string) similar.Hash {
	h, err := similar.Parse(hash)
	if err != nil || h == 0 {
		return 0
	}
	return h ^ similar.Hash(xxh3.HashString(title))
}

// restore takes in the pages of earlier runs.
func (d *duplicates) restore(ctx context.Context, f *crawlfile.File) error {
	if d == nil {
		return nil
	}
	for t, err := range f.Texts(ctx) {
		if err != nil {
			return err
		}
		d.add(t.URL, t.Title, t.SHA256, t.SimHash)
	}
	return nil
}
