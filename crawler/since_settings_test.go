package crawler_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/crawlfile"
	"amble/crawler/page"
)

// newWeb has a front page that links to n others, all with strong ETags; paths as given.
func newWeb(paths ...string) *web {
	w := &web{leaves: map[string]leaf{"/": {links: paths, text: "front", manner: strong}}, asked: make(map[string]int)}
	for _, p := range paths {
		w.leaves[p] = leaf{text: p, manner: strong}
	}
	return w
}

func (w *web) config(file string) crawler.Config {
	return crawler.Config{
		MaxDepth: 1, Rate: crawler.Unlimited, Retries: crawler.None, IgnoreRobots: true, File: file, Transport: &crawlertest.Transport{Handler: w},
	}
}

// TestSinceAsksOnlyWhereRecordsCanStandIn: a crawl that would read a page otherwise than the earlier one reads it.
func TestSinceAsksOnlyWhereRecordsCanStandIn(t *testing.T) {
	for name, c := range map[string]struct {
		before, after func(*crawler.Config)
		asked         int    // conditional requests
		told          string // the user is told once
	}{
		"the same":       {nil, nil, 3, ""},
		"a larger body":  {func(c *crawler.Config) { c.MaxBody = 1000 }, nil, 3, ""},
		"a smaller body": {nil, func(c *crawler.Config) { c.MaxBody = 1000 }, 0, "--max-body"},
		"fewer links":    {nil, func(c *crawler.Config) { c.MaxLinks = 10 }, 0, "--max-links"},
		"cut":            {func(c *crawler.Config) { c.MaxBody = 90 }, func(c *crawler.Config) { c.MaxBody = 90 }, 2, ""},
		"other URLs":     {nil, func(c *crawler.Config) { c.Rewrite.DropParams = []string{"utm_*"} }, 0, "--drop-param"},
		"URLs in other words": {func(c *crawler.Config) { c.Rewrite.DropParams = []string{"b", "a"} },
			func(c *crawler.Config) { c.Rewrite.DropParams = []string{"a", "b", "b"} }, 3, ""},
		"another name":    {nil, func(c *crawler.Config) { c.UserAgent = "other/1.0" }, 0, "--user-agent"},
		"another version": {nil, func(c *crawler.Config) { c.UserAgent = "amble/9.9" }, 3, ""},
		"the same fields": {func(c *crawler.Config) {
			c.Fields = []crawler.FieldRule{{Name: "a", From: "css:p", Include: []string{}}}
		},
			func(c *crawler.Config) { c.Fields = []crawler.FieldRule{{Name: "a", From: "css:p"}} }, 3, ""},
		"a new field":    {nil, func(c *crawler.Config) { c.Fields = []crawler.FieldRule{{Name: "a", From: "css:p"}} }, 0, "--extract"},
		"fields no more": {func(c *crawler.Config) { c.Fields = []crawler.FieldRule{{Name: "a", From: "css:p"}} }, nil, 0, "--extract"},
		"a field of other pages": {func(c *crawler.Config) { c.Fields = []crawler.FieldRule{{Name: "a", From: "css:p"}} },
			func(c *crawler.Config) {
				c.Fields = []crawler.FieldRule{{Name: "a", From: "css:p", Exclude: []string{"x"}}}
			}, 0, "--extract"},
		"structured data":     {nil, func(c *crawler.Config) { c.Structured = true }, 0, "--structured"},
		"noindex forgotten":   {func(c *crawler.Config) { c.RespectNoindex = true }, nil, 2, ""},
		"noindex to forget":   {nil, func(c *crawler.Config) { c.RespectNoindex = true }, 3, ""},
		"bodies of all types": {nil, func(c *crawler.Config) { c.ReadAll = true }, 3, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWeb("/a", "/b")
				l := w.leaves["/a"]
				l.robots = "noindex"
				w.leaves["/a"] = l
				old := filepath.Join(t.TempDir(), "old.db")
				cfg := w.config(old)
				if c.before != nil {
					c.before(&cfg)
				}
				run(t, cfg, "http://a.test/")
				var log bytes.Buffer
				cfg = w.config("")
				cfg.Since, cfg.Logger = old, slog.New(slog.NewTextHandler(&log, nil))
				if c.after != nil {
					c.after(&cfg)
				}
				res := run(t, cfg, "http://a.test/")
				asked := 0
				for _, n := range w.asked {
					asked += n
				}
				if asked != c.asked {
					t.Errorf("%d conditional requests, want %d", asked, c.asked)
				}
				if n := res.Stats.ByChange[page.Unchanged]; n != 3 && c.told == "" && name != "noindex forgotten" {
					t.Errorf("%d unchanged: %v", n, res.Stats.ByChange)
				}
				if n := strings.Count(log.String(), "read anew"); (n == 1) != (c.told != "") || !strings.Contains(log.String(), c.told) {
					t.Errorf("told %q, want something about %q once", log.String(), c.told)
				}
			})
		})
	}
}

