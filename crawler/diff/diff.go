package diff

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"

	"amble/crawler/crawlfile"
)

// What Open may say that a caller may want to tell apart; besides the errors of crawlfile.OpenReadOnly.
var (
	// ErrSameFile says that both names are those of one file.
	ErrSameFile = errors.New("that is the same crawl file twice")
	// ErrNothingInCommon says that the crawls have no URL in common.
	ErrNothingInCommon = errors.New("the crawls have no page in common")
)

// Options are what a comparison can be told. The zero value is good.
type Options struct {
	// Map makes URLs of the old crawl those of the new one before they are compared: a site that moved, or its staging server. It holds for pages, links,
	// redirects and canonical URLs. Of several prefixes that fit the first counts.
	Map []crawlfile.Prefix
	// Ignore are the fields of a page that are not compared.
	Ignore []Field
	// MinDistance is in how many of the 64 bits of their hashes (see package similar) two texts must differ for their pages' content to count as
	// changed; 0 compares the pages byte by byte, 1 all but what leaves the visible text alone. A page with too little text for a hash is
	// compared byte by byte.
	MinDistance int

	// Title heads the web page; empty means "Changes of" and the host of the first seed. Most is how many rows a list of it has; 0 means 100.
	Title string
	Most  int
}

// Comparison is two crawl files that were compared. It is for one goroutine at a time.
type Comparison struct {
	pair   *crawlfile.Pair
	o      Options
	common int
	notes  []string
}

// Open opens and compares two crawl files. It returns when both were read: seconds to minutes for a million pages. Close lets go of them.
func Open(ctx context.Context, old, new string, o Options) (_ *Comparison, err error) {
	a, err1 := os.Stat(old)
	b, err2 := os.Stat(new)
	if err1 == nil && err2 == nil && os.SameFile(a, b) {
		return nil, fmt.Errorf("%s and %s: %w", old, new, ErrSameFile)
	}
	pair, err := crawlfile.OpenPair(ctx, old, new, o.Map...)
	if err != nil {
		return nil, err
	}
	c := &Comparison{pair: pair, o: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if c.common, err = pair.Common(ctx); err != nil {
		return nil, err
	}
	if c.common == 0 {
		return nil, c.nothingInCommon()
	}
	c.notes = c.remarks()
	if err := pair.Compare(ctx); err != nil {
		return nil, err
	}
	return c, pair.CompareLinks(ctx)
}

// nothingInCommon says what to do: of sites at two addresses, how to map them.
func (c *Comparison) nothingInCommon() error {
	old, new := &c.pair.Old, &c.pair.New
	for _, s := range []*crawlfile.Side{old, new} {
		if s.Pages == 0 {
			return fmt.Errorf("%w: there is none in %s", ErrNothingInCommon, s.Path)
		}
	}
	a, b := root(old), root(new)
	if a == "" || b == "" || a == b || len(c.o.Map) > 0 {
		return fmt.Errorf("%w: %s begins at %s, %s at %s", ErrNothingInCommon, old.Path, seed(old), new.Path, seed(new))
	}
	return fmt.Errorf("%w: %s begins at %s, %s at %s; if they are the same site, map it: --map %s=%s", ErrNothingInCommon, old.Path, seed(old), new.Path, seed(new), a, b)
}

func seed(s *crawlfile.Side) string {
	if len(s.Info.Seeds) == 0 {
		return "no URL"
	}
	return s.Info.Seeds[0]
}

// root is the first seed's origin with the slash behind it; empty if there is none.
func root(s *crawlfile.Side) string {
	u, err := url.Parse(seed(s))
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/"
}

// Old is the older of the two files, New the newer.
func (c *Comparison) Old() *crawlfile.Side { return &c.pair.Old }

// New is described with Old.
func (c *Comparison) New() *crawlfile.Side { return &c.pair.New }

// Notes are what to know before the differences are read, each a sentence for a person: that a crawl is not complete, that they were
// made in different ways.
func (c *Comparison) Notes() []string { return slices.Clone(c.notes) }

// Close lets go of both files.
func (c *Comparison) Close() error { return c.pair.Close() }
