package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"amble/crawler"
	"amble/crawler/crawlfile"
	"amble/crawler/page"
)

// noSince is what --since says for no earlier crawl, where an earlier run had one.
const noSince = "none"

// unreached is what --fail-on calls pages of the earlier crawl that were not come to.
const unreached = "unreached"

// comparisons are what --fail-on can ask of a crawl with --since.
var comparisons = []string{string(page.New), string(page.Changed), string(page.Gone), unreached}

// compare checks what --since says and hands it to the crawler's configuration. What is kept for later runs holds wherever they are
// started.
func (o *options) compare(c *crawler.Config) (err error) {
	if o.Since == noSince {
		o.Since = ""
	}
	if c.Since = o.Since; o.Since != "" {
		o.Since, err = filepath.Abs(o.Since)
		return err
	}
	for _, f := range o.FailOn {
		if slices.Contains(comparisons, f) {
			return usage("--fail-on %s: nothing to compare with: name an earlier crawl with --since", f)
		}
	}
	return nil
}

// checkSince opens the earlier crawl, to see whether that can be done before anything is begun.
func (j *job) checkSince(cfg crawler.Config) error {
	if cfg.Since == "" {
		return nil
	}
	f, err := crawlfile.OpenReadOnly(context.Background(), cfg.Since)
	switch {
	case errors.Is(err, fs.ErrNotExist) && j.begun != nil && j.begun.Since == j.o.Since:
		return usage("the crawl was begun with --since %s, which is not there any more: give it with --since again, or go on with --since %s", cfg.Since, noSince)
	case errors.Is(err, crawlfile.ErrVersion):
		return usage("--since: %w, or crawl once without --since", err)
	case err != nil:
		return usage("--since: %w", err)
	}
	if err := f.Close(); err != nil {
		return stuck(err)
	}
	old, err := os.Stat(cfg.Since)
	if file, err2 := os.Stat(cfg.File); err == nil && err2 == nil && os.SameFile(old, file) {
		return usage("--since %s: that is the crawl file itself: name another with --file", cfg.Since)
	}
	return nil
}

// changes sums up what has become of pages since the earlier crawl.
func changes(s crawler.Stats) string {
	var parts []string
	add := func(n int, what string) { parts = append(parts, thousands(int64(n))+" "+what) }
	add(s.ByChange[page.New], "new")
	add(s.ByChange[page.Changed], "changed")
	add(s.ByChange[page.Unchanged], "unchanged")
	if s.Spared > 0 {
		parts[len(parts)-1] += fmt.Sprintf(" (%s not read again)", bytesize(s.Spared))
	}
	if n := s.ByChange[page.Gone]; n > 0 {
		add(n, "gone")
	}
	if s.Unreached > 0 {
		add(s.Unreached, "not reached")
	}
	return strings.Join(parts, ", ")
}

// failedChange is what --fail-on f says of a crawl, "" if nothing; ok tells that f is about changes at all.
func failedChange(s crawler.Stats, f string) (text string, ok bool) {
	n, one, many := s.ByChange[page.Change(f)], "", ""
	switch f {
	case string(page.New):
		one, many = "is new", "are new"
	case string(page.Changed):
		one, many = "has changed", "have changed"
	case string(page.Gone):
		one, many = "is gone", "are gone"
	case unreached:
		n, one, many = s.Unreached, "was not reached", "were not reached"
	default:
		return "", false
	}
	switch n {
	case 0:
		return "", true
	case 1:
		many = one
	}
	return count(n, "page") + " " + many, true
}