// TestSinceRefuses what cannot be an earlier crawl, before it makes a file.
func TestSinceRefuses(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newWeb("/a")
		old := filepath.Join(dir, "old.db")
		run(t, w.config(old), "http://a.test/")
		if err := os.Symlink(old, filepath.Join(dir, "link.db")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "text.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			file, since string
			want        error
			text        string
		}{
			{"new.db", "none.db", fs.ErrNotExist, "the earlier crawl"},
			{"new.db", "text.db", crawlfile.ErrNotCrawlFile, "text.db"},
			{"old.db", "old.db", nil, "at once"},
			{"old.db", "link.db", nil, "at once"},
		} {
			cfg := w.config(filepath.Join(dir, c.file))
			cfg.Since = filepath.Join(dir, c.since)
			_, err := newCrawler(t, cfg).Run(t.Context(), "http://a.test/")
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "\n") {
				t.Errorf("since %s into %s: %v", c.since, c.file, err)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "new.db")); !errors.Is(err, fs.ErrNotExist) {
			t.Error("a crawl that could not begin has left a file")
		}
	})
}

// TestSinceUnfinishedCrawl, which goes on: what the first run did not come to is new, and what it did is not asked for twice.
func TestSinceUnfinishedCrawl(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWeb("/a", "/b", "/c", "/d")
		cfg := w.config(filepath.Join(dir, "old.db"))
		cfg.MaxPages = 3
		run(t, cfg, "http://a.test/")
		var log bytes.Buffer
		cfg = w.config(filepath.Join(dir, "new.db"))
		cfg.Since, cfg.Logger = filepath.Join(dir, "old.db"), slog.New(slog.NewTextHandler(&log, nil))
		cfg.MaxPages = 2
		first := run(t, cfg, "http://a.test/")
		if first.Stats.ByChange[page.Unchanged] != 2 || !strings.Contains(log.String(), "did not come to its end") {
			t.Errorf("the first run: %v, told %s", first.Stats.ByChange, log.String())
		}
		cfg.MaxPages = 0
		c := newCrawler(t, cfg)
		for p, err := range c.Resume(t.Context()) {
			if err != nil {
				t.Fatal(p, err)
			}
		}
		s := c.Progress().Stats
		if s.ByChange[page.Unchanged] != 3 || s.ByChange[page.New] != 2 || s.NotModified != 3 || s.Spared == 0 || w.asked["304"] != 3 {
			t.Errorf("in the end: %v, %d not modified, asked %v", s.ByChange, s.NotModified, w.asked)
		}
	})
}

