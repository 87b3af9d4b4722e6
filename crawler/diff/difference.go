package diff

import (
	"context"
	"iter"
	"slices"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
)

// Kind is what kind of difference it is. The set is closed: programs may branch on it.
type Kind string

// The kinds, of pages and of links. A page is there if it answered with 2xx or a redirect, and missing if it answered 404 or 410, as in
// page.Change.
const (
	New       Kind = "new"       // a page is there; it was not, or was missing
	Gone      Kind = "gone"      // a page was there; it is missing, or nothing links to it any more
	Moved     Kind = "moved"     // the content of a page is at another URL, and no longer where it was
	Changed   Kind = "changed"   // a URL is on record in both crawls, and not as it was
	Broken    Kind = "broken"    // a link fails; it did not, or there was no such link
	Mended    Kind = "mended"    // a link failed; it does not, or there is no such link any more
	Unreached Kind = "unreached" // a page was there, and the newer crawl did not come to it
	Unseen    Kind = "unseen"    // a page is there, and the older crawl did not come to it
)

// Kinds are all of them, in the order in which Differences tells of them.
var Kinds = []Kind{New, Gone, Moved, Changed, Broken, Mended, Unreached, Unseen}

// Difference is one thing in which two crawls differ.
type Difference struct {
	Kind Kind
	// URL is the page, or what the link names with its fragment, as the new crawl has it.
	URL string
	// OldURL is where the page was in the old crawl; empty if that is URL, or for links and pages that it does not have.
	OldURL string
	// Old and New are the records of the page, without Images, Meta, Assets, IDs and Fragments; nil if there is none, and of links. The old one
	// has the old crawl's URLs.
	Old, New *page.Page
	// Fields are in what a changed page differs; there is at least one.
	Fields []FieldChange
	// Why says more of a page that is gone or moved, or was not reached or seen; see crawlfile.Fate. Via is the page that it names.
	Why, Via string
	// Link is the link, of Broken and Mended.
	Link *crawlfile.LinkChange
}

// Differences tells of the differences of the given kinds, or of all if there are none given: by kind, in the order of Kinds, then in byte order of
// URLs. An error ends it, with the zero value.
func (c *Comparison) Differences(ctx context.Context, kinds ...Kind) iter.Seq2[Difference, error] {
	return func(yield func(Difference, error) bool) {
		_ = c.each(ctx, kinds, new(Summary), yield)
	}
}

// each hands over differences, counting as it goes, until yield has had enough. It reports whether it came to the end.
func (c *Comparison) each(ctx context.Context, kinds []Kind, sum *Summary, yield func(Difference, error) bool) bool {
	if len(kinds) == 0 {
		kinds = Kinds
	}
	for _, kind := range Kinds {
		if !slices.Contains(kinds, kind) {
			continue
		}
		all := c.pages(ctx, kind)
		if kind == Broken || kind == Mended {
			all = c.links(ctx, kind, sum)
		}
		for d, err := range all {
			if err == nil {
				sum.add(kind)
			}
			if !yield(d, err) || err != nil {
				return false
			}
		}
	}
	return true
}

// pages are the differences of one kind of pages.
func (c *Comparison) pages(ctx context.Context, kind Kind) iter.Seq2[Difference, error] {
	return func(yield func(Difference, error) bool) {
		for f, err := range c.pair.FatesOf(ctx, crawlfile.FateKind(kind)) {
			if err != nil {
				yield(Difference{}, err)
				return
			}
			d := Difference{Kind: kind, URL: f.URL, Old: f.Old, New: f.New, Why: f.Why, Via: f.Via}
			if f.Old != nil && f.Old.URL != f.URL {
				d.OldURL = f.Old.URL
			}
			if kind == Changed {
				if d.Fields = c.compare(f.Old, f.New); len(d.Fields) == 0 {
					continue
				}
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// links are the differences of one kind of links. Those of which the other crawl tells nothing are counted.
func (c *Comparison) links(ctx context.Context, kind Kind, sum *Summary) iter.Seq2[Difference, error] {
	all := c.pair.Broken(ctx)
	if kind == Mended {
		all = c.pair.Mended(ctx)
	}
	return func(yield func(Difference, error) bool) {
		for l, err := range all {
			switch {
			case err != nil:
				yield(Difference{}, err)
				return
			case l.Other == crawlfile.NoWord && kind == Broken:
				sum.UnknownBroken++
			case l.Other == crawlfile.NoWord:
				sum.UnknownMended++
			case !yield(Difference{Kind: kind, URL: l.Name(), Link: &l}, nil):
				return
			}
		}
	}
}

// Summary is the differences in numbers.
type Summary struct {
	New, Gone, Moved, Changed, Broken, Mended, Unreached, Unseen int

	// Same is the number of URLs of which both crawls have a record, and which do not differ.
	Same int
	// UnknownBroken are links that fail in the newer crawl, and of which the older one tells nothing; UnknownMended those the other way round.
	// Neither counts as a difference.
	UnknownBroken, UnknownMended int
}

// Count is the number of differences of a kind.
func (s *Summary) Count(kind Kind) int {
	if n := s.count(kind); n != nil {
		return *n
	}
	return 0
}

// All is the number of all differences.
func (s *Summary) All() (n int) {
	for _, kind := range Kinds {
		n += s.Count(kind)
	}
	return n
}

func (s *Summary) add(kind Kind) { *s.count(kind)++ }

func (s *Summary) count(kind Kind) *int {
	switch kind {
	case New:
		return &s.New
	case Gone:
		return &s.Gone
	case Moved:
		return &s.Moved
	case Changed:
		return &s.Changed
	case Broken:
		return &s.Broken
	case Mended:
		return &s.Mended
	case Unreached:
		return &s.Unreached
	case Unseen:
		return &s.Unseen
	}
	return nil
}

// Summary counts all differences.
func (c *Comparison) Summary(ctx context.Context) (Summary, error) {
	return c.tell(ctx, func(*Difference) error { return nil })
}

// tell calls each for all differences, and counts them.
func (c *Comparison) tell(ctx context.Context, each func(*Difference) error) (sum Summary, err error) {
	c.each(ctx, nil, &sum, func(d Difference, failed error) bool {
		if err = failed; err == nil {
			err = each(&d)
		}
		return err == nil
	})
	if err == nil {
		var apart int
		apart, err = c.pair.CountApart(ctx)
		sum.Same = c.common - sum.Changed - apart
	}
	return sum, err
}