// TestUnreachedIsTold at the end of a complete crawl, and of no other.
func TestUnreachedIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWeb("/a", "/b", "/c", "/missing")
		delete(w.leaves, "/missing")
		run(t, w.config(filepath.Join(dir, "old.db")), "http://a.test/")
		w.leaves["/"] = leaf{links: []string{"/c"}, text: "front", manner: strong}
		cfg := w.config(filepath.Join(dir, "new.db"))
		cfg.Since, cfg.MaxPages = filepath.Join(dir, "old.db"), 1
		if res := run(t, cfg, "http://a.test/"); res.Stats.Unreached != 0 {
			t.Errorf("%d pages not reached by a crawl that was limited", res.Stats.Unreached)
		}
		cfg.MaxPages = 0
		for range 2 { // the second time there is nothing left to do
			c := newCrawler(t, cfg)
			for _, err := range c.Resume(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
			}
			if n := c.Progress().Unreached; n != 2 {
				t.Errorf("%d pages not reached, want 2", n)
			}
		}
		// It goes on without the earlier crawl: what it had not reached is not known any more.
		cfg.Since = ""
		last := newCrawler(t, cfg)
		for _, err := range last.Resume(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if n := last.Progress().Unreached; n != 0 || len(unreachedOf(t, cfg.File)) != 0 {
			t.Errorf("%d pages not reached, with nothing to compare with", n)
		}
		cfg.Since = filepath.Join(dir, "old.db")
		for _, err := range newCrawler(t, cfg).Resume(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
		got := unreachedOf(t, cfg.File)
		if want := []string{"http://a.test/a /a http://a.test/", "http://a.test/b /b http://a.test/"}; !slices.Equal(got, want) {
			t.Errorf("not reached %q, want %q", got, want)
		}
	})
}

// unreachedOf is what a crawl file lists, a line each.
func unreachedOf(t *testing.T, file string) (all []string) {
	t.Helper()
	f, err := crawlfile.OpenReadOnly(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for u, err := range f.Unreached(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, u.URL+" "+u.Title+" "+u.Referrer)
	}
	return all
}

// TestNotModifiedForNoReason: who asked nothing is not served by "as before".
func TestNotModifiedForNoReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWeb("/a")
		w.leaves["/a"] = leaf{status: http.StatusNotModified}
		res := run(t, w.config(""), "http://a.test/")
		if p := res.Pages[1]; p.Err == nil || p.Err.Class != page.Protocol || p.Status != 304 {
			t.Errorf("%+v", p)
		}
	})
}

// TestRecordIsOfTheNewRequest: what a 304 leaves of the old record, and what not.
func TestRecordIsOfTheNewRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWeb("/a")
		w.leaves["/a"] = leaf{text: "a", manner: weak}
		old := run(t, w.config(filepath.Join(dir, "old.db")), "http://a.test/").Pages[1]
		time.Sleep(time.Hour)
		cfg := w.config("")
		cfg.Since = filepath.Join(dir, "old.db")
		p := run(t, cfg, "http://a.test/").Pages[1]
		if !p.NotModified || p.Status != 200 || p.Bytes != old.Bytes || p.SHA256 != old.SHA256 || p.Title != "a" || p.Attempts != 1 ||
			p.FetchedAt.Sub(old.FetchedAt) < time.Hour || p.Change != page.Unchanged {
			t.Errorf("%+v", p)
		}
		if p.ETag != old.ETag || !strings.HasPrefix(p.ETag, "W/") {
			t.Errorf("ETag %s, was %s: the 304 has the same one, strong", p.ETag, old.ETag)
		}
	})
}

// TestEditedTwiceInASecond: a date to the second does not tell the second edit from the first.
func TestEditedTwiceInASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWeb("/a")
		w.leaves["/a"] = leaf{text: "first", manner: dated, edited: time.Now()}
		run(t, w.config(filepath.Join(dir, "old.db")), "http://a.test/")
		w.leaves["/a"] = leaf{text: "second", manner: dated, edited: time.Now()}
		cfg := w.config(filepath.Join(dir, "new.db"))
		cfg.Since = filepath.Join(dir, "old.db")
		time.Sleep(time.Hour)
		if p := run(t, cfg, "http://a.test/").Pages[1]; p.Title != "second" || p.Change != page.Changed {
			t.Errorf("%q, %s", p.Title, p.Change)
		}
		cfg.File, cfg.Since = "", cfg.File
		if p := run(t, cfg, "http://a.test/").Pages[1]; !p.NotModified {
			t.Error("a page that was edited an hour before it was read is read again")
		}
	})
}
